"""The Web API over HTTP: who calls, whether they may, how often, and how it ends."""

import asyncio
import hmac
import json
from collections.abc import Mapping

from aiohttp import web

from qosbot.lab.slack.arguments import Arguments
from qosbot.lab.slack.faults import After
from qosbot.lab.slack.methods import METHODS, Method
from qosbot.lab.slack.records import LoggedCall
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.world import World

LARGEST_BODY = 50_000_000
NOT_ANSWERED = 0
"""The status that the log has for a call whose caller got no answer."""


class LimitedError(Exception):
    """Too many calls; the answer is 429."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"once more in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class WebApi:
    """Answers `/api/METHOD`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.ended = asyncio.Event()
        """Set when the workspace ends; who hangs until then is let go."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        name = request.match_info["method"]
        if self._world.faults.is_down:
            self._log(name, NOT_ANSWERED, "down", Arguments({}))
            return cut(request)
        given, body, status, headers = Arguments({}), Json(), 200, dict[str, str]()
        try:
            given = Arguments(await read_body(request))
            body = {"ok": True} | self._carry_out(request, name, given)
        except RefusedError as refused:
            body = refused.answer()
        except LimitedError as limited:
            body, status = {"ok": False, "error": "ratelimited"}, 429
            headers = {"Retry-After": str(limited.retry_after_s)}
        ending = self._world.faults.ending(name) if body["ok"] else None
        if ending is not None:
            self._log(name, 500 if ending == "error" else NOT_ANSWERED, ending, given)
            return await self._end(request, ending)
        self._log(name, status, str(body.get("error", "")), given)
        return web.json_response(body, status=status, headers=headers | self._scopes(name))

    def _scopes(self, name: str) -> dict[str, str]:
        accepted = METHODS[name].scopes if name in METHODS else ()
        return {
            "X-OAuth-Scopes": ",".join(sorted(self._world.grant.scopes)),
            "X-Accepted-OAuth-Scopes": ",".join(accepted),
        }

    def _log(self, name: str, status: int, error: str, given: Arguments) -> None:
        self._world.calls.append(
            LoggedCall(
                at=self._world.now(),
                method=name,
                status=status,
                error=error,
                arguments=given.given(),
                ignored=tuple(given.ignored()) if not error else (),
            )
        )

    def _carry_out(self, request: web.Request, name: str, given: Arguments) -> Json:
        method = METHODS.get(name)
        if method is None:
            raise RefusedError("unknown_method", req_method=name)
        self._authorise(request, method, given)
        self._pace(name, method, given)
        refusal = self._world.faults.refusal(name)
        if refusal:
            raise RefusedError(refusal)
        return method.run(self._world, given)

    def _authorise(self, request: web.Request, method: Method, given: Arguments) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else given.text("token")
        if not token:
            raise RefusedError("not_authed")
        is_app, is_bot = _same(token, self._world.app_token), _same(token, self._world.bot_token)
        if not is_app and not is_bot:
            raise RefusedError("invalid_auth")
        if is_app != method.is_for_app:
            raise RefusedError("not_allowed_token_type")
        granted = self._world.grant.scopes
        if is_bot and method.scopes and not granted & set(method.scopes):
            provided = ",".join(sorted(granted))
            raise RefusedError("missing_scope", needed=method.scopes[0], provided=provided)

    def _pace(self, name: str, method: Method, given: Arguments) -> None:
        wait_s = self._world.faults.limited_s(name)
        if not wait_s and method.is_per_channel:
            wait_s = self._world.limits.wait_for_message_s(self._room(given))
        elif not wait_s:
            wait_s = self._world.limits.wait_s(name, method.per_min)
        if wait_s:
            raise LimitedError(wait_s)

    def _room(self, given: Arguments) -> str:
        """Return the channel whose limit counts, which a call may name in several ways."""
        try:
            return self._world.channel(given.text("channel")).id
        except RefusedError:
            return ""

    async def _end(self, request: web.Request, ending: After) -> web.StreamResponse:
        if ending == "error":
            return web.Response(status=500, text="internal_error")
        if ending == "hang":
            await self.ended.wait()
        return cut(request)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def cut(request: web.Request) -> web.StreamResponse:
    """Break the connection as if the network had; the caller gets no answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def read_body(request: web.Request) -> Mapping[str, object]:
    """Return what a call says, from its query and its body, form or JSON.

    Raises:
        RefusedError: `invalid_json`, `json_not_object` or `invalid_form_data`.
    """
    query: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            told: object = json.loads(await request.text() or "{}")
        except (ValueError, RecursionError):
            raise RefusedError("invalid_json") from None
        if not isinstance(told, dict):
            raise RefusedError("json_not_object")
        return query | told
    try:
        return query | dict(await request.post())
    except ValueError:
        raise RefusedError("invalid_form_data") from None
