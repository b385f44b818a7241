"""The E-model, narrowband: from a connection's parameters to its rating factor R and to MOS.

R is a planning estimate for a conversation, so the MOS made from it is MOS-CQE; it does not
compare one to one with listening scores.  Symbols and numbers are those of ITU-T G.107
(06/2015).  Delays enter in seconds and losses as ratios, like everywhere in this code base; the
formulas below turn them into the milliseconds and percents of the Recommendation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

import numpy as np
import numpy.typing as npt

from qosbot.domain.delay_impairments import (
    FloatArray,
    Numbers,
    conversation_delay,
    listener_echo,
    talker_echo,
    talker_echo_loudness_db,
)
from qosbot.domain.opinion import mos_from_r, r_from_mos
from qosbot.domain.powers import lg, power_of_db, raised, square_rooted, squared
from qosbot.domain.ranges import refuse_outliers

__all__ = (
    "LIMITS",
    "TABLE_3",
    "Connection",
    "FloatArray",
    "Numbers",
    "Rating",
    "equipment_impairment",
    "mos_from_r",
    "noise_dbm0p",
    "r_from_mos",
    "rate",
)

# Table 3 of G.107: what the model was made for.
TABLE_3: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "slr_db": (0, 18),
        "rlr_db": (-5, 14),
        "stmr_db": (10, 20),
        "lstr_db": (13, 23),
        "d_sender": (-3, 3),
        "d_receiver": (-3, 3),
        "telr_db": (5, 65),
        "wepl_db": (5, 110),
        "talker_echo_delay_s": (0, 0.5),
        "round_trip_delay_s": (0, 1.0),
        "absolute_delay_s": (0, 0.5),
        "qdu": (1, 14),
        "ie": (0, 40),
        "bpl": (4.3, 40),
        "loss_ratio": (0, 0.2),
        "burst_ratio": (1, 8),
        "circuit_noise_dbm0p": (-80, -40),
        "noise_floor_dbmp": (-64, -64),
        "room_noise_sender_dba": (35, 85),
        "room_noise_receiver_dba": (35, 85),
        "advantage": (0, 20),
        "delay_sensitivity": (0.4, 1),
        "minimum_perceivable_delay_s": (0.1, 0.15),
    }
)

# What is computed at all.  Wider than Table 3 where the Recommendation's own rules reach past it
# (STMR below 9 and above 20) and where real networks do: a call that loses everything, or that
# crosses two satellites, has a score, and it is a bad one.
LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        **TABLE_3,
        "stmr_db": (0, 30),
        "lstr_db": (-3, 33),
        "talker_echo_delay_s": (0, 10),
        "round_trip_delay_s": (0, 20),
        "absolute_delay_s": (0, 10),
        "ie": (0, 95),
        "bpl": (1, 100),
        "loss_ratio": (0, 1),
        "noise_floor_dbmp": (-80, -50),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Connection:
    """The inputs of Table 3, each a number or an array; all shapes must broadcast.

    NaN stands for "not known" and makes the rating NaN.

    Raises:
        ValueError: if an input lies outside `LIMITS`; names it and its range.
    """

    slr_db: Numbers = 8.0
    rlr_db: Numbers = 2.0
    stmr_db: Numbers = 15.0
    lstr_db: Numbers | None = None
    """None: STMR + Dr, which ties the two together."""
    d_sender: Numbers = 3.0
    d_receiver: Numbers = 3.0
    telr_db: Numbers = 65.0
    wepl_db: Numbers = 110.0
    talker_echo_delay_s: Numbers = 0.0
    """T, one way."""
    round_trip_delay_s: Numbers = 0.0
    """Tr, in the four-wire loop."""
    absolute_delay_s: Numbers = 0.0
    """Ta, from mouth to ear, without regard to echo."""
    qdu: Numbers = 1.0
    ie: Numbers = 0.0
    bpl: Numbers = 4.3
    loss_ratio: Numbers = 0.0
    """Ppl / 100, packets that came too late included."""
    burst_ratio: Numbers = 1.0
    circuit_noise_dbm0p: Numbers = -70.0
    noise_floor_dbmp: Numbers = -64.0
    room_noise_sender_dba: Numbers = 35.0
    room_noise_receiver_dba: Numbers = 35.0
    advantage: Numbers = 0.0
    delay_sensitivity: Numbers = 1.0
    """sT of Table 1; 1 for normal users and wherever the use is not known."""
    minimum_perceivable_delay_s: Numbers = 0.1
    """mT of Table 1."""

    def __post_init__(self) -> None:
        """Reject what lies outside the limits."""
        refuse_outliers(self, LIMITS)

    def beyond_table_3(self) -> Mapping[str, npt.NDArray[np.bool_]]:
        """Return, per input that leaves the range of Table 3 anywhere, where it does."""
        masks = {
            name: np.asarray((given < low) | (given > high))
            for name, (low, high) in TABLE_3.items()
            if (given := getattr(self, name)) is not None
        }
        return {name: mask for name, mask in masks.items() if mask.any()}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rating:
    """R and every term of it, all of the broadcast shape; dimensionless."""

    r: FloatArray
    """Not clamped: it may leave 0..100."""
    ro: FloatArray
    """Signal to noise."""
    simultaneous: FloatArray
    """Is: loudness, sidetone, quantising."""
    idte: FloatArray
    """Talker echo; slightly negative for very short echo paths."""
    idle: FloatArray
    """Listener echo."""
    idd: FloatArray
    """Delay too long to converse."""
    ie_eff: FloatArray
    """Codec and packet loss."""
    advantage: FloatArray

    @classmethod
    def of(cls, **terms: Numbers) -> Self:
        """Return the sum of the terms, which are all fields but `r`, in one shape."""
        r = terms["ro"] - terms["simultaneous"] - terms["idte"] - terms["idle"] - terms["idd"]
        r = r - terms["ie_eff"] + terms["advantage"]
        shape = np.shape(r)
        return cls(
            r=np.asarray(r),
            **{name: np.broadcast_to(term, shape) for name, term in terms.items()},
        )


def rate(connection: Connection) -> Rating:
    """Return the rating of each connection: R = Ro - Is - Idte - Idle - Idd - Ie,eff + A.

    Source: ITU-T G.107 (06/2015), equations 7-1 to 7-30.
    """
    c = connection
    noise = noise_dbm0p(c)
    ro = 15 - 1.5 * (c.slr_db + noise)
    sidetone = _sidetone(c)
    simultaneous = _overall_loudness(c, noise) + sidetone + _quantising(c, ro)
    idte = _talker_echo(c, noise, sidetone)
    idle = listener_echo(ro, c.wepl_db, c.round_trip_delay_s)
    idd = conversation_delay(c.absolute_delay_s, c.delay_sensitivity, c.minimum_perceivable_delay_s)
    ie_eff = equipment_impairment(c.ie, c.bpl, c.loss_ratio, c.burst_ratio)
    return Rating.of(
        ro=ro,
        simultaneous=simultaneous,
        idte=idte,
        idle=idle,
        idd=idd,
        ie_eff=ie_eff,
        advantage=c.advantage,
    )


def equipment_impairment(
    ie: Numbers,
    bpl: Numbers,
    loss_ratio: Numbers,
    burst_ratio: Numbers = 1.0,
    *,
    worst: float = 95.0,
) -> FloatArray:
    """Return Ie,eff: what codec and packet loss together cost, `worst` when all hope is lost.

    Source: ITU-T G.107 (06/2015), equation 7-29; `worst` is 95 there and in G.107.1, and 132 in
    G.107.2.
    """
    ppl = np.multiply(loss_ratio, 100)
    return np.asarray(ie + np.subtract(worst, ie) * ppl / (ppl / burst_ratio + bpl))


def noise_dbm0p(c: Connection, noise_floor_dbmp: Numbers | None = None) -> FloatArray:
    """Return No, the sum of all noise powers at the 0 dBr point, in dBm0p.

    `noise_floor_dbmp` stands in for that of the connection; wider bands have a lower one.
    """
    olr = c.slr_db + c.rlr_db
    lstr = c.stmr_db + c.d_receiver if c.lstr_db is None else c.lstr_db
    room_at_sender = (
        c.room_noise_sender_dba
        - c.slr_db
        - c.d_sender
        - 100
        + 0.004 * (c.room_noise_sender_dba - olr - c.d_sender - 14) ** 2
    )
    heard = c.room_noise_receiver_dba + 10 * lg(1 + power_of_db(10 - lstr))
    room_at_receiver = c.rlr_db - 121 + heard + 0.008 * (heard - 35) ** 2
    floor = (c.noise_floor_dbmp if noise_floor_dbmp is None else noise_floor_dbmp) + c.rlr_db
    return _power_sum(c.circuit_noise_dbm0p, room_at_sender, room_at_receiver, floor)


def _power_sum(*levels_db: Numbers) -> FloatArray:
    total: Numbers = 0.0
    for level in levels_db:
        total = total + power_of_db(level)
    return 10 * lg(total)


def _overall_loudness(c: Connection, noise: Numbers) -> Numbers:
    """Return Iolr: too loud a connection."""
    x = (c.slr_db + c.rlr_db + 0.2 * (64 + noise - c.rlr_db)) / 8
    return 20 * (square_rooted(1 + squared(x, 3), 3) - x)


def _sidetone(c: Connection) -> Numbers:
    """Return Ist: sidetone that is not right, with the echo that arrives too soon to be one."""
    t = c.talker_echo_delay_s * 1000
    echo = np.exp(-t / 4) * power_of_db(-c.telr_db)
    stmr = -10 * lg(power_of_db(-c.stmr_db) + echo)
    # The odd powers have small negative bases at the very loudest sidetones, and stay far under 1.
    loud, middle, soft = (stmr - 13) / 6, (stmr + 1) / 19.4, (stmr - 3) / 33
    middle_35 = squared(middle, 5) * middle * middle * middle
    soft_4 = squared(soft, 2)
    soft_13 = soft_4 * soft_4 * soft_4 * soft
    return np.asarray(
        12 * square_rooted(1 + squared(loud, 3), 3)
        - 28 * raised(1 + middle_35, 1 / 35)
        - 13 * raised(1 + soft_13, 1 / 13)
        + 29
    )


def _quantising(c: Connection, ro: Numbers) -> Numbers:
    """Return Iq: quantising distortion."""
    q = 37 - 15 * lg(c.qdu)
    g = 1.07 + 0.258 * q + 0.0602 * q**2
    y = (ro - 100) / 15 + 46 / 8.4 - g / 9
    z = 46 / 30 - g / 40
    return 15 * lg(1 + power_of_db(10 * y) + power_of_db(10 * z))


def _talker_echo(c: Connection, noise: Numbers, sidetone: Numbers) -> Numbers:
    """Return Idte, with the conditional rules of clause 7.4 in their order."""
    terv = talker_echo_loudness_db(c.telr_db, c.talker_echo_delay_s)
    # Loud sidetone masks the echo.
    terv = np.where(np.less(c.stmr_db, 9), terv + sidetone / 2, terv)
    roe = -1.5 * (noise - c.rlr_db)
    idte = talker_echo(roe, 80 + 2.5 * (terv - 14), c.talker_echo_delay_s)
    # Without sidetone the echo stands alone; this rule comes last, so it also holds under 1 ms.
    return np.asarray(np.where(np.greater(c.stmr_db, 20), np.hypot(idte, sidetone), idte))
