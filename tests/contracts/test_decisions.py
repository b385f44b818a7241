"""What every record of decisions promises: the real one, and the one in memory."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from qosbot.adapters.sql import SqlDecisions
from qosbot.domain.alarms import AlarmState
from qosbot.domain.approvals import Choice
from qosbot.domain.errors import StoreConflictError
from qosbot.domain.history import Step
from qosbot.domain.in_force import STAYS
from qosbot.domain.intents import AddClassMatch, AttachVoicePolicy, PreferCodec
from qosbot.domain.inventory import Risk
from qosbot.domain.proposals import Proposal
from qosbot.domain.remediation import ConfigMark, Event, Remediation, State, advance
from qosbot.domain.rules import Controls
from qosbot.domain.verification import Outcome
from qosbot.ports.deciding import Decisions
from tests.domain.builders import NOON
from tests.domain.remedies import change, figures, precaution, proposal, remediation
from tests.domain.situations import decided
from tests.workflows.world import FakeDecisions, Fuse, raised


@pytest.fixture(params=["sqlite", "memory"])
def record(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Decisions]:
    if request.param == "memory":
        yield FakeDecisions(Fuse())
        return
    with SqlDecisions.open(tmp_path / "qosbot.db") as opened:
        yield opened


def step(event: str = "propose", state: str = "awaiting_decision") -> Step:
    return Step(at=NOON, event=event, state=state, by="qosbot", words="because")


def on(device: str, name: str, **changed: object) -> Remediation:
    plan = proposal(name=name, changes=change(device=device))
    return remediation(proposal=plan, **changed)


def codec_change(name: str, *, late_s: float = 0.0) -> Proposal:
    changes = change(device=name, intent=PreferCodec(dial_peer=10, codec="g729a"))
    made = proposal(name=name, changes=changes)
    return replace(made, created_at=made.created_at + timedelta(seconds=late_s))


def test_a_remediation_comes_back_as_it_was_saved(record: Decisions) -> None:
    added = record.add(remediation(), step())
    rich = replace(
        added,
        state=State.ROLLING_BACK,
        due_at=NOON,
        decided_at=NOON,
        started_at=NOON,
        config_before=ConfigMark(running="a", startup="b"),
        watched=(figures(), figures()),
        outcome=Outcome.HURT,
        reasons=("worse",),
        undo_from=State.VERIFYING,
        is_saved=False,
    )
    saved = record.save(rich, step("undo"))
    assert saved == replace(rich, version=2)
    assert record.remediation("p1") == saved
    assert record.remediation("p2") is None


@pytest.mark.parametrize(
    "intent",
    [
        AttachVoicePolicy(interface="Gi0/1", priority_bps=1.0, reference_bps=2.0, shape_bps=None),
        AddClassMatch(interface="Gi0/1", class_path=("A", "B"), dscp=46),
        PreferCodec(dial_peer=10, codec="g729a"),
    ],
)
def test_every_intent_can_be_kept(record: Decisions, intent: PreferCodec) -> None:
    record.add(remediation(proposal=proposal(changes=change(intent=intent))), step())
    found = record.remediation("p1")
    assert found is not None
    assert found.proposal.change.intent == intent


def test_a_precaution_is_kept_with_what_it_answers(record: Decisions) -> None:
    one = remediation(proposal=precaution(), affected=(), outcome=Outcome.HARMLESS)
    record.add(one, step())
    found = record.remediation("p1")
    assert found is not None
    assert found == replace(one, version=1)
    assert found.proposal.plan_hash == precaution().plan_hash
    assert record.broken_link("p1") is None


def test_a_proposal_is_added_once(record: Decisions) -> None:
    record.add(remediation(), step())
    with pytest.raises(StoreConflictError, match="p1 is there already"):
        record.add(remediation(), step())
    assert len(record.history("p1")) == 1


def test_a_device_on_which_another_waits_is_not_idle_until_that_ended(record: Decisions) -> None:
    first = record.add(on("r1", "a"), step(), if_idle=True)
    with pytest.raises(StoreConflictError):
        record.add(on("r1", "b"), step(), if_idle=True)
    assert record.remediation("b") is None
    record.add(on("r2", "c"), step(), if_idle=True)
    record.save(replace(first, state=State.EXPIRED), step("expire"))
    assert record.add(on("r1", "b"), step(), if_idle=True).version == 1


def test_of_two_who_read_the_same_version_one_may_save(record: Decisions) -> None:
    read = record.add(remediation(), step())
    record.save(advance(read, Event.APPROVE, NOON), step("approve"))
    with pytest.raises(StoreConflictError):
        record.save(advance(read, Event.REJECT, NOON), step("reject"))
    found = record.remediation("p1")
    assert found is not None
    assert (found.state, found.version) == (State.APPROVED, 2)
    assert [entry.step.event for entry in record.history("p1")] == ["propose", "approve"]


def test_what_was_never_added_cannot_be_saved(record: Decisions) -> None:
    with pytest.raises(StoreConflictError):
        record.save(remediation(), step())


def test_a_device_has_one_change_in_hand(record: Decisions) -> None:
    first, second = record.add(on("r1", "a"), step()), record.add(on("r1", "b"), step())
    held = record.save(replace(first, state=State.APPLYING, started_at=NOON), step())
    claimed = replace(second, state=State.APPLYING, started_at=NOON)
    with pytest.raises(StoreConflictError):
        record.save(claimed, step())
    assert len(record.history("b")) == 1
    record.save(replace(held, state=State.ROLLED_BACK), step())
    assert record.save(claimed, step()).state is State.APPLYING


def test_two_devices_have_changes_side_by_side(record: Decisions) -> None:
    for name, device in (("a", "r1"), ("b", "r2")):
        added = record.add(on(device, name), step())
        record.save(replace(added, state=State.APPLYING, started_at=NOON), step())
    assert [one.device for one in record.past_changes()] == ["r1", "r2"]


def test_a_stuck_device_stays_in_hand(record: Decisions) -> None:
    record.add(on("r1", "a", state=State.STUCK, started_at=NOON), step())
    waiting = record.add(on("r1", "b"), step())
    with pytest.raises(StoreConflictError):
        record.save(replace(waiting, state=State.APPLYING, started_at=NOON), step())


def test_rollbacks_are_due_first_then_what_is_in_hand(record: Decisions) -> None:
    states = (State.APPROVED, State.VERIFYING, State.ROLLING_BACK, State.DONE)
    for i, state in enumerate(states):
        record.add(on(f"r{i}", f"p{i}", state=state, started_at=NOON), step())
    assert [one.id for one in record.due(NOON)] == ["p2", "p1", "p0"]
    assert {one.id for one in record.remediations(only_open=True)} == {"p0", "p1", "p2"}
    assert len(record.remediations()) == 4


def test_remediations_are_found_by_where_they_stand(record: Decisions) -> None:
    for i, state in enumerate((State.DONE, State.STUCK, State.AWAITING_DECISION)):
        record.add(on(f"r{i}", f"p{i}", state=state), step())
    found = record.remediations(states={State.STUCK, State.AWAITING_DECISION})
    assert [one.id for one in found] == ["p1", "p2"]
    assert record.remediations(states={State.STUCK}, only_open=True) == ()
    assert record.remediations(states=()) == ()


def test_remediations_are_found_by_when_they_last_moved(record: Decisions) -> None:
    later = NOON + timedelta(seconds=1)
    old, new = record.add(on("r1", "a"), step()), record.add(on("r2", "b"), step())
    record.save(new, replace(step("expire"), at=later))
    record.save(old)
    assert [one.id for one in record.remediations(moved_since=later)] == ["b"]
    assert [one.id for one in record.remediations(moved_since=NOON)] == ["a", "b"]


@pytest.mark.parametrize("state", State)
def test_a_codec_is_in_force_where_the_change_stays(record: Decisions, state: State) -> None:
    made = codec_change("p1")
    record.add(remediation(proposal=made, state=state), step())
    record.add(on("r2", "p2", state=state), step())
    assert record.codecs_in_force() == ((made,) if state in STAYS else ())


def test_codecs_in_force_come_oldest_first(record: Decisions) -> None:
    newer = codec_change("p1", late_s=60)
    older = codec_change("p2")
    for one in (newer, older):
        record.add(remediation(proposal=one, state=State.DONE), step())
    assert record.codecs_in_force() == (older, newer)


def test_nothing_is_due_before_its_time(record: Decisions) -> None:
    later = NOON + timedelta(seconds=30)
    record.add(on("r1", "a", due_at=later), step())
    assert record.due(later - timedelta(microseconds=1)) == ()
    assert [one.id for one in record.due(later)] == ["a"]


def test_the_first_decision_stands(record: Decisions) -> None:
    assert record.decision("p1") is None
    first = decided()
    second = decided(by="cli:bob", choice=Choice.REJECT)
    assert record.decide(first) == first
    assert record.decide(second) == first
    assert record.decision("p1") == first


def test_an_approval_stands_once_enough_people_made_it(record: Decisions) -> None:
    ana, bob = decided(), decided(by="cli:bob", at=NOON + timedelta(seconds=1))
    assert record.decide(ana, quorum=2) is None
    assert record.decide(ana, quorum=2) is None
    assert [one.by for one in record.votes("p1")] == ["cli:ana"]
    assert record.decision("p1") is None
    assert record.decide(bob, quorum=2) == replace(bob, others=("cli:ana",))
    assert record.decision("p1") == replace(bob, others=("cli:ana",))


def test_approvals_of_another_plan_are_not_counted(record: Decisions) -> None:
    assert record.decide(replace(decided(), plan_hash="other"), quorum=2) is None
    assert record.decide(decided(by="cli:bob"), quorum=2) is None


def test_a_rejection_stands_at_once(record: Decisions) -> None:
    assert record.decide(decided(), quorum=3) is None
    no = decided(by="cli:bob", choice=Choice.REJECT)
    assert record.decide(no, quorum=3) == no
    assert record.decide(decided(by="cli:cyn"), quorum=3) == no


def test_only_votes_that_count_make_a_quorum(record: Decisions) -> None:
    def counts(person: str) -> bool:
        return person != "cli:ana"

    assert record.decide(decided(), quorum=2) is None
    bob, cyn = decided(by="cli:bob"), decided(by="cli:cyn")
    assert record.decide(bob, quorum=2, counts=counts) is None
    assert record.decide(cyn, quorum=2, counts=counts) == replace(cyn, others=("cli:bob",))


@pytest.mark.parametrize("choice", Choice)
def test_what_waits_for_no_decision_takes_none(record: Decisions, choice: Choice) -> None:
    kept = record.add(remediation(), step())
    record.save(replace(kept, state=State.WITHDRAWN), step("alarm_cleared"))
    with pytest.raises(StoreConflictError, match="no decision"):
        record.decide(decided(choice=choice))
    assert record.decision("p1") is None
    assert record.votes("p1") == ()


def test_who_ends_it_undecided_learns_of_a_decision(record: Decisions) -> None:
    kept = record.add(remediation(), step())
    record.decide(decided())
    with pytest.raises(StoreConflictError, match="decided"):
        record.save(kept, step("expire"), if_undecided=True)
    assert record.save(kept, step("wait")).version == 2


def test_what_nobody_decided_on_makes_room_on_its_device_whatever_votes_it_had(
    record: Decisions,
) -> None:
    kept = record.add(remediation(proposal=precaution()), step())
    assert record.decide(decided(), quorum=2) is None
    ended = advance(kept, Event.OUTRANKED, NOON)
    record.save(ended, step("outranked", "withdrawn"), if_undecided=True)
    assert record.add(on(kept.device, "p2"), step(), if_idle=True).version == 1
    with pytest.raises(StoreConflictError, match="no decision"):
        record.decide(decided(by="cli:bob"), quorum=2)
    assert record.decision("p1") is None
    assert record.broken_link("p1") is None


def test_a_history_is_appended_to_and_holds(record: Decisions) -> None:
    kept = record.add(remediation(), step())
    kept = record.save(kept)
    kept = record.save(kept, step("wait"), step("wait"))
    assert [entry.seq for entry in record.history("p1")] == [1, 2, 3]
    assert record.broken_link("p1") is None
    assert record.history("p2") == ()


def test_a_claim_is_one_workers_until_it_ends(record: Decisions) -> None:
    record.add(remediation(), step())
    assert record.claim("p1", "w1", NOON, 60.0)
    assert not record.claim("p1", "w2", NOON, 60.0)
    assert record.claim("p1", "w1", NOON + timedelta(seconds=30), 60.0)
    assert not record.claim("p1", "w2", NOON + timedelta(seconds=89), 60.0)
    assert record.claim("p1", "w2", NOON + timedelta(seconds=90), 60.0)


def test_a_claim_is_given_back_by_its_owner_only(record: Decisions) -> None:
    record.add(remediation(), step())
    record.claim("p1", "w1", NOON, 60.0)
    record.release("p1", "w2")
    assert not record.claim("p1", "w2", NOON, 60.0)
    record.release("p1", "w1")
    assert record.claim("p1", "w2", NOON, 60.0)


def test_a_claim_does_not_end_with_a_save(record: Decisions) -> None:
    added = record.add(remediation(), step())
    record.claim("p1", "w1", NOON, 60.0)
    record.save(added, step())
    assert not record.claim("p1", "w2", NOON, 60.0)


def test_what_is_not_there_cannot_be_claimed(record: Decisions) -> None:
    assert not record.claim("p1", "w1", NOON, 60.0)


def test_alarms_are_kept_as_they_are_now(record: Decisions) -> None:
    record.keep_alarms([raised(), replace(raised(), id="a2")])
    record.keep_alarms([])
    record.keep_alarms([replace(raised(AlarmState.CLEARED), cleared_at=NOON)])
    assert set(record.alarms()) == {"a2"}
    assert record.alarms(["a1", "a9"])["a1"].state is AlarmState.CLEARED
    assert set(record.alarms(["a1", "a9"])) == {"a1"}


def test_nothing_is_switched_at_first(record: Decisions) -> None:
    assert record.controls() == Controls()


def test_a_pause_lasts_until_it_is_ended(record: Decisions) -> None:
    record.pause("cli:ana")
    record.pause("cli:bob")
    assert record.controls().paused_by == "cli:ana"
    record.resume("cli:bob")
    assert record.controls().paused_by == ""


def test_auto_stays_off_until_a_person_says_otherwise(record: Decisions) -> None:
    record.switch_auto_off(Risk.LOW, "two failed")
    record.switch_auto_off(Risk.LOW, "three failed")
    assert record.controls().auto_off == {Risk.LOW: "two failed"}
    record.switch_auto_on(Risk.LOW, "cli:ana", NOON)
    record.switch_auto_on(Risk.LOW, "cli:ana", NOON + timedelta(hours=1))
    assert record.controls().auto_off == {}
    assert record.controls().auto_on_at == {Risk.LOW: NOON + timedelta(hours=1)}
