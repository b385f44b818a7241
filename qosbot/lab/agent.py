"""An SNMP agent per device: v2c and v3 over UDP, answering from the network's state."""

import asyncio
import contextlib
import hashlib
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, ClassVar

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto import rfc1902, rfc1905, rfc3412
from pysnmp.smi import builder, instrum
from pysnmp.smi.error import MibNotFoundError

from qosbot.lab import mib_interfaces, mib_qos, mib_sla
from qosbot.lab.mib import Layout, MibView, Oid, Reading, Stamps, Syntax, Value, node
from qosbot.lab.network import Network
from qosbot.lab.observed import LabClock

USER = "qosbot"
_GROUP = "readers"
_LARGEST_BULK = 64
_LARGEST_MESSAGE = 65507

_ENCODED = {
    Syntax.INTEGER: rfc1902.Integer32,
    Syntax.GAUGE: rfc1902.Gauge32,
    Syntax.COUNTER32: rfc1902.Counter32,
    Syntax.COUNTER64: rfc1902.Counter64,
    Syntax.TICKS: rfc1902.TimeTicks,
    Syntax.OCTETS: rfc1902.OctetString,
    Syntax.OID: rfc1902.ObjectName,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpSecrets:
    """What a client must know; v3 is SHA-256 with AES-128 (RFC 7860, RFC 3826)."""

    community: str
    auth_key: str
    priv_key: str


class MibSource:
    """One device's objects at the time of a request; rows are laid out anew when they moved."""

    def __init__(
        self,
        network: Network,
        device: str,
        clock: LabClock,
        stamps: Stamps | None = None,
        numbers: Mapping[str, int] | None = None,
    ) -> None:
        self._network = network
        self._numbers = numbers
        self._device = device
        self._clock = clock
        self._stamps = stamps
        self._laid_out: tuple[object, int] | None = None
        self._view = MibView({})

    def look(self) -> tuple[MibView, Reading]:
        """Return the rows as they are laid out now, and what to compute them from."""
        now = self._clock.now()
        segment = self._network.segment(now)
        boots = self._network.boots(self._device)
        # The segment is held, so that its identity is not given to another one.
        if self._laid_out is None or self._laid_out[0] is not segment or self._laid_out[1] != boots:
            layout = Layout(
                device=self._device,
                node=node(self._device),
                config=self._network.config(self._device, now),
                segment=segment,
                boots=boots,
                numbers=self._numbers,
            )
            self._view = MibView(
                mib_interfaces.rows(layout) | mib_sla.rows(layout) | mib_qos.rows(layout)
            )
            self._laid_out = (segment, boots)
        return self._view, Reading(self._network, self._device, now, self._stamps)

    def boots(self) -> int:
        """Return the agent's snmpEngineBoots."""
        return mib_interfaces.BOOTS_BEFORE + self._network.boots(self._device)

    def engine_id(self) -> bytes:
        """Return the agent's engine id."""
        return mib_interfaces.engine_id(node(self._device))


class _Instrumentation:
    """What pysnmp's responders ask for variables."""

    def __init__(self, source: MibSource) -> None:
        self._source = source

    def read_variables(self, *names: Any, **_: object) -> list[tuple[Any, Any]]:  # noqa: ANN401 - pysnmp ships no types
        view, reading = self._source.look()
        found = []
        for name, _value in names:
            value = view.get(tuple(name), reading)
            if value is not None:
                found.append((name, encode(value)))
            elif view.has_object(tuple(name)):
                found.append((name, rfc1905.noSuchInstance))
            else:
                found.append((name, rfc1905.noSuchObject))
        return found

    def read_next_variables(self, *names: Any, **_: object) -> list[tuple[Any, Any]]:  # noqa: ANN401 - as above
        view, reading = self._source.look()
        found = []
        for name, _value in names:
            following = view.after(tuple(name), reading)
            if following is None:
                found.append((name, rfc1905.endOfMibView))
            else:
                found.append((rfc1902.ObjectName(following[0]), encode(following[1])))
        return found


class _Bulk(cmdrsp.BulkCommandResponder):  # type: ignore[misc]  # pysnmp ships no types
    max_varbinds = _LARGEST_BULK


def encode(value: Value) -> Any:  # noqa: ANN401 - pysnmp ships no types
    """Return a value as pysnmp sends it."""
    return _ENCODED[value.syntax](value.raw)


class _Transport(udp.UdpAsyncioTransport):  # type: ignore[misc]  # pysnmp ships no types
    """UDP that can fall silent: the socket stays bound and what arrives is not answered."""

    is_silent = False
    before_request: Any = None

    def datagram_received(self, datagram: bytes, transportAddress: Any) -> None:  # noqa: ANN401, N803 - pysnmp's names
        if self.is_silent:
            return
        if self.before_request is not None:
            self.before_request()
        super().datagram_received(datagram, transportAddress)


class Agent:
    """A running agent; its port is the kernel's choice."""

    def __init__(self, source: MibSource, secrets: SnmpSecrets, sock: socket.socket) -> None:
        self._source = source
        self.port: int = sock.getsockname()[1]
        self._boots = 0
        self._engine = _engine(source.engine_id())
        self._transport = _Transport().open_server_mode(sock=sock)
        self._transport.before_request = self._keep_boots
        config.add_transport(self._engine, udp.DOMAIN_NAME, self._transport)
        self._admit(secrets)
        self._answer()

    @property
    def is_silent(self) -> bool:
        """Whether requests go unanswered."""
        return bool(self._transport.is_silent)

    @is_silent.setter
    def is_silent(self, silent: bool) -> None:
        self._transport.is_silent = silent

    def close(self) -> None:
        """Stop answering and give the port back."""
        self._engine.close_dispatcher()

    def _admit(self, secrets: SnmpSecrets) -> None:
        config.add_v1_system(self._engine, "readers", secrets.community)
        config.add_v3_user(
            self._engine,
            USER,
            config.USM_AUTH_HMAC192_SHA256,
            _master_key(secrets.auth_key),
            config.USM_PRIV_CFB128_AES,
            _master_key(secrets.priv_key),
            authKeyType=config.USM_KEY_TYPE_MASTER,
            privKeyType=config.USM_KEY_TYPE_MASTER,
        )
        everything: Oid = (1, 3, 6)
        config.add_vacm_user(self._engine, 2, "readers", "noAuthNoPriv", everything)
        config.add_vacm_user(self._engine, 3, USER, "authPriv", everything)

    def _answer(self) -> None:
        answering = context.SnmpContext(self._engine)
        answering.unregister_context_name(b"")
        answering.register_context_name(b"", _Instrumentation(self._source))
        for responder in (cmdrsp.GetCommandResponder, cmdrsp.NextCommandResponder, _Bulk):
            responder(self._engine, answering)

    def _keep_boots(self) -> None:
        """Let the engine's own boot count follow the device's: v3 clients must notice a reboot.

        The engine's time for v3 runs with the system's clock, not with the lab's, which tests
        step: a step would make every client fall out of the time window.
        """
        boots = self._source.boots()
        if boots == self._boots:
            return
        self._boots = boots
        symbols = self._engine.get_mib_builder().import_symbols(
            "__SNMP-FRAMEWORK-MIB", "snmpEngineBoots", "snmpEngineTime"
        )
        counted, since = symbols
        counted.syntax = counted.syntax.clone(boots)
        since.syntax = since.syntax.clone(int(time.time()))


def _master_key(password: str) -> bytes:
    """Return the key of a password before it is bound to an engine (RFC 3414, A.2.2; SHA-256)."""
    size = 2**20
    repeated = password.encode() * (size // len(password) + 1)
    return hashlib.sha256(repeated[:size]).digest()


class _Builder(builder.MibBuilder):  # type: ignore[misc]  # pysnmp ships no types
    """Compiles pysnmp's own modules once for all agents; else each engine does so, twice."""

    _compiled: ClassVar[dict[str, CodeType]] = {}

    def __init__(self) -> None:
        super().__init__()
        self._loaded: set[str] = set()

    def load_module(self, modName: str, **userCtx: object) -> "_Builder":  # noqa: N803 - as above
        if modName not in self._loaded:
            self._loaded.add(modName)
            exec(self._code(modName), {"mibBuilder": self, "userCtx": userCtx})  # noqa: S102 - pysnmp's modules are programs
        return self

    def _code(self, name: str) -> CodeType:
        if name not in self._compiled:
            for source in self.get_mib_sources():
                with contextlib.suppress(OSError):
                    self._compiled[name] = source.read(name)[0]
                    break
            else:
                raise MibNotFoundError(name)
        return self._compiled[name]


def _engine(engine_id: bytes) -> Any:  # noqa: ANN401 - pysnmp ships no types
    """Return an engine with its id set afterwards: given one, pysnmp keeps files of its boots."""
    instruments = instrum.MibInstrumController(_Builder())
    made = engine.SnmpEngine(
        maxMessageSize=_LARGEST_MESSAGE, msgAndPduDsp=rfc3412.MsgAndPduDispatcher(instruments)
    )
    (own,) = made.get_mib_builder().import_symbols("__SNMP-FRAMEWORK-MIB", "snmpEngineID")
    own.syntax = own.syntax.clone(engine_id)
    made.snmpEngineID = own.syntax
    return made


async def start_agents(
    sources: Sequence[tuple[str, MibSource]], secrets: SnmpSecrets, address: str = "127.0.0.1"
) -> dict[str, Agent]:
    """Start an agent for each device on a port of its own; they answer once this returns."""
    agents: dict[str, Agent] = {}
    for device, source in sources:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        sock.bind((address, 0))
        agents[device] = Agent(source, secrets, sock)
    await asyncio.sleep(0)
    return agents
