"""What a device's agent can be asked: object identifiers in order, each computed when read."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from qosbot.lab.mqc import DeviceConfig
from qosbot.lab.network import Network
from qosbot.lab.observed import ClassCounters, InterfaceCounters, SlaRun
from qosbot.lab.segments import Segment
from qosbot.lab.topology import NODE, Node

Oid = tuple[int, ...]

TICKS_PER_S = 100
_WORD = 2**32


class Syntax(StrEnum):
    """How a value is encoded."""

    INTEGER = "integer"
    GAUGE = "gauge"
    COUNTER32 = "counter32"
    COUNTER64 = "counter64"
    TICKS = "ticks"
    OCTETS = "octets"
    OID = "oid"


Raw = int | bytes | Oid


@dataclass(frozen=True, slots=True)
class Value:
    """A value with its encoding."""

    syntax: Syntax
    raw: Raw


def integer(number: int) -> Value:
    """Return an INTEGER."""
    return Value(Syntax.INTEGER, number)


def gauge(number: float) -> Value:
    """Return a Gauge32, which stays at its largest value."""
    return Value(Syntax.GAUGE, min(max(round(number), 0), _WORD - 1))


def counter32(number: int) -> Value:
    """Return a Counter32, which wraps."""
    return Value(Syntax.COUNTER32, number % _WORD)


def high_word(number: int) -> Value:
    """Return the Counter32 that counts the wraps of another."""
    return Value(Syntax.COUNTER32, number // _WORD % _WORD)


def counter64(number: int) -> Value:
    """Return a Counter64."""
    return Value(Syntax.COUNTER64, number % 2**64)


def ticks(seconds: float) -> Value:
    """Return TimeTicks, which wrap after 497 days."""
    return Value(Syntax.TICKS, max(int(seconds * TICKS_PER_S), 0) % _WORD)


def octets(content: str | bytes) -> Value:
    """Return an OCTET STRING."""
    return Value(Syntax.OCTETS, content.encode() if isinstance(content, str) else content)


def oid(value: Oid) -> Value:
    """Return an OBJECT IDENTIFIER."""
    return Value(Syntax.OID, value)


def truth(*, holds: bool) -> Value:
    """Return a TruthValue: 1 is true and 2 is false."""
    return integer(1 if holds else 2)


class Stamps(Protocol):
    """The times that a device's CLI keeps of its configuration, in the lab's time."""

    running_last_changed: float
    running_last_saved: float


@dataclass(slots=True)
class Reading:
    """One device at one moment; every row of a request is computed from the same one."""

    network: Network
    device: str
    now: float
    stamps: Stamps | None = None
    _interfaces: dict[str, InterfaceCounters] = field(default_factory=dict)
    _classes: dict[tuple[str, ...], ClassCounters] | None = None
    _runs: dict[int, SlaRun] | None = None

    def uptime_s(self) -> float:
        """Return how long the device has been up."""
        return self.now - self.network.booted_at(self.device)

    def since_boot(self, at: float) -> float:
        """Return a moment as the device's uptime then; zero if it was before the boot."""
        return max(at - self.network.booted_at(self.device), 0.0)

    def interface(self, name: str) -> InterfaceCounters:
        """Return an interface's counters."""
        if name not in self._interfaces:
            counters = self.network.interface_counters(self.device, name, self.now)
            self._interfaces[name] = counters
        return self._interfaces[name]

    def cls(self, interface: str, direction: str, path: tuple[str, ...]) -> ClassCounters | None:
        """Return a class's counters; None if the class has gone."""
        if self._classes is None:
            self._classes = {
                (known.interface, known.direction, *known.path): known
                for known in self.network.class_counters(self.device, self.now)
            }
        return self._classes.get((interface, direction, *path))

    def run(self, operation: int) -> SlaRun | None:
        """Return an operation's latest run; None before the first has finished."""
        if self._runs is None:
            runs = self.network.sla_runs(self.device, self.now)
            self._runs = {run.operation: run for run in runs}
        return self._runs.get(operation)


Row = Callable[[Reading], Value]
Rows = dict[Oid, Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What decides which rows there are."""

    device: str
    node: Node
    config: DeviceConfig
    segment: Segment
    boots: int
    """How often the device has booted since the lab started."""
    numbers: Mapping[str, int] | None = None
    """The ifIndex of each interface where something else decides on it."""


def fixed(value: Value) -> Row:
    """Return a row that does not change."""
    return lambda _: value


class MibView:
    """The rows of one device, in the order that walks see."""

    def __init__(self, rows: Mapping[Oid, Row]) -> None:
        self._rows = rows
        self._order = sorted(rows)

    def get(self, name: Oid, reading: Reading) -> Value | None:
        """Return the value of an instance; None if there is none."""
        row = self._rows.get(name)
        return None if row is None else row(reading)

    def after(self, name: Oid, reading: Reading) -> tuple[Oid, Value] | None:
        """Return the next instance after a name; None at the end."""
        at = bisect_right(self._order, name)
        if at == len(self._order):
            return None
        return self._order[at], self._rows[self._order[at]](reading)

    def has_object(self, name: Oid) -> bool:
        """Return whether any instance shares the column or scalar that a name is in."""
        at = bisect_right(self._order, name[:-1])
        return at < len(self._order) and self._order[at][: len(name) - 1] == name[:-1]


def node(device: str) -> Node:
    """Return a device of the topology."""
    return NODE[device]
