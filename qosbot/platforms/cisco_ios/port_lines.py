"""The lines of a port about QoS, links and tunnels, each read by its first word."""

import re
from collections.abc import Callable, Mapping

from qosbot.platforms.cisco_ios import older_qos, slow_links


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


Reader = Callable[[Read, str], bool]
"""Keeps what a line says; returns whether it was understood."""

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


def is_ignored(text: str) -> bool:
    """Return whether a line is QoS that no rule judges yet."""
    return _IGNORED.fullmatch(text) is not None


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
    if not is_ignored(text):
        return False
    found["unjudged"] = (*found.get("unjudged", ()), text)
    return True


def _or_unjudged(read: Reader) -> Reader:
    return lambda found, text: read(found, text) or _unjudged(found, text)


READERS: Mapping[str, Reader] = {
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
