"""What the workflows need from the outside, as Protocols that adapters fulfil."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from qosbot.domain.inventory import Device
from qosbot.domain.samples import DeviceSample, Poll

Oid = tuple[int, ...]
"""Sub-identifiers are unsigned 32-bit; values above 2**31 are normal."""

Value = int | bytes | Oid | None
"""Integers and counters; octet strings; object identifiers; None: no such object or instance."""

Varbinds = Mapping[Oid, Value]


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the time in UTC, aware."""
        ...


class Poller(Protocol):
    """Reads devices over SNMP."""

    def poll(self, devices: Sequence[Device], deadline_s: float) -> Poll:
        """Return what answered within `deadline_s`; what did not is `silent`, with a reason.

        Never raises for a device: silence, refusal and nonsense are results.
        """
        ...


class ReadingPlan(Protocol):
    """What a platform wants read, and how to make a sample of it.  Pure: no I/O.

    A poll is: GET `scalars`; walk the `tables` unless the `stamps` among the scalars are those
    of the last walk; GET the `instances` that the walk leads to, with sysUpTime in every PDU;
    then `read` it all.
    """

    @property
    def scalars(self) -> tuple[Oid, ...]:
        """Return single instances to GET on every poll."""
        ...

    @property
    def stamps(self) -> tuple[Oid, ...]:
        """Return the scalars that move when an index or a name may have moved."""
        ...

    @property
    def tables(self) -> tuple[Oid, ...]:
        """Return columns to walk for names, indexes and configuration."""
        ...

    def instances(self, discovered: Varbinds) -> tuple[Oid, ...]:
        """Return the counters to GET, given the walked tables."""
        ...

    def read(self, answers: "Answers") -> DeviceSample:
        """Return the sample; raises nothing for missing or strange values."""
        ...


class Answers(Protocol):
    """Everything that one device answered in one poll."""

    @property
    def device(self) -> str:
        """Return the device's name."""
        ...

    @property
    def taken_at(self) -> datetime:
        """Return our time of the poll."""
        ...

    @property
    def scalars(self) -> Varbinds:
        """Return the scalars; a missing one is None."""
        ...

    @property
    def discovered(self) -> Varbinds:
        """Return the walked columns."""
        ...

    @property
    def counters(self) -> Mapping[Oid, tuple[Value, float]]:
        """Return each instance's value with the agent's uptime in seconds from the same PDU."""
        ...

    @property
    def gaps(self) -> tuple[str, ...]:
        """Return what could not be read, in words."""
        ...
