"""Plain stand-ins for our ports."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from qosbot.domain.egress_loads import EgressLoad
from qosbot.domain.inventory import Device, LinkId, ProbeId
from qosbot.domain.metrics import DeviceMetrics, ProbeMetrics
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.domain.samples import DeviceSample, Poll
from qosbot.ports.keeping import DeviceState, ScoreRow
from tests.domain.builders import NOON


@dataclass
class FakeClock:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at


@dataclass
class FakePoller:
    answer: Poll

    def poll(self, devices: Sequence[Device], deadline_s: float) -> Poll:
        del devices, deadline_s
        return self.answer


@dataclass
class FakeStore:
    baselines: dict[str, DeviceSample] = field(default_factory=dict)
    runs: dict[ProbeId, tuple[ProbeMetrics, ...]] = field(default_factory=dict)
    polls: list[tuple[Sequence[DeviceMetrics], Mapping[str, str]]] = field(default_factory=list)
    scores: list[Sequence[PathScore | Unmeasured]] = field(default_factory=list)
    history: Mapping[str, Sequence[ScoreRow]] = field(default_factory=dict)
    loads: Mapping[LinkId, Sequence[EgressLoad]] = field(default_factory=dict)

    def baseline(self, devices: Collection[str]) -> Mapping[str, DeviceSample]:
        return {name: self.baselines[name] for name in devices if name in self.baselines}

    def record_poll(
        self,
        polled_at: datetime,
        samples: Sequence[DeviceSample],
        metrics: Sequence[DeviceMetrics],
        silent: Mapping[str, str],
    ) -> None:
        del polled_at
        self.baselines.update({sample.device: sample for sample in samples})
        self.polls.append((metrics, silent))

    def latest_metrics(self, devices: Collection[str]) -> Mapping[str, DeviceMetrics]:
        latest = {one.device: one for metrics, _ in self.polls for one in metrics}
        return {name: latest[name] for name in devices if name in latest}

    def device_states(self) -> Mapping[str, DeviceState]:
        states: dict[str, DeviceState] = {}
        for metrics, silent in self.polls:
            said = {**dict.fromkeys((one.device for one in metrics), ""), **silent}
            for device, reason in said.items():
                states[device] = DeviceState(
                    device=device, polled_at=NOON, answered_at=None, silent=reason
                )
        return states

    def recent_probe_runs(
        self, probes: Collection[ProbeId], limit: int
    ) -> Mapping[ProbeId, tuple[ProbeMetrics, ...]]:
        return {probe: self.runs[probe][:limit] for probe in probes if probe in self.runs}

    def record_scores(self, at: datetime, scores: Sequence[PathScore | Unmeasured]) -> None:
        del at
        self.scores.append(scores)

    def score_history(
        self, path: str, since: datetime, until: datetime | None = None
    ) -> tuple[ScoreRow, ...]:
        return tuple(
            row
            for row in self.history.get(path, ())
            if row.at >= since and (until is None or row.at < until)
        )

    def drop_history(
        self, link: LinkId, class_path: tuple[str, ...], since: datetime
    ) -> tuple[tuple[datetime, float], ...]:
        del link, class_path, since
        return ()

    def egress_loads(
        self, links: Collection[LinkId], since: datetime
    ) -> Mapping[LinkId, Sequence[EgressLoad]]:
        found = {link: self.loads.get(link, ()) for link in links}
        return {link: [one for one in all_ if one.from_at >= since] for link, all_ in found.items()}

    def delete_loads_before(self, at: datetime) -> None:
        del at

    def delete_before(self, at: datetime, *, scores_since: datetime | None = None) -> None:
        del at, scores_since
