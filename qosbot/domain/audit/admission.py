"""The rule about admission: no more calls than the voice queue carries."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache

from qosbot.domain.audit.classes import holds_ef
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.legs import (
    USUAL_PACKET_TIME_S,
    codecs_of,
    leg_lines,
    peers,
    place_of,
    word_of,
)
from qosbot.domain.audit.places import circuit, is_up, port
from qosbot.domain.audit.queueing import NO_QUEUEING, bound, queueing
from qosbot.domain.codecs import CODECS

_ETHERNET_BYTES, _SERIAL_BYTES = 18, 7
"""Layer 2 of a packet, check sequence included: the figures that calls are sized by."""
_ROUNDING = 1e-9


@lru_cache(maxsize=2)
def _rooms(facts: AuditFacts) -> Mapping[str, float | None]:
    """Return what each port's priority class for voice carries at most, in bit/s."""
    found: dict[str, float | None] = {}
    for one in queueing(facts):
        name = one.attached.interface
        if name is None or not is_up(facts, name):
            continue
        for held in one.policy.classes:
            if not held.is_priority or not holds_ef(held.name, facts):
                continue
            share, rate_bps = bound(held), one.reference.bps
            if share is None or (share.bps is None and rate_bps is None):
                found[name] = None
            elif (before := found.get(name, 0.0)) is not None:
                found[name] = before + share.of(rate_bps or 0.0)
    return found


def _admission(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    rooms, legs = _rooms(facts), peers(facts)
    limits = facts.services.call_limits
    if not rooms:
        yield NO_QUEUEING
        return
    whole = [one.calls for one in limits if one.interface is None and one.calls is not None]
    most = min(whole) if whole else None
    for limit in limits:
        names = [limit.interface] if limit.interface is not None else list(rooms)
        if limit.interface is None or limit.interface in rooms:
            yield from _compared(facts, limit.line, (limit.line,), (limit.calls, limit.bps), names)
        else:
            yield Unjudged(why=f"needs a voice queue on {limit.interface}", where=limit.line)
    limited = [one for one in legs if one.max_calls is not None]
    groups = defaultdict(list)
    for one in limited:
        groups[one.session_target or place_of(one)].append(one)
    for group in groups.values():
        # Peers with one target share the link to it; those of the other leg are other peers.
        calls = sum(one.max_calls or 0 for one in group)
        if most is None or most > calls:
            lines = [
                line for one in group for line in leg_lines(one, facts, "max-conn", "session t")
            ]
            where = " and ".join(place_of(one) for one in group)
            yield from _compared(facts, where, lines, (calls, None), list(rooms))
    if not limits and not groups:
        yield Unjudged(why="needs the admission of the call manager, or `max-conn` of dial-peers")
    elif not most and any(one.max_calls is None for one in legs):
        yield Unjudged(why="needs `max-conn` of all dial-peers, or `call threshold`")


def _compared(
    facts: AuditFacts,
    where: str,
    lines: tuple[str, ...] | list[str],
    admits: tuple[int | None, float | None],
    names: list[str],
) -> Iterator[Breach | Unjudged]:
    """Yield a breach if more is admitted than all these ports' voice classes carry together."""
    room, fits, said = 0.0, 0, []
    for name in names:
        bps = _rooms(facts)[name]
        if bps is None:
            yield Unjudged(why=f"needs the rate of voice on interface {name}", where=where)
            return
        call_bps = _call_bps(facts, name)
        room, fits = room + bps, fits + int(bps / call_bps + _ROUNDING)
        said.append(
            f"interface {name}: {bps / 1e3:.0f} kbit/s of priority hold "
            f"{int(bps / call_bps + _ROUNDING)} calls of {call_bps / 1e3:.1f} kbit/s"
        )
    calls, rate_bps = admits
    if (calls is not None and calls > fits) or (rate_bps is not None and rate_bps > room):
        admitted = f"{calls} calls" if calls is not None else f"{(rate_bps or 0) / 1e3:.0f} kbit/s"
        yield Breach(where=where, evidence=(*lines, f"admitted: {admitted}", *said))


def _call_bps(facts: AuditFacts, name: str) -> float:
    """Return what a call takes on a port: as the inventory has it, else the cheapest preferred."""
    known = circuit(facts, name).call_bps
    if known is not None:
        return known
    found = port(facts, name)
    is_ethernet = found is not None and found.port_bps is not None
    return _cheapest_call_bps(facts, _ETHERNET_BYTES if is_ethernet else _SERIAL_BYTES)


@lru_cache(maxsize=4)
def _cheapest_call_bps(facts: AuditFacts, layer2_bytes: int) -> float:
    preferred = [codecs[0] for one in peers(facts) if (codecs := codecs_of(one, facts))]
    words = [word for one in preferred if (word := word_of(one)) is not None]
    cheapest = [word.call_bps(layer2_bytes) for word in words]
    return min(cheapest, default=CODECS["g711"].per_call_bps(USUAL_PACKET_TIME_S, layer2_bytes))


RULES = (
    Rule(
        id="CAC-01",
        severity=Severity.HIGH,
        title="No more calls are admitted than the voice queue carries",
        meaning="One call too many breaks all of them.",
        evidence="call threshold and max-conn against the priority of the ports, codec by codec",
        source="Cisco document 7934; operators' practice",
        fix="Lower the limit to what the queue carries, or enlarge the queue within 33 %.",
        check=_admission,
    ),
)
