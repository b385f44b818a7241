"""The scales that a MOS can be on, and the one R scale on which codecs of all bands compare.

Each band maps its own best connection to MOS 4.5, so a MOS of 4.4 is another quality in each:
scores of two scales never compare.  R does, once an Ie has been moved to the scale of the other.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from qosbot.domain.opinion import FloatArray, Numbers, mos_from_r, r_from_mos


class Scale(StrEnum):
    """Which scale a MOS is on; scores of different scales do not compare."""

    CQE = "CQE"
    """Conversational quality, estimated, narrowband (ITU-T P.800.1)."""
    CQEW = "CQEW"
    """The same, wideband: 50 to 7000 Hz."""
    CQEF = "CQEF"
    """The same, fullband: 20 Hz to 20 kHz; super-wideband is scored here."""


R_PER_NARROWBAND_R: Mapping[Scale, float] = MappingProxyType(
    {Scale.CQE: 1.0, Scale.CQEW: 1.29, Scale.CQEF: 1.48}
)
"""How many points of R one point of the narrowband curve of Annex B is.

Source: ITU-T G.107.1 (06/2019) and G.107.2 (06/2019), the annexes that map R to MOS.
"""

BEST_R: Mapping[Scale, float] = MappingProxyType(
    {Scale.CQE: 93.2, Scale.CQEW: 129.0, Scale.CQEF: 148.0}
)
"""R of the default connection."""


def mos_on(scale: Scale, r: Numbers) -> FloatArray:
    """Return the mean opinion score on a scale for each R that belongs to it: 1.0 to 4.5."""
    return mos_from_r(np.divide(r, R_PER_NARROWBAND_R[scale]))


def r_on(scale: Scale, mos: Numbers) -> FloatArray:
    """Return the R on a scale that each of its scores came from; NaN outside 1.0 to 4.5.

    The exact inverse of `mos_on` between the ends of the scale.
    """
    return np.asarray(R_PER_NARROWBAND_R[scale] * r_from_mos(mos))


def ie_moved(ie: Numbers, *, came_from: Scale, to: Scale) -> FloatArray:
    """Return an Ie on the scale of a wider band: that of its own, and what its band lacks.

    35.8 from narrowband to wideband, 19 from there to fullband: the differences of the best R.

    Raises:
        ValueError: if `to` is the narrower band; a codec does not get better by a scale.

    Source: the usual bridge between the tables of ITU-T G.113; an approximation.
    """
    if BEST_R[to] < BEST_R[came_from]:
        raise ValueError(f"an Ie moves to wider bands only, not from {came_from} to {to}")
    return np.add(ie, BEST_R[to] - BEST_R[came_from])
