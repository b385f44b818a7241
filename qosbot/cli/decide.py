"""`approve`, `reject`, `rollback`, `settle`, `pause`, `resume`: what a person decides.

These verbs write one row; only a serving bot touches devices.
"""

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from qosbot.cli.changes import Name, known, open_here
from qosbot.cli.door import Exit, complain, guarded
from qosbot.cli.options import AsJson, DatabaseFile, InventoryDir
from qosbot.cli.told import how_it_stands, how_switches_stand, told

if TYPE_CHECKING:
    from qosbot.bootstrap import Bot
    from qosbot.domain.approvals import Choice
    from qosbot.domain.inventory import Inventory
    from qosbot.domain.remediation import Event, Remediation

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
    as_json: AsJson = False,
) -> None:
    """Approve the plan as it is shown now; a serving bot carries it out."""
    _decide(name, "approve", person, words, inventory, database, as_json=as_json)


@guarded
def reject(
    name: Name,
    *,
    person: Person,
    words: Words = "",
    inventory: InventoryDir = None,
    database: DatabaseFile = None,
    as_json: AsJson = False,
) -> None:
    """Reject a plan; nothing is done."""
    _decide(name, "reject", person, words, inventory, database, as_json=as_json)


def _decide(
    name: str,
    choice: str,
    person: str,
    words: str,
    inventory: InventoryDir,
    database: DatabaseFile,
    *,
    as_json: bool,
) -> None:
    from qosbot.bootstrap import open_bot
    from qosbot.domain.approvals import Choice
    from qosbot.settings import read_settings

    settings = read_settings(inventory=inventory, database=database)
    with (
        open_bot(settings, make=False) as bot,
        told(lambda: how_it_stands(bot.records, name), as_json=as_json),
    ):
        decide_as(bot, name, Choice(choice), f"cli:{person}", _signed(words, person))


def decide_as(bot: "Bot", name: str, choice: "Choice", by: str, words: str) -> None:
    """Write down a decision and print what became of it.

    Raises:
        typer.Exit: with 5 if the policy forbids it or another decision stands.
    """
    from qosbot.bootstrap import outside_of
    from qosbot.domain.approvals import Decision
    from qosbot.domain.errors import IllegalTransitionError, StoreConflictError
    from qosbot.workflows.remediate import decide
    from qosbot.workflows.standing import how_it_stands

    one, outside, now = known(bot.records, name), outside_of(bot), bot.clock.now()
    decision = Decision(
        remediation=name,
        choice=choice,
        by=by,
        at=now,
        plan_hash=one.proposal.plan_hash,
        words=words,
    )

    def standing() -> str:
        return how_it_stands(known(bot.records, name), by, choice, outside, now, what="command")

    try:
        answer = decide(one, decision, outside)
    except (IllegalTransitionError, StoreConflictError) as error:
        complain(standing())
        raise typer.Exit(Exit.REFUSED) from error
    for refusal in answer.refusals:
        complain(f"{name}: {refusal.words}")
    if answer.refusals:
        raise typer.Exit(Exit.REFUSED)
    stands = answer.decision
    if answer.is_stopped:
        print(standing())
        return
    if stands is None:
        print(f"{name}: {choice} by {by}; {answer.votes} of {answer.quorum} people so far")
        return
    if by not in (*stands.others, stands.by) or stands.choice is not choice:
        complain(standing())
        raise typer.Exit(Exit.REFUSED)
    print(standing())


@guarded
def rollback(
    name: Name,
    *,
    person: Person,
    database: DatabaseFile = None,
    inventory: InventoryDir = None,
    as_json: AsJson = False,
) -> None:
    """Ask for the exact undo of a change that was made; a serving bot carries it out."""
    from qosbot.domain.remediation import Event

    _ask(name, Event.ROLLBACK_ASKED, person, inventory, database, as_json=as_json)


@guarded
def settle(
    name: Name,
    *,
    person: Person,
    database: DatabaseFile = None,
    inventory: InventoryDir = None,
    as_json: AsJson = False,
) -> None:
    """Say that a device which got stuck is in order again."""
    from qosbot.domain.remediation import Event

    _ask(name, Event.SETTLE, person, inventory, database, as_json=as_json)


def _ask(
    name: str,
    event: "Event",
    person: str,
    inventory: InventoryDir,
    database: DatabaseFile,
    *,
    as_json: bool,
) -> None:
    from qosbot.bootstrap import SystemClock, read_inventory
    from qosbot.settings import read_settings
    from qosbot.workflows.remediate import ask

    settings = read_settings(inventory=inventory, database=database)
    by = f"cli:{person}"
    inventory_read = read_inventory(settings.inventory)
    with (
        open_here(database) as records,
        told(lambda: how_it_stands(records, name), as_json=as_json),
    ):
        one = known(records, name)
        _check_approver(inventory_read, one, by)
        moved = ask(one, event, by=by, decisions=records.decisions, now=SystemClock().now())
        print(f"{name}: {moved.state}")


def _check_approver(inventory: "Inventory", one: "Remediation", by: str) -> None:
    if by not in inventory.policy.approvers.get(one.proposal.risk, ()):
        complain(f"{by} may not decide on changes of {one.proposal.risk} risk")
        raise typer.Exit(Exit.REFUSED)


def _signed(words: str, person: str) -> str:
    """Return words with the login name where somebody says to be somebody else."""
    login = getpass.getuser()
    return words if person == login else f"{words} (typed by the login {login})".strip()


@guarded
def pause(*, person: Person, database: DatabaseFile = None, as_json: AsJson = False) -> None:
    """Start no change until `resume`; what is under way is finished or put back."""
    from qosbot.workflows.switches import pause as pause_changes

    with (
        open_here(database) as records,
        told(lambda: how_switches_stand(records), as_json=as_json),
    ):
        print(pause_changes(f"cli:{person}", records.decisions))


@guarded
def resume(
    *,
    person: Person,
    inventory: InventoryDir = None,
    database: DatabaseFile = None,
    as_json: AsJson = False,
) -> None:
    """Let changes start again, and without a person where that had switched itself off.

    Whoever may approve anything at all may do it.
    """
    from qosbot.bootstrap import SystemClock, read_inventory
    from qosbot.settings import read_settings
    from qosbot.workflows import switches

    by = f"cli:{person}"
    policy = read_inventory(read_settings(inventory=inventory).inventory).policy
    refused = switches.resume_refusal(by, policy)
    if refused:
        complain(refused)
        raise typer.Exit(Exit.REFUSED)
    with (
        open_here(database) as records,
        told(lambda: how_switches_stand(records), as_json=as_json),
    ):
        print(switches.resume(by, policy, records.decisions, SystemClock().now()))
