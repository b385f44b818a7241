"""Rules about shapers: our queue is where packets wait, and not the carrier's policer."""

from collections import defaultdict
from collections.abc import Iterator

from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.places import Shaper, circuit, is_up, line_rate, shapers
from qosbot.domain.audit.queueing import NO_QUEUEING, has_queue, queueing
from qosbot.domain.audit.rates import PlacedPolicy, Reference
from qosbot.domain.audit.underlays import below_dialers, below_tunnel
from qosbot.domain.samples import FlowDirection

MOST_OF_CONTRACT, LEAST_OF_CONTRACT = 0.95, 0.85
_AS_GOOD_AS_EQUAL = 0.05
_LONGEST_INTERVAL_S = 0.020
"""Twice what voice wants; a shaper that stops for longer is heard."""
_NEGOTIATED_BPS = frozenset({100e6, 1e9, 2.5e9, 5e9, 10e9, 25e9, 40e9})
"""Rates that a faster port may have agreed on, so that a contract of just that rate fits it."""
_FIRST_WITH_HQF = (15, 0)
_ROUNDING = 1e-6

_NO_SHAPER = Unjudged(why="needs a shaper at work on the way out")


def _without_shaper(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    queues: defaultdict[str, list[PlacedPolicy]] = defaultdict(list)
    for one in queueing(facts):
        name = one.attached.interface
        if name is not None:
            queues[name].append(one)
    flat: dict[str, bool] = {}
    for name, policies in queues.items():
        # Where voice waits below a shaper, what is beside that needs none for voice's sake.
        strict = [one for one in policies if _has_priority(one)]
        flat[name] = not all(one.is_under_shaper for one in strict or policies)
    bare = facts.context.circuits if facts.context is not None else {}
    out = {one.interface for one in facts.attached if one.direction is FlowDirection.OUT}
    for name in bare:
        if name in facts.interfaces and name not in out and is_up(facts, name):
            flat[name] = True
    for name, is_flat in flat.items():
        if is_flat:
            yield from _unshaped(facts, name)
    if not flat:
        yield NO_QUEUEING


def _has_priority(one: PlacedPolicy) -> bool:
    return any(held.is_priority for held in one.policy.classes)


def _unshaped(facts: AuditFacts, name: str) -> Iterator[Breach | Unjudged]:
    where = f"interface {name}"
    port = below_dialers(facts).get(name, "") if name.startswith("Dialer") else name
    line = line_rate(facts, port)
    if line is None or line.bps is None:
        # A serial line has no rate of a port to be faster than its circuit.
        if not port or name.startswith("Tunnel"):
            yield Unjudged(
                why="needs the port that it leaves by, and what shapes there", where=where
            )
        return
    known = circuit(facts, name).rate_out_bps or circuit(facts, port).rate_out_bps
    config = facts.policy.interfaces.get(name)
    said = config.bandwidth_bps if config is not None else None
    rate_bps = known if known is not None else said
    if rate_bps is None:
        yield Unjudged(why="needs the contract's rate from the inventory", where=where)
    elif rate_bps < line.bps * (1 - _ROUNDING):
        if not line.is_exact and rate_bps in _NEGOTIATED_BPS:
            yield Unjudged(why="needs the speed that the port has negotiated", where=where)
            return
        source = "contract" if known is not None else "inferred from `bandwidth`: contract"
        yield Breach(
            where=where,
            evidence=(
                *facts.quote(where, "bandwidth ", "speed ", "dialer pool", "service-policy output"),
                f"{source} {rate_bps / 1e3:.0f} kbit/s, {line.source} {line.bps / 1e3:.0f} kbit/s",
                "no class around the queues shapes",
            ),
            fix=None if known is not None else _SHAPE_OR_SAY,
        )


_SHAPE_OR_SAY = (
    "Nest the queues in a class-default with `shape average` at 95 % of the contract. If "
    "`bandwidth` is no contract and there for routing alone, use `delay` or a cost instead: "
    "percentages of queues are of it too."
)


def _against_contract(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    found = [one for one in shapers(facts) if one.is_whole]
    if not found:
        yield _NO_SHAPER
    for one in found:
        name = one.place.attached.interface
        contract_bps = circuit(facts, name).rate_out_bps
        line = _fastest(facts, name) if name is not None else None
        if one.bps is None:
            yield Unjudged(why=f"needs the rate of {one.place.attached.where}", where=one.where)
        elif contract_bps is not None:
            share = one.bps / contract_bps
            if not LEAST_OF_CONTRACT - _ROUNDING <= share <= MOST_OF_CONTRACT + _ROUNDING:
                yield Breach(
                    where=one.where,
                    evidence=(
                        *one.evidence(facts),
                        f"{share:.0%} of the contract's {contract_bps / 1e3:.0f} kbit/s",
                    ),
                )
        elif line is not None and line.bps is not None and one.bps > line.bps * (1 + _ROUNDING):
            yield Breach(
                where=one.where,
                evidence=(
                    *one.evidence(facts),
                    f"no contract is faster than {line.source}, {line.bps / 1e3:.0f} kbit/s",
                ),
            )
        else:
            yield Unjudged(why="needs the contract's rate from the inventory", where=one.where)


def _fastest(facts: AuditFacts, name: str) -> Reference | None:
    """Return the most that can leave by an interface: by its circuit, or by its port."""
    below = below_dialers(facts).get(name, name) if name.startswith("Dialer") else name
    port = facts.interfaces.get(below)
    circuit_bps = facts.channels.get(below, port.pvc_bps if port is not None else None)
    if circuit_bps is not None:
        return Reference(bps=circuit_bps, source=f"the circuit of {below}")
    return line_rate(facts, below)


def _without_queues(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    found = shapers(facts)
    if not found:
        yield _NO_SHAPER
    for one in found:
        child = facts.policy.policy_maps.get(one.held.child) if one.held.child else None
        if child is not None and any(
            has_queue(held) for _, held in facts.policy.classes_under(child)
        ):
            continue
        if child is None and _queues_in_tunnels(one.place.attached.interface, facts):
            # Each tunnel has its own queues, and this keeps them together within the contract.
            continue
        if one.held.child and child is None:
            yield Unjudged(why=f"needs policy-map {one.held.child} (REF-01)", where=one.where)
            continue
        what = f"policy-map {child.name} holds no queue" if child else "no service-policy in it"
        yield Breach(
            where=one.where,
            evidence=(
                *facts.quote(one.place.attached.holder, "service-policy output"),
                *one.evidence(facts, "service-policy"),
                what,
            ),
        )


def _queues_in_tunnels(name: str | None, facts: AuditFacts) -> bool:
    """Return whether policies for groups of spokes queue in tunnels that leave by a port."""
    return any(
        "nhrp map group " in one.attached.via
        for one in queueing(facts)
        if (tunnel := facts.interfaces.get(one.attached.interface or "")) is not None
        and below_tunnel(tunnel.tunnel_source, facts) == name
    )


def _interval(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    found = shapers(facts)
    if not found:
        yield _NO_SHAPER
    for one in found:
        burst_bits = one.held.shape_burst_bits
        if burst_bits is not None and one.bps:
            interval_s = burst_bits / one.bps
            if interval_s > _LONGEST_INTERVAL_S:
                yield _slow(facts, one, f"an interval of {interval_s * 1e3:.0f} ms")
        elif burst_bits is None and facts.traits.may_lack_hqf:
            version = facts.services.version
            if not version:
                yield Unjudged(why="needs the release of the software", where=one.where)
            elif version < _FIRST_WITH_HQF:
                said = ".".join(map(str, version))
                yield _slow(facts, one, f"version {said} chooses an interval of 25 ms or more")


def _slow(facts: AuditFacts, one: Shaper, why: str) -> Breach:
    rate = one.held.shape.bps if one.held.shape is not None else None
    line = f": `shape average {rate:.0f} {rate / 100:.0f} 0`" if rate else ""
    return Breach(
        where=one.where,
        evidence=(*one.evidence(facts), why),
        fix=f"Give it a burst of a hundredth of its rate{line}.",
    )


def _statement(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    # What shapes a circuit or a spoke of an interface says nothing of all of it.
    found = [one for one in shapers(facts) if one.is_whole and not one.place.attached.via]
    shaped = {one.place.attached.interface: one for one in found}
    circuits = facts.context.circuits if facts.context is not None else {}
    names = [name for name in dict.fromkeys([*shaped, *circuits]) if name is not None]
    if not names:
        yield Unjudged(why="needs a shaper at work, or the contract's rate from the inventory")
    for name in names:
        config = facts.policy.interfaces.get(name)
        if config is None or not is_up(facts, name):
            continue
        where = f"interface {name}"
        said_bps = config.bandwidth_bps
        one = shaped.get(name)
        if one is not None and one.held.shape is not None and one.held.shape.ratio is not None:
            one = None
        contract_bps = circuit(facts, name).rate_out_bps
        rates = [rate for rate in (one.bps if one else None, contract_bps) if rate]
        if said_bps is None or not rates:
            what = "a `bandwidth` statement" if said_bps is None else "the contract's rate"
            yield Unjudged(why=f"needs {what}", where=where)
        elif any(_is_near(said_bps, rate) for rate in rates):
            continue
        elif contract_bps is None and LEAST_OF_CONTRACT <= rates[0] / said_bps < 1:
            yield Unjudged(why="needs the contract's rate, which it may be", where=where)
        else:
            yield Breach(
                where=where,
                evidence=(
                    *facts.quote(where, "bandwidth ", "service-policy output"),
                    *(one.evidence(facts) if one is not None else ()),
                    *((f"contract {contract_bps / 1e3:.0f} kbit/s",) if contract_bps else ()),
                ),
                fix=f"Say `bandwidth {rates[0] / 1e3:.0f}` on the port.",
            )


def _is_near(one_bps: float, other_bps: float) -> bool:
    difference = abs(one_bps - other_bps) / max(one_bps, other_bps)
    return difference <= _AS_GOOD_AS_EQUAL + _ROUNDING


_SOURCE = "Cisco, Enterprise QoS Solution Reference Network Design Guide"

RULES = (
    Rule(
        id="SHP-01",
        severity=Severity.CRITICAL,
        title="A port faster than its contract shapes",
        meaning="The queue never fills here, so the carrier drops, and it drops voice too.",
        evidence="the contract in the inventory, or `bandwidth` below the port's own rate",
        source=_SOURCE,
        fix="Nest the queues in a class-default with `shape average` at 95 % of the contract.",
        check=_without_shaper,
    ),
    Rule(
        id="SHP-02",
        severity=Severity.HIGH,
        title="The shaper is 85 to 95 % of the contract",
        meaning="Above, the carrier counts more bytes than we do and drops; below, we waste.",
        evidence="shape lines against the contract in the inventory, or against the port's rate",
        source="operators' practice",
        fix="Shape to 95 % of what the carrier sells.",
        check=_against_contract,
    ),
    Rule(
        id="SHP-03",
        severity=Severity.HIGH,
        title="A shaper holds queues",
        meaning="Shaped without queues, voice waits in one line with everything else.",
        evidence="shape and service-policy lines of the outer class",
        source=_SOURCE,
        fix="Nest the policy with the voice queue: `service-policy CHILD` below the shaper.",
        check=_without_queues,
    ),
    Rule(
        id="SHP-04",
        severity=Severity.MEDIUM,
        title="A shaper lets packets go every 10 ms or so",
        meaning="Once its burst is spent, a shaper stops for the rest of the interval: jitter.",
        evidence="the burst on the shape line; the release, where none is said",
        source=_SOURCE,
        fix="Give it a burst of a hundredth of its rate.",
        check=_interval,
    ),
    Rule(
        id="SHP-05",
        severity=Severity.MEDIUM,
        title="`bandwidth` is the shaped rate or the contract's",
        meaning="Percentages, routing metrics and load figures all refer to it.",
        evidence="bandwidth of the port, shape lines, the contract in the inventory",
        source="Cisco IOS QoS command reference",
        fix="Set `bandwidth` to the shaped rate in kbit/s.",
        check=_statement,
    ),
)
