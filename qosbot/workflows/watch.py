"""One look at the whole network: score, detect, diagnose, propose.

It reads what the pollers left and, where a cause was found, the configuration of a device; it
changes none.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from qosbot.domain.considerations import Consideration
from qosbot.domain.egress_loads import WINDOW, busiest_bps
from qosbot.domain.errors import StoreConflictError
from qosbot.domain.figures import Figures, figures_of
from qosbot.domain.ground import Refused
from qosbot.domain.in_force import inventory_after, inventory_in_force
from qosbot.domain.intents import PreferCodec
from qosbot.domain.inventory import Inventory, LinkId
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import ENOUGH_PACKETS, Unmeasured
from qosbot.domain.playbooks import Playbook
from qosbot.domain.proposals import Proposal
from qosbot.domain.remediation import Remediation, State
from qosbot.domain.sightings import Marks, Scene
from qosbot.ports import Clock
from qosbot.ports.configuring import Platform
from qosbot.ports.keeping import Memory, Store
from qosbot.workflows.advise import Baselines, follow_up
from qosbot.workflows.assess import assess, keep_scores
from qosbot.workflows.detect import Detected, detect, scene_of
from qosbot.workflows.draft import Desk
from qosbot.workflows.outside import Outside
from qosbot.workflows.propose import Considered, Verdict, propose
from qosbot.workflows.start import gives_way, prepare, submit

_USUAL_PERIOD_S = 60.0
_MOST_READINGS = 5
"""Of one look, while polls keep coming in between; they are half a minute apart at least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where figures come from."""

    inventory: Inventory
    store: Store
    platforms: Mapping[str, Platform]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookout:
    """All that a look needs."""

    sources: Sources
    memory: Memory
    baselines: Baselines
    outside: Outside
    playbooks: Sequence[Playbook]
    clock: Clock
    reconsider_s: float
    """Until the findings of an alarm that got no proposal are considered again."""
    codec_settle_s: float
    """Until calls are new ones, after a codec was changed."""
    marks: Marks = field(default_factory=Marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a look found and did."""

    scores: tuple[PathScore | Unmeasured, ...]
    detected: Detected
    considered: tuple[Considered, ...]
    submitted: tuple[Remediation, ...]


def look(lookout: Lookout) -> Looked:
    """Score, detect, diagnose and propose once; looking twice at the same polls adds nothing.

    Raises:
        StoreError: if what was found could not be kept.
    """
    outside, now = lookout.outside, lookout.clock.now()
    decisions = outside.decisions
    policy = outside.policy
    written = replace(outside.inventory, policy=policy)
    inventory = inventory_in_force(written, decisions.codecs_in_force())
    scores, scene = view(
        lookout.sources.store,
        inventory,
        now,
        poll_interval_s=outside.poll_interval_s,
        marks=lookout.marks,
    )
    keep_scores(scores, lookout.sources.store, now)
    detected = detect(scene, lookout.memory.detection())
    # Alarms before detection: should this die in between, the next look finds the same again.
    decisions.keep_alarms(detected.detection.alarms)
    kept = follow_up(inventory, scores, detected, baselines=lookout.baselines, now=now)
    lookout.memory.keep_detection(kept, now)
    # What may be proposed is not known without a policy; the first look with one makes up for it.
    alarms = detected.detection.alarms if policy.is_readable else ()
    proposed = propose(alarms, detected.findings, _desk(lookout, scene, detected, now), now)
    kept_or_not = [_submitted(lookout, scene, one, now) for one in proposed]
    considered = tuple(one for one, _ in kept_or_not)
    submitted = tuple(made for _, made in kept_or_not if made is not None)
    lookout.memory.keep_considerations([_consideration(one, now) for one in considered])
    return Looked(scores=scores, detected=detected, considered=considered, submitted=submitted)


def view(
    store: Store, inventory: Inventory, now: datetime, *, poll_interval_s: float, marks: Marks
) -> tuple[tuple[PathScore | Unmeasured, ...], Scene]:
    """Return what the latest polls show, all of it from before or all from after the same poll.

    Polls are kept whenever they come, by us or by `qosbot poll`; what one of them fell into is
    read again.
    """
    for _ in range(_MOST_READINGS):
        polls = store.device_states()
        scores = assess(inventory, store=store, now=now, poll_interval_s=poll_interval_s)
        metrics = store.latest_metrics(tuple(inventory.devices))
        scene = scene_of(inventory, store=store, scores=scores, metrics=metrics, now=now)
        if store.device_states() == polls:
            break
    return scores, replace(scene, marks=marks)


def _desk(lookout: Lookout, scene: Scene, detected: Detected, now: datetime) -> Desk:
    open_ones = lookout.outside.decisions.remediations(only_open=True)
    causes = [one for found in detected.findings.values() for one in found]
    links = {one.link for one in causes if one.link is not None}
    return Desk(
        scene=scene,
        playbooks=lookout.playbooks,
        session=lookout.outside.sessions,
        platforms=lookout.sources.platforms,
        calm={one.way: one.calm for one in detected.detection.ways if one.calm is not None},
        busiest_out_bps=busiest_out_bps(lookout.sources.store, links, now),
        busy={one.device for one in open_ones if not gives_way(one)},
        answered=_answered(lookout, now),
        is_stopped=lookout.outside.has_kill_switch(),
    )


def busiest_out_bps(
    store: Store, links: Collection[LinkId], now: datetime
) -> Mapping[LinkId, float]:
    """Return the 95th percentile of what left by each link in 7 days, where that is known."""
    loads = store.egress_loads(links, now - WINDOW)
    busiest = {link: busiest_bps(loads_of, now) for link, loads_of in loads.items()}
    return {link: bps for link, bps in busiest.items() if bps is not None}


def _answered(lookout: Lookout, now: datetime) -> set[str]:
    """Return the alarms that need no answer now: one waits, or came to an end a short while ago."""
    cool_down = timedelta(seconds=lookout.outside.policy.limits.cool_down_s)
    again = timedelta(seconds=lookout.reconsider_s)

    def is_quiet(one: Remediation) -> bool:
        if one.finished_at is None:
            return True
        # What was typed, and what a person refused, is left alone for long; what expired or
        # went stale is diagnosed afresh.
        was_answered = one.typed_at is not None or one.state is State.REJECTED
        return now - one.finished_at < (cool_down if was_answered else again)

    decisions, since = lookout.outside.decisions, now - max(cool_down, again)
    recent = decisions.remediations(only_open=True) + decisions.remediations(moved_since=since)
    busy = {alarm for one in recent if is_quiet(one) for alarm in one.proposal.alarms}
    return busy | {one.alarm for one in lookout.memory.considerations() if now - one.at < again}


def _submitted(
    lookout: Lookout, scene: Scene, one: Considered, now: datetime
) -> tuple[Considered, Remediation | None]:
    """Return what became of a finding, with what was kept of it."""
    if one.proposal is None:
        return one, None
    try:
        return one, _submit(lookout, scene, one.proposal, now)
    except StoreConflictError as error:
        # A precaution there was decided on, or one was planned, since the devices were looked at.
        verdict, refused = Verdict.REFUSED, Refused.BUSY
        words = str(error)
        return replace(one, verdict=verdict, proposal=None, refused=refused, words=words), None


def _submit(lookout: Lookout, scene: Scene, proposal: Proposal, now: datetime) -> Remediation:
    link = next(one.link for one in proposal.findings if one.link is not None)
    paths = judged_by(proposal)
    poll_interval_s = lookout.outside.poll_interval_s
    scores = scores_over_runs(lookout.sources.store, scene, paths, poll_interval_s)
    before = take_figures(lookout.sources, link, paths, scores)
    if before is None:
        raise ValueError(f"{proposal.id}: its finding rests on figures that are not there")
    is_codec = isinstance(proposal.change.intent, PreferCodec)
    remediation = prepare(
        proposal,
        before,
        lookout.outside,
        probe_period_s=longest_period_s(scene, paths),
        settle_s=lookout.codec_settle_s if is_codec else 0.0,
    )
    return submit(remediation, lookout.outside, now)


def longest_period_s(scene: Scene, paths: Sequence[str]) -> float:
    """Return the longest period of the probes of some paths, in seconds."""
    runs = [scene.probes.get(scene.inventory.paths[path].probe) for path in paths]
    periods = [run.frequency_s for run in runs if run is not None and run.frequency_s]
    return max(periods, default=_USUAL_PERIOD_S)


def scores_over_runs(
    store: Store, scene: Scene, paths: Sequence[str], poll_interval_s: float
) -> tuple[PathScore | Unmeasured, ...]:
    """Return the scores over as many runs as raise an alarm, for one run may be a lucky one."""
    runs = max(scene.inventory.paths[path].thresholds.hold_runs for path in paths)
    return assess(
        scene.inventory,
        store=store,
        now=scene.now,
        poll_interval_s=poll_interval_s,
        enough_packets=runs * ENOUGH_PACKETS,
    )


def judged_by(proposal: Proposal) -> tuple[str, ...]:
    """Return the paths that must get better, then those that must not get worse."""
    affected = (way.path for one in proposal.findings for way in one.ways)
    return tuple(dict.fromkeys((*affected, *proposal.blast_radius)))


def take_figures(
    sources: Sources, link: LinkId, paths: Sequence[str], scores: Sequence[PathScore | Unmeasured]
) -> Figures | None:
    """Return the figures of a link and of some paths as of the latest poll; None: not polled."""
    metrics = sources.store.latest_metrics([link.device]).get(link.device)
    # What was polled of a device outlives its place in the inventory.
    device = sources.inventory.devices.get(link.device)
    platform = None if device is None else sources.platforms.get(device.platform)
    if metrics is None or platform is None:
        return None
    known = [score for score in scores if score.path in paths]
    return figures_of(metrics, link, known, catch_all=platform.catch_all)


def figures_since(
    sources: Sources, remediation: Remediation, now: datetime, poll_interval_s: float
) -> Figures | None:
    """Return the figures that a remediation is judged by, as of the latest poll.

    A codec that calls were told to prefer is what they are scored by: it must be better in
    spite of its lower ceiling.
    """
    inventory = inventory_after(sources.inventory, remediation.proposal)
    scores = assess(inventory, store=sources.store, now=now, poll_interval_s=poll_interval_s)
    return take_figures(sources, remediation.before.link, judged_by(remediation.proposal), scores)


def _consideration(one: Considered, now: datetime) -> Consideration:
    return Consideration(
        alarm=one.alarm,
        at=now,
        finding=one.finding,
        verdict=one.verdict.value,
        words=one.words,
        proposal="" if one.proposal is None else one.proposal.id,
    )
