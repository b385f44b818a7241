"""The chain that makes a record provable."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.history import START, Entry, Step, append, verify
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
