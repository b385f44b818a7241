"""Sockets that mark what they send and know when what they get arrived.

Nothing here sends beyond loopback unless it runs in a network namespace of its own.
"""

import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address
from pathlib import Path

from qosbot.lab.given import BadRequestError

RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024
LARGEST_PACKET_BYTES = 9000
MAX_DSCP = 63
ECN_BITS = 2

# asm-generic/socket.h and linux/in.h; Python 3.11 has no names for them.
_SO_RCVBUFFORCE = 33
_SO_TIMESTAMPNS = 35
_SO_RXQ_OVFL = 40
_IP_RECVTOS = 13

_TIMESPEC = struct.Struct("@qq")
_DROPS = struct.Struct("@I")
_ANCILLARY_BYTES = 3 * socket.CMSG_SPACE(_TIMESPEC.size)
_NS = 1_000_000_000
_LAST_PORT = 65535
_LONGEST_UNREAD_NS = 10 * _NS

Where = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A packet as it came."""

    octets: bytes
    source: Where
    arrived_ns: int
    """CLOCK_MONOTONIC; by the kernel, however late this process read it."""
    tos: int
    """The byte that its DSCP is the upper six bits of."""


def address_and_port(text: str) -> Where:
    """Return what `address:port` says.

    Raises:
        BadRequestError: if it says something else.
    """
    address, _, port = text.rpartition(":")
    try:
        known = str(IPv4Address(address)), int(port)
    except ValueError:
        raise BadRequestError(
            f"{text!r} is not an IPv4 address and a port, as in 10.0.0.1:16384"
        ) from None
    if not 0 <= known[1] <= _LAST_PORT:
        raise BadRequestError(f"{text!r} has a port beyond 65535")
    return known


def destination(text: str) -> Where:
    """Return where to send to, if this process may send there.

    Raises:
        BadRequestError: if it is beyond loopback and this is nobody's own network namespace.
    """
    where = address_and_port(text)
    if IPv4Address(where[0]).is_loopback or _has_own_network():
        return where
    raise BadRequestError(
        f"will not send to {where[0]} from the machine's own network; start this in a network "
        f"namespace, or send to loopback"
    )


@cache
def _has_own_network() -> bool:
    """Return whether who started this process put it into another network namespace than his.

    Whether that one is the machine's first cannot be asked: process 1 may not be looked at, by
    root either, where the machine is a sandbox.
    """
    try:
        mine, theirs = Path("/proc/self/ns/net"), Path(f"/proc/{os.getppid()}/ns/net")
        return mine.readlink() != theirs.readlink()
    except OSError:
        return False


def marked(kind: socket.SocketKind, dscp: int) -> socket.socket:
    """Return a socket of IPv4 whose packets have a DSCP; it never waits."""
    made = socket.socket(socket.AF_INET, kind)
    made.settimeout(0)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << ECN_BITS)
    return made


class StampedSocket:
    """A UDP socket whose packets have the time at which the kernel got them."""

    def __init__(self, made: socket.socket) -> None:
        """Ask the kernel for the times, and for room enough to be read late."""
        self.socket = made
        self.overflowed = 0
        """How many packets came that there was no room for: lost here, not in the network."""
        made.settimeout(0)
        made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        made.setsockopt(socket.SOL_SOCKET, _SO_RXQ_OVFL, 1)
        made.setsockopt(socket.IPPROTO_IP, _IP_RECVTOS, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        with suppress(OSError):  # beyond the machine's limit for root only
            made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)

    def arrivals(self) -> Iterator[Arrival]:
        """Yield what has come and not been read.

        Raises:
            ConnectionRefusedError: if the socket is connected and nobody listens there.
        """
        ahead_ns = time.time_ns() - time.monotonic_ns()
        while True:
            try:
                octets, ancillary, _, source = self.socket.recvmsg(
                    LARGEST_PACKET_BYTES, _ANCILLARY_BYTES
                )
            except BlockingIOError:
                return
            arrived_ns = time.monotonic_ns()
            tos = 0
            for level, kind, value in ancillary:
                if (level, kind) == (socket.IPPROTO_IP, socket.IP_TOS):
                    tos = value[0]
                if level != socket.SOL_SOCKET:
                    continue
                if kind == _SO_TIMESTAMPNS and len(value) >= _TIMESPEC.size:
                    seconds, rest_ns = _TIMESPEC.unpack_from(value)
                    stamp_ns = seconds * _NS + rest_ns - ahead_ns
                    # The kernel's stamp is in Unix time: useless across a step of that clock.
                    if arrived_ns - _LONGEST_UNREAD_NS < stamp_ns <= arrived_ns:
                        arrived_ns = stamp_ns
                elif kind == _SO_RXQ_OVFL:
                    (self.overflowed,) = _DROPS.unpack_from(value)
            yield Arrival(octets=octets, source=source, arrived_ns=arrived_ns, tos=tos)


def listening(text: str) -> StampedSocket:
    """Return a UDP socket that is bound to `address:port`.

    Raises:
        BadRequestError: if it cannot be.
    """
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.bind(address_and_port(text))
    except OSError as error:
        made.close()
        raise BadRequestError(f"cannot listen on {text}: {error.strerror}") from None
    return StampedSocket(made)
