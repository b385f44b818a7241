"""The rule about giving EF: to voice alone."""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from qosbot.domain.audit import lists
from qosbot.domain.audit.classes import CATCH_ALL, says_voice, terms_of
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.rates import PlacedPolicy, placed
from qosbot.domain.audit.terms import DSCP_VALUES, IPV4_ONLY, Condition, Term
from qosbot.domain.policies import EF, AclMatch, CosMatch, PolicyClass, PolicyMap, ProtocolMatch
from qosbot.domain.samples import FlowDirection

_KEPT = 1024
"""Policies that are kept once judged: routers of a network share them."""
_VOICE_COS = 5
_LIKE_EF = frozenset(range(40, 48))
"""What older phones mark voice with: precedence 5, whatever follows."""
EF_WORDS = frozenset({"ef", "46"})
_MARKS = ("set dscp", "set ip dscp", "set precedence", "set ip precedence")


def _anyone_is_ef(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    is_any = False
    giving = {name: _giving(policy) for name, policy in facts.policy.policy_maps.items()}
    # Several places have one policy.
    known: dict[tuple[str, ...], tuple[str, ...] | None] = {}
    for one in (*placed(facts, FlowDirection.IN), *placed(facts)):
        is_any = True
        for held in giving[one.policy.name]:
            names = (held.name, *one.path[1::2])
            if names not in known:
                known[names] = _data_all_along(names, facts)
            why = known[names]
            if why == () or _is_voice_vlan(one, facts):
                continue
            if why is None:
                yield Unjudged(why="needs to know what the class holds", where=one.at(held))
            else:
                yield Breach(where=one.at(held), evidence=(*marks(facts, one, held), *why))
    if not is_any:
        yield Unjudged(why="needs a QoS policy at work")


@lru_cache(maxsize=_KEPT)
def _giving(policy: PolicyMap) -> tuple[PolicyClass, ...]:
    return tuple(held for held in policy.classes if gives_ef(held))


def gives_ef(held: PolicyClass) -> bool:
    """Return whether a class writes EF, its policer included."""
    if held.set_dscp == EF or not held.police_actions:
        return held.set_dscp == EF
    given = (
        what.removeprefix("set-dscp-transmit ")
        for when, what in held.police_actions
        if when == "conform"
    )
    return not EF_WORDS.isdisjoint(given)


def marks(facts: AuditFacts, one: PlacedPolicy, held: PolicyClass) -> tuple[str, ...]:
    """Return the lines of a class that write code points, its policer's among them."""
    words = (*_MARKS, "police", "conform-action")
    return facts.quote(f"policy-map {one.policy.name}", *words, within=f"class {held.name}")


def _is_voice_vlan(one: PlacedPolicy, facts: AuditFacts) -> bool:
    """Return whether nothing but the voice VLAN comes in here."""
    vlans = _voice_vlans(facts)
    name = one.attached.interface or ""
    port = facts.interfaces.get(name)
    tags = port.encapsulation.split()[1:2] if port is not None else []
    held = (one.attached.via or one.attached.holder).split()
    if held[0] in {"vlan", "vlan-range"}:
        # On some switches each VLAN of a port, or a VLAN on all ports, has a policy of its own.
        tags = held[-1:]
    return name.removeprefix("Vlan") in vlans or any(tag in vlans for tag in tags)


@lru_cache(maxsize=2)
def _voice_vlans(facts: AuditFacts) -> frozenset[str]:
    return frozenset(one.voice_vlan for one in facts.interfaces.values() if one.voice_vlan)


def _data_all_along(names: Sequence[str], facts: AuditFacts) -> tuple[str, ...] | None:
    """Return why the first of these has more than voice, within all the others around it."""
    found = [_data_in(name, facts) for name in names]
    if None in found:
        return None
    return found[0] if all(found) else ()


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


SOURCE = "RFC 4594, section 4.1"

MRK_05 = Rule(
    id="MRK-05",
    severity=Severity.HIGH,
    title="EF is given to voice alone",
    meaning="Data that is marked EF fills the priority class and pushes calls out of it, here and "
    "at every hop after.",
    evidence="set dscp ef lines of policies at work, and what their classes take",
    source=SOURCE + "; RFC 3246",
    fix="Set EF in a class for RTP ports or for the voice VLAN, and nowhere else.",
    check=_anyone_is_ef,
)
