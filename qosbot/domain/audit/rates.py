"""What a percentage is a percentage of, and every class at work with that rate beside it.

The reference rate of a class is its parent's shaped rate; where no parent shapes, the interface's
`bandwidth`; where that is not said, its speed.  A port whose speed is negotiated has at most what
its kind can do: that bound proves some things and leaves others open.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qosbot.domain.audit.facts import Attached, AuditFacts, InterfaceFacts
from qosbot.domain.policies import PolicyClass, PolicyMap, Share
from qosbot.domain.samples import FlowDirection

_MAP_CLASS, _BUNDLE = "map-class frame-relay ", "Multilink"
_DEEPEST = 8
"""Levels of nested policies; IOS takes three."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A rate and where it is from."""

    bps: float | None
    """None: nothing says it."""
    source: str
    """In words, as in `shaper of class class-default`."""
    is_exact: bool = True
    """False where it is only the most that it can be."""


UNKNOWN = Reference(bps=None, source="nothing that the configuration says", is_exact=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPolicy:
    """A policy, the root or nested, as it is at work in one place."""

    attached: Attached
    path: tuple[str, ...]
    """Policy, class, policy, class ..., down to this policy's own name."""
    where: str
    """The place from the interface down to this policy."""
    policy: PolicyMap
    reference: Reference
    """What the shares of its classes are shares of."""
    is_under_shaper: bool = False
    holder: PolicyClass | None = None
    """The class that it is nested in; None for the root."""

    def at(self, held: PolicyClass) -> str:
        """Return the place of one of its classes."""
        return f"{self.where} > class {held.name}"


def placed(
    facts: AuditFacts, direction: FlowDirection = FlowDirection.OUT
) -> tuple[PlacedPolicy, ...]:
    """Return every policy at work in a direction, parents before children."""
    # `lru_cache` tells an argument left to its default from the same one given.
    return _placed(facts, direction)


@lru_cache(maxsize=4)
def _placed(facts: AuditFacts, direction: FlowDirection) -> tuple[PlacedPolicy, ...]:
    return tuple(
        one
        for attached, policy in facts.at_work(direction)
        for one in _under(
            PlacedPolicy(
                attached=attached,
                path=(policy.name,),
                where=f"{attached.where} > policy {policy.name}",
                policy=policy,
                reference=_outermost(facts, attached),
            ),
            facts,
        )
    )


def _under(one: PlacedPolicy, facts: AuditFacts) -> Iterator[PlacedPolicy]:
    yield one
    if len(one.path) > 2 * _DEEPEST:
        return
    for held in one.policy.classes:
        child = facts.policy.policy_maps.get(held.child) if held.child else None
        if child is None or child.name in one.path[::2]:
            continue
        yield from _under(
            PlacedPolicy(
                attached=one.attached,
                path=(*one.path, held.name, child.name),
                where=f"{one.at(held)} > policy {child.name}",
                policy=child,
                reference=_of_class(held, one.reference),
                is_under_shaper=one.is_under_shaper or held.shape is not None,
                holder=held,
            ),
            facts,
        )


def _of_class(held: PolicyClass, outer: Reference) -> Reference:
    """Return what a policy nested in a class refers to."""
    for share, word in (
        (held.shape, "shaper"),
        (held.police, "policer"),
        (held.bandwidth, "share"),
    ):
        if share is not None:
            return _share_of(share, outer, f"{word} of class {held.name}")
    return outer


def _share_of(share: Share, outer: Reference, source: str) -> Reference:
    if share.bps is not None:
        return Reference(bps=share.bps, source=source)
    if outer.bps is None or share.ratio is None:
        return UNKNOWN
    return Reference(
        bps=share.ratio * outer.bps, source=f"{source}, {outer.source}", is_exact=outer.is_exact
    )


def _outermost(facts: AuditFacts, attached: Attached) -> Reference:
    """Return the rate of what a policy is attached to."""
    if attached.interface is None and attached.holder.startswith(_MAP_CLASS):
        # Traffic shaping of frame-relay is the shaper around its queues.
        for line in facts.quote(attached.holder, "frame-relay cir "):
            rate = line.split()[-1]
            if line != attached.holder and rate.isdecimal():
                return Reference(bps=float(rate), source=f"cir of {attached.holder}")
    return interface_reference(facts, attached.interface)


def _members(facts: AuditFacts, name: str) -> Reference | None:
    """Return the sum of a multilink bundle's members that are up; None where one does not say."""
    group = name.removeprefix(_BUNDLE)
    rates = [
        facts.policy.interfaces[one.name].bandwidth_bps
        or facts.channels.get(one.name, one.speed_bps)
        for one in facts.interfaces.values()
        if one.multilink_group == group and one.name != name and not facts.is_shutdown(one.name)
    ]
    known = [rate for rate in rates if rate is not None]
    if not known or len(known) < len(rates):
        return None
    return Reference(bps=sum(known), source=f"members of {name}")


def interface_reference(facts: AuditFacts, name: str | None) -> Reference:
    """Return the rate of an interface; a subinterface without one has its port's."""
    names = (name, name.partition(".")[0]) if name else ()
    for one in names:
        config = facts.policy.interfaces.get(one)
        if config is not None and config.bandwidth_bps is not None:
            return Reference(bps=config.bandwidth_bps, source=f"bandwidth of {one}")
        if one.startswith(_BUNDLE) and (members := _members(facts, one)) is not None:
            return members
    for one in names:
        if (channel_bps := facts.channels.get(one)) is not None:
            return Reference(bps=channel_bps, source=f"timeslots of {one}")
    return _of_ports([port for one in names if (port := facts.interfaces.get(one)) is not None])


def _of_ports(ports: Sequence[InterfaceFacts]) -> Reference:
    """Return what an interface and its port say themselves, the best known first."""
    for one in ports:
        if one.pvc_bps is not None:
            return Reference(bps=one.pvc_bps, source=f"ATM circuit of {one.name}")
    for one in ports:
        if one.speed_bps is not None:
            return Reference(bps=one.speed_bps, source=f"speed of {one.name}")
    for one in ports:
        if one.port_bps is not None:
            source = f"the most {one.name} can do"
            return Reference(bps=one.port_bps, source=source, is_exact=False)
    return UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Shares of one policy added up, as ratios of its reference."""

    least: float
    """Those that need no reference, plus the others at the most that the reference can be."""
    is_exact: bool
    """False where the true sum may be larger."""


def total(shares: Sequence[Share], reference: Reference) -> Sum:
    """Return the sum of some shares."""
    ratios = sum([one.ratio for one in shares if one.ratio is not None])
    rates = sum([one.bps for one in shares if one.bps is not None])
    if not rates:
        return Sum(least=ratios, is_exact=True)
    if not reference.bps:
        return Sum(least=ratios, is_exact=False)
    return Sum(least=ratios + rates / reference.bps, is_exact=reference.is_exact)
