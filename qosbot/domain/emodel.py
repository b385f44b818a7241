"""The E-model, narrowband: from a connection's parameters to its rating factor R and to MOS.

R is a planning estimate for a conversation, so the MOS made from it is MOS-CQE; it does not
compare one to one with listening scores.  Symbols and numbers are those of ITU-T G.107
(06/2015).  Delays enter in seconds and losses as ratios, like everywhere in this code base; the
formulas below turn them into the milliseconds and percents of the Recommendation.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Numbers = float | FloatArray

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
        for name, (low, high) in LIMITS.items():
            given = getattr(self, name)
            if given is not None and np.any((given < low) | (given > high)):
                raise ValueError(
                    f"{name} must be in {low:g} to {high:g}, not {_outlier(given, low, high):g}"
                )

    def beyond_table_3(self) -> Mapping[str, npt.NDArray[np.bool_]]:
        """Return, per input that leaves the range of Table 3 anywhere, where it does."""
        masks = {
            name: np.asarray((given < low) | (given > high))
            for name, (low, high) in TABLE_3.items()
            if (given := getattr(self, name)) is not None
        }
        return {name: mask for name, mask in masks.items() if mask.any()}


def _outlier(given: Numbers, low: float, high: float) -> float:
    values = np.atleast_1d(np.asarray(given, dtype=np.float64))
    return float(values[(values < low) | (values > high)][0])


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


def rate(connection: Connection) -> Rating:
    """Return the rating of each connection: R = Ro - Is - Idte - Idle - Idd - Ie,eff + A.

    Source: ITU-T G.107 (06/2015), equations 7-1 to 7-30.
    """
    c = connection
    noise = _noise(c)
    ro = 15 - 1.5 * (c.slr_db + noise)
    sidetone = _sidetone(c)
    simultaneous = _overall_loudness(c, noise) + sidetone + _quantising(c, ro)
    idte = _talker_echo(c, noise, sidetone)
    idle = _listener_echo(c, ro)
    idd = _absolute_delay(c)
    ie_eff = equipment_impairment(c.ie, c.bpl, c.loss_ratio, c.burst_ratio)
    r = ro - simultaneous - idte - idle - idd - ie_eff + c.advantage
    terms = {
        "r": r,
        "ro": ro,
        "simultaneous": simultaneous,
        "idte": idte,
        "idle": idle,
        "idd": idd,
        "ie_eff": ie_eff,
        "advantage": c.advantage,
    }
    shape = np.shape(r)
    return Rating(**{name: np.broadcast_to(term, shape) for name, term in terms.items()})


def equipment_impairment(
    ie: Numbers, bpl: Numbers, loss_ratio: Numbers, burst_ratio: Numbers = 1.0
) -> FloatArray:
    """Return Ie,eff: what codec and packet loss together cost.

    Source: ITU-T G.107 (06/2015), equation 7-29.
    """
    ppl = np.multiply(loss_ratio, 100)
    return np.asarray(ie + (95 - ie) * ppl / (ppl / burst_ratio + bpl))


def mos_from_r(r: Numbers) -> FloatArray:
    """Return the mean opinion score for each R: in 1.0 to 4.5, never falling as R rises.

    Source: ITU-T G.107 (06/2015), Annex B.  The published cubic dips below 1 for 0 < R < 6.515,
    so the result is held at 1 there.
    """
    held = np.clip(r, 0.0, 100.0)
    return np.asarray(np.maximum(1.0, 1 + 0.035 * held + held * (held - 60) * (100 - held) * 7e-6))


def r_from_mos(mos: Numbers) -> FloatArray:
    """Return the R that each mean opinion score came from; NaN outside 1.0 to 4.5.

    The scores 1.0 and 4.5 stand for ranges; they give the ends of those, 6.515 and 100.

    Source: ITU-T G.107 (06/2015), Appendix I, with the arctangent of two arguments: the other
    loses its branch above MOS 2.75.
    """
    scores = np.asarray(mos, dtype=np.float64)
    inside = (scores >= 1.0) & (scores <= 4.5)  # noqa: PLR2004 - the ends of the scale
    m = np.where(inside, scores, np.nan)
    h = np.arctan2(15 * np.sqrt(-903522 + 1113960 * m - 202500 * m**2), 18566 - 6750 * m) / 3
    return np.asarray(20 / 3 * (8 - np.sqrt(226) * np.cos(h + np.pi / 3)))


def _noise(c: Connection) -> Numbers:
    """Return No, the sum of all noise powers at the 0 dBr point, in dBm0p."""
    olr = c.slr_db + c.rlr_db
    lstr = c.stmr_db + c.d_receiver if c.lstr_db is None else c.lstr_db
    room_at_sender = (
        c.room_noise_sender_dba
        - c.slr_db
        - c.d_sender
        - 100
        + 0.004 * (c.room_noise_sender_dba - olr - c.d_sender - 14) ** 2
    )
    heard = c.room_noise_receiver_dba + 10 * np.log10(1 + 10 ** ((10 - lstr) / 10))
    room_at_receiver = c.rlr_db - 121 + heard + 0.008 * (heard - 35) ** 2
    floor = c.noise_floor_dbmp + c.rlr_db
    return _power_sum(c.circuit_noise_dbm0p, room_at_sender, room_at_receiver, floor)


def _power_sum(*levels_db: Numbers) -> FloatArray:
    total: Numbers = 0.0
    for level in levels_db:
        total = total + np.power(10.0, level / 10)
    return np.asarray(10 * np.log10(total))


def _overall_loudness(c: Connection, noise: Numbers) -> Numbers:
    """Return Iolr: too loud a connection."""
    x = (c.slr_db + c.rlr_db + 0.2 * (64 + noise - c.rlr_db)) / 8
    return 20 * ((1 + x**8) ** (1 / 8) - x)


def _sidetone(c: Connection) -> Numbers:
    """Return Ist: sidetone that is not right, with the echo that arrives too soon to be one."""
    t = c.talker_echo_delay_s * 1000
    echo = np.exp(-t / 4) * np.power(10.0, -c.telr_db / 10)
    stmr = -10 * np.log10(np.power(10.0, -c.stmr_db / 10) + echo)
    # The odd powers have small negative bases at the very loudest sidetones, and stay far under 1.
    return np.asarray(
        12 * (1 + ((stmr - 13) / 6) ** 8) ** (1 / 8)
        - 28 * (1 + ((stmr + 1) / 19.4) ** 35) ** (1 / 35)
        - 13 * (1 + ((stmr - 3) / 33) ** 13) ** (1 / 13)
        + 29
    )


def _quantising(c: Connection, ro: Numbers) -> Numbers:
    """Return Iq: quantising distortion."""
    q = 37 - 15 * np.log10(c.qdu)
    g = 1.07 + 0.258 * q + 0.0602 * q**2
    y = (ro - 100) / 15 + 46 / 8.4 - g / 9
    z = 46 / 30 - g / 40
    return np.asarray(15 * np.log10(1 + np.power(10.0, y) + np.power(10.0, z)))


def _talker_echo(c: Connection, noise: Numbers, sidetone: Numbers) -> Numbers:
    """Return Idte, with the conditional rules of clause 7.4 in their order."""
    t = c.talker_echo_delay_s * 1000
    terv = c.telr_db - 40 * np.log10((1 + t / 10) / (1 + t / 150)) + 6 * np.exp(-0.3 * t**2)
    # Loud sidetone masks the echo.
    terv = np.where(np.less(c.stmr_db, 9), terv + sidetone / 2, terv)
    re = 80 + 2.5 * (terv - 14)
    half = (-1.5 * (noise - c.rlr_db) - re) / 2
    idte = (half + np.sqrt(half**2 + 100) - 1) * (1 - np.exp(-t))
    # An echo within a millisecond is sidetone.
    idte = np.where(np.less(t, 1), 0.0, idte)
    # Without sidetone the echo stands alone; this rule comes last, so it also holds under 1 ms.
    return np.asarray(np.where(np.greater(c.stmr_db, 20), np.hypot(idte, sidetone), idte))


def _listener_echo(c: Connection, ro: Numbers) -> Numbers:
    """Return Idle; not quite 0 even without any delay."""
    tr = c.round_trip_delay_s * 1000
    half = (ro - 10.5 * (c.wepl_db + 7) * np.power(tr + 1, -0.25)) / 2
    return half + np.sqrt(half**2 + 169)


def _absolute_delay(c: Connection) -> Numbers:
    """Return Idd; exactly 0 up to mT, where the logarithm is held at 0."""
    power = 6 * c.delay_sensitivity
    held = np.maximum(c.absolute_delay_s, c.minimum_perceivable_delay_s)
    x = np.log2(held / c.minimum_perceivable_delay_s)
    return 25 * ((1 + x**power) ** (1 / power) - 3 * (1 + (x / 3) ** power) ** (1 / power) + 2)
