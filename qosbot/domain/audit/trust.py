"""Rules about switch ports: what a phone marks is kept, and what others mark is not believed."""

from collections.abc import Iterator
from functools import lru_cache

from qosbot.domain.audit import (
    coverage,
    marking,
    remarking,
    rewriting,
    signal_values,
    signalling,
    tunnels,
)
from qosbot.domain.audit.facts import AuditFacts, InterfaceFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.samples import FlowDirection

_PORT_WORDS = ("switchport", "mls qos", "qos trust", "trust", "auto qos", "service-policy input")
_CONDITIONS = ("device", "cisco-phone", "cisco-softphone", "ip-camera", "media-player", "cts")
_BUNDLE = "Port-channel"
_BARE = "dscp"
"""What `mls qos trust` without another word believes."""
_NOBODY = frozenset({"none"})
_OVERRIDE = "mls qos cos override"
"""Gives every frame the port's own CoS, whatever is trusted."""


@lru_cache(maxsize=2)
def _trusting(facts: AuditFacts) -> tuple[InterfaceFacts, ...]:
    return tuple([one for one in facts.ports_up() if one.trusts])


def _is_phone_port(port: InterfaceFacts) -> bool:
    return port.voice_vlan is not None and port.voice_vlan not in _NOBODY


def _is_trunk(port: InterfaceFacts) -> bool:
    return port.switchport_mode.startswith("trunk") and not _is_phone_port(port)


def _lines(port: InterfaceFacts, facts: AuditFacts) -> tuple[str, ...]:
    return facts.quote(f"interface {port.name}", *_PORT_WORDS) or (f"interface {port.name}",)


def _rewritten(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    if facts.services.has_switch_qos is not True or facts.services.keeps_ip_marks:
        # Where the words are known at all, this is how marks are left as they are.
        yield from _no_ports(facts)
        return
    voice = {port.voice_vlan for port in facts.ports_up() if _is_phone_port(port)}
    marked = {one.interface for one, _ in facts.at_work(FlowDirection.IN)}
    by_vlan = any((name or "").startswith("Vlan") for name in marked)
    # What queues by classes is a card for the WAN, which keeps marks by itself.
    queued = {one.interface for one, _ in facts.at_work(FlowDirection.OUT)}
    routed = {o.name for o in facts.ports_up() if _is_routed(o) and o.name not in queued}
    ways = [one.name for one in facts.ports_up() if one.name in routed or _is_trunk(one)]
    for port in facts.ports_up():
        if port.name.startswith(_BUNDLE):
            # What a bundle trusts is said on the ports that it is made of.
            continue
        # By the only way out of a switch with phones their calls come in, too.
        is_only = bool(voice) and port.name in routed and len(ways) == 1
        is_open = (_is_trunk(port) and not voice) or (port.name in routed and not is_only)
        is_known = _is_phone_port(port) or is_only or _takes_voice(port, voice, facts)
        if not (is_known or is_open):
            continue
        lines = _lines(port, facts)
        head = f"interface {port.name}"
        if port.name in marked or (by_vlan and "mls qos vlan-based" in lines):
            continue
        if any(_believes(port)) or (port.auto_qos and _OVERRIDE not in port.unjudged):
            continue
        if is_open:
            yield Unjudged(why="needs whether voice comes in here", where=head)
            continue
        # `trust device` says when the port's trust holds, and not what it trusts.
        said = _NO_TRUST_OF_ITS_OWN if port.trusts else "no trust, and no policy input"
        said = f"{_OVERRIDE} takes trust away" if _OVERRIDE in port.unjudged else said
        yield Breach(where=head, evidence=(facts.services.switch_qos_line, *lines, said))


_NO_TRUST_OF_ITS_OWN = "no trust of cos or dscp: with its device there it trusts nothing either"


def _takes_voice(port: InterfaceFacts, vlans: set[str | None], facts: AuditFacts) -> bool:
    return _is_trunk(port) and _takes(port, vlans, facts)


def _no_ports(facts: AuditFacts) -> Iterator[Unjudged]:
    if not _has_ports(facts):
        yield Unjudged(why="needs ports of a switch")


@lru_cache(maxsize=2)
def _has_ports(facts: AuditFacts) -> bool:
    return any(port.is_switchport or port.trusts or port.auto_qos for port in facts.ports_up())


def _believes(port: InterfaceFacts) -> Iterator[bool]:
    return (
        word in {"dscp", "cos", "ip-precedence"}
        for said in (port.trusts if _OVERRIDE not in port.unjudged else ())
        for word in (said or _BARE).split()
    )


def _is_routed(port: InterfaceFacts) -> bool:
    """Return whether a port of a line card is routed; one without a slot is for management."""
    is_port = port.port_bps is not None and "/" in port.name and "." not in port.name
    return is_port and port.has_ipv4 and not port.is_switchport


def _takes(port: InterfaceFacts, vlans: set[str | None], facts: AuditFacts) -> bool:
    """Return whether some of these VLANs are allowed on a trunk."""
    allowed = "switchport trunk allowed vlan "
    said = [
        line.removeprefix(allowed).removeprefix("add ")
        for line in facts.interface_lines(port.name)
        if line.startswith(allowed)
    ]
    if not said:
        return bool(vlans)
    spans = [span.partition("-") for one in said for span in one.split(",")]
    numbers = {int(one) for one in vlans if one is not None and one.isdecimal()}
    return any(
        first.isdecimal() and int(first) <= one <= int(last if last.isdecimal() else first)
        for one in numbers
        for first, _, last in spans
    )


def _is_conditional(port: InterfaceFacts) -> bool:
    said = " ".join((*port.trusts, *port.auto_qos)).split()
    return any(word in said for word in _CONDITIONS)


def _anyone_trusted(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    yield from _no_ports(facts)
    for port in _trusting(facts):
        if not any(_believes(port)) or _is_conditional(port):
            continue
        head = f"interface {port.name}"
        if _is_phone_port(port):
            evidence = (*_lines(port, facts), "taken for a user's port: it has a voice VLAN")
            yield Breach(where=head, evidence=(*evidence, "no trust device"))
        elif port.switchport_mode == "access" or port.access_vlan is not None:
            yield Unjudged(why="needs to know whether a user or a server is here", where=head)


def _uplinks_by_cos(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    is_open = False
    yield from _no_ports(facts)
    for port in _trusting(facts):
        if _is_phone_port(port) or _is_conditional(port):
            continue
        words = {word for said in port.trusts for word in (said or _BARE).split()}
        is_access = port.switchport_mode == "access" or (
            port.access_vlan is not None and not port.switchport_mode
        )
        if "cos" in words:
            why = (
                "an access port has no tags, so every frame is CoS 0"
                if is_access
                else "CoS is lost where the tag is, and DSCP is not"
            )
            yield Breach(where=f"interface {port.name}", evidence=(*_lines(port, facts), why))
        elif not is_access:
            is_open = True
    if is_open:
        yield Unjudged(why="needs what the other end of each uplink trusts")


_SOURCE = "Cisco, Catalyst 3560 and 3750 QoS configuration guides"

TRU_01 = Rule(
    id="TRU-01",
    severity=Severity.CRITICAL,
    title="Ports that carry phones keep DSCP",
    meaning="With `mls qos` a port that trusts nothing rewrites every packet to 0: voice is best "
    "effort from its first hop.",
    evidence="mls qos, and trust and policy lines of ports with a voice VLAN and of trunks",
    source=_SOURCE,
    fix="On phone ports `mls qos trust device cisco-phone` and `mls qos trust cos`; on trunks "
    "`mls qos trust dscp`.",
    check=_rewritten,
)
TRU_02 = Rule(
    id="TRU-02",
    severity=Severity.HIGH,
    title="Ports of users trust a phone and nobody else",
    meaning="A computer in place of the phone, or behind it, marks its traffic EF and fills the "
    "priority class.",
    evidence="trust lines of ports with a voice VLAN",
    source=_SOURCE,
    fix="Add `mls qos trust device cisco-phone`, or police EF with a policy input.",
    check=_anyone_trusted,
)
TRU_03 = Rule(
    id="TRU-03",
    severity=Severity.MEDIUM,
    title="Uplinks trust DSCP",
    meaning="CoS exists on tagged frames only, has eight values, and becomes 0 where a tag is "
    "missing.",
    evidence="trust lines of trunks and of ports without a voice VLAN",
    source=_SOURCE,
    fix="Use `mls qos trust dscp` on both ends.",
    check=_uplinks_by_cos,
)

RULES = (
    marking.MRK_01,
    marking.MRK_02,
    signalling.MRK_03,
    signal_values.MRK_04,
    remarking.MRK_05,
    coverage.MRK_06,
    coverage.MRK_07,
    rewriting.MRK_08,
    tunnels.MRK_09,
    TRU_01,
    TRU_02,
    TRU_03,
    rewriting.TRU_04,
)
"""Marking and trust, in the order of their numbers."""
