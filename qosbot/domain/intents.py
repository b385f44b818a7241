"""What to change, in words that every vendor has; a platform renders it or refuses it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachVoicePolicy:
    """Give an interface without a queueing policy one that serves voice first.

    With `shape_bps` the whole is shaped to that rate, for a port that is faster than its circuit.
    """

    interface: str
    priority_bps: float
    reference_bps: float
    shape_bps: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPriority:
    """Give an existing voice class this much strict priority."""

    interface: str
    class_path: tuple[str, ...]
    """Policy, class, policy, class ... from the attached policy down."""
    priority_bps: float
    reference_bps: float
    may_touch_others: bool = False
    """Whether other interfaces that share the policy may be changed with this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddClassMatch:
    """Let an existing class match EF as well as what it matches now."""

    interface: str
    class_path: tuple[str, ...]
    dscp: int
    may_touch_others: bool = False
    """Whether other interfaces that share the class may be changed with this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferCodec:
    """Let new calls of a dial-peer prefer a codec; what it preferred before stays second."""

    dial_peer: int
    codec: str
    """A key of `codecs.CODECS`."""


Intent = AttachVoicePolicy | SetPriority | AddClassMatch | PreferCodec


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChange:
    """What will be typed on one device, and how to take it back."""

    device: str
    intent: Intent
    apply: tuple[str, ...]
    undo: tuple[str, ...]
    diff: str
    """Unified, of the touched sections of the configuration, secrets masked."""
    is_verified_syntax: bool
    """False where no recorded session or device backs a line: never applied without a person."""
    interruption: str
    """What calls in progress may notice: `none`, `up to 1 s` or `unknown`."""
