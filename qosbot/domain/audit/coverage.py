"""Rules about what a class asks for: it can be true, and of both versions of IP."""

import re
from collections.abc import Iterator, Sequence

from qosbot.domain.audit.classes import CATCH_ALL, holds_ef, terms_of
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.rates import placed
from qosbot.domain.audit.signalling import says_signalling
from qosbot.domain.audit.terms import IPV4_ONLY, Term
from qosbot.domain.policies import AclMatch, ClassMatch, DscpMatch
from qosbot.domain.samples import FlowDirection


def _only_ipv4(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    is_any = False
    with_ipv6 = [one.name for one in facts.ports_up() if one.has_ipv6]
    for one in (*placed(facts), *placed(facts, FlowDirection.IN)):
        is_any = True
        name = one.attached.interface
        if name is None:
            yield Unjudged(why="needs the interfaces that use it", where=one.attached.where)
            continue
        speaking = _first_of(name, with_ipv6) if with_ipv6 else ""
        for held in one.policy.classes if speaking else ():
            if _leaves_out_ipv6(held.name, facts):
                yield Breach(
                    where=one.at(held),
                    evidence=(
                        *facts.quote_class(held.name),
                        *(line for line in facts.interface_lines(speaking) if _IPV6.match(line)),
                        "nothing here matches IPv6",
                    ),
                )
    if not is_any:
        yield Unjudged(why="needs a QoS policy at work")


_IPV6 = re.compile("interface |ipv6 (?:address|enable|unnumbered)")


def _first_of(name: str, others: Sequence[str]) -> str:
    """Return which of these is the interface, or a part of it; empty if none is."""
    return next((one for one in others if one == name or one.startswith(f"{name}.")), "")


def _leaves_out_ipv6(name: str, facts: AuditFacts) -> bool:
    """Return whether a class is there for both versions and takes only one.

    A list for IPv4 may be meant so, unless it is for voice or its signalling.
    """
    found = terms_of(name, facts)
    if name == CATCH_ALL or not found or not all(_is_ipv4(one, facts) for one in found):
        return False
    if any(one.conditions >= IPV4_ONLY for one in found):
        return True
    return holds_ef(name, facts) or says_signalling(name, facts)


def _is_ipv4(term: Term, facts: AuditFacts) -> bool:
    if term.conditions >= IPV4_ONLY:
        return True
    named = [
        one.match.name
        for one in term.conditions
        if isinstance(one.match, AclMatch) and not one.is_negated
    ]
    held = facts.policy.access_lists
    return any(name in held and name not in facts.ipv6_lists for name in named)


def _never_true(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    classes = facts.policy.class_maps.values()
    if not classes:
        yield Unjudged(why="needs a class-map")
    empty = [held for held in classes if not terms_of(held.name, facts)]
    if not empty:
        return
    used = {held.name for one in facts.policy.policy_maps.values() for held in one.classes}
    nested = {
        match.name for one in classes for match in one.matches if isinstance(match, ClassMatch)
    }
    for held in empty:
        where = f"class-map {held.name}"
        found = terms_of(held.name, facts)
        if found is None and held.match_all:
            yield Unjudged(why="too intricate, or it names what is not defined", where=where)
        is_used = held.name in used or held.name in nested
        if found is None or not (is_used or held.matches):
            continue
        values = [match for match in held.matches if isinstance(match, DscpMatch)]
        yield Breach(
            where=where,
            evidence=(
                *facts.quote_class(held.name),
                "no packet can have all of these" if held.matches else "it matches nothing",
                *(() if is_used else ("no policy names it",)),
            ),
            # One without a match is unfinished; what it was for is not lost to another class.
            severity=None if is_used and held.matches else Severity.LOW,
            fix=_WIDEN if len(values) > 1 else None,
        )


_WIDEN = "Put the values on one `match dscp` line, or define it anew with `class-map match-any`."
_COMMANDS = "Cisco IOS QoS command reference"

MRK_06 = Rule(
    id="MRK-06",
    severity=Severity.MEDIUM,
    title="Classes take IPv6 where the interface has IPv6",
    meaning="The same call is protected over IPv4 and not over IPv6.",
    evidence="`match ip dscp` and lists of IPv4, on interfaces with ipv6 address lines",
    source=_COMMANDS,
    fix="Match both versions: `match dscp ef` instead of `match ip dscp ef`, or a second list.",
    check=_only_ipv4,
)
MRK_07 = Rule(
    id="MRK-07",
    severity=Severity.CRITICAL,
    title="What a match-all asks for can be true at once",
    meaning="The class stays empty, and its packets go with the rest. IOS means match-all where "
    "a class-map does not say.",
    evidence="class-maps, with the classes that they name",
    source=_COMMANDS,
    fix="Define it anew with `class-map match-any`, or take away what cannot hold.",
    check=_never_true,
)
