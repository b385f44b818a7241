"""`qosbot codecs`: what each codec costs, and how codecs compare."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from qosbot.cli.door import guarded
from qosbot.cli.options import AsJson
from qosbot.cli.tables import Row, show

if TYPE_CHECKING:
    from qosbot.domain.codec_benchmark import Cell
    from qosbot.domain.codecs import Codec
    from qosbot.render.plain_json import JsonTree

COLUMNS = [
    "codec",
    "scale",
    "Ie",
    "Bpl",
    "best MOS",
    "frame ms",
    "look-ahead ms",
    "payload",
    "clock Hz",
    "IP kbit/s",
    "name",
]
CAPTION = (
    "best MOS is on the codec's own scale; scores of CQE, CQEW and CQEF never compare.  "
    "? marks a number of low confidence, - a Bpl that nobody has published; --json has the sources"
)
BENCHMARK_CAPTION = (
    "MOS is on the codec's own scale and compares within that scale only.  R in brackets is on the "
    "fullband scale, the one on which codecs of all bands compare.  ? rests on numbers of low "
    "confidence; refused: no Bpl was published (--allow-provisional)"
)

Keys = Annotated[
    list[str] | None,
    typer.Option("--codec", "-c", metavar="CODEC", help="Only this one; may be repeated."),
]


@guarded
def codecs(
    *,
    keys: Keys = None,
    benchmark: Annotated[
        bool, typer.Option("--benchmark", help="Show MOS and R over codec x delay x loss.")
    ] = False,
    allow_provisional: Annotated[
        bool,
        typer.Option(
            "--allow-provisional", help="Let a provisional Bpl stand in where none is published."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show the codecs with what they cost in quality, delay and bandwidth.

    Without --codec, --benchmark shows those with a published Bpl and well-backed numbers.
    """
    from qosbot.domain.codec_table import ALL_CODECS

    chosen = [codec_named(key) for key in keys] if keys else list(ALL_CODECS.values())
    if benchmark:
        _benchmark(chosen if keys else [], is_allowed=allow_provisional, as_json=as_json)
        return
    if as_json:
        print(json.dumps({"codecs": [codec_tree(codec) for codec in chosen]}, indent=2))
        return
    show("codecs", COLUMNS, [_row(codec) for codec in chosen], CAPTION)


def codec_named(key: str) -> "Codec":
    """Return a codec by its key, or end in words that name the nearest ones."""
    from difflib import get_close_matches

    from qosbot.domain.codec_table import ALL_CODECS

    if key in ALL_CODECS:
        return ALL_CODECS[key]
    near = get_close_matches(key, ALL_CODECS)
    hint = f"did you mean {', '.join(near)}?" if near else "`qosbot codecs` lists them"
    raise typer.BadParameter(f"there is no codec {key!r}; {hint}", param_hint="--codec")


def codec_tree(codec: "Codec") -> "JsonTree":
    """Return a codec with its sources, and what follows from its numbers."""
    from qosbot.render.plain_json import tree

    described = tree(codec)
    if not isinstance(described, dict):  # a value of the domain is a mapping in JSON
        raise TypeError(codec.key)
    return described | {
        "is_provisional": codec.is_provisional,
        "best_mos": _best_mos(codec),
        "payload_bytes": codec.payload_bytes(codec.packet_time_s),
        "ip_rate_bps": codec.per_call_bps(codec.packet_time_s, 0),
    }


def _best_mos(codec: "Codec") -> float:
    from qosbot.domain.call_score import Call, score_call

    return float(score_call(Call(codec=codec, mouth_to_ear_s=0.0)).best_mos)


def _row(codec: "Codec") -> Row:
    from qosbot.domain.codecs import Confidence

    def marked(number: float, confidence: Confidence) -> str:
        return f"{number:g}{'?' if confidence is Confidence.LOW else ''}"

    return [
        codec.key,
        codec.scale.value,
        marked(codec.ie, codec.ie_from.confidence),
        "-" if codec.bpl is None else marked(codec.bpl, codec.bpl_from.confidence),
        f"{_best_mos(codec):.2f}",
        f"{codec.frame_s * 1e3:g}",
        marked(codec.look_ahead_s * 1e3, codec.delay_from.confidence),
        f"{codec.payload_bytes(codec.packet_time_s)} B / {codec.packet_time_s * 1e3:.0f} ms",
        f"{codec.rtp_clock_hz}",
        f"{codec.per_call_bps(codec.packet_time_s, 0) / 1e3:.1f}",
        codec.name,
    ]


def _benchmark(chosen: "list[Codec]", *, is_allowed: bool, as_json: bool) -> None:
    from qosbot.domain.codec_benchmark import LOSS_RATIOS, benchmark, well_backed
    from qosbot.render.plain_json import tree

    cells = benchmark(chosen or well_backed(), is_provisional_allowed=is_allowed)
    if as_json:
        answer = {"comparable": "fullband_scale_r", "cells": tree(cells)}
        print(json.dumps(answer, indent=2))
        return
    losses = [f"{ratio * 100:g} % loss" for ratio in LOSS_RATIOS]
    # The cells are in the order of the grid, so each run of losses is one row.
    step = len(losses)
    rows = [_benchmark_row(cells[i : i + step]) for i in range(0, len(cells), step)]
    title = "MOS (R on the fullband scale) by codec, delay and loss"
    show(title, ["codec", "scale", "mouth-to-ear ms", *losses], rows, BENCHMARK_CAPTION)


def _benchmark_row(cells: "tuple[Cell, ...]") -> Row:
    def text(cell: "Cell") -> str:
        if cell.mos is None:
            return "refused"
        return f"{cell.mos:.2f} ({cell.fullband_scale_r:.1f}){'?' if cell.is_provisional else ''}"

    first = cells[0]
    return [
        first.codec,
        first.scale.value,
        f"{first.mouth_to_ear_s * 1e3:.0f}",
        *[text(cell) for cell in cells],
    ]
