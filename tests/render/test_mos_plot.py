"""The plot of MOS draws what the model says, and mixes no scales."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from qosbot.domain.bands import Bands
from qosbot.domain.call_score import Call
from qosbot.domain.codec_table import ALL_CODECS
from qosbot.render.mos_plot import mos_figure, mos_plot


def calls(*codecs: str) -> list[Call]:
    return [Call(codec=ALL_CODECS[key], mouth_to_ear_s=0.15, loss_ratio=0.01) for key in codecs]


def figure(*codecs: str) -> Figure:
    return mos_figure(calls(*codecs), Bands())


def value(axes: Axes, at: float, line: int = 0) -> float:
    drawn = axes.lines[line]
    xs, ys = (np.asarray(data, dtype=float) for data in (drawn.get_xdata(), drawn.get_ydata()))
    return float(ys[np.argmin(np.abs(xs - at))])


def labels(axes: Axes) -> list[str]:
    return [str(line.get_label()) for line in axes.lines if str(line.get_label())[0] != "_"]


def test_the_anchor_lies_on_both_curves() -> None:
    over_loss, over_delay = figure("g711").axes
    assert value(over_loss, 1.0) == pytest.approx(4.226, abs=5e-4)
    assert value(over_delay, 150.0) == pytest.approx(4.226, abs=5e-4)


def test_codecs_of_one_scale_share_axes_and_those_of_another_do_not() -> None:
    drawn = figure("g711", "evs-32", "g729a", "g722-64").axes
    assert [axes.get_ylabel() for axes in drawn[::2]] == ["MOS-CQE", "MOS-CQEW", "MOS-CQEF"]
    assert labels(drawn[0]) == ["G.711 with PLC", "G.729A with VAD"]
    assert labels(drawn[4]) == ["EVS-SWB 32k"]


def test_loss_that_is_refused_is_not_drawn_and_says_so() -> None:
    (over_loss, _) = figure("g726-32").axes
    assert labels(over_loss) == ["G.726 32k (loss refused: no Bpl)"]
    assert np.isnan(value(over_loss, 5.0))


def test_what_is_provisional_is_marked() -> None:
    (over_loss, _) = figure("opus-wb-vbr-13").axes
    assert labels(over_loss) == ["Opus WB VBR 13k ?"]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_calls_give_the_same_file(kind: str) -> None:
    once, again = (
        mos_plot(calls("g711"), Bands(), "svg" if kind == "svg" else "png") for _ in "ab"
    )
    assert once == again


def test_loss_begins_at_none_even_where_all_of_it_is_refused() -> None:
    over_loss, over_delay = mos_figure(
        [Call(codec=ALL_CODECS[key]) for key in ("g729", "g726-32")], Bands()
    ).axes
    assert over_loss.get_xlim() == (0.0, 10.0)
    assert over_delay.get_xlim() == (0.0, 400.0)
    assert [line.get_marker() for line in over_loss.lines[:2]] == ["o", "o"]
