"""The second engine: pysnmp, pure Python, for where the native one has no wheel.

It takes many times the CPU.  Each session has an SNMP engine of its own: users of one name with
different keys on different devices would collide in a shared one.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

from pyasn1.error import PyAsn1Error  # type: ignore[import-untyped]  # ships no types
from pysnmp.entity.engine import SnmpEngine
from pysnmp.error import PySnmpError
from pysnmp.hlapi.v3arch.asyncio import (
    CommunityData,
    ContextData,
    ObjectIdentity,
    ObjectType,
    Udp6TransportTarget,
    UdpTransportTarget,
    UsmUserData,
    bulk_cmd,
    get_cmd,
    usmAesCfb128Protocol,
    usmDESPrivProtocol,
    usmHMAC192SHA256AuthProtocol,
    usmHMACMD5AuthProtocol,
    usmHMACSHAAuthProtocol,
)
from pysnmp.proto import errind, rfc1902

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

_AUTH = {
    AuthProtocol.MD5: usmHMACMD5AuthProtocol,
    AuthProtocol.SHA1: usmHMACSHAAuthProtocol,
    AuthProtocol.SHA256: usmHMAC192SHA256AuthProtocol,
}
_PRIV = {PrivProtocol.DES: usmDESPrivProtocol, PrivProtocol.AES128: usmAesCfb128Protocol}
_TOO_BIG = 1
_SILENCE = (errind.RequestTimedOut,)
_REFUSALS = (
    errind.AuthenticationError,
    errind.AuthenticationFailure,
    errind.DecryptionError,
    errind.UnknownSecurityName,
    errind.UnknownUserName,
    errind.UnsupportedAuthProtocol,
    errind.UnsupportedPrivProtocol,
    errind.UnsupportedSecurityLevel,
    errind.WrongDigest,
    errind.NotInTimeWindow,
    errind.UnknownEngineID,
)
_GRACE_S = 0.5
"""The library checks its time-outs every half second; ours is exact."""


class PysnmpEngine:
    """Opens sessions of pysnmp."""

    def session(self, device: Device, address: str, timeout_s: float) -> "PysnmpSession":
        """Return a session; nothing is sent yet."""
        return PysnmpSession(_credentials(device), (address, device.snmp_port), timeout_s)


def _credentials(device: Device) -> CommunityData | UsmUserData:
    access = device.snmp
    try:
        if isinstance(access, SnmpV2c):
            return CommunityData(access.community.reveal(), mpModel=1)  # noqa: S508  the inventory's choice
        return _user(access)
    except (PySnmpError, PyAsn1Error) as error:
        raise AgentError(f"unusable credentials: {type(error).__name__}") from None


def _user(access: SnmpV3) -> UsmUserData:
    keys: dict[str, Any] = {}
    if access.auth is not None and access.auth_key is not None:
        keys |= {"authKey": access.auth_key.reveal(), "authProtocol": _AUTH[access.auth]}
    if access.priv is not None and access.priv_key is not None:
        keys |= {"privKey": access.priv_key.reveal(), "privProtocol": _PRIV[access.priv]}
    return UsmUserData(access.user, **keys)  # noqa: S509  the inventory's choice


class PysnmpSession:
    """A conversation with one agent."""

    def __init__(
        self, credentials: CommunityData | UsmUserData, at: tuple[str, int], timeout_s: float
    ) -> None:
        self._engine = SnmpEngine()
        self._credentials = credentials
        self._at = at
        self._timeout_s = timeout_s
        self._target: Any = None

    async def refresh(self) -> None:
        """Name the target; the library learns the agent's engine and time by itself."""
        if self._target is not None:
            return
        kind = Udp6TransportTarget if ":" in self._at[0] else UdpTransportTarget
        try:
            self._target = await kind.create(
                self._at, timeout=self._timeout_s + _GRACE_S, retries=0
            )
        except PySnmpError:
            raise AgentError(f"no socket for {self._at[0]}") from None

    async def get(self, oids: Sequence[Oid]) -> dict[Oid, Value]:
        """Return the instances that the agent has, and None for those that it does not."""
        rows = await self.asked(get_cmd(*self._whom(), *map(_varbind, oids), lookupMib=False))
        if [oid for oid, _ in rows] != list(oids):
            raise NonsenseError("answered with objects that were not asked for")
        return dict(rows)

    def walk(self, column: Oid, repetitions: int) -> ColumnWalk:
        """Return a walk over a column."""
        return _PysnmpWalk(self, column, repetitions)

    def close(self) -> None:
        """Close the socket."""
        self._engine.close_dispatcher()

    async def bulk(self, after: Oid, repetitions: int) -> list[tuple[Oid, Value]]:
        """Return the rows that follow an object identifier, whatever they belong to."""
        request = bulk_cmd(*self._whom(), 0, repetitions, _varbind(after), lookupMib=False)
        return await self.asked(request)

    def _whom(self) -> tuple[Any, ...]:
        return self._engine, self._credentials, self._target, ContextData()

    async def asked(self, request: Coroutine[Any, Any, Any]) -> list[tuple[Oid, Value]]:
        """Return the answer to a request, with the library's errors in our words."""
        try:
            indication, status, _, rows = await asyncio.wait_for(request, self._timeout_s)
            error = _error(indication, int(status or 0), self._timeout_s)
            answer = [] if error else [(tuple(name), _value(raw)) for name, raw in rows]
        except TimeoutError:
            raise SilenceError(self._timeout_s) from None
        except (PySnmpError, PyAsn1Error, ValueError, TypeError):
            raise NonsenseError("answered with something that is not SNMP") from None
        except OSError as failure:
            what = failure.strerror or type(failure).__name__
            raise NoAnswerError(f"network error: {what}") from None
        if error is not None:
            raise error
        return answer


class _PysnmpWalk:
    def __init__(self, session: PysnmpSession, column: Oid, repetitions: int) -> None:
        self._session = session
        self._column = column
        self._after = column
        self._repetitions = repetitions

    async def page(self) -> Page:
        rows = await self._session.bulk(self._after, self._repetitions)
        inside: list[tuple[Oid, Value]] = []
        for oid, value in rows:
            if oid[: len(self._column)] != self._column or value is None:
                return Page(rows=tuple(inside), end=End.REACHED)
            inside.append((oid, value))
        if not inside:
            return Page(rows=(), end=End.UNSURE)
        self._after = inside[-1][0]
        return Page(rows=tuple(inside), end=End.MORE)


def _varbind(oid: Oid) -> ObjectType:
    return ObjectType(ObjectIdentity(oid))


def _error(indication: object, status: int, timeout_s: float) -> AgentError | None:
    if isinstance(indication, _SILENCE):
        return SilenceError(timeout_s)
    if isinstance(indication, _REFUSALS):
        return RefusedError("SNMPv3 user or key refused")
    if indication or status:
        # tooBig is one of several errors by which agents say that they cannot answer it all
        return DidNotFitError(f"agent answered with error status {status}")
    return None


def _value(raw: object) -> Value:
    """Return a value as the port has it; exceptions such as noSuchInstance are None."""
    if isinstance(raw, rfc1902.Integer | rfc1902.Counter64 | rfc1902.TimeTicks):
        return int(raw)
    if isinstance(raw, rfc1902.Counter32 | rfc1902.Gauge32):
        return int(raw)
    if isinstance(raw, rfc1902.OctetString):  # IpAddress and Opaque too
        return bytes(raw)
    if isinstance(raw, rfc1902.ObjectIdentifier):
        return tuple(raw)
    return None
