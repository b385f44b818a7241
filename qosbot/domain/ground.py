"""What a plan stands on: the inventory, what a device is configured to do, and what is at stake."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from qosbot.domain.capacity import (
    EfLoad,
    PriorityLimit,
    expected_ef,
    priority_limit,
    reference_bps,
)
from qosbot.domain.findings import Finding
from qosbot.domain.intents import Intent
from qosbot.domain.inventory import Direction, Inventory, Link, LinkId
from qosbot.domain.playbooks import Playbook, RiskFactor
from qosbot.domain.policies import EF, InterfaceConfig, PolicyClass, PolicyMap, QosPolicy
from qosbot.domain.samples import FlowDirection
from qosbot.domain.sightings import in_bits


class Refused(StrEnum):
    """Why nothing is proposed."""

    DATA = "data"
    NOT_QOS = "not_qos"
    NO_PLAYBOOK = "no_playbook"
    CONTRADICTED = "contradicted"
    """The configuration is not what the counters made one believe."""
    NEED_EXCEEDS_BOUNDS = "need_exceeds_bounds"
    LARGE_ENOUGH = "large_enough"
    """The class already has what the calls need."""
    MORE_THAN_EXPECTED = "more_than_expected"
    SHAPER_GUARD = "shaper_guard"
    MARKING_LOST = "marking_lost"
    NOT_OURS_TO_TOUCH = "not_ours_to_touch"
    UNSUPPORTED = "unsupported"
    DOES_NOT_PAY = "does_not_pay"
    UNREACHABLE = "unreachable"
    BUSY = "busy"
    """Another change is under way on the device."""
    NO_INTENT = "no_intent"
    """No known intent fixes what an audit found."""
    MENDED = "mended"
    """What an audit found is not there any more, or is accepted."""
    FAILS_ON_PAPER = "fails_on_paper"
    """The audit would not be content with the configuration after the change."""
    STOPPED = "stopped"
    """The kill-switch file is there, so no device is read either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPlan:
    """A finding that gets no change, and why."""

    reason: Refused
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """An intent within its bounds."""

    device: str
    intent: Intent
    paths: tuple[str, ...]
    """Every path that the change may have an effect on."""
    links: tuple[LinkId, ...] = ()
    """Every link whose queues the change touches; empty for one that touches none."""
    factors: frozenset[RiskFactor]
    cautions: tuple[str, ...] = ()
    """What a person has to know before saying yes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a plan at a link stands on."""

    inventory: Inventory
    link: Link
    running: QosPolicy
    load: EfLoad
    speed_bps: float
    busiest_out_bps: float | None
    """The 95th percentile of what left by the interface in 7 days; None: not known."""
    is_port_faster: bool | None = None
    """Than its circuit, as an audit of the configuration says; None: where it drops tells."""

    @property
    def port(self) -> InterfaceConfig | None:
        """Return the interface's configuration."""
        return self.running.interfaces.get(self.link.id.interface)

    def limit(self, playbook: Playbook, reference: float) -> PriorityLimit:
        """Return the most that strict priority may take here."""
        return priority_limit(self.link, self.load, reference, self._share(playbook))

    def limit_on(self, other: Link, playbook: Playbook, reference: float) -> PriorityLimit:
        """Return the most that strict priority may take on another link of the device."""
        load = expected_ef(self.inventory, other, FlowDirection.OUT, {})
        # Without calls of its own its contract is counted as if our calls came there.
        counted = load if load.calls else self.load
        return priority_limit(other, counted, reference, self._share(playbook))

    def _share(self, playbook: Playbook) -> float:
        return min(playbook.priority_share, self.inventory.policy.limits.priority_share)


def paths_over(inventory: Inventory, links: Collection[LinkId]) -> tuple[str, ...]:
    """Return every path that may cross one of these links in either direction, by name."""
    touched = set(links)
    return tuple(
        path.name
        for path in inventory.paths.values()
        if any(
            touched & set(hop.any_of)
            for direction in Direction
            for hop in (*path.route(direction).egress, path.route(direction).ingress)
        )
    )


def class_of(finding: Finding, ground: Ground) -> tuple[PolicyMap, PolicyClass] | NoPlan:
    """Return the class that a finding names with its policy, as it is configured."""
    attached = ground.running.attached(ground.link.id.interface, FlowDirection.OUT)
    classes = dict(ground.running.classes_under(attached)) if attached is not None else {}
    held = classes.get(finding.class_path)
    policy = ground.running.policy_maps.get(finding.class_path[-2]) if held is not None else None
    if held is None or policy is None:
        words = f"{'/'.join(finding.class_path)} is not what {ground.link.id} is configured to do"
        return NoPlan(reason=Refused.CONTRADICTED, words=words)
    return policy, held


def elsewhere(policies: set[str], ground: Ground) -> tuple[LinkId, ...]:
    """Return the other links whose attached policy has one of these in it."""
    running, own = ground.running, ground.link.id
    found: dict[LinkId, None] = {}
    for one in running.attachments:
        attached = running.policy_maps.get(one.policy)
        if attached is None:
            continue
        inside = {name for path, _ in running.classes_under(attached) for name in path[::2]}
        link = LinkId(device=own.device, interface=one.interface)
        if inside & policies and link != own:
            found[link] = None
    return tuple(found)


def references_on(link: Link, policy: str, ground: Ground) -> tuple[float, ...]:
    """Return what shares of a policy's classes are shares of on another link, at each place.

    The port's speed there is not known, so without a configured bandwidth it is the circuit's.
    """
    running, name = ground.running, link.id.interface
    return tuple(
        reference_bps(running, name, path, link.rate_out_bps)
        for one in running.attachments
        if one.interface == name and (attached := running.policy_maps.get(one.policy)) is not None
        for path, _ in running.classes_under(attached)
        if path[-2] == policy
    )


def takes_ef(class_name: str, ground: Ground) -> bool:
    """Return whether a class is known to take EF."""
    held = ground.running.class_maps.get(class_name)
    return held is not None and EF in (held.dscp_values or ())


def too_much(need: float, limit: PriorityLimit, ground: Ground) -> NoPlan:
    """Return the refusal of a need that is beyond a limit, with both."""
    words = (
        f"{ground.load.calls} calls need {in_bits(need)} on {ground.link.id}, but "
        f"{bound_of(limit)}: "
        "that takes another codec or fewer calls, not more priority"
    )
    return NoPlan(reason=Refused.NEED_EXCEEDS_BOUNDS, words=words)


def bound_of(limit: PriorityLimit) -> str:
    """Return the limit that binds, in words."""
    if limit.contract_bps is not None and limit.contract_bps < limit.share_bps:
        return f"the carrier's contract is {in_bits(limit.contract_bps)} in our count"
    return f"{in_bits(limit.share_bps)} of priority are allowed"


def factors_of(ground: Ground, shared: tuple[LinkId, ...] = ()) -> frozenset[RiskFactor]:
    """Return what makes a change at this link riskier, and at those that share its policy."""
    links = (ground.link.id, *shared)
    ports = [ground.running.interfaces.get(link.interface) for link in links]
    found = {
        RiskFactor.NO_REVERT_TIMER: not ground.running.has_archive,
        RiskFactor.UNKNOWN_CONTRACT: bool(_without_contract(links, ground)),
        RiskFactor.ENCRYPTED: any(
            port is not None and (port.has_crypto or port.is_tunnel) for port in ports
        ),
        RiskFactor.SHARED_POLICY: bool(shared),
    }
    return frozenset(factor for factor, is_so in found.items() if is_so)


def _without_contract(links: Collection[LinkId], ground: Ground) -> tuple[LinkId, ...]:
    """Return the links whose EF contract is not known, such as those not in the inventory."""
    known = {ground.link.id: ground.link, **ground.inventory.links}
    return tuple(
        link for link in links if (held := known.get(link)) is None or held.ef_contract_bps is None
    )


CAUTIONS: Mapping[RiskFactor, str] = MappingProxyType(
    {
        RiskFactor.NO_REVERT_TIMER: "the device cannot go back by itself",
        RiskFactor.UNKNOWN_CONTRACT: "the carrier's EF contract is not known: beyond it EF is lost",
        RiskFactor.ENCRYPTED: "packets are encrypted here: watch the peer's replay drops",
        RiskFactor.UNVERIFIED_SYNTAX: "unverified syntax: no recorded device backs a line of it",
        RiskFactor.UNKNOWN_INTERRUPTION: "what calls in progress notice is not known",
    }
)


def cautions_of(ground: Ground, shared: tuple[LinkId, ...] = ()) -> tuple[str, ...]:
    """Return what a person has to know of a change at this link."""
    factors = factors_of(ground, shared)
    told = tuple(words for factor, words in CAUTIONS.items() if factor in factors)
    if shared:
        told += (f"it changes {', '.join(map(str, shared))} too",)
        told += tuple(
            f"the contract of {link} is not known" for link in _without_contract(shared, ground)
        )
    return told
