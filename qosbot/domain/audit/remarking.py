"""Rules about writing code points: EF is given to voice alone, and is not taken from it."""

from collections.abc import Iterator
from functools import lru_cache

from qosbot.domain.audit import lists
from qosbot.domain.audit.classes import (
    CATCH_ALL,
    DSCP_VALUES,
    IPV4_ONLY,
    Condition,
    Term,
    holds_ef,
    says_voice,
    terms_of,
)
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.legs import leg_lines, peers, place_of
from qosbot.domain.audit.rates import PlacedPolicy, placed
from qosbot.domain.policies import EF, AclMatch, CosMatch, PolicyClass, PolicyMap, ProtocolMatch
from qosbot.domain.samples import FlowDirection

_KEPT = 1024
"""Policies that are kept once judged: routers of a network share them."""
_VOICE_COS = 5
_VOICE_PRECEDENCE = frozenset({"5", "critical"})
_LIKE_EF = frozenset(range(40, 48))
"""What older phones mark voice with: precedence 5, whatever follows."""
_SOURCES = frozenset({"cos", "qos-group", "precedence"})
_VOICE = frozenset({EF, 44})
"""VOICE-ADMIT (RFC 5865) is voice too, where calls are admitted."""
_EF_WORDS = frozenset({"ef", "46"})
_KEPT_BY_TABLE = _EF_WORDS | {"copy", "ignore", "default"}
_MARKS = ("set dscp", "set ip dscp", "set precedence", "set ip precedence")


def _anyone_is_ef(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    is_any = False
    giving = {name: _giving(policy) for name, policy in facts.policy.policy_maps.items()}
    voice_vlans = {port.voice_vlan for port in facts.interfaces.values() if port.voice_vlan}
    for one in (*placed(facts, FlowDirection.IN), *placed(facts)):
        is_any = True
        for held in giving[one.policy.name]:
            if _is_voice_vlan(one, voice_vlans, facts):
                continue
            chain = [_data_in(name, facts) for name in (held.name, *reversed(one.path[1::2]))]
            if any(why is None for why in chain):
                yield Unjudged(why="needs to know what the class holds", where=one.at(held))
            elif all(chain):
                yield Breach(
                    where=one.at(held),
                    evidence=(*_marks(facts, one, held), *(chain[0] or ())),
                )
    if not is_any:
        yield Unjudged(why="needs a QoS policy at work")


@lru_cache(maxsize=_KEPT)
def _giving(policy: PolicyMap) -> tuple[PolicyClass, ...]:
    return tuple(held for held in policy.classes if _gives_ef(held))


def _gives_ef(held: PolicyClass) -> bool:
    """Return whether a class writes EF, its policer included."""
    if held.set_dscp == EF or not held.police_actions:
        return held.set_dscp == EF
    given = (
        what.removeprefix("set-dscp-transmit ")
        for when, what in held.police_actions
        if when == "conform"
    )
    return not _EF_WORDS.isdisjoint(given)


def _marks(facts: AuditFacts, one: PlacedPolicy, held: PolicyClass) -> tuple[str, ...]:
    words = (*_MARKS, "police", "conform-action")
    return facts.quote(f"policy-map {one.policy.name}", *words, within=f"class {held.name}")


def _is_voice_vlan(one: PlacedPolicy, vlans: set[str], facts: AuditFacts) -> bool:
    """Return whether nothing but the voice VLAN comes in here."""
    name = one.attached.interface or ""
    port = facts.interfaces.get(name)
    tags = port.encapsulation.split()[1:2] if port is not None else []
    held = (one.attached.via or one.attached.holder).split()
    if held[0] in {"vlan", "vlan-range"}:
        # On some switches each VLAN of a port, or a VLAN on all ports, has a policy of its own.
        tags = held[-1:]
    return name.removeprefix("Vlan") in vlans or any(tag in vlans for tag in tags)


def _data_in(name: str, facts: AuditFacts) -> tuple[str, ...] | None:
    """Return why a class has more than voice; empty where that is not proven, None unknown."""
    if name == CATCH_ALL:
        return ("class-default has whatever no other class has",)
    found = terms_of(name, facts)
    if found is None:
        return None
    return next((why for why in (_data_in_term(one, facts) for one in found) if why), ())


def _data_in_term(term: Term, facts: AuditFacts) -> tuple[str, ...]:
    conditions = term.conditions - IPV4_ONLY
    if not conditions:
        if term.dscp == DSCP_VALUES:
            return ("the class takes every packet",)
        rest = sorted(term.dscp - _LIKE_EF)
        return (f"the class takes DSCP {', '.join(map(str, rest))}",) if rest else ()
    reasons = [_data_in_condition(one, facts) for one in conditions]
    return reasons[0] if all(reasons) else ()


def _data_in_condition(condition: Condition, facts: AuditFacts) -> tuple[str, ...]:
    match = condition.match
    if condition.is_negated:
        return ()
    if isinstance(match, AclMatch):
        return lists.takes_data(facts.policy.access_lists.get(match.name, ()))
    if isinstance(match, CosMatch):
        rest = sorted(match.values - {_VOICE_COS})
        return (f"the class takes CoS {', '.join(map(str, rest))}",) if rest else ()
    if isinstance(match, ProtocolMatch) and not says_voice(match, facts):
        is_media = any(word in match.name for word in ("rtp", "audio", "voice", "voip", "phone"))
        return () if is_media else (f"match protocol {match.name}",)
    return ()


def _takes_ef_away(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    if not any(True for _ in facts.at_work(FlowDirection.OUT)):
        yield Unjudged(why="needs a QoS policy at work on the way out")
    yield from _rewritten(facts, FlowDirection.OUT)
    for peer in peers(facts):
        if peer.media_dscp is not None and peer.media_dscp not in _VOICE:
            said = f"speech leaves as DSCP {peer.media_dscp}"
            yield Breach(
                where=place_of(peer),
                evidence=(*leg_lines(peer, facts, "ip qos dscp"), said),
                fix="Mark media EF, as gateways do by themselves: `ip qos dscp ef media`.",
            )


def _rewritten_on_the_way_in(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    yield from _rewritten(facts, FlowDirection.IN)


def _rewritten(facts: AuditFacts, direction: FlowDirection) -> Iterator[Breach | Unjudged]:
    """Yield classes that have EF, in all likelihood, and write something else."""
    policies = placed(facts, direction)
    if not any(_rewrites(one.policy) for one in policies):
        return
    carrying: dict[tuple[str, ...], bool] = {}
    for one in policies:
        place = (one.attached.where, *one.path)
        is_left = carrying.get(place[:-1], True)
        for held in one.policy.classes:
            carries = is_left and _carries_ef(held.name, facts)
            carrying[(*place, held.name)] = carries or (is_left and _may_nest_ef(held, facts))
            if not carries or _gives_ef(held):
                # Whatever a class with `set dscp ef` goes by, it is the one for voice.
                is_left = is_left and not _gives_ef(held)
                continue
            said = _instead_of_ef(held) or _by_table(held, facts)
            if said:
                yield Breach(
                    where=one.at(held),
                    evidence=(
                        *_marks(facts, one, held),
                        *facts.quote_class(held.name),
                        f"EF becomes {said}",
                    ),
                )
            elif said is None and _may_lose_ef(held):
                yield Unjudged(why="needs what EF becomes by a table", where=one.at(held))
            is_left = is_left and not _has_all_ef(held.name, facts)


@lru_cache(maxsize=_KEPT)
def _rewrites(policy: PolicyMap) -> bool:
    """Return whether some class of a policy could take EF away, if it has any."""
    return any(_instead_of_ef(held) is not None or _may_lose_ef(held) for held in policy.classes)


def _carries_ef(name: str, facts: AuditFacts) -> bool:
    return name == CATCH_ALL or _has_all_ef(name, facts)


def _may_nest_ef(held: PolicyClass, facts: AuditFacts) -> bool:
    """Return whether a class of a site or a circuit, say, could have EF in the policy inside it."""
    if held.child is None:
        return False
    return any(EF in one.dscp for one in terms_of(held.name, facts) or ())


def _has_all_ef(name: str, facts: AuditFacts) -> bool:
    """Return whether nothing marked EF is left for the classes after this one.

    What has voice by its ports is taken to have all of it.
    """
    return name in _having_all_ef(facts)


@lru_cache(maxsize=2)
def _having_all_ef(facts: AuditFacts) -> frozenset[str]:
    return frozenset(
        name
        for name in facts.policy.class_maps
        if holds_ef(name, facts)
        or any(
            EF in one.dscp and one.conditions <= IPV4_ONLY for one in terms_of(name, facts) or ()
        )
    )


def _by_table(held: PolicyClass, facts: AuditFacts) -> str | None:
    """Return what EF becomes by a table; empty where it stays, None where nothing says it."""
    names = [
        value.removeprefix("dscp table ")
        for field, value in held.set_values
        if field == "dscp" and value.startswith("dscp table ")
    ]
    if len(names) != 1 or (lines := facts.sections.get(f"table-map {names[0]}")) is None:
        return None
    # What no line maps is copied, unless a default says otherwise.
    deciding = "default copy"
    for line in lines:
        word, *values = line.split()
        is_of_ef = word == "map" and "to" in values and not _EF_WORDS.isdisjoint(values[1:-2])
        if is_of_ef or (word == "default" and not deciding.startswith("map")):
            deciding = line
    to = deciding.split()[-1]
    return "" if to in _KEPT_BY_TABLE else f"DSCP {to} by `{deciding}` of table-map {names[0]}"


def _may_lose_ef(held: PolicyClass) -> bool:
    """Return whether the code point is copied from elsewhere, or looked up."""
    return any(
        field == "dscp" and (value.partition(" ")[0] in _SOURCES or "table" in value)
        for field, value in held.set_values
    )


def _instead_of_ef(held: PolicyClass) -> str | None:
    if held.set_dscp is not None:
        return f"DSCP {held.set_dscp}" if held.set_dscp != EF else None
    for field, value in held.set_values:
        if field == "precedence" and value.isalnum() and value not in _VOICE_PRECEDENCE:
            return f"precedence {value}"
    for when, what in held.police_actions:
        action, _, value = what.partition(" ")
        if when == "conform" and action == "set-dscp-transmit" and value not in _EF_WORDS:
            return f"DSCP {value}"
        if when == "conform" and action == "set-prec-transmit" and value not in _VOICE_PRECEDENCE:
            return f"precedence {value}"
    return None


_SOURCE = "RFC 4594, section 4.1"

MRK_05 = Rule(
    id="MRK-05",
    severity=Severity.HIGH,
    title="EF is given to voice alone",
    meaning="Data that is marked EF fills the priority class and pushes calls out of it, here and "
    "at every hop after.",
    evidence="set dscp ef lines of policies at work, and what their classes take",
    source=_SOURCE + "; RFC 3246",
    fix="Set EF in a class for RTP ports or for the voice VLAN, and nowhere else.",
    check=_anyone_is_ef,
)
MRK_08 = Rule(
    id="MRK-08",
    severity=Severity.MEDIUM,
    title="EF leaves as EF",
    meaning="The provider queues by the mark: voice that leaves as something else is best effort "
    "to the far end.",
    evidence="set and police lines of the class that EF falls into, on the way out; dial-peers",
    source="RFC 8100",
    fix="Leave the mark alone, or `set dscp ef` where the contract asks for a remark.",
    check=_takes_ef_away,
)
TRU_04 = Rule(
    id="TRU-04",
    severity=Severity.INFO,
    title="No policy on the way in takes EF away",
    meaning="Routers and newer switches keep marks by themselves, so the absence of trust says "
    "nothing there; a policy that writes does.",
    evidence="set and police lines of the class that EF falls into, on the way in",
    source="Cisco, Catalyst 9000 and IOS-XE QoS configuration guides",
    fix="If phones are behind this interface, give them a class that keeps EF.",
    check=_rewritten_on_the_way_in,
)
