"""Rules about policers: what may enter as voice, and what becomes of the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from qosbot.domain.audit.classes import CATCH_ALL, holds_ef
from qosbot.domain.audit.facts import Attached, AuditFacts, InterfaceFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.places import circuit, port
from qosbot.domain.audit.queueing import NO_QUEUEING, bound, lines, queueing
from qosbot.domain.audit.rates import PlacedPolicy, placed
from qosbot.domain.codecs import CODECS
from qosbot.domain.policies import EF, PolicyClass, PolicyMap
from qosbot.domain.samples import FlowDirection

SMALLEST_BURST_BYTES = 1500
SHORTEST_BURST_S = 0.020
ONE_CALL_BPS = CODECS["g711"].per_call_bps(0.020, 0)
"""Of G.711 without any layer 2: no policer counts less."""
_ROUNDING = 1e-6
_EF_ACTIONS = frozenset(("conform", f"set-dscp-transmit {value}") for value in ("ef", "46"))


def _marks_ef(held: PolicyClass) -> bool:
    return held.set_dscp == EF or bool(_EF_ACTIONS.intersection(held.police_actions))


def _is_voice(held: PolicyClass, facts: AuditFacts) -> bool:
    return _marks_ef(held) or (held.name != CATCH_ALL and holds_ef(held.name, facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class _VoiceClass:
    """A class that has voice, in a policy or nested in it."""

    path: tuple[str, ...]
    """Policy, class, policy, class ..., outside in."""
    policers: tuple[PolicyClass, ...]
    """Its own, those around it, and those inside it."""

    @property
    def steps(self) -> str:
        """Return its place in the policy."""
        names = enumerate(self.path)
        return " > ".join([f"{'class' if i % 2 else 'policy'} {name}" for i, name in names])

    def lines(self, facts: AuditFacts) -> tuple[str, ...]:
        """Return its lines that police or write, under their headers."""
        policy, name = self.path[-2:]
        return facts.quote(f"policy-map {policy}", "police", "set ", within=f"class {name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """What a policy does to voice that comes in, wherever that is."""

    has_marks: bool
    """It marks EF."""
    voice: tuple[_VoiceClass, ...]


def _at_the_edge(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    guarded: set[str | None] = set()
    has_edge = False
    entries: dict[str, _Entry] = {}
    wanting: dict[tuple[str, ...], str | None] = {}
    for one, policy in facts.at_work(FlowDirection.IN):
        guarded.add(one.interface)
        found = port(facts, one.interface)
        if policy.name not in entries:
            entries[policy.name] = _entry(policy, facts)
        entry = entries[policy.name]
        if entry.has_marks or (found is not None and _is_access(found)):
            has_edge = True
            yield from _admitted(facts, one, entry)
    for held in facts.ports_up():
        if held.voice_vlan is None or held.name in guarded:
            continue
        has_edge = True
        if held.trusts not in wanting:
            wanting[held.trusts] = _wanting(held.trusts, facts)
        why = wanting[held.trusts]
        if why is None:
            yield _unguarded(held, facts)
        elif why:
            yield Unjudged(why=why, where=f"interface {held.name}")
    if not has_edge:
        yield Unjudged(why="needs a port at the edge: a voice VLAN, or a policy in that marks EF")


def _is_access(found: InterfaceFacts) -> bool:
    return found.voice_vlan is not None or found.switchport_mode == "access"


def _entry(policy: PolicyMap, facts: AuditFacts) -> _Entry:
    under = dict(facts.policy.classes_under(policy))
    voice: list[_VoiceClass] = []
    for path in (path for path, held in under.items() if _is_voice(held, facts)):
        policers = [
            held
            for other, held in under.items()
            if held.has_police and other[: len(path)] == path[: len(other)]
        ]
        voice.append(_VoiceClass(path=path, policers=tuple(policers)))
    return _Entry(has_marks=any(map(_marks_ef, under.values())), voice=tuple(voice))


def _admitted(facts: AuditFacts, one: Attached, entry: _Entry) -> Iterator[Breach | Unjudged]:
    inferred = "inferred edge: it marks EF" if entry.has_marks else "inferred edge: an access port"
    if not entry.voice:
        yield Unjudged(why="needs a class that holds EF on the way in", where=one.where)
    for held in entry.voice:
        where = f"{one.where} > {held.steps}"
        if not held.policers:
            yield Breach(
                where=where,
                evidence=(*held.lines(facts), "no police", inferred),
                severity=Severity.MEDIUM,
            )
            continue
        known = circuit(facts, one.interface)
        need_bps = known.voice_need_bps or known.call_bps or ONE_CALL_BPS
        rates = [p.police.bps for p in held.policers if p.police is not None and p.police.bps]
        if rates and min(rates) < need_bps * (1 - _ROUNDING):
            said = "the port's calls need" if known.voice_need_bps else "one call of G.711 needs"
            yield Breach(
                where=where,
                evidence=(*held.lines(facts), f"{said} {need_bps / 1e3:.0f} kbit/s", inferred),
                severity=Severity.CRITICAL,
            )
        elif known.voice_need_bps is None or not rates:
            yield Unjudged(why="needs the calls of this port from the inventory", where=where)


def _wanting(trusts: tuple[str, ...], facts: AuditFacts) -> str | None:
    """Return what it takes to judge a port that trusts so and has no policy on the way in.

    Empty where nobody's EF enters unasked, None where everybody's does.
    """
    believes = {one.partition(" ")[0] for one in trusts}
    if "device" in believes:
        return ""
    if facts.traits.may_be_switch_qos:
        if facts.services.has_switch_qos and not believes & {"dscp", "cos", "ip-precedence"}:
            # Such a port rewrites every mark to zero.
            return ""
        return "needs trust that rests on the phone (TRU-02)" if believes else "needs `mls qos`"
    return None if facts.policy.policy_maps else "needs a QoS policy on this device"


def _unguarded(held: InterfaceFacts, facts: AuditFacts) -> Breach:
    where = f"interface {held.name}"
    return Breach(
        where=where,
        evidence=(
            *facts.quote(where, "switchport voice vlan"),
            "no service-policy input; this platform believes every mark",
            "inferred edge: a voice VLAN",
        ),
        severity=Severity.MEDIUM,
    )


def _beyond_contract(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    policies = queueing(facts)
    if not policies:
        yield NO_QUEUEING
    for one in policies:
        voice = [h for h in one.policy.classes if h.is_priority and holds_ef(h.name, facts)]
        if not voice:
            continue
        contract_bps = circuit(facts, one.attached.interface).ef_contract_bps
        shares = [share for held in voice if (share := bound(held)) is not None]
        if contract_bps is None:
            yield Unjudged(why="needs the carrier's EF rate from the inventory", where=one.where)
            continue
        if not shares or (not one.reference.bps and any(s.ratio is not None for s in shares)):
            yield Unjudged(why="needs a bounded priority and its rate", where=one.where)
            continue
        has_bps = sum(share.of(one.reference.bps or 0.0) for share in shares)
        is_exact = one.reference.is_exact or all(share.bps is not None for share in shares)
        if has_bps <= contract_bps * (1 + _ROUNDING):
            continue
        if not is_exact:
            yield Unjudged(why=f"needs the rate of {one.attached.where}", where=one.where)
            continue
        quoted = chain.from_iterable(lines(facts, one, h, "priority", "police") for h in voice)
        yield Breach(
            where=one.where,
            evidence=(
                *quoted,
                f"priority {has_bps / 1e3:.0f} kbit/s, EF contract {contract_bps / 1e3:.0f} kbit/s",
            ),
        )


@lru_cache(maxsize=2)
def _policed(facts: AuditFacts) -> tuple[tuple[PlacedPolicy, PolicyClass], ...]:
    policies = (*placed(facts, FlowDirection.IN), *placed(facts))
    found = [(one, held) for one in policies for held in one.policy.classes if held.has_police]
    return tuple(found)


def _remarked(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    voice = [(one, held) for one, held in _policed(facts) if _is_voice(held, facts)]
    if not voice:
        yield Unjudged(why="needs a policer of a class that holds EF")
    for one, held in voice:
        actions = dict(held.police_actions)
        violate = actions.get("violate", actions.get("exceed", "drop"))
        exceed = actions.get("exceed", "drop")
        if (exceed == "transmit" and violate == "drop") or exceed == violate == "drop":
            continue
        said = [f"{when}-action {what}" for when, what in actions.items() if when != "conform"]
        yield Breach(where=one.at(held), evidence=(*lines(facts, one, held, "police"), *said))


def _bursts(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    has_burst = False
    for one, held in _policed(facts):
        share, size, burst_s = held.police, held.police_burst_bytes, held.police_burst_s
        rate_bps = share.of(one.reference.bps or 0.0) if share is not None else 0.0
        if size is None and burst_s is None:
            continue
        has_burst = True
        if size is None and burst_s is not None and rate_bps:
            size = burst_s * rate_bps / 8
        if burst_s is None and size is not None and rate_bps:
            burst_s = size * 8 / rate_bps
        why = ""
        if size is not None and size < SMALLEST_BURST_BYTES:
            why = f"a burst of {size:.0f} bytes"
        elif burst_s is not None and burst_s < SHORTEST_BURST_S * (1 - _ROUNDING):
            is_voice = held.is_priority or _is_voice(held, facts)
            why = f"a burst of {burst_s * 1e3:.1f} ms" if is_voice else ""
        if why:
            yield Breach(where=one.at(held), evidence=(*lines(facts, one, held, "police"), why))
    if not has_burst:
        yield Unjudged(why="needs a policer that says its burst")


RULES = (
    Rule(
        id="POL-01",
        severity=Severity.HIGH,
        title="EF is policed where it enters, and its rate fits the calls",
        meaning="Without a policer anybody's packets marked EF fill the voice queue; a small one "
        "breaks calls at the first port.",
        evidence="policies on the way in at ports with a voice VLAN, access ports, and where EF "
        "is set; the calls of the port in the inventory",
        source="RFC 3246, section 3; operators' practice",
        fix="Police the voice class on the way in, at no less than the calls of the port.",
        check=_at_the_edge,
    ),
    Rule(
        id="POL-02",
        severity=Severity.HIGH,
        title="The carrier's EF contract is as large as our priority class",
        meaning="What is beyond it the carrier drops or demotes, where no counter of ours sees it.",
        evidence="priority of the voice class against the EF contract in the inventory",
        source="RFC 8100; operators' practice",
        fix="Lower priority and admission to the contract, or buy more EF.",
        check=_beyond_contract,
    ),
    Rule(
        id="POL-03",
        severity=Severity.MEDIUM,
        title="A policer of EF drops what is too much",
        meaning="Remarked voice goes through another queue and arrives out of order, too late.",
        evidence="exceed and violate actions of classes that hold EF",
        source="RFC 3246; RFC 4594",
        fix="Say `exceed-action drop`.",
        check=_remarked,
    ),
    Rule(
        id="POL-04",
        severity=Severity.MEDIUM,
        title="A policer's burst holds 20 ms and some packets",
        meaning="Packets that happen to arrive together are dropped below the rate.",
        evidence="bursts on police lines; 20 ms for voice, 1500 bytes for all",
        source="operators' practice",
        fix="Leave the burst away, or make it 20 ms of the rate and 1500 bytes at least.",
        check=_bursts,
    ),
)
