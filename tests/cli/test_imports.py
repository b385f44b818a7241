import subprocess
import sys

ALLOWED = {"qosbot", "typer", "rich", "click", "shellingham", "annotated_doc", "typing_extensions"}
"""Of third-party packages, typer, rich and what those two need to print a help text."""

PROGRAM = """
import sys
from qosbot.cli import app
try:
    app(["--help"])
except SystemExit:
    pass
print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


def test_help_imports_nothing_heavier_than_typer_and_rich() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert "Watches voice paths" in done.stdout
    loaded = set(done.stderr.split()) - set(sys.stdlib_module_names)
    ours_and_known = {name for name in loaded if not name.startswith("_")}
    heavy = {"numpy", "sqlalchemy", "netmiko", "pysnmp", "gufo", "pydantic", "alembic", "ruamel"}
    assert not heavy & ours_and_known
    # rich asks for attr and does without; it is there since aiohttp is.
    asked_for = {"pygments", "markdown_it", "mdurl", "sitecustomize", "attr"}
    assert ours_and_known <= ALLOWED | asked_for
