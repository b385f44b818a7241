"""Answers the packets of UDP jitter operations, with when each came and how many came before."""

import socket
import time
from collections.abc import Mapping, Sequence

from qosbot.lab.given import BadRequestError, Given
from qosbot.lab.kernel.traffic.jitter_run import REQUEST
from qosbot.lab.kernel.traffic.sockets import Arrival, StampedSocket, Where

RUNS_KEPT = 1000


class Responder:
    """The sockets of a device's responder."""

    def __init__(self, sockets: Sequence[StampedSocket]) -> None:
        """Begin to answer."""
        self._sockets = {known.socket: known for known in sockets}
        self._counted: dict[tuple[Where, int], int] = {}
        self._tos: dict[socket.socket, int] = {}
        self._answered = 0

    def reading(self) -> Sequence[socket.socket]:
        """Return the sockets."""
        return tuple(self._sockets)

    def writing(self) -> Sequence[socket.socket]:
        """Return nothing: an answer that the kernel does not take is lost on its way."""
        return ()

    def due_ns(self) -> int | None:
        """Return None: it only answers."""
        return None

    def work(self, now_ns: int, ready: Sequence[socket.socket]) -> None:
        """Answer what has come."""
        del now_ns
        for known in ready:
            for arrival in self._sockets[known].arrivals():
                if len(arrival.octets) >= REQUEST.size:
                    self._answer(known, arrival)

    def _answer(self, through: socket.socket, arrival: Arrival) -> None:
        token, number, _, sent_ns, _, _ = REQUEST.unpack_from(arrival.octets)
        run = (arrival.source, token)
        counted = self._counted.pop(run, 0) + 1
        self._counted[run] = counted
        if len(self._counted) > RUNS_KEPT:
            del self._counted[next(iter(self._counted))]
        if self._tos.get(through) != arrival.tos:
            # An answer is marked as what it answers, as IP SLA's responder marks it.
            through.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, arrival.tos)
            self._tos[through] = arrival.tos
        answer = bytearray(arrival.octets)
        turned_ns = time.monotonic_ns() - arrival.arrived_ns
        REQUEST.pack_into(answer, 0, token, number, counted, sent_ns, arrival.arrived_ns, turned_ns)
        try:
            through.sendto(answer, arrival.source)
        except OSError:
            return
        self._answered += 1

    def obey(self, do: str, given: Given, now_ns: int) -> Mapping[str, object] | None:
        """Do what an order says."""
        if do != "show":
            raise BadRequestError(f"do must be one of show, stop, not {do!r}")
        given.done()
        return {"event": "shown", "at_ns": now_ns, "answered": self._answered}
