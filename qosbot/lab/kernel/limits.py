"""What real senders can send: a load beyond it is refused before anything is told to them."""

from collections import defaultdict

from qosbot.lab.given import BadRequestError
from qosbot.lab.kernel.orders import LEAST_IP_BYTES, orders
from qosbot.lab.kernel.traffic.bulk import MAX_FLOWS
from qosbot.lab.load import Data, Load

MOST_OF_A_KIND = 5000
"""Packets per second, of the calls of a path or of one kind of data."""
MOST_OF_A_SENDER = 20_000
"""Packets per second; a site has one sender, and so has a router for the load of its links."""
MOST_STREAMS = 400
"""Of the data of a sender: each has a socket, as the calls have that it sends beside them."""
MOST_TCP_FLOWS = MAX_FLOWS // 2
"""Of a site: while one load takes another's place, the flows of both may be open."""


def refuse_too_much(load: Load) -> None:
    """Return if real senders can send a load.

    Raises:
        BadRequestError: if they cannot; they have been told nothing.
    """
    rates = [calls.number / calls.packet_time_s for _, calls in load.calls]
    rates += [_packets_per_s(data) for _, data in (*load.data, *load.links)]
    if max(rates, default=0.0) > MOST_OF_A_KIND:
        raise BadRequestError(f"real senders send {MOST_OF_A_KIND} packets/s of one kind at most")
    packets: defaultdict[str, float] = defaultdict(float)
    streams: defaultdict[str, float] = defaultdict(float)
    flows: defaultdict[str, float] = defaultdict(float)
    for order in orders(load, ()):
        what = dict(order.what)
        if order.program == "bulk":
            flows[order.namespace] += float(str(what["flows"]))
        else:
            packets[order.namespace] += _rate(what)
            streams[order.namespace] += what["do"] == "udp"
    for counted, most, unit in (
        (packets, MOST_OF_A_SENDER, "packets/s"),
        (streams, MOST_STREAMS, "streams of data"),
        (flows, MOST_TCP_FLOWS, "TCP flows"),
    ):
        for namespace, number in counted.items():
            if number > most:
                raise BadRequestError(
                    f"{namespace} would send {number:.0f} {unit}; real senders send {most} at most"
                )


def _packets_per_s(data: Data) -> float:
    return data.bps / 8 / max(data.packet_bytes, LEAST_IP_BYTES)


def _rate(what: dict[str, object]) -> float:
    if what["do"] == "calls":
        return 1000 / float(str(what["packet_time_ms"]))
    return float(str(what["bps"])) / 8 / float(str(what["packet_bytes"]))
