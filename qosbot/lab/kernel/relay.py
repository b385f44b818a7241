"""From a UDP port on loopback to one inside a namespace: the way in adds nothing to the machine.

A socket stays in the namespace where it was made, whoever uses it, so one process can hold both.
"""

import asyncio
import socket
from collections import OrderedDict, deque
from typing import Any

from qosbot.lab.kernel.namespaces import Namespace

_TARGET = ("127.0.0.1", 161)
_CLIENTS_KEPT = 64
_LARGEST = 65535
_MOST_HELD = 64

Address = tuple[str, int]


class Relay:
    """Carries datagrams; each client has its own socket inside."""

    def __init__(self, inside: Namespace, target: Address = _TARGET) -> None:
        self._inside = inside
        self._target = target
        self._clients: OrderedDict[Address, socket.socket] = OrderedDict()
        self._outside: asyncio.DatagramTransport | None = None
        self._held: deque[tuple[bytes, Address]] | None = None
        self.is_silent = False
        """Whether what arrives is left alone; the port stays bound."""

    async def listen(self, sock: socket.socket) -> None:
        """Carry what comes to a bound socket."""
        loop = asyncio.get_running_loop()
        self._outside, _ = await loop.create_datagram_endpoint(lambda: _Door(self), sock=sock)

    def hold(self) -> None:
        """Keep what arrives until who answers inside is there again."""
        if self._held is None:
            self._held = deque(maxlen=_MOST_HELD)

    def release(self) -> None:
        """Send inside what was held, and go on."""
        held, self._held = self._held, None
        for data, client in held or ():
            self.carry_in(data, client)

    def carry_in(self, data: bytes, client: Address) -> None:
        """Send a client's datagram inside."""
        if self.is_silent:
            return
        if self._held is not None:
            self._held.append((data, client))
            return
        own = self._clients.get(client)
        if own is None:
            own = self._socket(client)
        self._clients.move_to_end(client)
        try:
            own.send(data)
        except OSError:
            # Nobody listens inside now, or its buffer is full; UDP may lose it.
            return

    def _socket(self, client: Address) -> socket.socket:
        own = self._inside.udp_socket()
        own.connect(self._target)
        self._clients[client] = own
        asyncio.get_running_loop().add_reader(own, self._carry_out, own, client)
        if len(self._clients) > _CLIENTS_KEPT:
            _, oldest = self._clients.popitem(last=False)
            self._drop(oldest)
        return own

    def _carry_out(self, own: socket.socket, client: Address) -> None:
        try:
            data = own.recv(_LARGEST)
        except OSError:
            return
        if self._outside is not None and not self.is_silent:
            self._outside.sendto(data, client)

    @staticmethod
    def _drop(own: socket.socket) -> None:
        asyncio.get_running_loop().remove_reader(own)
        own.close()

    def close(self) -> None:
        """Carry nothing any more."""
        if self._outside is not None:
            self._outside.close()
        for own in self._clients.values():
            self._drop(own)
        self._clients.clear()


class _Door(asyncio.DatagramProtocol):
    """The end on loopback."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ANN401 - asyncio's own signature
        self._relay.carry_in(data, addr)
