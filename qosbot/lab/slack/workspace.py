"""A workspace inside this process, on a thread of its own, for tests that use real clients."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from qosbot.lab.slack.acting import Outcome, person, place
from qosbot.lab.slack.clicking import Click, click
from qosbot.lab.slack.faults import After, Faults
from qosbot.lab.slack.refusals import Json
from qosbot.lab.slack.server import Server
from qosbot.lab.slack.setup import Setup
from qosbot.lab.slack.sockets import ACK_WITHIN_S
from qosbot.lab.slack.state import message, state
from qosbot.lab.slack.submitting import close_view, opened, submit
from qosbot.lab.slack.typing_in import command, say
from qosbot.lab.slack.world import World

T = TypeVar("T")
_WITHIN_S = 60.0


class Workspace:
    """What a test, or a person at the page, can do with a running workspace.

    People and channels may be given by name or by id.
    """

    def __init__(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self._server = server
        self._loop = loop
        published = server.published()
        self.published: Json = published
        self.api_url, self.page = f"{self.world.base_url}/api/", f"{self.world.base_url}/"
        self.bot_token, self.app_token = self.world.bot_token, self.world.app_token
        self.team, self.bot_user = self.world.team, self.world.bot.id
        self.control_token = server.control_token
        self.users = dict(self.world.user_ids)
        self.channels = {one.name: one.id for one in self.world.channels.values()}
        self.groups = {one.handle: one.id for one in self.world.groups.values()}

    @property
    def world(self) -> World:
        """The state itself; read it from tests, change it through the methods."""
        return self._server.world

    @property
    def faults(self) -> Faults:
        """What is made to go wrong in the Web API and with acks."""
        return self.world.faults

    def _wait(self, work: Coroutine[object, object, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_WITHIN_S)

    def _do(self, work: Callable[[], T]) -> T:
        async def carried_out() -> T:
            return work()

        return self._wait(carried_out())

    def state(self) -> Json:
        """Return everything that is so, as GET /control/state does."""
        return self._do(lambda: state(self.world, self._server.sockets))

    def messages(self, channel: str) -> list[Json]:
        """Return what everybody sees in a channel, in order, replies included."""
        place_ = self.world.channel(channel)
        return self._do(lambda: [message(self.world, one) for one in place_.messages.values()])

    def ephemeral(self, channel: str, user: str) -> list[Json]:
        """Return what only one person sees in a channel."""
        place_, reader = self.world.channel(channel), person(self.world, user)
        return self._do(
            lambda: [
                message(self.world, one)
                for one in place_.ephemeral.values()
                if one.only_for == reader
            ]
        )

    def file(self, name: str) -> bytes:
        """Return the bytes of a file by its id."""
        return self.world.files[name].content or b""

    def calls(self, method: str) -> list[str]:
        """Return how the calls of a method ended: an error's name, or empty."""
        return self._do(lambda: [one.error for one in self.world.calls if one.method == method])

    def connections(self) -> int:
        """Return how many sockets the app has open."""
        return self._server.sockets.connections

    def is_quiet(self) -> bool:
        """Return whether nothing waits for an ack, or to be sent again."""
        return self._do(lambda: not self._server.sockets.busy)

    def wait_for_acks(self, within_s: float) -> None:
        """Let acks take so long from now on, in real seconds."""
        self._server.sockets.ack_within_s = within_s

    def click(  # noqa: PLR0913 - each names one thing that a test may vary
        self,
        user: str,
        action_id: str,
        *,
        ts: str = "",
        view: str = "",
        block_id: str = "",
        value: object = None,
        confirm: bool | None = None,
    ) -> Outcome:
        """Use a button or a select of a message or a view.

        Args:
            user: who does it.
            action_id: of the element.
            ts: the message's time stamp; or else `view`.
            view: the view's id.
            block_id: needed only where two blocks have that action_id.
            value: the option, where there is a choice.
            confirm: the answer to the confirm dialog; None leaves it open and sends nothing.
        """
        done = Click(
            user=person(self.world, user),
            action_id=action_id,
            block_id=block_id,
            message_ts=ts,
            view_id=view,
            value=value,
            is_confirmed=confirm,
        )
        return self._wait(click(self.world, self._server.sockets, done))

    def submit(self, user: str, values: Mapping[str, object], *, view: str = "") -> Outcome:
        """Fill a view, the topmost by default, by action_id, and submit it."""
        found = opened(self.world, person(self.world, user), view)
        return self._wait(submit(self.world, self._server.sockets, found, values))

    def close_view(self, user: str, *, view: str = "") -> Outcome:
        """Close a view, the topmost by default."""
        found = opened(self.world, person(self.world, user), view)
        return self._wait(close_view(self.world, self._server.sockets, found))

    def command(self, user: str, line: str, *, channel: str = "") -> Outcome:
        """Type a slash command, in the first channel by default."""
        who = person(self.world, user)
        where = place(self.world, who, channel or next(iter(self.channels)))
        return self._wait(command(self.world, self._server.sockets, who, where, line))

    def say(self, user: str, text: str, *, channel: str, thread_ts: str = "") -> str:
        """Write a message of a person; return its time stamp."""
        who = person(self.world, user)
        where = place(self.world, who, channel)
        return self._do(lambda: say(self.world, who, where, text, thread_ts))

    def control(self, name: str, **fields: object) -> Json:
        """Carry out one command of the control API; docs/slack-sim.md lists them."""
        return self._wait(self._server.control.do(name, fields))

    def drop_acks(self, count: int = 1) -> None:
        """Lose the next acks on their way."""
        self.faults.acks_to_drop = count

    def limit(self, method: str, calls: int = 1, retry_after_s: int = 1) -> None:
        """Answer 429 to the next calls of a method."""
        self._do(lambda: self.faults.limit(method, calls, retry_after_s))

    def refuse(self, method: str, error: str, calls: int = 1) -> None:
        """Refuse the next calls of a method with an error of Slack's."""
        self._do(lambda: self.faults.refuse(method, error, calls))

    def end(self, method: str, how: After, calls: int = 1) -> None:
        """Let the next calls of a method be carried out and end so, their outcome unknown."""
        self._do(lambda: self.faults.end(method, how, calls))

    def take_down(self, *, is_down: bool = True) -> None:
        """Take the Web API down, or up again."""
        self.faults.is_down = is_down

    def replay(self, envelope_id: str = "") -> bool:
        """Send an envelope once more, the latest by default; return whether it was acked."""
        return self._wait(self._server.sockets.replay(envelope_id))

    def cut_sockets(self) -> int:
        """Break every socket without a word."""
        return self._do(self._server.sockets.cut)

    def disconnect(self, reason: str = "refresh_requested") -> int:
        """Tell every connection that its socket will close."""
        return self._wait(self._server.sockets.disconnect(reason))


@contextmanager
def running(
    setup: Setup | None = None,
    *,
    now: Callable[[], float] = time.time,
    ack_within_s: float = ACK_WITHIN_S,
) -> Iterator[Workspace]:
    """Run a workspace on a thread of its own until the block ends.

    Args:
        setup: who and what is in it.
        now: Unix time in seconds, for time stamps, rate limits, trigger_ids and response_urls.
        ack_within_s: how long an ack may take, in real seconds whatever `now` says.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="slack workspace", daemon=True)
    thread.start()

    async def made() -> Server:
        server = Server(setup or Setup(), now, ack_within_s)
        await server.start()
        return server

    try:
        server = asyncio.run_coroutine_threadsafe(made(), loop).result(_WITHIN_S)
        try:
            yield Workspace(server, loop)
        finally:
            asyncio.run_coroutine_threadsafe(server.close(), loop).result(_WITHIN_S)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
