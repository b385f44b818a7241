"""Receives calls and UDP data and keeps the record of them: the ground truth of the lab."""

import socket
import time
from collections.abc import Mapping, Sequence

from qosbot.lab.given import BadRequestError, Given
from qosbot.lab.kernel.traffic.packet import (
    LARGEST_GROUP,
    LARGEST_STREAM,
    UDP_IP_BYTES,
    read_packet,
    ssrc,
)
from qosbot.lab.kernel.traffic.program import say
from qosbot.lab.kernel.traffic.records import Records, Told
from qosbot.lab.kernel.traffic.sockets import ECN_BITS, StampedSocket

_NS = 1_000_000_000
_LARGEST_COUNT = 2**32 - 1
_READ_EVERY_NS = 5_000_000
"""The kernel says when a packet came, so packets may be read together: fewer wake-ups."""


class Receiver:
    """The sockets of a site and the record of what comes in by them."""

    def __init__(self, sockets: Sequence[StampedSocket], *, grace_s: float, every_s: float) -> None:
        """Begin to listen.

        Args:
            sockets: where to listen.
            grace_s: how long a missing packet may still come.
            every_s: how long a window is; each is printed.
        """
        self._sockets = {known.socket: known for known in sockets}
        now_ns = time.monotonic_ns()
        self._records = Records(listening_since_ns=now_ns, grace_ns=round(grace_s * _NS))
        self._every_ns = round(every_s * _NS)
        self._window_ns = now_ns - now_ns % self._every_ns + self._every_ns
        self._read_ns = now_ns
        self._is_busy = False
        self._strange = 0

    def reading(self) -> Sequence[socket.socket]:
        """Return the sockets after a silence; else they are read at moments, not by the packet."""
        return () if self._is_busy else tuple(self._sockets)

    def writing(self) -> Sequence[socket.socket]:
        """Return nothing: nothing is sent."""
        return ()

    def due_ns(self) -> int | None:
        """Return when to read next."""
        return min(self._read_ns, self._window_ns) if self._is_busy else self._window_ns

    def work(self, now_ns: int, ready: Sequence[socket.socket]) -> None:
        """Read what has come, and end the window that is over."""
        del ready
        self._is_busy = False
        for known in self._sockets.values():
            for arrival in known.arrivals():
                self._is_busy = True
                packet = read_packet(arrival.octets)
                if packet is None:
                    self._strange += 1
                else:
                    self._records.arrived(
                        packet,
                        arrival.arrived_ns,
                        ip_bytes=len(arrival.octets) + UDP_IP_BYTES,
                        dscp=arrival.tos >> ECN_BITS,
                    )
        self._read_ns = now_ns + _READ_EVERY_NS
        if now_ns >= self._window_ns:
            self._window_ns += self._every_ns
            for line in self._records.close_window(now_ns):
                say(line)

    def obey(self, do: str, given: Given, now_ns: int) -> Mapping[str, object] | None:
        """Do what an order says."""
        if do == "sent":
            told = [_told(known) for known in given.objects("streams")]
            given.done()
            for known in told:
                self._records.told(known, now_ns)
            return None
        if do != "show":
            raise BadRequestError(f"do must be one of sent, show, stop, not {do!r}")
        given.done()
        groups, streams = self._records.show()
        return {
            "event": "shown",
            "at_ns": now_ns,
            "groups": groups,
            "streams": streams,
            "overflowed": sum(known.overflowed for known in self._sockets.values()),
            "strange": self._strange,
        }


def _told(given: Given) -> Told:
    """Return what a line of a sender says; what the receiver has no use for is not looked at."""
    return Told(
        ssrc=ssrc(
            given.whole("group", None, low=0, high=LARGEST_GROUP),
            given.whole("stream", None, low=0, high=LARGEST_STREAM),
        ),
        began_ns=given.whole("began_ns", None, low=0, high=2**62),
        sent=given.whole("sent", None, low=0, high=_LARGEST_COUNT),
        is_ended=given.text("event", "") == "ended",
    )
