"""Random histories of clicks, redeliveries, verbs, ticks, failures of the chat, and kills.

Whatever happens: one decision at most, by people who may, never changed again; one wherever a
permitted click came in time; an answer to every click; and one card, which ends as it should.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from qosbot.adapters.sql import SqlDecisions, SqlOutbox, opened
from qosbot.adapters.sql.database import Database
from qosbot.domain.approvals import Choice, Decision, anybody
from qosbot.domain.errors import (
    IllegalTransitionError,
    MessengerBusyError,
    MessengerError,
    MessengerUnreachableError,
)
from qosbot.domain.inventory import Mode, Risk
from qosbot.domain.messages import Letter, Place
from qosbot.domain.remediation import State
from qosbot.workflows import answer, remediate, tell
from qosbot.workflows.answer import Click, Reception
from qosbot.workflows.outside import Outside
from qosbot.workflows.start import submit
from tests.domain.builders import NOON
from tests.domain.remedies import proposal, remediation
from tests.workflows.chat import FakeChat, PlainWriter
from tests.workflows.world import Died, Fuse, World, raised

pytestmark = pytest.mark.slow

IS_LONG = "true" in {os.environ.get("CI"), os.environ.get("QOSBOT_PATIENCE")}
ANA, BOB, MALLORY = "T1/U1", "T1/U2", "T1/U9"
MAY = frozenset({ANA, BOB})
PEOPLE = st.sampled_from([ANA, ANA, BOB, MALLORY])
CHOICES = st.sampled_from([Choice.APPROVE, Choice.APPROVE, Choice.REJECT])
DOWN = MessengerUnreachableError("m", "refused", is_unknown=False)
LOST = MessengerUnreachableError("m", "timed out", is_unknown=True)
FAILURES: tuple[MessengerError | None, ...] = (
    None,
    LOST,
    LOST,
    DOWN,
    MessengerBusyError("m", 7),
)
MOST_PROPOSALS = 3


@cache
def empty() -> Path:
    """Return a database that was migrated once, to be copied."""
    path = Path(tempfile.mkdtemp()) / "empty.db"
    opened(path).close()
    return path


class DyingDecisions(SqlDecisions):
    """Dies before or after a decision is written down."""

    def __init__(self, database: Database, fuse: Fuse) -> None:
        super().__init__(database)
        self._fuse = fuse

    def decide(
        self, decision: Decision, *, quorum: int = 1, counts: Callable[[str], bool] = anybody
    ) -> Decision | None:
        self._fuse.burn()
        stands = super().decide(decision, quorum=quorum, counts=counts)
        self._fuse.burn()
        return stands


class DyingOutbox(SqlOutbox):
    """Dies before or after anything is written down."""

    def __init__(self, database: Database, fuse: Fuse) -> None:
        super().__init__(database)
        self._fuse = fuse

    def put(self, letter: Letter) -> None:
        self._fuse.burn()
        super().put(letter)
        self._fuse.burn()

    def sent(self, letters: Sequence[Letter], place: Place | None) -> None:
        self._fuse.burn()
        super().sent(letters, place)
        self._fuse.burn()


class Histories(RuleBasedStateMachine):
    """A bot that dies and comes back, a chat that fails, and people who click."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.path = Path(self.directory.name) / "qosbot.db"
        shutil.copy(empty(), self.path)
        self.world, self.fuse, self.chat = World(), Fuse(), FakeChat(NOON)
        self.clicks: dict[str, tuple[Click, Choice]] = {}
        self.unanswered: set[str] = set()
        self.stood: dict[str, Decision] = {}
        self.names: list[str] = []
        self._come_up()
        self.decisions.keep_alarms([raised()])

    def _come_up(self) -> None:
        self.database = opened(self.path)
        self.decisions = DyingDecisions(self.database, self.fuse)
        self.outbox = DyingOutbox(self.database, self.fuse)
        self.office = tell.PostOffice(
            outbox=self.outbox,
            messenger=self.chat,
            writer=PlainWriter(self.decisions),
            channels=tell.Channels(decisions="C1", alarms="C2"),
        )

    @property
    def outside(self) -> Outside:
        outside = self.world.outside
        policy = replace(
            outside.policy,
            approvers={Risk.LOW: (ANA, BOB), Risk.MEDIUM: (ANA, BOB), Risk.HIGH: ()},
            quorum={Risk.MEDIUM: 2},
            mode=dict.fromkeys(Risk, Mode.PROPOSE),
        )
        return replace(outside, decisions=self.decisions, read_policy=lambda: policy)

    @property
    def reception(self) -> Reception:
        return Reception(outside=self.outside, outbox=self.outbox, clock=self.world.clock)

    @contextmanager
    def _alive(self) -> Iterator[None]:
        """Bring the bot back if it dies in here; all that was in memory is gone."""
        try:
            yield
        except Died:
            self.fuse.at = None
            self.restart()

    @rule(risk=st.sampled_from([Risk.LOW, Risk.LOW, Risk.MEDIUM]))
    @precondition(lambda self: len(self.names) < MOST_PROPOSALS)
    def propose(self, risk: Risk) -> None:
        name = f"p{len(self.names)}"
        expires_at = self.world.clock.at + timedelta(minutes=15)
        plan = replace(proposal(name=name, risk=risk, expires_at=expires_at), fingerprint="none")
        submit(remediation(proposal=plan), self.outside, self.world.clock.at)
        self.names.append(name)

    @rule(person=PEOPLE, choice=CHOICES, which=st.integers(0, MOST_PROPOSALS - 1))
    @precondition(lambda self: bool(self.names))
    def click(self, person: str, choice: Choice, which: int) -> None:
        name = self.names[which % len(self.names)]
        found = self.decisions.remediation(name)
        assert found is not None
        number = f"k{len(self.clicks)}"
        click = Click(
            id=number,
            person=person,
            to=f"C1/{number}",
            remediation=name,
            plan=found.proposal.plan_hash[:16],
        )
        self.clicks[number] = (click, choice)
        self.unanswered.add(number)
        self._deliver(number)

    @rule(which=st.integers(0, 50))
    @precondition(lambda self: bool(self.clicks))
    def deliver_again(self, which: int) -> None:
        self._deliver(f"k{which % len(self.clicks)}")

    def _deliver(self, number: str) -> None:
        click, choice = self.clicks[number]
        name, person = click.remediation, click.person
        before = self.decisions.remediation(name)
        stood = self.decisions.decision(name)
        assert before is not None
        in_time = self.world.clock.at < before.proposal.expires_at
        counts = person in MAY and before.state is State.AWAITING_DECISION and in_time
        with self._alive():
            if choice is Choice.APPROVE:
                answer.approve(click, self.reception)
            else:
                answer.reject(click, "no", self.reception)
            self.unanswered.discard(number)
            is_enough = before.proposal.risk is Risk.LOW or choice is Choice.REJECT
            if counts and is_enough:
                assert self.decisions.decision(name) is not None
            if choice is Choice.REJECT and person in MAY:
                self._check_stopped(name, before.state)
        if person == MALLORY:
            assert self.decisions.decision(name) == stood
            assert self.decisions.remediation(name) == before

    def _check_stopped(self, name: str, before: State) -> None:
        """Assert that a rejection stopped what had not begun, whatever was decided before."""
        after, stands = self.decisions.remediation(name), self.decisions.decision(name)
        assert after is not None
        if before in {State.AWAITING_DECISION, State.APPROVED} and after.state is before:
            assert stands is not None
            assert stands.choice is Choice.REJECT

    @rule(person=st.sampled_from(["cli:eve", ANA]), choice=CHOICES, which=st.integers(0, 2))
    @precondition(lambda self: bool(self.names))
    def decide_by_verb(self, person: str, choice: Choice, which: int) -> None:
        found = self.decisions.remediation(self.names[which % len(self.names)])
        assert found is not None
        decision = Decision(
            remediation=found.id,
            choice=choice,
            by=person,
            at=self.world.clock.at,
            plan_hash=found.proposal.plan_hash,
        )
        with self._alive():
            try:
                remediate.decide(found, decision, self.outside)
            except IllegalTransitionError:
                assert found.state is not State.AWAITING_DECISION

    @rule(seconds=st.sampled_from([1, 5, 60, 600, 1200]))
    def let_time_pass(self, seconds: int) -> None:
        self.world.clock.sleep(seconds)

    @rule()
    def work(self) -> None:
        remediate.tick(self.outside, self.world.clock, worker="w", lease_s=60)

    @rule(
        failure=st.sampled_from(FAILURES),
        taken=st.sampled_from(["taken", "taken and not found", "not taken"]),
        ticks=st.integers(1, 4),
    )
    def send(self, failure: MessengerError | None, taken: str, ticks: int) -> None:
        if failure is not None:
            unknown = isinstance(failure, MessengerUnreachableError) and failure.is_unknown
            (self.chat.after if taken != "not taken" and unknown else self.chat.before).append(
                failure
            )
            if taken == "taken and not found" and unknown:
                self.chat.unfound.append(DOWN)
        for _ in range(ticks):
            self._send()

    def _send(self) -> None:
        self.world.clock.sleep(1)
        self.chat.now = self.world.clock.at
        with self._alive():
            tell.tick(self.office, self.world.clock.at)

    @rule()
    def restart(self) -> None:
        self.database.close()
        self._come_up()

    @rule(after=st.integers(0, 6))
    def be_about_to_die(self, after: int) -> None:
        self.fuse.at = self.fuse.count + after

    @invariant()
    def one_decision_stands_for_good(self) -> None:
        for name in self.names:
            stands = self.decisions.decision(name)
            if name in self.stood:
                assert stands == self.stood[name]
            elif stands is not None:
                self._check(name, stands)
                self.stood[name] = stands

    def _check(self, name: str, stands: Decision) -> None:
        people = {stands.by, *stands.others}
        found = self.decisions.remediation(name)
        assert found is not None
        assert people <= MAY
        if stands.choice is Choice.APPROVE:
            assert len(people) >= (2 if found.proposal.risk is Risk.MEDIUM else 1)
            assert stands.at < found.proposal.expires_at

    def teardown(self) -> None:
        """Let everything come to rest: then every click is answered and every card is right."""
        self.fuse.at = None
        self.chat.before.clear()
        self.chat.after.clear()
        self.chat.unfound.clear()
        for number in sorted(self.unanswered):
            self._deliver(number)
        for _ in range(3):
            self.world.clock.sleep(1000)
            self.work()
        for _ in range(200):
            self._send()
            if not self.outbox.backlog().waiting:
                break
        self.one_decision_stands_for_good()
        assert self.outbox.backlog().waiting == 0
        for click, _ in self.clicks.values():
            assert len({text for to, text in self.chat.told if to == click.to}) == 1
        for name in self.names:
            found = self.decisions.remediation(name)
            assert found is not None
            assert self.decisions.broken_link(name) is None
            cards = [text for text in self.chat.texts() if text.startswith(f"{name} ")]
            assert cards == [f"{name} {found.state}"]
        self.database.close()
        self.directory.cleanup()


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=1000 if IS_LONG else 25,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
