"""The conversations.* methods."""

import base64
import binascii
import re
from collections.abc import Sequence

from qosbot.lab.slack.arguments import Arguments
from qosbot.lab.slack.posting import as_json
from qosbot.lab.slack.records import Channel, Message
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.world import World

_TS = re.compile(r"[0-9]+(\.[0-9]{1,6})?")
_MOST = 999
_USUAL = 100


def history(world: World, given: Arguments) -> Json:
    """Carry out conversations.history: the newest first, replies left out."""
    channel = _readable(world, given)
    messages = [one for one in channel.messages.values() if one.thread_ts in {"", one.ts}]
    page = _page(world, given, _between(messages, given), newest_first=True)
    return {"pin_count": 0} | page


def replies(world: World, given: Arguments) -> Json:
    """Carry out conversations.replies: the parent, then its replies, the oldest first."""
    channel = _readable(world, given)
    message = channel.messages.get(given.needed("ts"))
    if message is None:
        raise RefusedError("thread_not_found")
    parent = channel.messages[message.thread_ts or message.ts]
    rest = _between(channel.replies(parent.ts), given)
    return _page(world, given, [parent, *rest], newest_first=False)


def info(world: World, given: Arguments) -> Json:
    """Carry out conversations.info."""
    channel = world.channel(given.needed("channel"))
    shown: Json = {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.is_im,
        "is_im": channel.is_im,
        "is_private": channel.is_im,
        "is_archived": channel.is_archived,
        "is_member": world.bot.id in channel.members,
        "context_team_id": world.team,
    }
    if given.flag("include_num_members"):
        shown["num_members"] = len(channel.members)
    return {"channel": shown}


def _readable(world: World, given: Arguments) -> Channel:
    name = given.needed("channel")
    if name not in world.channels:
        raise RefusedError("channel_not_found")
    channel = world.channels[name]
    if world.bot.id not in channel.members:
        raise RefusedError("not_in_channel")
    return channel


def _micros(ts: str) -> int:
    seconds, _, rest = ts.partition(".")
    return int(seconds) * 1_000_000 + int(rest.ljust(6, "0"))


def _bound(given: Arguments, name: str) -> int | None:
    text = given.text(name)
    if not text:
        return None
    if not _TS.fullmatch(text):
        raise RefusedError(f"invalid_ts_{name}")
    return _micros(text)


def _between(messages: Sequence[Message], given: Arguments) -> list[Message]:
    oldest, latest = _bound(given, "oldest"), _bound(given, "latest")
    slack = 0 if given.flag("inclusive") else 1
    return [
        one
        for one in messages
        if (oldest is None or _micros(one.ts) >= oldest + slack)
        and (latest is None or _micros(one.ts) <= latest - slack)
    ]


def _page(
    world: World, given: Arguments, messages: Sequence[Message], *, newest_first: bool
) -> Json:
    """Return one page of messages and, if there are more, the cursor of the next."""
    limit = given.whole("limit", _USUAL)
    if not 1 <= limit <= _MOST:
        raise RefusedError("invalid_limit")
    in_order = sorted(messages, key=lambda one: _micros(one.ts), reverse=newest_first)
    last = _last_seen(given.text("cursor"))
    if last is not None:
        sign = -1 if newest_first else 1
        in_order = [one for one in in_order if sign * (_micros(one.ts) - last) > 0]
    page, has_more = in_order[:limit], len(in_order) > limit
    with_metadata = given.flag("include_all_metadata")
    answer: Json = {
        "messages": [as_json(world, one, with_metadata=with_metadata) for one in page],
        "has_more": has_more,
    }
    if has_more:
        answer["response_metadata"] = {"next_cursor": _cursor(page[-1])}
    return answer


def _cursor(last: Message) -> str:
    return base64.b64encode(f"next_ts:{_micros(last.ts)}".encode()).decode()


def _last_seen(cursor: str) -> int | None:
    if not cursor:
        return None
    try:
        name, _, micros = base64.b64decode(cursor, validate=True).decode().partition(":")
        if name == "next_ts":
            return int(micros)
    except (binascii.Error, ValueError):
        pass
    raise RefusedError("invalid_cursor")
