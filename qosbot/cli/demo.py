"""`qosbot demo`: the lab, half a minute of polling, and what happens to the voice paths."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from qosbot.cli.door import Exit, complain, guarded
from qosbot.cli.paths import COLUMNS, caption, path_rows
from qosbot.cli.tables import Row, plain_lines, rich_table

if TYPE_CHECKING:
    from qosbot.bootstrap import Bot
    from qosbot.domain.path_scores import PathScore
    from qosbot.domain.paths import Unmeasured

    Scores = tuple[PathScore | Unmeasured, ...]
    Draw = Callable[[Bot, Scores, str], None]

DURATION_S = 34.0
POLL_EVERY_S = 2.0


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done to the lab during the demo."""

    at_s: float
    says: str
    command: str
    arguments: dict[str, object]


PLAY = (
    Act(
        7.0,
        "nan: the probe freezes; its last good result must not count for ever",
        "fault",
        {"kind": "frozen-probe", "device": "par-core1", "operation": 102},
    ),
    Act(
        9.0,
        "lyo: data fills the 4 Mbit/s uplink, which has no QoS policy",
        "load",
        {"path": "par-lyo", "direction": "backward", "data_bps": 4_600_000},
    ),
)


@guarded
def demo() -> None:
    """Start the lab, poll it for half a minute and show its voice paths live."""
    with tempfile.TemporaryDirectory(prefix="qosbot-demo-") as name:
        directory = Path(name)
        from qosbot.cli.init import init

        init(directory)
        with _running_lab(directory / ".qosbot" / "lab"):
            _watch(directory)


@contextmanager
def _running_lab(directory: Path) -> Iterator[None]:
    """Run the lab as a process of its own, as `qosbot lab` does, and end it."""
    command = [sys.executable, "-m", "qosbot", "lab", "--dir", str(directory)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603  our own
    try:
        ready = process.stdout.readline() if process.stdout else ""
        if not ready:
            complain("the lab did not start", "run `qosbot lab` to see why")
            raise typer.Exit(Exit.OUTSIDE)
        devices = json.loads(ready)["devices"]
        print(f"the lab is up: {len(devices)} IOS devices on loopback\n")
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _watch(directory: Path) -> None:
    from qosbot.bootstrap import open_bot
    from qosbot.settings import read_settings

    settings = read_settings(inventory=directory / "inventory", database=directory / "demo.db")
    with open_bot(settings) as bot, _screen() as draw:
        scores = _rounds(bot, directory / ".qosbot" / "lab" / "lab.json", draw)
    _tell(bot, scores)


def _rounds(bot: "Bot", lab: Path, draw: "Draw") -> "Scores":
    from qosbot.lab.control import request

    started = time.monotonic()
    acts = list(PLAY)
    happened = "half a minute of polling; all paths start healthy"
    scores: Scores = ()
    while (elapsed := time.monotonic() - started) < DURATION_S:
        while acts and acts[0].at_s <= elapsed:
            act = acts.pop(0)
            request(lab, act.command, **act.arguments)
            happened = f"{elapsed:.0f} s  {act.says}"
        bot.measure()
        scores = bot.assess_and_keep()
        draw(bot, scores, happened)
        time.sleep(max(0.0, POLL_EVERY_S - (time.monotonic() - started - elapsed)))
    return scores


@contextmanager
def _screen() -> "Iterator[Draw]":
    """Yield what draws a round: in place on a terminal, else whenever there is news."""
    if not sys.stdout.isatty():
        yield _Printer().draw
        return
    from rich.console import Group
    from rich.live import Live
    from rich.text import Text

    with Live(auto_refresh=False) as live:

        def draw(bot: "Bot", scores: "Scores", happened: str) -> None:
            title, columns, rows, caption = _table(bot, scores)
            table = rich_table(title, columns, rows, caption)
            live.update(Group(table, Text(happened, style="bold")), refresh=True)

        yield draw


class _Printer:
    """Prints a round in plain lines where the last one is old or something has happened."""

    def __init__(self) -> None:
        self._happened = ""
        self._rounds = 0

    def draw(self, bot: "Bot", scores: "Scores", happened: str) -> None:
        """Print the round, every fourth one at least."""
        self._rounds += 1
        if happened == self._happened and self._rounds % 4:
            return
        if happened != self._happened:
            print(f"-- {happened}")
        self._happened = happened
        print("\n".join(plain_lines(*_table(bot, scores))), end="\n\n", flush=True)


def _table(bot: "Bot", scores: "Scores") -> tuple[str, list[str], list[Row], str]:
    now = bot.clock.now()
    rows = path_rows(scores, bot.inventory.paths, now)
    return "voice paths", COLUMNS, rows, caption(bot.records.store.device_states(), now)


def _tell(bot: "Bot", scores: "Scores") -> None:
    """Say in words what the last round showed."""
    from qosbot.domain.path_scores import PathScore
    from qosbot.render.words import in_words

    print("\nwhat was seen at the end:")
    for score in scores:
        if isinstance(score, PathScore):
            floor = bot.inventory.paths[score.path].thresholds.raise_below
            verdict = "below" if score.mos < floor else "above"
            print(
                f"  {score.path}: MOS {score.mos:.2f} ({score.worse.value}), "
                f"{verdict} its threshold of {floor:g}"
            )
        else:
            print(f"  {score.path}: not measured, because {in_words([score.reason])}")
    print("\nnext: `qosbot lab`, then `qosbot poll` and `qosbot paths`; see docs/quickstart.md")
