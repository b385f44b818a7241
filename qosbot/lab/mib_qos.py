"""CISCO-CLASS-BASED-QOS-MIB: attached policies, their objects, their counters.

As on IOS, indexes are those of one attachment: editing or attaching a policy anew, or a reboot,
gives other ones, and many are above 2**31.
"""

from collections.abc import Callable
from zlib import crc32

from qosbot.lab.matching import ClassMap, Match
from qosbot.lab.mib import (
    Layout,
    Oid,
    Reading,
    Row,
    Rows,
    Value,
    counter32,
    counter64,
    fixed,
    gauge,
    high_word,
    integer,
    octets,
    ticks,
    truth,
)
from qosbot.lab.mib_interfaces import indexes
from qosbot.lab.observed import ClassCounters
from qosbot.lab.policies import CLASS_DEFAULT, PolicyClass, PolicyMap, Rate
from qosbot.lab.queueing import CLASS_QUEUE_PACKETS

CBQOS: Oid = (1, 3, 6, 1, 4, 1, 9, 9, 166, 1)
SERVICE_POLICY: Oid = (*CBQOS, 1, 1, 1)
INTERFACE_POLICY: Oid = (*CBQOS, 2, 1, 1)
OBJECTS: Oid = (*CBQOS, 5, 1, 1)
POLICY_CFG: Oid = (*CBQOS, 6, 1, 1)
CLASS_CFG: Oid = (*CBQOS, 7, 1, 1)
MATCH_CFG: Oid = (*CBQOS, 8, 1, 1)
QUEUEING_CFG: Oid = (*CBQOS, 9, 1, 1)
POLICE_CFG: Oid = (*CBQOS, 12, 1, 1)
SHAPING_CFG: Oid = (*CBQOS, 13, 1, 1)
SET_CFG: Oid = (*CBQOS, 14, 1, 1)
CLASS_STATS: Oid = (*CBQOS, 15, 1, 1)
POLICE_STATS: Oid = (*CBQOS, 17, 1, 1)
QUEUEING_STATS: Oid = (*CBQOS, 18, 1, 1)
SHAPING_STATS: Oid = (*CBQOS, 19, 1, 1)

POLICY_MAP, CLASS_MAP, MATCH, QUEUEING, SHAPING, POLICE, SET = 1, 2, 3, 4, 6, 7, 8
_MATCH_ALL, _MATCH_ANY = 2, 3
_KBPS, _PERCENT, _PERCENT_LEFT, _RATIO_LEFT = 1, 2, 3, 4
_UNITS = {"percent": _PERCENT, "remaining percent": _PERCENT_LEFT, "remaining ratio": _RATIO_LEFT}
_IN, _OUT = 1, 2
_PACKETS = 1


def rows(layout: Layout) -> Rows:
    """Return the rows of every policy that is attached to a device."""
    found: Rows = {}
    numbers = indexes(layout)
    for (device, interface, direction), epoch in layout.segment.policies.items():
        config = layout.config.interface(interface)
        name = config.policy_in if direction == "input" else config.policy_out
        policy = layout.config.policy(name)
        if device != layout.device or policy is None:
            continue
        index = 4096 * (layout.boots - 1) + 16 * epoch.serial + 2
        way = _IN if direction == "input" else _OUT
        for column, value in {
            2: integer(1),
            3: integer(way),
            4: integer(numbers[interface]),
            5: integer(0),
            6: integer(0),
            7: integer(0),
            8: integer(0),
            9: integer(0),
            12: gauge(0),
        }.items():
            found[*SERVICE_POLICY, column, index] = fixed(value)
        found[*SERVICE_POLICY, 11, index] = _since(epoch.since)
        found[*INTERFACE_POLICY, 1, numbers[interface], way] = fixed(gauge(index))
        _Attached(layout, interface, direction, index, found).policy(policy, (), 0)
    return found


def _since(at: float) -> Row:
    return lambda reading: ticks(reading.since_boot(at))


class _Attached:
    """Adds the rows of one attached policy."""

    def __init__(
        self, layout: Layout, interface: str, direction: str, index: int, found: Rows
    ) -> None:
        self._layout = layout
        self._interface = interface
        self._direction = direction
        self._index = index
        self._rows = found
        self._taken: set[int] = set()

    def policy(self, policy: PolicyMap, path: tuple[str, ...], parent: int) -> None:
        """Add a policy map, its classes and what is below them."""
        here = (*path, policy.name)
        own, config = self._object(POLICY_MAP, parent, here, policy.name)
        self._rows[*POLICY_CFG, 1, config] = fixed(octets(policy.name))
        self._rows[*POLICY_CFG, 2, config] = fixed(octets(""))
        for cls in policy.classes:
            self._class(cls, (*here, cls.name), own)

    def _class(self, cls: PolicyClass, path: tuple[str, ...], parent: int) -> None:
        own, config = self._object(CLASS_MAP, parent, path, cls.name)
        known = self._layout.config.classifier.class_map(cls.name)
        is_all = known is not None and known.is_match_all
        self._rows[*CLASS_CFG, 1, config] = fixed(octets(cls.name))
        self._rows[*CLASS_CFG, 2, config] = fixed(octets(""))
        self._rows[*CLASS_CFG, 3, config] = fixed(integer(_MATCH_ALL if is_all else _MATCH_ANY))
        for match in _matches(cls.name, known):
            _, stated = self._object(MATCH, own, (*path, match.text), match.text)
            self._rows[*MATCH_CFG, 1, stated] = fixed(octets(match.text))
        self._counters(CLASS_STATS, own, path, _class_columns())
        self._actions(cls, path, own)
        child = self._layout.config.policy(cls.child)
        if child is not None and child.name not in path:
            self.policy(child, path, own)

    def _actions(self, cls: PolicyClass, path: tuple[str, ...], parent: int) -> None:
        if cls.is_priority or cls.bandwidth is not None or cls.fair_queue:
            own, config = self._object(QUEUEING, parent, (*path, "queueing"), "/".join(path))
            for column, value in _queueing_columns(cls).items():
                self._rows[*QUEUEING_CFG, column, config] = fixed(value)
            self._counters(QUEUEING_STATS, own, path, _queue_columns())
        if cls.shape is not None:
            own, config = self._object(SHAPING, parent, (*path, "shape"), "/".join(path))
            rate = round(cls.shape.bps(self._reference_bps()))
            self._rows[*SHAPING_CFG, 1, config] = fixed(gauge(rate))
            self._counters(SHAPING_STATS, own, path, _shaper_columns())
        if cls.police is not None:
            own, config = self._object(POLICE, parent, (*path, "police"), "/".join(path))
            rate = round(cls.police.rate.bps(self._reference_bps()))
            self._rows[*POLICE_CFG, 1, config] = fixed(gauge(rate))
            self._counters(POLICE_STATS, own, path, _policer_columns())
        if cls.set_dscp is not None:
            _, config = self._object(SET, parent, (*path, "set"), "/".join(path))
            self._rows[*SET_CFG, 2, config] = fixed(integer(cls.set_dscp))

    def _reference_bps(self) -> float:
        known = self._layout.config.interface(self._interface)
        ports = {port.name: port.rate_out_bps for port in self._layout.node.ports}
        return known.bandwidth_bps or ports.get(self._interface, 0.0)

    def _object(
        self, kind: int, parent: int, path: tuple[str, ...], configured: str
    ) -> tuple[int, int]:
        """Add an object; return its index and that of its configuration."""
        text = f"{self._layout.device} {self._index} {kind} {'/'.join(path)}"
        own = crc32(text.encode()) or 1
        while own in self._taken:
            own = own % (2**32 - 1) + 1
        self._taken.add(own)
        config = crc32(f"{kind} {configured}".encode()) or 1
        for column, value in ((2, gauge(config)), (3, integer(kind)), (4, gauge(parent))):
            self._rows[*OBJECTS, column, self._index, own] = fixed(value)
        return own, config

    def _counters(
        self, entry: Oid, own: int, path: tuple[str, ...], columns: "dict[int, Seen]"
    ) -> None:
        for column, read in columns.items():
            self._rows[*entry, column, self._index, own] = self._counter(path, read)

    def _counter(self, path: tuple[str, ...], read: "Seen") -> Row:
        interface, direction = self._interface, self._direction

        def row(reading: Reading) -> Value:
            return read(reading.cls(interface, direction, path) or _NOTHING)

        return row


Seen = Callable[[ClassCounters], Value]

_NOTHING = ClassCounters(
    interface="",
    direction="",
    path=(),
    offered_packets=0,
    offered_bytes=0,
    sent_packets=0,
    sent_bytes=0,
    dropped_packets=0,
    dropped_bytes=0,
    queue_depth_packets=0,
    queue_depth_bytes=0,
    offered_rate_bps=0.0,
    drop_rate_bps=0.0,
)


def _matches(name: str, known: ClassMap | None) -> tuple[Match, ...]:
    if name == CLASS_DEFAULT:
        return (Match(text="any", kind="any"),)
    return known.matches if known is not None else ()


def _wide(first: int, read: Callable[[ClassCounters], int]) -> dict[int, Seen]:
    """Return a counter's three columns: the wraps of the low word, the low word, all 64 bits."""
    return {
        first: lambda cls: high_word(read(cls)),
        first + 1: lambda cls: counter32(read(cls)),
        first + 2: lambda cls: counter64(read(cls)),
    }


def _class_columns() -> dict[int, Seen]:
    return (
        _wide(1, lambda cls: cls.offered_packets)
        | _wide(4, lambda cls: cls.offered_bytes)
        | {7: lambda cls: gauge(cls.offered_rate_bps)}
        | _wide(8, lambda cls: cls.sent_bytes)
        | {11: lambda cls: gauge(cls.offered_rate_bps - cls.drop_rate_bps)}
        | _wide(12, lambda cls: cls.dropped_packets)
        | _wide(15, lambda cls: cls.dropped_bytes)
        | {18: lambda cls: gauge(cls.drop_rate_bps)}
        | _wide(19, lambda _: 0)
    )


def _queue_columns() -> dict[int, Seen]:
    return (
        {
            1: lambda cls: gauge(cls.queue_depth_bytes),
            2: lambda cls: gauge(cls.queue_depth_bytes),
        }
        | _wide(3, lambda cls: cls.dropped_bytes)
        | _wide(6, lambda cls: cls.dropped_packets)
        | {
            9: lambda cls: gauge(cls.queue_depth_packets),
            10: lambda cls: gauge(cls.queue_depth_packets),
        }
    )


def _shaper_columns() -> dict[int, Seen]:
    return (
        _wide(7, lambda cls: cls.dropped_bytes)
        | _wide(10, lambda cls: cls.dropped_packets)
        | {
            13: lambda cls: truth(holds=cls.queue_depth_packets > 0),
            14: lambda cls: gauge(cls.queue_depth_packets),
        }
    )


def _policer_columns() -> dict[int, Seen]:
    return (
        _wide(1, lambda cls: cls.sent_packets)
        | _wide(4, lambda cls: cls.sent_bytes)
        | {7: lambda cls: gauge(cls.offered_rate_bps - cls.drop_rate_bps)}
        | _wide(8, lambda cls: cls.dropped_packets)
        | _wide(11, lambda cls: cls.dropped_bytes)
        | {14: lambda cls: gauge(cls.drop_rate_bps)}
        | _wide(15, lambda _: 0)
        | _wide(18, lambda _: 0)
        | {21: lambda _: gauge(0)}
    )


def _queueing_columns(cls: PolicyClass) -> dict[int, Value]:
    rate = cls.priority if cls.is_priority else cls.bandwidth
    amount, unit = _configured(rate)
    limit = cls.queue_limit[0] if cls.queue_limit else CLASS_QUEUE_PACKETS
    return {
        1: gauge(amount),
        2: integer(unit),
        3: truth(holds=cls.fair_queue),
        4: truth(holds=cls.is_priority),
        9: integer(_PACKETS),
        10: gauge(limit),
        12: gauge(cls.priority_level if cls.is_priority else 0),
        13: counter64(amount),
    }


def _configured(rate: Rate | None) -> tuple[int, int]:
    if rate is None:
        return 0, _KBPS
    unit = _UNITS.get(rate.unit, _KBPS)
    return round(rate.amount / 1000 if unit == _KBPS else rate.amount), unit
