"""The score of calls that are described rather than measured: any codec, delay, jitter and loss.

Everything runs on arrays of one broadcast shape; there is no loop.  The codec is one, and its
band decides the Recommendation and the scale.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from qosbot.domain import playout
from qosbot.domain.codecs import Codec
from qosbot.domain.delay_impairments import (
    DELAY_CLASSES,
    DelayClass,
    FloatArray,
    Numbers,
)
from qosbot.domain.emodel import Connection, Rating, rate
from qosbot.domain.fullband import FullbandConnection, rate_fullband
from qosbot.domain.playout import DECODER_S, JitterKind
from qosbot.domain.scales import BEST_R, R_PER_NARROWBAND_R, Scale, ie_moved, mos_on
from qosbot.domain.wideband import WidebandConnection, rate_wideband

RECOMMENDATION: Mapping[Scale, str] = MappingProxyType(
    {Scale.CQE: "G.107", Scale.CQEW: "G.107.1", Scale.CQEF: "G.107.2"}
)


class Echo(StrEnum):
    """What becomes of the talker's voice at the far end."""

    SYMMETRIC = "symmetric"
    """T = Ta and Tr = 2 Ta with the default echo loss: the usual connection."""
    NONE = "none"
    """T = Tr = 0: perfect echo control."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Call:
    """What is known of calls; all shapes must broadcast."""

    codec: Codec
    network_delay_s: Numbers = 0.0
    """One way."""
    mouth_to_ear_s: Numbers | None = None
    """Known as a whole: overrides the network's delay and all that would be added to it."""
    packet_time_s: float | None = None
    """None: the codec's usual one."""
    jitter_s: Numbers = 0.0
    jitter_kind: JitterKind = JitterKind.MEAN_ABS_IPDV
    jitter_buffer_s: Numbers = 0.040
    loss_ratio: Numbers = 0.0
    """In the network, late packets not included."""
    burst_ratio: Numbers = 1.0
    echo: Echo = Echo.SYMMETRIC
    advantage: Numbers = 0.0
    delay_class: DelayClass = DelayClass.DEFAULT
    is_provisional_allowed: bool = False
    """Whether a provisional Bpl may stand in where none was published."""

    def __post_init__(self) -> None:
        """Reject what the model of the codec's band does not have."""
        if self.codec.scale is Scale.CQEW and np.any(np.not_equal(self.burst_ratio, 1)):
            raise ValueError(
                "burst_ratio must be 1 for a wideband codec: G.107.1 knows random loss only"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CallScore:
    """The scores of calls, and what each impairment costs in points of R."""

    scale: Scale
    rating: Rating
    r: FloatArray
    """Not clamped.  NaN where packets are lost and the codec has no Bpl that may be used."""
    mos: FloatArray
    ceiling_mos: FloatArray
    """What this codec reaches at this delay when nothing is lost."""
    best_mos: FloatArray
    """What this codec reaches without delay and loss."""
    mouth_to_ear_s: FloatArray
    late_ratio: FloatArray
    loss_ratio: FloatArray
    """Late packets included."""
    delay_cost: FloatArray
    """Points of R that delay and its echo take."""
    loss_cost: FloatArray
    """Points of R that loss takes, late packets included."""
    codec_cost: float
    """Points of R that the codec takes when nothing is lost: its Ie."""
    common_r: FloatArray
    """R on the fullband scale, on which codecs of all bands compare; see `common_r`."""
    is_provisional: bool
    """Whether the score rests on a number of low confidence, or on one that stands in."""


def score_call(call: Call) -> CallScore:
    """Return the score of each call.

    Raises:
        ValueError: if an input is out of its range; names it and the range.
    """
    codec = call.codec
    late = playout.late_ratio(call.jitter_s, call.jitter_buffer_s, call.jitter_kind)
    loss = playout.total_loss_ratio(call.loss_ratio, late)
    heard_s = mouth_to_ear_s(call)
    bpl = _bpl(call)
    rating = _rate(call, heard_s, loss, bpl)
    still = _rate(call, 0.0 * heard_s, loss, bpl)
    # A codec without a Bpl still has a score without loss.
    knows_loss = np.isfinite(bpl) | np.equal(loss, 0)
    r = np.where(knows_loss, rating.r, np.nan)
    delay = rating.idte + rating.idle + rating.idd - still.idte - still.idle - still.idd
    loss_cost = np.where(knows_loss, rating.ie_eff - codec.ie, np.nan)
    shape = np.shape(rating.r)
    return CallScore(
        scale=codec.scale,
        rating=rating,
        r=r,
        mos=mos_on(codec.scale, r),
        ceiling_mos=mos_on(codec.scale, rating.r + rating.ie_eff - codec.ie),
        best_mos=mos_on(codec.scale, still.r + still.ie_eff - codec.ie),
        mouth_to_ear_s=np.broadcast_to(heard_s, shape),
        late_ratio=np.broadcast_to(late, shape),
        loss_ratio=np.broadcast_to(loss, shape),
        delay_cost=delay,
        loss_cost=loss_cost,
        codec_cost=codec.ie,
        common_r=common_r(
            codec, rating.idd / R_PER_NARROWBAND_R[codec.scale], np.asarray(loss_cost)
        ),
        is_provisional=codec.is_provisional
        or rests_on_wideband_echo(codec, call.echo)
        or call.delay_class is not DelayClass.DEFAULT
        or (codec.bpl is None and call.is_provisional_allowed and bool(np.any(loss > 0))),
    )


def rests_on_wideband_echo(codec: Codec, echo: Echo) -> bool:
    """Return whether a score weighs wideband echo, by a number of low confidence.

    See `qosbot.domain.wideband.ECHO_REFERENCE`.
    """
    return codec.scale is Scale.CQEW and echo is Echo.SYMMETRIC


def mouth_to_ear_s(call: Call) -> FloatArray:
    """Return the delay that is heard: as given, or the network's with all that comes on top."""
    if call.mouth_to_ear_s is not None:
        return np.asarray(call.mouth_to_ear_s, dtype=np.float64)
    return playout.mouth_to_ear_s(
        network_delay_s=call.network_delay_s,
        packet_time_s=packet_time_s(call),
        look_ahead_s=call.codec.look_ahead_s,
        jitter_buffer_s=call.jitter_buffer_s,
        decoder_s=DECODER_S,
    )


def packet_time_s(call: Call) -> float:
    """Return the packet time of a call."""
    return call.codec.packet_time_s if call.packet_time_s is None else call.packet_time_s


def common_r(codec: Codec, narrowband_idd: FloatArray, loss_cost: FloatArray) -> FloatArray:
    """Return R on the fullband scale, the one on which codecs of all bands compare.

    The codec's Ie is moved by what its band lacks, delay costs what it does in fullband, loss
    what it does in the codec's own band, and echo is left out: an approximation, for ranking.
    """
    ie = ie_moved(codec.ie, came_from=codec.scale, to=Scale.CQEF)
    idd = R_PER_NARROWBAND_R[Scale.CQEF] * narrowband_idd
    return np.asarray(BEST_R[Scale.CQEF] - ie - idd - loss_cost)


def _bpl(call: Call) -> float:
    if call.codec.bpl is not None:
        return call.codec.bpl
    return call.codec.provisional_bpl if call.is_provisional_allowed else np.nan


def _rate(call: Call, heard_s: Numbers, loss: Numbers, bpl: float) -> Rating:
    echo_s = heard_s if call.echo is Echo.SYMMETRIC else np.multiply(heard_s, 0)
    sensitivity, minimum_s = DELAY_CLASSES[call.delay_class]
    usable_bpl = bpl if np.isfinite(bpl) else call.codec.provisional_bpl
    match call.codec.scale:
        case Scale.CQE:
            return rate(
                Connection(
                    talker_echo_delay_s=echo_s,
                    round_trip_delay_s=np.multiply(echo_s, 2),
                    absolute_delay_s=heard_s,
                    ie=call.codec.ie,
                    bpl=usable_bpl,
                    loss_ratio=loss,
                    burst_ratio=call.burst_ratio,
                    advantage=call.advantage,
                    delay_sensitivity=sensitivity,
                    minimum_perceivable_delay_s=minimum_s,
                )
            )
        case Scale.CQEW:
            return rate_wideband(
                WidebandConnection(
                    talker_echo_delay_s=echo_s if call.echo is Echo.SYMMETRIC else None,
                    round_trip_delay_s=(
                        np.multiply(echo_s, 2) if call.echo is Echo.SYMMETRIC else None
                    ),
                    absolute_delay_s=heard_s,
                    ie=call.codec.ie,
                    bpl=usable_bpl,
                    loss_ratio=loss,
                    advantage=call.advantage,
                    delay_sensitivity=sensitivity,
                    minimum_perceivable_delay_s=minimum_s,
                )
            )
        case Scale.CQEF:
            return rate_fullband(
                FullbandConnection(
                    absolute_delay_s=heard_s,
                    ie=call.codec.ie,
                    bpl=usable_bpl,
                    loss_ratio=loss,
                    burst_ratio=call.burst_ratio,
                    advantage=call.advantage,
                    delay_sensitivity=sensitivity,
                    minimum_perceivable_delay_s=minimum_s,
                )
            )
