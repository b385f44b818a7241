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

MOMENTS: dict[str, Moment] = {
    "before the guards": recorded("approved"),
    "before arming": typed("show reload"),
    "arming": typed(ARM),
    **{f"line {n}": after(ARM, n) for n in range(1, LINES + 1)},
    "after the last line": typed(END),
    "before reading back": recorded("reading_back"),
    "reading back": after(END, READS),
    "before verifying": recorded("verifying"),
    "verifying": after(END, 20),
    "before confirming": recorded("confirming"),
    "confirming": typed(CONFIRM),
    "after confirming": after(CONFIRM, READS),
    "before saving": recorded("saving"),
    "saving": typed(SAVE),
    "after saving": after(SAVE, READS),
    "at the end": recorded("done"),
}

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
    entered = approved.kill_at(MOMENTS[name])
    assert approved.start().finish() == unkilled
    assert counted(approved.lines()) == Typed(armed=1, entered=entered, confirmed=1, saved=1)


@pytest.mark.parametrize("name", UNCONFIRMED)
def test_without_a_bot_the_device_goes_back_by_itself(approved: Play, name: str) -> None:
    approved.kill_at(MOMENTS[name])
    approved.let_the_timer_run_out()
    assert approved.configs() == approved.before
    assert counted(approved.lines()) == Typed(armed=1, entered=0, confirmed=0, saved=0)


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_random_times_it_ends_as_if_nothing_had_happened(
    approved: Play, unkilled: Ending, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same times in every run
    entered = 0
    for after_s in sorted(chance.uniform(0.0, 30.0) for _ in range(4)):
        entered += approved.kill_at(passed(after_s))
        approved.start()
    assert approved.finish() == unkilled
    found = counted(approved.lines())
    assert (found.armed, found.confirmed, found.saved) == (1, 1, 1)
    # A kill may come before the bot that is back has typed anything.
    assert found.entered <= entered
