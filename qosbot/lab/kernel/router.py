"""A router in the kernel: it gets what its CLI accepted, and gives what the kernel counted."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from qosbot.lab.kernel.compiler import ClassPlace, Compiled, compile_interface, table_name
from qosbot.lab.kernel.counters import Counters, LinkCount, QueueCount, RuleCount
from qosbot.lab.kernel.plant import Plant
from qosbot.lab.kernel.wiring import kernel_name
from qosbot.lab.mqc import DeviceConfig
from qosbot.lab.observed import ClassCounters, InterfaceCounters
from qosbot.lab.topology import CLASS_BYTES, NODE

_FRESH_S = 0.01
_RATE_OVER_S = 10.0
_KEEP_EVERY_S = 1.0
_DAMAGED = "damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that the kernel has counted of a router at one moment."""

    at_s: float
    links: Mapping[str, LinkCount]
    queues: Mapping[str, Mapping[int, QueueCount]]
    rules: Mapping[tuple[str, str], RuleCount]


@dataclass(slots=True, kw_only=True)
class _Interface:
    """What is known of an interface beside the kernel's own counts."""

    compiled: Compiled | None = None
    dropped_before: int = 0
    """By queues that have been replaced since."""
    dropped_octets: dict[tuple[str, ...], float] = field(default_factory=dict)
    """By class: the kernel counts dropped packets only, so the bytes are reckoned as they fall."""
    seen: dict[tuple[str, ...], tuple[int, int, int]] = field(default_factory=dict)
    """By class: dropped packets, offered packets and bytes as last read."""


class Router:
    """One router's namespace under the control of its configuration."""

    def __init__(self, plant: Plant, name: str) -> None:
        self._plant = plant
        self._name = name
        self.node = NODE[name]
        self._interfaces = {port.name: _Interface() for port in self.node.ports}
        self._snapshots: list[Snapshot] = []
        self._config: DeviceConfig | None = None
        self._counters = Counters(plant[name])

    def obey(self, config: DeviceConfig) -> None:
        """Make the kernel do what a configuration says; what it does already is left alone.

        Raises:
            KernelError: if the kernel refuses.
        """
        if config is self._config:
            return
        self._config = config
        for port in self.node.ports:
            device = kernel_name(port.name)
            wanted = compile_interface(config, port, device)
            known = self._interfaces[port.name]
            if wanted != known.compiled:
                self._replace(known, wanted)

    def _replace(self, known: _Interface, wanted: Compiled) -> None:
        before, device = known.compiled, wanted.device
        if before is None or (before.tc, before.nft, before.reason) != (
            wanted.tc,
            wanted.nft,
            wanted.reason,
        ):
            if before is not None:
                known.dropped_before += self._dropped(known, self.look(fresh_s=0.0), device)
                self._plant.batch(self._name, "tc", [f"qdisc del dev {device} root"])
            known.seen.clear()
            known.dropped_octets.clear()
            self._plant.batch(self._name, "tc", list(wanted.tc))
            self._plant[self._name].run(["nft", "-f", "-"], wanted.nft)
        if before is None or before.up != wanted.up:
            self._set_up(device, is_up=wanted.up)
        known.compiled = wanted
        self._snapshots.clear()

    def _set_up(self, device: str, *, is_up: bool) -> None:
        # Taking a link down takes its routes and neighbours; both are put back with it.
        if is_up:
            self._plant.bring_up(self._name, device)
        else:
            self._plant.batch(self._name, "ip", [f"link set dev {device} down"])

    def damage(self, interface: str, ratio: float) -> None:
        """Lose a ratio of what arrives on an interface, as a bad line does; 0 heals it."""
        self._plant[self._name].run(["nft", "-f", "-"], damaging(kernel_name(interface), ratio))

    def forget(self) -> None:
        """Let the next configuration be made anew, whatever it is: the device has rebooted."""
        self._config = None
        for known in self._interfaces.values():
            if known.compiled is not None:
                known.compiled = replace(known.compiled, reason=None)

    def close(self) -> None:
        """Let go of the namespace."""
        self._counters.close()

    def look(self, fresh_s: float = _FRESH_S) -> Snapshot:
        """Return what the kernel has counted, at most `fresh_s` ago."""
        now_s = time.monotonic()
        if self._snapshots and now_s - self._snapshots[-1].at_s <= fresh_s:
            return self._snapshots[-1]
        # The offered first: what is counted in between has been offered before it is dropped.
        rules, links = self._counters.rules(), self._counters.links()
        queues = self._counters.queues({index: name for index, (name, _) in links.items()})
        taken = Snapshot(at_s=now_s, links=dict(links.values()), queues=queues, rules=rules)
        kept = [old for old in self._snapshots if now_s - old.at_s <= _RATE_OVER_S]
        kept = kept or self._snapshots[-1:]
        if len(kept) > 1 and kept[-1].at_s - kept[-2].at_s < _KEEP_EVERY_S:
            kept.pop()
        self._snapshots = [*kept, taken]
        return taken

    def interface_counters(self, interface: str) -> InterfaceCounters:
        """Return an interface's counters since the lab started; zeros for a virtual one."""
        now, then = self.look(), self._earlier()
        device = kernel_name(interface) if interface in self._interfaces else ""
        links = [taken.links.get(device, _NO_LINK) for taken in (then, now)]
        elapsed_s = max(now.at_s - then.at_s, 1e-3)
        known = self._interfaces.get(interface, _Interface())
        damaged = now.rules.get((f"{_DAMAGED}-{device}", _DAMAGED), _NO_RULE).packets
        current, before = links[1], links[0]
        return InterfaceCounters(
            in_octets=current.in_octets,
            out_octets=current.out_octets,
            in_packets=current.in_packets,
            out_packets=current.out_packets,
            in_discards=0,
            out_discards=known.dropped_before + self._dropped(known, now, device),
            in_errors=damaged,
            out_errors=0,
            crc_errors=damaged,
            in_rate_bps=8 * (current.in_octets - before.in_octets) / elapsed_s,
            out_rate_bps=8 * (current.out_octets - before.out_octets) / elapsed_s,
            in_rate_pps=(current.in_packets - before.in_packets) / elapsed_s,
            out_rate_pps=(current.out_packets - before.out_packets) / elapsed_s,
        )

    def class_counters(self) -> tuple[ClassCounters, ...]:
        """Return every class of every attached policy since attached or last edited."""
        now, then = self.look(), self._earlier()
        return tuple(
            self._class(port.name, known, place, now, then)
            for port in self.node.ports
            if (known := self._interfaces[port.name]).compiled is not None
            for place in known.compiled.places
        )

    def _class(
        self, interface: str, known: _Interface, place: ClassPlace, now: Snapshot, then: Snapshot
    ) -> ClassCounters:
        device = kernel_name(interface)
        offered, dropped = _counted(device, place, now)
        offered_then, dropped_then = _counted(device, place, then)
        octets = offered.octets + self._correction(interface, place) * offered.packets
        elapsed_s = max(now.at_s - then.at_s, 1e-3)
        dropped_octets = self._reckon(known, place, dropped, offered.packets, octets)
        mean = octets / offered.packets if offered.packets else 0.0
        queues = now.queues.get(device, {})
        held = [queues[minor] for minor in place.queues if minor in queues]
        return ClassCounters(
            interface=interface,
            direction=place.direction,
            path=place.path,
            offered_packets=offered.packets,
            offered_bytes=octets,
            sent_packets=max(offered.packets - dropped, 0),
            sent_bytes=max(octets - dropped_octets, 0),
            dropped_packets=dropped,
            dropped_bytes=dropped_octets,
            queue_depth_packets=sum(one.held_packets for one in held),
            queue_depth_bytes=sum(one.held_octets for one in held),
            offered_rate_bps=8 * mean * (offered.packets - offered_then.packets) / elapsed_s,
            drop_rate_bps=8 * mean * (dropped - dropped_then) / elapsed_s,
        )

    def _correction(self, interface: str, place: ClassPlace) -> int:
        """Return what to add to a packet as nftables counts it: with a header only on the way out.

        IOS counts the header of the line's own framing, without the check sequence.
        """
        own = CLASS_BYTES[self.node.port(interface).layer2]
        return own - 14 if place.direction == "output" else own

    @staticmethod
    def _reckon(
        known: _Interface, place: ClassPlace, dropped: int, offered: int, octets: int
    ) -> int:
        key = (place.direction, *place.path)
        old_dropped, old_offered, old_octets = known.seen.get(key, (0, 0, 0))
        if dropped > old_dropped:
            mean = octets / offered if offered else 0.0
            if offered > old_offered:
                mean = (octets - old_octets) / (offered - old_offered)
            fallen = known.dropped_octets.get(key, 0.0) + (dropped - old_dropped) * mean
            known.dropped_octets[key] = fallen
        known.seen[key] = (dropped, offered, octets)
        return round(known.dropped_octets.get(key, 0.0))

    def _dropped(self, known: _Interface, now: Snapshot, device: str) -> int:
        fallen = sum(one.dropped_packets for one in now.queues.get(device, {}).values())
        if known.compiled is None:
            return fallen
        table = table_name(device)
        policed = [place.policed for place in known.compiled.places if place.policed]
        return fallen + sum(now.rules.get((table, name), _NO_RULE).packets for name in policed)

    def _earlier(self) -> Snapshot:
        return self._snapshots[0]


_NO_LINK = LinkCount(in_octets=0, in_packets=0, out_octets=0, out_packets=0)
_NO_RULE = RuleCount(packets=0, octets=0)


def damaging(device: str, ratio: float) -> str:
    """Return the input to nft that loses a ratio of what arrives, and goes on counting it."""
    table = f"netdev {_DAMAGED}-{device}"
    hook = f'type filter hook ingress device "{device}" priority -100; policy accept;'
    text = f"add table {table}\nadd counter {table} {_DAMAGED}\n"
    text += f"add chain {table} line {{ {hook} }}\nflush chain {table} line\n"
    if ratio > 0:
        chance = f"numgen random mod 10000 < {round(ratio * 10000)}"
        text += f"add rule {table} line {chance} counter name {_DAMAGED} drop\n"
    return text


def _counted(device: str, place: ClassPlace, taken: Snapshot) -> tuple[RuleCount, int]:
    """Return what came to a class, and how many packets of it were dropped."""
    table = table_name(device)
    offered = taken.rules.get((table, place.offered), _NO_RULE)
    dropped = taken.rules.get((table, place.policed), _NO_RULE).packets
    queues = taken.queues.get(device, {})
    dropped += sum(queues[minor].dropped_packets for minor in place.queues if minor in queues)
    return offered, dropped
