"""One poll of one agent: which requests, how large, how often, and when to stop.

Every agent is taken to be slow, buggy or hostile: each walk has caps of its own, object
identifiers must increase, and what an agent answers is kept only if it was asked for.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from qosbot.adapters.snmp.engine import (
    AgentError,
    DidNotFitError,
    End,
    NoAnswerError,
    NonsenseError,
    Session,
    SilenceError,
)
from qosbot.platforms.probes.varbinds import ENGINE_BOOTS, ENGINE_ID, SYS_UPTIME
from qosbot.ports.polling import Oid, ReadingPlan, Value, Varbinds, Walked

T = TypeVar("T")

_TRIES = 3
_BACKOFF_S = 0.05
_TICKS_PER_S = 100
_MAX_VALUE_BYTES = 1024
_ROW_BYTES = 200
"""About what a row costs in memory beside its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much of an agent's answers is taken."""

    column_rows: int = 20_000
    column_pages: int = 4_000
    column_s: float = 30.0
    bytes: int = 32_000_000
    """Of one poll."""


@dataclass(slots=True)
class Memory:
    """What is known of an agent between polls; losing it costs one slow walk."""

    varbinds: int = 37
    """What fits a PDU of 1472 bytes with the longest identifiers in use."""
    repetitions: int = 25
    walked: Walked | None = None
    rows: tuple[tuple[Oid, ...], ...] = ()
    """What the last walk led to, whole or not."""
    stamps: tuple[Value, ...] = ()
    uptime: int = 0
    answered: set[Oid] = field(default_factory=set)
    """The first instance of each row that had a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAnswers:
    """Everything that one device answered in one poll."""

    device: str
    taken_at: datetime
    scalars: Varbinds
    discovered: Walked
    counters: Mapping[Oid, tuple[Value, float]]
    gaps: tuple[str, ...]


class Walker:
    """Reads one agent according to a plan."""

    def __init__(self, session: Session, plan: ReadingPlan, memory: Memory, caps: Caps) -> None:
        self._session = session
        self._plan = plan
        self._memory = memory
        self._caps = caps
        self._gaps: list[str] = []
        self._counters: dict[Oid, tuple[Value, float]] = {}
        self._bytes = 0

    async def read(self, device: str, taken_at: datetime) -> DeviceAnswers:
        """Return what the agent answers; what it does not is a gap, in words.

        Raises:
            AgentError: if it does not answer the scalars, or falls silent while it is walked.
        """
        await self._retried(self._session.refresh)
        scalars = await self._scalars()
        discovered = await self._discovered(scalars)
        await self._read_rows()
        if self._lost_rows():  # an index moved although no stamp did
            self._memory.walked = None
            self._gaps.clear()
            self._counters.clear()
            discovered = await self._discovered(scalars)
            await self._read_rows()
        self._remember_rows()
        return DeviceAnswers(
            device=device,
            taken_at=taken_at,
            scalars=scalars,
            discovered=discovered,
            counters=self._counters,
            gaps=tuple(self._gaps),
        )

    async def _scalars(self) -> Varbinds:
        """Return the scalars, one by one from an agent that can't answer them together."""
        wanted = self._plan.scalars
        try:
            answer, _ = await self._retried(lambda: self._get(wanted))
        except DidNotFitError:
            answer = {}
            for oid in wanted:
                answer |= (await self._retried(partial(self._get, (oid,))))[0]
        return answer

    async def _get(self, oids: Sequence[Oid]) -> tuple[dict[Oid, Value], float]:
        """Return instances with the agent's uptime in seconds, all from one PDU."""
        asked = [SYS_UPTIME, *(oid for oid in oids if oid != SYS_UPTIME)]
        answer = await self._session.get(asked)
        uptime = answer.get(SYS_UPTIME)
        if not isinstance(uptime, int) or uptime < 0:
            raise DidNotFitError("answered without the objects that were asked for")
        if not answer.keys() <= set(asked):
            raise NonsenseError("answered with objects that were not asked for")
        return {oid: self._kept(answer.get(oid)) for oid in oids}, uptime / _TICKS_PER_S

    async def _alive(self) -> None:
        """Raise if the agent does not even answer the smallest request."""
        await self._get(())

    def _kept(self, value: Value) -> Value:
        self._bytes += _ROW_BYTES + (len(value) if isinstance(value, bytes) else 0)
        return value[:_MAX_VALUE_BYTES] if isinstance(value, bytes) else value

    async def _retried(self, request: Callable[[], Awaitable[T]]) -> T:
        """Return what a request brings, asked again where that may help."""
        was_silent = True
        for attempt in range(1, _TRIES):
            try:
                return await request()
            except (NoAnswerError, NonsenseError) as error:
                was_silent = was_silent and isinstance(error, SilenceError)
                await asyncio.sleep(_BACKOFF_S * 2**attempt)
        try:
            return await request()
        except SilenceError as error:
            if not was_silent:
                raise
            raise SilenceError(error.after_s, requests=_TRIES, meaning=error.meaning) from None

    async def _discovered(self, scalars: Varbinds) -> Walked:
        """Return the walked tables, from memory where no stamp has moved."""
        memory = self._memory
        stamps = tuple(scalars.get(oid) for oid in self._plan.stamps)
        life = (scalars.get(ENGINE_ID), scalars.get(ENGINE_BOOTS))
        raw = scalars.get(SYS_UPTIME)
        uptime = raw if isinstance(raw, int) else 0
        holds = None not in stamps and (*stamps, *life) == memory.stamps
        went_back, memory.uptime = uptime < memory.uptime, uptime
        if memory.walked is not None and holds and not went_back:
            return memory.walked
        gaps_before = len(self._gaps)
        walked = {column: await self._column(column) for column in self._plan.tables}
        is_whole = len(self._gaps) == gaps_before
        memory.walked = walked if is_whole else None
        memory.rows = self._plan.rows(walked)
        memory.stamps = (*stamps, *life)
        memory.answered.clear()
        return walked

    async def _column(self, column: Oid) -> Varbinds:
        """Return a column; smaller pages where the agent can't answer larger ones."""
        while True:
            found: dict[Oid, Value] = {}
            try:
                async with asyncio.timeout(self._caps.column_s):
                    why = await self._pages(column, found)
            except TimeoutError:
                why = f"{self._caps.column_s:g} s were up"
            except AgentError as error:
                if isinstance(error, NoAnswerError):
                    await self._retried(self._alive)
                if self._memory.repetitions > 1:
                    self._memory.repetitions = max(1, self._memory.repetitions // 4)
                    continue
                why = str(error)
            if why:
                self._gaps.append(
                    f"the walk of {_dotted(column)} ended after {len(found)} rows: {why}"
                )
            return found

    async def _pages(self, column: Oid, found: dict[Oid, Value]) -> str:
        """Fill `found` and return why the walk was cut short; empty if it was not."""
        walk = self._session.walk(column, self._memory.repetitions)
        last: Oid = column
        for _ in range(self._caps.column_pages):
            page = await self._retried(walk.page)
            for oid, value in page.rows:
                if oid <= last:
                    return f"{_dotted(oid)} does not follow {_dotted(last)}"
                last = oid
                found[oid[len(column) :]] = self._kept(value)
            if len(found) > self._caps.column_rows:
                return "too many rows"
            if self._bytes > self._caps.bytes:
                return "too many bytes"
            if page.end is End.UNSURE and self._memory.repetitions > 1:
                await self._confirm_end(column, last)
            if page.end is not End.MORE:
                return ""
        return "too many answers"

    async def _confirm_end(self, column: Oid, last: Oid) -> None:
        """Raise if one row at a time brings more than an answer without rows pretended."""
        page = await self._retried(self._session.walk(column, 1).page)
        if last == column and page.rows:
            raise DidNotFitError("answered a large page with no rows")

    async def _read_rows(self) -> None:
        """Read the rows of the plan into the counters."""
        pending = list(_packed(self._memory.rows, self._memory.varbinds - 1))
        try:
            for chunk in pending:
                if self._bytes > self._caps.bytes:
                    self._gaps.append("the agent's answers are too long; the rest was not read")
                    return
                await self._chunk(chunk)
        except NoAnswerError as error:
            missing = sum(len(chunk) for chunk in pending) - len(self._counters)
            self._gaps.append(f"{missing} values were not read: {error}")

    async def _chunk(self, oids: Sequence[Oid]) -> bool:
        """Read instances, in parts where they don't fit; return whether all could be read.

        Raises:
            NoAnswerError: if the agent has fallen silent.
        """
        try:
            answer, uptime_s = await self._retried(lambda: self._get(oids))
        except AgentError as error:
            if isinstance(error, NoAnswerError):
                await self._retried(self._alive)
            if len(oids) == 1:
                self._gaps.append(f"{_dotted(oids[0])} was not read: {error}")
                return False
            half = len(oids) // 2
            parts = [await self._chunk(oids[:half]), await self._chunk(oids[half:])]
            if all(parts):  # then it was the size and not one bad object
                self._memory.varbinds = max(2, min(self._memory.varbinds, len(oids) - half + 1))
            return all(parts)
        self._counters |= {oid: (value, uptime_s) for oid, value in answer.items()}
        return True

    def _lost_rows(self) -> bool:
        return any(
            oid in self._counters and self._counters[oid][0] is None
            for oid in self._memory.answered
        )

    def _remember_rows(self) -> None:
        self._memory.answered = {
            row[0]
            for row in self._memory.rows
            if self._counters.get(row[0], (None, 0.0))[0] is not None
        }


def _packed(rows: Iterable[tuple[Oid, ...]], most: int) -> Iterator[list[Oid]]:
    """Yield chunks of at most `most` instances that cut a row only if it is longer than that."""
    chunk: list[Oid] = []
    for row in rows:
        if len(chunk) + len(row) > most and chunk:
            yield chunk
            chunk = []
        chunk.extend(row)
        while len(chunk) > most:
            yield chunk[:most]
            chunk = chunk[most:]
    if chunk:
        yield chunk


def _dotted(oid: Oid) -> str:
    return ".".join(map(str, oid))
