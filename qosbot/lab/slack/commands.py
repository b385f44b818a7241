"""What the control API can do: act as a person, change the workspace, break things."""

from collections.abc import Awaitable, Callable

from qosbot.lab.slack.acting import Outcome, person, place
from qosbot.lab.slack.clicking import Click, click
from qosbot.lab.slack.faults import ENDINGS
from qosbot.lab.slack.methods import METHODS
from qosbot.lab.slack.refusals import Json
from qosbot.lab.slack.requests import BadControlError, Fields
from qosbot.lab.slack.sockets import Sockets
from qosbot.lab.slack.submitting import close_view, opened, submit
from qosbot.lab.slack.typing_in import command, say
from qosbot.lab.slack.world import World

Command = Callable[[World, Sockets, Fields], Awaitable[Json]]
_REASONS = ("warning", "refresh_requested", "too_many_websockets")


async def _click(world: World, sockets: Sockets, asked: Fields) -> Json:
    done = Click(
        user=person(world, asked.text("user")),
        action_id=asked.text("action_id"),
        block_id=asked.text("block_id", ""),
        message_ts=asked.text("ts", ""),
        view_id=asked.text("view", ""),
        value=asked.anything("value"),
        is_confirmed=asked.maybe_flag("confirm"),
    )
    asked.done()
    return (await click(world, sockets, done)).as_json()


async def _submit(world: World, sockets: Sockets, asked: Fields) -> Json:
    view = opened(world, person(world, asked.text("user")), asked.text("view", ""))
    values = asked.table("values")
    asked.done()
    return (await submit(world, sockets, view, values)).as_json()


async def _close(world: World, sockets: Sockets, asked: Fields) -> Json:
    view = opened(world, person(world, asked.text("user")), asked.text("view", ""))
    everything = asked.flag("all", default=False)
    asked.done()
    return (await close_view(world, sockets, view, everything=everything)).as_json()


async def _command(world: World, sockets: Sockets, asked: Fields) -> Json:
    user = person(world, asked.text("user"))
    channel = place(world, user, asked.text("channel"))
    line = asked.text("text")
    asked.done()
    return (await command(world, sockets, user, channel, line)).as_json()


async def _say(world: World, _sockets: Sockets, asked: Fields) -> Json:
    user = person(world, asked.text("user"))
    channel = place(world, user, asked.text("channel"))
    text, thread_ts = asked.text("text"), asked.text("thread_ts", "")
    asked.done()
    return {"ts": say(world, user, channel, text, thread_ts)} | Outcome().as_json()


async def _delete(world: World, _sockets: Sockets, asked: Fields) -> Json:
    channel, ts = world.channel(asked.text("channel")), asked.text("ts")
    asked.done()
    channel.remove(world.message(channel, ts).ts)
    world.changed()
    return {}


async def _member(world: World, _sockets: Sockets, asked: Fields) -> Json:
    channel, name = world.channel(asked.text("channel")), asked.text("user")
    user = world.bot.id if name == "bot" else person(world, name)
    is_member = asked.flag("is_member", default=True)
    asked.done()
    (channel.members.add if is_member else channel.members.discard)(user)
    world.changed()
    return {"members": sorted(channel.members)}


async def _stranger(world: World, _sockets: Sockets, asked: Fields) -> Json:
    who = world.people[person(world, asked.text("user"))]
    who.team = asked.text("team", "")
    asked.done()
    return {"team": who.team or world.team}


async def _archive(world: World, _sockets: Sockets, asked: Fields) -> Json:
    channel = world.channel(asked.text("channel"))
    channel.is_archived = asked.flag("is_archived", default=True)
    asked.done()
    return {}


async def _group(world: World, _sockets: Sockets, asked: Fields) -> Json:
    name = asked.text("group")
    users = [person(world, one) for one in asked.texts("users")]
    asked.done()
    for group in world.groups.values():
        if name in {group.id, group.handle}:
            group.users = users
            return {"users": users}
    raise BadControlError(f"there is no group {name}")


def _method(asked: Fields) -> str:
    name = asked.text("method")
    if name not in METHODS:
        raise BadControlError(f"method must be one of {', '.join(sorted(METHODS))}")
    return name


async def _drop_acks(world: World, _sockets: Sockets, asked: Fields) -> Json:
    world.faults.acks_to_drop = asked.whole("count", 1)
    asked.done()
    return world.faults.state()


async def _replay(_world: World, sockets: Sockets, asked: Fields) -> Json:
    name = asked.text("envelope_id", "")
    asked.done()
    try:
        return {"acked": await sockets.replay(name)}
    except LookupError as error:
        raise BadControlError(str(error)) from None


async def _cut(_world: World, sockets: Sockets, asked: Fields) -> Json:
    asked.done()
    return {"cut": sockets.cut()}


async def _disconnect(_world: World, sockets: Sockets, asked: Fields) -> Json:
    reason = asked.text("reason", "refresh_requested")
    asked.done()
    if reason not in _REASONS:
        raise BadControlError(f"reason must be one of {', '.join(_REASONS)}")
    return {"told": await sockets.disconnect(reason)}


async def _limit(world: World, _sockets: Sockets, asked: Fields) -> Json:
    method = _method(asked)
    calls, retry_after_s = asked.whole("calls", 1), asked.whole("retry_after_s", 1)
    asked.done()
    world.faults.limit(method, calls, retry_after_s)
    return world.faults.state()


async def _refuse(world: World, _sockets: Sockets, asked: Fields) -> Json:
    method, calls = _method(asked), asked.whole("calls", 1)
    error = asked.text("error")
    asked.done()
    world.faults.refuse(method, error, calls)
    return world.faults.state()


async def _end(world: World, _sockets: Sockets, asked: Fields) -> Json:
    method, calls = _method(asked), asked.whole("calls", 1)
    how = asked.text("how", "close")
    asked.done()
    for ending in ENDINGS:
        if ending == how:
            world.faults.end(method, ending, calls)
            return world.faults.state()
    raise BadControlError(f"how must be one of {', '.join(ENDINGS)}")


async def _api(world: World, _sockets: Sockets, asked: Fields) -> Json:
    world.faults.is_down = asked.flag("is_down", default=True)
    asked.done()
    return world.faults.state()


async def _clear(world: World, _sockets: Sockets, asked: Fields) -> Json:
    asked.done()
    world.faults.clear()
    return world.faults.state()


COMMANDS: dict[str, Command] = {
    "click": _click,
    "submit": _submit,
    "close": _close,
    "command": _command,
    "say": _say,
    "delete": _delete,
    "member": _member,
    "stranger": _stranger,
    "archive": _archive,
    "group": _group,
    "drop-acks": _drop_acks,
    "replay": _replay,
    "cut-sockets": _cut,
    "disconnect": _disconnect,
    "limit": _limit,
    "refuse": _refuse,
    "end": _end,
    "api": _api,
    "clear": _clear,
}
"""What can be asked for at /control/NAME."""
