"""Rules about taking EF away: what voice has leaves as it came, whichever way it goes."""

from collections.abc import Iterator
from functools import lru_cache

from qosbot.domain.audit.classes import CATCH_ALL, contents, holds_ef, terms_of
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.legs import leg_lines, peers, place_of
from qosbot.domain.audit.rates import PlacedPolicy, placed
from qosbot.domain.audit.remarking import EF_WORDS, gives_ef, marks
from qosbot.domain.audit.terms import IPV4_ONLY
from qosbot.domain.policies import EF, PolicyClass, PolicyMap
from qosbot.domain.samples import FlowDirection

_KEPT = 1024
"""Policies that are kept once judged: routers of a network share them."""
_VOICE_PRECEDENCE = frozenset({"5", "critical"})
_SOURCES = frozenset({"cos", "qos-group", "precedence"})
_VOICE = frozenset({EF, 44})
"""VOICE-ADMIT (RFC 5865) is voice too, where calls are admitted."""
_KEPT_BY_TABLE = EF_WORDS | {"copy", "ignore", "default"}


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
    losing: dict[tuple[str, ...], list[tuple[PolicyClass, str]]] = {}
    for one in policies:
        if one.path not in losing:
            losing[one.path] = list(_losing(one, carrying, facts))
        for held, said in losing[one.path]:
            if said:
                yield Breach(
                    where=one.at(held),
                    evidence=(
                        *marks(facts, one, held),
                        *facts.quote_class(held.name),
                        f"EF becomes {said}",
                    ),
                )
            else:
                yield Unjudged(why="needs what EF becomes by a table", where=one.at(held))


def _losing(
    one: PlacedPolicy, carrying: dict[tuple[str, ...], bool], facts: AuditFacts
) -> Iterator[tuple[PolicyClass, str]]:
    """Yield the classes of a policy that lose EF, and what it becomes; empty: nothing says it.

    Args:
        one: the policy, in any of its places.
        carrying: which classes have EF, by the path down to them; those of this one are added.
        facts: the device.
    """
    is_left = carrying.get(one.path[:-1], True)
    for held in one.policy.classes:
        carries = is_left and _carries_ef(held.name, facts)
        carrying[(*one.path, held.name)] = carries or (is_left and _may_nest_ef(held, facts))
        if not carries or gives_ef(held):
            # Whatever a class with `set dscp ef` goes by, it is the one for voice.
            is_left = is_left and not gives_ef(held)
            continue
        said = _instead_of_ef(held) or _by_table(held, facts)
        if said or (said is None and _may_lose_ef(held)):
            yield held, said or ""
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
        for name, found in contents(facts).items()
        if holds_ef(name, facts)
        or any(EF in one.dscp and one.conditions <= IPV4_ONLY for one in found.terms)
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
        is_of_ef = word == "map" and "to" in values and not EF_WORDS.isdisjoint(values[1:-2])
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
        if when == "conform" and action == "set-dscp-transmit" and value not in EF_WORDS:
            return f"DSCP {value}"
        if when == "conform" and action == "set-prec-transmit" and value not in _VOICE_PRECEDENCE:
            return f"precedence {value}"
    return None


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
