"""Takes the bulk data of TCP flows, counts it and throws it away."""

import socket
from collections.abc import Mapping, Sequence

from qosbot.lab.given import BadRequestError, Given
from qosbot.lab.kernel.traffic.sockets import address_and_port

MAX_CONNECTIONS = 500
_READ_BYTES = 65536


class Sink:
    """The listening sockets of a site and the connections that came in."""

    def __init__(self, listeners: Sequence[socket.socket]) -> None:
        """Begin to accept."""
        self._listeners = tuple(listeners)
        self._connections: dict[socket.socket, str] = {}
        self._octets: dict[str, int] = {}

    def reading(self) -> Sequence[socket.socket]:
        """Return everything that may have something."""
        return (*self._listeners, *self._connections)

    def writing(self) -> Sequence[socket.socket]:
        """Return nothing: a sink does not answer."""
        return ()

    def due_ns(self) -> int | None:
        """Return None: it only takes."""
        return None

    def work(self, now_ns: int, ready: Sequence[socket.socket]) -> None:
        """Accept and read what is ready."""
        del now_ns
        for known in ready:
            if known in self._connections:
                self._read(known)
            else:
                self._accept(known)

    def _accept(self, listener: socket.socket) -> None:
        try:
            made, (address, _) = listener.accept()
        except OSError:
            return
        if len(self._connections) >= MAX_CONNECTIONS:
            made.close()
            return
        made.settimeout(0)
        self._connections[made] = address

    def _read(self, known: socket.socket) -> None:
        try:
            octets = known.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            octets = b""
        if octets:
            address = self._connections[known]
            self._octets[address] = self._octets.get(address, 0) + len(octets)
        else:
            del self._connections[known]
            known.close()

    def obey(self, do: str, given: Given, now_ns: int) -> Mapping[str, object] | None:
        """Do what an order says."""
        if do != "show":
            raise BadRequestError(f"do must be one of show, stop, not {do!r}")
        given.done()
        return {
            "event": "shown",
            "at_ns": now_ns,
            "connections": len(self._connections),
            "bytes": dict(self._octets),
        }


def listening_for_tcp(text: str) -> socket.socket:
    """Return a listening TCP socket on `address:port`.

    Raises:
        BadRequestError: if there cannot be one.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address_and_port(text))
        made.listen()
    except OSError as error:
        made.close()
        raise BadRequestError(f"cannot listen on {text}: {error.strerror}") from None
    made.settimeout(0)
    return made
