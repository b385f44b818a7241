"""The workspace's sockets: one port of 127.0.0.1 for everything that Slack's many hosts do."""

import os
import secrets
from collections.abc import Callable

from aiohttp import web

from qosbot.lab.slack import answers, uploads
from qosbot.lab.slack.control import Control
from qosbot.lab.slack.page import Page
from qosbot.lab.slack.refusals import Json
from qosbot.lab.slack.setup import Setup
from qosbot.lab.slack.sockets import ACK_WITHIN_S, Sockets
from qosbot.lab.slack.web_api import LARGEST_BODY, WebApi, cut
from qosbot.lab.slack.world import World

ADDRESS = "127.0.0.1"
_SECRET_BYTES = 18


class Server:
    """A workspace that answers."""

    def __init__(
        self, setup: Setup, now: Callable[[], float], ack_within_s: float = ACK_WITHIN_S
    ) -> None:
        self.world = World(setup, now)
        self.sockets = Sockets(self.world, ack_within_s)
        self.control_token = secrets.token_urlsafe(_SECRET_BYTES)
        self.control = Control(self.world, self.sockets, self.control_token)
        self._web_api: WebApi | None = None
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        """Listen on a port, which the kernel chooses for 0.

        Raises:
            OSError: if the port is taken.
        """
        self._web_api = WebApi(self.world)
        page = Page(self.world, self.control_token)
        application = web.Application(client_max_size=LARGEST_BODY)
        application.add_routes(
            [
                web.route("*", "/api/{method}", self._web_api.answer),
                web.get("/link/", self.sockets.serve),
                web.post("/upload/v1/{ticket}", self._upload),
                web.post("/response/{team}/{name}", self._answer),
                web.route("*", "/control/{name}", self.control.answer),
                *page.routes(),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, ADDRESS, port).start()
        self.world.base_url = f"http://{ADDRESS}:{self._runner.addresses[0][1]}"

    async def close(self) -> None:
        """Close every socket."""
        if self._web_api is not None:
            self._web_api.ended.set()
        await self.sockets.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        return await answers.answer(self.world, request)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        if self.world.faults.is_down:
            return cut(request)
        content = await _uploaded(request)
        wrong = uploads.receive(self.world, request.match_info["ticket"], content)
        if wrong:
            return web.Response(status=400, text=wrong)
        return web.Response(text=f"OK - {len(content)}")

    def published(self) -> Json:
        """Return what whoever uses the workspace must know."""
        world = self.world
        return {
            "version": 1,
            "pid": os.getpid(),
            "api_url": f"{world.base_url}/api/",
            "page": f"{world.base_url}/",
            "bot_token": world.bot_token,
            "app_token": world.app_token,
            "team": world.team,
            "bot_user": world.bot.id,
            "channels": {one.name: one.id for one in world.channels.values() if not one.is_im},
            "users": dict(world.user_ids),
            "groups": {one.handle: one.id for one in world.groups.values()},
            "control_token": self.control_token,
        }


async def _uploaded(request: web.Request) -> bytes:
    """Return a file's bytes, which may come raw or as the one file of a form."""
    if request.content_type != "multipart/form-data":
        return await request.read()
    for value in (await request.post()).values():
        if isinstance(value, web.FileField):
            return value.file.read()
    return b""
