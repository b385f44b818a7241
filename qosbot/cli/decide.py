"""`approve`, `reject`, `rollback`, `settle`, `pause`, `resume`: what a person decides.

These verbs write one row; only a serving bot touches devices.
"""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from qosbot.cli.changes import Name, known, open_here
from qosbot.cli.door import Exit, complain, guarded
from qosbot.cli.options import DatabaseFile, InventoryDir

if TYPE_CHECKING:
    from qosbot.bootstrap import Bot
    from qosbot.domain.approvals import Choice
    from qosbot.domain.remediation import Event

Person = Annotated[
    str,
    typer.Option(
        "--as",
        help="Who you are; policy.yaml names you as cli:NAME.",
        default_factory=getpass.getuser,
    ),
]
Words = Annotated[str, typer.Option("--because", help="Why, for the history.")]


@guarded
def approve(
    name: Name,
    *,
    person: Person,
    words: Words = "",
    inventory: InventoryDir = None,
    database: DatabaseFile = None,
) -> None:
    """Approve the plan as it is shown now; a serving bot carries it out."""
    _decide(name, "approve", person, words, inventory, database)


@guarded
def reject(
    name: Name,
    *,
    person: Person,
    words: Words = "",
    inventory: InventoryDir = None,
    database: DatabaseFile = None,
) -> None:
    """Reject a plan; nothing is done."""
    _decide(name, "reject", person, words, inventory, database)


def _decide(
    name: str,
    choice: str,
    person: str,
    words: str,
    inventory: InventoryDir,
    database: DatabaseFile,
) -> None:
    from qosbot.bootstrap import open_bot
    from qosbot.domain.approvals import Choice
    from qosbot.settings import read_settings

    with open_bot(read_settings(inventory=inventory, database=database), make=False) as bot:
        decide_as(bot, name, Choice(choice), f"cli:{person}", words)


def decide_as(bot: "Bot", name: str, choice: "Choice", by: str, words: str) -> None:
    """Write down a decision and print what became of it.

    Raises:
        typer.Exit: with 5 if the policy forbids it or another decision stands.
    """
    from qosbot.bootstrap import outside_of
    from qosbot.domain.approvals import Decision
    from qosbot.workflows.remediate import decide

    one = known(bot.records, name)
    decision = Decision(
        remediation=name,
        choice=choice,
        by=by,
        at=bot.clock.now(),
        plan_hash=one.proposal.plan_hash,
        words=words,
    )
    answer = decide(one, decision, outside_of(bot))
    for refusal in answer.refusals:
        complain(f"{name}: {refusal.words}")
    if answer.refusals:
        raise typer.Exit(Exit.REFUSED)
    stands = answer.decision
    if stands is not None and (stands.by, stands.choice) != (by, choice):
        complain(f"{name}: {stands.by} was faster: {stands.choice}")
        raise typer.Exit(Exit.REFUSED)
    print(f"{name}: {choice} by {by}")


@guarded
def rollback(
    name: Name, *, person: Person, database: DatabaseFile = None, inventory: InventoryDir = None
) -> None:
    """Ask for the exact undo of a change that was made; a serving bot carries it out."""
    from qosbot.domain.remediation import Event

    _ask(name, Event.ROLLBACK_ASKED, person, inventory, database)


@guarded
def settle(
    name: Name, *, person: Person, database: DatabaseFile = None, inventory: InventoryDir = None
) -> None:
    """Say that a device which got stuck is in order again."""
    from qosbot.domain.remediation import Event

    _ask(name, Event.SETTLE, person, inventory, database)


def _ask(
    name: str, event: "Event", person: str, inventory: InventoryDir, database: DatabaseFile
) -> None:
    from qosbot.bootstrap import SystemClock, read_inventory
    from qosbot.settings import read_settings
    from qosbot.workflows.remediate import ask

    settings = read_settings(inventory=inventory, database=database)
    by = f"cli:{person}"
    policy = read_inventory(settings.inventory).policy
    with open_here(database) as records:
        one = known(records, name)
        if by not in policy.approvers.get(one.proposal.risk, ()):
            complain(f"{by} may not decide on changes of {one.proposal.risk} risk")
            raise typer.Exit(Exit.REFUSED)
        moved = ask(one, event, by=by, decisions=records.decisions, now=SystemClock().now())
    print(f"{name}: {moved.state}")


@guarded
def pause(*, person: Person, database: DatabaseFile = None) -> None:
    """Start no change until `resume`; what is under way is finished or put back."""
    with open_here(database) as records:
        records.decisions.pause(f"cli:{person}")
    print("no change will be started until `qosbot resume`")


@guarded
def resume(*, person: Person, database: DatabaseFile = None) -> None:
    """Let changes start again, and without a person where that had switched itself off."""
    from qosbot.bootstrap import SystemClock

    with open_here(database) as records:
        by = f"cli:{person}"
        records.decisions.resume(by)
        for risk in records.decisions.controls().auto_off:
            records.decisions.switch_auto_on(risk, by, SystemClock().now())
    print("changes may start again")
