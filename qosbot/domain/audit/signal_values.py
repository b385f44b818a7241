"""The rule about what signalling is marked with: one value throughout."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from qosbot.domain.audit.classes import dscp_of
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.legs import leg_lines, place_of
from qosbot.domain.audit.queueing import lines
from qosbot.domain.audit.rates import placed
from qosbot.domain.audit.signalling import (
    MOST_VALUES,
    SOURCE,
    VALUES,
    Held,
    holding,
    is_meant,
    is_named,
    is_strict,
    says_signalling,
)
from qosbot.domain.policies import DialPeer
from qosbot.domain.samples import FlowDirection


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A place that says what signalling is marked with."""

    where: str
    lines: Callable[[], tuple[str, ...]]
    """Put together for a finding alone."""
    values: frozenset[int]


def _many_values(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    said = [*_queued_values(facts), *_marked_values(facts), *_peer_values(facts)]
    usual = max(VALUES, key=lambda value: (sum(value in one.values for one in said), -value))
    found = False
    for one in said:
        if usual in one.values:
            continue
        found = True
        yield Breach(
            where=one.where,
            evidence=(
                *one.lines(),
                f"signalling is {_named(one.values)} here, {VALUES[usual]} elsewhere",
                *next(other.lines() for other in said if usual in other.values),
            ),
        )
    if not found:
        yield Unjudged(why="needs the value that the other devices of the domain use")


def _named(values: frozenset[int]) -> str:
    return " and ".join(name for value, name in VALUES.items() if value in values)


def _queued_values(facts: AuditFacts) -> Iterator[_Said]:
    """Yield what policies on the way out expect, where they do not mark it anew."""
    for tree, found in holding(facts):
        held = [
            one
            for one in found
            if one.value is not None
            and not is_strict(one)
            and _is_small(one, facts)
            and is_meant(one, facts)
        ]
        named = [one for one in held if is_named(one.held.name)] or held
        if not named or any(one.held.set_dscp is not None for one in named):
            continue
        values = frozenset([one.value for one in held if one.value is not None])
        yield _Said(where=tree.where, lines=partial(_class_lines, named, facts), values=values)


def _class_lines(named: Sequence[Held], facts: AuditFacts) -> tuple[str, ...]:
    quoted = (line for one in named for line in facts.quote_class(one.held.name))
    return tuple(dict.fromkeys(quoted))


def _is_small(one: Held, facts: AuditFacts) -> bool:
    return len(dscp_of(one.held.name, facts)) <= MOST_VALUES


def _marked_values(facts: AuditFacts) -> Iterator[_Said]:
    """Yield what policies on the way in mark signalling with."""
    marking = {
        policy.name: [
            (held, held.set_dscp)
            for held in policy.classes
            if held.set_dscp is not None and held.set_dscp in VALUES
            if is_named(held.name) or says_signalling(held.name, facts)
        ]
        for policy in facts.policy.policy_maps.values()
    }
    for one in placed(facts, FlowDirection.IN):
        for held, value in marking[one.policy.name]:
            yield _Said(
                where=one.at(held),
                lines=partial(lines, facts, one, held, "set"),
                values=frozenset({value}),
            )


def _peer_values(facts: AuditFacts) -> Iterator[_Said]:
    for peer in facts.policy.dial_peers.values():
        value = peer.signaling_dscp
        if value is not None and peer.is_voip and value in VALUES:
            said = partial(_peer_lines, peer, facts)
            yield _Said(where=place_of(peer), lines=said, values=frozenset({value}))


def _peer_lines(peer: DialPeer, facts: AuditFacts) -> tuple[str, ...]:
    return leg_lines(peer, facts, "ip qos dscp") or (place_of(peer),)


MRK_04 = Rule(
    id="MRK-04",
    severity=Severity.MEDIUM,
    title="Signalling has one value throughout",
    meaning="What one place marks the next does not match, so signalling is unprotected there.",
    evidence="signalling classes, what is marked on the way in, and dial-peers",
    source=SOURCE,
    fix="Mark signalling alike everywhere, or mark it anew where the two domains meet.",
    check=_many_values,
)
