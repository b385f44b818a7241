"""What the app answers at a response_url: at most five times, within half an hour."""

from aiohttp import web

from qosbot.lab.slack.arguments import Arguments
from qosbot.lab.slack.posting import content, post, replace
from qosbot.lab.slack.records import Channel, LoggedCall, Message, ResponseUrl
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.web_api import NOT_ANSWERED, cut, read_body
from qosbot.lab.slack.world import World

MOST_USES = 5
LASTS_S = 30 * 60.0
_METHOD = "response_url"
_GONE = frozenset({"expired_url", "used_url", "invalid_url"})


async def answer(world: World, request: web.Request) -> web.StreamResponse:
    """Take one answer."""
    if world.faults.is_down:
        _log(world, NOT_ANSWERED, "down", {})
        return cut(request)
    given = Arguments({})
    try:
        given = Arguments(await read_body(request))
        take(world, request.match_info["name"], given)
    except RefusedError as refused:
        status = 404 if refused.error in _GONE else 400
        _log(world, status, refused.error, given.given())
        return web.json_response(refused.answer(), status=status)
    _log(world, 200, "", given.given())
    return web.json_response({"ok": True})


def _log(world: World, status: int, error: str, arguments: Json) -> None:
    world.calls.append(
        LoggedCall(at=world.now(), method=_METHOD, status=status, error=error, arguments=arguments)
    )


def take(world: World, name: str, given: Arguments) -> None:
    """Show an answer, change what was answered, or take it away.

    Raises:
        RefusedError: `invalid_url`, `used_url`, `expired_url`, or what is wrong with the answer.
    """
    right = world.response_urls.get(name)
    if right is None:
        raise RefusedError("invalid_url")
    if world.now() - right.made_at > LASTS_S:
        raise RefusedError("expired_url")
    if right.uses >= MOST_USES:
        raise RefusedError("used_url")
    right.uses += 1
    show(world, right, given)


def show(world: World, right: ResponseUrl, given: Arguments) -> None:
    """Carry out what an answer asks for; see `take`."""
    channel = world.channels[right.channel]
    if given.flag("delete_original"):
        _original(channel, right)
        channel.remove(right.message_ts)
        world.changed()
        return
    said = content(world, given)
    if given.flag("replace_original"):
        replace(world, _original(channel, right), said)
        return
    kind = given.text("response_type") or "ephemeral"
    if kind not in {"ephemeral", "in_channel"}:
        raise RefusedError("invalid_arguments", "response_type is ephemeral or in_channel")
    only_for = right.user if kind == "ephemeral" else ""
    post(world, channel, said, thread_ts=given.text("thread_ts"), only_for=only_for)


def _original(channel: Channel, right: ResponseUrl) -> Message:
    for messages in (channel.messages, channel.ephemeral):
        if right.message_ts in messages:
            return messages[right.message_ts]
    raise RefusedError("message_not_found")
