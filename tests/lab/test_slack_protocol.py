"""Socket Mode word for word, with a plain WebSocket instead of an SDK."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from qosbot.lab.slack.workspace import Workspace, running
from tests.lab.slack_app import Clock, actions, button, client

T = TypeVar("T")
ROOM = "voice-alarms"
SOON_S = 0.3
CLOCK = Clock()
Told = dict[str, object]


async def url(slack: Workspace) -> str:
    web = client(slack)
    answer = await asyncio.to_thread(web.apps_connections_open, app_token=slack.app_token)
    return str(answer["url"])


@asynccontextmanager
async def sockets(slack: Workspace, count: int) -> AsyncIterator[list[ClientWebSocketResponse]]:
    """Open so many sockets and take the greeting of each."""
    async with AsyncExitStack() as until_done:
        session = await until_done.enter_async_context(ClientSession())
        opened = []
        for _ in range(count):
            opened.append(await session.ws_connect(await url(slack)))
            assert (await told(opened[-1]))["type"] in {"hello", "disconnect"}
        yield opened


async def told(socket: ClientWebSocketResponse) -> Told:
    message = json.loads(await socket.receive_str(timeout=10))
    assert isinstance(message, dict)
    return message


def play(scene: Callable[[Workspace], Awaitable[T]], ack_within_s: float = SOON_S) -> T:
    async def played(slack: Workspace) -> T:
        return await scene(slack)

    with running(now=CLOCK.now, ack_within_s=ack_within_s) as slack:
        return asyncio.run(played(slack))


def post(slack: Workspace) -> str:
    room, blocks = slack.channels[ROOM], [actions(button())]
    return str(client(slack).chat_postMessage(channel=room, text="a", blocks=blocks)["ts"])


def test_the_greeting_says_which_app_and_how_many_sockets() -> None:
    async def scene(slack: Workspace) -> Told:
        async with ClientSession() as session, session.ws_connect(await url(slack)) as socket:
            return await told(socket) | {"app": slack.world.app}

    hello = play(scene)
    assert (hello["type"], hello["num_connections"]) == ("hello", 1)
    assert hello["connection_info"] == {"app_id": hello["app"]}


def test_the_eleventh_socket_is_sent_away() -> None:
    async def scene(slack: Workspace) -> tuple[Told, int]:
        async with sockets(slack, 10), ClientSession() as session:
            CLOCK.step(60)
            async with session.ws_connect(await url(slack)) as socket:
                farewell = await told(socket)
                assert (await socket.receive(timeout=10)).type is WSMsgType.CLOSE
                return farewell, slack.connections()

    farewell, left = play(scene)
    assert (farewell["type"], farewell["reason"]) == ("disconnect", "too_many_websockets")
    assert left == 10


def test_each_envelope_goes_to_one_socket_and_they_take_turns() -> None:
    async def scene(slack: Workspace) -> list[Told]:
        ts = await asyncio.to_thread(post, slack)
        async with sockets(slack, 2) as opened:
            heard = []
            for turn in range(4):
                clicking = asyncio.create_task(
                    asyncio.to_thread(slack.click, "alice", "approve", ts=ts)
                )
                first, second = [asyncio.create_task(told(one)) for one in opened]
                done, waiting = await asyncio.wait(
                    {first, second}, return_when=asyncio.FIRST_COMPLETED, timeout=10
                )
                assert len(done) == 1, turn
                envelope = done.pop().result()
                waiting.pop().cancel()
                socket = opened[0] if first.done() and not first.cancelled() else opened[1]
                heard.append(envelope | {"socket": id(socket)})
                await socket.send_json({"envelope_id": envelope["envelope_id"]})
                assert (await clicking).is_ok
            return heard

    heard = play(scene, ack_within_s=10)
    by_turn = [one["socket"] for one in heard]
    assert by_turn[0] == by_turn[2] != by_turn[1] == by_turn[3]
    assert len({str(one["envelope_id"]) for one in heard}) == 4


def test_what_one_socket_does_not_ack_comes_to_the_other() -> None:
    async def scene(slack: Workspace) -> tuple[Told, Told]:
        ts = await asyncio.to_thread(post, slack)
        async with sockets(slack, 2) as opened:
            clicked = await asyncio.to_thread(slack.click, "alice", "approve", ts=ts)
            assert not clicked.is_ok
            first, second = await asyncio.gather(*[told(one) for one in opened])
            return first, second

    first, second = sorted(play(scene), key=lambda one: "retry_attempt" in one)
    assert first["envelope_id"] == second["envelope_id"]
    assert first["payload"] == second["payload"]
    assert "retry_attempt" not in first
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")


def test_an_unacked_envelope_waits_for_the_next_socket() -> None:
    async def scene(slack: Workspace) -> Told:
        ts = await asyncio.to_thread(post, slack)
        async with sockets(slack, 1):
            clicking = asyncio.to_thread(slack.click, "alice", "approve", ts=ts)
            clicked = asyncio.create_task(clicking)
            while not slack.state()["envelopes"]:
                await asyncio.to_thread(slack.connections)
            slack.cut_sockets()
            assert not (await clicked).is_ok
        async with sockets(slack, 1) as (late,):
            return await told(late)

    assert play(scene)["retry_attempt"] == 1


def test_a_warning_leaves_the_socket_open() -> None:
    async def scene(slack: Workspace) -> tuple[Told, int]:
        async with sockets(slack, 1) as (socket,):
            await asyncio.to_thread(slack.disconnect, "warning")
            return await told(socket), slack.connections()

    warning, left = play(scene)
    assert (warning["type"], warning["reason"], left) == ("disconnect", "warning", 1)


def test_an_ack_for_nothing_is_counted_and_does_no_harm() -> None:
    async def scene(slack: Workspace) -> object:
        async with sockets(slack, 1) as (socket,):
            await socket.send_str("nonsense")
            await socket.send_json({"envelope_id": "never sent"})
            await socket.ping()
            await socket.close()
        return slack.state()["counters"]

    counted = json.loads(json.dumps(play(scene)))
    assert counted["sockets"]["acks_unknown"] == 2


def test_the_server_pings_at_once_so_that_a_client_knows_it_lives() -> None:
    async def scene(slack: Workspace) -> list[WSMsgType]:
        async with ClientSession() as session:
            where = await url(slack)
            async with session.ws_connect(where, autoping=False) as socket:
                return [(await socket.receive(timeout=10)).type for _ in range(2)]

    assert set(play(scene)) == {WSMsgType.TEXT, WSMsgType.PING}
