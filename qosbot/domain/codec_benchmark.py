"""Codecs beside each other: codec x mouth-to-ear delay x loss."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qosbot.domain.call_score import Call, Echo, rests_on_wideband_echo, score_call
from qosbot.domain.codec_table import ALL_CODECS
from qosbot.domain.codecs import Codec
from qosbot.domain.scales import Scale

LOSS_RATIOS = (0.0, 0.01, 0.02, 0.05)
MOUTH_TO_EAR_S = (0.050, 0.100, 0.150, 0.200, 0.300, 0.400)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One codec at one delay and loss; without scores where a score with loss is refused."""

    codec: str
    mouth_to_ear_s: float
    loss_ratio: float
    scale: Scale
    """Of `mos` and `r`; these compare within one scale only."""
    r: float | None
    mos: float | None
    fullband_scale_r: float | None
    """On the one scale on which all codecs compare."""
    is_provisional: bool


def well_backed() -> tuple[Codec, ...]:
    """Return the codecs with a published Bpl whose numbers are not of low confidence."""
    return tuple(
        codec for codec in ALL_CODECS.values() if codec.bpl is not None and not codec.is_provisional
    )


def benchmark(
    codecs: Sequence[Codec],
    *,
    mouth_to_ear_s: Sequence[float] = MOUTH_TO_EAR_S,
    loss_ratios: Sequence[float] = LOSS_RATIOS,
    is_provisional_allowed: bool = False,
) -> tuple[Cell, ...]:
    """Return a cell for each codec, delay and loss, in that order."""
    return tuple(
        cell
        for codec in codecs
        for cell in _of_one(
            codec,
            mouth_to_ear_s,
            loss_ratios,
            is_provisional_allowed=is_provisional_allowed,
        )
    )


def _of_one(
    codec: Codec,
    delays_s: Sequence[float],
    loss_ratios: Sequence[float],
    *,
    is_provisional_allowed: bool,
) -> list[Cell]:
    score = score_call(
        Call(
            codec=codec,
            mouth_to_ear_s=np.array(delays_s)[:, np.newaxis],
            loss_ratio=np.array(loss_ratios),
            is_provisional_allowed=is_provisional_allowed,
        )
    )
    columns = [part.ravel().tolist() for part in (score.r, score.mos, score.common_r)]
    places = [(delay, loss) for delay in delays_s for loss in loss_ratios]
    return [
        Cell(
            codec=codec.key,
            mouth_to_ear_s=delay,
            loss_ratio=loss,
            scale=codec.scale,
            r=_known(r),
            mos=_known(mos),
            fullband_scale_r=_known(common),
            is_provisional=codec.is_provisional
            or rests_on_wideband_echo(codec, Echo.SYMMETRIC)
            or (codec.bpl is None and loss > 0 and is_provisional_allowed),
        )
        for (delay, loss), r, mos, common in zip(places, *columns, strict=True)
    ]


def _known(number: float) -> float | None:
    return None if np.isnan(number) else number
