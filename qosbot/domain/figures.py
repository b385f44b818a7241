"""What there is to see at a bottleneck and on the paths around it, at one poll.

The same figures are taken at the alarm and after a change, so that the two can be compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from qosbot.domain.alarms import AffectedWay
from qosbot.domain.inventory import Direction, LinkId
from qosbot.domain.metrics import (
    ClassMetrics,
    DeviceMetrics,
    InterfaceMetrics,
    Measured,
    Metric,
    NotMeasured,
    Reason,
)
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.domain.samples import FlowDirection

_ROOT_CLASS = 2
"""A class path of policy and class: what enters there has passed no other class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WayFigures:
    """One direction of a path; MOS is None where it is not measured."""

    way: AffectedWay
    run_at: datetime | None
    """By our clock, so it moves with the jitter of the poll that brought the run."""
    mos: float | None
    mos_low: float | None
    mos_high: float | None
    run_stamp_s: float | None = None
    """The probe's own uptime of the run; the same again is the same run again."""
    run_length_s: float = 0.0
    """How long the run takes, as far as that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassFigures:
    """One class on the way out of an interface; None: not measured."""

    interface: str
    class_path: tuple[str, ...]
    is_voice: bool
    is_leaf: bool
    is_catch_all: bool
    """Takes what no other class matches; its drops pay for what voice gets."""
    offered_bps: float | None
    offered_pps: float | None
    drop_bps: float | None
    drop_ratio: float | None
    backlog_bytes: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What there was to see between two polls of the bottleneck's device."""

    taken_at: datetime
    since: datetime | None
    """The earlier of the two polls; None where there was none to compare with."""
    link: LinkId
    offered_bps: float | None
    """What wanted to leave by the link, dropped or not."""
    is_congested: bool | None
    """Whether data is dropped or waits there; None: not measured."""
    classes: tuple[ClassFigures, ...]
    """Of every interface of the device."""
    ways: tuple[WayFigures, ...]

    @property
    def voice(self) -> tuple[ClassFigures, ...]:
        """Return the classes that carry voice over the link."""
        return tuple(
            one
            for one in self.classes
            if one.is_voice and one.is_leaf and one.interface == self.link.interface
        )


def figures_of(
    metrics: DeviceMetrics,
    link: LinkId,
    scores: Sequence[PathScore | Unmeasured],
    *,
    catch_all: str,
) -> Figures:
    """Return the figures of a link from the latest poll of its device and the scores of paths.

    Args:
        metrics: of the device that the link leaves from.
        link: the bottleneck.
        scores: of the affected paths and of every path that must not get worse.
        catch_all: what the platform calls the class that takes what no other matches.
    """
    port = next((one for one in metrics.interfaces if one.interface == link.interface), None)
    outward = [one for one in metrics.classes if one.direction is FlowDirection.OUT]
    here = [one for one in outward if one.interface == link.interface]
    return Figures(
        taken_at=metrics.taken_at,
        since=_since(metrics.taken_at, port, here),
        link=link,
        offered_bps=_offered_bps(port, here),
        is_congested=_is_congested(port, here),
        classes=tuple(_class_figures(one, catch_all) for one in outward),
        ways=tuple(_way_figures(one, way) for one in scores for way in Direction),
    )


def _since(
    taken_at: datetime, port: InterfaceMetrics | None, here: Sequence[ClassMetrics]
) -> datetime | None:
    """Return when the longest interval began over which any of the rows was counted."""
    rows: list[ClassMetrics | InterfaceMetrics] = [*here, *([] if port is None else [port])]
    spans = [_known(one.interval_s) for one in rows]
    known = [span for span in spans if span is not None]
    return taken_at - timedelta(seconds=max(known)) if known else None


def _offered_bps(port: InterfaceMetrics | None, here: Sequence[ClassMetrics]) -> float | None:
    roots = [_known(one.offered_rate_bps) for one in here if len(one.class_path) == _ROOT_CLASS]
    if roots:
        known = [value for value in roots if value is not None]
        return sum(known) if len(known) == len(roots) else None
    if port is None:
        return None
    sent, discarded = _known(port.out_rate_bps), _known(port.out_discard_ratio)
    if sent is None or discarded is None or discarded >= 1:
        return None
    return sent / (1 - discarded)


def _is_congested(port: InterfaceMetrics | None, here: Sequence[ClassMetrics]) -> bool | None:
    """Return whether data is dropped or waits; voice alone being dropped is not congestion."""
    if here:
        data = [one for one in here if not one.is_voice]
        signs = [_known(m) for one in data for m in (one.drop_rate_pps, one.queue_depth_bytes)]
    else:
        signs = [] if port is None else [_known(port.out_discard_rate_pps)]
    known = [sign for sign in signs if sign is not None]
    return any(sign > 0 for sign in known) if known else None


def _class_figures(one: ClassMetrics, catch_all: str) -> ClassFigures:
    return ClassFigures(
        interface=one.interface,
        class_path=one.class_path,
        is_voice=one.is_voice,
        is_leaf=one.is_leaf,
        is_catch_all=one.class_path[-1] == catch_all,
        offered_bps=_known(one.offered_rate_bps),
        offered_pps=_known(one.offered_rate_pps),
        drop_bps=_known(one.drop_rate_bps),
        drop_ratio=_known(one.drop_ratio),
        backlog_bytes=_known(one.queue_depth_bytes),
    )


def _way_figures(score: PathScore | Unmeasured, direction: Direction) -> WayFigures:
    way = AffectedWay(path=score.path, direction=direction)
    if isinstance(score, Unmeasured):
        return WayFigures(way=way, run_at=score.run_at, mos=None, mos_low=None, mos_high=None)
    voice = score.towards(direction)
    return WayFigures(
        way=way,
        run_at=score.run_at,
        mos=voice.mos,
        mos_low=voice.mos_low,
        mos_high=voice.mos_high,
        run_stamp_s=score.measurement.run_stamp_s,
        run_length_s=score.measurement.run_length_s,
    )


def _known(metric: Metric) -> float | None:
    """Return the value; a ratio of no traffic is zero here, for nothing was dropped."""
    if isinstance(metric, NotMeasured) and metric.reason is Reason.NO_TRAFFIC:
        return 0.0
    return metric.value if isinstance(metric, Measured) else None
