"""What a storm of alarms costs in Slack, over the emulator with its limits and 429s.

The seconds are those of a clock that is stepped a tick at a time, so they are the same on every
machine; the CPU time is what the machine took for all of it.
"""

import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.adapters.slack_desk import SlackDesk, slack_desk

ALARMS = 200
PROPOSALS = 5
REPEATS = 3
ENDS_WITHIN_S = 600


def bench_slack() -> Mapping[str, Mapping[str, float]]:
    """Return medians for a storm that Slack takes at its usual pace, and one with many 429s."""
    return {"storm": _median(refusals=0), "storm_with_429s": _median(refusals=10)}


def _median(*, refusals: int) -> Mapping[str, float]:
    runs = [_storm(refusals) for _ in range(REPEATS)]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def _storm(refusals: int) -> Mapping[str, float]:
    with (
        tempfile.TemporaryDirectory() as name,
        slack_desk(Path(name) / "qosbot.db") as desk,
    ):
        began_s = time.process_time()
        desk.slack.limit("chat.postMessage", calls=refusals, retry_after_s=2)
        desk.raise_alarms(ALARMS)
        for number in range(PROPOSALS):
            desk.propose(f"p{number}", ticks=0)
        cards, everything = _seconds(desk)
        return {
            "alarms": ALARMS,
            "proposals": PROPOSALS,
            "s_until_every_card_stands": cards,
            "s_until_everything_is_told": everything,
            "messages": len(desk.messages()),
            "refused_429": desk.slack.calls("chat.postMessage").count("ratelimited"),
            "not_told": desk.outbox.backlog().waiting,
            "cpu_s": round(time.process_time() - began_s, 2),
        }


def _seconds(desk: SlackDesk) -> tuple[int, int]:
    """Return after how many ticks of a second every card stood, and nothing waited."""
    cards = 0
    for second in range(1, ENDS_WITHIN_S):
        desk.tick()
        stand = [desk.outbox.place(f"card:p{number}") for number in range(PROPOSALS)]
        cards = cards or (second if all(stand) else 0)
        if not desk.outbox.backlog().waiting:
            return cards, second
    raise AssertionError(f"{desk.outbox.backlog()} after {ENDS_WITHIN_S} s")
