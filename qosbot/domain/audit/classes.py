"""Which packets a class can hold, its references resolved through nested classes and lists.

A class is an OR of terms; a term is a set of DSCP values and other conditions that hold with it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.policies import (
    EF,
    AclMatch,
    AnyMatch,
    ClassMap,
    ClassMatch,
    DscpMatch,
    Match,
    ProtocolMatch,
    QosGroupMatch,
    RtpPortMatch,
)
from qosbot.domain.samples import FlowDirection

DSCP_VALUES = frozenset(range(64))
CATCH_ALL = "class-default"
_MOST_TERMS = 256
_DEEPEST = 8
_LIST_SAYS_EF = re.compile(r"permit .*\bdscp (?:ef|46)\b.*")
_LIST_SAYS_RTP = re.compile(r"permit udp .*\brange (?P<first>\d+) (?P<last>\d+)\b.*")
_RTP_PORTS = range(16384, 32768)
"""Where Cisco's gateways and phones send RTP (16384-32767)."""


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
        return Term(values, self.conditions | other.conditions) if values else None


_IPV4 = frozenset({Condition("ipv4")})
_EVERYTHING = Term(DSCP_VALUES, frozenset())


def terms(held: ClassMap, facts: AuditFacts, depth: int = 0) -> tuple[Term, ...] | None:
    """Return what can be in a class; none at all where nothing can.

    None: a class that it names is not defined, or it is too intricate to tell.
    """
    if depth > _DEEPEST:
        return None
    parts = [_of(match, facts, depth) for match in held.matches]
    known = [part for part in parts if part is not None]
    if len(known) != len(parts):
        return None
    denied = [_without(match) for match in held.negated]
    if not held.match_all:
        # `match not` in a match-any is one of the alternatives.
        found = [term for part in (*known, *((one,) for one in denied)) for term in part]
        return tuple(found) if len(found) <= _MOST_TERMS else None
    if not parts and not denied:
        return ()
    return _all([*known, *((one,) for one in denied)])


def _all(parts: Sequence[Sequence[Term]]) -> tuple[Term, ...] | None:
    found: list[Term] = [_EVERYTHING]
    for part in parts:
        both = (one.within(other) for one in found for other in part)
        found = [one for one in both if one is not None]
        if len(found) > _MOST_TERMS:
            return None
    return tuple(found)


def _of(match: Match, facts: AuditFacts, depth: int) -> tuple[Term, ...] | None:
    match match:
        case DscpMatch():
            return (Term(match.values, _IPV4 if match.ipv4_only else frozenset()),)
        case AnyMatch():
            return (_EVERYTHING,)
        case ClassMatch():
            nested = facts.policy.class_maps.get(match.name)
            return terms(nested, facts, depth + 1) if nested is not None else None
        case _:
            return (Term(DSCP_VALUES, frozenset({Condition(match)})),)


def _without(match: Match) -> Term:
    if isinstance(match, DscpMatch) and not match.ipv4_only:
        return Term(DSCP_VALUES - match.values, frozenset())
    return Term(DSCP_VALUES, frozenset({Condition(match, is_negated=True)}))


def is_covered(wanted: Iterable[Term], before: Sequence[Term]) -> bool:
    """Return whether earlier classes have every packet that these terms could hold."""
    return all(
        one.dscp <= frozenset().union(*(b.dscp for b in before if b.conditions <= one.conditions))
        for one in wanted
    )


@lru_cache(maxsize=64)
def holds_ef(name: str, facts: AuditFacts) -> bool:
    """Return whether a class is meant for EF: by DSCP, a list, a group set on the way in, or RTP.

    A class that takes every DSCP value is not meant for any.
    """
    held = facts.policy.class_maps.get(name)
    found = terms(held, facts) if held is not None else None
    return any(_is_voice(one, facts) for one in found or ())


def _is_voice(term: Term, facts: AuditFacts) -> bool:
    if EF not in term.dscp:
        return False
    if term.dscp != DSCP_VALUES:
        return True
    said = (one.match for one in term.conditions if not one.is_negated)
    return any(_says_voice(match, facts) for match in said if not isinstance(match, str))


def _says_voice(match: Match, facts: AuditFacts) -> bool:
    match match:
        case RtpPortMatch():
            return True
        case ProtocolMatch():
            return match.name.startswith("rtp") and "video" not in match.name
        case AclMatch():
            entries = facts.policy.access_lists.get(match.name, ())
            return any(_entry_says_voice(one) for one in entries)
        case QosGroupMatch():
            return bool(match.values & ef_groups(facts))
        case _:
            return False


def _entry_says_voice(entry: str) -> bool:
    if _LIST_SAYS_EF.fullmatch(entry) is not None:
        return True
    ports = _LIST_SAYS_RTP.fullmatch(entry)
    return ports is not None and (
        int(ports["first"]) in _RTP_PORTS and int(ports["last"]) in _RTP_PORTS
    )


def ef_groups(facts: AuditFacts) -> frozenset[int]:
    """Return the groups that policies on the way in put EF into."""
    return frozenset(
        int(value)
        for _, policy in facts.at_work(FlowDirection.IN)
        for _, held in facts.policy.classes_under(policy)
        for field, value in held.set_values
        if field == "qos-group" and value.isdecimal() and _holds_ef_by_dscp(held.name, facts)
    )


def _holds_ef_by_dscp(name: str, facts: AuditFacts) -> bool:
    held = facts.policy.class_maps.get(name)
    found = terms(held, facts) if held is not None else None
    return any(EF in one.dscp and one.dscp != DSCP_VALUES for one in found or ())
