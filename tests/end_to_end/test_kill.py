"""The bot is killed with SIGKILL in mid-change, and it makes no difference.

Killed at every step in turn here; at each step alone, and at random times, in `make soak`.
"""

from collections.abc import Iterator

import pytest

from tests.end_to_end.killing import (
    ARM,
    CONFIRM,
    END,
    SAVE,
    Ending,
    Play,
    Typed,
    counted,
    play,
    recorded,
    typed,
)
from tests.needs import needs

pytestmark = pytest.mark.slow

STEPS = (
    typed("show reload"),
    typed(ARM),
    typed("priority"),
    typed(END),
    recorded("verifying"),
    typed(CONFIRM),
    typed(SAVE),
)


@pytest.fixture(autouse=True, scope="module")
def _patience() -> None:
    needs("patience")


@pytest.fixture(scope="module")
def unkilled(tmp_path_factory: pytest.TempPathFactory) -> Ending:
    with play(tmp_path_factory.mktemp("unkilled")) as one:
        ending = one.propose().approve().finish()
        assert counted(one.lines()) == Typed(armed=1, entered=0, confirmed=1, saved=1)
    assert (ending.state, ending.outcome, ending.is_saved) == ("done", "helped", True)
    return ending


@pytest.fixture
def approved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    with play(tmp_path_factory.mktemp("killed")) as one:
        yield one.propose().approve()


def test_killed_at_every_step_in_turn_it_ends_as_if_nothing_had_happened(
    approved: Play, unkilled: Ending
) -> None:
    entered = 0
    for moment in STEPS:
        entered += approved.kill_at(moment)
        approved.start()
    assert approved.finish() == unkilled
    assert counted(approved.lines()) == Typed(armed=1, entered=entered, confirmed=1, saved=1)


def test_without_a_bot_the_device_goes_back_by_itself_and_stays_so(approved: Play) -> None:
    approved.kill_at(recorded("verifying"))
    assert approved.configs() != approved.before
    approved.let_the_timer_run_out()
    assert approved.configs() == approved.before
    # A bot that comes back now finds nothing to undo.
    ending = approved.start().finish()
    assert (ending.state, ending.outcome) == ("rolled_back", "inconclusive")
    assert ending.configs == approved.before
    assert counted(approved.lines()) == Typed(armed=1, entered=0, confirmed=0, saved=0)
