"""What the workflows need from the outside, as Protocols that adapters fulfil."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qosbot.domain.alarms import Alarm
from qosbot.domain.approvals import Decision, anybody
from qosbot.domain.considerations import Consideration
from qosbot.domain.egress_loads import EgressLoad
from qosbot.domain.grouping import Detection
from qosbot.domain.guardrails import Terms
from qosbot.domain.history import BrokenLink, Entry, Step
from qosbot.domain.intents import ConfigChange, Intent
from qosbot.domain.inventory import Device, LinkId, ProbeId, Risk
from qosbot.domain.metrics import DeviceMetrics, Grade, ProbeMetrics
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.domain.policies import QosPolicy
from qosbot.domain.proposals import Proposal
from qosbot.domain.remediation import Remediation, State
from qosbot.domain.rules import Controls, PastChange
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
    grade: Grade = Grade.C
    """What the score may be used for."""


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

    def latest_metrics(self, devices: Collection[str]) -> Mapping[str, DeviceMetrics]:
        """Return what each device's last answer meant; it may be old, see its `taken_at`."""
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

    def score_history(
        self, path: str, since: datetime, until: datetime | None = None
    ) -> tuple[ScoreRow, ...]:
        """Return the scores of a path since a time and before another, oldest first."""
        ...

    def drop_history(
        self, link: LinkId, class_path: tuple[str, ...], since: datetime
    ) -> tuple[tuple[datetime, float], ...]:
        """Return when and how much a class on the way out of a link dropped, in 0..1.

        Oldest first; where it was not measured there is no point.
        """
        ...

    def egress_loads(
        self, links: Collection[LinkId], since: datetime
    ) -> Mapping[LinkId, Sequence[EgressLoad]]:
        """Return what left by each link in bins of time that began since, oldest first."""
        ...

    def delete_before(self, at: datetime, *, scores_since: datetime | None = None) -> None:
        """Forget raw history older than `at`; baselines and loads stay.

        Scores stay since `scores_since` where that is longer, one in each ten minutes of it.
        """
        ...

    def delete_loads_before(self, at: datetime) -> None:
        """Forget what left by interfaces in bins that began before `at`."""
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

    def preflight(self, device: Device) -> str:
        """Return why a change could not be started now, whatever it is; empty: nothing."""
        ...

    def confirm(self, device: Device) -> None:
        """Disarm the revert timer and keep what is running; nothing if none is armed."""
        ...

    def save(self, device: Device, *, expected: str | None = None) -> None:
        """Make the running configuration the startup one.

        Args:
            device: whose.
            expected: the digest of what may be saved, by the device's `Dialect`; nothing is
                saved where something else runs by now.  None: whatever runs.
        """
        ...


class Dialect(Protocol):
    """What a platform reads out of its configurations.  Pure: no I/O, and raises nothing."""

    @property
    def terms(self) -> Terms:
        """Return what may be typed, and how long the revert timer can run."""
        ...

    def fingerprint(self, running: str, intent: Intent) -> str:
        """Return a hash of all that an intent touches and rests on."""
        ...

    def holds(self, intent: Intent, running: str) -> bool:
        """Return whether what the intent asks for is in force."""
        ...

    def undone(self, change: ConfigChange, running: str) -> bool:
        """Return whether nothing of the change is left to take back."""
        ...

    def digest(self, config: str) -> str:
        """Return a hash of a whole configuration without its volatile lines."""
        ...

    def only_ours(self, change: ConfigChange, before: str, running: str) -> bool | None:
        """Return whether nothing but a change lies between two configurations.

        False: somebody else changed something.  None: it can't be told.
        """
        ...


class Memory(Protocol):
    """Keeps what one look at the network leaves for the next; every call is one transaction."""

    def detection(self) -> Detection:
        """Return what the last look left; an empty one before the first."""
        ...

    def keep_detection(self, detection: Detection, at: datetime) -> None:
        """Keep what the next look needs; what came and went among its advisories is told."""
        ...

    def considerations(self) -> tuple[Consideration, ...]:
        """Return what became of the findings of each alarm when they were last considered."""
        ...

    def keep_considerations(self, considered: Sequence[Consideration]) -> None:
        """Replace what was known of the alarms among them."""
        ...

    def forget_considerations(self, before: datetime) -> None:
        """Forget what was considered before a time."""
        ...


class Decisions(Protocol):
    """Keeps alarms, remediations, what people decided, and what was done about it.

    Every call is one transaction.
    """

    def keep_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Keep alarms as they are now, by id."""
        ...

    def alarms(self, ids: Collection[str] | None = None) -> Mapping[str, Alarm]:
        """Return the alarms of these ids that are known; without ids those that are raised."""
        ...

    def add(self, remediation: Remediation, *steps: Step, if_idle: bool = False) -> Remediation:
        """Keep a new remediation with its proposal; return it with its first version.

        Args:
            remediation: one whose id nobody has had.
            steps: what happened.
            if_idle: whether it is refused where another waits or is under way on its device.

        Raises:
            StoreConflictError: if there is one with this id, or the device is not idle.
        """
        ...

    def save(
        self, remediation: Remediation, *steps: Step, if_undecided: bool = False
    ) -> Remediation:
        """Replace the version that was read, append to the history; return the new version.

        Args:
            remediation: as it is from now on, of the version that was read.
            steps: what happened.
            if_undecided: whether it is refused where a decision was made.

        Raises:
            StoreConflictError: if somebody saved it since, or decided though nobody may have, or
                another change is in hand on the same device.
        """
        ...

    def remediation(self, name: str) -> Remediation | None:
        """Return a remediation by its id."""
        ...

    def remediations(
        self,
        *,
        only_open: bool = False,
        states: Collection[State] | None = None,
        moved_since: datetime | None = None,
    ) -> tuple[Remediation, ...]:
        """Return the remediations that meet every condition, oldest first.

        Without any it returns all that there ever were, which takes seconds after some years.

        Args:
            only_open: those with something due.
            states: those in one of these.
            moved_since: those with a step in their history at this time or later.
        """
        ...

    def codecs_in_force(self) -> tuple[Proposal, ...]:
        """Return the codec changes that stayed (`qosbot.domain.in_force`), oldest first."""
        ...

    def due(self, now: datetime) -> tuple[Remediation, ...]:
        """Return those whose time has come, rollbacks first, then what is in hand."""
        ...

    def claim(self, name: str, worker: str, now: datetime, lease_s: float) -> bool:
        """Return whether `worker` now has a remediation for itself, for so long."""
        ...

    def release(self, name: str, worker: str) -> None:
        """Give a claim back; nothing if it is another's."""
        ...

    def decide(
        self, decision: Decision, *, quorum: int = 1, counts: Callable[[str], bool] = anybody
    ) -> Decision | None:
        """Keep the first decision on a remediation and return the one that stands.

        A rejection stands at once.  An approval stands once `quorum` people approved the same
        plan, each counted once, and only those whom `counts` lets through; until then it is a
        vote and None is returned.

        Raises:
            StoreConflictError: if the remediation is known and waits for no decision any more.
        """
        ...

    def votes(self, name: str) -> tuple[Decision, ...]:
        """Return the approvals of a remediation, one a person, in the order they were made."""
        ...

    def decision(self, name: str) -> Decision | None:
        """Return what was decided on a remediation."""
        ...

    def history(self, name: str) -> tuple[Entry, ...]:
        """Return what happened to a remediation, in order."""
        ...

    def broken_link(self, name: str) -> BrokenLink | None:
        """Return the first entry of a history that is not what was written, or None."""
        ...

    def heads(self) -> Mapping[str, str]:
        """Return the last hash of every history; empty where one is gone."""
        ...

    def past_changes(self) -> tuple[PastChange, ...]:
        """Return every change that was started."""
        ...

    def controls(self) -> Controls:
        """Return what is paused and what is switched off."""
        ...

    def pause(self, by: str) -> None:
        """Start no change until `resume`."""
        ...

    def resume(self, by: str) -> None:
        """Let changes start again."""
        ...

    def switch_auto_off(self, risk: Risk, why: str) -> None:
        """Ask a person for every change of a tier until `switch_auto_on`; the first why stays."""
        ...

    def switch_auto_on(self, risk: Risk, by: str, now: datetime) -> None:
        """Allow changes of a tier without a person again; earlier failures no longer count."""
        ...


class Platform(Protocol):
    """A vendor's configuration language, as far as planning a change needs it.  Pure: no I/O."""

    @property
    def catch_all(self) -> str:
        """Return the name of the class that takes what no other matches."""
        ...

    def parse(self, running: str) -> QosPolicy:
        """Return what a running configuration says of QoS; it raises nothing for strange text."""
        ...

    def render(self, intent: Intent, running: str, device: str) -> ConfigChange:
        """Return the lines that make an intent so, and their exact undo.

        An intent that holds already is a change of no lines.

        Raises:
            UnsupportedIntentError: if it cannot be expressed there, or would do harm.
        """
        ...

    def fingerprint(self, running: str, intent: Intent) -> str:
        """Return a digest of all that an intent rests on, the same for the same meaning."""
        ...

    def holds(self, intent: Intent, running: str) -> bool:
        """Return whether a configuration is what an intent asks for."""
        ...

    def with_lines(self, running: str, lines: Sequence[str]) -> str:
        """Return a configuration as it will be with some lines in it, comments left out.

        To try a change on paper; what a device makes of it is read back.
        """
        ...

    def redact(self, text: str) -> str:
        """Return a text of the device with every secret masked."""
        ...
