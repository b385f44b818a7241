"""What an `interface` section says of QoS, links and tunnels, for the audit."""

import re
from functools import lru_cache
from typing import NamedTuple

from qosbot.domain.audit.facts import InterfaceFacts
from qosbot.platforms.cisco_ios import switch_queues, virtual_circuits
from qosbot.platforms.cisco_ios.port_lines import READERS, Read, is_ignored
from qosbot.platforms.cisco_ios.sections import Section

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
        read = READERS.get(head)
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
    return looks and not (_NOT_QOS.fullmatch(text) or is_ignored(text))
