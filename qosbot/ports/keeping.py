"""What outlives a look at the network: polls, scores, loads, alarms in the making."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qosbot.domain.considerations import Consideration
from qosbot.domain.egress_loads import EgressLoad
from qosbot.domain.grouping import Detection
from qosbot.domain.inventory import LinkId, ProbeId
from qosbot.domain.metrics import DeviceMetrics, Grade, ProbeMetrics
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.domain.samples import DeviceSample


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
