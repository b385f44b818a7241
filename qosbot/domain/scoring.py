"""From what was measured on voice paths to a score for each direction, with its terms and doubt.

One row is one direction of one path.  Everything runs on arrays of shape (directions,); there is
no loop over them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import compress
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from qosbot.domain import emodel, playout
from qosbot.domain.codecs import Codec
from qosbot.domain.emodel import Connection, FloatArray, Numbers, Rating
from qosbot.domain.playout import JitterKind
from qosbot.domain.scales import Scale

BoolArray = npt.NDArray[np.bool_]

_WILSON_Z = 1.959964
"""Two-sided 95 % of the normal distribution."""


class Remark(StrEnum):
    """What a reader of a score has to know about its inputs."""

    RTT_HALVED = "rtt_halved"
    LOSS_BEYOND_MODEL = "loss_beyond_model"
    """More than 20 %, to which the model's table is validated; computed all the same."""
    DELAY_BEYOND_MODEL = "delay_beyond_model"
    """More than 500 ms from mouth to ear, likewise; held at 10 s."""
    BURST_BEYOND_MODEL = "burst_beyond_model"
    """Burst ratio above 2 while the loss is 2 % or more, likewise."""
    BURST_ASSUMED_RANDOM = "burst_assumed_random"


class CodecColumns(NamedTuple):
    """What the model needs of codecs, one row a direction."""

    ie: FloatArray
    bpl: FloatArray
    """NaN for a codec without a published value: its score stays unknown."""
    look_ahead_s: FloatArray


def codec_columns(codecs: Sequence[Codec]) -> CodecColumns:
    """Return the codec of each direction as columns."""
    rows = [(c.ie, np.nan if c.bpl is None else c.bpl, c.look_ahead_s) for c in codecs]
    return CodecColumns(*np.array(rows, dtype=np.float64).reshape(-1, 3).T)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measurements:
    """What was measured of each direction, and how it is heard; shape (directions,) or a number.

    NaN stands for "not measured" and makes that direction's score unknown.
    """

    network_delay_s: Numbers
    """One way.  Half the round trip where `delay_halved` says so."""
    opposite_network_delay_s: Numbers
    """That of the other direction of the same path."""
    delay_halved: bool | BoolArray = False
    jitter_s: Numbers
    jitter_kind: JitterKind = JitterKind.MEAN_ABS_IPDV
    loss_ratio: Numbers
    """In the network, late packets not included."""
    packets: Numbers
    """How many the loss was counted on; 0 makes the interval as wide as the scale."""
    codec: CodecColumns
    packet_time_s: Numbers
    jitter_buffer_s: Numbers
    burst_ratio: Numbers | None = None
    """None: not measured, and losses taken as random."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Where the points of one score went: R = ro - simultaneous - idte - idle - idd - ie_eff."""

    ro: float
    simultaneous: float
    idte: float
    idle: float
    idd: float
    ie: float
    """The codec's own part of `ie_eff`."""
    ie_eff: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceScore:
    """The score of one direction."""

    r: float
    """Not clamped."""
    mos: float
    scale: Scale
    mos_low: float
    mos_high: float
    """95 % interval from how few packets the loss was counted on, and from nothing else."""
    ceiling_mos: float
    """What this codec reaches at this delay when nothing is lost."""
    mouth_to_ear_s: float
    """Of this direction."""
    conversation_delay_s: float
    """The mean of both directions: the Ta that was scored."""
    loss_ratio: float
    """Late packets included."""
    late_ratio: float
    terms: Terms
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoiceScores:
    """The scores of many directions, as columns of shape (directions,)."""

    r: FloatArray
    mos: FloatArray
    mos_low: FloatArray
    mos_high: FloatArray
    ceiling_mos: FloatArray
    mouth_to_ear_s: FloatArray
    conversation_delay_s: FloatArray
    loss_ratio: FloatArray
    late_ratio: FloatArray
    ie: FloatArray
    rating: Rating
    remarks: Mapping[Remark, BoolArray]
    scale: Scale

    def values(self) -> tuple[VoiceScore | None, ...]:
        """Return one value a direction; None where something was not measured."""
        names = [f.name for f in fields(VoiceScore) if f.name not in {"scale", "terms", "remarks"}]
        rows = zip(*(getattr(self, name).tolist() for name in names), strict=True)
        return tuple(
            None
            if np.isnan(row[0])
            else VoiceScore(
                **dict(zip(names, row, strict=True)),
                scale=self.scale,
                terms=terms,
                remarks=remarks,
            )
            for row, terms, remarks in zip(rows, self._terms(), self._remarks(), strict=True)
        )

    def _terms(self) -> Iterator[Terms]:
        names = [f.name for f in fields(Terms)]
        columns = [self.ie if name == "ie" else getattr(self.rating, name) for name in names]
        for row in zip(*(column.tolist() for column in columns), strict=True):
            yield Terms(**dict(zip(names, row, strict=True)))

    def _remarks(self) -> Iterator[tuple[Remark, ...]]:
        for row in zip(*(mask.tolist() for mask in self.remarks.values()), strict=True):
            yield tuple(compress(self.remarks, row))


def score_voice(measured: Measurements) -> VoiceScores:
    """Return the score of each direction.

    Loss, late loss and codec are the direction's own.  Delay and echo are of the conversation,
    so both directions have the mean of the two mouth-to-ear delays, T = Ta and Tr = 2 Ta, with
    the default echo loss.  100 % loss is a score near the bottom, not a missing measurement.

    Raises:
        ValueError: if a delay, a jitter or a packet count is negative, or a ratio not in 0..1.

    Source: ITU-T G.107 (06/2015).  The mean of the two delays is ours: Idd models the trouble
    with taking turns, which follows the round trip from mouth to ear and back.
    """
    late = playout.late_ratio(measured.jitter_s, measured.jitter_buffer_s, measured.jitter_kind)
    loss = playout.total_loss_ratio(measured.loss_ratio, late)
    own_s = _mouth_to_ear_s(measured, measured.network_delay_s)
    turn_s = (own_s + _mouth_to_ear_s(measured, measured.opposite_network_delay_s)) / 2
    connection = _connection(measured, turn_s, loss)
    rating = emodel.rate(connection)
    unimpaired = rating.r + rating.ie_eff
    low, high = _loss_interval(measured.loss_ratio, measured.packets)

    def mos_at(network_loss: Numbers) -> FloatArray:
        heard = playout.total_loss_ratio(network_loss, late)
        impairment = emodel.equipment_impairment(
            measured.codec.ie, measured.codec.bpl, heard, connection.burst_ratio
        )
        return emodel.mos_from_r(unimpaired - impairment)

    mos = emodel.mos_from_r(rating.r)
    columns = {
        "r": rating.r,
        "mos": mos,
        # The interval holds the count itself; these undo the rounding of one addition.
        "mos_low": np.minimum(mos_at(high), mos),
        "mos_high": np.maximum(mos_at(low), mos),
        "ceiling_mos": emodel.mos_from_r(unimpaired - measured.codec.ie),
        "mouth_to_ear_s": own_s,
        "conversation_delay_s": turn_s,
        "loss_ratio": loss,
        "late_ratio": late,
        "ie": measured.codec.ie,
    }
    shape = np.shape(rating.r)
    return VoiceScores(
        scale=Scale.CQE,
        rating=rating,
        remarks=_remarks(measured, turn_s, loss),
        **{name: np.broadcast_to(column, shape) for name, column in columns.items()},
    )


def _mouth_to_ear_s(measured: Measurements, network_delay_s: Numbers) -> FloatArray:
    return playout.mouth_to_ear_s(
        network_delay_s=network_delay_s,
        packet_time_s=measured.packet_time_s,
        look_ahead_s=measured.codec.look_ahead_s,
        jitter_buffer_s=measured.jitter_buffer_s,
    )


def _connection(measured: Measurements, turn_s: FloatArray, loss: FloatArray) -> Connection:
    ta_s = np.minimum(turn_s, emodel.LIMITS["absolute_delay_s"][1])
    return Connection(
        talker_echo_delay_s=ta_s,
        round_trip_delay_s=2 * ta_s,
        absolute_delay_s=ta_s,
        ie=measured.codec.ie,
        bpl=measured.codec.bpl,
        loss_ratio=loss,
        burst_ratio=1.0 if measured.burst_ratio is None else measured.burst_ratio,
    )


def _loss_interval(loss_ratio: Numbers, packets: Numbers) -> tuple[FloatArray, FloatArray]:
    """Return the loss ratios between which the true one lies, 95 times of 100.

    Wilson's interval for a proportion: unlike the usual one it says something of a run without
    any loss.  It takes packets as lost independently; losses in bursts leave more doubt.
    """
    n = np.asarray(packets, dtype=np.float64)
    if np.any(n < 0):
        raise ValueError("packets must not be negative")
    p = np.asarray(loss_ratio, dtype=np.float64)
    counted = n > 0
    doubt = _WILSON_Z**2 / np.where(counted, n, 1.0)
    middle = (p + doubt / 2) / (1 + doubt)
    half = np.sqrt(doubt * p * (1 - p) + doubt**2 / 4) / (1 + doubt)
    unknown = 0 * p  # stays unknown where the ratio itself is
    low = np.where(counted, np.clip(middle - half, 0, 1), unknown)
    high = np.where(counted, np.clip(middle + half, 0, 1), unknown + 1)
    return low, high


def _remarks(
    measured: Measurements, turn_s: FloatArray, loss: FloatArray
) -> Mapping[Remark, BoolArray]:
    shape = np.broadcast_shapes(np.shape(turn_s), np.shape(loss))
    is_random = measured.burst_ratio is None
    burst_ratio = 1.0 if measured.burst_ratio is None else measured.burst_ratio
    where = {
        Remark.RTT_HALVED: measured.delay_halved,
        Remark.LOSS_BEYOND_MODEL: loss > emodel.TABLE_3["loss_ratio"][1],
        Remark.DELAY_BEYOND_MODEL: turn_s > emodel.TABLE_3["absolute_delay_s"][1],
        Remark.BURST_BEYOND_MODEL: np.greater(burst_ratio, 2) & (loss >= 0.02),  # noqa: PLR2004 - note 6 of Table 3
        Remark.BURST_ASSUMED_RANDOM: (loss > 0) & is_random,
    }
    return {remark: np.broadcast_to(mask, shape) for remark, mask in where.items()}
