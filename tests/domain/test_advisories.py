"""Advice comes once and goes once: a design at once, a departure when it has lasted."""

from qosbot.domain.advisories import (
    Advisory,
    AdvisoryKind,
    Followed,
    Glance,
    follow,
    not_among,
    standing,
)

DEPARTED = Advisory(path="par-lyo", kind=AdvisoryKind.DEPARTURE, words="MOS 3.8, usual 4.3")
DESIGN = Advisory(path="par-lyo", kind=AdvisoryKind.DESIGN, words="reaches 3.40 at most")


def glance(run: float | None, *, is_raised: bool = False) -> dict[str, Glance]:
    return {"par-lyo": Glance(run_stamp_s=run, hold_runs=3, is_raised=is_raised)}


def looks(
    *runs: float | None,
    before: tuple[Followed, ...] = (),
    seen: tuple[Advisory, ...] = (DEPARTED,),
    is_raised: bool = False,
) -> tuple[Followed, ...]:
    for run in runs:
        before = follow(before, seen, glance(run, is_raised=is_raised))
    return before


def test_a_departure_stands_after_as_many_new_runs_as_raise_an_alarm() -> None:
    assert standing(looks(1, 2)) == ()
    assert standing(looks(1, 2, 3)) == (DEPARTED,)


def test_the_same_run_again_counts_for_nothing() -> None:
    assert standing(looks(1, 1, 1, 2, 2)) == ()
    stands = looks(1, 2, 3)
    assert looks(3, 3, 3, before=stands, seen=()) == stands


def test_one_run_as_usual_begins_the_count_anew() -> None:
    between = looks(3, before=looks(1, 2), seen=())
    assert between == ()
    assert standing(looks(4, 5, before=between)) == ()


def test_a_departure_is_over_after_as_many_new_runs_as_usual() -> None:
    almost = looks(4, 5, before=looks(1, 2, 3), seen=())
    assert standing(almost) == (DEPARTED,)
    again = looks(6, before=almost)
    assert standing(looks(7, 8, before=again, seen=())) == (DEPARTED,)
    assert looks(9, before=looks(7, 8, before=again, seen=()), seen=()) == ()


def test_what_is_not_measured_neither_brings_nor_ends_a_departure() -> None:
    assert standing(looks(1, 2, None, None)) == ()
    stands = looks(1, 2, 3)
    assert looks(None, None, None, None, before=stands, seen=()) == stands


def test_a_departure_says_nothing_beside_an_alarm_and_speaks_when_that_is_over() -> None:
    quiet = looks(1, 2, 3, 4, is_raised=True)
    assert standing(quiet) == ()
    assert standing(looks(5, before=quiet)) == (DEPARTED,)


def test_a_design_stands_at_once_and_is_over_at_once() -> None:
    stands = looks(None, seen=(DESIGN,))
    assert standing(stands) == (DESIGN,)
    assert looks(None, before=stands, seen=()) == ()


def test_nothing_is_followed_of_a_path_that_is_gone() -> None:
    stands = looks(1, 2, 3, seen=(DEPARTED, DESIGN))
    assert len(stands) == 2
    assert follow(stands, (), {}) == ()


def test_other_words_are_no_other_advisory() -> None:
    reworded = Advisory(path="par-lyo", kind=AdvisoryKind.DESIGN, words="reaches 3.41 at most")
    assert not_among((reworded,), (DESIGN,)) == ()
    assert not_among((DESIGN, DEPARTED), (reworded,)) == (DEPARTED,)
