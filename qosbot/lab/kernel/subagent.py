"""A subagent of net-snmp's: it answers for the objects that the kernel does not know."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

from qosbot.lab.kernel import agentx
from qosbot.lab.kernel.agentx import Bound, Kind, Message, Search
from qosbot.lab.kernel.namespaces import KernelError
from qosbot.lab.mib import MibView, Oid, Reading

OUR_PRIORITY = 10
"""Below 127, which net-snmp's own modules have: ours answer first."""

_WITHIN_S = 30.0
_TRY_EVERY_S = 0.05
_MOST_BOUNDS = 400

Look = Callable[[], Awaitable[tuple[MibView, Reading]]]


class Subagent:
    """One session with a master agent."""

    def __init__(self, look: Look, subtrees: Sequence[Oid]) -> None:
        """Answer for some subtrees.

        Args:
            look: what there is now; called once a request, which fails on a KernelError.
            subtrees: what the master asks us for rather than anybody else.
        """
        self._look = look
        self._subtrees = subtrees
        self._session = 0
        self._packets = 0
        self._task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def connect(self, path: Path) -> None:
        """Join the master that listens on a socket; its objects are there once this returns.

        Raises:
            KernelError: if no master accepts us in time.
        """
        try:
            async with asyncio.timeout(_WITHIN_S):
                reader, self._writer = await _opened(path)
                head, _ = await self._say(reader, Kind.OPEN, agentx.open_payload("qosbot lab"))
                self._session = head.session
                for subtree in self._subtrees:
                    payload = agentx.register_payload(subtree, OUR_PRIORITY)
                    _, answer = await self._say(reader, Kind.REGISTER, payload)
                    if error := agentx.response_error(answer):
                        spoken = ".".join(map(str, subtree))
                        raise KernelError(f"snmpd refuses us {spoken}: AgentX error {error}")
        except (TimeoutError, OSError, EOFError):
            raise KernelError(f"snmpd does not accept a subagent at {path}") from None
        self._task = asyncio.create_task(self._serve(reader))

    async def close(self) -> None:
        """Leave the master."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._writer is not None:
            self._writer.close()

    async def _say(
        self, reader: asyncio.StreamReader, kind: Kind, payload: bytes
    ) -> tuple[Message, bytes]:
        self._packets += 1
        self._write(agentx.message(kind, self._session, 0, self._packets, payload))
        return await _read(reader)

    def _write(self, data: bytes) -> None:
        if self._writer is not None:
            self._writer.write(data)

    async def _serve(self, reader: asyncio.StreamReader) -> None:
        while True:
            try:
                head, payload = await _read(reader)
            except (EOFError, OSError):
                return
            if head.kind in {Kind.CLEANUP_SET, Kind.RESPONSE, Kind.CLOSE}:
                continue
            try:
                answer = await self._answer(head, payload)
            except KernelError:
                # What cannot be read now may be read the next time; who asked hears of it.
                answer = agentx.response_payload([], agentx.GENERAL_ERROR, 1)
            self._write(
                agentx.message(Kind.RESPONSE, head.session, head.transaction, head.packet, answer)
            )

    async def _answer(self, head: Message, payload: bytes) -> bytes:
        if head.kind in {Kind.TEST_SET, Kind.COMMIT_SET, Kind.UNDO_SET}:
            return agentx.response_payload([], agentx.NOT_WRITABLE, 1)
        if head.kind not in {Kind.GET, Kind.GET_NEXT, Kind.GET_BULK}:
            return agentx.response_payload([])
        ranges, non_repeaters, repetitions = agentx.searches(head, payload)
        answers = Answers(*await self._look())
        if head.kind == Kind.GET:
            return agentx.response_payload([answers.exact(one.start) for one in ranges])
        if head.kind == Kind.GET_NEXT:
            return agentx.response_payload([answers.following(one) for one in ranges])
        once = [answers.following(one) for one in ranges[:non_repeaters]]
        return agentx.response_payload(
            [*once, *answers.repeated(ranges[non_repeaters:], repetitions)]
        )


class Answers:
    """What one moment's rows say to requests."""

    def __init__(self, view: MibView, reading: Reading) -> None:
        self._view = view
        self._reading = reading

    def exact(self, name: Oid) -> Bound:
        """Return an instance's value, or why there is none."""
        value = self._view.get(name, self._reading)
        if value is not None:
            return name, value
        is_known = self._view.has_object(name)
        return name, agentx.NO_SUCH_INSTANCE if is_known else agentx.NO_SUCH_OBJECT

    def following(self, search: Search) -> Bound:
        """Return the first instance in a range."""
        if search.includes_start:
            value = self._view.get(search.start, self._reading)
            if value is not None:
                return search.start, value
        found = self._view.after(search.start, self._reading)
        if found is None or (search.end and found[0] >= search.end):
            return search.start, agentx.END_OF_VIEW
        return found

    def repeated(self, ranges: Sequence[Search], repetitions: int) -> Iterator[Bound]:
        """Yield the rows of a bulk request: each range's next, again and again."""
        current = list(ranges)
        for _ in range(min(repetitions, _MOST_BOUNDS // max(len(ranges), 1) or 1)):
            row = [self.following(one) for one in current]
            yield from row
            if all(value == agentx.END_OF_VIEW for _, value in row):
                return
            current = [
                Search(start=name, includes_start=False, end=one.end)
                for (name, _), one in zip(row, current, strict=True)
            ]


async def _opened(path: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    while True:
        try:
            return await asyncio.open_unix_connection(str(path))
        except OSError:
            # The master has not bound its socket yet.
            await asyncio.sleep(_TRY_EVERY_S)


async def _read(reader: asyncio.StreamReader) -> tuple[Message, bytes]:
    head = agentx.header(await reader.readexactly(agentx.HEADER_BYTES))
    return head, await reader.readexactly(head.payload_bytes)
