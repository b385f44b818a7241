"""What the counters show along one direction of a path, each value ready to be quoted.

A hop that was not read is a gap with its reason, and a gap is never taken for a healthy hop.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from qosbot.domain.alarms import AffectedWay
from qosbot.domain.capacity import LINE_BYTES, probe_pps
from qosbot.domain.codecs import CODECS
from qosbot.domain.findings import Evidence
from qosbot.domain.inventory import Direction, Hop, Inventory, Link, LinkId, ProbeId, Route
from qosbot.domain.metrics import (
    ClassMetrics,
    DeviceMetrics,
    Grade,
    InterfaceMetrics,
    Measured,
    Metric,
    NotMeasured,
    ProbeMetrics,
    Reason,
    grade_of,
)
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.domain.samples import FlowDirection


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Where a counter begins to mean something; ratios in 0..1."""

    busy_ratio: float = 0.9
    """Of a link's rate: it is congested, dropping or not."""
    flat_top_ratio: float = 0.95
    """Of the rate of a link that we receive on: the carrier has more than fits."""
    error_ratio: float = 0.001
    drop_ratio: float = 0.0005
    """Of a voice class; the packets of a re-convergence are fewer."""
    discard_ratio: float = 0.001
    explained_tolerance: float = 0.2
    """Offered EF may differ by this from what the calls explain."""
    witness_pps: float = 50.0
    """One call of G.711; fewer packets upstream prove nothing of a class that counts none."""
    witness_interval_s: float = 30.0
    """Class counters are refreshed in batches, so a zero over less is no zero."""
    oldest_metrics_s: float = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that a diagnosis may look at."""

    inventory: Inventory
    metrics: Mapping[str, DeviceMetrics]
    """The latest of each device that answered."""
    scores: Mapping[str, PathScore | Unmeasured]
    probes: Mapping[ProbeId, ProbeMetrics]
    """The newest run of each probe."""
    now: datetime
    marks: Marks = field(default_factory=Marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """One link as its device counted it."""

    link: Link
    port: InterfaceMetrics
    classes: tuple[ClassMetrics, ...]
    """Of this interface, both directions."""
    taken_at: datetime
    grade: Grade

    @property
    def policy_out(self) -> tuple[ClassMetrics, ...]:
        """Return the classes on the way out; empty where no policy is attached."""
        return tuple(one for one in self.classes if one.direction is FlowDirection.OUT)

    @property
    def voice_out(self) -> tuple[ClassMetrics, ...]:
        """Return the classes that queue voice on the way out."""
        return tuple(one for one in self.policy_out if one.is_voice and one.is_leaf)

    @property
    def out_ratio(self) -> float:
        """Return how full the link is on the way out."""
        return value_of(self.port.out_rate_bps) / self.link.rate_out_bps

    @property
    def in_ratio(self) -> float:
        """Return how full the link is on the way in."""
        return value_of(self.port.in_rate_bps) / self.link.rate_in_bps

    @property
    def other_drop_ratio(self) -> float:
        """Return the greatest drop ratio among the classes that do not carry voice."""
        leaves = [one for one in self.policy_out if one.is_leaf and not one.is_voice]
        return max((value_of(one.drop_ratio) for one in leaves), default=0.0)

    def quote(self, counter: str, direction: FlowDirection) -> tuple[Evidence, ...]:
        """Return a value of the interface as evidence; nothing where it was not measured."""
        return self._evidence(counter, direction, (), getattr(self.port, counter))

    def quote_class(self, of: ClassMetrics, counter: str) -> tuple[Evidence, ...]:
        """Return a value of one of its classes as evidence; nothing where it was not measured."""
        return self._evidence(counter, of.direction, of.class_path, getattr(of, counter))

    def _evidence(
        self, counter: str, direction: FlowDirection, class_path: tuple[str, ...], metric: Metric
    ) -> tuple[Evidence, ...]:
        if not isinstance(metric, Measured):
            return ()
        return (
            Evidence(
                device=self.link.id.device,
                interface=self.link.id.interface,
                direction=direction,
                class_path=class_path,
                counter=counter,
                value=metric.value,
                at=self.taken_at,
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One direction of a path, hop by hop."""

    egress: tuple[LinkView, ...]
    """In the order of the hops; alternatives of a hop beside each other."""
    ingress: tuple[LinkView, ...]
    receiving: tuple[LinkView, ...]
    """Every interface that this direction arrives on, the last one included."""

    @property
    def grade(self) -> Grade:
        """Return the worst grade of what was looked at."""
        views = (*self.egress, *self.ingress, *self.receiving)
        return max((one.grade for one in views), default=Grade.A)


def look_along(way: AffectedWay, scene: Scene) -> Sight | str:
    """Return what is seen along a way, or why it cannot be seen, in words.

    A link that is down is left out; a hop whose links are all down makes the path unproven.
    """
    path = scene.inventory.paths[way.path]
    route = path.route(way.direction)
    egress: list[LinkView] = []
    for hop in route.egress:
        views = _hop(hop, scene)
        if isinstance(views, str):
            return views
        egress.extend(views)
    ingress = _hop(route.ingress, scene)
    if isinstance(ingress, str):
        return ingress
    # What sends the other direction receives this one.
    others = [view_of(link, scene) for hop in _back(way, scene).egress for link in hop.any_of]
    receiving = {one.link.id: one for one in (*others, *ingress) if isinstance(one, LinkView)}
    return Sight(egress=tuple(egress), ingress=ingress, receiving=tuple(receiving.values()))


def _back(way: AffectedWay, scene: Scene) -> Route:
    path = scene.inventory.paths[way.path]
    is_forward = way.direction is Direction.FORWARD
    return path.backward if is_forward else path.forward


def _hop(hop: Hop, scene: Scene) -> tuple[LinkView, ...] | str:
    views: list[LinkView] = []
    for link in hop.any_of:
        view = view_of(link, scene)
        if isinstance(view, str):
            return view
        views.append(view)
    up = tuple(one for one in views if one.port.is_up)
    if not up:
        return f"the path is unproven: {' and '.join(map(str, hop.any_of))} is down"
    return up


def view_of(link: LinkId, scene: Scene) -> LinkView | str:
    """Return a link as its device counted it, or what is missing, in words."""
    device = scene.metrics.get(link.device)
    if device is None:
        return f"{link.device} did not answer"
    age_s = (scene.now - device.taken_at).total_seconds()
    if age_s > scene.marks.oldest_metrics_s:
        return f"the counters of {link.device} are {age_s:.0f} s old"
    grade = grade_of(device.reasons)
    if grade is Grade.C:
        return f"the poll of {link.device} is not usable: {', '.join(device.reasons)}"
    port = next((one for one in device.interfaces if one.interface == link.interface), None)
    if port is None:
        return f"{link} was not read"
    classes = tuple(one for one in device.classes if one.interface == link.interface)
    gap = next(_gaps(port, classes), "") if port.is_up else ""
    if gap:
        return f"{link}: {gap}"
    return LinkView(
        link=scene.inventory.links[link],
        port=port,
        classes=classes,
        taken_at=device.taken_at,
        grade=grade,
    )


def _gaps(port: InterfaceMetrics, classes: tuple[ClassMetrics, ...]) -> Iterator[str]:
    needed = {
        "out_rate_bps": port.out_rate_bps,
        "in_rate_bps": port.in_rate_bps,
        "out_discard_ratio": port.out_discard_ratio,
        "in_error_ratio": port.in_error_ratio,
    }
    yield from _missing(needed, "")
    for one in classes:
        if one.is_leaf:
            counted = {
                "offered_rate_pps": one.offered_rate_pps,
                "offered_rate_bps": one.offered_rate_bps,
                "drop_ratio": one.drop_ratio,
            }
            yield from _missing(counted, f" of class {'/'.join(one.class_path)}")


def _missing(needed: Mapping[str, Metric], of: str) -> Iterator[str]:
    for name, metric in needed.items():
        if isinstance(metric, Measured):
            continue
        if not (isinstance(metric, NotMeasured) and metric.reason is Reason.NO_TRAFFIC):
            yield f"{name}{of} is not known ({metric.reason})"


def value_of(metric: Metric) -> float:
    """Return a value that `look_along` has made sure of; a ratio of no traffic is zero."""
    return metric.value if isinstance(metric, Measured) else 0.0


def has_load(way: AffectedWay, scene: Scene) -> bool:
    """Return whether calls were seen on a way, or traffic as much as its calls would be.

    A voice class that counts one call more than the way's probe sends shows calls.  Without
    such a class half of what the busy hour's calls take on the line is load enough.
    """
    path = scene.inventory.paths[way.path]
    codec = CODECS[path.codec]
    run = scene.probes.get(path.probe)
    quiet_pps = (probe_pps(run, way.direction) if run else 0.0) + 1 / path.packet_time_s
    for hop in path.route(way.direction).egress:
        for link in hop.any_of:
            view = view_of(link, scene)
            if isinstance(view, str) or not view.port.is_up:
                continue
            call_bps = codec.per_call_bps(path.packet_time_s, LINE_BYTES[view.link.layer2])
            if value_of(view.port.out_rate_bps) >= path.busy_hour_calls * call_bps / 2:
                return True
            if any(value_of(one.offered_rate_pps) >= quiet_pps for one in view.voice_out):
                return True
    return False


def in_bits(rate_bps: float) -> str:
    """Return a rate in words: `3.98 Mbit/s`."""
    for factor, unit in ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s")):
        if rate_bps >= factor:
            return f"{rate_bps / factor:.3g} {unit}"
    return f"{rate_bps:.3g} bit/s"
