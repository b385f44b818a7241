"""Which packets a class can hold, whatever device has it.

A class is an OR of terms; a term is a set of DSCP values and other conditions that hold with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qosbot.domain.policies import (
    EF,
    AnyMatch,
    ClassMap,
    ClassMatch,
    CosMatch,
    DscpMatch,
    Match,
    ProtocolMatch,
    QosGroupMatch,
    RtpPortMatch,
)

DSCP_VALUES = frozenset(range(64))
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Content:
    """What can be in a class, and what follows from that on every device that has it.

    Told apart by identity, so that what follows from several can be kept.
    """

    terms: tuple[Term, ...]
    dscp: frozenset[int]
    """The code points that it takes by DSCP alone."""
    has_ef: bool
    """It takes EF where it does not take every DSCP value."""
    asked: tuple[Match, ...]
    """What has to hold beside DSCP, in one term or another."""
    deciding: tuple[Match, ...]
    """Of that, what has to hold in terms that take every DSCP value."""


def content(held: ClassMap, classes: Mapping[str, ClassMap]) -> Content | None:
    """Return what can be in a class of a device with these.

    None: a class that it names is not defined, or it is too intricate to tell.
    """
    if not _names_others(held):
        return _own_content(held)
    found = _terms(held, classes)
    return _content_of(found) if found is not None else None


@lru_cache(maxsize=_KEPT)
def _own_content(held: ClassMap) -> Content | None:
    """Return what can be in a class that names no other; routers of a network have the same."""
    found = _own_terms(held)
    return _content_of(found) if found is not None else None


def _content_of(terms: tuple[Term, ...]) -> Content:
    return Content(
        terms=terms,
        dscp=frozenset().union(*(one.dscp for one in terms if one.is_by_dscp)),
        has_ef=any(EF in one.dscp and one.dscp != DSCP_VALUES for one in terms),
        asked=_asked(terms),
        deciding=_asked([one for one in terms if one.dscp == DSCP_VALUES]),
    )


def _asked(terms: Iterable[Term]) -> tuple[Match, ...]:
    conditions = [each for one in terms for each in one.conditions if not each.is_negated]
    return tuple([each.match for each in conditions if not isinstance(each.match, str)])


def _terms(
    held: ClassMap, classes: Mapping[str, ClassMap], depth: int = 0
) -> tuple[Term, ...] | None:
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
            nested = classes.get(match.name)
            found = _terms(nested, classes, depth + 1) if nested is not None else None
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
