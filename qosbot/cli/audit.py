"""`qosbot audit`: the network, or one configuration without any, against the rules."""

import json
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from qosbot.cli.door import Exit, guarded
from qosbot.cli.options import AsJson, DatabaseFile, InventoryDir

if TYPE_CHECKING:
    from qosbot.domain.audit.findings import DeviceAudit, Severity

PlatformName = Literal["cisco_ios", "cisco_xe"]
SeverityName = Literal["critical", "high", "medium", "low", "info"]

_COLUMNS = ["severity", "rule", "where", "evidence", "what to do"]
_MOST_BYTES = 64 * 1024 * 1024
_MARKS = ((BOM_UTF8, "utf-8-sig"), (BOM_UTF16_LE, "utf-16"), (BOM_UTF16_BE, "utf-16"))

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Only this running configuration, as `show` prints it; nothing is sent anywhere.",
    ),
]
HtmlFile = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help="Write the report of the network as one page."),
]
MarkdownFile = Annotated[
    Path | None,
    typer.Option("--markdown", metavar="FILE", help="Write the report of the network as text."),
]
FailOn = Annotated[
    SeverityName | None,
    typer.Option("--fail-on", help="Exit with 3 if a finding is as bad as this, or worse."),
]


@guarded
def audit(
    *,
    config: ConfigFile = None,
    platform: Annotated[
        PlatformName | None, typer.Option("--platform", help="With --config: what it is of.")
    ] = None,
    fail_on: FailOn = None,
    html: HtmlFile = None,
    markdown: MarkdownFile = None,
    inventory: InventoryDir = None,
    database: DatabaseFile = None,
    as_json: AsJson = False,
) -> None:
    """Read every device's configuration over SSH now and judge it by the rules of voice QoS.

    With --config and --platform only that file is judged: no network and no inventory is needed.
    """
    from qosbot.domain.audit.findings import Severity

    least = None if fail_on is None else Severity(fail_on)
    if config is None and platform is None:
        from qosbot.cli.audit_network import audit_network
        from qosbot.settings import read_settings

        settings = read_settings(inventory=inventory, database=database)
        audit_network(settings, as_json=as_json, html=html, markdown=markdown, fail_on=least)
        return
    if config is None or platform is None or html is not None or markdown is not None:
        raise typer.BadParameter(
            "--config goes with --platform, and with neither --html nor --markdown",
            param_hint="--config",
        )
    _audit_file(config, platform, least, as_json=as_json)


def _audit_file(
    config: Path, platform: PlatformName, fail_on: "Severity | None", *, as_json: bool
) -> None:
    from qosbot.domain.audit.catalogue import RULES
    from qosbot.domain.audit.frame import judge
    from qosbot.platforms import AUDITED

    found = judge(AUDITED[platform](_text(config), config.stem), RULES)
    if as_json:
        from qosbot.render.audit_json import audit_json

        print(json.dumps(audit_json(found), indent=2))
    else:
        _print(found)
    worst = found.worst
    if fail_on is not None and worst is not None and worst.is_at_least(fail_on):
        raise typer.Exit(Exit.INCOMPLETE)


def _text(path: Path) -> str:
    """Return the text of a configuration.

    Raises:
        ConfigurationError: if it cannot be read, or is no text.
    """
    from qosbot.domain.errors import ConfigurationError, Problem

    def refusal(what: str) -> ConfigurationError:
        return ConfigurationError([Problem(file=str(path), line=0, what=what)])

    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise refusal(f"cannot be read: {error.strerror}") from error
    if len(raw) > _MOST_BYTES:
        raise refusal(f"is larger than {_MOST_BYTES // 2**20} MiB, which no configuration is")
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            # Windows puts such a mark before what it saves, and writes UTF-16 where asked for text.
            raw = raw.decode(encoding, errors="replace").encode(errors="replace")
    if b"\0" in raw:
        raise refusal("is binary, not the text of a configuration")
    if not raw.strip():
        raise refusal("is empty")
    return raw.decode("utf-8", errors="replace")


def _print(found: "DeviceAudit") -> None:
    from qosbot.cli.tables import show

    rows = [
        [
            one.severity.value,
            one.rule,
            one.where,
            "; ".join(one.evidence),
            one.fix if one.status.value == "failed" else f"({one.status.value}) {one.fix}",
        ]
        for one in found.findings
    ]
    show(f"{found.device} ({found.platform}): {len(rows)} findings", _COLUMNS, rows)
    if found.not_judged:
        rows = [[one.rule, one.where or "-", one.why] for one in found.not_judged]
        show(f"{len(rows)} not judged", ["rule", "where", "why"], rows)
    if found.not_understood:
        print(f"{len(found.not_understood)} lines that look like QoS were not understood:")
        for line in found.not_understood:
            print(f"  {line}")
