"""What the senders are told: pure, a load and its calls in, orders out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from qosbot.lab.calls import Talk
from qosbot.lab.kernel.wiring import host, sink
from qosbot.lab.load import HOSTS, MICROBURSTS, TCP, Data, Load
from qosbot.lab.topology import PATHS, Direction

VOICE_PORT, DATA_PORT = 16384, 5001
_FIRST_TCP_PORT = 5101
_MOST_TCP_FLOWS = 8
"""Of one kind of data: a site's program has a limit over all."""
_FIRST_CALL_SOURCE, _FIRST_DATA_SOURCE = 16386, 40000
_MOST_TUPLES = 8
"""Into how many source ports the flows of one kind of data are gathered."""
LEAST_IP_BYTES = 64
_MOST_CALLS = 256
"""How many calls of a path have a source port of their own."""

_MOST_NUMBERS = 3000
"""Of kinds of data: then source ports are used again."""
_LEAST_BPS = 8.0
"""Of a kind of data: less than this no sender takes for a rate."""

FlowKey = tuple[str, ...]
"""`voice`, path and direction; `data`, path, direction and name; or `link` and a link's key."""


class Numbers:
    """Gives each kind of data a number that it keeps, whatever comes and goes beside it."""

    def __init__(self) -> None:
        self._known: dict[FlowKey, int] = {}

    def of(self, flow: FlowKey) -> int:
        """Return the number of a flow."""
        return self._known.setdefault(flow, len(self._known)) % _MOST_NUMBERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the sender in a namespace is told of one stream or set of calls."""

    namespace: str
    flow: FlowKey
    part: int
    """Which of the flow's source ports."""
    what: tuple[tuple[str, object], ...]
    """The order but for its group."""
    stop: tuple[tuple[str, object], ...]
    """What ends it."""
    program: str = "sender"
    sink: tuple[str, str] | None = None
    """For TCP: the namespace where it ends, and the address and port there."""

    @property
    def key(self) -> "OrderKey":
        """Return what a later order must have to take this one's place.

        Data that becomes TCP is sent by another program: what it was has to be stopped.
        """
        return self.flow, self.part, self.program


OrderKey = tuple[FlowKey, int, str]


def orders(load: Load, talk: Talk, numbers: Numbers | None = None) -> Iterator[Order]:
    """Yield everything that is to be sent.

    Args:
        load: what people have said.
        talk: the calls whose codec a gateway decides on, by path and slot.
        numbers: of the data, on which its ports depend; in the order of the load if none is given.
    """
    numbers = numbers or Numbers()
    for path, calls in load.calls:
        number = list(PATHS).index(path)
        codecs = list(dict(talk).get(path, (calls.codec or PATHS[path].codec,) * calls.number))
        for way in Direction:
            near, far = _ends(path, way)
            for slot, codec in enumerate(codecs):
                # Each call has a port of its own: a fair queue must see as many flows as calls.
                port = _FIRST_CALL_SOURCE + 2 * (number * _MOST_CALLS + slot % _MOST_CALLS)
                yield Order(
                    namespace=host(near),
                    flow=("voice", path, way.value),
                    part=slot,
                    what=(
                        ("do", "calls"),
                        ("to", f"{HOSTS[far]}:{VOICE_PORT}"),
                        ("source", f"{HOSTS[near]}:{port}"),
                        ("codecs", (codec,)),
                        ("dscp", calls.dscp),
                        ("packet_time_ms", calls.packet_time_s * 1000),
                    ),
                    stop=(("do", "calls"), ("codecs", ())),
                )
    for (path, way, name), data in load.data:
        near, far = _ends(path, way)
        known: FlowKey = ("data", path, way.value, name)
        at = numbers.of(known)
        if data.shape == TCP:
            yield _tcp(known, near, far, data, at)
            continue
        yield from _data(host(near), known, HOSTS[near], HOSTS[far], data, at)
    for (device, interface, side, name), data in load.links:
        namespace, target = sink(device, interface)[side]
        known = ("link", device, interface, side, name)
        yield from _data(namespace, known, "", target, data, 0)


def _ends(path: str, way: Direction) -> tuple[str, str]:
    site = PATHS[path].site
    return ("par", site) if way is Direction.FORWARD else (site, "par")


def _data(  # noqa: PLR0913, PLR0917 - the sides of a flow
    namespace: str, flow: FlowKey, source: str, target: str, data: Data, at: int
) -> Iterator[Order]:
    parts = max(min(data.flows, _MOST_TUPLES), 1)
    to = ("to", f"{target}:{DATA_PORT}")
    for part in range(parts):
        what: Mapping[str, object] = {
            "do": "udp",
            "bps": max(data.bps / parts, _LEAST_BPS),
            "packet_bytes": max(data.packet_bytes, LEAST_IP_BYTES),
            "dscp": data.dscp,
            **_shape(data),
        }
        port = _FIRST_DATA_SOURCE + _MOST_TUPLES * at + part
        bound = (("source", f"{source}:{port}"),) if source else ()
        yield Order(
            namespace=namespace,
            flow=flow,
            part=part,
            what=(to, *bound, *what.items()),
            stop=(("do", "udp"), ("bps", 0)),
        )


def _shape(data: Data) -> Mapping[str, object]:
    if data.shape == MICROBURSTS:
        return {"shape": "bursts", "burst_packets": data.burst_packets}
    return {"shape": "random", "burstiness": max(data.burstiness, 1.0)}


def _tcp(flow: FlowKey, near: str, far: str, data: Data, at: int) -> Order:
    target = f"{HOSTS[far]}:{_FIRST_TCP_PORT + at}"
    return Order(
        namespace=host(near),
        flow=flow,
        part=0,
        what=(
            ("do", "tcp"),
            ("to", target),
            ("source", HOSTS[near]),
            ("flows", min(data.flows, _MOST_TCP_FLOWS)),
            ("bps", max(data.bps, _LEAST_BPS)),
            ("dscp", data.dscp),
        ),
        stop=(("do", "tcp"), ("flows", 0)),
        program="bulk",
        sink=(host(far), target),
    )
