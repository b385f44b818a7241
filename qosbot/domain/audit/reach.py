"""The rule about reach: a class has packets that no class before it has already taken."""

from collections.abc import Iterator
from functools import lru_cache

from qosbot.domain.audit.classes import contents
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.terms import Content, Term, is_covered

_KEPT = 1024
"""Orders of classes that are kept once judged: routers of a network share them."""
NO_POLICY = Unjudged(why="needs a QoS policy")


@lru_cache(maxsize=2)
def in_use(facts: AuditFacts) -> frozenset[str]:
    """Return the policies that are attached somewhere, and those nested in them."""
    seen: set[str] = set()
    queue = [one.policy for one in facts.attached]
    while queue:
        name = queue.pop()
        policy = facts.policy.policy_maps.get(name)
        if policy is not None and name not in seen:
            seen.add(name)
            queue += [held.child for held in policy.classes if held.child]
    return frozenset(seen)


def _unreachable(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    used = in_use(facts)
    if not used:
        yield NO_POLICY
    known, defined = contents(facts), facts.policy.class_maps
    for policy in sorted(used):
        where = f"policy-map {policy} > class"
        names = [held.name for held in facts.policy.policy_maps[policy].classes]
        for name in names:
            if name in defined and name not in known:
                why = "too intricate, or it names what is not defined"
                yield Unjudged(why=why, where=f"{where} {name}")
        tried = [name for name in names if name in known]
        for i in _empty(tuple([known[name] for name in tried])):
            said = f"class {' and '.join(tried[:i])} before it has all of this"
            evidence = (*facts.quote_class(tried[i]), said)
            yield Breach(where=f"{where} {tried[i]}", evidence=evidence)


@lru_cache(maxsize=_KEPT)
def _empty(classes: tuple[Content, ...]) -> tuple[int, ...]:
    """Return which classes have nothing left when they are tried in this order."""
    before: list[Term] = []
    found: list[int] = []
    for i, one in enumerate(classes):
        if one.terms and is_covered(one.terms, before):
            found.append(i)
        before += one.terms
    return tuple(found)


REF_04 = Rule(
    id="REF-04",
    severity=Severity.MEDIUM,
    title="Every class can be reached",
    meaning="The first class that matches has the packet, so a class that is part of earlier "
    "ones stays empty.",
    evidence="class-maps in the order of their policy-map",
    source="Cisco IOS QoS command reference",
    fix="Put the narrower class first, or take it away.",
    check=_unreachable,
)
