"""`plan`: a change that answers what an audit found, for a person to decide on."""

import re
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from qosbot.cli.changes import show_whole
from qosbot.cli.door import Exit, complain, guarded
from qosbot.cli.options import AsJson, DatabaseFile, InventoryDir

if TYPE_CHECKING:
    from qosbot.domain.audit.findings import AuditFinding
    from qosbot.domain.ground import NoPlan
    from qosbot.domain.remediation import Remediation

_ID = re.compile(r"[0-9a-f]{12}", re.ASCII)

FindingId = Annotated[
    str,
    typer.Option(
        "--from-audit",
        metavar="ID",
        help="Of the finding, twelve hex digits, as the report of an audit shows it.",
        show_default=False,
    ),
]


@guarded
def plan(
    *,
    finding: FindingId,
    inventory: InventoryDir = None,
    database: DatabaseFile = None,
    as_json: AsJson = False,
) -> None:
    """Propose a change that answers what an audit found, before anybody suffers from it.

    Reads the device as it is now and changes nothing: a person must approve the proposal, and a
    serving bot carries it out.
    """
    from qosbot.auditing import planner_of
    from qosbot.bootstrap import open_bot
    from qosbot.domain.ground import NoPlan
    from qosbot.settings import read_settings
    from qosbot.workflows.precaution import plan as make

    if _ID.fullmatch(finding) is None:
        raise typer.BadParameter(f"{finding!r} is not twelve hex digits", param_hint="--from-audit")
    settings = read_settings(inventory=inventory, database=database)
    with open_bot(settings, make=False) as bot:
        known = bot.records.audits.finding(finding)
        if known is None:
            hint = "`qosbot audit --json` shows the ids of all findings"
            complain(f"no audit has found anything with the id {finding}", hint)
            raise typer.Exit(Exit.WRONG_USE)
        made = make(known, planner_of(bot))
        if isinstance(made, NoPlan):
            _complain_of(known, made)
        show_whole(bot.records, made, as_json=as_json)
    _say_what_next(made, as_json=as_json)


def _complain_of(finding: "AuditFinding", why: "NoPlan") -> NoReturn:
    """Say why nothing is proposed, in one line.

    Raises:
        typer.Exit: with 4 where a device did not answer, else with 5.
    """
    from qosbot.domain.ground import Refused

    complain(f"{finding.id} ({finding.rule} on {finding.device}): {why.words}")
    is_outside = why.reason is Refused.UNREACHABLE
    raise typer.Exit(Exit.OUTSIDE if is_outside else Exit.REFUSED)


def _say_what_next(made: "Remediation", *, as_json: bool) -> None:
    """Say who does what next.

    Raises:
        typer.Exit: with 5 where a guard forbids the change for good.
    """
    from qosbot.domain.remediation import State

    if made.state is State.REFUSED:
        complain(f"{made.id}: {made.remark}")
        raise typer.Exit(Exit.REFUSED)
    if as_json or made.state is not State.AWAITING_DECISION:
        return
    print(
        f"\n`qosbot approve {made.id}` or `qosbot reject {made.id}` decides on it; "
        "a serving bot carries it out"
    )
