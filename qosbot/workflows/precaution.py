"""From a finding of an audit to a proposal that a person must decide on; changes no device."""

import logging
from datetime import datetime

from qosbot.domain.audit.catalogue import RULES
from qosbot.domain.audit.findings import AuditFinding
from qosbot.domain.capacity import expected_ef
from qosbot.domain.errors import StoreConflictError
from qosbot.domain.findings import Evidence, Finding
from qosbot.domain.ground import Ground, NoPlan, Planned, Refused, paths_over
from qosbot.domain.metrics import Grade
from qosbot.domain.path_scores import PathScore
from qosbot.domain.planning import plan_at_link
from qosbot.domain.playbooks import Playbook, Remedy, playbooks_for
from qosbot.domain.precautions import (
    SAID_SHORT,
    Standing,
    cause_at,
    is_port_faster,
    new_findings,
    place_of,
    standing_of,
)
from qosbot.domain.proposals import Precaution, Proposal
from qosbot.domain.remediation import Remediation
from qosbot.domain.samples import FlowDirection
from qosbot.domain.verification import name_of
from qosbot.workflows.finding_now import Planner, Site, look_at
from qosbot.workflows.rendered import Reason, Rendered, proposal_of, rendered
from qosbot.workflows.start import prepare, submit
from qosbot.workflows.watch import (
    busiest_out_bps,
    longest_period_s,
    scores_over_runs,
    take_figures,
)

log = logging.getLogger(__name__)

_TITLES = {rule.id: rule.title for rule in RULES}
_CLASS_COUNTERS = ("offered_rate_bps", "offered_rate_pps", "drop_ratio")
_PORT_COUNTERS = ("out_rate_bps", "out_discard_ratio")


def plan(finding: AuditFinding, planner: Planner) -> Remediation | NoPlan:
    """Propose what answers a finding, and keep it for a person to decide on; or say why not.

    Args:
        finding: as an audit kept it; its device is read, and it must be there still.
        planner: what it takes.
    """
    found = _plan(finding, planner, planner.clock.now())
    verdict = found.reason if isinstance(found, NoPlan) else found.state
    facts = {"finding": finding.id, "rule": finding.rule, "verdict": verdict}
    log.info("finding of an audit considered", extra=facts)
    return found


def _plan(finding: AuditFinding, planner: Planner, now: datetime) -> Remediation | NoPlan:
    site = look_at(finding, planner, now)
    if isinstance(site, NoPlan):
        return site
    drawn = _drawn(site, planner, now)
    if isinstance(drawn, NoPlan):
        return drawn
    fault = _fault_on_paper(site, drawn, planner)
    if fault:
        return NoPlan(reason=Refused.FAILS_ON_PAPER, words=f"with the lines typed, {fault}")
    grade = _grade(site, drawn.plan)
    if isinstance(grade, NoPlan):
        return grade
    reason = Reason(incident=finding.id, grade=grade, precaution=_precaution(site.finding))
    return _submitted(proposal_of(drawn, reason, site.inventory, now), site, planner, now)


def _drawn(site: Site, planner: Planner, now: datetime) -> Rendered | NoPlan:
    """Return what would be typed, or why nothing would be."""
    link = site.link
    if not paths_over(site.inventory, {link.id}):
        words = f"no path of paths.yaml crosses {link.id}: nobody would notice harm"
        return NoPlan(reason=Refused.DATA, words=words)
    load = expected_ef(site.inventory, link, FlowDirection.OUT, site.scene.probes)
    ground = Ground(
        inventory=site.inventory,
        link=link,
        running=site.platform.parse(site.running),
        load=load.times(SAID_SHORT),
        speed_bps=_speed_bps(site),
        busiest_out_bps=busiest_out_bps(planner.sources.store, {link.id}, now).get(link.id),
        is_port_faster=is_port_faster(site.audit, link.id),
    )
    cause = cause_at(site.finding, ground, _evidence(site), site.view.grade)
    if isinstance(cause, NoPlan):
        return cause
    book = _book(cause, planner)
    if book is None:
        return NoPlan(reason=Refused.NO_PLAYBOOK, words=f"no playbook answers {cause.cause}")
    planned = plan_at_link(book, cause, ground)
    if isinstance(planned, NoPlan):
        return planned
    return rendered(book, planned, site.platform, site.running, but="the rule is broken")


def _speed_bps(site: Site) -> float:
    return site.view.port.speed_bps or site.link.rate_out_bps


def _book(cause: Finding, planner: Planner) -> Playbook | None:
    """Return the playbook to follow; a codec is never the answer where nobody suffers."""
    books = playbooks_for(cause, planner.playbooks)
    return next((one for one in books if one.remedy is not Remedy.PREFER_CODEC), None)


def _evidence(site: Site) -> tuple[Evidence, ...]:
    """Return what was counted at the place of the finding."""
    view, place = site.view, place_of(site.finding.where)
    path = () if place is None else place.path
    port = [view.quote(name, FlowDirection.OUT) for name in _PORT_COUNTERS]
    classes = [
        view.quote_class(one, name)
        for one in view.policy_out
        if path and one.is_leaf and one.class_path[: len(path)] == path
        for name in _CLASS_COUNTERS
    ]
    return tuple(one for found in (*port, *classes) for one in found)


def _fault_on_paper(site: Site, drawn: Rendered, planner: Planner) -> str:
    """Return what the audit would say of the configuration with the lines; empty: nothing new.

    Both sides are read as trees, so that they differ in nothing but the lines.
    """
    finding, dialect = site.finding, site.platform
    texts = (
        dialect.with_lines(site.running, ()),
        dialect.with_lines(site.running, drawn.change.apply),
    )
    before, after = (planner.outside.audit(site.device, text) for text in texts)
    standing = standing_of(finding.rule, finding.where, finding.id, after)
    if standing is not Standing.GONE:
        verdict = "could not be judged" if standing is Standing.UNKNOWN else "would be broken still"
        return f"{finding.rule} {verdict} at {finding.where}"
    if before is None or after is None:
        return f"{finding.rule} could not be judged at {finding.where}"
    new = new_findings(before, after, finding.severity)
    told = ", ".join(f"{one.rule} at {one.where}" for one in new)
    return f"the audit would find what is as bad: {told}" if told else ""


def _grade(site: Site, planned: Planned) -> Grade | NoPlan:
    """Return the grade of all that the change will be judged by, or what is not measured."""
    grades = [site.view.grade]
    for path in planned.paths:
        score = site.scene.scores.get(path)
        if not isinstance(score, PathScore):
            why = "it was never scored" if score is None else score.reason
            words = f"{path} crosses it and is not measured ({why}): harm could not be seen"
            return NoPlan(reason=Refused.DATA, words=words)
        grades.append(score.grade)
    grade = max(grades)
    if grade is Grade.C:
        return NoPlan(reason=Refused.DATA, words="refused: its data are of grade C")
    return grade


def _precaution(finding: AuditFinding) -> Precaution:
    return Precaution(
        finding=finding.id,
        rule=finding.rule,
        severity=finding.severity,
        where=finding.where,
        title=_TITLES.get(finding.rule, finding.rule),
        evidence=finding.evidence,
    )


def _submitted(
    proposal: Proposal, site: Site, planner: Planner, now: datetime
) -> Remediation | NoPlan:
    """Keep a proposal with the figures that it will be judged against."""
    sources, outside, paths = planner.sources, planner.outside, proposal.blast_radius
    scores = scores_over_runs(sources.store, site.scene, paths, outside.poll_interval_s)
    before = take_figures(sources, site.link.id, paths, scores)
    if before is None:
        words = f"{site.device.name} was not polled, so there is nothing to compare with"
        return NoPlan(reason=Refused.DATA, words=words)
    unknown = [name_of(one.way) for one in before.ways if one.mos_low is None]
    if unknown:
        words = f"how {', '.join(unknown)} sounds is not known: harm could not be seen"
        return NoPlan(reason=Refused.DATA, words=words)
    remediation = prepare(
        proposal, before, outside, probe_period_s=longest_period_s(site.scene, paths)
    )
    try:
        return submit(remediation, outside, now)
    except StoreConflictError as error:
        # While the device was read somebody else has planned a change of it.
        return NoPlan(reason=Refused.BUSY, words=str(error))
