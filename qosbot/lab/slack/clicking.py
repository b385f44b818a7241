"""A person uses a button or a select, in a message or in a modal."""

from dataclasses import dataclass

from qosbot.lab.slack.acting import (
    DID_NOT_RESPOND,
    NOT_CONNECTED,
    ActError,
    Outcome,
    about,
    chosen,
    find_element,
    seen_message,
)
from qosbot.lab.slack.modals import as_json as view_json
from qosbot.lab.slack.posting import as_json
from qosbot.lab.slack.records import Message
from qosbot.lab.slack.refusals import Json
from qosbot.lab.slack.sockets import Sockets
from qosbot.lab.slack.views import View
from qosbot.lab.slack.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """Which element a person used, and how the confirm dialog was answered."""

    user: str
    action_id: str
    block_id: str = ""
    message_ts: str = ""
    view_id: str = ""
    value: object = None
    """The option that was chosen, where there is a choice."""
    is_confirmed: bool | None = None
    """None if no dialog was answered yet."""


async def click(world: World, sockets: Sockets, done: Click) -> Outcome:
    """Carry out a click; a button with a confirm dialog asks first.

    Raises:
        ActError: if the person does not see such an element.
    """
    if not world.grant.is_interactive:
        raise ActError("the manifest leaves interactivity off")
    view = _view(world, done) if done.view_id else None
    message = None if view else seen_message(world, done.user, done.message_ts)
    blocks = view.blocks if view else message.blocks if message else []
    element, block = find_element(blocks, done.action_id, done.block_id)
    asks = element.get("confirm")
    if isinstance(asks, dict) and done.is_confirmed is None:
        return Outcome(asks=asks)
    if isinstance(asks, dict) and not done.is_confirmed:
        return Outcome(error="dismissed")
    action = _action(world, element, str(block["block_id"]), done)
    if view:
        where = _in_view(world, view, block, element, action)
    elif message:
        where = _in_message(world, message, done.user)
    payload = {
        "type": "block_actions",
        **about(world, done.user),
        **where,
        "trigger_id": world.trigger(done.user, done.view_id),
        "actions": [action],
    }
    answered = await sockets.deliver("interactive", payload)
    return Outcome(error=no_answer(sockets) if answered is None else "")


def no_answer(sockets: Sockets) -> str:
    """Return what Slack's client says when no ack came."""
    return DID_NOT_RESPOND if sockets.connections else NOT_CONNECTED


def _view(world: World, done: Click) -> View:
    view = world.views.get(done.view_id)
    if view is None or view.user != done.user:
        raise ActError(f"no view {done.view_id} is open")
    return view


def _action(world: World, element: Json, block_id: str, done: Click) -> Json:
    action: Json = {
        "type": element["type"],
        "action_id": element["action_id"],
        "block_id": block_id,
        "action_ts": world.ids.ts(world.now()),
    }
    if element["type"] == "button":
        kept = ("text", "value", "style", "url", "confirm")
        return action | {name: element[name] for name in kept if name in element}
    return action | chosen(element, done.value)


def _in_view(world: World, view: View, block: Json, element: Json, action: Json) -> Json:
    if element["type"] not in {"button", "overflow"}:
        held = view.values.setdefault(str(block["block_id"]), {})
        names = ("type", "value", "selected_option", "selected_options")
        held[str(element["action_id"])] = {name: action[name] for name in names if name in action}
    return {
        "container": {"type": "view", "view_id": view.id},
        "view": view_json(world, view),
    }


def _in_message(world: World, message: Message, user: str) -> Json:
    channel = world.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.only_for),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    where: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": channel.name},
        "state": {"values": {}},
        "response_url": world.response_url(user, channel.id, message.ts),
    }
    # Slack leaves the message out of what an ephemeral one sends.
    return where if message.only_for else where | {"message": as_json(world, message)}
