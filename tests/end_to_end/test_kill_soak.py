"""`make soak`: killed once at every step of a change, and at random times."""

import random
from collections.abc import Iterator

import pytest

from tests.end_to_end.killing import (
    ARM,
    CONFIRM,
    END,
    SAVE,
    Ending,
    Moment,
    Play,
    Typed,
    after,
    counted,
    passed,
    play,
    recorded,
    typed,
)
from tests.needs import needs

pytestmark = pytest.mark.slow

LINES = 13
"""That the change has on this device; the unkilled run checks it."""
READS = 5
"""Lines from the `end` of a session to the first thing that the next one reads."""

MOMENTS: dict[str, tuple[Moment, int]] = {
    "before the guards": (recorded("approved"), 0),
    "before arming": (typed("show reload"), 0),
    "arming": (typed(ARM), 1),
    **{f"line {n}": (after(ARM, n), 1 if n < LINES else 0) for n in range(1, LINES + 1)},
    "after the last line": (typed(END), 0),
    "before reading back": (recorded("reading_back"), 0),
    "reading back": (after(END, READS), 0),
    "before verifying": (recorded("verifying"), 0),
    "verifying": (after(END, 20), 0),
    "before confirming": (recorded("confirming"), 0),
    "confirming": (typed(CONFIRM), 0),
    "after confirming": (after(CONFIRM, READS), 0),
    "before saving": (recorded("saving"), 0),
    "saving": (typed(SAVE), 0),
    "after saving": (after(SAVE, READS), 0),
    "at the end": (recorded("done"), 0),
}
"""With the configuration sessions that typing the rest takes: one where lines were left."""

UNCONFIRMED = tuple(MOMENTS)[2 : tuple(MOMENTS).index("before confirming") + 1]
"""From arming until the timer is taken away."""

SEEDS = range(6)


@pytest.fixture(autouse=True)
def _soak() -> None:
    needs("soak")


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory: pytest.TempPathFactory) -> Ending:
    needs("soak")
    with play(tmp_path_factory.mktemp("unkilled")) as one:
        ending = one.propose().approve().finish()
        lines = one.lines()
    assert lines.index(END) - next(at for at, line in enumerate(lines) if line.startswith(ARM)) == (
        LINES + 1
    )
    assert (ending.state, ending.outcome, ending.is_saved) == ("done", "helped", True)
    return ending


@pytest.fixture
def approved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    needs("soak")
    with play(tmp_path_factory.mktemp("killed")) as one:
        yield one.propose().approve()


@pytest.mark.parametrize("name", MOMENTS)
def test_killed_once_it_ends_as_if_nothing_had_happened(
    approved: Play, unkilled: Ending, name: str
) -> None:
    moment, entered = MOMENTS[name]
    approved.kill_at(moment)
    assert approved.start().finish() == unkilled
    assert counted(approved.lines()) == Typed(armed=1, entered=entered, confirmed=1, saved=1)


@pytest.mark.parametrize("name", UNCONFIRMED)
def test_without_a_bot_the_device_goes_back_by_itself(approved: Play, name: str) -> None:
    approved.kill_at(MOMENTS[name][0])
    approved.let_the_timer_run_out()
    assert approved.configs() == approved.before
    assert counted(approved.lines()) == Typed(armed=1, entered=0, confirmed=0, saved=0)


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_random_times_it_ends_as_if_nothing_had_happened(
    approved: Play, unkilled: Ending, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same times in every run
    for after_s in sorted(chance.uniform(0.0, 30.0) for _ in range(4)):
        approved.kill_at(passed(after_s))
        approved.start()
    assert approved.finish() == unkilled
    found = counted(approved.lines())
    assert (found.armed, found.confirmed, found.saved) == (1, 1, 1)
    assert found.entered <= 4
