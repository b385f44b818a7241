"""One queue, and how a rate is shared: what a link does to the packets that want to leave by it.

Rates are in bit/s, delays in seconds, losses are ratios.  The formulas and what they leave out are
in docs/lab.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qosbot.lab.matching import Packet

OUTPUT_QUEUE_PACKETS = 40
"""IOS's default output hold queue of an interface without a policy."""

CLASS_QUEUE_PACKETS = 64
"""IOS's default queue limit of a class."""

FLOW_QUEUE_PACKETS = 16
"""IOS's default limit of one flow's queue in a class with fair-queue: a quarter of the class's."""

QUANTUM_BYTES = 1500
"""What a round of the scheduler gives to each active flow: one full packet."""

_LARGEST_STATE = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Like flows that want to leave together."""

    packet: Packet
    packets_per_s: float
    packet_bytes: float
    """As the scheduler counts them."""
    flows: int
    burstiness: float
    """Squared coefficient of variation of the gaps; 1 is Poisson."""

    @property
    def bps(self) -> float:
        """The offered rate."""
        return self.packets_per_s * self.packet_bytes * 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a place does to the packets of one flow."""

    loss: float = 0.0
    delay_s: float = 0.0
    """Mean waiting of those that pass."""
    variance_s2: float = 0.0
    dscp: int | None = None
    """The new mark; None if it stays."""

    def then(self, later: "Effect") -> "Effect":
        """Return both in a row: survivals multiply, delays and variances add."""
        return Effect(
            loss=1 - (1 - self.loss) * (1 - later.loss),
            delay_s=self.delay_s + later.delay_s,
            variance_s2=self.variance_s2 + later.variance_s2,
            dscp=self.dscp if later.dscp is None else later.dscp,
        )


def single_queue(offers: Sequence[Offer], rate_bps: float, limit_packets: float) -> Effect:
    """Return what a first-in first-out queue does to everything in it.

    An M/M/1/K queue whose packets come in batches: with burst factor b = (ca2 + 1) / 2 the limit
    is K / b batches and each waiting batch takes b service times.  Far above the rate the loss
    tends to the excess, (offered - rate) / offered, and the delay to the full queue.
    """
    packets_per_s = sum(offer.packets_per_s for offer in offers)
    offered_bps = sum(offer.bps for offer in offers)
    if not packets_per_s or not offered_bps:
        return Effect()
    if rate_bps <= 0:
        return Effect(loss=1.0)
    variation = sum(offer.packets_per_s * offer.burstiness for offer in offers) / packets_per_s
    batch = max((variation + 1) / 2, 1.0)
    service_s = offered_bps / packets_per_s / rate_bps
    limit = int(min(max(round(limit_packets / batch), 1), _LARGEST_STATE))
    levels = np.arange(limit + 1)
    log_weights = levels * np.log(offered_bps / rate_bps)
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    # An arriving packet that is let in sees the queue at any level but full.
    seen = weights[:-1] / max(weights[:-1].sum(), 1e-300)
    mean = float((levels[:-1] * seen).sum())
    variance = float((levels[:-1] ** 2 * seen).sum()) - mean**2
    step_s = batch * service_s
    return Effect(
        loss=float(weights[-1]),
        delay_s=mean * step_s,
        variance_s2=max(variance, 0.0) * step_s**2,
    )


def residual(busy: float, packet_bytes: float, rate_bps: float) -> Effect:
    """Return the wait for a packet already on the line, there with probability `busy`.

    Uniform over the packet's time: a priority packet does not interrupt another.
    """
    service_s = packet_bytes * 8 / rate_bps
    return uniform_wait(busy, service_s)


def uniform_wait(share: float, longest_s: float) -> Effect:
    """Return a wait that is uniform up to `longest_s` for `share` of the packets, else none."""
    mean = share * longest_s / 2
    return Effect(delay_s=mean, variance_s2=share * longest_s**2 / 3 - mean**2)


def share_rate(
    demands: Sequence[float], weights: Sequence[float], rate_bps: float
) -> tuple[float, ...]:
    """Return who gets how much of a rate: by weight, what one does not want goes to the others."""
    served = [0.0] * len(demands)
    left = max(rate_bps, 0.0)
    open_ones = {at for at, demand in enumerate(demands) if demand > 0}
    while open_ones and left > 0:
        total = sum(weights[at] for at in open_ones)
        if total <= 0:
            break
        full = {at for at in open_ones if demands[at] <= left * weights[at] / total}
        if not full:
            for at in open_ones:
                served[at] = left * weights[at] / total
            break
        for at in full:
            served[at] = demands[at]
        left -= sum(demands[at] for at in full)
        open_ones -= full
    return tuple(served)


def fair_queue(
    offers: Sequence[Offer], rate_bps: float, total_flows: int, backlog: float
) -> tuple[Effect, ...]:
    """Return what flow queues served in turn do to each offer.

    Under overload who asks for no more than an equal share loses nothing, but waits for the
    others' quanta; without overload that holds for who asks for less than half a share.
    """
    served = share_rate(
        [offer.bps for offer in offers], [offer.flows for offer in offers], rate_bps
    )
    demand = sum(offer.bps for offer in offers)
    everyone = single_queue(offers, rate_bps, CLASS_QUEUE_PACKETS)
    equal_bps = rate_bps / max(total_flows, 1)
    effects = []
    for offer, got in zip(offers, served, strict=True):
        others = total_flows - offer.flows
        turn = uniform_wait(backlog, round_s(others, rate_bps))
        if got < offer.bps:
            full_s = FLOW_QUEUE_PACKETS * offer.packet_bytes * 8 * offer.flows / got if got else 0.0
            effects.append(Effect(loss=1 - got / offer.bps, delay_s=full_s).then(turn))
        elif demand > rate_bps or offer.bps / offer.flows < equal_bps / 2:
            effects.append(turn)
        else:
            effects.append(everyone)
    return tuple(effects)


def round_s(other_flows: int, rate_bps: float) -> float:
    """Return how long a deficit round robin serves the others before it comes back to us.

    Each active flow has one quantum a round (Shreedhar and Varghese, 1995).
    """
    return other_flows * QUANTUM_BYTES * 8 / rate_bps if rate_bps > 0 else 0.0


def backlog_share(offered_bps: float, rate_bps: float, flows: int) -> float:
    """Return how often all `flows` have something waiting: (offered / rate) ** flows, at most 1."""
    if rate_bps <= 0:
        return 1.0
    return float(min(offered_bps / rate_bps, 1.0) ** max(flows, 1))
