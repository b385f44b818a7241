"""Reading devices over SNMP: who polls, what is read, and what came back."""

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

Walked = Mapping[Oid, Varbinds]
"""Column to (index within the column to value)."""


class Poller(Protocol):
    """Reads devices over SNMP."""

    def poll(self, devices: Sequence[Device], deadline_s: float) -> Poll:
        """Return what answered within `deadline_s`; what did not is `silent`, with a reason.

        Never raises for a device: silence, refusal and nonsense are results.
        """
        ...


class ReadingPlan(Protocol):
    """What a platform wants read, and how to make a sample of it.  Pure: no I/O.

    A poll is: GET `scalars`; walk the `tables` unless the `stamps` among the scalars are there
    and as they were at the last walk; GET the `rows` that the walk leads to, with sysUpTime in
    every PDU; then `read` it all.
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

    def rows(self, discovered: Walked) -> tuple[tuple[Oid, ...], ...]:
        """Return the instances to GET, given the walked tables.

        What stands in one row is read in one PDU where it fits, so that a ratio of two counters
        is of one moment and a probe's result is of one run.
        """
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
    def discovered(self) -> Walked:
        """Return the walked columns, of this poll or of an earlier one that still holds."""
        ...

    @property
    def counters(self) -> Mapping[Oid, tuple[Value, float]]:
        """Return each instance's value with the agent's uptime in seconds from the same PDU."""
        ...

    @property
    def gaps(self) -> tuple[str, ...]:
        """Return what could not be read, in words."""
        ...
