"""Writing messages: what Slack demands of them, whoever asks and by which door."""

import json
import re
from dataclasses import dataclass, field

from qosbot.lab.slack.arguments import Arguments
from qosbot.lab.slack.blocks import checked, filled
from qosbot.lab.slack.mrkdwn import mentions_of
from qosbot.lab.slack.records import Channel, Message
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.world import World

LONGEST_TEXT = 40_000
LARGEST_METADATA = 8_000
"""In characters of JSON; Slack documents the refusal and not the number, so this one is ours."""

_NOT_EMULATED = ("attachments", "markdown_text")
_CUSTOM = ("username", "icon_emoji", "icon_url")
_AT_WORD = re.compile(r"(?<![\w<!@])@([a-z0-9._-]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a message says."""

    text: str
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None


def content(world: World, given: Arguments, *, longest: int = LONGEST_TEXT) -> Content:
    """Return what a call wants to be said.

    Raises:
        RefusedError: as Slack names what is wrong with it.
    """
    for name in _NOT_EMULATED:
        if given.has(name):
            raise RefusedError("invalid_arguments", f"this emulator does not know {name}")
    if any(given.has(name) for name in _CUSTOM):
        require(world, "chat:write.customize")
    text = given.text("text")
    if len(text) > longest:
        raise RefusedError("msg_too_long")
    for name in ("unfurl_links", "unfurl_media", "mrkdwn", "as_user"):
        given.flag(name)
    if given.flag("link_names") or given.text("parse") == "full":
        text = _with_links(world, text)
    blocks = given.structure("blocks", "invalid_blocks_format")
    made = [] if blocks is None else filled(checked(blocks), world.ids.short)
    return Content(text=text, blocks=made, metadata=_metadata(given))


def require(world: World, scope: str) -> None:
    """Refuse if the app was not granted a scope."""
    if scope not in world.grant.scopes:
        provided = ",".join(sorted(world.grant.scopes))
        raise RefusedError("missing_scope", needed=scope, provided=provided)


def _with_links(world: World, text: str) -> str:
    """Return text in which names after an at sign have become mentions, as `parse=full` does."""
    groups = {one.handle: f"<!subteam^{one.id}>" for one in world.groups.values()}
    people = {name: f"<@{user}>" for name, user in world.user_ids.items()}
    known = {word: f"<!{word}>" for word in ("channel", "here", "everyone")} | people | groups
    return _AT_WORD.sub(lambda match: known.get(match[1], match[0]), text)


def _metadata(given: Arguments) -> Json | None:
    value = given.structure("metadata", "invalid_metadata_format")
    if value is None:
        return None
    if not isinstance(value, dict):
        raise RefusedError("invalid_metadata_format")
    if not value:
        return {}
    kind, payload = value.get("event_type"), value.get("event_payload")
    if not isinstance(kind, str) or not kind or not isinstance(payload, dict):
        raise RefusedError("invalid_metadata_schema")
    if len(json.dumps(value, ensure_ascii=False)) > LARGEST_METADATA:
        raise RefusedError("metadata_too_large")
    return {"event_type": kind, "event_payload": payload}


def open_to_bot(world: World, name: str) -> Channel:
    """Return a channel in which the bot may write.

    Raises:
        RefusedError: `channel_not_found`, `is_archived` or `not_in_channel`.
    """
    channel = world.channel(name)
    if channel.is_archived:
        raise RefusedError("is_archived")
    if world.bot.id not in channel.members and "chat:write.public" not in world.grant.scopes:
        raise RefusedError("not_in_channel")
    return channel


def thread_of(channel: Channel, ts: str) -> str:
    """Return the parent's time stamp for a reply, empty for a message of its own.

    Raises:
        RefusedError: `thread_not_found`, or `cannot_reply_to_message` for a reply to a reply.
    """
    if not ts:
        return ""
    parent = channel.messages.get(ts)
    if parent is None:
        raise RefusedError("thread_not_found")
    if parent.thread_ts not in {"", ts}:
        raise RefusedError("cannot_reply_to_message")
    return ts


def post(
    world: World, channel: Channel, said: Content, *, thread_ts: str = "", only_for: str = ""
) -> Message:
    """Write a message of the bot, for everybody or for one person, and return it.

    Raises:
        RefusedError: `no_text`, or what is wrong with the thread.
    """
    if not said.text and not said.blocks:
        raise RefusedError("no_text")
    message = Message(
        ts=world.ids.ts(world.now()),
        channel=channel.id,
        author=world.bot.id,
        text=said.text,
        blocks=said.blocks,
        thread_ts=thread_of(channel, thread_ts),
        metadata=said.metadata or None,
        mentions=mentions_of(said.text, said.blocks),
        only_for=only_for,
    )
    channel.add(message)
    world.changed()
    return message


def replace(world: World, message: Message, said: Content) -> None:
    """Change a message: text without blocks removes the blocks; neither keeps them."""
    if not said.text and not said.blocks:
        raise RefusedError("no_text")
    if said.text:
        message.text = said.text
    message.blocks = said.blocks
    # Slack marks a message as edited only where its text, not its blocks, was sent.
    message.edited_at = message.edited_at if said.blocks else world.ids.ts(world.now())
    message.mentions = mentions_of(message.text, message.blocks)
    if said.metadata is not None:
        message.metadata = said.metadata or None
    message.updates += 1
    world.changed()


def anchor_of(message: Message) -> str:
    """Return what a link to a message ends in, after the `#`."""
    return f"p{message.ts.replace('.', '')}"


def as_json(world: World, message: Message, *, with_metadata: bool = False) -> Json:
    """Return a message as the Web API and payloads show it."""
    shown: Json = {
        "type": "message",
        "user": message.author,
        "text": message.text,
        "ts": message.ts,
        "team": world.team,
    }
    if message.author == world.bot.id:
        shown |= {"bot_id": world.bot_id, "app_id": world.app}
    if message.blocks:
        shown["blocks"] = message.blocks
    if message.thread_ts:
        shown["thread_ts"] = message.thread_ts
    if message.edited_at:
        shown["edited"] = {"user": message.author, "ts": message.edited_at}
    if message.files:
        shown["files"] = [file_json(world, name) for name in message.files]
    if message.metadata is not None:
        only_type = {"event_type": message.metadata["event_type"]}
        shown["metadata"] = message.metadata if with_metadata else only_type
    replies = world.channels[message.channel].replies(message.ts)
    if replies and not message.only_for:
        shown |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "reply_users": sorted({one.author for one in replies}),
            "latest_reply": replies[-1].ts,
        }
    return shown


def file_json(world: World, name: str) -> Json:
    """Return a file as the Web API shows it."""
    stored = world.files[name]
    return {
        "id": stored.id,
        "name": stored.name,
        "title": stored.title or stored.name,
        "size": stored.length,
        "filetype": stored.snippet_type or stored.name.rpartition(".")[2],
        "user": world.bot.id,
        "alt_txt": stored.alt_text,
        "channels": list(stored.shared_in),
        "url_private": f"{world.base_url}/files/{stored.id}",
        "permalink": f"{world.base_url}/files/{stored.id}",
    }
