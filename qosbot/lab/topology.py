"""The lab's network as data: devices, their ports, the carrier's circuits and the voice paths."""

from dataclasses import dataclass
from enum import StrEnum

MEGABIT = 1e6
GIGABIT_ETHERNET_BPS = 1000 * MEGABIT


class Layer2(StrEnum):
    """The framing of a link."""

    ETHERNET = "ethernet"
    HDLC = "hdlc"


FRAME_BYTES = {Layer2.ETHERNET: 18, Layer2.HDLC: 7}
"""What framing adds to an IP packet on the line and in IF-MIB: header, check sequence, flag."""

CLASS_BYTES = {Layer2.ETHERNET: 14, Layer2.HDLC: 4}
"""What framing adds in class counters, shapers and policers: IOS leaves the check sequence out."""


class Direction(StrEnum):
    """Which way a path's packets go; forward is from Paris, where the probes are, to a branch."""

    FORWARD = "forward"
    BACKWARD = "backward"


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A physical interface; the rates are those of the line, whatever the carrier sells on it."""

    name: str
    rate_out_bps: float = GIGABIT_ETHERNET_BPS
    rate_in_bps: float = GIGABIT_ETHERNET_BPS
    layer2: Layer2 = Layer2.ETHERNET


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A managed device."""

    name: str
    site: str
    ports: tuple[Port, ...]
    loopback: str
    """Its Loopback0 address, by which it is probed and known."""

    def port(self, name: str) -> Port:
        """Return a port by its long name; raises KeyError if there is none."""
        for port in self.ports:
            if port.name == name:
                return port
        raise KeyError(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """What a site has bought of the carrier; rates as the carrier polices them."""

    id: str
    site: str
    device: str
    interface: str
    rate_out_bps: float
    rate_in_bps: float
    ef_contract_bps: float
    leg_delay_s: float
    """One-way propagation between the site and the middle of the carrier's network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoicePath:
    """Calls between Paris and a branch, and the probe that stands in for them."""

    name: str
    site: str
    operation: int
    codec: str
    """`g711ulaw` or `g729a`, as IOS spells them."""
    busy_hour_calls: int
    data_bps: float
    """Data in each direction when nothing is wrong, at the network layer."""
    gateway: str = ""
    """The device whose dial-peers choose the codec of its calls; empty: the load does."""


LAN = "GigabitEthernet0/0"
WAN = "GigabitEthernet0/1"
SERIAL = "Serial0/0/0"
LOOPBACK = "Loopback0"

_ETHERNET_PORTS = (Port(name=LAN), Port(name=WAN))

NODES = (
    Node(name="par-core1", site="par", ports=_ETHERNET_PORTS, loopback="10.255.0.1"),
    Node(name="par-ce1", site="par", ports=_ETHERNET_PORTS, loopback="10.255.0.2"),
    Node(
        name="lyo-ce1",
        site="lyo",
        ports=(
            Port(name=LAN),
            Port(name=WAN, rate_out_bps=4 * MEGABIT, rate_in_bps=4 * MEGABIT),
        ),
        loopback="10.255.1.1",
    ),
    Node(
        name="nan-ce1",
        site="nan",
        ports=(
            Port(name=LAN),
            Port(
                name=SERIAL,
                rate_out_bps=2.048 * MEGABIT,
                rate_in_bps=2.048 * MEGABIT,
                layer2=Layer2.HDLC,
            ),
        ),
        loopback="10.255.2.1",
    ),
    Node(name="lil-ce1", site="lil", ports=_ETHERNET_PORTS, loopback="10.255.3.1"),
    Node(
        name="bor-ce1",
        site="bor",
        ports=(
            Port(name=LAN),
            Port(name=WAN, rate_out_bps=2 * MEGABIT, rate_in_bps=8 * MEGABIT),
        ),
        loopback="10.255.4.1",
    ),
    Node(name="lyo-gw1", site="lyo", ports=(Port(name=LAN),), loopback="10.255.1.2"),
)
NODE = {node.name: node for node in NODES}

CORE, HUB, GATEWAY = "par-core1", "par-ce1", "lyo-gw1"

CIRCUITS = {
    circuit.site: circuit
    for circuit in (
        Circuit(
            id="PAR-0001",
            site="par",
            device=HUB,
            interface=WAN,
            rate_out_bps=20 * MEGABIT,
            rate_in_bps=20 * MEGABIT,
            ef_contract_bps=6 * MEGABIT,
            leg_delay_s=0.002,
        ),
        Circuit(
            id="LYO-0001",
            site="lyo",
            device="lyo-ce1",
            interface=WAN,
            rate_out_bps=4 * MEGABIT,
            rate_in_bps=4 * MEGABIT,
            ef_contract_bps=1.5 * MEGABIT,
            leg_delay_s=0.004,
        ),
        Circuit(
            id="NAN-0001",
            site="nan",
            device="nan-ce1",
            interface=SERIAL,
            rate_out_bps=2.048 * MEGABIT,
            rate_in_bps=2.048 * MEGABIT,
            ef_contract_bps=0.512 * MEGABIT,
            leg_delay_s=0.005,
        ),
        Circuit(
            id="LIL-0001",
            site="lil",
            device="lil-ce1",
            interface=WAN,
            rate_out_bps=10 * MEGABIT,
            rate_in_bps=10 * MEGABIT,
            ef_contract_bps=3 * MEGABIT,
            leg_delay_s=0.003,
        ),
        Circuit(
            id="BOR-0001",
            site="bor",
            device="bor-ce1",
            interface=WAN,
            rate_out_bps=2 * MEGABIT,
            rate_in_bps=8 * MEGABIT,
            ef_contract_bps=1 * MEGABIT,
            leg_delay_s=0.006,
        ),
    )
}
HUB_CIRCUIT = CIRCUITS["par"]

PATHS = {
    path.name: path
    for path in (
        VoicePath(
            name="par-lyo",
            site="lyo",
            operation=101,
            codec="g711ulaw",
            busy_hour_calls=12,
            data_bps=1.0 * MEGABIT,
            gateway=GATEWAY,
        ),
        VoicePath(
            name="par-nan",
            site="nan",
            operation=102,
            codec="g729a",
            busy_hour_calls=8,
            data_bps=0.7 * MEGABIT,
        ),
        VoicePath(
            name="par-lil",
            site="lil",
            operation=103,
            codec="g711ulaw",
            busy_hour_calls=20,
            data_bps=3.0 * MEGABIT,
        ),
        VoicePath(
            name="par-bor",
            site="bor",
            operation=104,
            codec="g711ulaw",
            busy_hour_calls=8,
            data_bps=0.5 * MEGABIT,
        ),
    )
}


def peer(device: str, interface: str) -> tuple[str, str] | None:
    """Return the other end of a link between managed devices; None for a LAN or the carrier."""
    ends = {
        (CORE, WAN): (HUB, LAN),
        (HUB, LAN): (CORE, WAN),
        ("lyo-ce1", LAN): (GATEWAY, LAN),
        (GATEWAY, LAN): ("lyo-ce1", LAN),
    }
    return ends.get((device, interface))


def circuit_at(device: str, interface: str) -> Circuit | None:
    """Return the circuit that an interface ends; None if it ends none."""
    for circuit in CIRCUITS.values():
        if (circuit.device, circuit.interface) == (device, interface):
            return circuit
    return None
