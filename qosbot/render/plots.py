"""Plots as PNG, large enough in their letters to be read on a phone.

Slow to import, so callers import it where they draw.  Nothing here is shared between two plots:
matplotlib's own state is left alone, and each figure has its own canvas.
"""

import io
import itertools
import math
from collections.abc import Iterator, Sequence
from datetime import UTC
from functools import cache
from statistics import median

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from qosbot.ports.keeping import ScoreRow
from qosbot.render.evidence import Evidence, Point

MOST_PATHS = 5
_INCHES, _DPI, _POINTS = (7.0, 6.4), 150, 13
_HALF = 24
"""Letters of which two columns of names fit side by side."""
_MOS_RANGE = (1.0, 4.6)
_GAP_PERIODS = 3.0
"""A hole of more periods than this is a hole, and no line is drawn over it."""
# Told apart by those who see no red or green (Okabe and Ito), and by their dashes in print.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")
_STYLES = ("-", (0, (6, 2)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 2, 2, 2)))
_THRESHOLD, _DROPS = "#444444", "#8A1C1C"

_DAY_S = 86_400.0

FloatArray = np.ndarray[tuple[int], np.dtype[np.float64]]


def evidence_png(evidence: Evidence) -> bytes:
    """Return the plot of the evidence as a PNG of 1050 x 960 pixels."""
    buffer = io.BytesIO()
    # Nothing of the machine goes into the file.
    evidence_figure(evidence).savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def evidence_figure(evidence: Evidence) -> Figure:
    """Return MOS with its threshold above, and the drop ratio of the class below."""
    figure = Figure(figsize=_INCHES, dpi=_DPI, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
    figure.suptitle(_drawable(evidence.title), fontsize=_POINTS + 1, parse_math=False)
    handles, labels = _draw_scores(upper, evidence)
    is_wide = any(len(label) > _HALF for label in labels)
    legend = figure.legend(
        handles,
        labels,
        loc="outside lower center",
        fontsize=_POINTS - 2,
        frameon=False,
        ncols=1 if is_wide else 2,
        labelspacing=0.2,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
    _draw_drops(lower, evidence)
    _draw_times(lower, is_known=bool(evidence.drops) or any(evidence.scores.values()))
    for axes in (upper, lower):
        axes.grid(visible=True, color="#DDDDDD")
        axes.tick_params(labelsize=_POINTS - 1)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _draw_scores(axes: Axes, evidence: Evidence) -> tuple[list[Line2D], list[str]]:
    handles: list[Line2D] = []
    labels: list[str] = []
    shown = list(evidence.scores.items())[:MOST_PATHS]
    for (path, rows), colour, style in zip(shown, _COLOURS, _STYLES, strict=False):
        times, values = _columns(with_gaps([(row.at, worse(row)) for row in rows]))
        handles += axes.plot(
            times, values, color=colour, linestyle=style, linewidth=2, marker=".", markersize=4
        )
        labels.append(_drawable(path))
    for mos in sorted(
        {evidence.thresholds[path] for path, _ in shown if path in evidence.thresholds}
    ):
        handles.append(axes.axhline(mos, color=_THRESHOLD, linestyle=":", linewidth=2))
        labels.append(f"threshold {mos:.2f}")
    axes.set_ylabel("MOS, worse direction", fontsize=_POINTS)
    axes.set_ylim(*_MOS_RANGE)
    more = len(evidence.scores) - len(shown)
    if more > 0:
        _remark(axes, f"and {more} more paths")
    if not any(math.isfinite(worse(row)) for _, rows in shown for row in rows):
        _remark(axes, "MOS was not measured")
    return handles, labels


def _draw_drops(axes: Axes, evidence: Evidence) -> None:
    times, values = _columns(with_gaps(evidence.drops))
    axes.plot(times, values, color=_DROPS, linewidth=2, marker=".", markersize=4)
    axes.set_title(_drawable(evidence.drops_of), fontsize=_POINTS, loc="left", parse_math=False)
    axes.set_ylabel("dropped", fontsize=_POINTS)
    known = [value for value in values if math.isfinite(value)]
    axes.set_ylim(0, max(0.01, 1.1 * min(1.0, max(known, default=0.0))))
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1.0))
    if not known:
        _remark(axes, "drops were not measured")


def _draw_times(axes: Axes, *, is_known: bool) -> None:
    axes.set_xlabel("time in UTC", fontsize=_POINTS)
    if not is_known:
        axes.set_xticks([])
        return
    locator = AutoDateLocator(UTC, 3, 8)  # type: ignore[no-untyped-call]  # ships no types
    axes.xaxis.set_major_locator(locator)
    formatter = ConciseDateFormatter(locator, tz=UTC)  # type: ignore[no-untyped-call]  # as above
    axes.xaxis.set_major_formatter(formatter)


def _remark(axes: Axes, text: str) -> None:
    axes.text(0.02, 0.04, text, transform=axes.transAxes, fontsize=_POINTS - 1, color=_THRESHOLD)


def worse(row: ScoreRow) -> float:
    """Return the MOS of the worse direction; NaN unless both were measured."""
    if row.mos_forward is None or row.mos_backward is None:
        return math.nan
    return min(row.mos_forward, row.mos_backward)


def with_gaps(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return the points with a NaN in each hole, so that no line leads over what nobody knows."""
    steps = [(later - at).total_seconds() for (at, _), (later, _) in _pairs(points)]
    if not steps:
        return tuple(points)
    widest_s = _GAP_PERIODS * median(steps)
    kept: list[Point] = [points[0]]
    for ((at, _), later), step_s in zip(_pairs(points), steps, strict=True):
        if step_s > widest_s:
            kept.append((at + (later[0] - at) / 2, math.nan))
        kept.append(later)
    return tuple(kept)


def _pairs(points: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    return itertools.pairwise(points)


def _columns(points: Sequence[Point]) -> tuple[FloatArray, list[float]]:
    """Return the times as matplotlib counts them, in days, and the values."""
    days = [at.timestamp() / _DAY_S for at, _ in points]
    return np.array(days, dtype=np.float64), [value for _, value in points]


@cache
def _glyphs() -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties())).get_charmap())


def _drawable(text: str) -> str:
    """Return a text of letters that the font has; a legend leaves out what begins with `_`."""
    shown = "".join(sign if ord(sign) in _glyphs() else "?" for sign in text)
    return f" {shown}" if shown.startswith("_") else shown
