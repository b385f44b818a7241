"""What echo and delay cost: the parts of the E-model that all its bands share.

The bands differ in their reference and in a factor, which are arguments here.  Delays enter in
seconds; the formulas turn them into the milliseconds of ITU-T G.107 (06/2015), clause 7.4.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from qosbot.domain.powers import FloatArray, Numbers, lg, raised, square_rooted

__all__ = (
    "DELAY_CLASSES",
    "DelayClass",
    "FloatArray",
    "Numbers",
    "conversation_delay",
    "listener_echo",
    "talker_echo",
    "talker_echo_loudness_db",
)


class DelayClass(StrEnum):
    """How sensitive to delay people are in what they talk about (Table 1 of G.107)."""

    DEFAULT = "default"
    """Normal users; required wherever the use is not known."""
    LOW = "low"
    VERY_LOW = "very_low"


DELAY_CLASSES: Mapping[DelayClass, tuple[float, float]] = MappingProxyType(
    {
        DelayClass.DEFAULT: (1.0, 0.100),
        # Of low confidence: no second source was found for these two.
        DelayClass.LOW: (0.55, 0.120),
        DelayClass.VERY_LOW: (0.4, 0.150),
    }
)
"""sT, and mT in seconds."""


def talker_echo_loudness_db(telr_db: Numbers, talker_echo_delay_s: Numbers) -> FloatArray:
    """Return TERV: how far under the talker's own voice its echo seems to lie."""
    t = np.multiply(talker_echo_delay_s, 1000)
    return np.asarray(telr_db - 40 * lg((1 + t / 10) / (1 + t / 150)) + 6 * np.exp(-0.3 * t**2))


def talker_echo(roe: Numbers, re: Numbers, talker_echo_delay_s: Numbers) -> FloatArray:
    """Return Idte of an echo that leaves `re` on a connection of which noise leaves `roe`.

    Slightly negative for very short echo paths.  An echo within a millisecond is sidetone: 0.
    """
    t = np.multiply(talker_echo_delay_s, 1000)
    half = np.subtract(roe, re) / 2
    idte = (half + np.sqrt(half**2 + 100) - 1) * (1 - np.exp(-t))
    # Times 0, so that what is not known stays so.
    return np.asarray(np.where(np.less(t, 1), 0.0 * idte, idte))


def listener_echo(ro: Numbers, wepl_db: Numbers, round_trip_delay_s: Numbers) -> FloatArray:
    """Return Idle; not quite 0 even without any delay."""
    tr = np.multiply(round_trip_delay_s, 1000)
    half = (ro - 10.5 * np.add(wepl_db, 7) / square_rooted(tr + 1, 2)) / 2
    return np.asarray(half + np.sqrt(half**2 + 169))


def conversation_delay(
    absolute_delay_s: Numbers,
    delay_sensitivity: Numbers = 1.0,
    minimum_perceivable_delay_s: Numbers = 0.1,
) -> FloatArray:
    """Return Idd, narrowband; exactly 0 up to mT, where the logarithm is held at 0."""
    power = 6 * np.asarray(delay_sensitivity)
    held = np.maximum(absolute_delay_s, minimum_perceivable_delay_s)
    x = np.log2(held / minimum_perceivable_delay_s)
    near, far = raised(x, power), raised(x / 3, power)
    return np.asarray(25 * (raised(1 + near, 1 / power) - 3 * raised(1 + far, 1 / power) + 2))
