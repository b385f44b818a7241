"""MOS over loss and over delay for a few codecs, as PNG or SVG.

Scores of two scales never share axes: each scale has a row of its own.
Slow to import, so callers import it where they draw.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Literal

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qosbot.domain.bands import Band, Bands
from qosbot.domain.call_score import Call, score_call
from qosbot.domain.scales import Scale

MOST_LOSS_RATIO = 0.10
MOST_DELAY_S = 0.400
MOST_CODECS = 5
"""As many as can be told apart by colour and by dashes."""
_ROW_INCHES, _DPI, _POINTS = (9.0, 4.4), 150, 11
_MOS_RANGE = (1.0, 4.6)
# Told apart by those who see no red or green (Okabe and Ito), and by their dashes in print.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")
_STYLES = ("-", (0, (6, 2)), (0, (3, 1, 1, 1)), (0, (1, 1)), (0, (8, 2, 2, 2)))
_GREY = "#777777"
_NO_DATE: Mapping[str, Mapping[str, None]] = MappingProxyType(
    {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}}
)


def mos_plot(calls: Sequence[Call], bands: Bands, kind: Literal["png", "svg"]) -> bytes:
    """Return the plot as a file of that kind; the same for the same calls."""
    buffer = io.BytesIO()
    with rc_context({"svg.hashsalt": "qosbot"}):
        mos_figure(calls, bands).savefig(buffer, format=kind, metadata=dict(_NO_DATE[kind]))
    return buffer.getvalue()


def mos_figure(calls: Sequence[Call], bands: Bands) -> Figure:
    """Return one row of two axes for each scale: MOS over loss, and over mouth-to-ear delay.

    Each call holds what its curves have in common; all its inputs must be numbers.
    """
    scales = [scale for scale in Scale if any(call.codec.scale is scale for call in calls)]
    width, height = _ROW_INCHES
    figure = Figure(figsize=(width, height * len(scales)), dpi=_DPI, layout="constrained")
    rows = figure.subplots(len(scales), 2, squeeze=False)
    for (over_loss, over_delay), scale in zip(rows, scales, strict=True):
        shown = [call for call in calls if call.codec.scale is scale]
        _draw_over_loss(over_loss, shown)
        _draw_over_delay(over_delay, shown)
        for axes in (over_loss, over_delay):
            axes.set_ylabel(f"MOS-{scale}", fontsize=_POINTS)
            axes.set_ylim(*_MOS_RANGE)
            axes.grid(visible=True, color="#DDDDDD")
            axes.spines[["top", "right"]].set_visible(False)
            _draw_bands(axes, bands)
        over_loss.legend(fontsize=_POINTS - 2, frameon=False, loc="lower left")
    return figure


def _draw_over_loss(axes: Axes, calls: Sequence[Call]) -> None:
    losses = np.linspace(0, MOST_LOSS_RATIO, 201)
    for call, colour, style in zip(calls, _COLOURS, _STYLES, strict=False):
        score = score_call(replace(call, loss_ratio=losses))
        label = call.codec.name + (" ?" if score.is_provisional else "")
        refused = bool(np.isnan(score.mos[1:]).all())
        if refused:
            label += " (loss refused: no Bpl)"
        # What is scored without loss only is a dot.
        axes.plot(
            losses * 100,
            score.mos,
            color=colour,
            linestyle=style,
            linewidth=2,
            label=label,
            marker="o" if refused else None,
            clip_on=False,
        )
    axes.set_xlim(0, MOST_LOSS_RATIO * 100)
    heard = ", ".join(
        f"{ms:.0f}" for ms in sorted({float(score_call(c).mouth_to_ear_s) * 1e3 for c in calls})
    )
    axes.set_title(f"at {heard} ms from mouth to ear", fontsize=_POINTS, loc="left")
    axes.set_xlabel("loss in the network, %", fontsize=_POINTS)


def _draw_over_delay(axes: Axes, calls: Sequence[Call]) -> None:
    delays_s = np.linspace(0, MOST_DELAY_S, 201)
    for call, colour, style in zip(calls, _COLOURS, _STYLES, strict=False):
        score = score_call(replace(call, mouth_to_ear_s=delays_s))
        axes.plot(delays_s * 1e3, score.mos, color=colour, linestyle=style, linewidth=2)
    axes.set_xlim(0, MOST_DELAY_S * 1e3)
    loss = float(score_call(calls[0]).loss_ratio) * 100
    axes.set_title(f"at {loss:.3g} % loss, late packets included", fontsize=_POINTS, loc="left")
    axes.set_xlabel("delay from mouth to ear, ms", fontsize=_POINTS)


def _draw_bands(axes: Axes, bands: Bands) -> None:
    ends = (bands.excellent, bands.good, bands.fair, bands.poor)
    right = axes.get_xlim()[1]
    for band, least in zip(Band, ends, strict=False):
        axes.axhline(least, color=_GREY, linestyle=":", linewidth=1)
        axes.text(
            right, least, band.value, fontsize=_POINTS - 3, color=_GREY, ha="right", va="bottom"
        )
