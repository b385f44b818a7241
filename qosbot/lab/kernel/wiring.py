"""The lab's topology as namespaces, veth links, addresses and routes: values and `ip` commands.

Every router, every site's host and the carrier is a namespace.  Lyon's calls and data end at its
gateway, as in the model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface

from qosbot.lab.load import HOSTS
from qosbot.lab.startup import ADDRESSES
from qosbot.lab.topology import (
    CIRCUITS,
    CORE,
    GATEWAY,
    HUB,
    LAN,
    LOOPBACK,
    NODE,
    NODES,
    WAN,
)

CARRIER = "carrier"
HOST_PORT = "eth0"
_FIRST_INDEX = 2
"""Of the ports in a namespace: 1 is its loopback, always."""
_SHORT = {"GigabitEthernet": "ge", "Serial": "se"}


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a veth link."""

    namespace: str
    port: str
    """The kernel's name."""
    index: int
    mac: str
    addresses: tuple[IPv4Interface, ...]


Link = tuple[End, End]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A static route."""

    namespace: str
    to: str
    via: IPv4Address


def kernel_name(interface: str) -> str:
    """Return the kernel's name of an IOS interface: it allows no slash and fifteen characters."""
    if interface == LOOPBACK:
        return "lo"
    for long, short in _SHORT.items():
        if interface.startswith(long):
            return short + interface[len(long) :].replace("/", "-")
    raise KeyError(interface)


def kernel_indexes(device: str) -> dict[str, int]:
    """Return the index that the kernel gives each interface of a router; no boot moves them."""
    ports = enumerate(NODE[device].ports, start=_FIRST_INDEX)
    return {LOOPBACK: 1} | {port.name: number for number, port in ports}


def host(site: str) -> str:
    """Return the namespace in which a site's calls and data begin and end."""
    return GATEWAY if site == NODE[GATEWAY].site else f"host-{site}"


def namespaces() -> tuple[str, ...]:
    """Return every namespace of the lab."""
    hosts = dict.fromkeys(host(site) for site in HOSTS)
    return tuple(dict.fromkeys([*NODE, CARRIER, *hosts]))


def carrier_port(site: str) -> str:
    """Return the carrier's port towards a site."""
    return f"to-{site}"


def links() -> tuple[Link, ...]:
    """Return every link between two namespaces."""
    pairs: list[tuple[tuple[str, str], tuple[str, str]]] = [
        ((CORE, WAN), (HUB, LAN)),
        (("lyo-ce1", LAN), (GATEWAY, LAN)),
        ((CORE, LAN), (host("par"), HOST_PORT)),
    ]
    for site, circuit in CIRCUITS.items():
        pairs.append(((circuit.device, circuit.interface), (CARRIER, carrier_port(site))))
        if circuit.device != HUB and host(site) != GATEWAY:
            pairs.append(((circuit.device, LAN), (host(site), HOST_PORT)))
    return tuple(
        (_end(near, 2 * number), _end(far, 2 * number + 1))
        for number, (near, far) in enumerate(pairs)
    )


def _end(at: tuple[str, str], serial: int) -> End:
    namespace, interface = at
    mac = f"02:71:6f:73:00:{serial:02x}"
    if namespace in NODE:
        return End(
            namespace=namespace,
            port=kernel_name(interface),
            index=kernel_indexes(namespace)[interface],
            mac=mac,
            addresses=_router_addresses(namespace, interface),
        )
    if namespace == CARRIER:
        sites = list(CIRCUITS)
        site = interface.removeprefix("to-")
        circuit = CIRCUITS[site]
        theirs = _address(circuit.device, circuit.interface)
        return End(
            namespace=namespace,
            port=interface,
            index=_FIRST_INDEX + sites.index(site),
            mac=mac,
            addresses=(IPv4Interface((theirs.ip + 1, theirs.network.prefixlen)),),
        )
    site = namespace.removeprefix("host-")
    return End(
        namespace=namespace,
        port=interface,
        index=_FIRST_INDEX,
        mac=mac,
        addresses=(IPv4Interface(f"{HOSTS[site]}/24"),),
    )


def _router_addresses(device: str, interface: str) -> tuple[IPv4Interface, ...]:
    own = (_address(device, interface),)
    if device == GATEWAY:
        return (*own, IPv4Interface(f"{HOSTS[NODE[GATEWAY].site]}/24"))
    return own


def _address(device: str, interface: str) -> IPv4Interface:
    return IPv4Interface(ADDRESSES[device, interface].replace(" ", "/"))


def _site_networks(site: str) -> tuple[str, ...]:
    known = [node for node in NODES if node.site == site]
    lan = IPv4Interface(f"{HOSTS[site]}/24").network
    loopbacks = IPv4Interface(f"{known[0].loopback}/24").network
    inner = (_address(CORE, WAN).network,) if site == "par" else ()
    return tuple(str(network) for network in (lan, loopbacks, *inner))


def routes() -> tuple[Route, ...]:
    """Return every static route; a router's own networks need none."""

    def via(namespace: str, to: str, device: str, interface: str) -> Route:
        return Route(namespace=namespace, to=to, via=_address(device, interface).ip)

    found = [
        via(CORE, "default", HUB, LAN),
        via(HUB, str(_address(CORE, LAN).network), CORE, WAN),
        via(HUB, f"{NODE[CORE].loopback}/32", CORE, WAN),
        via("lyo-ce1", f"{NODE[GATEWAY].loopback}/32", GATEWAY, LAN),
        via(GATEWAY, "default", "lyo-ce1", LAN),
        via(host("par"), "default", CORE, LAN),
    ]
    for site, circuit in CIRCUITS.items():
        theirs = _address(circuit.device, circuit.interface).ip
        found.append(Route(namespace=circuit.device, to="default", via=theirs + 1))
        found += [
            Route(namespace=CARRIER, to=network, via=theirs) for network in _site_networks(site)
        ]
        if circuit.device != HUB and host(site) != GATEWAY:
            found.append(via(host(site), "default", circuit.device, LAN))
    return tuple(found)


def link_command(link: Link, far_path: str) -> str:
    """Return the `ip` command that makes a link from within its near end's namespace.

    Args:
        link: what to make.
        far_path: where the far end's namespace is found.
    """
    near, far = link
    return (
        f"link add name {near.port} index {near.index} address {near.mac} type veth"
        f" peer name {far.port} index {far.index} address {far.mac} netns {far_path}"
    )


def configure_commands(namespace: str) -> list[str]:
    """Return the `ip` commands that bring up a namespace whose links have been made.

    Neighbours are permanent, so that no address resolution waits in a full queue, and no sender
    hands over more than one packet at a time, so that queues count packets.
    """
    commands: list[str] = []
    for near, far in [pair for link in links() for pair in (link, link[::-1])]:
        if near.namespace != namespace:
            continue
        commands.append(f"link set dev {near.port} gso_max_segs 1 gso_max_size 1514")
        commands += [f"addr add {address} dev {near.port}" for address in near.addresses]
        commands.append(f"link set dev {near.port} up")
        commands += [
            f"neigh replace {address.ip} lladdr {far.mac} dev {near.port} nud permanent"
            for address in far.addresses
        ]
    if namespace in NODE:
        commands.append(f"addr add {NODE[namespace].loopback}/32 dev lo")
    commands += [
        f"route add {route.to} via {route.via}"
        for route in routes()
        if route.namespace == namespace
    ]
    return commands


def raising_commands(namespace: str, device: str) -> list[str]:
    """Return the `ip` commands that bring a link up again, with what it lost when it went down.

    Those are its neighbours, and the routes by it: another link may be down, and takes no route.
    """
    ends = [pair for link in links() for pair in (link, link[::-1])]
    (near, far), *_ = [
        pair for pair in ends if (pair[0].namespace, pair[0].port) == (namespace, device)
    ]
    commands = [f"link set dev {device} up"]
    commands += [
        f"route replace {route.to} via {route.via}"
        for route in routes()
        if route.namespace == namespace
        and any(route.via in address.network for address in near.addresses)
    ]
    commands += [
        f"neigh replace {address.ip} lladdr {far.mac} dev {device} nud permanent"
        for address in far.addresses
    ]
    return commands


def sink(device: str, interface: str) -> Mapping[str, tuple[str, str]]:
    """Return where load on one link goes, by direction: the namespace that sends and the target.

    `out` leaves by the interface, `in` arrives on it.
    """
    for near, far in [pair for link in links() for pair in (link, link[::-1])]:
        if (near.namespace, near.port) == (device, kernel_name(interface)):
            return {
                "out": (near.namespace, str(far.addresses[0].ip)),
                "in": (far.namespace, str(near.addresses[0].ip)),
            }
    raise KeyError(interface)
