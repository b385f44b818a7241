"""The three steps of a file: a promise, the bytes, and where it is shared."""

import secrets

from qosbot.lab.slack.arguments import Arguments
from qosbot.lab.slack.mrkdwn import mentions_of
from qosbot.lab.slack.posting import file_json, open_to_bot, thread_of
from qosbot.lab.slack.records import Message, StoredFile
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.world import World

_LONGEST_ALT_TEXT = 1000
_LARGEST_SNIPPET = 1_000_000
_MOST_CHANNELS = 100


def upload_url(world: World, given: Arguments) -> Json:
    """Carry out files.getUploadURLExternal."""
    name, length = given.needed("filename"), given.whole("length", 0)
    if length <= 0:
        raise RefusedError("missing_argument", "length must be the file's size in bytes")
    if len(given.text("alt_txt")) > _LONGEST_ALT_TEXT:
        raise RefusedError("alt_txt_too_large")
    snippet = given.text("snippet_type")
    if snippet and length > _LARGEST_SNIPPET:
        raise RefusedError("snippet_too_large")
    stored = StoredFile(
        id=world.ids.new("F"),
        name=name,
        length=length,
        ticket=secrets.token_urlsafe(),
        alt_text=given.text("alt_txt"),
        snippet_type=snippet,
    )
    world.files[stored.id] = stored
    return {"upload_url": f"{world.base_url}/upload/v1/{stored.ticket}", "file_id": stored.id}


def receive(world: World, ticket: str, content: bytes) -> str:
    """Take the bytes of a promised file; return what is wrong with them, empty if nothing."""
    for stored in world.files.values():
        if secrets.compare_digest(stored.ticket, ticket) and stored.content is None:
            if len(content) != stored.length:
                return f"{len(content)} bytes instead of {stored.length}"
            stored.content = content
            return ""
    return "no such upload"


def complete(world: World, given: Arguments) -> Json:
    """Carry out files.completeUploadExternal."""
    wanted = given.structure("files", "invalid_arguments")
    if not isinstance(wanted, list) or not wanted:
        raise RefusedError("invalid_arguments", "missing required field: files")
    files = [_uploaded(world, one) for one in wanted]
    names = [given.text("channel_id"), *given.text("channels").split(",")]
    channels = [open_to_bot(world, name) for name in dict.fromkeys(names) if name]
    thread_ts = given.text("thread_ts")
    if len(channels) > _MOST_CHANNELS:
        raise RefusedError("channels_limit_exceeded")
    if thread_ts and len(channels) != 1:
        raise RefusedError("invalid_arguments", "thread_ts goes with exactly one channel")
    threads = [thread_of(channel, thread_ts) for channel in channels]
    for stored, title in files:
        stored.title, stored.is_complete = title, True
        stored.shared_in = [channel.id for channel in channels]
    for channel, thread in zip(channels, threads, strict=True):
        text = given.text("initial_comment")
        message = Message(
            ts=world.ids.ts(world.now()),
            channel=channel.id,
            author=world.bot.id,
            text=text,
            thread_ts=thread,
            mentions=mentions_of(text, []),
            files=[stored.id for stored, _ in files],
        )
        channel.add(message)
    world.changed()
    return {"files": [file_json(world, stored.id) for stored, _ in files]}


def _uploaded(world: World, one: object) -> tuple[StoredFile, str]:
    name = one.get("id") if isinstance(one, dict) else None
    stored = world.files.get(name) if isinstance(name, str) else None
    if not isinstance(one, dict) or stored is None:
        raise RefusedError("file_not_found")
    if stored.content is None or stored.is_complete:
        raise RefusedError("file_not_found", f"{stored.id} was not uploaded, or is shared already")
    return stored, str(one.get("title") or stored.name)
