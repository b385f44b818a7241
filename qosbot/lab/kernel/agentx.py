"""AgentX (RFC 2741): what a subagent and net-snmp's master say to each other, as bytes."""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum

from qosbot.lab.mib import Oid, Syntax, Value

_HEADER = struct.Struct("!BBBxIIII")
HEADER_BYTES = _HEADER.size
_NETWORK_ORDER = 0x10
_HAS_CONTEXT = 0x08
_INTERNET: Oid = (1, 3, 6, 1)
_OPEN_TIMEOUT_S = 10


class Kind(IntEnum):
    """What a message is."""

    OPEN = 1
    CLOSE = 2
    REGISTER = 3
    GET = 5
    GET_NEXT = 6
    GET_BULK = 7
    TEST_SET = 8
    COMMIT_SET = 9
    UNDO_SET = 10
    CLEANUP_SET = 11
    PING = 13
    RESPONSE = 18


NOT_WRITABLE = 17
"""The error of a set: nothing here can be written."""

GENERAL_ERROR = 5
"""The error of whatever cannot be read now."""

NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_VIEW = 128, 129, 130

_TYPES = {
    Syntax.INTEGER: 2,
    Syntax.OCTETS: 4,
    Syntax.OID: 6,
    Syntax.COUNTER32: 65,
    Syntax.GAUGE: 66,
    Syntax.TICKS: 67,
    Syntax.COUNTER64: 70,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message without its payload."""

    kind: int
    flags: int
    session: int
    transaction: int
    packet: int
    payload_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """One range that is searched: from `start` up to, and without, `end`."""

    start: Oid
    includes_start: bool
    end: Oid
    """Empty: to the end of everything."""


Bound = tuple[Oid, Value | int]
"""A name with its value, or with the number that says why there is none."""


def header(data: bytes) -> Message:
    """Return what the twenty bytes before a payload say.

    Raises:
        ValueError: if it is another version, or not in network byte order, which we ask for.
    """
    version, kind, flags, session, transaction, packet, size = _HEADER.unpack(data)
    if version != 1 or not flags & _NETWORK_ORDER:
        raise ValueError("the master speaks another AgentX")
    return Message(
        kind=kind,
        flags=flags,
        session=session,
        transaction=transaction,
        packet=packet,
        payload_bytes=size,
    )


def message(kind: Kind, session: int, transaction: int, packet: int, payload: bytes) -> bytes:
    """Return a message."""
    head = _HEADER.pack(1, kind, _NETWORK_ORDER, session, transaction, packet, len(payload))
    return head + payload


def open_payload(description: str) -> bytes:
    """Return what opens a session."""
    return struct.pack("!Bxxx", _OPEN_TIMEOUT_S) + _oid(()) + _octets(description.encode())


def register_payload(subtree: Oid, priority: int) -> bytes:
    """Return what registers a subtree; the lower priority answers where two have the same."""
    return struct.pack("!BBBx", 0, priority, 0) + _oid(subtree)


def response_payload(bounds: Sequence[Bound], error: int = 0, index: int = 0) -> bytes:
    """Return an answer."""
    payload = struct.pack("!IHH", 0, error, index)
    return payload + b"".join(_bound(name, value) for name, value in bounds)


def response_error(payload: bytes) -> int:
    """Return the error of the master's answer; 0 is none."""
    error: int = struct.unpack_from("!IHH", payload)[1]
    return error


def searches(head: Message, payload: bytes) -> tuple[list[Search], int, int]:
    """Return the ranges of a get, and of a bulk request the non-repeaters and repetitions."""
    at = 0
    if head.flags & _HAS_CONTEXT:
        (size,) = struct.unpack_from("!I", payload)
        at = 4 + size + -size % 4
    non_repeaters = repetitions = 0
    if head.kind == Kind.GET_BULK:
        non_repeaters, repetitions = struct.unpack_from("!HH", payload, at)
        at += 4
    return list(_ranges(payload, at)), non_repeaters, repetitions


def _ranges(payload: bytes, at: int) -> Iterator[Search]:
    while at < len(payload):
        start, includes, at = _read_oid(payload, at)
        end, _, at = _read_oid(payload, at)
        yield Search(start=start, includes_start=includes, end=end)


def _read_oid(payload: bytes, at: int) -> tuple[Oid, bool, int]:
    count, prefix, includes = struct.unpack_from("!BBBx", payload, at)
    rest = struct.unpack_from(f"!{count}I", payload, at + 4)
    name = (*_INTERNET, prefix, *rest) if prefix else rest
    return name, bool(includes), at + 4 + 4 * count


def _oid(name: Oid) -> bytes:
    return struct.pack(f"!BBBx{len(name)}I", len(name), 0, 0, *name)


def _octets(content: bytes) -> bytes:
    return struct.pack("!I", len(content)) + content + bytes(-len(content) % 4)


def _bound(name: Oid, value: Value | int) -> bytes:
    if isinstance(value, int):
        return struct.pack("!Hxx", value) + _oid(name)
    return struct.pack("!Hxx", _TYPES[value.syntax]) + _oid(name) + _content(value)


def _content(value: Value) -> bytes:
    raw = value.raw
    if isinstance(raw, bytes):
        return _octets(raw)
    if isinstance(raw, tuple):
        return _oid(raw)
    if value.syntax is Syntax.INTEGER:
        return struct.pack("!i", raw)
    return struct.pack("!Q" if value.syntax is Syntax.COUNTER64 else "!I", raw)
