"""Rules about queues: voice goes first, within bounds, and the others keep their share."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

from qosbot.domain.audit.classes import holds_ef, voice_in
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.rates import PlacedPolicy, placed, total
from qosbot.domain.policies import PolicyClass, PolicyMap, Share

MOST_PRIORITY = 0.33
CALL_HEADROOM = 1.05
_ROUNDING = 1e-6
_KEPT = 1024
"""Policies that are kept once judged: routers of a network share them."""

NO_QUEUEING = Unjudged(why="needs a queueing policy at work on the way out")


@lru_cache(maxsize=2)
def queueing(facts: AuditFacts) -> tuple[PlacedPolicy, ...]:
    """Return the policies at work on the way out that hold queues."""
    return tuple(one for one in placed(facts) if _holds_queues(one.policy))


@lru_cache(maxsize=_KEPT)
def _holds_queues(policy: PolicyMap) -> bool:
    return any(has_queue(held) for held in policy.classes)


def has_queue(held: PolicyClass) -> bool:
    """Return whether a class has a queue of its own that is served before or beside others."""
    return (
        held.is_priority
        or held.bandwidth is not None
        or held.bandwidth_remaining_ratio is not None
        or held.bandwidth_remaining_weight is not None
        or held.has_fair_queue
    )


def lines(facts: AuditFacts, one: PlacedPolicy, held: PolicyClass, *words: str) -> tuple[str, ...]:
    """Return the lines of a class that begin with these words, under their headers."""
    known, asked = _quoted(facts), (one.policy.name, held.name, words)
    found = known.get(asked)
    if found is None:
        header = f"policy-map {one.policy.name}"
        found = known[asked] = facts.quote(header, *words, within=f"class {held.name}")
    return found


@lru_cache(maxsize=2)
def _quoted(facts: AuditFacts) -> dict[tuple[str, str, tuple[str, ...]], tuple[str, ...]]:
    """Return where the lines of a device's classes are kept, empty at first.

    Many places have one policy, and several rules ask for the same lines.  A cache of all devices
    would keep each device of a night alive for its lines' sake.
    """
    del facts  # it is what the cache goes by
    return {}


def bound(held: PolicyClass) -> Share | None:
    """Return what bounds a priority class: its own rate, or its policer's."""
    return held.priority or held.police


def _not_priority(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    policies = queueing(facts)
    if not policies:
        yield NO_QUEUEING
    for attached, placed_there in groupby(policies, key=lambda one: one.attached):
        voice = [(one, held) for one in placed_there for held in voice_in(one.policy, facts)]
        if not voice:
            yield Unjudged(why="needs a class that holds EF (MRK-01)", where=attached.where)
        for one, held in voice:
            if not _is_strict(held, one, facts) and not _is_left_over(held, one, facts):
                yield Breach(
                    where=one.at(held),
                    evidence=(
                        *lines(facts, one, held, "bandwidth", "shape", "fair-queue"),
                        *facts.quote_class(held.name),
                        "no priority",
                    ),
                )


def _is_left_over(held: PolicyClass, one: PlacedPolicy, facts: AuditFacts) -> bool:
    """Return whether a class queues nothing and has what the voice class before it leaves."""
    if has_queue(held):
        return False
    classes = voice_in(one.policy, facts)
    return any(_is_strict(other, one, facts) for other in classes[: classes.index(held)])


def _is_strict(held: PolicyClass, one: PlacedPolicy, facts: AuditFacts) -> bool:
    """Return whether a class, the one around it, or one inside it is served first."""
    if held.is_priority or (one.holder is not None and one.holder.is_priority):
        return True
    child = facts.policy.policy_maps.get(held.child) if held.child else None
    return child is not None and any(
        below.is_priority for _, below in facts.policy.classes_under(child)
    )


def _too_much_priority(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    policies = queueing(facts)
    if not policies:
        yield NO_QUEUEING
    for one in policies:
        strict = _strict(one.policy)
        shares = [share for held in strict if (share := bound(held)) is not None]
        if not shares:
            continue
        found = total(shares, one.reference)
        # In whole percents: `priority 512` of a T1 with 1536 kbit/s is the third that is meant.
        if round(found.least, 2) > MOST_PRIORITY + _ROUNDING:
            quoted = (line for held in strict for line in lines(facts, one, held, *_BOUNDS)[1:])
            yield Breach(
                where=one.where,
                evidence=(
                    f"policy-map {one.policy.name}",
                    *quoted,
                    f"{found.least:.0%} of {reference(one)}",
                ),
            )
        elif not found.is_exact:
            yield without_rate(one)


@lru_cache(maxsize=_KEPT)
def _strict(policy: PolicyMap) -> tuple[PolicyClass, ...]:
    return tuple(held for held in policy.classes if held.is_priority)


def _unbounded(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    policies = queueing(facts)
    if not policies:
        yield NO_QUEUEING
    for one in policies:
        for held in _strict(one.policy):
            if not _is_bounded(held, one, facts):
                yield Breach(where=one.at(held), evidence=lines(facts, one, held, "priority"))


def _is_bounded(held: PolicyClass, one: PlacedPolicy, facts: AuditFacts) -> bool:
    """Return whether a class, the one around it, or each one inside it has a rate."""
    if held.priority is not None or held.has_police:
        return True
    if one.holder is not None and one.holder.has_police:
        return True
    child = facts.policy.policy_maps.get(held.child) if held.child else None
    return child is not None and bool(child.classes) and all(h.has_police for h in child.classes)


def _too_small(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    policies = queueing(facts)
    if not policies:
        yield NO_QUEUEING
    for one in policies:
        voice = [held for held in _strict(one.policy) if holds_ef(held.name, facts)]
        if not voice:
            continue
        circuits = facts.context.circuits if facts.context is not None else {}
        circuit = circuits.get(one.attached.interface or "")
        if circuit is None or circuit.voice_need_bps is None:
            yield Unjudged(why="needs the calls of this link from the inventory", where=one.where)
            continue
        need_bps = circuit.voice_need_bps * CALL_HEADROOM
        shares = [share for held in voice if (share := bound(held)) is not None]
        if len(shares) < len(voice):
            continue
        if any(share.ratio is not None for share in shares) and not one.reference.bps:
            yield without_rate(one)
            continue
        has_bps = sum(share.of(one.reference.bps or 0.0) for share in shares)
        if need_bps > has_bps * (1 + _ROUNDING):
            quoted = (line for held in voice for line in lines(facts, one, held, *_BOUNDS))
            yield Breach(
                where=one.where,
                evidence=(
                    *quoted,
                    f"voice needs {need_bps / 1e3:.0f} kbit/s",
                    f"the class has {has_bps / 1e3:.0f} kbit/s of {reference(one)}",
                ),
            )
        elif not one.reference.is_exact and any(share.ratio is not None for share in shares):
            yield without_rate(one)


def reference(one: PlacedPolicy) -> str:
    """Return what shares of a policy are shares of, in words."""
    if one.reference.bps is None:
        return "the rate, whatever it is"
    return f"{one.reference.bps / 1e3:.0f} kbit/s ({one.reference.source})"


def without_rate(one: PlacedPolicy) -> Unjudged:
    """Return what it would take to judge a policy on a link of unknown rate."""
    return Unjudged(why=f"needs the rate of {one.attached.where}", where=one.where)


_BOUNDS = ("priority", "police")
GUIDE = "Cisco, Enterprise QoS Solution Reference Network Design Guide"

RULES = (
    Rule(
        id="QUE-01",
        severity=Severity.CRITICAL,
        title="Voice has a strict priority queue",
        meaning="A share guarantees throughput and not delay: voice waits behind full frames of "
        "every other class.",
        evidence="priority lines of the class that holds EF, in policies at work on the way out",
        source="RFC 3246; " + GUIDE,
        fix="Replace `bandwidth` by `priority percent N` in the voice class.",
        check=_not_priority,
    ),
    Rule(
        id="QUE-02",
        severity=Severity.HIGH,
        title="Strict priority is at most 33 % of the link",
        meaning="More starves what is not voice, and delays voice itself behind other voice.",
        evidence="all priority classes of a policy against its reference rate",
        source=GUIDE,
        fix="Reduce the priority classes to 33 % of the rate together, or admit fewer calls.",
        check=_too_much_priority,
    ),
    Rule(
        id="QUE-03",
        severity=Severity.CRITICAL,
        title="Strict priority is bounded",
        meaning="Without a rate or a policer whatever is marked EF starves everything else, "
        "routing included.",
        evidence="priority and police lines of each priority class",
        source="RFC 3246, section 2.8",
        fix="Give it a rate: `priority percent N`, or a `police` line in the class.",
        check=_unbounded,
    ),
    Rule(
        id="QUE-04",
        severity=Severity.CRITICAL,
        title="Strict priority is large enough for the calls",
        meaning="Above its rate the class drops, and every call suffers at once.",
        evidence="priority rate against the calls of the link in the inventory, 5 % added",
        source="ITU-T G.711, G.729; RFC 3550; Cisco document 7934",
        fix="Enlarge the class within 33 % and the EF contract; else fewer calls or a codec.",
        check=_too_small,
    ),
)
