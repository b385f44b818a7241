"""Rules about links: duplex, slow lines, compressed headers, errors, where a policy may stand."""

import re
from collections.abc import Iterator
from functools import lru_cache

from qosbot.domain.audit.classes import holds_ef
from qosbot.domain.audit.facts import AuditFacts, InterfaceFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged, needs
from qosbot.domain.audit.places import is_up, port
from qosbot.domain.audit.queueing import NO_QUEUEING, queueing
from qosbot.domain.audit.rates import Reference, interface_reference, placed
from qosbot.domain.policies import PolicyClass, PolicyMap

SLOW_BPS = 768e3
TOO_FAST_TO_COMPRESS_BPS = 2e6
_LONGEST_FRAGMENT_S = 0.015
_DEFAULT_FRAGMENT_S = 0.030
_FRAGMENTING = ("Serial", "Multilink", "MFR", "Dialer", "Virtual-Template", "ATM", "Virtual-PPP")
_COMPRESSION = ("compression header ip", "compress header ip")
_KEPT = 1024
"""Policies that are kept once judged: routers of a network share them."""
_CIR = re.compile(r"frame-relay cir (?:out )?(\d{1,12})")


def _duplex(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    for held in facts.ports_up():
        if not held.duplex:
            continue
        where = f"interface {held.name}"
        if held.duplex == "half":
            lines = facts.quote(where, "duplex", "half-duplex", "speed")
            yield Breach(where=where, evidence=lines)
        elif held.duplex == "full":
            yield Unjudged(why="needs the duplex of the far end", where=where)
    yield Unjudged(why="needs late collisions and frame errors of each port")


def _slow(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    voice = dict.fromkeys(
        one.attached.interface
        for one in placed(facts)
        if any(held.is_priority or holds_ef(held.name, facts) for held in one.policy.classes)
    )
    if not voice:
        yield Unjudged(why="needs a voice queue at work on the way out")
    yield from _slow_map_classes(facts)
    for name in voice:
        found = port(facts, name)
        if name is None or found is None or not _can_fragment(found, facts):
            # Ethernet cannot: a slow one has nothing to configure.
            continue
        where = f"interface {name}"
        rate = interface_reference(facts, name)
        if rate.bps is None or not rate.is_exact:
            yield Unjudged(why=f"needs the rate of {where}", where=where)
        elif rate.bps <= SLOW_BPS and (why := _not_cut(found, rate)):
            lines = facts.quote(
                where, "bandwidth ", "encapsulation", "ppp multilink", "frame-relay fragment"
            )
            yield Breach(
                where=where,
                evidence=(*lines, f"{rate.bps / 1e3:.0f} kbit/s ({rate.source})", why),
                fix="Cut packets into 10 ms: `ppp multilink fragment delay 10` with `ppp multilink "
                f"interleave`, or `frame-relay fragment {rate.bps / 800:.0f}`.",
            )


def _can_fragment(found: InterfaceFacts, facts: AuditFacts) -> bool:
    if found.name.startswith("ATM") and any(p.has_interleave for p in facts.interfaces.values()):
        # PPP over ATM is cut on the dialer or template above it.
        return False
    return found.port_bps is None and found.name.startswith(_FRAGMENTING)


def _slow_map_classes(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    """Yield what frame-relay map-classes with voice do not cut."""
    for one in placed(facts):
        header = one.attached.holder
        if one.holder is not None or not header.startswith("map-class frame-relay "):
            continue
        rates = [
            float(rate[1])
            for line in facts.quote(header, "frame-relay cir")
            if (rate := _CIR.fullmatch(line))
        ]
        sizes = facts.quote(header, "frame-relay fragment")[1:]
        if not rates:
            yield Unjudged(why=f"needs the rate of {header}", where=header)
        elif rates[0] <= SLOW_BPS and not sizes:
            yield Breach(
                where=header,
                evidence=(
                    *facts.quote(header, "frame-relay cir", "service-policy"),
                    "no fragmentation",
                ),
                fix=f"Cut packets into 10 ms: `frame-relay fragment {rates[0] / 800:.0f}`.",
            )


def _not_cut(found: InterfaceFacts, rate: Reference) -> str:
    """Return what is wrong with how a link cuts long packets; empty where nothing is."""
    if found.fragment_bytes is not None:
        takes_s = found.fragment_bytes * 8 / (rate.bps or 1.0)
        is_long = takes_s > _LONGEST_FRAGMENT_S
        return f"a fragment takes {takes_s * 1e3:.0f} ms" if is_long else ""
    if found.fragment_delay_s is None and not found.has_interleave:
        return "no fragmentation"
    takes_s = found.fragment_delay_s or _DEFAULT_FRAGMENT_S
    if takes_s > _LONGEST_FRAGMENT_S:
        return f"a fragment takes {takes_s * 1e3:.0f} ms"
    return "" if found.has_interleave else "no `ppp multilink interleave`"


def _compression(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    compressing = {
        name: facts.quote(f"interface {name}", "ip rtp", "frame-relay ip rtp", "bandwidth ")
        for name, held in facts.interfaces.items()
        if held.has_rtp_compression
    }
    for one in placed(facts):
        held = _compresses(one.policy)
        if held is not None and one.attached.interface is not None:
            lines = facts.quote(
                f"policy-map {one.policy.name}", *_COMPRESSION, within=f"class {held.name}"
            )
            compressing.setdefault(one.attached.interface, lines)
    if not facts.interfaces:
        yield Unjudged(why="needs interfaces in the configuration")
    for name, lines in compressing.items():
        if not is_up(facts, name):
            continue
        where = f"interface {name}"
        rate = interface_reference(facts, name)
        found = facts.interfaces.get(name)
        if found is not None and found.port_bps is not None:
            why = "RTP headers are not compressed on Ethernet"
            yield Breach(where=where, evidence=(*lines, why))
        elif rate.is_exact and rate.bps is not None and rate.bps > TOO_FAST_TO_COMPRESS_BPS:
            why = f"{rate.bps / 1e3:.0f} kbit/s ({rate.source})"
            yield Breach(where=where, evidence=(*lines, why))
        else:
            yield Unjudged(why="needs the far end's configuration, and the CPU", where=where)


@lru_cache(maxsize=_KEPT)
def _compresses(policy: PolicyMap) -> PolicyClass | None:
    """Return the first class of a policy that compresses headers."""
    for held in policy.classes:
        if any(line.startswith(_COMPRESSION) for line in held.other):
            return held
    return None


def _misplaced(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    policies = queueing(facts)
    if not policies:
        yield NO_QUEUEING
    for one in policies:
        name = one.attached.interface or ""
        if one.holder is not None or one.attached.via:
            continue
        if name.startswith(("Port-channel", "Tunnel")):
            yield Unjudged(why="needs what this platform queues on such a port", where=one.where)
        elif "." in name and not name.startswith("ATM"):
            yield Breach(
                where=one.where,
                evidence=(
                    *facts.quote(f"interface {name}", "encapsulation", "service-policy output"),
                    "queues on a subinterface, and no class around them shapes",
                ),
            )


RULES = (
    Rule(
        id="LNK-01",
        severity=Severity.HIGH,
        title="Both ends of a link have the same duplex",
        meaning="Half duplex collides, and a mismatch loses packets under load: voice first.",
        evidence="duplex lines; the far end and error counters are not in a configuration",
        source="IEEE 802.3, clause 28; operators' practice",
        fix="Let both ends negotiate, or fix both to full.",
        check=_duplex,
    ),
    Rule(
        id="LNK-02",
        severity=Severity.MEDIUM,
        title="Links up to 768 kbit/s cut long packets",
        meaning="A packet of 1500 bytes takes 16 ms and more, and voice waits behind it.",
        evidence="bandwidth, ppp multilink and frame-relay fragment lines of ports with voice",
        source="Cisco, Enterprise QoS Solution Reference Network Design Guide",
        fix="Cut packets into 10 ms: `ppp multilink fragment delay 10` with interleave.",
        check=_slow,
    ),
    Rule(
        id="LNK-03",
        severity=Severity.MEDIUM,
        title="RTP headers are compressed on slow links only, at both ends",
        meaning="Compression takes CPU for each packet, and a far end without it hears nothing.",
        evidence="ip rtp header-compression and compression lines, bandwidth",
        source="RFC 2508; Cisco document 7934",
        fix="Take it off links above 768 kbit/s.",
        check=_compression,
    ),
    Rule(
        id="LNK-04",
        severity=Severity.MEDIUM,
        title="Fewer than one packet in a million has an error",
        meaning="Errors lose voice whatever the queues do.",
        evidence="input error counters, read twice",
        source="operators' practice",
        fix="Have cable, optics and the carrier's circuit checked.",
        check=needs("input error counters, read twice"),
    ),
    Rule(
        id="LNK-05",
        severity=Severity.LOW,
        title="Queues stand where the platform heeds them",
        meaning="A subinterface is never congested by itself: without a shaper its queues idle, "
        "or the device refuses them.",
        evidence="policies on the way out of subinterfaces",
        source="Cisco IOS QoS command reference",
        fix="Nest the queues below `shape average` in a class-default, or put them on the port.",
        check=_misplaced,
    ),
)
