"""The rule about admission: no more calls than the voice queue carries."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from qosbot.domain.audit.classes import holds_ef
from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.legs import (
    USUAL_PACKET_TIME_S,
    CodecWord,
    leg_lines,
    peers,
    place_of,
    unlike,
    word_of,
)
from qosbot.domain.audit.places import circuit, port
from qosbot.domain.audit.queueing import NO_QUEUEING, bound, queueing
from qosbot.domain.audit.underlays import leaves_by
from qosbot.domain.codecs import CODECS
from qosbot.domain.policies import DialPeer

_ETHERNET_BYTES, _SERIAL_BYTES = 18, 7
"""Layer 2 of a packet, check sequence included: the figures that calls are sized by."""
_ROUNDING = 1e-9


@lru_cache(maxsize=2)
def _rooms(facts: AuditFacts) -> Mapping[str, float | None]:
    """Return what each port's priority class for voice carries at most, in bit/s."""
    found: dict[str, float | None] = {}
    for one in queueing(facts):
        name = one.attached.interface
        if name is None:
            continue
        for held in one.policy.classes:
            if not held.is_priority or not holds_ef(held.name, facts):
                continue
            share, rate_bps = bound(held), one.reference.bps
            if share is None or (share.bps is None and rate_bps is None):
                found[name] = None
            elif (before := found.get(name, 0.0)) is not None:
                room_bps = before + share.of(rate_bps or 0.0)
                # No device has a rate beyond all numbers, whatever somebody typed.
                found[name] = room_bps if math.isfinite(room_bps) else None
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
        admits = _Admits(line=limit.line, calls=limit.calls, bps=limit.bps, legs=legs)
        yield from _compared(facts, admits, limit.interface)
    groups: defaultdict[str, list[DialPeer]] = defaultdict(list)
    for one in legs:
        if one.max_calls is not None:
            groups[one.session_target or place_of(one)].append(one)
    for group in groups.values():
        # Peers with one target share the link to it; those of the other leg are other peers.
        calls = sum([one.max_calls or 0 for one in group])
        if most is None or most > calls:
            admits = _Admits(calls=calls, legs=group)
            yield from _compared(facts, admits, leaves_by(group[0].session_target, facts))
    if not limits and not groups:
        yield Unjudged(why="needs the admission of the call manager, or `max-conn` of dial-peers")
    elif not most and sum(map(len, groups.values())) < len(legs):
        yield Unjudged(why="needs `max-conn` of all dial-peers, or `call threshold`")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Admits:
    """How much voice is let in by one line, or by several; one of the two figures is None."""

    legs: Sequence[DialPeer]
    """Those that it is for."""
    line: str = ""
    """Empty: the lines of these legs."""
    calls: int | None = None
    bps: float | None = None

    @property
    def where(self) -> str:
        return self.line or " and ".join([place_of(one) for one in self.legs])

    def lines(self, facts: AuditFacts) -> Sequence[str]:
        if self.line:
            return (self.line,)
        found: list[str] = []
        for one in self.legs:
            found += leg_lines(one, facts, "max-conn", "session t")
        return found

    @property
    def figure(self) -> str:
        return (
            f"{self.calls} calls"
            if self.calls is not None
            else f"{(self.bps or 0) / 1e3:.0f} kbit/s"
        )


def _compared(
    facts: AuditFacts, admits: _Admits, interface: str | None
) -> Iterator[Breach | Unjudged]:
    """Yield a breach if more is admitted than all voice classes carry together.

    Args:
        facts: the device.
        admits: how much is let in.
        interface: where the calls leave; None: nobody knows, and it may be several.
    """
    rooms = _rooms(facts)
    if interface is not None and interface not in rooms:
        # A part of a port leaves by the queues of the whole.
        interface = interface.partition(".")[0]
    if interface is not None and interface not in rooms:
        yield Unjudged(why=f"needs a voice queue on {interface}", where=admits.where)
        return
    names = [interface] if interface is not None else list(rooms)
    unknown = next((name for name in names if rooms[name] is None), None)
    if unknown is not None:
        yield Unjudged(why=f"needs the rate of voice on interface {unknown}", where=admits.where)
        return
    preferred = frozenset(codecs[0] for codecs in unlike(admits.legs, facts) if codecs)
    fits = _fits(facts, preferred)
    held = [fits[name] for name in names]
    if _exceeds(admits, sum([one.calls for one in held]), sum([one.bps for one in held])):
        said = [one.said for one in held]
        lines = (*admits.lines(facts), f"admitted: {admits.figure}", *said)
        yield Breach(where=admits.where, evidence=lines)
        return
    full = next((one.name for one in held if _exceeds(admits, one.calls, one.bps)), None)
    if full is not None:
        why = f"needs to know which of these calls leave by {full}"
        yield Unjudged(why=why, where=admits.where)


def _exceeds(admits: _Admits, calls: int, bps: float) -> bool:
    return (admits.calls or 0) > calls or (admits.bps or 0.0) > bps


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """How many calls a port's priority class for voice holds."""

    name: str
    bps: float
    calls: int
    said: str


@lru_cache(maxsize=4)
def _fits(facts: AuditFacts, preferred: frozenset[str]) -> Mapping[str, _Fit]:
    """Return how many calls fit each port of known room, by the codecs that legs prefer."""
    words = [word for one in preferred if (word := word_of(one)) is not None]
    found: dict[str, _Fit] = {}
    for name, bps in _rooms(facts).items():
        if bps is None:
            continue
        call_bps = _call_bps(facts, name, words)
        calls = int(bps / call_bps + _ROUNDING)
        said = (
            f"interface {name}: {bps / 1e3:.0f} kbit/s of priority hold "
            f"{calls} calls of {call_bps / 1e3:.1f} kbit/s"
        )
        found[name] = _Fit(name=name, bps=bps, calls=calls, said=said)
    return found


def _call_bps(facts: AuditFacts, name: str, words: Sequence[CodecWord]) -> float:
    """Return what a call takes on a port: as the inventory has it, else the cheapest codec."""
    known = circuit(facts, name).call_bps
    if known is not None:
        return known
    found = port(facts, name)
    is_ethernet = found is not None and found.port_bps is not None
    layer2_bytes = _ETHERNET_BYTES if is_ethernet else _SERIAL_BYTES
    if words:
        return min(word.call_bps(layer2_bytes) for word in words)
    return CODECS["g711"].per_call_bps(USUAL_PACKET_TIME_S, layer2_bytes)


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
