"""Which packets a class can hold, its references resolved through nested classes and lists.

A class is an OR of terms; a term is a set of DSCP values and other conditions that hold with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qosbot.domain.audit import lists
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.policies import (
    EF,
    AclMatch,
    AnyMatch,
    ClassMap,
    ClassMatch,
    CosMatch,
    DscpMatch,
    Match,
    PolicyClass,
    PolicyMap,
    ProtocolMatch,
    QosGroupMatch,
    RtpPortMatch,
)
from qosbot.domain.samples import FlowDirection

DSCP_VALUES = frozenset(range(64))
CATCH_ALL = "class-default"
_MOST_TERMS = 256
_KEPT = 1024
"""Classes whose terms are kept."""
_BELOW_APPLICATIONS = frozenset({"ip", "ipv6", "tcp", "udp", "gre", "ipsec", "attribute"})
"""What a packet can be beside the one application that a device takes it for."""
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class Condition:
    """Something other than DSCP that must hold, or must not."""

    match: Match | str
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """Packets with one of these DSCP values for which every condition holds."""

    dscp: frozenset[int]
    conditions: frozenset[Condition]

    def within(self, other: "Term") -> "Term | None":
        """Return what both hold; None where no packet can be in both."""
        values = self.dscp & other.dscp
        conditions = self.conditions | other.conditions
        if not values or (len(conditions) > 1 and not _can_hold(conditions)):
            return None
        return Term(values, conditions)

    @property
    def is_by_dscp(self) -> bool:
        """Return whether DSCP decides alone, in one version of IP or in both."""
        return self.conditions <= IPV4_ONLY and self.dscp != DSCP_VALUES


def _can_hold(conditions: frozenset[Condition]) -> bool:
    """Return whether nothing here excludes anything else here."""
    for kind in (CosMatch, QosGroupMatch):
        sets = [
            one.match.values
            for one in conditions
            if isinstance(one.match, kind) and not one.is_negated
        ]
        if len(sets) > 1 and not frozenset.intersection(*sets):
            return False
    applications = {
        one.match.name.partition(" ")[0]
        for one in conditions
        if isinstance(one.match, ProtocolMatch) and not one.is_negated
    }
    if len(applications - _BELOW_APPLICATIONS) > 1:
        return False
    ports = [one.match for one in conditions if isinstance(one.match, RtpPortMatch)]
    if ports and max(one.first for one in ports) > min(one.last for one in ports):
        return False
    return not any(Condition(one.match) in conditions for one in conditions if one.is_negated)


IPV4_ONLY = frozenset({Condition("ipv4")})
_EVERYTHING = Term(DSCP_VALUES, frozenset())


def terms(held: ClassMap, facts: AuditFacts, depth: int = 0) -> tuple[Term, ...] | None:
    """Return what can be in a class; none at all where nothing can.

    None: a class that it names is not defined, or it is too intricate to tell.
    """
    if depth > _DEEPEST:
        return None
    if not _names_others(held):
        return _own_terms(held)
    parts: list[tuple[Term, ...]] = []
    for match in held.matches:
        if isinstance(match, ClassMatch):
            nested = facts.policy.class_maps.get(match.name)
            found = terms(nested, facts, depth + 1) if nested is not None else None
            if found is None:
                return None
            parts.append(found)
        else:
            parts.append(_of(match))
    return _combined(held, parts)


@lru_cache(maxsize=_KEPT)
def _names_others(held: ClassMap) -> bool:
    return any(isinstance(match, ClassMatch) for match in held.matches)


@lru_cache(maxsize=_KEPT)
def _own_terms(held: ClassMap) -> tuple[Term, ...] | None:
    """Return what can be in a class that names no other; routers of a network have the same."""
    return _combined(held, [_of(match) for match in held.matches])


def _combined(held: ClassMap, parts: list[tuple[Term, ...]]) -> tuple[Term, ...] | None:
    denied = [_without(match) for match in held.negated]
    if not held.match_all:
        # `match not` in a match-any is one of the alternatives.
        found = [term for part in (*parts, *((one,) for one in denied)) for term in part]
        return tuple(found) if len(found) <= _MOST_TERMS else None
    if not parts and not denied:
        return ()
    return _all([*parts, *((one,) for one in denied)])


def _all(parts: Sequence[Sequence[Term]]) -> tuple[Term, ...] | None:
    found: list[Term] = [_EVERYTHING]
    for part in parts:
        both = (one.within(other) for one in found for other in part)
        found = [one for one in both if one is not None]
        if len(found) > _MOST_TERMS:
            return None
    return tuple(found)


def _of(match: Match) -> tuple[Term, ...]:
    match match:
        case DscpMatch():
            return (Term(match.values, IPV4_ONLY if match.ipv4_only else frozenset()),)
        case AnyMatch():
            return (_EVERYTHING,)
        case _:
            return (Term(DSCP_VALUES, frozenset({Condition(match)})),)


def _without(match: Match) -> Term:
    if isinstance(match, DscpMatch) and not match.ipv4_only:
        return Term(DSCP_VALUES - match.values, frozenset())
    return Term(DSCP_VALUES, frozenset({Condition(match, is_negated=True)}))


def is_covered(wanted: Iterable[Term], before: Sequence[Term]) -> bool:
    """Return whether earlier classes have every packet that these terms could hold."""
    return all(
        one.dscp <= frozenset().union(*[b.dscp for b in before if b.conditions <= one.conditions])
        for one in wanted
    )


@lru_cache(maxsize=2)
def _known(facts: AuditFacts) -> Mapping[str, tuple[Term, ...] | None]:
    """Return what can be in each class; worked out once, for many rules ask."""
    return {name: terms(held, facts) for name, held in facts.policy.class_maps.items()}


def terms_of(name: str, facts: AuditFacts) -> tuple[Term, ...] | None:
    """Return what can be in a class; None also where it is not defined."""
    return _known(facts).get(name)


@lru_cache(maxsize=2)
def _by_dscp(facts: AuditFacts) -> Mapping[str, frozenset[int]]:
    return {
        name: frozenset().union(*[one.dscp for one in found if one.is_by_dscp])
        for name, found in _known(facts).items()
        if found
    }


def dscp_of(name: str, facts: AuditFacts) -> frozenset[int]:
    """Return the code points that a class takes by DSCP alone, whatever else it takes."""
    return _by_dscp(facts).get(name, frozenset())


@lru_cache(maxsize=2)
def _of_voice(facts: AuditFacts) -> frozenset[str]:
    return frozenset(
        name
        for name, found in _known(facts).items()
        if any(_is_voice(one, facts) for one in found or ())
    )


def holds_ef(name: str, facts: AuditFacts) -> bool:
    """Return whether a class is meant for EF: by DSCP, a list, a group set on the way in, or RTP.

    A class that takes every DSCP value is not meant for any.
    """
    return name in _of_voice(facts)


@lru_cache(maxsize=2)
def _voice_in(facts: AuditFacts) -> Mapping[str, tuple[PolicyClass, ...]]:
    of_voice = _of_voice(facts) - {CATCH_ALL}
    return {
        name: tuple(held for held in policy.classes if held.name in of_voice)
        for name, policy in facts.policy.policy_maps.items()
    }


def voice_in(policy: PolicyMap, facts: AuditFacts) -> tuple[PolicyClass, ...]:
    """Return the classes of a policy that are meant for EF; class-default never is."""
    return _voice_in(facts)[policy.name]


def _is_voice(term: Term, facts: AuditFacts) -> bool:
    if EF not in term.dscp:
        return False
    if term.dscp != DSCP_VALUES:
        return True
    return any(says_voice(one.match, facts) for one in term.conditions if not one.is_negated)


def _says_voice(match: Match, facts: AuditFacts) -> bool:
    match match:
        case RtpPortMatch():
            return True
        case ProtocolMatch():
            return match.name.startswith("rtp") and "video" not in match.name
        case AclMatch():
            return lists.says_voice(facts.policy.access_lists.get(match.name, ()))
        case QosGroupMatch():
            return bool(match.values & ef_groups(facts))
        case _:
            return False


def says_voice(match: Match | str, facts: AuditFacts) -> bool:
    """Return whether something other than DSCP is said that only voice has."""
    return not isinstance(match, str) and _says_voice(match, facts)


@lru_cache(maxsize=2)
def ef_groups(facts: AuditFacts) -> frozenset[int]:
    """Return the groups that policies on the way in put voice into."""
    return frozenset(
        int(value)
        for _, policy in facts.at_work(FlowDirection.IN)
        for _, held in facts.policy.classes_under(policy)
        for field, value in held.set_values
        if field == "qos-group"
        and value.isdecimal()
        and (held.set_dscp == EF or _comes_as_voice(held.name, facts))
    )


def _comes_as_voice(name: str, facts: AuditFacts) -> bool:
    """Return whether a class has voice before any group is set."""
    for one in terms_of(name, facts) or ():
        groups = any(isinstance(each.match, QosGroupMatch) for each in one.conditions)
        if not groups and _is_voice(one, facts):
            return True
    return False
