"""What a history proves of the record around it, in a file that somebody has tampered with."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from qosbot.adapters.sql import SqlDecisions
from qosbot.domain.history import BrokenLink, Step, plan_named
from qosbot.domain.remediation import State
from tests.domain.builders import NOON
from tests.domain.remedies import proposal, remediation
from tests.domain.situations import decided

PLAN = proposal()


def step(event: str, state: State, by: str = "qosbot") -> Step:
    return Step(at=NOON, event=event, state=state, by=by, words="because")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A record of one change that was proposed, approved by cli:ana, and refused."""
    where = tmp_path / "qosbot.db"
    with SqlDecisions.open(where) as record:
        kept = record.add(remediation(), step("propose", State.AWAITING_DECISION))
        stands = record.decide(decided(PLAN))
        assert stands is not None
        kept = replace(
            kept,
            state=State.APPROVED,
            decided_by=stands.by,
            decided_at=stands.at,
            plan_hash=stands.plan_hash,
        )
        kept = record.save(kept, step("approve", State.APPROVED, stands.by))
        record.save(replace(kept, state=State.REFUSED), step("refuse", State.REFUSED))
    return where


def tampered(path: Path, *statements: str) -> BrokenLink | None:
    connection = sqlite3.connect(path)
    for statement in statements:
        assert connection.execute(statement).rowcount > 0, statement
    connection.commit()
    connection.close()
    with SqlDecisions.open(path) as record:
        return record.broken_link("p1")


def test_the_steps_of_a_proposal_and_its_approval_carry_the_plan(path: Path) -> None:
    with SqlDecisions.open(path) as record:
        named = [plan_named(entry.step) for entry in record.history("p1")]
        assert record.broken_link("p1") is None
    assert named == [PLAN.plan_hash, PLAN.plan_hash, ""]


_JSON = "UPDATE remediations SET remediation = replace(remediation, {})"


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (
            ("DELETE FROM history WHERE seq = 3", "UPDATE remediations SET steps = steps - 1"),
            "its row says refused, and the history ends approved",
        ),
        (
            ("DELETE FROM history", "UPDATE remediations SET steps = 0"),
            "there is no history",
        ),
        (("UPDATE remediations SET steps = 2",), "has 3 entries, and 2 were written"),
        (("UPDATE remediations SET state = 'done'",), "its row says done"),
        ((_JSON.format("'refused', 'done'"),), "its remediation says done"),
        ((_JSON.format("'cli:ana', 'cli:eve'"),), "its remediation says that cli:eve decided"),
        (("UPDATE decisions SET decided_by = 'cli:eve'",), "its decision says that cli:eve"),
        (("UPDATE decisions SET choice = 'reject'",), "its decision says that nobody"),
        (("DELETE FROM decisions",), "its decision says that nobody decided"),
        (("UPDATE decisions SET plan_hash = 'x'",), "its decision is of plan x"),
        ((_JSON.format("'  priority 600', '  priority 900'"),), "what is carried out is of plan"),
        (
            ("UPDATE proposals SET proposal = replace(proposal, 'priority 600', 'priority 9')",),
            "what was proposed is of plan",
        ),
        (("UPDATE proposals SET plan_hash = 'x'",), "the proposal's row is of plan x"),
        ((_JSON.format(f'\'"plan_hash":"{PLAN.plan_hash}\', \'"plan_hash":"x\''),), "plan x"),
        (("UPDATE remediations SET remediation = '{}'",), "its row is not a Remediation"),
        (("DELETE FROM remediations",), "and its remediation is gone"),
        (("DELETE FROM remediations", "DELETE FROM history"), "and its remediation is gone"),
        (("DELETE FROM proposals",), "and its proposal is gone"),
    ],
)
def test_a_record_that_contradicts_its_history_is_found(
    path: Path, statements: tuple[str, ...], words: str
) -> None:
    broken = tampered(path, *statements)
    assert broken is not None
    assert words in broken.words


def test_an_older_history_that_names_no_plan_is_held_to_the_rest(tmp_path: Path) -> None:
    where = tmp_path / "qosbot.db"
    with SqlDecisions.open(where) as record:
        record.add(remediation(), step("submit", State.AWAITING_DECISION))
        assert record.broken_link("p1") is None
    assert tampered(where, _JSON.format("'priority 600', 'priority 900'")) is not None


def test_the_heads_are_the_hashes_of_the_last_entries(path: Path) -> None:
    with SqlDecisions.open(path) as record:
        second = remediation(proposal=proposal(name="p2"))
        record.add(second, step("propose", State.AWAITING_DECISION))
        last = {name: record.history(name)[-1].hash for name in ("p1", "p2")}
        assert record.heads() == last


def test_what_lost_its_history_is_among_the_heads_all_the_same(path: Path) -> None:
    tampered(path, "DELETE FROM history", "DELETE FROM remediations")
    with SqlDecisions.open(path) as record:
        assert record.heads() == {"p1": ""}


def test_a_rewritten_record_is_whole_in_itself_and_shows_in_its_head(path: Path) -> None:
    with SqlDecisions.open(path) as record:
        before = record.heads()
    other = path.with_name("other.db")
    with SqlDecisions.open(other) as record:
        record.add(remediation(), step("propose", State.AWAITING_DECISION, by="cli:eve"))
        assert record.broken_link("p1") is None
        assert record.heads()["p1"] not in before.values()
        assert record.broken_link("never heard of") is None
