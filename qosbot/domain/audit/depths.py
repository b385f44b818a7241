"""Rules about what waits in a queue: short for voice, bounded for the rest."""

from collections.abc import Iterator
from dataclasses import dataclass

from qosbot.domain.audit import rings
from qosbot.domain.audit.classes import CATCH_ALL, dscp_of, holds_ef, voice_in
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.queueing import NO_QUEUEING, bound, lines, queueing
from qosbot.domain.audit.rates import PlacedPolicy, placed
from qosbot.domain.audit.trees import Tree, circuit_of, has_voice_class, trees
from qosbot.domain.policies import EF, PolicyClass

_LONGEST_VOICE_S = 0.020
_FEWEST_VOICE_PACKETS = 8
_VOICE_PACKET_BYTES = 200.0
"""G.711 with 20 ms over IP (RFC 3550, RFC 3551): the usual call."""
_SHORTEST_PACKET_BYTES = 60.0
"""G.729 with 20 ms over IP."""
_LONGEST_REST_S = 0.100
_FULL_PACKET_BYTES = 1500.0
_DEFAULT_PACKETS = 64
"""IOS, where class-default has no queue-limit; IOS-XE has no less."""
_LEAST_RATIO = 0.01
_VIDEO = frozenset({32, 34, 36, 38})
_BITS = 8


def _early_drops(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    is_any = False
    for one in placed(facts):
        is_inside = any(holds_ef(name, facts) for name in one.path[1::2])
        for held in one.policy.classes if is_inside else voice_in(one.policy, facts):
            is_any = True
            if held.has_random_detect:
                said = lines(facts, one, held, "priority", "bandwidth", "random-detect")
                yield Breach(where=one.at(held), evidence=said)
    if not is_any:
        yield _NO_VOICE if queueing(facts) else NO_QUEUEING


_NO_VOICE = Unjudged(why="needs a class that holds EF (MRK-01)")


def _voice_depth(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    is_any = False
    for one in queueing(facts):
        for held in voice_in(one.policy, facts):
            is_any = True
            yield from _depth_of(one, held, facts)
    if not is_any:
        yield _NO_VOICE if queueing(facts) else NO_QUEUEING


def _depth_of(
    one: PlacedPolicy, held: PolicyClass, facts: AuditFacts
) -> Iterator[Breach | Unjudged]:
    where = one.at(held)
    packet_bytes = _packet_bytes(one, facts)
    has_bytes = _explicit_bytes(held, packet_bytes)
    if held.queue_limit_s is None and has_bytes is None:
        yield Unjudged(why="needs the depth that the platform chooses", where=where)
        return
    said = lines(facts, one, held, "priority", "police", "queue-limit")
    fewest = held.queue_limit_packets
    if fewest is None and held.queue_limit_bytes is not None:
        fewest = int(held.queue_limit_bytes / _SHORTEST_PACKET_BYTES)
    if fewest is not None and fewest < _FEWEST_VOICE_PACKETS:
        why = f"room for {fewest} packets: two calls that start together fill it"
        fix = "Let it hold 10 ms to 20 ms at its rate, and 8 packets at least."
        yield Breach(where=where, evidence=(*said, why), fix=fix)
        return
    share = bound(held) if held.is_priority else held.bandwidth
    rate_bps = one.reference.bps
    if share is not None:
        rate_bps = share.bps or (share.of(rate_bps) if rate_bps else None)
    depth_s = held.queue_limit_s
    if depth_s is None and has_bytes is not None and rate_bps:
        depth_s = has_bytes * _BITS / rate_bps
    if depth_s is None:
        yield Unjudged(why=f"needs the rate of {one.attached.where}", where=where)
    elif depth_s > _LONGEST_VOICE_S:
        size = f" at {packet_bytes:.0f} bytes a packet" if held.queue_limit_packets else ""
        yield Breach(where=where, evidence=(*said, f"{depth_s * 1e3:.0f} ms deep{size}"))
    elif held.queue_limit_s is None and not one.reference.is_exact:
        yield Unjudged(why=f"needs the rate of {one.attached.where}", where=where)


def _explicit_bytes(held: PolicyClass, packet_bytes: float) -> float | None:
    if held.queue_limit_bytes is not None:
        return held.queue_limit_bytes
    packets = held.queue_limit_packets
    return packets * packet_bytes if packets is not None else None


def _packet_bytes(one: PlacedPolicy, facts: AuditFacts) -> float:
    """Return the size of a voice packet here: the inventory's, or the usual one."""
    circuit = circuit_of(one.attached, facts)
    if circuit is None or not circuit.call_bps or not circuit.packet_time_s:
        return _VOICE_PACKET_BYTES
    return circuit.call_bps * circuit.packet_time_s / _BITS


def _rest_depth(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    if not queueing(facts):
        yield NO_QUEUEING
    for one in queueing(facts):
        rest = one.policy.find(CATCH_ALL) or PolicyClass(name=CATCH_ALL)
        if rest.has_fair_queue or rest.has_random_detect or rest.child or rest.is_priority:
            continue
        where = one.at(rest)
        rate_bps = _rest_bps(one, rest)
        depth_s = rest.queue_limit_s
        packets = rest.queue_limit_packets or _DEFAULT_PACKETS
        size = rest.queue_limit_bytes or packets * _FULL_PACKET_BYTES
        if depth_s is None and rate_bps:
            depth_s = size * _BITS / rate_bps
        if depth_s is not None and depth_s > _LONGEST_REST_S:
            said = lines(facts, one, rest, "bandwidth", "queue-limit")
            yield Breach(
                where=where,
                evidence=(
                    *(said or (f"policy-map {one.policy.name}",)),
                    "no fair-queue, no random-detect",
                    f"{depth_s * 1e3:.0f} ms deep, {size:.0f} bytes"
                    + (f" at {rate_bps / 1e3:.0f} kbit/s" if rate_bps else ""),
                ),
            )
        elif rest.queue_limit_s is None and not (rate_bps and one.reference.is_exact):
            yield Unjudged(why=f"needs the rate of {one.attached.where}", where=where)


def _rest_bps(one: PlacedPolicy, rest: PolicyClass) -> float | None:
    """Return what class-default has when all others take what they may; None if unknown."""
    link_bps = one.reference.bps
    if not link_bps:
        return None
    others = [held for held in one.policy.classes if held.name != CATCH_ALL]
    priority = [bound(held) for held in others if held.is_priority]
    left_bps = link_bps - sum(share.of(link_bps) for share in priority if share is not None)
    if rest.bandwidth is not None:
        return max(rest.bandwidth.of(link_bps), _LEAST_RATIO * link_bps)
    if rest.bandwidth_remaining_ratio is not None:
        return max(left_bps * rest.bandwidth_remaining_ratio, _LEAST_RATIO * link_bps)
    shares = [held.bandwidth for held in others if held.bandwidth is not None]
    kept = 1 - sum(held.bandwidth_remaining_ratio or 0.0 for held in others)
    left_bps = left_bps * kept - sum(share.of(link_bps) for share in shares)
    return max(left_bps, _LEAST_RATIO * link_bps)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Strict:
    one: PlacedPolicy
    held: PolicyClass
    values: frozenset[int]
    """Code points that it takes by DSCP."""


def _with_video(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    if not trees(facts):
        yield NO_QUEUEING
    for tree in trees(facts):
        if not has_voice_class(tree, facts):
            yield Unjudged(why=_NO_VOICE.why, where=tree.where)
        strict = _strict(tree, facts)
        for each in strict:
            if EF in each.values and each.values & _VIDEO and not _is_split(each.held, facts):
                yield Breach(where=each.one.at(each.held), evidence=_said(each, facts))
        for voice in (each for each in strict if EF in each.values):
            yield from _beside(voice, strict, facts)


def _strict(tree: Tree, facts: AuditFacts) -> list[_Strict]:
    return [
        _Strict(
            one=one,
            held=held,
            values=dscp_of(held.name, facts),
        )
        for one, held in tree.classes()
        if held.is_priority
    ]


def _beside(voice: _Strict, strict: list[_Strict], facts: AuditFacts) -> Iterator[Breach]:
    """Yield video of the same level that nothing bounds."""
    for each in strict:
        is_video = bool(each.values & _VIDEO) and EF not in each.values
        same = (each.held.priority_level or 1) == (voice.held.priority_level or 1)
        is_open = bound(each.held) is None and not each.held.has_police
        if is_video and same and is_open and each.one is voice.one:
            evidence = (*_said(voice, facts), *_said(each, facts))
            yield Breach(where=each.one.at(each.held), evidence=evidence)


def _said(each: _Strict, facts: AuditFacts) -> tuple[str, ...]:
    return (*facts.quote_class(each.held.name), *lines(facts, each.one, each.held, "priority"))


def _is_split(held: PolicyClass, facts: AuditFacts) -> bool:
    """Return whether a policy inside polices the two apart."""
    child = facts.policy.policy_maps.get(held.child) if held.child else None
    return child is not None and any(one.has_police for one in child.classes)


_GUIDE = "Cisco, Enterprise QoS Solution Reference Network Design Guide"

RULES = (
    Rule(
        id="QUE-07",
        severity=Severity.HIGH,
        title="Voice is not dropped early",
        meaning="Random drops ask a sender to slow down; voice cannot, so each is a gap in speech.",
        evidence="random-detect lines of the class that holds EF",
        source="RFC 4594, section 4.1; RFC 3246",
        fix="Take `random-detect` out of the voice class.",
        check=_early_drops,
    ),
    Rule(
        id="QUE-08",
        severity=Severity.MEDIUM,
        title="The voice queue is short, and holds a burst",
        meaning="A deep queue turns overload into delay that no jitter buffer takes; one of a few "
        "packets drops whenever calls start together.",
        evidence="queue-limit of the class that holds EF, against its rate",
        source=_GUIDE,
        fix="Let it hold 10 ms to 20 ms at its rate, or take the queue-limit away.",
        check=_voice_depth,
    ),
    Rule(
        id="QUE-09",
        severity=Severity.MEDIUM,
        title="What is left has fair queues or a bounded depth",
        meaning="One long queue delays every web page and every signalling packet in it.",
        evidence="fair-queue, random-detect and queue-limit of class-default, against its rate",
        source="RFC 7567; " + _GUIDE,
        fix="Add `fair-queue` to class-default.",
        check=_rest_depth,
    ),
    rings.QUE_10,
    Rule(
        id="QUE-11",
        severity=Severity.INFO,
        title="Voice and video are bounded apart",
        meaning="A video frame is a burst of full packets: in one bound with voice it drops calls.",
        evidence="match lines and bounds of priority classes",
        source=_GUIDE,
        fix="Give video a class of its own, with a rate of its own or another priority level.",
        check=_with_video,
    ),
)
