"""The rule about tunnels: what a policy matches on can still be seen where it queues."""

import re
from collections.abc import Iterator
from functools import lru_cache

from qosbot.domain.audit.classes import asking
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.rates import PlacedPolicy, placed
from qosbot.domain.audit.underlays import below_tunnel
from qosbot.domain.policies import AclMatch, Match, ProtocolMatch, RtpPortMatch

_PRE = "qos pre-classify"
_OUTER = re.compile(
    r"permit (?:(?:esp|gre|ahp|47|50|51|ipinip) .*|ip(?:v6)? any any dscp \S+"
    r"|udp .*\b(?:isakmp|non500-isakmp|500|4500)\b.*)"
)

_KEPT = 1024
"""Entries of lists that are kept once looked at: routers of a network share them."""


def _hidden(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    inner = _looking_inside(facts)
    if not placed(facts):
        yield Unjudged(why="needs a QoS policy at work on the way out")
    if not inner:
        return
    looking = [
        one for one in placed(facts) if any(held.name in inner for held in one.policy.classes)
    ]
    for name, config in facts.policy.interfaces.items():
        if config.is_tunnel and not facts.is_shutdown(name):
            yield from _of_tunnel(name, looking, facts)
    for one in looking:
        yield from _of_crypto_map(one, facts)


@lru_cache(maxsize=2)
def _looking_inside(facts: AuditFacts) -> frozenset[str]:
    """Return the classes that look at more than DSCP, which every tunnel copies outside."""
    return asking(facts, _is_inner)


def _is_inner(match: Match, facts: AuditFacts) -> bool:
    if isinstance(match, AclMatch):
        entries = facts.policy.access_lists.get(match.name, ())
        return any(map(_is_of_inside, entries))
    return isinstance(match, ProtocolMatch | RtpPortMatch)


@lru_cache(maxsize=_KEPT)
def _is_of_inside(entry: str) -> bool:
    return entry.startswith("permit") and _OUTER.fullmatch(entry) is None


def _of_tunnel(
    name: str, looking: list[PlacedPolicy], facts: AuditFacts
) -> Iterator[Breach | Unjudged]:
    port = facts.interfaces.get(name)
    if port is None or port.has_qos_pre_classify:
        return
    below = below_tunnel(port.tunnel_source, facts)
    where = f"interface {name}"
    outside = [one for one in looking if not (one.attached.interface or "").startswith("Tunnel")]
    if not below:
        if outside:
            yield Unjudged(why="needs the interface that the tunnel leaves by", where=where)
        return
    seen = [one for one in outside if one.attached.interface in {below, below.partition(".")[0]}]
    if seen:
        words = re.compile("tunnel |interface ")
        lines = (one for one in facts.interface_lines(name) if words.match(one))
        yield Breach(where=where, evidence=(*lines, *_evidence(seen, facts)))


def _evidence(seen: list[PlacedPolicy], facts: AuditFacts) -> tuple[str, ...]:
    found = {
        one.at(held): facts.quote_class(held.name)
        for one in seen
        for held in one.policy.classes
        if held.name in _looking_inside(facts)
    }
    lines = [line for where, said in found.items() for line in (where, *said)]
    return (*lines, f"no {_PRE}")


def _of_crypto_map(one: PlacedPolicy, facts: AuditFacts) -> Iterator[Breach]:
    """Yield maps that encrypt before the policy of their own interface looks."""
    name = one.attached.interface
    if name is None or not facts.policy.interfaces[name].has_crypto:
        return
    for line in facts.interface_lines(name):
        words = line.split()
        if words[:2] != ["crypto", "map"]:
            continue
        head = f"crypto map {words[2]} "
        blind = [
            text
            for text, lines in facts.sections.items()
            if text.startswith(head) and _PRE not in lines
        ]
        if blind:
            yield Breach(
                where=f"interface {name} > crypto map {words[2]}",
                evidence=(line, *blind, *_evidence([one], facts)),
                fix="Add `qos pre-classify` to the crypto map.",
            )


MRK_09 = Rule(
    id="MRK-09",
    severity=Severity.MEDIUM,
    title="Policies see into tunnels what they match on",
    meaning="Outside there is one flow of one protocol: a class that goes by ports or addresses "
    "stays empty. DSCP is copied and needs nothing.",
    evidence="tunnels and crypto maps without `qos pre-classify`, below policies with other "
    "matches than DSCP",
    source="Cisco, QoS for Virtual Private Networks",
    fix="Add `qos pre-classify` to the tunnel, or match DSCP.",
    check=_hidden,
)
