"""What the inventory knows that a configuration does not say: circuits, contracts, calls."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """What hangs on an interface, as the inventory has it; None is "it does not say"."""

    rate_out_bps: float | None = None
    """What the carrier sells, egress."""
    ef_contract_bps: float | None = None
    """What of it may be EF."""
    voice_need_bps: float | None = None
    """All expected calls that leave here, on the layer 2 of this link."""
    calls: int | None = None
    """Expected at once in the busy hour."""
    call_bps: float | None = None
    """Of one call in one direction, on the layer 2 of this link."""
    codec: str | None = None
    """Our name of the codec that the sizes rest on."""
    packet_time_s: float | None = None
    role: str | None = None
    """As in `wan`; links of one role are meant to carry one policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditContext:
    """The inventory's view of one device."""

    circuits: Mapping[str, Circuit] = field(default_factory=dict)
    """By the interface's full name, as the configuration has it."""
    accepted: Mapping[str, str] = field(default_factory=dict)
    """Ids of findings that an owner lives with, to the owner and the reason."""
