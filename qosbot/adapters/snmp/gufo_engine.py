"""The default engine: gufo_snmp, whose codec and sockets are native code.

It drops what an agent does not have from the answer, and cannot tell an error status from an
empty answer; the walker therefore asks for sysUpTime in every GET and knows `End.UNSURE`.
"""

from collections.abc import Awaitable, Sequence
from typing import TypeVar

from gufo.snmp import (
    Aes128Key,
    DesKey,
    Md5Key,
    Sha1Key,
    Sha256Key,
    SnmpAuthError,
    SnmpDecodeError,
    SnmpError,
    SnmpVersion,
    User,
    ValueType,
)
from gufo.snmp._fast import GetIter, SnmpV3ClientSocket
from gufo.snmp.aio import SnmpSession

from qosbot.adapters.snmp.engine import (
    AgentError,
    ColumnWalk,
    DidNotFitError,
    End,
    NoAnswerError,
    NonsenseError,
    Page,
    RefusedError,
    SilenceError,
)
from qosbot.domain.inventory import AuthProtocol, Device, PrivProtocol, SnmpV2c, SnmpV3
from qosbot.ports.polling import Oid, Value

T = TypeVar("T")

_AUTH = {AuthProtocol.MD5: Md5Key, AuthProtocol.SHA1: Sha1Key, AuthProtocol.SHA256: Sha256Key}
_PRIV = {PrivProtocol.DES: DesKey, PrivProtocol.AES128: Aes128Key}


class GufoEngine:
    """Opens sessions of gufo_snmp."""

    def session(self, device: Device, address: str, timeout_s: float) -> "GufoSession":
        """Return a session; nothing is sent yet."""
        try:
            return GufoSession(_open(device, address, timeout_s), timeout_s)
        except (OSError, ValueError, SnmpError) as error:
            raise AgentError(f"no socket for {address}: {type(error).__name__}") from None


def _open(device: Device, address: str, timeout_s: float) -> "_Pages":
    access = device.snmp
    if isinstance(access, SnmpV2c):
        return _Pages(
            address,
            port=device.snmp_port,
            community=access.community.reveal(),
            version=SnmpVersion.v2c,
            timeout=timeout_s,
        )
    return _Pages(
        address,
        port=device.snmp_port,
        user=_user(access),
        version=SnmpVersion.v3,
        timeout=timeout_s,
    )


def _user(access: SnmpV3) -> User:
    auth = priv = None
    if access.auth is not None and access.auth_key is not None:
        auth = _AUTH[access.auth](access.auth_key.reveal().encode())
    if access.priv is not None and access.priv_key is not None:
        priv = _PRIV[access.priv](access.priv_key.reveal().encode())
    return User(access.user, auth_key=auth, priv_key=priv)


class _Pages(SnmpSession):
    """The library's session with its bulk answers as pages.

    The library's own iterator hides whether an answer ended at another column or was empty.
    """

    @property
    def is_v3(self) -> bool:
        """Whether the session has an SNMPv3 engine at its other end."""
        return isinstance(self._sock, SnmpV3ClientSocket)

    async def bulk(self, position: GetIter) -> list[tuple[str, ValueType] | None] | None:
        """Return one answer, with None for the first row of another column; None if empty."""
        await self._send(lambda: self._sock.send_get_bulk(position))
        return await self._recv(lambda: self._receive(position))

    def _receive(self, position: GetIter) -> list[tuple[str, ValueType] | None] | None:
        try:
            return self._sock.recv_get_bulk(position)
        except StopAsyncIteration:
            return None


class GufoSession:
    """A conversation with one agent."""

    def __init__(self, pages: _Pages, timeout_s: float) -> None:
        self._pages = pages
        self._timeout_s = timeout_s
        self._has_answered = False

    async def refresh(self) -> None:
        """Learn the agent's engine and its time; nothing for SNMPv2c."""
        await self.asked(self._pages.refresh())

    async def get(self, oids: Sequence[Oid]) -> dict[Oid, Value]:
        """Return the instances that the agent has."""
        answer = await self.asked(self._pages.get_many([_dotted(oid) for oid in oids]))
        self._has_answered = True
        return {_oid(name): _value(raw) for name, raw in answer.items()}

    def walk(self, column: Oid, repetitions: int) -> ColumnWalk:
        """Return a walk over a column."""
        return _GufoWalk(self, self._pages, column, repetitions)

    def close(self) -> None:
        """Nothing to do: the socket closes with the last reference to the session."""

    async def asked(self, request: Awaitable[T]) -> T:
        """Return the answer to a request, with the library's errors in our words."""
        try:
            return await request
        except TimeoutError as error:
            if "connection refused" in str(error.__cause__):
                raise NoAnswerError("no agent on its port") from None
            raise SilenceError(self._timeout_s, meaning=self._meaning()) from None
        except SnmpAuthError:
            raise RefusedError("SNMPv3 user or key refused") from None
        except SnmpDecodeError:  # also what is longer than the library's buffer
            raise NonsenseError("answered with something that is not SNMP") from None
        except SnmpError as error:
            raise DidNotFitError(f"request could not be sent: {error}") from None
        except OSError as error:
            raise NoAnswerError(
                f"network error: {error.strerror or type(error).__name__}"
            ) from None

    def _meaning(self) -> str:
        """Return what silence means where only the engine's identity was ever answered.

        An agent cannot read a request that is enciphered with another key, and drops it.
        """
        is_discovered = self._pages.is_v3 and bool(self._pages.get_engine_id())
        if self._has_answered or not is_discovered:
            return ""
        return "; its SNMPv3 engine does answer: is the privacy key right?"


class _GufoWalk:
    def __init__(self, session: GufoSession, pages: _Pages, column: Oid, repetitions: int) -> None:
        self._session = session
        self._pages = pages
        self._position = GetIter(_dotted(column), repetitions)

    async def page(self) -> Page:
        answer = await self._session.asked(self._pages.bulk(self._position))
        if answer is None:
            return Page(rows=(), end=End.UNSURE)
        rows = tuple((_oid(row[0]), _value(row[1])) for row in answer if row is not None)
        end = End.REACHED if answer and answer[-1] is None else End.MORE
        return Page(rows=rows, end=end if answer else End.UNSURE)


def _dotted(oid: Oid) -> str:
    return ".".join(map(str, oid))


def _oid(dotted: str) -> Oid:
    return tuple(map(int, dotted.split(".")))


def _value(raw: ValueType) -> Value:
    """Return a value as the port has it; the library gives addresses and identifiers as text."""
    if raw is None or isinstance(raw, int | bytes):
        return raw
    if isinstance(raw, float):
        return None
    parts = raw.split(".")
    if len(parts) == 4 and all(part.isdecimal() and int(part) < 256 for part in parts):  # noqa: PLR2004  an IPv4 address
        return bytes(map(int, parts))
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else None
