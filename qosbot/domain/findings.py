"""Why voice is bad, with what was read to say so."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qosbot.domain.alarms import AffectedWay
from qosbot.domain.inventory import LinkId
from qosbot.domain.metrics import Grade
from qosbot.domain.samples import FlowDirection


class Cause(StrEnum):
    """The causes that are told apart."""

    NO_POLICY = "no_policy"
    """Congested egress without a queueing policy."""
    VOICE_CLASS_TOO_SMALL = "voice_class_too_small"
    FOREIGN_EF = "foreign_ef"
    """More EF than the calls explain; the class is never enlarged for it."""
    CLASS_MATCHES_NOTHING = "class_matches_nothing"
    """While a witness upstream on the same path and direction counts EF packets."""
    INGRESS_OVERLOAD = "ingress_overload"
    """The carrier drops before the far end; our egress does not."""
    PHYSICAL_ERRORS = "physical_errors"
    """Never a QoS matter."""
    DATA_TOO_POOR = "data_too_poor"
    UNEXPLAINED = "unexplained"
    """Measured well, and no known cause fits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing that was read, so that a person can check it."""

    device: str
    interface: str
    direction: FlowDirection | None
    class_path: tuple[str, ...]
    counter: str
    """The name of what was read, as in `drop_ratio` or `out_rate_bps`; it ends in its unit."""
    value: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A cause at a place."""

    cause: Cause
    link: LinkId | None
    direction: FlowDirection | None
    class_path: tuple[str, ...]
    ways: tuple[AffectedWay, ...]
    evidence: tuple[Evidence, ...]
    grade: Grade
    words: str
    """The cause in one sentence, with figures and units."""

    @property
    def is_qos(self) -> bool:
        """Return whether a change of QoS or codec could help at all."""
        return self.cause in {
            Cause.NO_POLICY,
            Cause.VOICE_CLASS_TOO_SMALL,
            Cause.CLASS_MATCHES_NOTHING,
        }
