"""The whole state of a workspace as JSON, for tests and for whoever asks the control API."""

from dataclasses import asdict

from qosbot.lab.slack.modals import as_json as view_json
from qosbot.lab.slack.posting import as_json, file_json
from qosbot.lab.slack.records import Channel, LoggedCall, Message
from qosbot.lab.slack.refusals import Json
from qosbot.lab.slack.sockets import Sockets
from qosbot.lab.slack.world import World


def state(world: World, sockets: Sockets) -> Json:
    """Return everything that is so."""
    return {
        "team": world.team,
        "bot_user": world.bot.id,
        "now": world.now(),
        "version": world.version,
        "channels": {one.id: _channel(world, one) for one in world.channels.values()},
        "groups": {one.id: asdict(one) for one in world.groups.values()},
        "users": {one.id: one.name for one in world.people.values()},
        "files": {name: _file(world, name) for name in world.files},
        "views": [view_json(world, view) | {"user": view.user} for view in world.views.values()],
        "calls": [_call(call) for call in world.calls],
        "counters": counters(world, sockets),
        "connections": sockets.connections,
        "envelopes": [
            {
                "envelope_id": one.id,
                "type": one.kind,
                "payload": one.payload,
                "attempts": one.attempts,
                "acked": one.is_acked,
            }
            for one in sockets.envelopes.values()
        ],
        "faults": world.faults.state(),
    }


def _call(call: LoggedCall) -> Json:
    # Not `asdict`: it would copy every block of every message that was ever sent.
    return {name: getattr(call, name) for name in LoggedCall.__slots__}


def counters(world: World, sockets: Sockets) -> Json:
    """Return how often things happened; calls are counted by method and how they ended."""
    calls: dict[str, dict[str, int]] = {}
    for call in world.calls:
        ended = calls.setdefault(call.method, {})
        ended[call.error or "ok"] = ended.get(call.error or "ok", 0) + 1
    return {"calls": calls, "sockets": asdict(sockets.counters)}


def _channel(world: World, channel: Channel) -> Json:
    hidden: dict[str, list[Json]] = {}
    for one in channel.ephemeral.values():
        hidden.setdefault(one.only_for, []).append(message(world, one))
    return {
        "name": channel.name,
        "members": sorted(channel.members),
        "is_im": channel.is_im,
        "is_archived": channel.is_archived,
        "messages": [message(world, one) for one in channel.messages.values()],
        "ephemeral": hidden,
    }


def message(world: World, one: Message) -> Json:
    """Return a message with what the Web API does not tell: its mentions and its changes."""
    return as_json(world, one, with_metadata=True) | {
        "mentions": list(one.mentions),
        "updates": one.updates,
        "ephemeral_for": one.only_for,
    }


def _file(world: World, name: str) -> Json:
    stored = world.files[name]
    return file_json(world, name) | {
        "is_complete": stored.is_complete,
        "is_uploaded": stored.content is not None,
    }
