"""One queue, and how a rate is shared: what a link does to the packets that want to leave by it.

Rates are in bit/s, delays in seconds, losses are ratios.  The formulas and what they leave out are
in docs/lab.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qosbot.lab.matching import Packet

OUTPUT_QUEUE_PACKETS = 40
"""IOS's default output hold queue of an interface without a policy."""

CLASS_QUEUE_PACKETS = 64
"""IOS's default queue limit of a class."""

FLOW_QUEUE_PACKETS = 16
"""IOS's default limit of one flow's queue in a class with fair-queue: a quarter of the class's."""

FAIR_QUEUES = 256
"""Into how many queues IOS spreads the flows of a class with fair-queue."""

QUANTUM_BYTES = 1500
"""What a round of the scheduler gives to each queue that waits: one full packet."""

_LARGEST_STATE = 4096
_LARGEST_WEIGHT = 1e100
"""Weights grow by the load from level to level and are scaled back here."""
_LEAST_RATE_BPS = 1.0
"""What is slower passes nothing, and weights stay numbers."""
_ROUNDS = 50
_WHOLE_STEPS = 8
_CLOSE = 1e-6
_LEAST_PASSED = 1e-15
"""Of what is offered: where all is lost there is still a size of what would pass."""


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


def single_queue(
    offers: Sequence[Offer], rate_bps: float, limit_packets: float
) -> tuple[Effect, ...]:
    """Return what a first-in first-out queue does to each offer in it.

    An M[X]/M/1/K queue: each offer comes in batches at random, of geometric size with mean
    (ca2 + 1) / 2, which gives its gaps that squared coefficient of variation.  A full queue is
    full because a batch came, so who comes in batches loses more than who comes alone.  Far
    above the rate the loss of all tends to the excess, (offered - rate) / offered.
    """
    packets_per_s = sum(offer.packets_per_s for offer in offers)
    if not packets_per_s or not sum(offer.bps for offer in offers):
        return (Effect(),) * len(offers)
    if rate_bps < _LEAST_RATE_BPS:
        return (Effect(loss=1.0),) * len(offers)
    limit = int(min(max(round(limit_packets), 1), _LARGEST_STATE))
    # The line serves what passes, and how large that is depends on who loses how much.
    service_s = _service_s(offers, [0.0] * len(offers), rate_bps)
    effects: tuple[Effect, ...] = ()
    for again in range(_ROUNDS):
        effects = _in_batches(offers, service_s, limit)
        found_s = _service_s(offers, [effect.loss for effect in effects], rate_bps)
        if abs(found_s - service_s) <= _CLOSE * service_s:
            break
        # Near the line's rate whole steps may lead back and forth for ever.
        service_s = found_s if again < _WHOLE_STEPS else (service_s + found_s) / 2
    return effects


def _service_s(offers: Sequence[Offer], losses: Sequence[float], rate_bps: float) -> float:
    """Return how long the line serves a packet of those that pass, on average."""
    passed = [
        offer.packets_per_s * max(1 - loss, _LEAST_PASSED)
        for offer, loss in zip(offers, losses, strict=True)
    ]
    bits = sum(pps * one.packet_bytes * 8 for pps, one in zip(passed, offers, strict=True))
    return bits / sum(passed) / rate_bps


def _in_batches(offers: Sequence[Offer], service_s: float, limit: int) -> tuple[Effect, ...]:
    """Solve the queue by its cuts: what rises above a level is what is served above it.

    With p(n) the share of time at level n, and q the chance that a batch goes on, the packets of
    an offer find n before them in proportion to S(n) = p(n) + q S(n-1); those that find the limit
    or more are lost.
    """
    sizes = [max((offer.burstiness + 1) / 2, 1.0) for offer in offers]
    onward = [1 - 1 / size for size in sizes]
    batches = [
        offer.packets_per_s * service_s / size for offer, size in zip(offers, sizes, strict=True)
    ]
    level, found = 1.0, [0.0] * len(offers)
    sums = [[0.0, 0.0, 0.0] for _ in offers]
    for ahead in range(limit):
        found = [level + q * before for q, before in zip(onward, found, strict=True)]
        for one, share in zip(sums, found, strict=True):
            one[0] += share
            one[1] += share * ahead
            one[2] += share * ahead**2
        level = sum(rate * share for rate, share in zip(batches, found, strict=True))
        if level > _LARGEST_WEIGHT:
            level /= _LARGEST_WEIGHT
            found = [share / _LARGEST_WEIGHT for share in found]
            sums = [[value / _LARGEST_WEIGHT for value in one] for one in sums]
    effects = []
    for (let_in, first, second), q, before in zip(sums, onward, found, strict=True):
        refused = (level + q * before) / (1 - q)
        mean = first / let_in
        effects.append(
            Effect(
                loss=refused / (let_in + refused),
                delay_s=mean * service_s,
                variance_s2=max(second / let_in - mean**2, 0.0) * service_s**2,
            )
        )
    return tuple(effects)


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
    others' quanta; without overload that holds for who asks for less than half a share.  Whose
    flows fall into the queue of one that asks for more share its fate.
    """
    served = share_rate(
        [offer.bps for offer in offers], [offer.flows for offer in offers], rate_bps
    )
    demand = sum(offer.bps for offer in offers)
    everyone = single_queue(offers, rate_bps, CLASS_QUEUE_PACKETS)
    equal_bps = rate_bps / max(total_flows, 1)
    heavy = [(one, got) for one, got in zip(offers, served, strict=True) if got < one.bps]
    effects = []
    for offer, got, alone in zip(offers, served, everyone, strict=True):
        others = total_flows - offer.flows
        turn = uniform_wait(backlog, round_s(others, rate_bps))
        if got < offer.bps:
            full_s = FLOW_QUEUE_PACKETS * offer.packet_bytes * 8 * offer.flows / got if got else 0.0
            effects.append(Effect(loss=1 - got / offer.bps, delay_s=full_s).then(turn))
        elif heavy and offer.bps:
            effects.append(_among_heavy(offer, heavy, turn))
        elif demand > rate_bps or offer.bps / offer.flows < equal_bps / 2:
            effects.append(turn)
        else:
            effects.append(alone)
    return tuple(effects)


def _among_heavy(offer: Offer, heavy: Sequence[tuple[Offer, float]], turn: Effect) -> Effect:
    """Return what becomes of small flows whose queue is their own, or that of a heavy flow.

    Flows fall into queues by chance, and every queue that is always full gets an equal share.
    """
    flows = sum(one.flows for one, _ in heavy)
    hit = 1 - (1 - 1 / FAIR_QUEUES) ** flows
    full_queues = min(FAIR_QUEUES * hit, flows)
    share_bps = (sum(got for _, got in heavy) + hit * offer.bps) / full_queues
    beside = [
        replace(one, packets_per_s=one.packets_per_s / full_queues, flows=1) for one, _ in heavy
    ]
    alone = replace(offer, packets_per_s=offer.packets_per_s / offer.flows, flows=1)
    shared = single_queue([alone, *beside], share_bps, FLOW_QUEUE_PACKETS)[0]
    return _either(turn, shared, hit)


def _either(usual: Effect, rare: Effect, share: float) -> Effect:
    """Return what packets meet of which a share meets another effect."""
    loss = (1 - share) * usual.loss + share * rare.loss
    passed = (1 - share) * (1 - usual.loss), share * (1 - rare.loss)
    mean = (passed[0] * usual.delay_s + passed[1] * rare.delay_s) / sum(passed)
    squares = sum(
        weight * (one.variance_s2 + (one.delay_s - mean) ** 2)
        for weight, one in zip(passed, (usual, rare), strict=True)
    )
    return Effect(loss=loss, delay_s=mean, variance_s2=squares / sum(passed))


def round_s(others: int, rate_bps: float) -> float:
    """Return how long a deficit round robin serves the others before it comes back to us.

    The others are queues of classes, or flows within a class with fair-queue.  Each that has
    something waiting has one quantum a round (Shreedhar and Varghese, 1995).
    """
    return others * QUANTUM_BYTES * 8 / rate_bps if rate_bps > 0 else 0.0


def backlog_share(offered_bps: float, rate_bps: float, queues: int) -> float:
    """Return how often all queues have something waiting: (offered / rate) ** queues, at most 1."""
    if rate_bps <= 0:
        return 1.0
    return float(min(offered_bps / rate_bps, 1.0) ** max(queues, 1))
