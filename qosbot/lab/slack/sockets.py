"""Socket Mode: tickets, connections, envelopes, and acks that must come within three seconds.

Source: Slack's guide to Socket Mode.  Slack documents retries for events; this emulator repeats
any envelope whose ack did not come, so that what is delivered twice is met before production.
"""

import asyncio
import contextlib
import json
import uuid
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from qosbot.lab.slack.refusals import Json
from qosbot.lab.slack.world import World

ACK_WITHIN_S = 3.0
MOST_CONNECTIONS = 10
MOST_RETRIES = 3
_PING_EVERY_S = 10.0
_GRACE_S = 2.0
_HOST = "applink-lab"


@dataclass(eq=False, slots=True)
class Connection:
    """One open socket of the app."""

    socket: web.WebSocketResponse
    request: web.Request

    async def send(self, message: Json) -> None:
        """Send a message; a socket that just broke swallows it, as a network does."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self.socket.send_str(json.dumps(message))


@dataclass(slots=True, kw_only=True)
class Envelope:
    """Something that a person did, on its way to the app."""

    id: str
    kind: str
    payload: Json
    accepts_payload: bool
    attempts: int = 0
    is_acked: bool = False
    last: Connection | None = None


@dataclass(slots=True)
class Counters:
    """What went over the sockets."""

    opened: int = 0
    refused: int = 0
    acks: int = 0
    acks_dropped: int = 0
    acks_unknown: int = 0
    undelivered: int = 0
    retries: int = 0
    replays: int = 0


@dataclass(slots=True)
class _Tasks:
    """Work in the background that ends with the workspace."""

    running: "set[asyncio.Task[None]]" = field(default_factory=set)

    def add(self, task: "asyncio.Task[None]") -> None:
        self.running.add(task)
        task.add_done_callback(self.running.discard)

    async def end(self) -> None:
        ending = list(self.running)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)


class Sockets:
    """The app's open sockets."""

    def __init__(self, world: World, ack_within_s: float = ACK_WITHIN_S) -> None:
        self._world = world
        self.ack_within_s = ack_within_s
        """How long an ack may take, in real seconds; holds for what is sent from now on."""
        self._open: list[Connection] = []
        self._turn = 0
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._some = asyncio.Event()
        self._tasks = _Tasks()
        self.busy: set[str] = set()
        """Envelopes that wait for an ack, or to be sent again."""
        self.envelopes: dict[str, Envelope] = {}
        self.counters = Counters()

    @property
    def connections(self) -> int:
        """How many sockets are open."""
        return len(self._open)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serve one socket for as long as it stays open."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._world.tickets:
            self.counters.refused += 1
            return web.Response(status=403, text="the ticket is used up or was never given")
        self._world.tickets.discard(ticket)
        connection = Connection(web.WebSocketResponse(), request)
        await connection.socket.prepare(request)
        if len(self._open) >= MOST_CONNECTIONS:
            self.counters.refused += 1
            await connection.send(_disconnect("too_many_websockets"))
            await connection.socket.close()
            return connection.socket
        await self._serve(connection)
        return connection.socket

    async def _serve(self, connection: Connection) -> None:
        self._open.append(connection)
        self.counters.opened += 1
        await connection.send(
            {
                "type": "hello",
                "num_connections": len(self._open),
                "debug_info": {"host": _HOST, "approximate_connection_time": 3600},
                "connection_info": {"app_id": self._world.app},
            }
        )
        self._some.set()
        pinging = asyncio.create_task(_ping(connection))
        self._tasks.add(pinging)
        try:
            async for message in connection.socket:
                if message.type is WSMsgType.TEXT:
                    self._heard(message.data)
        finally:
            pinging.cancel()
            self._forget(connection)

    def _forget(self, connection: Connection) -> None:
        if connection in self._open:
            self._open.remove(connection)
        if not self._open:
            self._some.clear()

    def _heard(self, text: str) -> None:
        try:
            ack: object = json.loads(text)
        except ValueError:
            ack = None
        name = ack.get("envelope_id") if isinstance(ack, dict) else None
        if not isinstance(ack, dict) or name not in self.envelopes:
            self.counters.acks_unknown += 1
            return
        if self._world.faults.drops_ack():
            self.counters.acks_dropped += 1
            return
        self.counters.acks += 1
        self.envelopes[name].is_acked = True
        waiting = self._waiting.pop(name, None)
        if waiting is not None and not waiting.done():
            payload = ack.get("payload")
            waiting.set_result(payload if isinstance(payload, dict) else {})

    def _next(self, not_this: Connection | None) -> Connection | None:
        """Return the connection whose turn it is, another one than the last if there is one."""
        others = [one for one in self._open if one is not not_this] or self._open
        if not others:
            return None
        self._turn += 1
        return others[self._turn % len(others)]

    async def deliver(
        self, kind: str, payload: Json, *, accepts_payload: bool = False
    ) -> Json | None:
        """Send an envelope to one connection and return the ack's payload, None if none came.

        What was sent and not acked is sent again in the background, with the same envelope_id.
        """
        envelope = Envelope(
            id=str(uuid.uuid4()), kind=kind, payload=payload, accepts_payload=accepts_payload
        )
        self.envelopes[envelope.id] = envelope
        self.busy.add(envelope.id)
        answered = await self._try(envelope)
        if answered is None and envelope.last is not None:
            self._tasks.add(asyncio.create_task(self._try_again(envelope)))
            return None
        self.counters.undelivered += answered is None
        self.busy.discard(envelope.id)
        return answered

    async def _try(self, envelope: Envelope) -> Json | None:
        connection = self._next(envelope.last)
        if connection is None:
            return None
        message: Json = {
            "envelope_id": envelope.id,
            "type": envelope.kind,
            "payload": envelope.payload,
            "accepts_response_payload": envelope.accepts_payload,
        }
        if envelope.attempts:
            message |= {"retry_attempt": envelope.attempts, "retry_reason": "timeout"}
        envelope.attempts += 1
        envelope.last = connection
        answered: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[envelope.id] = answered
        await connection.send(message)
        try:
            return await asyncio.wait_for(answered, self.ack_within_s)
        except TimeoutError:
            return None

    async def _try_again(self, envelope: Envelope) -> None:
        while envelope.attempts <= MOST_RETRIES and not envelope.is_acked:
            await self._some.wait()
            self.counters.retries += 1
            if await self._try(envelope) is not None:
                break
        self.busy.discard(envelope.id)

    async def replay(self, envelope_id: str = "") -> bool:
        """Send an envelope once more, the latest by default; return whether it was acked.

        Raises:
            LookupError: if there is no such envelope, or nobody is connected.
        """
        name = envelope_id or next(reversed(self.envelopes), "")
        if name not in self.envelopes:
            raise LookupError("there is no such envelope to replay")
        if not self._open:
            raise LookupError("no socket is open")
        self.counters.replays += 1
        return await self._try(self.envelopes[name]) is not None

    async def disconnect(self, reason: str) -> int:
        """Tell every connection that its socket will close; return how many were told."""
        told = list(self._open)
        for connection in told:
            await connection.send(_disconnect(reason))
        if reason != "warning":
            self._tasks.add(asyncio.create_task(_close_soon(told)))
        return len(told)

    def cut(self) -> int:
        """Break every socket without a word; return how many there were."""
        broken = list(self._open)
        for connection in broken:
            self._forget(connection)
            if connection.request.transport is not None:
                connection.request.transport.abort()
        return len(broken)

    async def close(self) -> None:
        """Close every socket and end what waits for one."""
        await self._tasks.end()
        for connection in list(self._open):
            await connection.socket.close()


def _disconnect(reason: str) -> Json:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": _HOST}}


async def _ping(connection: Connection) -> None:
    with contextlib.suppress(ConnectionError, RuntimeError):
        while True:
            await connection.socket.ping(f"Ping from {_HOST}".encode())
            await asyncio.sleep(_PING_EVERY_S)


async def _close_soon(connections: list[Connection]) -> None:
    await asyncio.sleep(_GRACE_S)
    for connection in connections:
        await connection.socket.close()
