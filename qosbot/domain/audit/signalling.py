"""Rules about call signalling: a guaranteed class of its own, and one value for all of it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qosbot.domain.audit import lists
from qosbot.domain.audit.classes import CATCH_ALL, dscp_of, terms_of
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.queueing import NO_QUEUEING, lines
from qosbot.domain.audit.rates import PlacedPolicy, placed
from qosbot.domain.audit.trees import Tree, has_voice_class, trees, why_voice
from qosbot.domain.policies import EF, AclMatch, Match, PolicyClass, PolicyMap, ProtocolMatch
from qosbot.domain.samples import FlowDirection

CS3, AF31, CS5 = 24, 26, 40
_VALUES: Mapping[int, str] = {CS3: "CS3", AF31: "AF31", CS5: "CS5"}
"""The values of signalling, those first that rarely mean something else."""
_NAMED = re.compile(r"sig|sip|sccp|skinny|mgcp|h323|call-?_?ctrl|call-?_?control", re.IGNORECASE)
_PRECEDENCE_5 = frozenset(range(CS5, CS5 + 8))
_MOST_VALUES = 12
"""A class of more code points is not for signalling alone."""


def says_signalling(name: str, facts: AuditFacts) -> bool:
    """Return whether a class takes signalling by its ports or its protocol."""
    return name in _saying(facts)


@lru_cache(maxsize=2)
def _saying(facts: AuditFacts) -> frozenset[str]:
    return frozenset(
        name
        for name in facts.policy.class_maps
        if any(
            _match_says(each.match, facts)
            for one in terms_of(name, facts) or ()
            for each in one.conditions
            if not each.is_negated
        )
    )


def _match_says(match: Match | str, facts: AuditFacts) -> bool:
    if isinstance(match, AclMatch):
        return lists.says_signalling(facts.policy.access_lists.get(match.name, ()))
    return isinstance(match, ProtocolMatch) and lists.is_signalling_protocol(match.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A class that has signalling."""

    placed: PlacedPolicy
    held: PolicyClass
    value: int | None
    """None: by its ports or its protocol."""


@lru_cache(maxsize=2)
def _holding(facts: AuditFacts) -> tuple[tuple[Tree, tuple[_Held, ...]], ...]:
    """Return for each tree the classes that have signalling, the first for each value."""
    held_in = _by_policy(facts)
    return tuple(
        (
            tree,
            tuple(
                _Held(placed=one, held=held, value=value)
                for one in tree.policies
                for held, value in held_in[one.policy.name]
            ),
        )
        for tree in trees(facts)
    )


def _by_policy(facts: AuditFacts) -> Mapping[str, tuple[tuple[PolicyClass, int | None], ...]]:
    """Return the classes that have signalling of each policy, wherever it is at work."""
    return {
        name: tuple(_in_policy(policy, facts)) for name, policy in facts.policy.policy_maps.items()
    }


def _in_policy(policy: PolicyMap, facts: AuditFacts) -> Iterator[tuple[PolicyClass, int | None]]:
    taken: set[int] = set()
    for held in policy.classes:
        values = dscp_of(held.name, facts)
        if says_signalling(held.name, facts):
            yield held, None
        # CS5 comes with EF where a class goes by precedence 5.
        by_bits = values >= _PRECEDENCE_5
        for value in _VALUES:
            if value in values and value not in taken and not (value == CS5 and by_bits):
                yield held, value
        taken |= values


def _has_guarantee(one: _Held) -> bool:
    held, around = one.held, one.placed.holder
    return (
        held.bandwidth is not None
        or held.bandwidth_remaining_ratio is not None
        or held.bandwidth_remaining_weight is not None
        or (around is not None and around.bandwidth is not None)
    )


def _is_strict(one: _Held) -> bool:
    around = one.placed.holder
    return one.held.is_priority or (around is not None and around.is_priority)


def _badly_queued(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    if not trees(facts):
        yield NO_QUEUEING
    for tree, found in _holding(facts):
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


def _in_tree(tree: Tree, found: Sequence[_Held], facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    queued = [one for one in found if not _is_strict(one)]
    good = [one for one in queued if _has_guarantee(one)]
    # AF31, and CS5 too, may be video where another value is queued as signalling should be.
    mean = {CS3, None} if good else {CS3, AF31, CS5, None}
    strict = [one for one in found if _is_strict(one) and one.value in mean]
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
        unclear = next(filter(None, (_unclear(facts)[o.policy.name] for o in tree.policies)), None)
        if unclear is not None:
            yield Unjudged(why=f"needs to know what class {unclear} holds", where=tree.where)
            return
        policy = tree.policies[-1].policy
        heads = (f"class {held.name}" for held in policy.classes)
        said = "no class holds CS3, CS5, AF31 or the ports of signalling"
        yield Breach(where=tree.where, evidence=(f"policy-map {policy.name}", *heads, said))


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
        and not one.dscp.isdisjoint(_VALUES)
        and not all(_is_other_application(each.match, facts) for each in one.conditions)
        for one in found
    )


def _is_other_application(match: Match | str, facts: AuditFacts) -> bool:
    if isinstance(match, ProtocolMatch):
        return True
    if not isinstance(match, AclMatch):
        return False
    return lists.is_of_ports(facts.policy.access_lists.get(match.name, ()))


def _what(one: _Held) -> str:
    return "signalling" if one.value is None else _VALUES[one.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A place that says what signalling is marked with."""

    where: str
    lines: tuple[str, ...]
    values: frozenset[int]


def _many_values(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    said = [*_queued_values(facts), *_marked_values(facts), *_peer_values(facts)]
    usual = max(_VALUES, key=lambda value: (sum(value in one.values for one in said), -value))
    found = False
    for one in said:
        if usual in one.values:
            continue
        found = True
        yield Breach(
            where=one.where,
            evidence=(
                *one.lines,
                f"signalling is {_named(one.values)} here, {_VALUES[usual]} elsewhere",
                *next(other.lines for other in said if usual in other.values),
            ),
        )
    if not found:
        yield Unjudged(why="needs the value that the other devices of the domain use")


def _named(values: frozenset[int]) -> str:
    return " and ".join(name for value, name in _VALUES.items() if value in values)


def _queued_values(facts: AuditFacts) -> Iterator[_Said]:
    """Yield what policies on the way out expect, where they do not mark it anew."""
    for tree, found in _holding(facts):
        held = [
            one
            for one in found
            if one.value is not None and not _is_strict(one) and _is_small(one, facts)
        ]
        named = [one for one in held if _NAMED.search(one.held.name)] or held
        if not named or any(one.held.set_dscp is not None for one in named):
            continue
        quoted = (line for one in named for line in facts.quote_class(one.held.name))
        values = frozenset(one.value for one in held if one.value is not None)
        yield _Said(where=tree.where, lines=tuple(dict.fromkeys(quoted)), values=values)


def _is_small(one: _Held, facts: AuditFacts) -> bool:
    return len(dscp_of(one.held.name, facts)) <= _MOST_VALUES


def _marked_values(facts: AuditFacts) -> Iterator[_Said]:
    """Yield what policies on the way in mark signalling with."""
    for one in placed(facts, FlowDirection.IN):
        for held in one.policy.classes:
            is_named = _NAMED.search(held.name) is not None
            is_signalling = is_named or says_signalling(held.name, facts)
            if is_signalling and held.set_dscp is not None and held.set_dscp in _VALUES:
                yield _Said(
                    where=one.at(held),
                    lines=facts.quote(
                        f"policy-map {one.policy.name}", "set", within=f"class {held.name}"
                    ),
                    values=frozenset({held.set_dscp}),
                )


def _peer_values(facts: AuditFacts) -> Iterator[_Said]:
    for peer in facts.policy.dial_peers.values():
        value = peer.signaling_dscp
        if peer.is_voip and value is not None and value in _VALUES:
            head = f"dial-peer {peer.tag}"
            said = facts.quote(f"dial-peer voice {peer.tag} voip", "ip qos dscp")
            yield _Said(where=head, lines=said or (head,), values=frozenset({value}))


_SOURCE = "RFC 4594, section 4.2; Cisco, Enterprise QoS Solution Reference Network Design Guide"

MRK_03 = Rule(
    id="MRK-03",
    severity=Severity.HIGH,
    title="Signalling has a guaranteed class of its own",
    meaning="In class-default calls take long to set up, or fail, whenever the link is full; in "
    "the priority class signalling's bursts hit voice.",
    evidence="classes with CS3, CS5, AF31 or signalling ports in policies that queue EF",
    source=_SOURCE,
    fix="Give signalling a class: `match dscp cs3 af31` with `bandwidth percent 5`.",
    check=_badly_queued,
)
MRK_04 = Rule(
    id="MRK-04",
    severity=Severity.MEDIUM,
    title="Signalling has one value throughout",
    meaning="What one place marks the next does not match, so signalling is unprotected there.",
    evidence="signalling classes, what is marked on the way in, and dial-peers",
    source=_SOURCE,
    fix="Mark signalling alike everywhere, or mark it anew where the two domains meet.",
    check=_many_values,
)
