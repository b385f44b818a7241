"""The MQC of one interface as `tc` commands and an nftables table: pure, values in, text out."""

from collections.abc import Iterator
from dataclasses import dataclass

from qosbot.lab.kernel.filters import Chain, Filters
from qosbot.lab.kernel.queues import (
    FAIR_QUEUES,
    ROOT,
    Path,
    Placement,
    Queue,
    Tree,
    policy_tree,
    port_tree,
)
from qosbot.lab.kernel.rates import BURST_S, PRIORITY_BURST_S, policing_burst
from qosbot.lab.mqc import DeviceConfig
from qosbot.lab.policies import PolicyClass, PolicyMap
from qosbot.lab.topology import CLASS_BYTES, FRAME_BYTES, Port

VETH_HEADER_BYTES = 14
"""What the kernel counts of a frame beside the IP packet where it leaves."""

_TIMER_S = 0.01
_LEAST_BURST_BYTES = 1600
_USUAL_BYTES = 60
"""A voice packet of G.729, for which rates are converted where framing differs."""
FIFO = 0x100
"""The handle of an HTB class's fifo is this plus the class's minor number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassPlace:
    """Where one class of an attached policy is counted."""

    direction: str
    """`input` or `output`."""
    path: Path
    offered: str
    """The counter of what came to it."""
    policed: str
    """The counter of what its policer dropped; empty: it has none."""
    queues: tuple[int, ...]
    """The HTB classes whose drops are its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What the kernel is told of one interface."""

    device: str
    """The kernel's name of it."""
    up: bool
    tc: tuple[str, ...]
    nft: str
    places: tuple[ClassPlace, ...]
    reason: object = None
    """What it was compiled from: counters restart when that changes, as on IOS."""


def compile_interface(config: DeviceConfig, port: Port, device: str) -> Compiled:
    """Return what an interface of a configuration is in the kernel.

    Args:
        config: the device's running configuration.
        port: the interface.
        device: its name in the kernel.
    """
    known = config.interface(port.name)
    out, inward = config.policy(known.policy_out), config.policy(known.policy_in)
    said_bps = known.bandwidth_bps or port.rate_out_bps
    tree = (
        policy_tree(config, out, port.rate_out_bps, said_bps)
        if out is not None
        else port_tree(port.rate_out_bps)
    )
    writer = _Writer(config, tree, said_bps, _counted_more(port))
    if out is not None:
        writer.attach("output", out, device)
    if inward is not None:
        writer.attach("input", inward, device)
    return Compiled(
        device=device,
        up=not known.is_shut,
        tc=tuple(tc_commands(tree, port, device)),
        nft=nft_table(device, writer.chains, writer.counters),
        places=tuple(writer.places),
        reason=tuple(
            config.closure(policy.name) if policy is not None else None for policy in (out, inward)
        ),
    )


def tc_commands(tree: Tree, port: Port, device: str) -> Iterator[str]:
    """Yield the commands that make a tree of queues on an interface without one.

    Classes count what IOS counts in them, the line what the line carries.
    """
    class_bytes = CLASS_BYTES[port.layer2]
    correction = class_bytes - VETH_HEADER_BYTES
    stab = f" stab overhead {correction} linklayer ethernet" if correction else ""
    yield f"qdisc add dev {device} root handle 1:{stab} htb default {tree.default:x}"
    for queue in tree.queues:
        line_bytes = FRAME_BYTES[port.layer2] - class_bytes if queue.minor == ROOT else 0
        yield from queue_commands(device, queue, line_bytes)


def queue_commands(device: str, queue: Queue, line_bytes: int = 0) -> Iterator[str]:
    """Yield the commands that make one class, and the fifo of one that holds packets."""
    parent = f"1:{queue.parent:x}" if queue.parent else "1:"
    overhead = f" overhead {line_bytes}" if line_bytes else ""
    burst = queue.burst_bytes or _catching_up(queue.rate_bps)
    yield (
        f"class add dev {device} parent {parent} classid 1:{queue.minor:x} htb"
        f" rate {round(queue.rate_bps)}bit ceil {round(queue.ceil_bps)}bit{overhead}"
        f" prio {queue.priority} quantum {queue.quantum_bytes}"
        f" burst {burst}b cburst {_catching_up(queue.ceil_bps)}b"
    )
    if queue.limit is not None:
        kind = "bfifo" if queue.limit.in_bytes else "pfifo"
        if queue.limit.keeps_latest:
            kind = "pfifo_head_drop"
        yield (
            f"qdisc add dev {device} parent 1:{queue.minor:x} handle {FIFO + queue.minor:x}:"
            f" {kind} limit {queue.limit.amount}"
        )


def _catching_up(bps: float) -> int:
    """Return what may be sent at once after the kernel's timer came late, lest a line be slower."""
    return max(round(bps / 8 * _TIMER_S), _LEAST_BURST_BYTES)


def nft_table(device: str, chains: list[Chain], counters: list[str]) -> str:
    """Return the input to nft that replaces an interface's table; empty chains only remove it."""
    name = table_name(device)
    text = f"add table netdev {name}\ndelete table netdev {name}\n"
    if not chains:
        return text
    inner = "".join(f" counter {counter} {{ }}\n" for counter in counters)
    inner += "".join(chain.text() for chain in chains)
    return f"{text}table netdev {name} {{\n{inner}}}\n"


def table_name(device: str) -> str:
    """Return the name of an interface's table."""
    return f"mqc-{device}"


def policing(bps: float, burst_s: float = BURST_S) -> str:
    """Return the nft expression that is true for what exceeds a rate."""
    burst = policing_burst(bps, burst_s)
    return f"limit rate over {max(round(bps / 8), 1)} bytes/second burst {burst} bytes"


class _Writer:
    """Writes the chains of attached policies."""

    def __init__(
        self, config: DeviceConfig, tree: Tree, said_bps: float, counted_more: float
    ) -> None:
        self._config = config
        self._counted_more = counted_more
        self._tree = tree
        self._said_bps = said_bps
        self._filters = Filters(config.classifier)
        self._own: list[Chain] = []
        self._hooks: list[Chain] = []
        self.counters: list[str] = []
        self.places: list[ClassPlace] = []

    @property
    def chains(self) -> list[Chain]:
        return [*self._filters.chains, *self._own, *self._hooks]

    def attach(self, direction: str, policy: PolicyMap, device: str) -> None:
        hook = "egress" if direction == "output" else "ingress"
        top = self._policy(direction, policy, ())
        self._hooks.append(
            Chain(
                name=direction,
                hook=f'type filter hook {hook} device "{device}" priority 0; policy accept;',
                rules=(f"goto {top}",),
            )
        )

    def _policy(self, direction: str, policy: PolicyMap, path: Path) -> str:
        """Write a policy's chains, children first; return the name of the one to go to."""
        rules: list[str] = []
        for cls in policy.classes:
            here = (*path, policy.name, cls.name)
            at = len(self.places)
            self.places.append(self._place(direction, cls, here))
            target = self._class(direction, cls, here, self.places[at])
            if cls is policy.classes[-1]:
                rules.append(f"goto {target}")
            else:
                rules += [f"jump {self._filters.class_map(cls.name)}", f"meta mark 1 goto {target}"]
        name = f"policy{len(self._own)}"
        self._own.append(Chain(name=name, rules=tuple(rules)))
        return name

    def _place(self, direction: str, cls: PolicyClass, path: Path) -> ClassPlace:
        serial = len(self.places)
        offered = f"offered{serial}"
        self.counters.append(offered)
        policed = ""
        if cls.police is not None:
            policed = f"policed{serial}"
            self.counters.append(policed)
        where = self._tree.places.get(path) if direction == "output" else None
        return ClassPlace(
            direction=direction,
            path=path,
            offered=offered,
            policed=policed,
            queues=where.owns if where is not None else (),
        )

    def _class(self, direction: str, cls: PolicyClass, path: Path, place: ClassPlace) -> str:
        rules = [f"counter name {place.offered}", *self._marking(cls, place)]
        child = self._config.policy(cls.child)
        if child is not None and child.name not in path:
            rules.append(f"goto {self._policy(direction, child, path)}")
        elif direction == "output":
            rules += _queueing(self._tree.places[path], self._counted_more)
        name = f"to{len(self._own)}"
        self._own.append(Chain(name=name, rules=tuple(rules)))
        return name

    def _marking(self, cls: PolicyClass, place: ClassPlace) -> Iterator[str]:
        if cls.set_dscp is not None:
            yield f"ip dscp set {cls.set_dscp}"
        police = cls.police
        if police is None:
            return
        exceeds = policing(police.rate.bps(self._said_bps) * self._counted_more)
        if police.exceed_drops:
            yield f"{exceeds} counter name {place.policed} drop"
            if police.conform_dscp is not None:
                yield f"ip dscp set {police.conform_dscp}"
            return
        yield "meta mark set 0"
        yield f"{exceeds} meta mark set 1"
        for mark, dscp in ((0, police.conform_dscp), (1, police.exceed_dscp)):
            if dscp is not None:
                yield f"meta mark {mark} ip dscp set {dscp}"


def _counted_more(port: Port) -> float:
    """Return by how much a rate must be greater in nftables, which counts Ethernet's header.

    That depends on the packets' size where the line has another framing; it is exact for G.729.
    """
    own = _USUAL_BYTES + CLASS_BYTES[port.layer2]
    return (_USUAL_BYTES + VETH_HEADER_BYTES) / own


def _queueing(place: Placement, counted_more: float) -> Iterator[str]:
    if place.excess:
        exceeds = policing(place.priority_bps * counted_more, PRIORITY_BURST_S)
        yield f"{exceeds} meta priority set 1:{place.excess:x} accept"
    if not place.fair:
        yield f"meta priority set 1:{place.queue:x} accept"
        return
    for at in range(FAIR_QUEUES):
        queue = f"1:{place.queue + at:x}"
        yield f"th sport & {FAIR_QUEUES - 1} == {at} meta priority set {queue} accept"
    yield f"meta priority set 1:{place.queue:x} accept"
