"""`alarms`, `proposals`, `show`, `history`: what was found, what was proposed, what was done."""

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from qosbot.cli.door import Exit, complain, guarded
from qosbot.cli.options import AsJson, DatabaseFile
from qosbot.cli.tables import Cell, Row, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qosbot.bootstrap import Records
    from qosbot.domain.considerations import Consideration
    from qosbot.domain.remediation import Remediation

Name = Annotated[
    str, typer.Argument(metavar="ID", help="Of the proposal, as `proposals` shows it.")
]


@guarded
def alarms(*, database: DatabaseFile = None, as_json: AsJson = False) -> None:
    """Show what is wrong now, why, and what became of it."""
    from qosbot.bootstrap import SystemClock
    from qosbot.cli.paths import age
    from qosbot.render.plain_json import tree

    with open_here(database) as records:
        found = records.decisions.alarms()
        considered: dict[str, list[Consideration]] = {}
        for one in records.memory.considerations():
            considered.setdefault(one.alarm, []).append(one)
        states = {one.id: one.state.value for one in records.decisions.remediations()}
    if as_json:
        answer = [
            {"alarm": tree(alarm), "considered": tree(considered.get(name, []))}
            for name, alarm in found.items()
        ]
        print(json.dumps({"alarms": answer}, indent=2))
        return
    now = SystemClock().now()
    rows: list[Row] = [
        [
            name,
            ", ".join(f"{way.path} {way.direction}" for way in alarm.ways),
            f"{alarm.mos_worst:.2f}",
            "not measured" if alarm.mos_latest is None else f"{alarm.mos_latest:.2f}",
            age(alarm.raised_at, now),
            "not known yet" if alarm.bottleneck is None else str(alarm.bottleneck),
            "; ".join(_told(one, states) for one in considered.get(name, [])),
        ]
        for name, alarm in found.items()
    ]
    columns = ["alarm", "paths", "MOS worst", "now", "raised", "bottleneck", "what was found"]
    show("alarms", columns, rows, "" if rows else "none is raised")


def _told(one: "Consideration", states: "Mapping[str, str]") -> str:
    outcome = f"{one.proposal} {states.get(one.proposal, '')}" if one.proposal else one.verdict
    return f"{one.finding.words} [{outcome}{': ' if one.words else ''}{one.words}]"


@guarded
def proposals(
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those that ended, too.")] = False,
    database: DatabaseFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what was proposed and where it stands."""
    from qosbot.bootstrap import SystemClock
    from qosbot.cli.paths import age

    with open_here(database) as records:
        found = records.decisions.remediations(only_open=not everything)
        controls = records.decisions.controls()
    if as_json:
        print(json.dumps({"proposals": [remediation_tree(one) for one in found]}, indent=2))
        return
    now = SystemClock().now()
    rows: list[Row] = [
        [
            one.id,
            Cell(one.state.value, "bold"),
            one.device,
            one.proposal.risk.value,
            one.proposal.grade.value,
            _predicted(one),
            age(one.proposal.created_at, now),
            one.decided_by or "-",
            "-" if one.outcome is None else one.outcome.value,
            one.remark,
        ]
        for one in found
    ]
    columns = [
        "id",
        "state",
        "device",
        "risk",
        "grade",
        "MOS predicted",
        "made",
        "decided by",
        "outcome",
        "remark",
    ]
    held = f"changes are paused by {controls.paused_by}" if controls.paused_by else ""
    show("proposals", columns, rows, held or ("" if rows else "none is open"))


def _predicted(one: "Remediation") -> str:
    predicted = one.proposal.prediction
    if predicted is None:
        return "none: a precaution"
    return f"{predicted.mos_before:.2f} to {predicted.mos_after:.2f}"


def remediation_tree(one: "Remediation") -> "dict[str, object]":
    """Return a remediation as JSON's own types, with what its proposal is bound to."""
    from qosbot.render.plain_json import tree

    whole = tree(one)
    assert isinstance(whole, dict)  # noqa: S101  a dataclass becomes an object
    # Its own field of that name is what was approved, and empty until then.
    return {**whole, "id": one.id, "plan_hash": one.proposal.plan_hash}


@guarded
def show_one(name: Name, *, database: DatabaseFile = None, as_json: AsJson = False) -> None:
    """Show a proposal whole: evidence, diff, undo, and what happened so far."""
    with open_here(database) as records:
        show_whole(records, known(records, name), as_json=as_json)


def show_whole(records: "Records", one: "Remediation", *, as_json: bool) -> None:
    """Print a remediation with all that happened to it."""
    from qosbot.render.plain_json import tree
    from qosbot.render.proposal import proposal_text

    history = records.decisions.history(one.id)
    votes, decision = records.decisions.votes(one.id), records.decisions.decision(one.id)
    if as_json:
        said = {"votes": tree(votes), "decision": tree(decision)}
        answer = {**remediation_tree(one), **said, "history": tree(history)}
        print(json.dumps(answer, indent=2))
        return
    print(proposal_text(one, history))
    if votes and decision is None:
        print(f"\napproved so far by {', '.join(vote.by for vote in votes)}")


@guarded
def history(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID|verify|heads]",
            help="One of them; `verify` checks all, `heads` prints the last hash of each.",
        ),
    ] = None,
    *,
    database: DatabaseFile = None,
    as_json: AsJson = False,
) -> None:
    """Show what was done, or prove that nobody changed the record since."""
    from qosbot.render.plain_json import tree

    with open_here(database) as records:
        if what == "verify":
            _verify(records, as_json=as_json)
            return
        if what == "heads":
            print(json.dumps(dict(records.decisions.heads()), indent=2))
            return
        chosen = [known(records, what)] if what else list(records.decisions.remediations())
        entries = {one.id: records.decisions.history(one.id) for one in chosen}
    if as_json:
        print(json.dumps(tree(entries), indent=2))
        return
    rows: list[Row] = [
        [
            f"{entry.step.at:%Y-%m-%d %H:%M:%S}",
            name,
            entry.step.state,
            entry.step.by,
            entry.step.words,
        ]
        for name, steps in entries.items()
        for entry in steps
    ]
    columns = ["UTC", "id", "state", "by", "words"]
    show("history", columns, rows, "" if rows else "nothing was proposed yet")


def _verify(records: "Records", *, as_json: bool) -> None:
    from qosbot.render.plain_json import tree

    heads = records.decisions.heads()
    found = {name: records.decisions.broken_link(name) for name in heads}
    if as_json:
        broken = {name: tree(link) for name, link in found.items() if link is not None}
        print(json.dumps({"histories": len(heads), "broken": broken}, indent=2))
    for name, link in found.items():
        if link is not None:
            complain(f"{name}: {link.words}")
    if any(link is not None for link in found.values()):
        raise typer.Exit(Exit.INCOMPLETE)
    if not as_json:
        print(f"{len(heads)} histories are whole")


@contextmanager
def open_here(database: DatabaseFile) -> "Iterator[Records]":
    """Open the database that the options name."""
    from qosbot.bootstrap import open_records
    from qosbot.settings import read_settings

    with open_records(read_settings(database=database)) as records:
        yield records


def known(records: "Records", name: str) -> "Remediation":
    """Return a remediation by its id, or end the verb with what to do."""
    one = records.decisions.remediation(name)
    if one is None:
        complain(f"no proposal is called {name}", "`qosbot proposals --all` shows them all")
        raise typer.Exit(Exit.WRONG_USE)
    return one
