"""The E-model, fullband: 20 Hz to 20 kHz, and super-wideband scored on the same scale, as of EVS.

Source: ITU-T G.107.2 (06/2019).  Its echo terms are in no public implementation that could be
compared, and those of noise of the second edition (03/2023) neither; both are left out rather
than guessed, so a rating here is that of a connection without echo.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from qosbot.domain.delay_impairments import Numbers, conversation_delay
from qosbot.domain.emodel import LIMITS, Rating, equipment_impairment
from qosbot.domain.ranges import refuse_outliers
from qosbot.domain.scales import BEST_R, R_PER_NARROWBAND_R, Scale

WORST_IE = 132.0
"""What Ie,eff comes to when everything is lost; 95 in the narrower bands."""

FULLBAND_LIMITS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        **{
            name: LIMITS[name]
            for name in (
                "absolute_delay_s",
                "bpl",
                "loss_ratio",
                "burst_ratio",
                "advantage",
                "delay_sensitivity",
                "minimum_perceivable_delay_s",
            )
        },
        "ie": (0, WORST_IE),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FullbandConnection:
    """The inputs of the fullband model, each a number or an array; all shapes must broadcast.

    NaN stands for "not known" and makes the rating NaN.

    Raises:
        ValueError: if an input lies outside `FULLBAND_LIMITS`; names it and its range.
    """

    absolute_delay_s: Numbers = 0.0
    """Ta, from mouth to ear."""
    ie: Numbers = 0.0
    """On the fullband scale."""
    bpl: Numbers = 4.3
    loss_ratio: Numbers = 0.0
    """Ppl / 100, packets that came too late included."""
    burst_ratio: Numbers = 1.0
    advantage: Numbers = 0.0
    delay_sensitivity: Numbers = 1.0
    minimum_perceivable_delay_s: Numbers = 0.1

    def __post_init__(self) -> None:
        """Reject what lies outside the limits."""
        refuse_outliers(self, FULLBAND_LIMITS)


def rate_fullband(connection: FullbandConnection) -> Rating:
    """Return the rating of each connection: R = 148 - Idd - Ie,eff + A.

    Source: ITU-T G.107.2 (06/2019).
    """
    c = connection
    idd = R_PER_NARROWBAND_R[Scale.CQEF] * conversation_delay(
        c.absolute_delay_s, c.delay_sensitivity, c.minimum_perceivable_delay_s
    )
    return Rating.of(
        ro=BEST_R[Scale.CQEF],
        simultaneous=0.0,
        idte=0.0,
        idle=0.0,
        idd=idd,
        ie_eff=equipment_impairment(c.ie, c.bpl, c.loss_ratio, c.burst_ratio, worst=WORST_IE),
        advantage=c.advantage,
    )
