"""Options that several verbs share, each described once."""

from pathlib import Path
from typing import Annotated

import typer

InventoryDir = Annotated[
    Path | None,
    typer.Option(
        "--inventory",
        "-i",
        help="Directory of the inventory.  [default: inventory, or QOSBOT_INVENTORY]",
        show_default=False,
    ),
]
DatabaseFile = Annotated[
    Path | None,
    typer.Option(
        "--database",
        "-d",
        help="File of the database.  [default: .qosbot/qosbot.db, or QOSBOT_DATABASE]",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON as docs/json.md describes it.")]
