"""What the receiver makes of jitter: it waits for late packets, and drops the later ones.

The E-model has no input for jitter.  Jitter acts twice: the buffer's delay is heard as delay,
and a packet that misses its turn is as lost as one that the network dropped.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Numbers = float | FloatArray

DECODER_S = 0.005
"""What decoding and signal processing add to the delay of a usual receiver."""


class JitterKind(StrEnum):
    """What a source means by jitter; figures of different kinds do not compare."""

    MEAN_ABS_IPDV = "mean_abs_ipdv"
    """Mean magnitude of the delay change between neighbours, as IP SLA probes count it."""
    RFC3550 = "rfc3550"
    """The running mean of the same in RTCP reports."""
    STANDARD_DEVIATION = "stddev"
    """Of the one-way delay."""
    PEAK_TO_PEAK = "p2p"
    """Largest less smallest delay of about 1000 packets."""
    Y1541 = "y1541"
    """99.9 % quantile of the delay above its minimum."""


# How many mean delay changes make one unit of each kind where delay has an exponential tail:
# ln 1000 for the 99.9 % quantile, and ln 1000 + 0.58 for the range of 1000 packets.
_MEAN_CHANGES: Mapping[JitterKind, float] = MappingProxyType(
    {
        JitterKind.MEAN_ABS_IPDV: 1.0,
        JitterKind.RFC3550: 1.0,
        JitterKind.STANDARD_DEVIATION: 1.0,
        JitterKind.PEAK_TO_PEAK: 7.5,
        JitterKind.Y1541: 6.908,
    }
)


_STILL_S = 1e-9
"""No clock shows a change as small as this, and no buffer has to wait for it."""


def late_ratio(
    jitter_s: Numbers, jitter_buffer_s: Numbers, kind: JitterKind = JitterKind.MEAN_ABS_IPDV
) -> FloatArray:
    """Return the share of packets that arrive too late to be played, in 0..1.

    A fixed buffer of nominal delay B and an exponential tail of delay lose exp(-B / J).  That is
    the cautious choice among the usual shapes; but where delays are correlated the true spread
    is up to four times what the mean change shows, and the loss is greater than this.
    No jitter is no late packet, whatever the buffer.

    Raises:
        ValueError: if a jitter or a buffer is negative.
    """
    if np.any(np.less(jitter_s, 0)) or np.any(np.less(jitter_buffer_s, 0)):
        raise ValueError("jitter_s and jitter_buffer_s must not be negative")
    mean_change_s = np.divide(jitter_s, _MEAN_CHANGES[kind])
    late = np.exp(-np.divide(jitter_buffer_s, np.maximum(mean_change_s, _STILL_S)))
    # Times 0, so that an unknown buffer stays unknown.
    return np.asarray(np.where(np.less(mean_change_s, _STILL_S), 0 * late, late))


def total_loss_ratio(loss_ratio: Numbers, late: Numbers) -> FloatArray:
    """Return the loss that is heard: lost on the way, or arrived but late."""
    return np.asarray(1 - (1 - np.asarray(loss_ratio)) * (1 - np.asarray(late)))


def mouth_to_ear_s(
    *,
    network_delay_s: Numbers,
    packet_time_s: Numbers,
    look_ahead_s: Numbers,
    jitter_buffer_s: Numbers,
    decoder_s: Numbers = DECODER_S,
) -> FloatArray:
    """Return the delay that a talker's words have when they are heard.

    Handing the network's delay alone to the model understates it by 60 to 100 ms.
    """
    return np.asarray(network_delay_s + packet_time_s + look_ahead_s + jitter_buffer_s + decoder_s)
