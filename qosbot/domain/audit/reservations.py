"""Rules about what queues reserve: something is left to the rest, and the device takes it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qosbot.domain.audit.classes import CATCH_ALL
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.queueing import (
    GUIDE,
    NO_QUEUEING,
    bound,
    lines,
    queueing,
    reference,
    without_rate,
)
from qosbot.domain.audit.rates import PlacedPolicy, total
from qosbot.domain.policies import PolicyClass, PolicyMap, Share

MOST_RESERVED = 0.95
_ROUNDING = 1e-6
_KEPT = 1024
"""Policies that are kept once judged: routers of a network share them."""


def _too_much_reserved(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    for name, port in facts.interfaces.items():
        if port.reserved_ratio is not None and port.reserved_ratio > MOST_RESERVED:
            yield Breach(
                where=f"interface {name}",
                evidence=facts.quote(f"interface {name}", "max-reserved-bandwidth"),
                fix="Leave a share for routing and the rest: at most max-reserved-bandwidth 95.",
            )
    policies = queueing(facts)
    if not policies:
        yield NO_QUEUEING
    for one in policies:
        asked = _asked_but_for_the_rest(one.policy)
        found = total(asked.shares, one.reference)
        if found.least > MOST_RESERVED + _ROUNDING:
            yield _reservation(facts, one, asked, f"{found.least:.0%} of {reference(one)}")
        elif MOST_RESERVED + _ROUNDING < asked.remaining <= 1 + _ROUNDING:
            why = f"{asked.remaining:.0%} of what remains is not class-default's"
            yield _reservation(facts, one, asked, why)
        elif asked.shares and not found.is_exact:
            yield without_rate(one)


def _impossible(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    policies = queueing(facts)
    if not policies:
        yield NO_QUEUEING
    for one in policies:
        asked = _asked(one.policy)
        found = total(asked.shares, one.reference)
        if found.least > 1 + _ROUNDING:
            yield _reservation(facts, one, asked, f"{found.least:.0%} of {reference(one)}")
        elif asked.remaining > 1 + _ROUNDING:
            yield _reservation(facts, one, asked, f"{asked.remaining:.0%} of what remains")
        elif len(asked.units) > 1:
            said = " and ".join(sorted(asked.units))
            yield _reservation(facts, one, asked, f"bandwidth in {said} in one policy")
        elif asked.shares and not found.is_exact:
            yield without_rate(one)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What classes of one policy ask for together."""

    classes: tuple[PolicyClass, ...]
    shares: tuple[Share, ...]
    """What is promised in so many words; a share of what remains is not."""
    remaining: float
    """The sum of their shares of what remains."""
    units: frozenset[str]


@lru_cache(maxsize=_KEPT)
def _asked(policy: PolicyMap) -> _Asked:
    return _together(policy.classes)


@lru_cache(maxsize=_KEPT)
def _asked_but_for_the_rest(policy: PolicyMap) -> _Asked:
    return _together([held for held in policy.classes if held.name != CATCH_ALL])


def _together(classes: Sequence[PolicyClass]) -> _Asked:
    shares = (bound(held) if held.is_priority else held.bandwidth for held in classes)
    return _Asked(
        classes=tuple(classes),
        shares=tuple(share for share in shares if share is not None),
        remaining=sum(held.bandwidth_remaining_ratio or 0.0 for held in classes),
        units=frozenset(_unit(held) for held in classes) - {""},
    )


def _unit(held: PolicyClass) -> str:
    if held.bandwidth is not None:
        return "kbit/s" if held.bandwidth.bps is not None else "percent"
    if held.bandwidth_remaining_ratio is not None:
        return "remaining percent"
    return "remaining ratio" if held.bandwidth_remaining_weight is not None else ""


def _reservation(facts: AuditFacts, one: PlacedPolicy, asked: _Asked, why: str) -> Breach:
    words = ("priority", "bandwidth", "police")
    quoted = (line for held in asked.classes for line in lines(facts, one, held, *words)[1:])
    return Breach(where=one.where, evidence=(f"policy-map {one.policy.name}", *quoted, why))


RULES = (
    Rule(
        id="QUE-05",
        severity=Severity.HIGH,
        title="Reservations leave at least 5 % to the rest",
        meaning="Routing, signalling and whatever nobody classified are left with nothing.",
        evidence="priority and bandwidth of all classes but class-default; max-reserved-bandwidth",
        source=GUIDE,
        fix="Reserve at most 95 % together; 25 % for class-default is usual.",
        check=_too_much_reserved,
    ),
    Rule(
        id="QUE-06",
        severity=Severity.HIGH,
        title="Reservations fit the link and share one unit",
        meaning="The device refuses the policy, or detaches it: then nothing is queued.",
        evidence="priority and bandwidth of all classes against the reference rate",
        source="Cisco IOS QoS command reference",
        fix="Reduce the reservations to 100 % together, all in percent or all in kbit/s.",
        check=_impossible,
    ),
)
