"""The demo as a whole: all lanes at once, the screen, and an end within its time."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from qosbot.cli.demo.leaving import Leaving
from qosbot.cli.demo.pace import MODEL, Pace
from qosbot.cli.demo.play import Playing, Result
from qosbot.cli.demo.scenarios import BY_NUMBER, Programme
from qosbot.cli.demo.screen import Screen
from qosbot.cli.demo.stage import Stage, staged

_LOOK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of the demo."""

    results: tuple[Result, ...]
    errors: tuple[str, ...]
    """What went wrong in the bot's ticks."""
    took_s: float

    @property
    def is_right(self) -> bool:
        """Return whether each scenario ended as it should, and no tick failed."""
        return bool(self.results) and not self.errors and all(one.is_right for one in self.results)


def play(
    programme: Programme,
    screen: Screen,
    leaving: Leaving,
    *,
    seed: int,
    is_interactive: bool,
    pace: Pace = MODEL,
) -> Played:
    """Play a programme in a lab of its own and return what came of it."""
    began_s = time.monotonic()
    with staged(seed=seed, is_interactive=is_interactive, pace=pace) as stage:
        screen.tell(f"the lab and a serving bot are up; their files are in {stage.directory}")
        # The probes need some runs behind them before the first poll.
        stage.network.step(pace.probes_ran_s)
        stage.serve()
        lanes = [
            [Playing(scenario, stage, screen.tell) for scenario in lane] for lane in programme.lanes
        ]
        end_s = float("inf") if is_interactive else began_s + pace.limit_s
        _play_all(lanes, stage, screen, leaving, end_s)
        stage.stop()
        errors = tuple(dict.fromkeys(stage.errors.seen))
    results = [one.result for lane in lanes for one in lane if one.result is not None]
    order = list(BY_NUMBER)
    return Played(
        results=tuple(sorted(results, key=lambda one: order.index(one.scenario.number))),
        errors=errors,
        took_s=time.monotonic() - began_s,
    )


def _play_all(
    lanes: list[list[Playing]], stage: Stage, screen: Screen, leaving: Leaving, end_s: float
) -> None:
    every = [one for lane in lanes for one in lane]
    running = [_one_after_another(lane) for lane in lanes]
    while running and time.monotonic() < end_s:
        leaving.check()
        running = [lane for lane in running if next(lane, True) is None]
        screen.draw(stage.bot, every)
        time.sleep(_LOOK_EVERY_S)  # the lab and the bot need the processor that looking takes
    for one in every:
        if one.result is None:
            one.finish(f"the demo's time was over: {one.words}")
    screen.draw(stage.bot, every)


def _one_after_another(lane: list[Playing]) -> Iterator[None]:
    for playing in lane:
        yield from playing.steps()
