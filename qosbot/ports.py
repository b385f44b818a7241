"""What the workflows need from the outside, as Protocols that adapters fulfil."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qosbot.domain.intents import ConfigChange
from qosbot.domain.inventory import Device, ProbeId
from qosbot.domain.metrics import DeviceMetrics, ProbeMetrics
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.domain.samples import DeviceSample, Poll

Oid = tuple[int, ...]
"""Sub-identifiers are unsigned 32-bit; values above 2**31 are normal."""

Value = int | bytes | Oid | None
"""Integers and counters; octet strings; object identifiers; None: no such object or instance."""

Varbinds = Mapping[Oid, Value]

Walked = Mapping[Oid, Varbinds]
"""Column to (index within the column to value)."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """How polling a device went the last time."""

    device: str
    polled_at: datetime
    answered_at: datetime | None
    silent: str
    """The reason why it gave nothing; empty where it answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """One point of a path's history; MOS is None where it was not measured."""

    at: datetime
    mos_forward: float | None
    mos_backward: float | None
    reason: str
    """Why it was not measured; empty where it was."""


class Store(Protocol):
    """Keeps what was measured; every call that writes is one transaction."""

    def baseline(self, devices: Collection[str]) -> Mapping[str, DeviceSample]:
        """Return the last sample of each device that has one."""
        ...

    def record_poll(
        self,
        polled_at: datetime,
        samples: Sequence[DeviceSample],
        metrics: Sequence[DeviceMetrics],
        silent: Mapping[str, str],
    ) -> None:
        """Keep the metrics, and the samples as the next baseline.

        A sample older than the stored baseline does not replace it.  A probe run that is
        already known is not kept twice.  A silent device keeps its baseline.
        """
        ...

    def device_states(self) -> Mapping[str, DeviceState]:
        """Return how polling went for every device that was ever polled."""
        ...

    def recent_probe_runs(
        self, probes: Collection[ProbeId], limit: int
    ) -> Mapping[ProbeId, tuple[ProbeMetrics, ...]]:
        """Return up to `limit` distinct runs of each probe, newest first.

        The newest is as the latest poll saw it, so that its reasons (stale, idle) are of then.
        """
        ...

    def record_scores(self, at: datetime, scores: Sequence[PathScore | Unmeasured]) -> None:
        """Keep one row for each path."""
        ...

    def score_history(self, path: str, since: datetime) -> tuple[ScoreRow, ...]:
        """Return the scores of a path since a time, oldest first."""
        ...

    def delete_before(self, at: datetime) -> None:
        """Forget raw history older than `at`; baselines stay."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConfig:
    """What a device is configured to do, read in one session."""

    running: str
    startup: str
    read_at: datetime
    changed_stamp: str
    """Moves with every edit of the running configuration, whoever makes it; empty if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResult:
    """What became of one line that was typed."""

    line: str
    accepted: bool
    answer: str
    """What the device printed; secrets masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyResult:
    """What became of a change, line by line; lines after a refused one were never sent."""

    lines: tuple[LineResult, ...]

    @property
    def accepted(self) -> bool:
        """Return whether every line was taken."""
        return all(line.accepted for line in self.lines)


class ConfigSession(Protocol):
    """Configures devices.

    Every call asks the device what is so before it changes anything, so a repeat after a crash
    is harmless.

    Raises everywhere:
        DeviceUnreachableError: no session could be had, or it broke; what was typed before may
            be in force, and the device's own revert timer, once armed, still runs.
    """

    def read(self, device: Device) -> DeviceConfig:
        """Return the running and startup configurations; change nothing."""
        ...

    def apply(self, device: Device, change: ConfigChange, *, revert_after_min: int) -> ApplyResult:
        """Arm the device's revert timer, then type the lines; stop at the first refused one.

        Where a timer of ours is already armed it is not armed again.

        Raises:
            CommitRefusedError: the timer could not be armed; no line was typed.
        """
        ...

    def undo(self, device: Device, change: ConfigChange) -> ApplyResult:
        """Type the exact undo of a change; the timer stays armed."""
        ...

    def revert_pending_s(self, device: Device) -> float | None:
        """Return the seconds until the device reverts by itself; None: nothing is armed."""
        ...

    def confirm(self, device: Device) -> None:
        """Disarm the revert timer and keep what is running; nothing if none is armed."""
        ...

    def save(self, device: Device) -> None:
        """Make the running configuration the startup one."""
        ...
