"""The causes that fit what is seen along a way, each with the loss that it explains."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qosbot.domain.alarms import AffectedWay
from qosbot.domain.capacity import expected_ef
from qosbot.domain.findings import Cause, Evidence
from qosbot.domain.metrics import ClassMetrics, Grade
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import DirectionMeasurement
from qosbot.domain.policies import EF
from qosbot.domain.samples import FlowDirection
from qosbot.domain.sightings import LinkView, Scene, Sight, in_bits, value_of

IN, OUT = FlowDirection.IN, FlowDirection.OUT

_EXPLAINED_SHARE = 0.25
"""Line errors are the cause where they make at least this much of the loss that is heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A cause that fits, with the loss that it explains."""

    cause: Cause
    view: LinkView
    direction: FlowDirection
    class_path: tuple[str, ...] = ()
    loss_ratio: float
    evidence: tuple[Evidence, ...]
    words: str
    cap: Grade = Grade.A
    """The best grade that this evidence allows."""


def physical(sight: Sight, measured: DirectionMeasurement, scene: Scene) -> Iterator[Suspect]:
    """Yield where a way arrives damaged, enough to matter beside the loss that is heard."""
    least = max(scene.marks.error_ratio, _EXPLAINED_SHARE * measured.loss_ratio)
    for view in sight.receiving:
        ratio = value_of(view.port.in_error_ratio)
        if ratio >= least:
            yield Suspect(
                cause=Cause.PHYSICAL_ERRORS,
                view=view,
                direction=IN,
                loss_ratio=ratio,
                evidence=(
                    *view.quote("in_error_ratio", IN),
                    *view.quote("fcs_error_rate_pps", IN),
                ),
                words=(
                    f"{view.link.id} receives {ratio:.2%} of its packets damaged; that is a matter "
                    f"of line, optics or duplex ({view.link.circuit}), not of QoS"
                ),
            )


def egress(way: AffectedWay, sight: Sight, scene: Scene) -> Iterator[Suspect]:
    """Yield what our own egress links do to a way."""
    for at, view in enumerate(sight.egress):
        if not view.policy_out:
            yield from _no_policy(view, scene)
            continue
        queues = view.voice_out
        if queues and all(value_of(one.offered_rate_pps) == 0 for one in queues):
            yield from _matches_nothing(way, view, sight.egress[:at], scene)
        for one in queues:
            yield from _drops(view, one, scene)


def _no_policy(view: LinkView, scene: Scene) -> Iterator[Suspect]:
    discarded = value_of(view.port.out_discard_ratio)
    is_full = view.out_ratio >= scene.marks.busy_ratio
    if discarded < scene.marks.discard_ratio and not is_full:
        return
    rate, sent = view.link.rate_out_bps, value_of(view.port.out_rate_bps)
    yield Suspect(
        cause=Cause.NO_POLICY,
        view=view,
        direction=OUT,
        loss_ratio=max(discarded, 1 - rate / sent if sent > rate else 0.0),
        evidence=(*view.quote("out_rate_bps", OUT), *view.quote("out_discard_ratio", OUT)),
        words=(
            f"{view.link.id} sends {in_bits(sent)} of {in_bits(rate)} and discards {discarded:.2%} "
            "without a queueing policy, so voice waits and is lost among data"
        ),
    )


def _matches_nothing(
    way: AffectedWay, view: LinkView, upstream: Sequence[LinkView], scene: Scene
) -> Iterator[Suspect]:
    dropped = max(view.other_drop_ratio, value_of(view.port.out_discard_ratio))
    if dropped < scene.marks.discard_ratio and view.out_ratio < scene.marks.busy_ratio:
        return  # nothing is lost or queues here, whatever the class does
    witness = _witness(way, upstream, scene)
    if witness is None:
        return
    voice = view.voice_out[0]
    evidence = (
        *witness.evidence,
        *view.quote_class(voice, "offered_rate_pps"),
        *(
            quoted
            for one in view.policy_out
            if one.is_leaf
            for quoted in view.quote_class(one, "drop_ratio")
        ),
    )
    name = "/".join(voice.class_path)
    span_s = min(value_of(voice.interval_s), witness.interval_s)
    if span_s < scene.marks.witness_interval_s:
        yield Suspect(
            cause=Cause.DATA_TOO_POOR,
            view=view,
            direction=OUT,
            loss_ratio=dropped,
            evidence=evidence,
            words=(
                f"class {name} on {view.link.id} counted nothing, but over {span_s:.0f} s only; "
                f"it takes {scene.marks.witness_interval_s:.0f} s"
            ),
        )
        return
    yield Suspect(
        cause=Cause.CLASS_MATCHES_NOTHING,
        view=view,
        direction=OUT,
        class_path=voice.class_path,
        loss_ratio=dropped,
        evidence=evidence,
        words=(
            f"class {name} on {view.link.id} matches nothing while {witness.words}, so voice "
            f"shares the queue that loses {dropped:.2%}"
        ),
        cap=witness.cap,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Witness:
    """Someone who counted EF before the class that counts none."""

    evidence: tuple[Evidence, ...]
    words: str
    interval_s: float
    cap: Grade


def _witness(way: AffectedWay, upstream: Sequence[LinkView], scene: Scene) -> _Witness | None:
    """Return a witness: a voice class upstream, or else the probe's own packets.

    The probe is a lesser one: its way back has the marking that the responder copied.
    """
    for view in reversed(upstream):
        for one in view.voice_out:
            pps = value_of(one.offered_rate_pps)
            if pps > scene.marks.witness_pps:
                return _Witness(
                    evidence=view.quote_class(one, "offered_rate_pps"),
                    words=f"{view.link.id} upstream counts {pps:.0f} packets/s of voice",
                    interval_s=value_of(one.interval_s),
                    cap=Grade.A,
                )
    probe = scene.inventory.paths[way.path].probe
    run = scene.probes.get(probe)
    arrived = _arrived(way, scene)
    if run is None or run.dscp != EF or arrived < scene.marks.witness_pps:
        return None
    return _Witness(
        evidence=(),
        words=f"{arrived:.0f} packets of the probe, marked EF, came this way in one run",
        interval_s=scene.marks.witness_interval_s,
        cap=Grade.B,
    )


def _arrived(way: AffectedWay, scene: Scene) -> float:
    score = scene.scores[way.path]
    if not isinstance(score, PathScore):
        return 0.0
    measured = score.measurement.towards(way.direction)
    return measured.packets * (1 - measured.loss_ratio)


def _drops(view: LinkView, voice: ClassMetrics, scene: Scene) -> Iterator[Suspect]:
    """Tell a class that is too small from one that others mark into."""
    link = view.link
    expected = expected_ef(scene.inventory, link, OUT, scene.probes)
    dropped, offered = value_of(voice.drop_ratio), value_of(voice.offered_rate_bps)
    explained, tolerance = expected.counted_bps, scene.marks.explained_tolerance
    is_foreign = offered > (1 + tolerance) * explained
    beyond = link.ef_contract_bps is not None and offered > expected.counted_of_line(
        link.ef_contract_bps
    )
    if dropped < scene.marks.drop_ratio and not (is_foreign and beyond):
        return
    counted = (
        f"class {'/'.join(voice.class_path)} on {link.id} drops {dropped:.2%} of "
        f"{in_bits(offered)}; {expected.calls} calls and the probes explain {in_bits(explained)}"
    )
    yield Suspect(
        cause=Cause.FOREIGN_EF if is_foreign else Cause.VOICE_CLASS_TOO_SMALL,
        view=view,
        direction=OUT,
        class_path=voice.class_path,
        loss_ratio=dropped,
        evidence=tuple(
            quoted
            for counter in ("offered_rate_bps", "drop_ratio", "drop_rate_pps")
            for quoted in view.quote_class(voice, counter)
        ),
        words=(
            f"{counted}: something else is marked EF, and more priority would reward it"
            if is_foreign
            else f"{counted}: the class is too small for its voice"
        ),
        # With fewer calls than the busy hour's a burst may be what was dropped.
        cap=Grade.A if offered >= (1 - tolerance) * explained else Grade.B,
    )


def ingress(sight: Sight, scene: Scene) -> Iterator[Suspect]:
    """Yield where a way arrives on a link that carries all it can."""
    for view in sight.ingress:
        if view.in_ratio < scene.marks.flat_top_ratio:
            continue
        link, received = view.link, value_of(view.port.in_rate_bps)
        yield Suspect(
            cause=Cause.INGRESS_OVERLOAD,
            view=view,
            direction=IN,
            loss_ratio=view.in_ratio,
            evidence=(
                *view.quote("in_rate_bps", IN),
                *(quoted for one in sight.egress for quoted in one.quote("out_discard_ratio", OUT)),
            ),
            words=(
                f"{link.id} receives {in_bits(received)} of {in_bits(link.rate_in_bps)} while our "
                f"egress loses no voice: the carrier drops before it ({link.circuit})"
            ),
        )
