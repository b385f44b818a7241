"""Sends the calls and the UDP data of a site: all its streams from one process."""

import heapq
import socket
import time
from collections.abc import Mapping, Sequence

from qosbot.lab.given import BadRequestError, Given
from qosbot.lab.kernel.traffic.packet import LARGEST_GROUP, LARGEST_STREAM, ssrc
from qosbot.lab.kernel.traffic.patterns import MAX_BURST_PACKETS, SHAPES, Pattern
from qosbot.lab.kernel.traffic.program import LONGEST_S, say
from qosbot.lab.kernel.traffic.sockets import (
    MAX_DSCP,
    Where,
    address_and_port,
    destination,
    marked,
)
from qosbot.lab.kernel.traffic.streams import LEAST_IP_BYTES, Route, Spec, Stream, voice

EF = 46
MAX_CALLS = 1000
_LARGEST_IP_BYTES = 1500
_MOST_BPS = 1e9
_MOST_PACKETS = 10**9
_MOST_AT_ONCE = 200
"""Then orders are read again: who sends too much must be able to be told so."""

_NS = 1e9


class Sender:
    """The streams of a site; what they are follows the orders."""

    def __init__(self, *, seed: int, max_packets_per_s: float) -> None:
        """Begin with nothing to send.

        Args:
            seed: of the phases of calls and of the patterns of data.
            max_packets_per_s: an order that would lead beyond it is refused.
        """
        self._seed = seed
        self._max_packets_per_s = max_packets_per_s
        self._slots: dict[int, list[Stream | None]] = {}
        self._numbers: dict[int, int] = {}
        self._sockets: dict[tuple[Where | None, int], socket.socket] = {}
        self._due: list[tuple[int, int, Stream]] = []
        self._most_late_ns = 0
        self._failures: dict[str, int] = {}

    def reading(self) -> Sequence[socket.socket]:
        """Return nothing: nobody answers."""
        return ()

    def writing(self) -> Sequence[socket.socket]:
        """Return nothing: what the kernel does not take at once has failed."""
        return ()

    def due_ns(self) -> int | None:
        """Return when the next packet is due."""
        return self._due[0][0] if self._due else None

    def work(self, now_ns: int, ready: Sequence[socket.socket]) -> None:
        """Send what is due."""
        del ready
        due, left = self._due, _MOST_AT_ONCE
        while left and due and due[0][0] <= now_ns:
            left -= 1
            due_ns, source, stream = due[0]
            if not stream.is_ended:
                self._most_late_ns = max(self._most_late_ns, now_ns - due_ns)
                if why := stream.send(now_ns):
                    self._failures[why] = self._failures.get(why, 0) + 1
                if stream.is_over:
                    self._end(stream)
            if stream.is_ended:
                heapq.heappop(due)
            else:
                heapq.heapreplace(due, (stream.due_ns, source, stream))
            now_ns = time.monotonic_ns()

    def obey(self, do: str, given: Given, now_ns: int) -> Mapping[str, object] | None:
        """Do what an order says."""
        if do == "report":
            given.done()
            return self._report(now_ns)
        if do not in {"calls", "udp"}:
            raise BadRequestError(f"do must be one of calls, udp, report, stop, not {do!r}")
        group = given.whole("group", None, low=0, high=LARGEST_GROUP)
        specs = _calls(given) if do == "calls" else _udp(given)
        self._check_rate(group, specs)
        route = self._route(given, EF if do == "calls" else 0) if specs else None
        given.done()
        self._set(group, specs, route, now_ns)
        return None

    def _check_rate(self, group: int, specs: Sequence[Spec | None]) -> None:
        others = [
            stream.spec
            for known, slots in self._slots.items()
            for stream in slots
            if stream is not None and known != group
        ]
        wanted = sum(spec.pattern.packets_per_s for spec in (*others, *specs) if spec is not None)
        if wanted > self._max_packets_per_s:
            raise BadRequestError(
                f"that would be {wanted:.0f} packets/s, more than the limit of "
                f"{self._max_packets_per_s:g}"
            )

    def _route(self, given: Given, dscp: int) -> Route:
        to = destination(given.text("to"))
        dscp = given.whole("dscp", dscp, low=0, high=MAX_DSCP)
        text = given.text("source", "")
        source = address_and_port(text) if text else None
        return Route(to=to, through=self._socket(source, dscp))

    def _socket(self, source: Where | None, dscp: int) -> socket.socket:
        if (source, dscp) in self._sockets:
            return self._sockets[source, dscp]
        made = marked(socket.SOCK_DGRAM, dscp)
        if source is not None:
            # A change of the marking needs a second socket with the same address for a while.
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            try:
                made.bind(source)
            except OSError as error:
                made.close()
                raise BadRequestError(
                    f"cannot send from {source[0]}:{source[1]}: {error.strerror}"
                ) from None
        self._sockets[source, dscp] = made
        return made

    def _set(
        self, group: int, specs: Sequence[Spec | None], route: Route | None, now_ns: int
    ) -> None:
        """Make a group's streams those; a stream whose spec is as it was goes on."""
        old = self._slots.pop(group, [])
        new: list[Stream | None] = []
        for slot in range(max(len(old), len(specs))):
            spec = specs[slot] if slot < len(specs) else None
            stream = old[slot] if slot < len(old) else None
            if stream is not None and (stream.is_ended or stream.spec != spec):
                self._end(stream)
                stream = None
            if stream is not None and route is not None:
                stream.route = route
            elif spec is not None and route is not None:
                stream = self._begin(group, slot, spec, route, now_ns)
            new.append(stream)
        if specs:
            self._slots[group] = new[: len(specs)]

    def _begin(self, group: int, slot: int, spec: Spec, route: Route, now_ns: int) -> Stream:
        number = self._numbers.get(group, 0)
        self._numbers[group] = (number + 1) & LARGEST_STREAM
        # By slot: a call that follows another in its slot keeps the phase.
        seed = f"{self._seed} {group} {slot}"
        stream = Stream(ssrc(group, number), spec, route, seed=seed, began_ns=now_ns)
        heapq.heappush(self._due, (stream.due_ns, stream.ssrc, stream))
        return stream

    def _end(self, stream: Stream) -> None:
        if not stream.is_ended:
            stream.is_ended = True
            say({"event": "ended", **stream.account()})

    def _report(self, now_ns: int) -> dict[str, object]:
        streams = [
            stream.account()
            for _, slots in sorted(self._slots.items())
            for stream in slots
            if stream is not None and not stream.is_ended
        ]
        late_s, self._most_late_ns = self._most_late_ns / _NS, 0
        return {
            "event": "report",
            "at_ns": now_ns,
            "streams": streams,
            "most_late_s": late_s,
            "failures": dict(self._failures),
        }


def _calls(given: Given) -> tuple[Spec | None, ...]:
    """Return one direction of each call; None where none came up."""
    packet_time_s = given.number("packet_time_ms", 20, low=10, high=100) / 1000
    codecs = given.texts("codecs")
    if len(codecs) > MAX_CALLS:
        raise BadRequestError(f"{len(codecs)} calls are more than the limit of {MAX_CALLS}")
    return tuple(voice(codec, packet_time_s) if codec else None for codec in codecs)


def _udp(given: Given) -> tuple[Spec, ...]:
    bps = given.number("bps", None, low=0, high=_MOST_BPS)
    ip_bytes = given.whole("packet_bytes", 800, low=LEAST_IP_BYTES, high=_LARGEST_IP_BYTES)
    shape = given.choice("shape", SHAPES, "steady")
    burstiness = given.number("burstiness", 1, low=1, high=2 * MAX_BURST_PACKETS)
    burst_packets = given.whole("burst_packets", 1, low=1, high=MAX_BURST_PACKETS)
    on_s = given.number("on_s", 1, low=0.001, high=LONGEST_S)
    off_s = given.number("off_s", 1, low=0, high=LONGEST_S)
    packets = given.whole("packets", _MOST_PACKETS, low=1, high=_MOST_PACKETS)
    seconds = given.number("seconds", LONGEST_S, low=0, high=LONGEST_S)
    if not bps:
        return ()
    pattern = Pattern(
        packets_per_s=bps / 8 / ip_bytes,
        shape=shape,
        burstiness=burstiness,
        burst_packets=burst_packets,
        on_s=on_s,
        off_s=off_s,
    )
    return (Spec(pattern=pattern, ip_bytes=ip_bytes, packets=packets, seconds=seconds),)
