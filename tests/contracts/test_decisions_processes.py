"""Two processes on one database file, and a file that somebody has tampered with."""

import multiprocessing
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from qosbot.adapters.sql import SqlDecisions, database
from qosbot.domain.approvals import Choice
from qosbot.domain.errors import StoreConflictError, StoreError
from qosbot.domain.history import Step
from qosbot.domain.remediation import Event, State, advance
from tests.domain.builders import NOON
from tests.domain.remedies import change, precaution, proposal, remediation
from tests.domain.situations import decided

ROUNDS = 20
pytestmark = pytest.mark.slow


def step(words: str) -> Step:
    return Step(at=NOON, event="wait", state="awaiting_decision", by="qosbot", words=words)


def decide(path: str, worker: str, choice: str) -> list[str]:
    with SqlDecisions.open(path) as record:
        mine = decided(by=worker, choice=Choice(choice))
        stands = [record.decide(replace(mine, remediation=f"p{i}")) for i in range(ROUNDS)]
        return [one.by for one in stands if one is not None]


def save(path: str, worker: str) -> int:
    saved = 0
    with SqlDecisions.open(path) as record:
        while saved < ROUNDS:
            found = record.remediation("p1")
            assert found is not None
            try:
                record.save(found, step(f"{worker} {saved}"))
            except StoreConflictError:
                continue
            saved += 1
    return saved


def start(path: str, worker: str) -> list[int]:
    """Try to get a device in hand for an own remediation; return the rounds that were won."""
    won = []
    with SqlDecisions.open(path) as record:
        for i in range(ROUNDS):
            plan = proposal(name=f"{worker}-{i}", changes=change(device=f"r{i}"))
            added = record.add(remediation(proposal=plan), step(worker))
            try:
                record.save(replace(added, state=State.APPLYING, started_at=NOON), step(worker))
            except StoreConflictError:
                continue
            won.append(i)
    return won


def propose(path: str, worker: str) -> list[int]:
    """Propose a change of each device; return of which it was the only one."""
    won = []
    with SqlDecisions.open(path) as record:
        for i in range(ROUNDS):
            plan = proposal(name=f"{worker}-{i}", changes=change(device=f"r{i}"))
            try:
                record.add(remediation(proposal=plan), step(worker), if_idle=True)
            except StoreConflictError:
                continue
            won.append(i)
    return won


def end_undecided(path: str) -> list[int]:
    """Withdraw what nobody decided on; return which of them."""
    ended = []
    with SqlDecisions.open(path) as record:
        for i in range(ROUNDS):
            found = record.remediation(f"u{i}")
            assert found is not None
            try:
                moved = advance(found, Event.OUTRANKED, NOON)
                record.save(moved, step("outranked"), if_undecided=True)
            except StoreConflictError:
                continue
            ended.append(i)
    return ended


def approve(path: str) -> list[int]:
    """Approve what still waits; return which of them."""
    approved = []
    with SqlDecisions.open(path) as record:
        for i in reversed(range(ROUNDS)):
            try:
                record.decide(replace(decided(), remediation=f"u{i}"))
            except StoreConflictError:
                continue
            approved.append(i)
    return approved


@pytest.fixture
def path(tmp_path: Path) -> str:
    where = str(tmp_path / "qosbot.db")
    with SqlDecisions.open(where) as record:
        record.add(remediation(), step("first"))
    return where


def pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn"))


def test_two_decisions_are_one_over_processes(path: str) -> None:
    with pool() as both:
        yes = both.submit(decide, path, "cli:ana", "approve")
        no = both.submit(decide, path, "cli:bob", "reject")
        assert yes.result() == no.result()


def test_two_processes_lose_no_save_and_the_chain_holds(path: str) -> None:
    with pool() as both:
        saves = [both.submit(save, path, worker) for worker in ("w1", "w2")]
        assert [one.result() for one in saves] == [ROUNDS, ROUNDS]
    with SqlDecisions.open(path) as record:
        found = record.remediation("p1")
        assert found is not None
        assert found.version == 1 + 2 * ROUNDS
        assert len(record.history("p1")) == 1 + 2 * ROUNDS
        assert record.broken_link("p1") is None


def test_a_device_is_in_hand_of_one_process(path: str) -> None:
    with pool() as both:
        won = [both.submit(start, path, worker) for worker in ("w1", "w2")]
        assert sorted(won[0].result() + won[1].result()) == list(range(ROUNDS))


def test_of_two_processes_that_plan_for_one_device_one_does(path: str) -> None:
    devices = [i for i in range(ROUNDS) if f"r{i}" != change().device]
    with pool() as both:
        won = [both.submit(propose, path, worker) for worker in ("w1", "w2")]
        assert sorted(won[0].result() + won[1].result()) == devices


def test_what_one_process_approves_no_other_withdraws_as_undecided(path: str) -> None:
    with SqlDecisions.open(path) as record:
        for i in range(ROUNDS):
            plan = precaution(proposal(name=f"u{i}", changes=change(device=f"r{i}")))
            record.add(remediation(proposal=plan), step("first"))
    with pool() as both:
        ends = [both.submit(one, path) for one in (end_undecided, approve)]
        assert sorted(ends[0].result() + ends[1].result()) == list(range(ROUNDS))


@pytest.mark.parametrize(
    ("tamper", "words"),
    [
        ("UPDATE history SET words = 'all is well' WHERE seq = 2", "is not what was written"),
        ("DELETE FROM history WHERE seq = 2", "entry 2 is missing"),
        ("DELETE FROM history WHERE seq = 3", "has 2 entries, and 3 were written"),
        ("UPDATE history SET at_us = at_us + 1 WHERE seq = 1", "entry 1 is not what"),
    ],
)
def test_a_history_that_was_tampered_with_is_found(path: str, tamper: str, words: str) -> None:
    with SqlDecisions.open(path) as record:
        found = record.remediation("p1")
        assert found is not None
        record.save(found, step("second"), step("third"))
        with sqlite3.connect(path) as connection:
            connection.execute(tamper)
        connection.close()
        broken = record.broken_link("p1")
    assert broken is not None
    assert words in broken.words


def test_a_change_that_another_version_kept_holds_up_no_other(path: str) -> None:
    with SqlDecisions.open(path) as record:
        plan = proposal(name="p2", changes=change(device="r2"))
        record.add(remediation(proposal=plan, state=State.ROLLING_BACK, started_at=NOON), step("x"))
        with closing(sqlite3.connect(path)) as plain, plain:
            plain.execute("UPDATE remediations SET remediation = '{}' WHERE id = 'p1'")
        assert [one.id for one in record.due(NOON)] == ["p2"]
        with pytest.raises(StoreError, match="a change on record cannot be read"):
            record.remediation("p1")
        # What is not known may be in hand, so nobody is told that there is nothing.
        with pytest.raises(StoreError, match="a change on record cannot be read"):
            record.remediations(only_open=True)


def test_a_record_that_is_opened_again_is_the_same(path: str) -> None:
    with SqlDecisions.open(path) as record:
        assert [one.id for one in record.remediations()] == ["p1"]


def test_a_database_of_the_first_version_keeps_what_it_has(tmp_path: Path) -> None:
    where = tmp_path / "old.db"
    config = Config()
    config.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    with sa.create_engine(f"sqlite:///{where}").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "v0001")
        connection.exec_driver_sql("INSERT INTO baselines VALUES ('r1', 1, '{}')")
    with SqlDecisions.open(where) as record:
        record.add(remediation(), step("first"))
    with sqlite3.connect(where) as plain:
        assert plain.execute("SELECT device FROM baselines").fetchall() == [("r1",)]
    plain.close()
