"""How one class of an attached policy stands."""

from collections.abc import Sequence
from dataclasses import dataclass

from qosbot.lab.queueing import Effect, Offer

Path = tuple[str, ...]
"""Policy, class, policy, class ... from the root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassState:
    """What one class of an attached policy is doing; the bytes are those of class counters."""

    path: Path
    offered_pps: float
    offered_bytes_per_s: float
    dropped_pps: float
    dropped_bytes_per_s: float
    depth_packets: float
    depth_bytes: float


def class_state(path: Path, offers: Sequence[tuple[Offer, Effect]]) -> ClassState:
    """Return the state of a class from what it was offered and what became of that."""
    return ClassState(
        path=path,
        offered_pps=sum(offer.packets_per_s for offer, _ in offers),
        offered_bytes_per_s=sum(offer.bps / 8 for offer, _ in offers),
        dropped_pps=sum(offer.packets_per_s * effect.loss for offer, effect in offers),
        dropped_bytes_per_s=sum(offer.bps / 8 * effect.loss for offer, effect in offers),
        depth_packets=sum(
            offer.packets_per_s * (1 - effect.loss) * effect.delay_s for offer, effect in offers
        ),
        depth_bytes=sum(
            offer.bps / 8 * (1 - effect.loss) * effect.delay_s for offer, effect in offers
        ),
    )
