"""Asking the kernel for its counters in its own words: netlink requests and the attributes in them.

`ip`, `tc` and `nft` say the same, but starting them for each request of an agent takes longer than
the counters may be old, and most of a processor.
"""

import os
import socket
import struct
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import chain
from typing import Protocol

from qosbot.lab.kernel.namespaces import KernelError

_HEADER = struct.Struct("=IHHII")
"""Length, type, flags, sequence and port."""
_CODE = struct.Struct("=i")
"""Of an error and of the end of a dump: a negative error number."""
_ATTRIBUTE = struct.Struct("=HH")
_REQUEST_DUMP = 0x001 | 0x300
_INTERRUPTED = 0x010
_ERROR, _DONE = 2, 3
_TYPE_MASK = 0x3FFF
_READ_BYTES = 262_144
_WITHIN_S = 5.0
_TRIES = 10

NETFILTER = 12
"""The family of nftables; `socket` has no name for it."""


class Inside(Protocol):
    """Where sockets are made; a `Namespace`."""

    name: str

    def entered(self) -> AbstractContextManager[None]:
        """Let this thread make sockets there."""
        ...


class Netlink:
    """A socket of one family in a namespace; for one thread at a time."""

    def __init__(self, inside: Inside, family: int) -> None:
        self._name = inside.name
        self._sequence = 0
        with inside.entered():
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family)
        self._socket.settimeout(_WITHIN_S)
        self._socket.bind((0, 0))

    def dump(self, kind: int, request: bytes) -> list[bytes]:
        """Return the payload of everything of a kind.

        Args:
            kind: the type of the request.
            request: its payload.

        Raises:
            KernelError: if the kernel refuses, or things move all the time.
        """
        for _ in range(_TRIES):
            self._sequence += 1
            size = _HEADER.size + len(request)
            head = _HEADER.pack(size, kind, _REQUEST_DUMP, self._sequence, 0)
            try:
                self._socket.send(head + request)
                found = collected(iter(self._read, None), self._sequence)
            except OSError as error:
                raise KernelError(f"{self._name}: counters cannot be read: {error}") from None
            if found is not None:
                return found
        raise KernelError(f"{self._name}: counters cannot be read: they change all the time")

    def _read(self) -> bytes:
        return self._socket.recv(_READ_BYTES)

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()


def collected(datagrams: Iterable[bytes], sequence: int) -> list[bytes] | None:
    """Return the answers to a request; None: something was changed in between.

    What came late of an earlier request is passed over.

    Raises:
        OSError: if the kernel refuses, at once or on its way.
    """
    found: list[bytes] = []
    is_whole = True
    for kind, flags, answers, payload in chain.from_iterable(map(_messages, datagrams)):
        if answers != sequence:
            continue
        is_whole = is_whole and not flags & _INTERRUPTED
        code = _CODE.unpack_from(payload)[0] if kind in {_ERROR, _DONE} else 0
        if code < 0:
            raise OSError(-code, os.strerror(-code).lower())
        if kind == _DONE:
            return found if is_whole else None
        if kind != _ERROR:
            found.append(payload)
    return None


def _messages(octets: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    at = 0
    while at + _HEADER.size <= len(octets):
        size, kind, flags, sequence, _ = _HEADER.unpack_from(octets, at)
        if size < _HEADER.size:
            return
        yield kind, flags, sequence, octets[at + _HEADER.size : at + size]
        at += _aligned(size)


def attributes(octets: bytes) -> Mapping[int, bytes]:
    """Return attributes by their type; of several of one type the last."""
    found: dict[int, bytes] = {}
    at = 0
    while at + _ATTRIBUTE.size <= len(octets):
        size, kind = _ATTRIBUTE.unpack_from(octets, at)
        if size < _ATTRIBUTE.size:
            break
        found[kind & _TYPE_MASK] = octets[at + _ATTRIBUTE.size : at + size]
        at += _aligned(size)
    return found


def text_of(octets: bytes) -> str:
    """Return a name, which ends with a zero."""
    return octets.rstrip(b"\0").decode("ascii")


def _aligned(size: int) -> int:
    return (size + 3) & ~3
