"""What guards look at: a proposal, the device it is for, and all that stands around both."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from qosbot.domain.alarms import AlarmState
from qosbot.domain.approvals import Decision
from qosbot.domain.inventory import Link, Mode, Policy
from qosbot.domain.precautions import Standing
from qosbot.domain.proposals import Proposal
from qosbot.domain.rules import Controls, PastChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a platform allows to be typed, and how long its revert timer can run."""

    allowed_lines: tuple[str, ...]
    """Regular expressions; a line without its indent must match one of them whole."""
    least_timer_min: int
    most_timer_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """All that the guards look at, as values."""

    now: datetime
    policy: Policy
    controls: Controls
    has_kill_switch: bool
    """The kill-switch file is there."""
    proposal: Proposal
    mode: Mode
    decision: Decision | None
    alarms: Mapping[str, AlarmState]
    """Of those that the proposal answers; one that is not here is no more."""
    link: Link | None
    """That the change is made on; None where it is none of the inventory's."""
    links: tuple[Link, ...] = ()
    """The others that the same policy is at work on; empty: none, or they are not known."""
    paths: tuple[str, ...] = ()
    """All that cross the links of the proposal now."""
    past: tuple[PastChange, ...]
    terms: Terms
    revert_after_min: int
    fingerprint: str | None = None
    """Of the device as it is now; None: not read."""
    finding: Standing | None = None
    """What is left of the finding that a precaution answers; None: the device was not read."""
    pending_revert_s: float | None = None
    """A timer that runs on the device before we armed one."""
    is_saved: bool | None = None
    """Whether running equals startup; None: not read."""
