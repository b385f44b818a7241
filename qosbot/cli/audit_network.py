"""`qosbot audit` without a file: every device's configuration, read and judged now."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from qosbot.cli.door import Exit, complain

if TYPE_CHECKING:
    from qosbot.domain.audit.findings import Severity
    from qosbot.domain.audit.nights import NetworkAudit
    from qosbot.render.audit.report import Report
    from qosbot.settings import Settings

_COLUMNS = ["severity", "change", "device", "rule", "where", "id"]


def audit_network(
    settings: "Settings",
    *,
    as_json: bool,
    html: Path | None,
    markdown: Path | None,
    fail_on: "Severity | None",
) -> None:
    """Audit the network, keep what was found, and print or write it.

    Raises:
        typer.Exit: with 3 where something is as bad as `fail_on`, or a device was not read; with
            5 under the kill switch.
    """
    from qosbot.auditing import auditor_of
    from qosbot.bootstrap import open_bot
    from qosbot.render.audit.report import report
    from qosbot.workflows.audit import audit

    for file in filter(None, (html, markdown)):
        _require_place(file)
    if settings.kill_switch.exists():
        complain(
            f"{settings.kill_switch} exists: no device is touched",
            "remove it once devices may be read again",
        )
        raise typer.Exit(Exit.REFUSED)
    with open_bot(settings) as bot:
        found = audit(auditor_of(bot))
    if found is None:
        raise RuntimeError("an audit that nobody stops came to no end")
    tree = report(found)
    _write(tree, html, markdown)
    if as_json:
        print(json.dumps(tree, indent=2))
    else:
        _print(found)
    if found.unread or (fail_on is not None and found.fails(fail_on)):
        raise typer.Exit(Exit.INCOMPLETE)


def _require_place(file: Path) -> None:
    """Reject a file that could not be written, before any device is asked.

    Raises:
        ConfigurationError: if its directory is not there.
    """
    if not file.parent.is_dir():
        raise _not_written(file, "its directory does not exist")


def _not_written(file: Path, why: str) -> Exception:
    from qosbot.domain.errors import ConfigurationError, Problem

    return ConfigurationError([Problem(file=str(file), line=0, what=f"cannot be written: {why}")])


def _write(tree: "Report", html: Path | None, markdown: Path | None) -> None:
    from qosbot.render.audit import pages

    for file, page in ((html, pages.html), (markdown, pages.markdown)):
        if file is None:
            continue
        try:
            file.write_text(page(tree), encoding="utf-8")
        except OSError as error:
            raise _not_written(file, str(error.strerror)) from error


def _print(found: "NetworkAudit") -> None:
    from qosbot.cli.tables import show
    from qosbot.domain.precautions import is_offered

    changes = found.changes
    new = {one.id for one in changes.new}
    worse = {one.finding.id for one in changes.worse}
    rows = [
        [
            one.severity.value if one.status.value == "failed" else f"{one.severity} (accepted)",
            "new" if one.id in new else "worse" if one.id in worse else "-",
            one.device,
            one.rule,
            one.where or "the whole device",
            one.id,
        ]
        for one in found.findings
    ]
    moved = (
        f"{len(changes.new)} new, {len(changes.worse)} worse, {len(changes.fixed)} fixed, "
        f"{len(changes.not_seen)} not seen since {found.since:%Y-%m-%d %H:%M} UTC"
        if found.since is not None
        else "the first audit: nothing to compare with yet"
    )
    show(f"{found.id}: {len(found.devices)} devices audited", _COLUMNS, rows, moved)
    offered = sum(is_offered(one) for one in found.standing)
    if offered:
        print(f"`qosbot plan --from-audit ID` proposes a change for {offered} of them")
    for one in found.unread:
        complain(f"not read: {one.device}: {one.why}")
