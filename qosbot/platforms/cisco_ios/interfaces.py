"""What an `interface` section says of QoS, links and tunnels, for the audit."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from qosbot.domain.audit.facts import InterfaceFacts
from qosbot.platforms.cisco_ios import older_qos, slow_links, switch_queues, virtual_circuits
from qosbot.platforms.cisco_ios.tree import Section


class Read(slow_links.Read, total=False):
    """The fields of `InterfaceFacts` that were read."""

    speed_bps: float
    duplex: str
    mtu_bytes: int
    has_ipv4: bool
    has_ipv6: bool
    tunnel_mode: str
    tunnel_source: str
    has_qos_pre_classify: bool
    encapsulation: str
    tx_ring_limit: int
    reserved_ratio: float
    pvc_bps: float
    pvc_burst_cells: int | None
    is_switchport: bool
    switchport_mode: str
    access_vlan: int
    voice_vlan: str
    trusts: tuple[str, ...]
    auto_qos: tuple[str, ...]
    has_nbar: bool
    has_priority_queue: bool
    zone: str
    unjudged: tuple[str, ...]


_PORT_BPS = (
    ("FastEthernet", 100e6),
    ("GigabitEthernet", 1e9),
    ("TwoGigabitEthernet", 2.5e9),
    ("FiveGigabitEthernet", 5e9),
    ("TenGigabitEthernet", 10e9),
    ("TwentyFiveGigE", 25e9),
    ("FortyGigabitEthernet", 40e9),
    ("HundredGigE", 100e9),
    ("Ethernet", 10e6),
)
_TRUST = re.compile(
    r"(?:mls qos trust|qos trust|trust)(?P<what>(?: (?:dscp|cos|ip-precedence|device|extend"
    r"|cisco-phone|cisco-softphone|ip-camera|media-player|cts|pass-through))*)(?: \d)?"
)
_AUTO = re.compile(
    r"auto qos(?P<what>(?: (?:voip|video|classify|trust|cisco-phone|cisco-softphone|cts|ip-camera"
    r"|media-player|police|dscp|cos|fr-atm))*)"
)
_SPEED = re.compile(r"speed (?:auto(?: \d+)*|nonegotiate|(?P<mbps>\d+))")
_PRE = "qos pre-classify"
_IGNORED = re.compile(older_qos.ON_PORT)
"""QoS of a port that no rule judges yet, and that is known for what it is."""
_ATTACHED_WORDS, _WAYS = 3, frozenset({"in", "input", "out", "output"})
_QOS_TYPES = (["qos"], ["queueing"], ["queuing"])
_HEADS = frozenset(
    {
        "service-policy", "mls", "auto", "platform", "qos", "queue-set", "srr-queue", "wrr-queue",
        "rcv-queue", "priority-queue", "priority-group", "custom-queue-list", "fair-queue",
        "rate-limit", "random-detect", "random-detect-group", "traffic-shape", "tx-queue",
        "tx-ring-limit", "shape", "trust", "max-reserved-bandwidth", "vbr-nrt", "vbr-rt",
        "frame-relay", "police", "priority", "class", "match", "queue-limit", "bandwidth",
        "speed", "duplex",
    }
)  # fmt: skip
_QOS_WORDS = re.compile(
    r"\b(?:qos|dscp|service-policy|policy-map|class-map|ip r(?:tp|svp)"
    r"|(?:ppp multilink|frame-relay) (?:fragment|interleave|traffic-shaping|traffic-rate|class)"
    r"|nhrp (?:map )?group)\b"
)
_KEPT = 4096
"""Lines and interfaces that are kept once read."""
_NOT_QOS = re.compile(
    r"(?:no |default )(?:fair-queue|mls qos|qos|auto qos|service-policy|tx-ring-limit|random-detect"
    r"|(?:priority|wrr|rcv|srr)-queue)\b.*"
    r"|frame-relay (?:lmi-type|map|interface-dlci|intf-type|inverse-arp|ip).*"
    r"|bandwidth (?:receive |inherit )?\d*|bandwidth inherit|(?:ip )?nhrp map group \S+"
    r" service-policy output \S+|(?:ip )?nhrp group \S+|(?:platform|dot11) .*|description .*"
    r"|service-policy type (?!qos\b|queu)\S+ .*"
)


class Port(NamedTuple):
    """What an interface says."""

    facts: InterfaceFacts
    strange: list[Section]
    """The lines that look like QoS and are not understood."""
    parents: list[Section]
    """The lines that have lines below them."""


@lru_cache(maxsize=_KEPT)
def read(raw: str, below: str, name: str) -> Port:
    """Return what an interface says; routers of a network have many that say the same.

    Args:
        raw: its header as the device prints it.
        below: what the device prints below it.
        name: whose interface it is.
    """
    section = Section.printed_as(raw, below)
    found: Read = {}
    strange: list[Section] = []
    circuit = virtual_circuits.rate(section)
    if circuit is not None:
        found["pvc_bps"], found["pvc_burst_cells"] = circuit.mean_bps, circuit.burst_cells
    for number, text in enumerate(section.texts):
        head = text.partition(" ")[0]
        read = _READERS.get(head)
        if read is not None and read(found, text):
            continue
        if not _looks_like_qos(text, head):
            continue
        line = section.children[number]
        if head == "tx-queue" and switch_queues.is_understood(line):
            found["unjudged"] = (*found.get("unjudged", ()), *line.lines())
        else:
            strange.append(line)
    facts = InterfaceFacts(name=name, port_bps=_port_bps(name), **found)
    return Port(facts=facts, strange=strange, parents=section.parents)


@lru_cache(maxsize=_KEPT)
def _port_bps(name: str) -> float | None:
    return next((bps for begins, bps in _PORT_BPS if name.startswith(begins)), None)


@lru_cache(maxsize=_KEPT)
def _looks_like_qos(text: str, head: str) -> bool:
    """Return whether a line that no reader has understood is about QoS."""
    looks = head in _HEADS or _QOS_WORDS.search(text) is not None
    return looks and not (_NOT_QOS.fullmatch(text) or _IGNORED.fullmatch(text))


def _described(found: Read, text: str) -> bool:
    del found, text
    return True


def _number(text: str) -> int | None:
    word = text.rpartition(" ")[2]
    return int(word) if word.isascii() and word.isdigit() else None


def _speed(found: Read, text: str) -> bool:
    said = _SPEED.fullmatch(text)
    if said is None:
        return False
    if said["mbps"]:
        found["speed_bps"] = int(said["mbps"]) * 1e6
    return True


def _duplex(found: Read, text: str) -> bool:
    found["duplex"] = text.partition(" ")[2]
    return found["duplex"] in {"full", "half", "auto"}


def _old_duplex(found: Read, text: str) -> bool:
    found["duplex"] = text.removesuffix("-duplex")
    return True


def _mtu(found: Read, text: str) -> bool:
    if (size := _number(text)) is not None:
        found["mtu_bytes"] = size
    return True


def _ip(found: Read, text: str) -> bool:
    if text.startswith(("ip address ", "ip unnumbered ")):
        found["has_ipv4"] = True
    elif text.startswith("ip nbar "):
        found["has_nbar"] = True
    elif not slow_links.compression(found, text):
        return text.startswith(("ip rtp ", "ip rsvp ")) and _unjudged(found, text)
    return True


def _ipv6(found: Read, text: str) -> bool:
    if text.startswith(("ipv6 address ", "ipv6 enable", "ipv6 unnumbered ")):
        found["has_ipv6"] = True
        return True
    return False


def _tunnel(found: Read, text: str) -> bool:
    _, what, *rest = (*text.split(), "")
    if what == "mode":
        found["tunnel_mode"] = " ".join(rest).strip()
    elif what == "source":
        found["tunnel_source"] = " ".join(rest).strip()
    return True


def _qos(found: Read, text: str) -> bool:
    if text == _PRE:
        found["has_qos_pre_classify"] = True
        return True
    return _trust(found, text)


def _trust(found: Read, text: str) -> bool:
    trust = _TRUST.fullmatch(text)
    if trust is None:
        return False
    # `extend cos 3` is what the phone is told about the computer behind it.
    said = "extend" if "extend" in trust["what"] else trust["what"].strip()
    found["trusts"] = (*found.get("trusts", ()), said)
    return True


def _auto(found: Read, text: str) -> bool:
    auto = _AUTO.fullmatch(text)
    if auto is None:
        return False
    found["auto_qos"] = (*found.get("auto_qos", ()), auto["what"].strip())
    return True


def _encapsulation(found: Read, text: str) -> bool:
    found["encapsulation"] = text.partition(" ")[2]
    return True


def _ring(found: Read, text: str) -> bool:
    size = _number(text)
    if size is None:
        return False
    found["tx_ring_limit"] = size
    return True


def _reserved(found: Read, text: str) -> bool:
    percent = _number(text)
    if percent is None:
        return False
    found["reserved_ratio"] = percent / 100
    return True


def _switchport(found: Read, text: str) -> bool:
    found["is_switchport"] = True
    _, what, *rest = (*text.split(), "", "")
    if what == "mode":
        found["switchport_mode"] = " ".join(rest).strip()
    elif what == "voice" and rest[0] == "vlan":
        found["voice_vlan"] = rest[1]
    elif what == "access" and (vlan := _number(text)) is not None:
        found["access_vlan"] = vlan
    return True


def _zone(found: Read, text: str) -> bool:
    found["zone"] = text.rpartition(" ")[2]
    return True


def _priority_queue(found: Read, text: str) -> bool:
    if text == "priority-queue out":
        found["has_priority_queue"] = True
        return True
    return False


def _attached(found: Read, text: str) -> bool:
    del found
    words = text.split()
    if words[1:2] == ["type"] and words[2:3] in _QOS_TYPES:
        del words[1:3]
    return len(words) == _ATTACHED_WORDS and words[1] in _WAYS


def _unjudged(found: Read, text: str) -> bool:
    if _IGNORED.fullmatch(text) is None:
        return False
    found["unjudged"] = (*found.get("unjudged", ()), text)
    return True


def _or_unjudged(read: Callable[[Read, str], bool]) -> Callable[[Read, str], bool]:
    return lambda found, text: read(found, text) or _unjudged(found, text)


_READERS: Mapping[str, Callable[[Read, str], bool]] = {
    **dict.fromkeys(
        (
            "queue-set",
            "srr-queue",
            "wrr-queue",
            "rcv-queue",
            "priority-group",
            "fair-queue",
            "custom-queue-list",
            "rate-limit",
            "traffic-shape",
            "random-detect",
            "hold-queue",
        ),
        _unjudged,
    ),
    "description": _described,
    "speed": _or_unjudged(_speed),
    "duplex": _duplex,
    "full-duplex": _old_duplex,
    "half-duplex": _old_duplex,
    "mtu": _mtu,
    "ip": _ip,
    "ipv6": _ipv6,
    "tunnel": _tunnel,
    "qos": _or_unjudged(_qos),
    "mls": _or_unjudged(_trust),
    "trust": _trust,
    "auto": _auto,
    "encapsulation": _encapsulation,
    "tx-ring-limit": _ring,
    "max-reserved-bandwidth": _reserved,
    "ppp": slow_links.ppp,
    "multilink-group": slow_links.bundle,
    "frame-relay": _or_unjudged(slow_links.relay),
    "switchport": _switchport,
    "zone-member": _zone,
    "priority-queue": _or_unjudged(_priority_queue),
    "service-policy": _attached,
}
