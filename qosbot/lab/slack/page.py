"""The page on which a person plays anybody in the workspace; it speaks to nobody but us."""

import hmac
import json
from html import escape
from pathlib import Path
from string import Template

from aiohttp import web

from qosbot.lab.slack.acting import ActError, person, place
from qosbot.lab.slack.control import forbidden, has_token, is_ours
from qosbot.lab.slack.scene import IMAGES, Look, is_image, scene
from qosbot.lab.slack.world import World

_ASSETS = Path(__file__).parent / "assets"
_KINDS = {"page.js": "text/javascript", "page.css": "text/css"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


class Page:
    """Serves the page and what it is made of."""

    def __init__(self, world: World, token: str) -> None:
        self._world = world
        self._token = token

    def routes(self) -> list[web.RouteDef]:
        """Return what to add to the application."""
        return [
            web.get("/", self._page),
            web.get("/favicon.ico", _no_icon),
            web.get("/page/scene", self._scene),
            web.get("/page/{asset}", _asset),
            web.get("/files/{file}", self._file),
        ]

    def _look(self, request: web.Request) -> Look:
        """Return who looks at what, as the query says; the first person and channel by default."""
        query, world = request.query, self._world
        user = person(world, query.get("user") or next(iter(world.user_ids)))
        theirs = [one.id for one in world.channels.values() if user in one.members]
        if not theirs:
            raise ActError(f"{world.people[user].name} is in no channel")
        channel = place(world, user, query.get("channel") or theirs[0])
        return Look(user=user, channel=channel, thread_ts=query.get("thread", ""))

    async def _page(self, request: web.Request) -> web.StreamResponse:
        if not is_ours(self._world, request):
            return forbidden("this is not how 127.0.0.1 is called")
        try:
            look = self._look(request)
        except ActError as error:
            return web.Response(status=404, text=str(error))
        template = Template((_ASSETS / "page.html").read_text(encoding="utf-8"))
        text = template.substitute(self._filled(look))
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)

    def _filled(self, look: Look) -> dict[str, str]:
        seen = scene(self._world, look)
        start = {
            "user": look.user,
            "channel": look.channel.id,
            "thread": look.thread_ts,
            "modal": seen["modal"],
            "version": seen["version"],
        }
        users = "".join(
            f'<option value="{user}"{" selected" if user == look.user else ""}>{escape(name)}'
            "</option>"
            for name, user in self._world.user_ids.items()
        )
        parts = {name: str(seen[name]) for name in ("sidebar", "title", "messages", "thread")}
        return parts | {
            "token": escape(self._token),
            "start": escape(json.dumps(start)),
            "users": users,
            "app": escape(self._world.bot.name),
        }

    async def _scene(self, request: web.Request) -> web.StreamResponse:
        if not is_ours(self._world, request) or not has_token(request, self._token):
            return forbidden("only the page itself may ask for this")
        try:
            look = self._look(request)
        except ActError as error:
            return web.json_response({"error": str(error)}, status=404)
        if request.query.get("since") == str(self._world.version):
            return web.Response(status=204)
        return web.json_response(scene(self._world, look))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """Give a file to whoever has its key, or to the app if it may read files."""
        stored = self._world.files.get(request.match_info["file"])
        if stored is None or stored.content is None:
            return web.Response(status=404)
        key = request.query.get("key", "")
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        is_app = hmac.compare_digest(bearer.encode(), self._world.bot_token.encode())
        may_read = is_app and "files:read" in self._world.grant.scopes
        if not hmac.compare_digest(key.encode(), stored.ticket.encode()) and not may_read:
            return web.Response(status=403)
        kind = IMAGES[stored.name.rpartition(".")[2].lower()] if is_image(stored) else "text/plain"
        return web.Response(body=stored.content, content_type=kind, headers=_HEADERS)


async def _no_icon(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


async def _asset(request: web.Request) -> web.StreamResponse:
    name = request.match_info["asset"]
    if name not in _KINDS:
        return web.Response(status=404)
    text = (_ASSETS / name).read_text(encoding="utf-8")
    return web.Response(text=text, content_type=_KINDS[name], headers=_HEADERS)
