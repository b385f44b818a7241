"""The chat.* methods."""

from qosbot.lab.slack.arguments import Arguments
from qosbot.lab.slack.posting import anchor_of, as_json, content, open_to_bot, post, replace
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.world import World

_LONGEST_UPDATE = 4_000


def post_message(world: World, given: Arguments) -> Json:
    """Carry out chat.postMessage."""
    channel = open_to_bot(world, given.needed("channel"))
    given.flag("reply_broadcast")
    said = content(world, given)
    message = post(world, channel, said, thread_ts=given.text("thread_ts"))
    shown = as_json(world, message, with_metadata=True)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def update(world: World, given: Arguments) -> Json:
    """Carry out chat.update; a person's id is no channel here, unlike when posting."""
    name, ts = given.needed("channel"), given.needed("ts")
    if name not in world.channels:
        raise RefusedError("channel_not_found")
    channel = world.channels[name]
    message = world.message(channel, ts)
    if message.author != world.bot.id:
        raise RefusedError("cant_update_message")
    if channel.is_archived:
        raise RefusedError("is_inactive")
    said = content(world, given, longest=_LONGEST_UPDATE)
    if said.text or said.blocks:
        replace(world, message, said)
    elif said.metadata is not None:
        message.metadata = said.metadata or None
        message.updates += 1
        world.changed()
    else:
        raise RefusedError("no_text")
    shown = as_json(world, message, with_metadata=True)
    return {"channel": channel.id, "ts": ts, "text": message.text, "message": shown}


def post_ephemeral(world: World, given: Arguments) -> Json:
    """Carry out chat.postEphemeral."""
    channel = open_to_bot(world, given.needed("channel"))
    user = given.needed("user")
    if user not in channel.members:
        raise RefusedError("user_not_in_channel")
    said = content(world, given)
    message = post(world, channel, said, thread_ts=given.text("thread_ts"), only_for=user)
    return {"message_ts": message.ts}


def permalink(world: World, given: Arguments) -> Json:
    """Carry out chat.getPermalink."""
    channel = world.channel(given.needed("channel"))
    message = world.message(channel, given.needed("message_ts"))
    thread = f"&thread={message.thread_ts}" if message.thread_ts else ""
    where = f"{world.base_url}/?channel={channel.id}{thread}#{anchor_of(message)}"
    return {"channel": channel.id, "permalink": where}
