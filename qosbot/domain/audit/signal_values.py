"""The rule about what signalling is marked with: one value throughout."""

from collections.abc import Iterator
from dataclasses import dataclass

from qosbot.domain.audit.classes import dscp_of
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
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
from qosbot.domain.samples import FlowDirection


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """A place that says what signalling is marked with."""

    where: str
    lines: tuple[str, ...]
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
                *one.lines,
                f"signalling is {_named(one.values)} here, {VALUES[usual]} elsewhere",
                *next(other.lines for other in said if usual in other.values),
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
        quoted = (line for one in named for line in facts.quote_class(one.held.name))
        values = frozenset(one.value for one in held if one.value is not None)
        yield _Said(where=tree.where, lines=tuple(dict.fromkeys(quoted)), values=values)


def _is_small(one: Held, facts: AuditFacts) -> bool:
    return len(dscp_of(one.held.name, facts)) <= MOST_VALUES


def _marked_values(facts: AuditFacts) -> Iterator[_Said]:
    """Yield what policies on the way in mark signalling with."""
    for one in placed(facts, FlowDirection.IN):
        for held in one.policy.classes:
            if held.set_dscp is None or held.set_dscp not in VALUES:
                continue
            if is_named(held.name) or says_signalling(held.name, facts):
                yield _Said(
                    where=one.at(held),
                    lines=lines(facts, one, held, "set"),
                    values=frozenset({held.set_dscp}),
                )


def _peer_values(facts: AuditFacts) -> Iterator[_Said]:
    for peer in facts.policy.dial_peers.values():
        value = peer.signaling_dscp
        if peer.is_voip and value is not None and value in VALUES:
            head = f"dial-peer {peer.tag}"
            said = facts.quote(f"dial-peer voice {peer.tag} voip", "ip qos dscp")
            yield _Said(where=head, lines=said or (head,), values=frozenset({value}))


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
