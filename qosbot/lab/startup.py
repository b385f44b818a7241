"""What each device has in its startup configuration when the lab starts, in IOS's own order."""

from qosbot.lab.topology import (
    CIRCUITS,
    CORE,
    GATEWAY,
    HUB,
    LAN,
    LOOPBACK,
    NODE,
    NODES,
    PATHS,
    WAN,
    Port,
)

_EF_WITNESS = """\
class-map match-any EF-SEEN
 match dscp ef
!
policy-map CORE-OUT
 class EF-SEEN
  priority percent 10
 class class-default
  fair-queue
!
"""

_SIMPLE_LLQ = """\
class-map match-any VOICE
 match dscp ef
!
policy-map WAN-OUT
 class VOICE
  priority percent 33
 class class-default
  fair-queue
!
"""

_SHAPED_LLQ = """\
class-map match-any VOICE
 match dscp ef
class-map match-any SIGNALLING
 match dscp cs3
!
policy-map WAN-QUEUES
 class VOICE
  priority percent 30
 class SIGNALLING
  bandwidth percent 5
 class class-default
  fair-queue
policy-map WAN-SHAPER
 class class-default
  shape average {rate}
  service-policy WAN-QUEUES
!
"""

_IMPOSSIBLE_LLQ = """\
class-map match-all VOICE
 match dscp ef
 match dscp cs3
!
policy-map WAN-OUT
 class VOICE
  priority percent 40
 class class-default
!
"""

_QOS = {
    CORE: (_EF_WITNESS, "CORE-OUT"),
    HUB: (_SHAPED_LLQ.format(rate=19000000), "WAN-SHAPER"),
    "nan-ce1": (_SIMPLE_LLQ, "WAN-OUT"),
    "lil-ce1": (_SHAPED_LLQ.format(rate=9500000), "WAN-SHAPER"),
    "bor-ce1": (_IMPOSSIBLE_LLQ, "WAN-OUT"),
}

# New calls with Paris speak G.711, and G.729 where that list comes to prefer it.  Emergency calls
# and the alarm lines have a dial-peer of their own, which is nobody's to change.
_DIAL_PEERS = """\
voice class codec 1
 codec preference 1 g711ulaw
 codec preference 2 g729r8
!
dial-peer voice 112 voip
 description emergency calls and alarm lines
 destination-pattern 112
 session protocol sipv2
 session target ipv4:10.0.0.51
 dtmf-relay rtp-nte
 codec g711ulaw
 no vad
!
dial-peer voice 200 voip
 description calls with Paris
 destination-pattern 2...
 session protocol sipv2
 session target ipv4:10.0.0.50
 voice-class codec 1
 dtmf-relay rtp-nte
 no vad
!
"""

ADDRESSES = {
    (CORE, LAN): "10.0.0.1 255.255.255.0",
    (CORE, WAN): "10.0.254.1 255.255.255.252",
    (HUB, LAN): "10.0.254.2 255.255.255.252",
    (HUB, WAN): "192.0.2.1 255.255.255.252",
    ("lyo-ce1", LAN): "10.1.0.1 255.255.255.0",
    (GATEWAY, LAN): "10.1.0.2 255.255.255.0",
    ("nan-ce1", LAN): "10.2.0.1 255.255.255.0",
    ("lil-ce1", LAN): "10.3.0.1 255.255.255.0",
    ("bor-ce1", LAN): "10.4.0.1 255.255.255.0",
    ("lyo-ce1", WAN): "192.0.2.5 255.255.255.252",
    ("nan-ce1", "Serial0/0/0"): "192.0.2.9 255.255.255.252",
    ("lil-ce1", WAN): "192.0.2.13 255.255.255.252",
    ("bor-ce1", WAN): "192.0.2.17 255.255.255.252",
}
"""By device and interface, as `ip address` says it."""

PROBE_PORT = 16384
PROBE_PACKETS = 100
PROBE_FREQUENCY_S = 5


def startup_config(device: str) -> str:
    """Return the startup configuration of a device of the topology, ending in `end`."""
    qos, policy = _QOS.get(device, ("", ""))
    return (
        f"hostname {device}\n!\n{_archive()}{qos}{_interfaces(device, policy)}"
        f"{_probes(device)}{_DIAL_PEERS if device == GATEWAY else ''}"
        "ntp server 10.0.0.10\n!\nend\n"
    )


def _archive() -> str:
    return "archive\n path flash:archive\n maximum 14\n write-memory\n!\n"


def _interfaces(device: str, policy: str) -> str:
    node = NODE[device]
    text = f"interface {LOOPBACK}\n ip address {node.loopback} 255.255.255.255\n!\n"
    for port in node.ports:
        text += f"interface {port.name}\n description {_description(device, port)}\n"
        circuit = _circuit(device, port)
        if circuit is not None:
            text += f" bandwidth {round(circuit / 1000)}\n"
        text += f" ip address {ADDRESSES[device, port.name]}\n"
        is_queueing_port = circuit is not None or (device, port.name) == (CORE, WAN)
        if policy and is_queueing_port:
            text += f" service-policy output {policy}\n"
        text += "!\n"
    return text


def _circuit(device: str, port: Port) -> float | None:
    for circuit in CIRCUITS.values():
        if (circuit.device, circuit.interface) == (device, port.name):
            return circuit.rate_out_bps
    return None


def _description(device: str, port: Port) -> str:
    for circuit in CIRCUITS.values():
        if (circuit.device, circuit.interface) == (device, port.name):
            return f"WAN {circuit.id}"
    if (device, port.name) == (CORE, WAN):
        return f"to {HUB}"
    if (device, port.name) == (HUB, LAN):
        return f"to {CORE}"
    return f"LAN {NODE[device].site}"


def _probes(device: str) -> str:
    if device != CORE:
        return "ip sla responder\n"
    text = ""
    for path in PATHS.values():
        target = NODE[CIRCUITS[path.site].device].loopback
        text += (
            f"ip sla {path.operation}\n"
            f" udp-jitter {target} {PROBE_PORT} source-ip {NODE[CORE].loopback}"
            f" codec {path.codec} codec-numpackets {PROBE_PACKETS}\n"
            f" tos 184\n tag {path.name}\n frequency {PROBE_FREQUENCY_S}\n"
            " precision microseconds\n"
            f"ip sla schedule {path.operation} life forever start-time now\n"
        )
    return text


STARTUP = {node.name: startup_config(node.name) for node in NODES}
