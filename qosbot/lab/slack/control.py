"""The control API and who may use it: this machine, with the token, never another site's page."""

import hmac
import json

from aiohttp import web

from qosbot.lab.slack.acting import ActError
from qosbot.lab.slack.commands import COMMANDS
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.requests import BadControlError, Fields
from qosbot.lab.slack.sockets import Sockets
from qosbot.lab.slack.state import state
from qosbot.lab.slack.world import World

TOKEN_HEADER = "X-Control-Token"  # noqa: S105 - a header's name


def is_ours(world: World, request: web.Request) -> bool:
    """Return whether a request is addressed to us, and not sent by another site's page.

    A foreign name in Host is DNS rebinding; a foreign Origin is a forged cross-site request.
    """
    port = world.base_url.rpartition(":")[2]
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
    origin = request.headers.get("Origin")
    own = {f"http://{host}" for host in hosts}
    return request.headers.get("Host", "") in hosts and (origin is None or origin in own)


def has_token(request: web.Request, token: str) -> bool:
    """Return whether a request carries the control token."""
    return hmac.compare_digest(request.headers.get(TOKEN_HEADER, "").encode(), token.encode())


def forbidden(why: str) -> web.Response:
    """Return the answer to who may not."""
    return web.json_response({"ok": False, "error": why}, status=403)


class Control:
    """Answers `/control/NAME`."""

    def __init__(self, world: World, sockets: Sockets, token: str) -> None:
        self._world = world
        self._sockets = sockets
        self._token = token

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        if not is_ours(self._world, request):
            return forbidden("this is not how 127.0.0.1 is called")
        if not has_token(request, self._token):
            return forbidden(f"{TOKEN_HEADER} is missing or wrong")
        name = request.match_info["name"]
        try:
            return web.json_response({"ok": True} | await self._carry_out(request, name))
        except (BadControlError, ActError, RefusedError) as error:
            return web.json_response({"ok": False, "error": str(error)}, status=400)

    async def _carry_out(self, request: web.Request, name: str) -> Json:
        if name == "state" and request.method == "GET":
            return state(self._world, self._sockets)
        if name not in COMMANDS:
            raise BadControlError(f"unknown command {name}: {', '.join(['state', *COMMANDS])}")
        if request.method != "POST":
            raise BadControlError(f"{name} changes things; use POST")
        try:
            asked: object = json.loads(await request.text() or "{}")
        except (ValueError, RecursionError):
            asked = None
        if not isinstance(asked, dict):
            raise BadControlError("a request is one JSON object")
        return await self.do(name, asked)

    async def do(self, name: str, asked: Json) -> Json:
        """Carry out one command."""
        return await COMMANDS[name](self._world, self._sockets, Fields(asked))
