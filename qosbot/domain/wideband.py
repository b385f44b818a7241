"""The E-model, wideband: 50 to 7000 Hz, as of AMR-WB and G.722.

Source: ITU-T G.107.1 (06/2019).  There is no burst ratio here: the Recommendation knows random
loss only.  What loudness and noise cost was left for further study, so neither is an input.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from qosbot.domain.delay_impairments import (
    FloatArray,
    Numbers,
    conversation_delay,
    listener_echo,
    talker_echo,
    talker_echo_loudness_db,
)
from qosbot.domain.emodel import (
    LIMITS,
    Connection,
    Rating,
    equipment_impairment,
    noise_dbm0p,
)
from qosbot.domain.ranges import refuse_outliers
from qosbot.domain.scales import BEST_R, R_PER_NARROWBAND_R, Scale

NOISE_FLOOR_DBMP = -96.0
"""Stands in for the narrowband -64 where talker echo is weighed against noise."""
_DEFAULT = Connection()
ECHO_REFERENCE = float(-1.5 * (noise_dbm0p(_DEFAULT, NOISE_FLOOR_DBMP) - _DEFAULT.rlr_db))
"""Roe,WB = 106.208.

Low confidence: the text of 06/2019 rests on a noise sum that it does not define.  This evaluates
the narrowband sum with its own noise floor, as one public implementation does.
"""

WIDEBAND_LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        **{
            name: LIMITS[name]
            for name in (
                "telr_db",
                "wepl_db",
                "talker_echo_delay_s",
                "round_trip_delay_s",
                "absolute_delay_s",
                "ie",
                "bpl",
                "loss_ratio",
                "advantage",
                "delay_sensitivity",
                "minimum_perceivable_delay_s",
            )
        },
        "echo_reference": (0, 200),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WidebandConnection:
    """The inputs of the wideband model, each a number or an array; all shapes must broadcast.

    NaN stands for "not known" and makes the rating NaN.

    Raises:
        ValueError: if an input lies outside `WIDEBAND_LIMITS`; names it and its range.
    """

    telr_db: Numbers = 65.0
    wepl_db: Numbers = 110.0
    talker_echo_delay_s: Numbers | None = None
    """T, one way.  None: no talker echo at all."""
    round_trip_delay_s: Numbers | None = None
    """Tr.  None: no listener echo at all; 0 still leaves 0.154 of it, as the formula has it."""
    absolute_delay_s: Numbers = 0.0
    """Ta, from mouth to ear."""
    ie: Numbers = 0.0
    """On the wideband scale."""
    bpl: Numbers = 4.3
    loss_ratio: Numbers = 0.0
    """Ppl / 100, packets that came too late included."""
    advantage: Numbers = 0.0
    delay_sensitivity: Numbers = 1.0
    minimum_perceivable_delay_s: Numbers = 0.1
    echo_reference: Numbers = ECHO_REFERENCE
    """Roe,WB; see there for how little it is known."""

    def __post_init__(self) -> None:
        """Reject what lies outside the limits."""
        refuse_outliers(self, WIDEBAND_LIMITS)


def rate_wideband(connection: WidebandConnection) -> Rating:
    """Return the rating of each connection: R = 129 - Idte - Idle - Idd - Ie,eff + A.

    Source: ITU-T G.107.1 (06/2019), equations 7-6 to 7-15.
    """
    c = connection
    ro = BEST_R[Scale.CQEW]
    idte = np.asarray(0.0) if c.talker_echo_delay_s is None else _talker_echo(c)
    idle = (
        np.asarray(0.0)
        if c.round_trip_delay_s is None
        else listener_echo(ro, c.wepl_db, c.round_trip_delay_s)
    )
    idd = R_PER_NARROWBAND_R[Scale.CQEW] * conversation_delay(
        c.absolute_delay_s, c.delay_sensitivity, c.minimum_perceivable_delay_s
    )
    ie_eff = equipment_impairment(c.ie, c.bpl, c.loss_ratio)
    return Rating.of(
        ro=ro, simultaneous=0.0, idte=idte, idle=idle, idd=idd, ie_eff=ie_eff, advantage=c.advantage
    )


def _talker_echo(c: WidebandConnection) -> FloatArray:
    delay_s = 0.0 if c.talker_echo_delay_s is None else c.talker_echo_delay_s
    t = np.multiply(delay_s, 1000)
    # A longer echo is masked less by the sound of a wider band: up to 18 dB, from 100 ms on.
    masked_db = np.where(np.less(t, 100), 0.08 * t + 10, 18.0)
    terv = talker_echo_loudness_db(c.telr_db, delay_s) + masked_db
    return talker_echo(c.echo_reference, 80 + 3 * (terv - 14), delay_s)
