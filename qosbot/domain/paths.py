"""What is known of a voice path from its end-to-end probe; hop counters never get in here."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qosbot.domain.inventory import Direction, LinkId, VoicePath
from qosbot.domain.metrics import (
    DeviceMetrics,
    Grade,
    Measured,
    Metric,
    ProbeDirection,
    ProbeMetrics,
    Reason,
    grade_of,
)

ENOUGH_PACKETS = 100
"""Fewer make a loss ratio in steps of more than a percent; runs are pooled until it is reached."""

STALE_AFTER_RUNS = 3.0
"""A probe whose last run is older than this many periods says nothing of now."""

_USUAL_PERIOD_S = 60.0
"""The default frequency of an IP SLA operation, where the agent does not tell it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionMeasurement:
    """One direction of a path, over the pooled runs."""

    delay_s: float
    """One-way network delay, or half the round trip."""
    jitter_s: float
    """Mean magnitude of the delay change from packet to packet."""
    loss_ratio: float
    packets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PathMeasurement:
    """A path that has a good probe."""

    path: str
    run_at: datetime
    runs: int
    """How many probe runs were pooled."""
    is_delay_halved: bool
    forward: DirectionMeasurement
    backward: DirectionMeasurement
    grade: Grade
    reasons: tuple[Reason, ...]
    run_stamp_s: float | None = None
    """The agent's uptime of the latest run; the same again is the same run again."""
    run_length_s: float = 0.0
    """What sending the latest run takes, at the packet time of the path's codec."""

    def towards(self, direction: Direction) -> DirectionMeasurement:
        """Return one direction."""
        return self.forward if direction is Direction.FORWARD else self.backward


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmeasured:
    """A path whose MOS is not measured, and why."""

    path: str
    reason: Reason
    run_at: datetime | None = None
    """The latest run that is known, however little it is worth."""
    grade: Grade = Grade.C


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How fresh what is known of a probe can be at all."""

    now: datetime
    interval_s: float
    """How often its device is polled."""
    is_silent: bool = False
    """The device did not answer the last poll."""
    is_gone: bool = False
    """The device answered in full, and has no such operation any more."""


def measure_path(
    path: VoicePath,
    runs: Sequence[ProbeMetrics],
    polling: Polling,
    *,
    enough_packets: int = ENOUGH_PACKETS,
) -> PathMeasurement | Unmeasured:
    """Return what the probe of a path says of it now.

    The latest run counts; older ones are pooled with it only until there are enough packets.

    Args:
        path: the path.
        runs: distinct runs of its probe, newest first; may be empty.
        polling: when and how its device was polled.  A run older than three periods of the probe
            is stale; while polls succeed two of their intervals are added, because nobody
            could know a newer one.
        enough_packets: how many to pool, as far as there are.
    """
    if not runs or polling.is_gone:
        last = runs[0].run_at if runs else None
        return Unmeasured(path=path.name, reason=Reason.NO_PROBE, run_at=last)
    latest = runs[0]
    refused = _refusal(latest, polling)
    if refused is not None:
        return Unmeasured(path=path.name, reason=refused, run_at=latest.run_at)
    return _pool(path, latest.run_at or polling.now, _enough(runs, enough_packets))


def absent_links(
    links: Iterable[LinkId], metrics: Mapping[str, DeviceMetrics]
) -> tuple[LinkId, ...]:
    """Return the links whose device answered in full and has no such interface.

    A device that is silent, or whose tables were cut short, proves nothing.
    """
    names = {
        device: {row.interface for row in one.interfaces}
        for device, one in metrics.items()
        if Reason.PARTIAL_WALK not in one.reasons
    }
    return tuple(
        link for link in links if link.interface not in names.get(link.device, {link.interface})
    )


def _refusal(run: ProbeMetrics, polling: Polling) -> Reason | None:
    if run.run_at is None:
        return Reason.PROBE_IDLE
    for fatal in (Reason.PROBE_IDLE, Reason.STALE, Reason.PROBE_FAILED):
        if fatal in run.reasons:
            return fatal
    period_s = run.frequency_s or _USUAL_PERIOD_S
    unknowable_s = 0.0 if polling.is_silent else 2 * polling.interval_s
    allowed = timedelta(seconds=STALE_AFTER_RUNS * period_s + unknowable_s)
    if polling.now - run.run_at > allowed:
        return Reason.STALE
    return next(_missing(run), None)


def _missing(run: ProbeMetrics) -> Iterator[Reason]:
    for way in (run.forward, run.backward):
        for metric in (way.loss_ratio, way.delay_s, way.jitter_s):
            if not isinstance(metric, Measured):
                yield metric.reason


def _enough(runs: Sequence[ProbeMetrics], enough_packets: int) -> list[ProbeMetrics]:
    """Return the newest runs that reach the sample size; a bad or a missed run ends them."""
    pooled: list[ProbeMetrics] = []
    packets = 0
    for run in runs:
        if pooled and not _follows(pooled[-1], run):
            break
        pooled.append(run)
        packets += run.forward.packets  # as sent; those lost on the way out are a result too
        if packets >= enough_packets:
            break
    return pooled


def _follows(later: ProbeMetrics, earlier: ProbeMetrics) -> bool:
    """Return whether `earlier` is a good run of the same stretch of time as `later`."""
    if later.run_at is None or earlier.run_at is None or any(True for _ in _missing(earlier)):
        return False
    period_s = later.frequency_s or _USUAL_PERIOD_S
    return later.run_at - earlier.run_at <= timedelta(seconds=STALE_AFTER_RUNS * period_s)


def _pool(path: VoicePath, run_at: datetime, runs: Sequence[ProbeMetrics]) -> PathMeasurement:
    forward = _mean_of([run.forward for run in runs])
    backward = _mean_of([run.backward for run in runs])
    reasons = dict.fromkeys(reason for run in runs for reason in run.reasons)
    # A probe judges a single run; here the judgement is on all that were pooled.
    reasons.pop(Reason.TOO_FEW_PACKETS, None)
    if forward.packets < ENOUGH_PACKETS:
        reasons[Reason.TOO_FEW_PACKETS] = None
    return PathMeasurement(
        path=path.name,
        run_at=run_at,
        runs=len(runs),
        is_delay_halved=Reason.RTT_HALVED in reasons,
        forward=forward,
        backward=backward,
        grade=grade_of(reasons),
        reasons=tuple(reasons),
        run_stamp_s=runs[0].run_stamp_s,
        run_length_s=runs[0].forward.packets * path.packet_time_s,
    )


def _mean_of(runs: Sequence[ProbeDirection]) -> DirectionMeasurement:
    """Return the means over runs, each weighted by its packets."""
    packets = sum(run.packets for run in runs)

    def mean(metrics: Sequence[Metric]) -> float:
        return sum(
            metric.value * run.packets / packets
            for metric, run in zip(metrics, runs, strict=True)
            if isinstance(metric, Measured)
        )

    return DirectionMeasurement(
        delay_s=mean([run.delay_s for run in runs]),
        jitter_s=mean([run.jitter_s for run in runs]),
        loss_ratio=mean([run.loss_ratio for run in runs]),
        packets=packets,
    )
