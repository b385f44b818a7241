"""A policy as HTB classes: pure, a configuration in and a tree of queues out.

How IOS's actions come to stand in HTB, the one scheduler that this kernel has:

- `priority`: a class with HTB priority 0 and its rate; while it keeps to that rate nobody is served
  before it.  What exceeds the rate goes to a class beside it that is served last and keeps the
  ten latest: it passes while the line has room and is dropped under congestion, as IOS polices it.
- `bandwidth`: a class with that rate, which borrows the rest as HTB lends it.
- `shape`: the class's ceiling.  `queue-limit`: the length of its pfifo, or bfifo for bytes and ms.
- `fair-queue`: sixteen queues under the class, by the packet's source port.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from qosbot.lab.kernel.rates import (
    LEAST_SURE_BPS,
    PRIORITY_BURST_S,
    ClassRates,
    Room,
    policing_burst,
    rates_of,
)
from qosbot.lab.mqc import DeviceConfig
from qosbot.lab.policies import PolicyClass, PolicyMap

ROOT = 1
PORT_QUEUE_PACKETS = 40
CLASS_QUEUE_PACKETS = 64
FAIR_QUEUES = 16
_FAIR_QUEUE_PACKETS = 16
_EXCESS_PACKETS = 10
_SPARE = 1.05
"""By how much a priority class may be faster than its policer, lest a queue stand between them."""
_FIRST, _LAST = 1, 7
"""HTB priorities of the classes without `priority`, and of what exceeds one."""
_SMALLEST_QUANTUM, _LARGEST_QUANTUM = 1514, 15140

Path = tuple[str, ...]
"""Policy, class, policy, class ... from the root."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much a queue holds."""

    amount: int
    in_bytes: bool = False
    keeps_latest: bool = False
    """A full queue drops the oldest rather than what comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """One HTB class; without a limit it only holds others."""

    minor: int
    parent: int
    rate_bps: float
    ceil_bps: float
    priority: int = 0
    limit: Limit | None = None
    quantum_bytes: int = _SMALLEST_QUANTUM
    burst_bytes: int = 0
    """What may be sent at once beyond the rate; 0: as HTB reckons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a class's packets go."""

    queue: int
    """The HTB class; of a fair queue the first of sixteen."""
    excess: int = 0
    """Where what exceeds `priority_bps` goes; 0: nothing does."""
    priority_bps: float = 0.0
    fair: bool = False
    owns: tuple[int, ...] = ()
    """The queues that hold nobody else's packets: their drops are this class's."""


@dataclass(slots=True, kw_only=True)
class Tree:
    """The queues of one interface, and where each class's packets go."""

    queues: list[Queue] = field(default_factory=list)
    places: dict[Path, Placement] = field(default_factory=dict)
    default: int = 0
    """Where a packet goes that no rule sends anywhere."""


def port_tree(port_bps: float) -> Tree:
    """Return the queue of an interface without a policy."""
    tree = Tree(queues=[_root(port_bps)], default=ROOT + 1)
    tree.queues.append(
        Queue(
            minor=ROOT + 1,
            parent=ROOT,
            rate_bps=port_bps,
            ceil_bps=port_bps,
            limit=Limit(amount=PORT_QUEUE_PACKETS),
        )
    )
    return tree


def policy_tree(config: DeviceConfig, policy: PolicyMap, port_bps: float, said_bps: float) -> Tree:
    """Return the queues of an interface with an output policy.

    Args:
        config: the device's configuration, for nested policies.
        policy: what is attached.
        port_bps: the line's rate.
        said_bps: what shares are shares of: `bandwidth`, else the line's rate.
    """
    if not _queues(config, policy):
        tree = port_tree(port_bps)
        for path, _ in _classes(config, policy, ()):
            tree.places[path] = Placement(queue=tree.default)
        return tree
    builder = _Builder(config, Tree(queues=[_root(port_bps)]))
    room = Room(limit_bps=port_bps, reference_bps=said_bps, sure_bps=port_bps)
    builder.policy(policy, (), ROOT, room)
    return builder.tree


def _root(port_bps: float) -> Queue:
    return Queue(minor=ROOT, parent=0, rate_bps=port_bps, ceil_bps=port_bps)


def _queues(config: DeviceConfig, policy: PolicyMap) -> bool:
    return policy.queues and any(
        cls.is_priority or cls.bandwidth or cls.shape or cls.fair_queue or _child(config, cls)
        for cls in policy.classes
    )


def _child(config: DeviceConfig, cls: PolicyClass) -> PolicyMap | None:
    child = config.policy(cls.child)
    return child if child is not None and _queues(config, child) else None


def _classes(
    config: DeviceConfig, policy: PolicyMap, path: Path
) -> Iterator[tuple[Path, PolicyClass]]:
    for cls in policy.classes:
        here = (*path, policy.name, cls.name)
        yield here, cls
        child = config.policy(cls.child)
        if child is not None and child.name not in here:
            yield from _classes(config, child, here)


class _Builder:
    """Adds the classes of a policy below one of HTB's."""

    def __init__(self, config: DeviceConfig, tree: Tree) -> None:
        self._config = config
        self.tree = tree
        self._next = ROOT + 1

    def policy(self, policy: PolicyMap, path: Path, parent: int, room: Room) -> None:
        """Add a policy's classes."""
        own = [cls for cls in policy.classes if cls.has_queue]
        rates = rates_of(own, room)
        for cls in own:
            here = (*path, policy.name, cls.name)
            add = self._priority if cls.is_priority else self._shared
            add(cls, here, parent, rates[cls.name])
        default = self.tree.places[*path, policy.name, policy.classes[-1].name]
        if not path:
            self.tree.default = default.queue
        for cls in policy.classes:
            here = (*path, policy.name, cls.name)
            if here not in self.tree.places:
                self.tree.places[here] = Placement(queue=default.queue, fair=default.fair)
            self._below(here, self.tree.places[here])

    def _priority(self, cls: PolicyClass, path: Path, parent: int, rates: ClassRates) -> None:
        level = min(cls.priority_level, 2) - 1
        own = self._add(
            parent,
            replace(rates, sure_bps=min(rates.sure_bps * _SPARE, rates.ceil_bps)),
            priority=level,
            limit=_limit(cls, rates.wanted_bps),
            # As much as is allowed to it, so that what may pass never waits for a token.
            burst=policing_burst(rates.wanted_bps, PRIORITY_BURST_S),
        )
        excess = 0
        if cls.priority is not None:
            latest = Limit(amount=_EXCESS_PACKETS, keeps_latest=True)
            spare = replace(rates, sure_bps=LEAST_SURE_BPS, wanted_bps=LEAST_SURE_BPS)
            excess = self._add(parent, spare, priority=_LAST, limit=latest)
        self.tree.places[path] = Placement(
            queue=own,
            excess=excess,
            priority_bps=rates.wanted_bps if excess else 0.0,
            owns=(own, excess) if excess else (own,),
        )

    def _shared(self, cls: PolicyClass, path: Path, parent: int, rates: ClassRates) -> None:
        child = _child(self._config, cls)
        if child is not None and child.name not in path:
            inner = self._add(parent, rates, priority=_FIRST, limit=None)
            before = len(self.tree.queues)
            self.policy(child, path, inner, rates.room())
            added = tuple(q.minor for q in self.tree.queues[before:] if q.limit is not None)
            place = self.tree.places[*path, child.name, child.classes[-1].name]
            self.tree.places[path] = Placement(queue=place.queue, fair=place.fair, owns=added)
            return
        if not cls.fair_queue:
            own = self._add(parent, rates, priority=_FIRST, limit=_limit(cls, rates.ceil_bps))
            self.tree.places[path] = Placement(queue=own, owns=(own,))
            return
        inner = self._add(parent, rates, priority=_FIRST, limit=None)
        equal = replace(
            rates, sure_bps=max(rates.sure_bps / FAIR_QUEUES, LEAST_SURE_BPS), wanted_bps=0.0
        )
        limit = Limit(amount=_FAIR_QUEUE_PACKETS)
        leaves = tuple(
            self._add(inner, equal, priority=_FIRST, limit=limit) for _ in range(FAIR_QUEUES)
        )
        self.tree.places[path] = Placement(queue=leaves[0], fair=True, owns=leaves)

    def _below(self, path: Path, place: Placement) -> None:
        """Let the classes of a nested policy that queues nothing share their parent's queue."""
        cls = self._class_at(path)
        child = self._config.policy(cls.child)
        if child is None or _queues(self._config, child) or child.name in path:
            return
        for inner, _ in _classes(self._config, child, path):
            self.tree.places[inner] = Placement(queue=place.queue, fair=place.fair)

    def _class_at(self, path: Path) -> PolicyClass:
        policy = self._config.policy(path[-2])
        found = (cls for cls in policy.classes if cls.name == path[-1]) if policy else iter(())
        return next(found, PolicyClass(name=path[-1]))

    def _add(
        self,
        parent: int,
        rates: ClassRates,
        *,
        priority: int,
        limit: Limit | None,
        burst: int = 0,
    ) -> int:
        self._next += 1
        fitting = round(min(max(rates.wanted_bps / 800, _SMALLEST_QUANTUM), _LARGEST_QUANTUM))
        self.tree.queues.append(
            Queue(
                minor=self._next - 1,
                parent=parent,
                rate_bps=rates.sure_bps,
                ceil_bps=rates.ceil_bps,
                priority=priority,
                limit=limit,
                quantum_bytes=fitting,
                burst_bytes=burst,
            )
        )
        return self._next - 1


def _limit(cls: PolicyClass, rate_bps: float) -> Limit:
    amount, unit = cls.queue_limit or (float(CLASS_QUEUE_PACKETS), "packets")
    if unit == "bytes":
        return Limit(amount=max(round(amount), 1514), in_bytes=True)
    if unit == "ms":
        return Limit(amount=max(round(rate_bps * amount / 8000), 1514), in_bytes=True)
    return Limit(amount=max(round(amount), 1))
