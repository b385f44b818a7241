"""Which packets a class holds on a device: by DSCP, by what else it asks for, and whether voice.

What an access list or a group says is looked up on the device.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from qosbot.domain.audit import lists
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.terms import DSCP_VALUES, Content, Term, content
from qosbot.domain.policies import (
    EF,
    AclMatch,
    Match,
    PolicyClass,
    PolicyMap,
    ProtocolMatch,
    QosGroupMatch,
    RtpPortMatch,
)
from qosbot.domain.samples import FlowDirection

CATCH_ALL = "class-default"
_NO_VALUES: frozenset[int] = frozenset()


@lru_cache(maxsize=2)
def contents(facts: AuditFacts) -> Mapping[str, Content]:
    """Return what can be in each class of which that can be told; many rules ask."""
    classes = facts.policy.class_maps
    found = {name: content(held, classes) for name, held in classes.items()}
    return {name: one for name, one in found.items() if one is not None}


def asking(facts: AuditFacts, says: Callable[[Match, AuditFacts], bool]) -> frozenset[str]:
    """Return the classes that ask beside DSCP for something of which a question is true."""
    return frozenset(
        [
            name
            for name, found in contents(facts).items()
            if any(says(match, facts) for match in found.asked)
        ]
    )


def terms_of(name: str, facts: AuditFacts) -> tuple[Term, ...] | None:
    """Return what can be in a class; None also where it is not defined."""
    found = contents(facts).get(name)
    return found.terms if found is not None else None


def dscp_of(name: str, facts: AuditFacts) -> frozenset[int]:
    """Return the code points that a class takes by DSCP alone, whatever else it takes."""
    found = contents(facts).get(name)
    return found.dscp if found is not None else _NO_VALUES


@lru_cache(maxsize=2)
def _of_voice(facts: AuditFacts) -> frozenset[str]:
    return frozenset(
        [
            name
            for name, found in contents(facts).items()
            if found.has_ef or any(_says_voice(match, facts) for match in found.deciding)
        ]
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
