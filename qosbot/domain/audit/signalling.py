"""The rule about where call signalling is queued: in a guaranteed class of its own."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qosbot.domain.audit import lists
from qosbot.domain.audit.classes import CATCH_ALL, asking, dscp_of, terms_of
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.queueing import NO_QUEUEING, lines
from qosbot.domain.audit.rates import PlacedPolicy
from qosbot.domain.audit.trees import Tree, has_voice_class, trees, why_voice
from qosbot.domain.policies import (
    EF,
    AclMatch,
    CosMatch,
    Match,
    PolicyClass,
    PolicyMap,
    ProtocolMatch,
)

CS3, AF31, CS5 = 24, 26, 40
VALUES: Mapping[int, str] = {CS3: "CS3", AF31: "AF31", CS5: "CS5"}
"""The values of signalling, those first that rarely mean something else."""
_NAMED = re.compile(r"sig|sip|sccp|skinny|mgcp|h323|call-?_?ctrl|call-?_?control", re.IGNORECASE)
_KEPT = 1024
"""Names of classes that are kept once judged: routers of a network share them."""
_SIGNALLING_COS = 3
"""Of phones and of their switches."""
_PRECEDENCE_5 = frozenset(range(CS5, CS5 + 8))
MOST_VALUES = 12
"""A class of more code points is not for signalling alone."""


@lru_cache(maxsize=_KEPT)
def is_named(name: str) -> bool:
    """Return whether a class is called after signalling."""
    return _NAMED.search(name) is not None


def says_signalling(name: str, facts: AuditFacts) -> bool:
    """Return whether a class takes signalling by its ports or its protocol."""
    return name in _saying(facts)


@lru_cache(maxsize=2)
def _saying(facts: AuditFacts) -> frozenset[str]:
    return asking(facts, _match_says)


def _match_says(match: Match, facts: AuditFacts) -> bool:
    if isinstance(match, AclMatch):
        return lists.says_signalling(facts.policy.access_lists.get(match.name, ()))
    return isinstance(match, ProtocolMatch) and lists.is_signalling_protocol(match.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A class that has signalling."""

    placed: PlacedPolicy
    held: PolicyClass
    value: int | None
    """None: by its ports or its protocol."""


@lru_cache(maxsize=2)
def holding(facts: AuditFacts) -> tuple[tuple[Tree, tuple[Held, ...]], ...]:
    """Return for each tree the classes that have signalling, the first for each value."""
    policies = {one.policy.name: one.policy for tree in trees(facts) for one in tree.policies}
    held_in = {name: tuple(_in_policy(policy, facts)) for name, policy in policies.items()}
    return tuple(
        (
            tree,
            tuple(
                [
                    Held(placed=one, held=held, value=value)
                    for one in tree.policies
                    for held, value in held_in[one.policy.name]
                ]
            ),
        )
        for tree in trees(facts)
    )


def _in_policy(policy: PolicyMap, facts: AuditFacts) -> Iterator[tuple[PolicyClass, int | None]]:
    taken: set[int] = set()
    for held in policy.classes:
        if says_signalling(held.name, facts):
            yield held, None
        values = dscp_of(held.name, facts)
        if values.isdisjoint(VALUES):
            continue
        # CS5 comes with EF where a class goes by precedence 5.
        by_bits = values >= _PRECEDENCE_5
        for value in VALUES:
            if value in values and value not in taken and not (value == CS5 and by_bits):
                yield held, value
        taken |= values


def _has_guarantee(one: Held) -> bool:
    held, around = one.held, one.placed.holder
    return (
        held.bandwidth is not None
        or held.bandwidth_remaining_ratio is not None
        or held.bandwidth_remaining_weight is not None
        # What is around everything guarantees nothing to one class in it.
        or (around is not None and around.bandwidth is not None and around.name != CATCH_ALL)
    )


def is_strict(one: Held) -> bool:
    """Return whether a class, or the one around it, is served first."""
    around = one.placed.holder
    return one.held.is_priority or (around is not None and around.is_priority)


def _badly_queued(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    if not trees(facts):
        yield NO_QUEUEING
    for tree, found in holding(facts):
        if has_voice_class(tree, facts) or why_voice(tree, facts):
            yield from _in_tree(tree, found, facts)
        else:
            yield Unjudged(why="needs to know whether voice goes out here", where=tree.where)
    for peer in facts.policy.dial_peers.values():
        if peer.is_voip and peer.signaling_dscp == EF:
            head = f"dial-peer {peer.tag}"
            yield Breach(
                where=head,
                evidence=(head, "signalling is marked EF, and goes with voice"),
                severity=Severity.MEDIUM,
                fix="Mark signalling CS3: `ip qos dscp cs3 signaling`.",
            )


def _in_tree(tree: Tree, found: Sequence[Held], facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    queued = [one for one in found if not is_strict(one) and is_meant(one, facts)]
    good = [one for one in queued if _has_guarantee(one)]
    # AF31, and CS5 too, may be video where another value is queued as signalling should be.
    mean = {CS3, None} if good or _says_cs3(facts) else {CS3, AF31, CS5, None}
    strict = [one for one in found if is_strict(one) and one.value in mean]
    for one in strict:
        yield Breach(
            where=one.placed.at(one.held),
            evidence=(
                *facts.quote_class(one.held.name),
                *lines(facts, one.placed, one.held, "priority"),
                f"{_what(one)} is in the priority class",
            ),
            severity=Severity.MEDIUM,
            fix="Give signalling a class of its own, with `bandwidth percent 5`.",
        )
    if strict or good:
        return
    for one in queued:
        yield Breach(
            where=one.placed.at(one.held),
            evidence=(*facts.quote_class(one.held.name), f"{_what(one)} has no bandwidth here"),
        )
    if not queued:
        beside = [one for one in found if not is_strict(one)]
        if beside and not _says_cs3(facts):
            name = beside[0].held.name
            why = f"needs to know whether class {name} has signalling beside its data"
            yield Unjudged(why=why, where=tree.where)
            return
        unclear = next(filter(None, (_unclear(facts)[o.policy.name] for o in tree.policies)), None)
        if unclear is not None:
            yield Unjudged(why=f"needs to know what class {unclear} holds", where=tree.where)
            return
        policy = tree.policies[-1].policy
        heads = (f"class {held.name}" for held in policy.classes)
        said = "no class holds CS3, CS5, AF31 or the ports of signalling"
        yield Breach(where=tree.where, evidence=(f"policy-map {policy.name}", *heads, said))


def is_meant(one: Held, facts: AuditFacts) -> bool:
    """Return whether a class is there for signalling, and not for data that shares its value."""
    if one.value is None or one.value == CS3 or is_named(one.held.name):
        return True
    return dscp_of(one.held.name, facts) <= VALUES.keys()


@lru_cache(maxsize=2)
def _says_cs3(facts: AuditFacts) -> bool:
    """Return whether something here, at work or not, is for signalling marked CS3."""
    policy = facts.policy
    named = any(
        CS3 in (values := dscp_of(name, facts)) and len(values) <= MOST_VALUES
        for name in policy.class_maps
    )
    written = any(
        held.set_dscp == CS3 for one in policy.policy_maps.values() for held in one.classes
    )
    return named or written or any(o.signaling_dscp == CS3 for o in policy.dial_peers.values())


@lru_cache(maxsize=2)
def _unclear(facts: AuditFacts) -> Mapping[str, str | None]:
    """Return the first class of each policy that could have signalling in a way not read."""
    return {
        name: next(
            (
                held.name
                for held in policy.classes
                if held.name != CATCH_ALL and _is_unclear(held, facts)
            ),
            None,
        )
        for name, policy in facts.policy.policy_maps.items()
    }


def _is_unclear(held: PolicyClass, facts: AuditFacts) -> bool:
    """Return whether a guaranteed class could have signalling in a way that is not read."""
    found = terms_of(held.name, facts)
    if found is None:
        return True
    if held.is_priority:
        return False
    return any(
        not one.is_by_dscp
        and not one.dscp.isdisjoint(VALUES)
        and not all(_is_other_application(each.match, facts) for each in one.conditions)
        for one in found
    )


def _is_other_application(match: Match | str, facts: AuditFacts) -> bool:
    if isinstance(match, ProtocolMatch):
        return True
    if isinstance(match, CosMatch):
        return _SIGNALLING_COS not in match.values
    if not isinstance(match, AclMatch):
        return False
    return lists.is_of_ports(facts.policy.access_lists.get(match.name, ()))


def _what(one: Held) -> str:
    return "signalling" if one.value is None else VALUES[one.value]


SOURCE = "RFC 4594, section 4.2; Cisco, Enterprise QoS Solution Reference Network Design Guide"

MRK_03 = Rule(
    id="MRK-03",
    severity=Severity.HIGH,
    title="Signalling has a guaranteed class of its own",
    meaning="In class-default calls take long to set up, or fail, whenever the link is full; in "
    "the priority class signalling's bursts hit voice.",
    evidence="classes with CS3, CS5, AF31 or signalling ports in policies that queue EF",
    source=SOURCE,
    fix="Give signalling a class: `match dscp cs3 af31` with `bandwidth percent 5`.",
    check=_badly_queued,
)
