"""The rule about reach: a class has packets that no class before it has already taken."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from qosbot.domain.audit.classes import terms_of
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.terms import Term, is_covered

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
    # Policies for several links often try the same classes in the same order.
    known: dict[tuple[str, ...], list[tuple[str, str | None]]] = {}
    for policy in sorted(used):
        names = tuple([held.name for held in facts.policy.policy_maps[policy].classes])
        if names not in known:
            known[names] = list(_out_of_reach(names, facts))
        for name, before in known[names]:
            where = f"policy-map {policy} > class {name}"
            if before is None:
                yield Unjudged(why="too intricate, or it names what is not defined", where=where)
            else:
                said = f"class {before} before it has all of this"
                yield Breach(where=where, evidence=(*facts.quote_class(name), said))


def _out_of_reach(names: Sequence[str], facts: AuditFacts) -> Iterator[tuple[str, str | None]]:
    """Yield classes tried in this order that stay empty, and those before; None: nobody knows."""
    before: list[Term] = []
    known: list[str] = []
    for name in names:
        found = terms_of(name, facts)
        if found is None:
            if name in facts.policy.class_maps:
                yield name, None
            continue
        if found and is_covered(found, before):
            yield name, " and ".join(known)
        before += found
        known.append(name)


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
