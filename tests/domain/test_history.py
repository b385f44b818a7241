"""The chain that makes a record provable."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.history import (
    START,
    Claims,
    Entry,
    Step,
    append,
    contradiction,
    naming,
    plan_named,
    verify,
)
from tests.domain.builders import NOON


def step(number: int, words: str = "line taken") -> Step:
    at = NOON + timedelta(seconds=number)
    return Step(at=at, event="type", state="applying", by="qosbot", words=words)


def chain(length: int = 4) -> list[Entry]:
    return list(append("r1", None, [step(number) for number in range(length)]))


def test_a_chain_that_nobody_touched_is_whole() -> None:
    assert verify("r1", chain(), length=4) is None


def test_a_chain_may_be_written_in_pieces() -> None:
    first = append("r1", None, [step(0), step(1)])
    assert [*first, *append("r1", first[-1], [step(2), step(3)])] == chain()


def test_the_first_entry_continues_nothing() -> None:
    assert (chain()[0].seq, chain()[0].previous) == (1, START)


@given(st.integers(0, 3), st.sampled_from(["event", "state", "by", "words"]))
def test_any_changed_word_breaks_the_chain_where_it_stands(place: int, field: str) -> None:
    entries = chain()
    forged = replace(entries[place].step, **{field: "something else"})  # type: ignore[arg-type]  # a text
    entries[place] = replace(entries[place], step=forged)
    broken = verify("r1", entries)
    assert broken is not None
    assert (broken.seq, broken.words) == (
        place + 1,
        f"entry {place + 1} is not what was written",
    )


def test_a_moved_time_breaks_the_chain() -> None:
    entries = chain()
    entries[1] = replace(entries[1], step=replace(entries[1].step, at=NOON))
    broken = verify("r1", entries)
    assert broken is not None
    assert broken.seq == 2


def test_a_rewritten_entry_breaks_the_chain_at_the_next() -> None:
    entries = chain()
    entries[1] = append("r1", entries[0], [step(1, "nothing happened")])[0]
    broken = verify("r1", entries)
    assert broken is not None
    assert broken.words == "entry 3 does not continue the one before it"


def test_a_rewritten_entry_cannot_be_hidden_by_linking_the_next_to_it() -> None:
    entries = chain()
    entries[1] = append("r1", entries[0], [step(1, "nothing happened")])[0]
    entries[2] = replace(entries[2], previous=entries[1].hash)
    broken = verify("r1", entries)
    assert broken is not None
    assert broken.words == "entry 3 is not what was written"


@given(st.integers(0, 2))
def test_a_removed_entry_shows(place: int) -> None:
    entries = chain()
    del entries[place]
    broken = verify("r1", entries)
    assert broken is not None
    assert broken.words == f"entry {place + 1} is missing; {place + 2} follows"


def test_a_cut_tail_shows_where_the_length_is_known() -> None:
    assert verify("r1", chain()[:3]) is None
    broken = verify("r1", chain()[:3], length=4)
    assert broken is not None
    assert broken.words == "the chain has 3 entries, and 4 were written"


def test_a_chain_of_another_remediation_does_not_pass() -> None:
    assert verify("r2", chain()) is not None


def test_the_time_zone_of_the_writer_changes_no_hash() -> None:
    from_paris = replace(step(0), at=step(0).at.astimezone(ZoneInfo("Europe/Paris")))
    assert append("r1", None, [from_paris])[0].hash == chain()[0].hash


PLAN, OTHER = "a" * 64, "b" * 64


def event(name: str, state: str, *, by: str = "qosbot", plan: str = PLAN) -> Step:
    return naming(replace(step(0), event=name, state=state, by=by), plan)


def story(*, plan: str = PLAN, approved: str = PLAN) -> list[Entry]:
    steps = [
        event("propose", "awaiting_decision", plan=plan),
        event("approve", "approved", by="cli:ana", plan=approved),
        event("start", "applying"),
    ]
    return list(append("r1", None, steps))


def claims(**changed: str) -> Claims:
    said = {"state": "applying", "decider": "cli:ana", "plan": PLAN, **changed}
    return Claims(
        states={"its row": said["state"]},
        deciders={"its row": said["decider"]},
        plans={"its row": said["plan"]},
    )


def contradicted(entries: list[Entry], said: Claims) -> tuple[int, str] | None:
    broken = contradiction("r1", entries, said)
    return None if broken is None else (broken.seq, broken.words)


def test_a_chain_says_which_plan_was_proposed_and_approved() -> None:
    plans = [plan_named(entry.step) for entry in story()]
    assert plans == [PLAN, PLAN, ""]
    assert story()[0].step.words == f"line taken; plan {PLAN}"
    assert naming(replace(step(0, ""), event="approve"), PLAN).words == f"plan {PLAN}"


def test_the_plan_that_somebody_speaks_of_is_not_the_one_that_was_approved() -> None:
    said = replace(step(0, f"plan {OTHER}"), event="approve")
    assert plan_named(naming(said, PLAN)) == PLAN
    assert naming(said, "") == said


def test_a_record_that_says_what_its_chain_says_is_whole() -> None:
    assert contradicted(story(), claims()) is None


@pytest.mark.parametrize(
    ("said", "seq", "words"),
    [
        (
            claims(state="awaiting_decision"),
            3,
            "its row says awaiting_decision, and the history ends applying",
        ),
        (
            claims(decider="cli:eve"),
            2,
            "its row says that cli:eve decided, and the history cli:ana",
        ),
        (claims(decider=""), 2, "its row says that nobody decided, and the history cli:ana"),
        (claims(plan=OTHER), 1, "its row is of plan bbbbbbbbbbbb, and entry 1 of aaaaaaaaaaaa"),
        (claims(plan=""), 1, "its row is of plan none, and entry 1 of aaaaaaaaaaaa"),
    ],
)
def test_what_a_record_says_against_its_chain_is_named(said: Claims, seq: int, words: str) -> None:
    assert contradicted(story(), said) == (seq, words)


def test_an_approval_of_another_plan_than_was_proposed_shows() -> None:
    found = contradicted(story(approved=OTHER), claims())
    assert found == (1, "entry 2 is of plan bbbbbbbbbbbb, and entry 1 of aaaaaaaaaaaa")


def test_a_record_without_any_history_is_not_whole() -> None:
    assert contradicted([], claims()) == (1, "there is no history, and every proposal begins one")


def test_plans_must_agree_among_themselves_where_an_old_chain_names_none() -> None:
    old = story(plan="", approved="")
    assert contradicted(old, claims(plan=OTHER)) is None
    two = replace(claims(), plans={"its row": PLAN, "its decision": OTHER})
    assert contradicted(old, two) is not None


def test_nobody_may_be_said_to_have_decided_before_the_chain_says_so() -> None:
    early = story()[:1]
    said = claims(state="awaiting_decision", decider="")
    assert contradicted(early, said) is None
    assert contradicted(early, claims(state="awaiting_decision")) is not None


def test_who_stops_a_change_need_not_have_decided_on_it() -> None:
    stopped = [story()[0].step, event("reject", "rejected", by="cli:bob")]
    entries = list(append("r1", None, stopped))
    for decider in ("", "cli:bob"):
        assert contradicted(entries, claims(state="rejected", decider=decider)) is None
    assert contradicted(entries, claims(state="rejected")) is not None
