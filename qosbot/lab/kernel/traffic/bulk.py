"""Bulk data: TCP flows that send all that the network takes, within limits."""

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qosbot.lab.given import BadRequestError, Given
from qosbot.lab.kernel.traffic.packet import LARGEST_GROUP
from qosbot.lab.kernel.traffic.program import LONGEST_S, say
from qosbot.lab.kernel.traffic.sockets import MAX_DSCP, Where, destination, marked

MAX_FLOWS = 100
MAX_BPS = 1e8
"""Of a group: nothing is ever sent unbounded, as a lab may share its machine."""

_SO_MAX_PACING_RATE = 47
_CHUNK = bytes(16384)
_MOST_BYTES = 2**50
_AGAIN_AFTER_NS = 1_000_000_000
_NS = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """What a group of flows does."""

    to: Where
    dscp: int
    flows: int
    bps: float
    """Of all its flows together, at most; TCP finds out how much of it there is."""
    octets: int
    seconds: float
    source: str = ""


class Flow:
    """A TCP connection that sends; one that breaks is made again a second later."""

    def __init__(self, bulk: Bulk, now_ns: int) -> None:
        """Connect."""
        self._bulk = bulk
        self.socket: socket.socket | None = None
        self.again_ns = now_ns
        self.octets = 0
        self.broken = 0
        self.connect(now_ns)

    def connect(self, now_ns: int) -> None:
        """Begin to connect; whether it works shows when it can be written."""
        made = marked(socket.SOCK_STREAM, self._bulk.dscp)
        # TCP paces by itself; no queueing discipline has to know about it.
        pace = max(int(self._bulk.bps / 8 / self._bulk.flows), 1)
        made.setsockopt(socket.SOL_SOCKET, _SO_MAX_PACING_RATE, pace)
        try:
            if self._bulk.source:
                made.bind((self._bulk.source, 0))
            made.connect(self._bulk.to)
        except BlockingIOError:
            self.socket = made
        except OSError:
            made.close()
            self._break(now_ns)
        else:
            self.socket = made

    def _break(self, now_ns: int) -> None:
        self.broken += 1
        self.again_ns = now_ns + _AGAIN_AFTER_NS
        self.socket = None

    def write(self, now_ns: int, left: int) -> None:
        """Send what the kernel takes, and no more bytes than are left."""
        if self.socket is None or left <= 0:
            return
        try:
            self.octets += self.socket.send(_CHUNK[:left])
        except BlockingIOError:
            return
        except OSError:
            self.socket.close()
            self._break(now_ns)

    def close(self) -> None:
        """End the flow; the kernel still sends what it took."""
        if self.socket is not None:
            self.socket.close()
            self.socket = None


class _Group:
    def __init__(self, bulk: Bulk, now_ns: int) -> None:
        self.bulk = bulk
        self.began_ns = now_ns
        self.flows = [Flow(bulk, now_ns) for _ in range(bulk.flows)]

    def octets(self) -> int:
        return sum(flow.octets for flow in self.flows)

    def is_over(self, now_ns: int) -> bool:
        age_s = (now_ns - self.began_ns) / _NS
        return age_s >= self.bulk.seconds or self.octets() >= self.bulk.octets

    def close(self) -> None:
        for flow in self.flows:
            flow.close()


class BulkSender:
    """The TCP flows of a site, by group."""

    def __init__(self) -> None:
        """Begin with nothing to send."""
        self._groups: dict[int, _Group] = {}

    def reading(self) -> Sequence[socket.socket]:
        """Return nothing: a sink does not answer."""
        return ()

    def writing(self) -> Sequence[socket.socket]:
        """Return the connected sockets."""
        return [
            flow.socket
            for group in self._groups.values()
            for flow in group.flows
            if flow.socket is not None
        ]

    def due_ns(self) -> int | None:
        """Return when to connect again, or to end."""
        moments = [
            flow.again_ns
            for group in self._groups.values()
            for flow in group.flows
            if flow.socket is None
        ]
        ends = [group.began_ns + round(group.bulk.seconds * _NS) for group in self._groups.values()]
        return min([*moments, *ends], default=None)

    def work(self, now_ns: int, ready: Sequence[socket.socket]) -> None:
        """Send on what is ready, and end what is over."""
        writable = set(ready)
        for number, group in list(self._groups.items()):
            for flow in group.flows:
                if flow.socket in writable:
                    flow.write(now_ns, group.bulk.octets - group.octets())
                elif flow.socket is None and now_ns >= flow.again_ns:
                    flow.connect(now_ns)
            if group.is_over(now_ns):
                self._end(number, now_ns)

    def _end(self, number: int, now_ns: int) -> None:
        group = self._groups.pop(number, None)
        if group is not None:
            group.close()
            say({"event": "ended", **_account(number, group, now_ns)})

    def obey(self, do: str, given: Given, now_ns: int) -> Mapping[str, object] | None:
        """Do what an order says."""
        if do == "report":
            given.done()
            known = [_account(number, group, now_ns) for number, group in self._groups.items()]
            return {"event": "report", "at_ns": now_ns, "groups": known}
        if do != "tcp":
            raise BadRequestError(f"do must be one of tcp, report, stop, not {do!r}")
        number = given.whole("group", None, low=0, high=LARGEST_GROUP)
        flows = given.whole("flows", 1, low=0, high=MAX_FLOWS)
        bulk = _bulk(given, flows) if flows else None
        given.done()
        others = sum(group.bulk.flows for known, group in self._groups.items() if known != number)
        if others + flows > MAX_FLOWS:
            raise BadRequestError(f"{others + flows} flows are more than the limit of {MAX_FLOWS}")
        if bulk is not None and number in self._groups and self._groups[number].bulk == bulk:
            return None
        self._end(number, now_ns)
        if bulk is not None:
            self._groups[number] = _Group(bulk, now_ns)
        return None


def _bulk(given: Given, flows: int) -> Bulk:
    return Bulk(
        to=destination(given.text("to")),
        dscp=given.whole("dscp", 0, low=0, high=MAX_DSCP),
        flows=flows,
        bps=given.number("bps", MAX_BPS, low=8, high=MAX_BPS),
        octets=given.whole("bytes", _MOST_BYTES, low=1, high=_MOST_BYTES),
        seconds=given.number("seconds", LONGEST_S, low=0, high=LONGEST_S),
        source=given.text("source", ""),
    )


def _account(number: int, group: _Group, now_ns: int) -> dict[str, object]:
    return {
        "group": number,
        "seconds": (now_ns - group.began_ns) / _NS,
        "bytes": group.octets(),
        "open": sum(flow.socket is not None for flow in group.flows),
        "broken": sum(flow.broken for flow in group.flows),
    }
