"""What is wrong now, as operators track it: one alarm for each cause, not for each path."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qosbot.domain.inventory import Direction, LinkId


class AlarmState(StrEnum):
    """RFC 8632's words."""

    RAISED = "raised"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class AffectedWay:
    """One direction of a path that is below its threshold."""

    path: str
    direction: Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Voice below its threshold, at one place."""

    id: str
    state: AlarmState
    bottleneck: LinkId | None
    """Where the ways meet that suffer; None while it is not known."""
    ways: tuple[AffectedWay, ...]
    raised_at: datetime
    cleared_at: datetime | None
    mos_worst: float
    mos_latest: float | None
    """None while it is not measured: that neither clears nor worsens it."""
