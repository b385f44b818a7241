"""A policy on an interface: classes, strict priority, shares, shapers and policers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qosbot.lab.class_state import ClassState, Path, class_state
from qosbot.lab.mqc import DeviceConfig
from qosbot.lab.policies import CLASS_DEFAULT, PolicyClass, PolicyMap, parts_of_the_rest
from qosbot.lab.queueing import (
    CLASS_QUEUE_PACKETS,
    OUTPUT_QUEUE_PACKETS,
    Effect,
    Offer,
    backlog_share,
    fair_queue,
    residual,
    round_s,
    share_rate,
    single_queue,
    uniform_wait,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a policy does to each offer, and how its classes stand, in configuration order."""

    effects: Mapping[int, Effect]
    classes: tuple[ClassState, ...]


@dataclass(slots=True, kw_only=True)
class _Queue:
    """The classes that share one queue, and what wants to leave by it."""

    owner: PolicyClass
    members: list[int] = field(default_factory=list)
    demand_bps: float = 0.0
    rate_bps: float = 0.0


class Scheduler:
    """The policies of one device applied to offers, which are known by their number."""

    def __init__(self, config: DeviceConfig, offers: Sequence[Offer]) -> None:
        self._config = config
        self._offers = offers

    def mark_and_police(self, policy_name: str, members: Sequence[int]) -> Outcome:
        """Return what an input policy does: it marks and polices, and never queues."""
        policy = self._config.policy(policy_name)
        if policy is None:
            return Outcome(effects={}, classes=())
        classes = self._classify(policy, members)
        effects = {at: Effect() for at in members}
        for cls in policy.classes:
            effects.update(self._entry(cls, classes[cls.name]))
        return Outcome(effects=effects, classes=self._states(policy, classes, effects, (), ()))

    def schedule(  # noqa: PLR0913 - a queue is what its six sides make it
        self,
        policy_name: str,
        members: Sequence[int],
        *,
        rate_bps: float,
        reference_bps: float,
        limit_packets: float = OUTPUT_QUEUE_PACKETS,
        prefix: Path = (),
    ) -> Outcome:
        """Return what leaving by a rate under a policy does; without one, a single queue."""
        policy = self._config.policy(policy_name)
        each = single_queue([self._offers[at] for at in members], rate_bps, limit_packets)
        fifo = dict(zip(members, each, strict=True))
        if policy is None or policy.name in prefix:
            return Outcome(effects=fifo, classes=())
        classes = self._classify(policy, members)
        effects = {at: Effect() for at in members}
        for cls in policy.classes:
            effects.update(self._entry(cls, classes[cls.name]))
        if not policy.queues:
            effects = {at: effect.then(fifo[at]) for at, effect in effects.items()}
            return Outcome(effects=effects, classes=self._states(policy, classes, effects, prefix))
        below: list[ClassState] = []
        for at, effect in self._serve(
            policy, classes, effects, rate_bps, reference_bps, (*prefix, policy.name), below
        ).items():
            effects[at] = effects[at].then(effect)
        return Outcome(
            effects=effects, classes=self._states(policy, classes, effects, prefix, below)
        )

    def _classify(self, policy: PolicyMap, members: Sequence[int]) -> dict[str, list[int]]:
        taken: dict[str, list[int]] = {cls.name: [] for cls in policy.classes}
        for at in members:
            packet = self._offers[at].packet
            for cls in policy.classes:
                if cls.name == CLASS_DEFAULT or self._config.classifier.takes(cls.name, packet):
                    taken[cls.name].append(at)
                    break
        return taken

    def _entry(self, cls: PolicyClass, members: Sequence[int]) -> dict[int, Effect]:
        """Return what `set` and `police` do before any queue."""
        loss, dscp = 0.0, cls.set_dscp
        if cls.police is not None:
            offered = sum(self._offers[at].bps for at in members)
            excess = max(1 - cls.police.rate.bps(offered) / offered, 0.0) if offered else 0.0
            loss = excess if cls.police.exceed_drops else 0.0
            if cls.police.conform_dscp is not None:
                dscp = cls.police.conform_dscp
            # A flow has one mark here, so the mark of the larger part stands for all of it.
            if cls.police.exceed_dscp is not None and excess > 0.5:  # noqa: PLR2004 - the larger part
                dscp = cls.police.exceed_dscp
        return {at: Effect(loss=loss, dscp=dscp) for at in members}

    def _serve(  # noqa: PLR0913, PLR0917 - inner step of one algorithm
        self,
        policy: PolicyMap,
        classes: Mapping[str, list[int]],
        entry: Mapping[int, Effect],
        rate_bps: float,
        reference_bps: float,
        path: Path,
        below: list[ClassState],
    ) -> dict[int, Effect]:
        priority, shared = self._queues(policy, classes, entry, reference_bps)
        demand = sum(queue.demand_bps for queue in (*priority, *shared))
        effects: dict[int, Effect] = {}
        left = rate_bps
        for queue in priority:
            bound = queue.owner.priority
            # IOS polices a priority class only while there is congestion.
            allowed = left
            if bound is not None and demand > rate_bps:
                allowed = min(left, bound.bps(reference_bps))
            queue.rate_bps = min(queue.demand_bps, allowed)
            left -= queue.rate_bps
        busy = max(min(demand / rate_bps, 1.0) - 1 + left / rate_bps, 0.0) if rate_bps else 1.0
        for queue in priority:
            effects.update(self._priority(queue, shared, rate_bps, busy))
        self._share(policy, shared, max(left, 0.0), reference_bps)
        flows = sum(self._offers[at].flows for queue in shared for at in queue.members)
        among_flows = backlog_share(demand, rate_bps, flows)
        busy_queues = sum(queue.demand_bps > 0 for queue in shared)
        among_queues = backlog_share(demand, rate_bps, busy_queues)
        for queue in shared:
            others = busy_queues - (queue.demand_bps > 0)
            turn = uniform_wait(among_queues, round_s(others, left))
            for at, effect in self._in_queue(
                queue, reference_bps, (*path, queue.owner.name), among_flows, below
            ).items():
                effects[at] = effect.then(turn)
        return effects

    def _queues(
        self,
        policy: PolicyMap,
        classes: Mapping[str, list[int]],
        entry: Mapping[int, Effect],
        reference_bps: float,
    ) -> tuple[list[_Queue], list[_Queue]]:
        priority: list[_Queue] = []
        shared: dict[str, _Queue] = {}
        default = policy.classes[-1]
        for cls in policy.classes:
            # A nested policy is for class-default's own packets, so others queue beside it.
            owner = cls if cls.has_queue or default.child else default
            demand = sum(self._offers[at].bps * (1 - entry[at].loss) for at in classes[cls.name])
            if owner.is_priority:
                queue = _Queue(owner=owner)
                priority.append(queue)
            else:
                queue = shared.setdefault(owner.name, _Queue(owner=owner))
            queue.members += classes[cls.name]
            queue.demand_bps += demand
        for queue in shared.values():
            if queue.owner.shape is not None:
                limit = queue.owner.shape.bps(reference_bps)
                queue.demand_bps = min(queue.demand_bps, limit)
        priority.sort(key=lambda queue: queue.owner.priority_level)
        return priority, list(shared.values())

    def _priority(
        self, queue: _Queue, shared: Sequence[_Queue], rate_bps: float, busy: float
    ) -> dict[int, Effect]:
        offers = [self._offers[at] for at in queue.members]
        others = [self._offers[at] for other in shared for at in other.members]
        packets = sum(offer.packets_per_s for offer in others)
        mean_bytes = sum(offer.bps for offer in others) / packets / 8 if packets else 0.0
        loss = 1 - queue.rate_bps / queue.demand_bps if queue.demand_bps else 0.0
        if rate_bps <= 0:
            return dict.fromkeys(queue.members, Effect(loss=1.0))
        thinned = [
            Offer(
                packet=offer.packet,
                packets_per_s=offer.packets_per_s * (1 - loss),
                packet_bytes=offer.packet_bytes,
                flows=offer.flows,
                burstiness=offer.burstiness,
            )
            for offer in offers
        ]
        effect = Effect(loss=loss).then(residual(busy, mean_bytes, rate_bps))
        waits = single_queue(thinned, rate_bps, CLASS_QUEUE_PACKETS)
        return {at: effect.then(wait) for at, wait in zip(queue.members, waits, strict=True)}

    def _share(
        self, policy: PolicyMap, shared: Sequence[_Queue], left_bps: float, reference_bps: float
    ) -> None:
        """Give each queue the rate that it can count on."""
        weights = _weights(policy, shared, reference_bps)
        demands = [queue.demand_bps for queue in shared]
        served = share_rate(demands, weights, left_bps)
        wanted = sum(weight for weight, demand in zip(weights, demands, strict=True) if demand > 0)
        for queue, got, weight in zip(shared, served, weights, strict=True):
            guaranteed = left_bps * weight / wanted if wanted and queue.demand_bps else 0.0
            queue.rate_bps = max(left_bps - sum(served) + got, min(guaranteed, left_bps))
            if queue.owner.shape is not None:
                queue.rate_bps = min(queue.rate_bps, queue.owner.shape.bps(reference_bps))

    def _in_queue(
        self,
        queue: _Queue,
        reference_bps: float,
        path: Path,
        backlog: float,
        below: list[ClassState],
    ) -> dict[int, Effect]:
        owner, offers = queue.owner, [self._offers[at] for at in queue.members]
        limit = _limit_packets(owner, offers, queue.rate_bps)
        if owner.child:
            own = owner.shape or owner.bandwidth
            outcome = self.schedule(
                owner.child,
                queue.members,
                rate_bps=queue.rate_bps,
                reference_bps=own.bps(reference_bps) if own else reference_bps,
                limit_packets=limit,
                prefix=path,
            )
            below += outcome.classes
            return dict(outcome.effects)
        if owner.fair_queue:
            flows = sum(offer.flows for offer in offers)
            each = fair_queue(offers, queue.rate_bps, flows, backlog)
        else:
            each = single_queue(offers, queue.rate_bps, limit)
        return dict(zip(queue.members, each, strict=True))

    def _states(
        self,
        policy: PolicyMap,
        classes: Mapping[str, list[int]],
        effects: Mapping[int, Effect],
        prefix: Path,
        below: Sequence[ClassState] = (),
    ) -> tuple[ClassState, ...]:
        states: list[ClassState] = []
        for cls in policy.classes:
            path = (*prefix, policy.name, cls.name)
            offers = [(self._offers[at], effects[at]) for at in classes[cls.name]]
            states.append(class_state(path, offers))
            states += [state for state in below if state.path[: len(path)] == path]
        return tuple(states)


def _weights(policy: PolicyMap, shared: Sequence[_Queue], reference_bps: float) -> list[float]:
    """Return each queue's weight: its guarantee; what nobody reserved is split by the others."""
    reserved = sum(
        rate.bps(reference_bps)
        for cls in policy.classes
        for rate in (cls.priority, cls.bandwidth)
        if rate is not None
    )
    unreserved = max(reference_bps - reserved, reference_bps / 100)
    bandwidths = [queue.owner.bandwidth for queue in shared]
    parts = parts_of_the_rest(bandwidths)
    return [
        unreserved * part + (rate.bps(reference_bps) if rate is not None else 0.0)
        for part, rate in zip(parts, bandwidths, strict=True)
    ]


def _limit_packets(cls: PolicyClass, offers: Sequence[Offer], rate_bps: float) -> float:
    if cls.queue_limit is None:
        return CLASS_QUEUE_PACKETS
    amount, unit = cls.queue_limit
    packets = sum(offer.packets_per_s for offer in offers)
    mean_bytes = sum(offer.bps for offer in offers) / packets / 8 if packets else 1.0
    if unit == "bytes":
        return amount / mean_bytes
    return amount * rate_bps / 8000 / mean_bytes if unit == "ms" else amount
