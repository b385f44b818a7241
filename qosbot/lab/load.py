"""What the lab's users send: calls on the voice paths, data beside them, extra load on a link."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from qosbot.lab.matching import EF, Packet
from qosbot.lab.routes import Stage, Step, probe_route, route
from qosbot.lab.topology import (
    NODE,
    PATHS,
    Direction,
    VoicePath,
    circuit_at,
    peer,
)

IP_BYTES = {"g711ulaw": 200, "g711alaw": 200, "g729a": 60}
"""A voice packet of 20 ms at the network layer: payload (160 or 20), RTP, UDP and IP."""

CODEC_ALIASES = {"g711": "g711ulaw", "g729": "g729a"}

PACKET_TIME_S = 0.02
HOLD_S = 20.0

RTP_PORTS = (16384, 32767)
_DATA_PORTS = (1024, 65535)

DATA_BURSTINESS = 4.0
DATA_PACKET_BYTES = 800
DATA_FLOWS = 24
BURST_PACKETS = 20

RANDOM, MICROBURSTS, TCP = "random", "microbursts", "tcp"
SHAPES = (RANDOM, MICROBURSTS, TCP)
"""Batches of random size at random moments; as many packets back to back, evenly; and TCP, which
takes what there is up to its rate."""

HOSTS = {"par": "10.0.0.50", "lyo": "10.1.0.50", "nan": "10.2.0.50"} | {
    "lil": "10.3.0.50",
    "bor": "10.4.0.50",
}
"""By site, where calls and data begin and end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """The calls of a path; each sends in both directions."""

    number: int
    codec: str
    """Empty: what the path's gateway prefers at the moment when a call starts."""
    packet_time_s: float = PACKET_TIME_S
    dscp: int = EF
    hold_s: float = HOLD_S
    """After how long a call ends and the next one starts in its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """Data of one kind in one direction; the rate is that of the network layer."""

    bps: float
    packet_bytes: int = DATA_PACKET_BYTES
    dscp: int = 0
    burstiness: float = DATA_BURSTINESS
    flows: int = DATA_FLOWS
    shape: str = RANDOM
    """How it is sent, of `SHAPES`; only real senders know others than `random`."""
    burst_packets: int = BURST_PACKETS
    """Of microbursts: how many packets back to back."""


_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

DataKey = tuple[str, Direction, str]
"""Path, direction and the data's own name."""

LinkKey = tuple[str, str, str, str]
"""Device, interface, `in` or `out`, and the load's own name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """All that is sent at a time."""

    calls: tuple[tuple[str, Calls], ...]
    data: tuple[tuple[DataKey, Data], ...]
    links: tuple[tuple[LinkKey, Data], ...] = ()

    def with_calls(self, path: str, calls: Calls) -> "Load":
        """Return the load with a path's calls replaced."""
        return replace(self, calls=_put(self.calls, path, calls))

    def with_data(self, key: DataKey, data: Data) -> "Load":
        """Return the load with one kind of a path's data replaced; no rate removes it."""
        return replace(self, data=_put(self.data, key, data if data.bps > 0 else None))

    def with_link(self, key: LinkKey, data: Data) -> "Load":
        """Return the load with one extra load of a link replaced; no rate removes it."""
        return replace(self, links=_put(self.links, key, data if data.bps > 0 else None))


def _put(
    pairs: tuple[tuple[_Key, _Value], ...], key: _Key, value: _Value | None
) -> tuple[tuple[_Key, _Value], ...]:
    known = dict(pairs)
    known.pop(key, None)
    if value is not None:
        known[key] = value
    return tuple(known.items())


def default_load() -> Load:
    """Return a load under which every path of the lab is healthy: two thirds of the busy hour."""
    return Load(
        calls=tuple(
            (path.name, Calls(number=path.busy_hour_calls * 2 // 3, codec=_load_codec(path)))
            for path in PATHS.values()
        ),
        data=tuple(
            ((path.name, way, "data"), Data(bps=path.data_bps))
            for path in PATHS.values()
            for way in Direction
        ),
    )


def _load_codec(path: VoicePath) -> str:
    return "" if path.gateway else path.codec


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Like packets that go the same way."""

    kind: str
    """`voice`, `data`, `link` or `probe`."""
    path: str
    """Empty for the extra load of a link."""
    direction: Direction | None
    name: str
    stages: tuple[Stage, ...]
    packet: Packet
    packets_per_s: float
    ip_bytes: int
    flows: int
    burstiness: float
    codec: str = ""
    """Of calls; a path has one flow for each codec that its calls have."""


def voice_and_data(load: Load, mix: Mapping[str, Mapping[str, int]]) -> Iterator[Flow]:
    """Yield the flows of a load.

    Args:
        load: what is sent.
        mix: by path, how many calls there are by codec.
    """
    for path, calls in load.calls:
        for codec, number in mix[path].items():
            if number:
                yield from (_voice(path, way, calls, codec, number) for way in Direction)
    for (path, way, name), data in load.data:
        packet = _packet(path, way, data.dscp, "tcp", _DATA_PORTS)
        stages = route(PATHS[path].site, way)
        yield _data_flow("data", path, way, name, stages, packet, data)
    for (device, interface, side, name), data in load.links:
        packet = Packet(
            dscp=data.dscp,
            protocol="tcp",
            source="203.0.113.10",
            destination="203.0.113.20",
            source_ports=_DATA_PORTS,
            destination_ports=_DATA_PORTS,
        )
        stages = link_stages(device, interface, side)
        yield _data_flow("link", "", None, name, stages, packet, data)


def _voice(path: str, way: Direction, calls: Calls, codec: str, number: int) -> Flow:
    return Flow(
        kind="voice",
        path=path,
        direction=way,
        name="voice",
        stages=route(PATHS[path].site, way),
        packet=_packet(path, way, calls.dscp, "udp", RTP_PORTS),
        packets_per_s=number / calls.packet_time_s,
        ip_bytes=round(40 + (IP_BYTES[codec] - 40) * calls.packet_time_s / PACKET_TIME_S),
        flows=number,
        burstiness=1.0,
        codec=codec,
    )


def _data_flow(  # noqa: PLR0913, PLR0917 - the sides of a flow
    kind: str,
    path: str,
    way: Direction | None,
    name: str,
    stages: tuple[Stage, ...],
    packet: Packet,
    data: Data,
) -> Flow:
    return Flow(
        kind=kind,
        path=path,
        direction=way,
        name=name,
        stages=stages,
        packet=packet,
        packets_per_s=data.bps / 8 / data.packet_bytes,
        ip_bytes=data.packet_bytes,
        flows=data.flows,
        burstiness=data.burstiness,
    )


def _packet(path: str, way: Direction, dscp: int, protocol: str, ports: tuple[int, int]) -> Packet:
    near, far = HOSTS["par"], HOSTS[PATHS[path].site]
    source, destination = (near, far) if way is Direction.FORWARD else (far, near)
    return Packet(
        dscp=dscp,
        protocol=protocol,
        source=source,
        destination=destination,
        source_ports=ports,
        destination_ports=ports,
    )


def probe_flow(  # noqa: PLR0913 - what a probe is made of
    *,
    site: str,
    way: Direction,
    name: str,
    dscp: int,
    port: int,
    ip_bytes: int,
    packets_per_s: float,
    source: str,
    target: str,
) -> Flow:
    """Return the packets of a probe operation in one direction, as an average over its cycle."""
    here, there = (source, target) if way is Direction.FORWARD else (target, source)
    packet = Packet(
        dscp=dscp,
        protocol="udp",
        source=here,
        destination=there,
        source_ports=(port, port),
        destination_ports=(port, port),
    )
    return Flow(
        kind="probe",
        path=next(path.name for path in PATHS.values() if path.site == site),
        direction=way,
        name=name,
        stages=probe_route(site, way),
        packet=packet,
        packets_per_s=packets_per_s,
        ip_bytes=ip_bytes,
        flows=1,
        burstiness=1.0,
    )


def link_stages(device: str, interface: str, side: str) -> tuple[Stage, ...]:
    """Return what the extra load of one interface passes: its queue, and the far end of the link.

    Raises:
        ValueError: if the device, the interface or the side does not exist.
    """
    if device not in NODE or interface not in {port.name for port in NODE[device].ports}:
        raise ValueError(f"there is no link {device} {interface}")
    here = Stage(step=Step.OUT if side == "out" else Step.IN, device=device, interface=interface)
    circuit, other = circuit_at(device, interface), peer(device, interface)
    if side == "out":
        if circuit is not None:
            return (here, replace(here, step=Step.CARRIER_IN))
        return (
            (here, Stage(step=Step.IN, device=other[0], interface=other[1])) if other else (here,)
        )
    if side != "in":
        raise ValueError(f"a link has the directions in and out, not {side!r}")
    if circuit is not None:
        return (replace(here, step=Step.CARRIER_OUT), here)
    if other is not None:
        return (Stage(step=Step.OUT, device=other[0], interface=other[1]), here)
    return (here,)
