"""Agents to poll in tests: net-snmp's, one that serves recordings, and ones that misbehave."""

import asyncio
import contextlib
import os
import socket
import subprocess
import threading
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyasn1.codec.ber import decoder, encoder  # type: ignore[import-untyped]  # ships no types
from pyasn1.error import PyAsn1Error  # type: ignore[import-untyped]  # ships no types
from pysnmp.proto import api

from qosbot.adapters.snmp.poller import SnmpPoller
from qosbot.domain.inventory import (
    AuthProtocol,
    Device,
    PrivProtocol,
    Secret,
    SnmpAccess,
    SnmpV2c,
    SnmpV3,
)
from qosbot.domain.samples import Poll
from qosbot.lab.agent import USER, MibSource, SnmpSecrets, start_agents
from qosbot.lab.agent import Agent as LabAgent
from qosbot.ports.polling import Oid
from tests.lab.steady import START, Site
from tests.needs import program
from tests.platforms.snmprec import Cell

COMMUNITY = "c0mmunity-of-tests"
V2C = SnmpV2c(community=Secret(COMMUNITY))
V3 = SnmpV3(
    user="reader",
    auth=AuthProtocol.SHA1,
    auth_key=Secret("auth-key-of-tests"),
    priv=PrivProtocol.AES128,
    priv_key=Secret("priv-key-of-tests"),
)
V3_SHA256 = SnmpV3(
    user="reader256",
    auth=AuthProtocol.SHA256,
    auth_key=Secret("auth-key-of-tests"),
    priv=PrivProtocol.AES128,
    priv_key=Secret("priv-key-of-tests"),
)

STAMPS = """\
override .1.3.6.1.2.1.31.1.5.0 timeticks 5
override .1.3.6.1.4.1.9.9.43.1.1.1.0 timeticks 7
"""

_SNMP: Any = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]
_TYPES: Mapping[str, Callable[[Any], Any]] = {
    "2": _SNMP.Integer32,
    "4": _SNMP.OctetString,
    "6": _SNMP.ObjectIdentifier,
    "64": lambda octets: _SNMP.IpAddress(".".join(map(str, octets))),
    "65": _SNMP.Counter32,
    "66": _SNMP.Gauge32,
    "67": _SNMP.TimeTicks,
    "68": _SNMP.Opaque,
    "70": _SNMP.Counter64,
}
_TOO_BIG, _GEN_ERR = 1, 5
MOST_S = 2.0
"""So long a poller's request waits by itself."""
_MOST_REPETITIONS = 100


def device(port: int, *, name: str = "r1", snmp: SnmpAccess = V2C) -> Device:
    return Device(
        name=name, platform="cisco_ios", site="par", address="127.0.0.1", snmp_port=port, snmp=snmp
    )


def polled(
    poller: SnmpPoller, devices: Sequence[Device], *, good: str, deadline_s: float
) -> tuple[Poll, float]:
    """Return a poll that a good device answered, and how long each request could wait in it.

    A request waits an eighth of the deadline at most; a machine that is busy with other tests may
    need longer to answer than the tests that wait for silence want to wait.
    """
    poll = poller.poll(devices, deadline_s)
    if good not in poll.samples:
        deadline_s *= 8
        poll = poller.poll(devices, deadline_s)
    return poll, min(deadline_s / 8, MOST_S)


@contextlib.contextmanager
def silent_socket() -> Iterator[int]:
    """Yield the port of a socket that is bound and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@contextlib.contextmanager
def net_snmp(
    directory: Path,
    port: int = 0,
    *,
    engine: str = "80001f8801",
    boots: int = 1,
    walked_always: bool = True,
) -> Iterator[int]:
    """Yield the port of a net-snmp agent with a directory of its own; 0 lets the kernel choose.

    By itself it has not the stamps that spare a walk; it can be given some that stand still.
    """
    config = directory / "agent.conf"
    config.write_text(
        f"""\
agentaddress udp:127.0.0.1:{port}
rocommunity {COMMUNITY} 127.0.0.1
exactEngineID 0x{engine}
oldEngineID 0x{engine}
engineBoots {boots}
createUser reader SHA auth-key-of-tests AES priv-key-of-tests
rouser reader priv
createUser reader256 SHA-256 auth-key-of-tests AES priv-key-of-tests
rouser reader256 priv
{"" if walked_always else STAMPS}"""
    )
    log, state = directory / "agent.log", directory / "state"
    state.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [program("snmpd"), "-f", "-C", "-c", str(config), "-Lf", str(log), "-I", "-smux"],
        env=os.environ | {"SNMP_PERSISTENT_DIR": str(state), "MIBS": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _udp_port(process)
    finally:
        process.terminate()
        process.wait()


def _udp_port(process: subprocess.Popen[bytes]) -> int:
    """Return the UDP port that a process has bound, as soon as it has."""
    woken = threading.Event()
    for _ in range(1000):
        inodes = set(_open_files(process.pid))
        for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
            cells = line.split()
            if f"socket:[{cells[9]}]" in inodes and (port := int(cells[1].split(":")[1], 16)):
                return port
        if process.poll() is not None:
            break
        woken.wait(0.01)
    raise RuntimeError("the agent did not open its port")


def _open_files(pid: int) -> Iterator[str]:
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            yield str(link.readlink())


Reply = Callable[[bytes, Callable[[], bytes | None]], Sequence[bytes]]
"""From a datagram and what would be the proper answer to the datagrams that are sent."""


def _proper(_datagram: bytes, answer: Callable[[], bytes | None]) -> Sequence[bytes]:
    reply = answer()
    return [] if reply is None else [reply]


@dataclass(slots=True)
class RecordedAgent:
    """Serves cells in the order given, which a real agent's mistakes may have mixed up.

    It answers from its own thread; a test may change any field between two polls.
    """

    cells: list[tuple[Oid, Cell]]
    max_bytes: int = 65_000
    """What is longer is answered with tooBig."""
    reply: Reply = _proper
    requests: int = 0
    port: int = 0
    walked: int = 0
    """GETBULK and GETNEXT requests."""
    poison: Oid | None = None
    """An instance that the agent answers with genErr, alone or among others."""
    stuck: Oid | None = None
    """A column whose first row every walk over it brings again and again."""
    _places: dict[Oid, int] = field(default_factory=dict)
    _sorted: list[tuple[Oid, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.index()

    def index(self) -> None:
        """Take notice of changed cells."""
        self._places = {oid: place for place, (oid, _) in enumerate(self.cells)}
        self._sorted = sorted((oid, place) for oid, place in self._places.items())

    def put(self, oid: Oid, cell: Cell | None) -> None:
        """Change, add or remove one instance; an added one takes its place in order."""
        kept = [one for one in self.cells if one[0] != oid]
        self.cells = sorted([*kept, (oid, cell)]) if cell else kept
        self.index()

    def datagrams(self, datagram: bytes) -> Sequence[bytes]:
        self.requests += 1
        return self.reply(datagram, lambda: self._answer(datagram))

    def _answer(self, datagram: bytes) -> bytes | None:
        message, _ = decoder.decode(datagram, asn1Spec=_SNMP.Message())
        if bytes(_SNMP.apiMessage.get_community(message)) != COMMUNITY.encode():
            return None
        request = _SNMP.apiMessage.get_pdu(message)
        response = _SNMP.apiPDU.get_response(request)
        asked = [tuple(oid) for oid, _ in _SNMP.apiPDU.get_varbinds(request)]
        _SNMP.apiPDU.set_varbinds(response, self._varbinds(request, asked))
        if self.poison in asked:
            _SNMP.apiPDU.set_error_status(response, _GEN_ERR)
            _SNMP.apiPDU.set_varbinds(response, [])
            return self._encoded(message, response)
        encoded = self._encoded(message, response)
        if len(encoded) <= self.max_bytes:
            return encoded
        _SNMP.apiPDU.set_varbinds(response, [])
        _SNMP.apiPDU.set_error_status(response, _TOO_BIG)
        return self._encoded(message, response)

    @staticmethod
    def _encoded(message: Any, response: Any) -> bytes:  # noqa: ANN401  the library has no types
        reply = _SNMP.apiMessage.get_response(message)
        _SNMP.apiMessage.set_pdu(reply, response)
        return bytes(encoder.encode(reply))

    def _varbinds(self, request: Any, asked: Sequence[Oid]) -> list[tuple[Oid, Any]]:  # noqa: ANN401  the library has no types
        if request.isSameTypeWith(_SNMP.GetRequestPDU()):
            return [(oid, self._value(oid)) for oid in asked]
        self.walked += 1
        if not request.isSameTypeWith(_SNMP.GetBulkRequestPDU()):
            return [pair for oid in asked for pair in self._after(oid, 1)]
        most = int(_SNMP.apiBulkPDU.get_max_repetitions(request))
        return [pair for oid in asked for pair in self._after(oid, min(most, _MOST_REPETITIONS))]

    def _value(self, oid: Oid) -> Any:  # noqa: ANN401  the library has no types
        place = self._places.get(oid)
        if place is None:
            return _SNMP.NoSuchInstance()
        cell = self.cells[place][1]
        return _TYPES[cell.tag](cell.value)

    def _after(self, oid: Oid, most: int) -> list[tuple[Oid, Any]]:
        if self.stuck is not None and oid[: len(self.stuck)] == self.stuck:
            return [((*self.stuck, 1), _SNMP.Integer32(0))] * most
        start = self._places[oid] + 1 if oid in self._places else self._first_above(oid)
        found = [(at, self._value(at)) for at, _ in self.cells[start : start + most]]
        return found if len(found) == most else [*found, (oid, _SNMP.EndOfMibView())]

    def _first_above(self, oid: Oid) -> int:
        at = bisect_right(self._sorted, (oid, len(self.cells)))
        return self._sorted[at][1] if at < len(self._sorted) else len(self.cells)


class _Endpoint(asyncio.DatagramProtocol):
    def __init__(self, agent: RecordedAgent) -> None:
        self._agent = agent
        self._transport: Any = None  # asyncio's own class for it is none of its public ones

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        with contextlib.suppress(PyAsn1Error):
            for datagram in self._agent.datagrams(data):
                self._transport.sendto(datagram, addr)


async def _closed(transport: asyncio.BaseTransport) -> None:
    transport.close()
    await asyncio.sleep(0)  # the loop closes the socket on its next turn


@contextlib.contextmanager
def _loop_in_a_thread() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="agent")
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextlib.contextmanager
def serving(agent: RecordedAgent) -> Iterator[RecordedAgent]:
    """Yield the agent, answering on a port of its own until the block ends."""
    with _loop_in_a_thread() as loop:
        opening = loop.create_datagram_endpoint(lambda: _Endpoint(agent), ("127.0.0.1", 0))
        transport, _ = asyncio.run_coroutine_threadsafe(opening, loop).result()
        agent.port = transport.get_extra_info("sockname")[1]
        try:
            yield agent
        finally:
            asyncio.run_coroutine_threadsafe(_closed(transport), loop).result()


class _LabClock:
    def now(self) -> float:
        return START + 10


@contextlib.contextmanager
def lab_router(name: str = "par-core1") -> Iterator[int]:
    """Yield the port of one of the lab's routers, which has been up for a month."""
    secrets = SnmpSecrets(
        community=COMMUNITY, auth_key="auth-key-of-tests", priv_key="priv-key-of-tests"
    )
    source = MibSource(Site().network, name, _LabClock())
    with _loop_in_a_thread() as loop:
        starting = start_agents([(name, source)], secrets)
        agent = asyncio.run_coroutine_threadsafe(starting, loop).result()[name]
        try:
            yield agent.port
        finally:
            asyncio.run_coroutine_threadsafe(_stopped(agent), loop).result()


async def _stopped(agent: LabAgent) -> None:
    agent.close()
    await asyncio.sleep(0)


V3_OF_LAB = SnmpV3(
    user=USER,
    auth=AuthProtocol.SHA256,
    auth_key=V3.auth_key,
    priv=PrivProtocol.AES128,
    priv_key=V3.priv_key,
)
