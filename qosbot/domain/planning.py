"""From a finding and a playbook to an intent within its bounds, or the reason for none.

What a device is configured to do has the last word: where it contradicts the diagnosis, nothing
is planned.  No bound here is lifted by an approval.
"""

from qosbot.domain.capacity import reference_bps
from qosbot.domain.findings import Finding
from qosbot.domain.ground import (
    Ground,
    NoPlan,
    Planned,
    Refused,
    bound_of,
    cautions_of,
    class_of,
    elsewhere,
    factors_of,
    paths_over,
    references_on,
    takes_ef,
    too_much,
)
from qosbot.domain.intents import AddClassMatch, AttachVoicePolicy, SetPriority
from qosbot.domain.inventory import LinkId
from qosbot.domain.playbooks import Playbook, Remedy, RiskFactor
from qosbot.domain.policies import EF, PolicyClass, PolicyMap
from qosbot.domain.samples import FlowDirection
from qosbot.domain.sightings import in_bits

_FASTER = 1.02
"""A port that sends more than this of its circuit's rate is faster than the circuit."""
_DISCARDS = 0.001


def plan_at_link(playbook: Playbook, finding: Finding, ground: Ground) -> Planned | NoPlan:
    """Return what to do at the link of a finding.

    Raises:
        ValueError: for a playbook that does not act at the link, such as one of codecs.
    """
    if ground.port is None or ground.port.is_shutdown:
        return _refused(Refused.CONTRADICTED, f"{ground.link.id} is not configured, or shut down")
    match playbook.remedy:
        case Remedy.ATTACH_VOICE_POLICY:
            return _attach(playbook, finding, ground)
        case Remedy.SET_PRIORITY:
            return _enlarge(playbook, finding, ground)
        case Remedy.ADD_CLASS_MATCH:
            return _match(finding, ground)
        case Remedy.PREFER_CODEC:
            raise ValueError(f"{playbook.name} acts on a gateway, not on a link")


def _refused(reason: Refused, words: str) -> NoPlan:
    return NoPlan(reason=reason, words=words)


def _attach(playbook: Playbook, finding: Finding, ground: Ground) -> Planned | NoPlan:
    name, link = ground.link.id.interface, ground.link
    if any(
        one.interface == name and one.direction is FlowDirection.OUT
        for one in ground.running.attachments
    ):
        words = f"{link.id} has an output policy that its counters did not show"
        return _refused(Refused.CONTRADICTED, words)
    shape_bps = playbook.shape_share * link.rate_out_bps if _is_faster(finding, ground) else None
    if shape_bps is not None:
        guarded = _shaper_guard(shape_bps, ground)
        if guarded is not None:
            return guarded
    reference = shape_bps or reference_bps(ground.running, name, (), ground.speed_bps)
    limit = ground.limit(playbook, reference)
    need = ground.load.need_bps
    if need > limit.bps:
        return too_much(need, limit, ground)
    factors = factors_of(ground)
    if shape_bps is not None:
        factors |= {RiskFactor.SHAPER}
    return Planned(
        device=link.id.device,
        intent=AttachVoicePolicy(
            interface=name, priority_bps=need, reference_bps=reference, shape_bps=shape_bps
        ),
        paths=paths_over(ground.inventory, {link.id}),
        links=(link.id,),
        factors=factors,
        cautions=cautions_of(ground),
    )


def _is_faster(finding: Finding, ground: Ground) -> bool:
    """Return whether the port is faster than its circuit, so that the queue is not ours.

    The agent's speed follows the configured bandwidth on some platforms; what tells is where
    the drops are.  A port that drops is full itself, unless it sends more than the circuit takes.
    """
    rate_bps = ground.link.rate_out_bps
    own = (ground.link.id.device, ground.link.id.interface)
    read = {
        one.counter: one.value for one in finding.evidence if (one.device, one.interface) == own
    }
    sent_bps, discarded = read.get("out_rate_bps", 0.0), read.get("out_discard_ratio", 0.0)
    is_faster = max(ground.speed_bps, sent_bps) > _FASTER * rate_bps
    if ground.is_port_faster is not None:
        return is_faster or ground.is_port_faster
    return is_faster or discarded < _DISCARDS


def _shaper_guard(shape_bps: float, ground: Ground) -> NoPlan | None:
    """Refuse a shaper that could take from others what is theirs.

    A shaper for one circuit on a port that carries more of them is an outage by automation.
    """
    own = ground.link
    others = [
        one.circuit
        for one in ground.inventory.links.values()
        if one.id.device == own.id.device
        and one.circuit != own.circuit
        and _port_of(one.id.interface) == _port_of(own.id.interface)
    ]
    if others:
        words = f"{own.id} carries other circuits too ({', '.join(sorted(others))}): no shaper"
        return _refused(Refused.SHAPER_GUARD, words)
    busiest = ground.busiest_out_bps
    if busiest is None or busiest > shape_bps:
        seen = "is not known" if busiest is None else f"is {in_bits(busiest)}"
        words = (
            f"a shaper of {in_bits(shape_bps)} is needed on {own.id}, whose port is faster than "
            f"its circuit, but its busiest rate of 7 days {seen}"
        )
        return _refused(Refused.SHAPER_GUARD, words)
    return None


def _port_of(interface: str) -> str:
    return interface.split(".", maxsplit=1)[0]


def _enlarge(playbook: Playbook, finding: Finding, ground: Ground) -> Planned | NoPlan:
    found = class_of(finding, ground)
    if isinstance(found, NoPlan):
        return found
    policy, held = found
    name, path = ground.link.id.interface, finding.class_path
    reference = reference_bps(ground.running, name, path, ground.speed_bps)
    others = _beside(held, policy, reference)
    limit = ground.limit(playbook, reference)
    need = ground.load.need_bps
    why = _no_reason(finding, held, need, reference)
    if why is not None:
        return why
    if need + others > limit.bps:
        return too_much(need + others, limit, ground)
    shared = elsewhere({policy.name}, ground)
    for link in shared:
        why = _no_room(link, (policy, held), need / reference, playbook, ground)
        if why is not None:
            return why
    return Planned(
        device=ground.link.id.device,
        intent=SetPriority(
            interface=name,
            class_path=path,
            priority_bps=need,
            reference_bps=reference,
            may_touch_others=bool(shared),
        ),
        paths=paths_over(ground.inventory, {ground.link.id, *shared}),
        links=(ground.link.id, *shared),
        factors=factors_of(ground, shared),
        cautions=cautions_of(ground, shared),
    )


def _beside(held: PolicyClass, policy: PolicyMap, reference: float) -> float:
    """Return the priority of a policy's other classes in bit/s."""
    return sum(
        one.priority.of(reference)
        for one in policy.classes
        if one.priority is not None and one.name != held.name
    )


def _no_room(
    link: LinkId,
    voice: tuple[PolicyMap, PolicyClass],
    ratio: float,
    playbook: Playbook,
    ground: Ground,
) -> NoPlan | None:
    """Return why a class may not have what it needs on another link with the same policy.

    `ratio` is the need over the reference rate at our link: what is written as a share there is
    the same share of another rate here.
    """
    policy, held = voice
    other = ground.inventory.links.get(link)
    if other is None:
        words = f"policy {policy.name} is at work on {link} too, which is not in the inventory"
        return _refused(Refused.NOT_OURS_TO_TOUCH, words)
    said = held.priority or held.bandwidth
    is_share = said is not None and said.ratio is not None
    for reference in references_on(other, policy.name, ground):
        limit = ground.limit_on(other, playbook, reference)
        given = max(ground.load.need_bps, ratio * reference if is_share else 0.0)
        if given + _beside(held, policy, reference) > limit.bps:
            words = (
                f"policy {policy.name} is at work on {link} too, where {in_bits(given)} may not: "
                f"{bound_of(limit)}"
            )
            return _refused(Refused.NOT_OURS_TO_TOUCH, words)
    return None


def _no_reason(finding: Finding, held: PolicyClass, need: float, reference: float) -> NoPlan | None:
    """Return why a class should not be enlarged, however much it drops."""
    offered = max(
        (
            one.value
            for one in finding.evidence
            if one.counter == "offered_rate_bps" and one.class_path == finding.class_path
        ),
        default=0.0,
    )
    if offered > need:
        words = (
            f"class {held.name} is offered {in_bits(offered)}, more than the {in_bits(need)} that "
            "the expected calls need; correct busy_hour_calls in paths.yaml if these are calls"
        )
        return _refused(Refused.MORE_THAN_EXPECTED, words)
    if held.police is not None and held.police.of(reference) < need:
        words = f"class {held.name} is policed to {in_bits(held.police.of(reference))}"
        return _refused(Refused.NOT_OURS_TO_TOUCH, words)
    has_bps = held.priority.of(reference) if held.priority is not None else 0.0
    if has_bps >= need or (held.is_priority and held.priority is None):
        words = (
            f"class {held.name} has what its calls need ({in_bits(need)}), and drops all the same"
        )
        return _refused(Refused.LARGE_ENOUGH, words)
    return None


def _match(finding: Finding, ground: Ground) -> Planned | NoPlan:
    found = class_of(finding, ground)
    if isinstance(found, NoPlan):
        return found
    policy, held = found
    for one in policy.classes[: policy.classes.index(held)]:
        if takes_ef(one.name, ground):
            words = f"class {one.name} stands before {held.name} and takes EF already"
            return _refused(Refused.CONTRADICTED, words)
    class_map = ground.running.class_maps.get(held.name)
    values = class_map.dscp_values if class_map is not None else None
    if values is None:
        words = f"class {held.name} matches by other things than DSCP; a person has to look"
        return _refused(Refused.NOT_OURS_TO_TOUCH, words)
    if EF in values:
        words = f"class {held.name} matches EF, but none arrives: the marking is lost upstream"
        return _refused(Refused.MARKING_LOST, words)
    name = ground.link.id.interface
    using = {
        one.name for one in ground.running.policy_maps.values() if one.find(held.name) is not None
    }
    shared = elsewhere(using, ground)
    reference = reference_bps(ground.running, name, finding.class_path, ground.speed_bps)
    has_bps = held.priority.of(reference) if held.priority is not None else 0.0
    cautions = cautions_of(ground, shared)
    if has_bps < ground.load.need_bps and not (held.is_priority and held.priority is None):
        need = in_bits(ground.load.need_bps)
        cautions += (f"the class has {in_bits(has_bps)} of the {need} that its calls need",)
    return Planned(
        device=ground.link.id.device,
        intent=AddClassMatch(
            interface=name,
            class_path=finding.class_path,
            dscp=EF,
            may_touch_others=bool(shared),
        ),
        paths=paths_over(ground.inventory, {ground.link.id, *shared}),
        links=(ground.link.id, *shared),
        factors=factors_of(ground, shared),
        cautions=cautions,
    )
