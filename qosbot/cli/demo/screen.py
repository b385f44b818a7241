"""What a person sees while the demo plays, and what it ends with."""

import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

from qosbot.cli.demo.play import Playing, Result
from qosbot.cli.paths import COLUMNS, caption, path_rows
from qosbot.cli.tables import Cell, Row, renderable
from qosbot.render.plain_json import JsonTree, tree

if TYPE_CHECKING:
    from qosbot.bootstrap import Bot
    from qosbot.domain.remediation import Remediation

_DRAW_EVERY_S = 1.0
_NEWS_LINES = 5
_BRIEF = (0, 1, 2, 8, 9)
"""Of the columns of a path, those that fit beside the scenarios on a small terminal."""
_STATE_CHARS = 60
_MOST_CHARS = 60
_DASH = "-"


class Screen(Protocol):
    """Shows what happens."""

    def tell(self, words: str) -> None:
        """Show something that has happened."""
        ...

    def draw(self, bot: "Bot", every: Sequence[Playing]) -> None:
        """Show how everything stands."""
        ...


class Lines:
    """Plain lines, one for each thing that happens."""

    def __init__(self, to: TextIO) -> None:
        self._to = to
        self._began_s = time.monotonic()

    def tell(self, words: str) -> None:
        """Print it, with the time since the demo began."""
        print(f"{time.monotonic() - self._began_s:4.0f} s  {words}", file=self._to, flush=True)

    def draw(self, bot: "Bot", every: Sequence[Playing]) -> None:
        """Print nothing: what happens is told."""


class Live:
    """Paths, scenarios and the latest news, drawn in place."""

    def __init__(self, show: Callable[[Sequence[object]], None]) -> None:
        self._show = show
        self._news: list[str] = []
        self._began_s = time.monotonic()
        self._drawn_s = 0.0

    def tell(self, words: str) -> None:
        """Add it to the news."""
        self._news.append(f"{time.monotonic() - self._began_s:4.0f} s  {words}")
        self._drawn_s = 0.0

    def draw(self, bot: "Bot", every: Sequence[Playing]) -> None:
        """Draw everything, about once a second."""
        from rich.text import Text

        if time.monotonic() < self._drawn_s + _DRAW_EVERY_S:
            return
        self._drawn_s = time.monotonic()
        now = bot.clock.now()
        rows = path_rows(bot.assess(), bot.inventory.paths, now)
        brief: list[Row] = [[row[i] for i in _BRIEF] for row in rows if row[0]]
        columns = [COLUMNS[i] for i in _BRIEF]
        states = caption(bot.records.store.device_states(), now)
        paths = renderable("voice paths", columns, brief, states)
        told: list[Row] = [
            [str(one.scenario.number), one.scenario.path, one.scenario.title, _state(one)]
            for one in every
        ]
        scenarios = renderable("scenarios", ["", "path", "what goes wrong", "now"], told)
        news = Text("\n".join(self._news[-_NEWS_LINES:]), no_wrap=True, overflow="ellipsis")
        self._show([scenarios, paths, news])


def _state(playing: Playing) -> Cell:
    words = textwrap.shorten(playing.words, _STATE_CHARS, placeholder=" ...")
    if playing.result is None:
        return Cell(words)
    return Cell(words, "green" if playing.result.is_right else "bold red")


@contextmanager
def screen(*, as_json: bool, is_interactive: bool) -> Iterator[Screen]:
    """Yield what suits standard output; with JSON only that is printed there.

    A person who decides has to copy commands, so nothing is drawn over them.
    """
    if as_json or is_interactive or not sys.stdout.isatty():
        yield Lines(sys.stderr if as_json else sys.stdout)
        return
    from rich.console import Group
    from rich.live import Live as RichLive

    with RichLive(auto_refresh=False, vertical_overflow="crop") as live:

        def show(parts: Sequence[object]) -> None:
            live.update(Group(*parts), refresh=True)  # type: ignore[arg-type]  # rich's own parts

        yield Live(show)


SUMMARY = [
    "",
    "scenario",
    "path",
    "MOS before",
    "after",
    "diff",
    "decided by",
    "outcome",
    "end state",
    "as it should be",
]


def summary(results: Sequence[Result]) -> list[Row]:
    """Return a row for each scenario."""
    return [_row(one) for one in results]


def _row(result: Result) -> Row:
    ending, scenario = result.ending, result.scenario
    last = None if ending is None else ending.remediation
    is_measured = ending is not None and ending.not_measured is None
    after = _mos(None if ending is None else ending.mos_after)
    outcome = _DASH if last is None or last.outcome is None else last.outcome.value
    return [
        str(scenario.number),
        scenario.title,
        scenario.path,
        _mos(None if ending is None else ending.mos_before),
        after if is_measured or ending is None else "not measured",
        _DASH if last is None else _short(last),
        result.decided_by or _DASH,
        outcome if last is not None else _cause(result),
        "nothing proposed" if last is None else _end(last),
        Cell("yes", "green") if result.is_right else Cell("NO", "bold red"),
    ]


def _mos(value: float | None) -> str:
    return _DASH if value is None else f"{value:.2f}"


def _cause(result: Result) -> str:
    causes = (
        [] if result.ending is None else [one.finding.cause for one in result.ending.considered]
    )
    return ", ".join(dict.fromkeys(causes)) or _DASH


def _end(one: "Remediation") -> str:
    saved = {True: ", saved", False: ", not saved", None: ""}[one.is_saved]
    return f"{one.state}{saved}"


def _short(one: "Remediation") -> str:
    """Return what a change adds, or else what it takes away, as far as there is room."""
    lines = one.proposal.change.diff.splitlines()
    changed = [line for line in lines if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]
    added = [line for line in changed if line.startswith("+")]
    told = "; ".join(f"{line[0]}{line[1:].strip()}" for line in added or changed)
    text = f"{one.device}: {told}"
    return text if len(text) <= _MOST_CHARS else f"{text[: _MOST_CHARS - 3]}..."


def result_tree(result: Result) -> dict[str, JsonTree]:
    """Return how a scenario ended as JSON's own types."""
    ending, scenario = result.ending, result.scenario
    last = None if ending is None else ending.remediation
    told: dict[str, JsonTree] = {
        "number": scenario.number,
        "title": scenario.title,
        "path": scenario.path,
        "is_right": result.is_right,
        "failures": tree(result.failures),
        "took_s": round(result.took_s, 1),
    }
    if ending is not None:
        told |= {
            "mos_before": ending.mos_before,
            "mos_after": ending.mos_after,
            "not_measured": tree(ending.not_measured),
            "causes": tree(tuple(dict.fromkeys(one.finding.cause for one in ending.considered))),
            "voice_loss_ratio": ending.truth.voice_loss_ratio,
            "voice_delay_s": ending.truth.voice_delay_s,
            "data_loss_ratio": ending.truth.data_loss_ratio,
            "calls_by_codec": tree(ending.truth.calls_by_codec),
        }
    if ending is not None and ending.suffered is not None:
        told |= {
            "voice_loss_ratio_before": ending.suffered.voice_loss_ratio,
            "voice_delay_s_before": ending.suffered.voice_delay_s,
        }
    if last is not None:
        told["remediation"] = {
            "id": last.id,
            "device": last.device,
            "playbook": last.proposal.playbook,
            "risk": last.proposal.risk.value,
            "diff": last.proposal.change.diff,
            "decided_by": last.decided_by,
            "state": last.state.value,
            "outcome": tree(last.outcome),
            "reasons": tree(last.reasons),
            "is_saved": last.is_saved,
            "remark": last.remark,
        }
    return told
