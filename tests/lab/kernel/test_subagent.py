"""AgentX as bytes, and what a subagent answers to ranges."""

import asyncio
import struct
from pathlib import Path
from typing import Any, cast

import pytest

from qosbot.lab.kernel import agentx
from qosbot.lab.kernel.agentx import END_OF_VIEW, NO_SUCH_INSTANCE, NO_SUCH_OBJECT, Kind, Search
from qosbot.lab.kernel.namespaces import KernelError
from qosbot.lab.kernel.subagent import Answers, Look, Subagent
from qosbot.lab.mib import MibView, Reading, counter64, fixed, integer, octets

NOBODY = cast("Reading", None)
VIEW = MibView({(1, 3, 9, column, row): fixed(integer(row)) for column in (1, 2) for row in (1, 5)})
ANSWERS = Answers(VIEW, NOBODY)


def search(start: tuple[int, ...], end: tuple[int, ...] = (), *, itself: bool = False) -> Search:
    return Search(start=start, includes_start=itself, end=end)


def test_a_header_says_whose_it_is_and_how_long() -> None:
    sent = agentx.message(Kind.GET, 7, 8, 9, b"payload")
    head = agentx.header(sent[: agentx.HEADER_BYTES])
    assert (head.kind, head.session, head.transaction, head.packet) == (Kind.GET, 7, 8, 9)
    assert sent[agentx.HEADER_BYTES :] == b"payload"
    assert head.payload_bytes == 7


def test_another_byte_order_is_refused() -> None:
    with pytest.raises(ValueError, match="another AgentX"):
        agentx.header(struct.pack("!BBBxIIII", 1, Kind.GET, 0, 0, 0, 0, 0))


def test_a_range_is_read_with_its_internet_prefix() -> None:
    start = struct.pack("!BBBx2I", 2, 4, 1, 1, 9)
    end = struct.pack("!BBBx", 0, 0, 0)
    head = agentx.header(agentx.message(Kind.GET_NEXT, 0, 0, 0, start + end)[:20])
    (found,), _, _ = agentx.searches(head, start + end)
    assert found == search((1, 3, 6, 1, 4, 1, 9), itself=True)


def test_octets_are_padded_to_words() -> None:
    payload = agentx.response_payload([((1, 3), octets("abcde"))])
    assert payload.endswith(struct.pack("!I", 5) + b"abcde\0\0\0")


def test_a_counter_of_64_bits_keeps_them_all() -> None:
    payload = agentx.response_payload([((1, 3), counter64(2**64 - 1))])
    assert payload.endswith(b"\xff" * 8)


def test_the_next_of_a_range_lies_before_its_end() -> None:
    assert ANSWERS.following(search((1, 3, 9, 1, 1)))[0] == (1, 3, 9, 1, 5)
    assert ANSWERS.following(search((1, 3, 9, 1, 5), (1, 3, 9, 2)))[1] == END_OF_VIEW


def test_a_range_may_include_where_it_starts() -> None:
    assert ANSWERS.following(search((1, 3, 9, 1, 1), itself=True))[0] == (1, 3, 9, 1, 1)


def test_a_missing_row_of_a_known_column_is_no_such_instance() -> None:
    assert ANSWERS.exact((1, 3, 9, 1, 4))[1] == NO_SUCH_INSTANCE
    assert ANSWERS.exact((1, 3, 9, 7, 1))[1] == NO_SUCH_OBJECT


def test_a_bulk_request_walks_to_the_end_and_stops_there() -> None:
    rows: list[Any] = list(ANSWERS.repeated([search((1, 3, 9))], 50))
    assert [name for name, _ in rows[:4]] == sorted(VIEW_NAMES)
    assert [value for _, value in rows[4:]] == [END_OF_VIEW]


async def answers_of(look: Look, path: Path, requests: int) -> list[bytes]:
    """Return the payloads with which a subagent answers the same get, asked of it by a master."""
    said: list[bytes] = []
    is_over = asyncio.Event()
    get = struct.pack("!BBBx5I", 5, 0, 1, 1, 3, 9, 1, 1) + struct.pack("!BBBx", 0, 0, 0)

    async def master(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in range(2 + requests):
            if number >= 2:
                writer.write(agentx.message(Kind.GET, 1, 0, number, get))
            head = agentx.header(await reader.readexactly(agentx.HEADER_BYTES))
            payload = await reader.readexactly(head.payload_bytes)
            if number < 2:
                writer.write(
                    agentx.message(Kind.RESPONSE, 1, 0, head.packet, agentx.response_payload([]))
                )
            else:
                said.append(payload)
        is_over.set()
        writer.close()

    server = await asyncio.start_unix_server(master, path)
    agent = Subagent(look, [(1, 3, 9)])
    await agent.connect(path)
    async with asyncio.timeout(30):
        await is_over.wait()
    await agent.close()
    server.close()
    return said


def test_what_cannot_be_read_once_is_an_error_once_and_asked_for_again(tmp_path: Path) -> None:
    faults = [KernelError("gone")]

    async def look() -> tuple[MibView, Reading]:
        if faults:
            raise faults.pop()
        return VIEW, NOBODY

    first, second = asyncio.run(answers_of(look, tmp_path / "agentx", 2))
    assert agentx.response_error(first) == agentx.GENERAL_ERROR
    assert agentx.response_error(second) == 0


VIEW_NAMES = [(1, 3, 9, column, row) for column in (1, 2) for row in (1, 5)]
