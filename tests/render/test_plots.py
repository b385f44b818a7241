import math
import struct
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from qosbot.ports.keeping import ScoreRow
from qosbot.render.evidence import Evidence
from qosbot.render.plots import MOST_PATHS, evidence_figure, evidence_png, with_gaps
from tests.domain.builders import NOON


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def row(number: int, mos: float | None = 4.0, backward: float | None = 4.2) -> ScoreRow:
    return ScoreRow(at=minute(number), mos_forward=mos, mos_backward=backward, reason="")


def evidence(
    *,
    scores: Mapping[str, Sequence[ScoreRow]] | None = None,
    thresholds: Mapping[str, float] | None = None,
    drops: Sequence[tuple[datetime, float]] = (),
    title: str = "p1",
    drops_of: str = "drops of WAN / VOICE",
) -> Evidence:
    return Evidence(
        title=title,
        scores={"par-lyo": [row(n) for n in range(5)]} if scores is None else scores,
        thresholds={"par-lyo": 3.5} if thresholds is None else thresholds,
        drops=drops,
        drops_of=drops_of,
    )


def texts(figure: Figure) -> list[str]:
    # The texts of the ticks are made when they are drawn.
    figure.draw_without_rendering()
    return [str(one.get_text()) for one in figure.findobj(Text)]


def drawn(figure: Figure, axes: int, line: int = 0) -> list[float]:
    return [float(value) for value in np.asarray(figure.axes[axes].lines[line].get_ydata())]


def test_the_plot_is_a_png_that_a_phone_shows_whole() -> None:
    content = evidence_png(evidence())
    assert content.startswith(b"\x89PNG")
    assert struct.unpack(">II", content[16:24]) == (1050, 960)


def test_the_worse_direction_is_drawn_with_the_threshold() -> None:
    figure = evidence_figure(evidence(scores={"par-lyo": [row(0, 2.0), row(1, 4.5, 3.0)]}))
    assert drawn(figure, 0) == [2.0, 3.0]
    assert drawn(figure, 0, 1) == [3.5, 3.5]
    assert {"par-lyo", "threshold 3.50"} <= set(texts(figure))


def test_no_line_is_drawn_over_what_was_not_measured() -> None:
    rows = [row(0), row(1, None), row(2), row(3, 4.0, None), row(4)]
    values = drawn(evidence_figure(evidence(scores={"par-lyo": rows})), 0)
    assert [math.isnan(value) for value in values] == [False, True, False, True, False]


def test_no_line_is_drawn_over_a_time_of_which_nothing_is_kept() -> None:
    points = [(minute(n), 0.1) for n in (0, 1, 2, 3, 60, 61)]
    values = [value for _, value in with_gaps(points)]
    assert math.isnan(values[4])
    assert [value for value in values if not math.isnan(value)] == [0.1] * 6


def test_times_are_those_of_utc_and_say_so() -> None:
    figure = evidence_figure(evidence(scores={"par-lyo": [row(n) for n in range(120)]}))
    assert {"12:00", "12:30", "13:30", "time in UTC"} <= set(texts(figure))


def test_drops_are_in_percent() -> None:
    figure = evidence_figure(evidence(drops=[(minute(0), 0.0), (minute(1), 0.12)]))
    assert drawn(figure, 1) == [0.0, 0.12]
    assert any(text.endswith("%") for text in texts(figure))


def test_what_was_not_measured_is_said() -> None:
    figure = evidence_figure(evidence(scores={"par-lyo": [row(0, None)]}))
    assert {"MOS was not measured", "drops were not measured"} <= set(texts(figure))


def test_more_paths_than_can_be_told_apart_are_counted() -> None:
    many = {f"path-{n}": [row(0)] for n in range(MOST_PATHS + 3)}
    figure = evidence_figure(evidence(scores=many))
    assert "and 3 more paths" in texts(figure)


@pytest.mark.parametrize("text", ["$\\frac{", "_hidden", "\u4e2d\u6587", "$x$", "", "a\\b"])
def test_no_text_is_interpreted(text: str) -> None:
    made = evidence(scores={text: [row(0)]}, title=text, drops_of=text)
    assert evidence_png(made).startswith(b"\x89PNG")


@pytest.mark.parametrize("paths", [1, MOST_PATHS])
def test_the_longest_names_stay_within_the_picture(paths: int) -> None:
    name = "w" * 39
    figure = evidence_figure(evidence(scores={f"{name}{n}": [row(0)] for n in range(paths)}))
    figure.draw_without_rendering()
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert figure.bbox.x0 <= box.x0
    assert box.x1 <= figure.bbox.x1


def test_a_path_that_begins_with_an_underscore_is_in_the_legend() -> None:
    assert " _lab" in texts(evidence_figure(evidence(scores={"_lab": [row(0)]})))


def test_nothing_at_all_is_still_a_plot() -> None:
    assert evidence_png(evidence(scores={}, thresholds={})).startswith(b"\x89PNG")
