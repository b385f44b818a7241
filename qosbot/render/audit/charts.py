"""The report's charts as inline SVG: no script, no font, no colour without a word beside it."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from qosbot.domain.audit.days import BAND_FLOORS
from qosbot.render.audit.report import BAND_WORDS

_WIDTH, _HEIGHT = 480, 22
_STRIP_HEIGHT = 26
_GAP = 1


def severity_bar(counts: Mapping[str, int]) -> Markup:
    """Return findings by severity as one bar; empty where there are none."""
    known = [(f"s-{name}", f"{count} {name}", count) for name, count in counts.items() if count]
    return _bar("Findings by severity", known)


def distribution(bands: Sequence[Mapping[str, object]], unmeasured_min: float) -> Markup:
    """Return how long a path was in each band of MOS, and unmeasured, as one bar."""
    known = [
        (f"b-{i}", f"{float(str(band['minutes'])):.0f} min {band['words']}", band["minutes"])
        for i, band in enumerate(bands)
    ]
    parts = [*known, ("b-none", f"{unmeasured_min:.0f} min not measured", unmeasured_min)]
    sized = [(kind, words, float(str(size))) for kind, words, size in parts]
    return _bar("Minutes by MOS", [one for one in sized if one[2] > 0])


def day_strip(hours: Sequence[float | None], threshold: float) -> Markup:
    """Return the worst MOS of each hour as a column; a line marks the threshold."""
    each = _WIDTH / max(1, len(hours))
    columns = [_column(i * each, each - _GAP, mos, f"hour {i + 1}") for i, mos in enumerate(hours)]
    y = _y(threshold)
    line = Markup('<line class="t" x1="0" x2="{w}" y1="{y:.1f}" y2="{y:.1f}"/>').format(
        w=_WIDTH, y=y
    )
    known = [mos for mos in hours if mos is not None]
    title = f"Worst MOS by hour, oldest first; lowest {min(known):.2f}" if known else "Not measured"
    return _svg(title, _STRIP_HEIGHT, [*columns, line])


def _column(x: float, width: float, mos: float | None, when: str) -> Markup:
    if mos is None:
        kind, y, words = "b-none", float(_STRIP_HEIGHT - 3), f"{when}: not measured"
    else:
        band = next((i for i, floor in enumerate(BAND_FLOORS) if mos >= floor), -1)
        kind = f"b-{band % len(BAND_FLOORS)}"
        y, words = _y(mos), f"{when}: {mos:.2f}, {BAND_WORDS[band]}"
    return _rect(kind, words, x, y, width, _STRIP_HEIGHT - y)


def _y(mos: float) -> float:
    """Return the height of a MOS from the top; 1 is at the bottom, 4.5 at the top."""
    return _STRIP_HEIGHT * (1 - (min(max(mos, 1.0), 4.5) - 0.9) / 3.6)


def _bar(title: str, parts: Sequence[tuple[str, str, float]]) -> Markup:
    whole = sum(size for _, _, size in parts)
    if whole <= 0:
        return Markup()
    rects, x = [], 0.0
    for kind, words, size in parts:
        width = _WIDTH * size / whole
        rects.append(_rect(kind, words, x, 0, max(width - _GAP, 0.5), _HEIGHT))
        x += width
    words = "; ".join(one[1] for one in parts)
    return _svg(f"{title}: {words}", _HEIGHT, rects)


def _rect(kind: str, words: str, x: float, y: float, width: float, height: float) -> Markup:  # noqa: PLR0913, PLR0917  where it is, and what
    form = Markup(
        '<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}">'
        "<title>{words}</title></rect>"
    )
    return form.format(kind=kind, x=x, y=y, width=width, height=height, words=words)


def _svg(title: str, height: int, pieces: Sequence[Markup]) -> Markup:
    form = Markup(
        '<svg role="img" viewBox="0 0 {w} {h}" preserveAspectRatio="none"><title>{title}</title>'
    )
    opened = form.format(w=_WIDTH, h=height, title=escape(title))
    return Markup("").join([opened, *pieces, Markup("</svg>")])
