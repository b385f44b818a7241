"""What one person sees: the channel list, a channel, a thread, a modal, as pieces of HTML."""

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from qosbot.lab.slack.drawing import draw_blocks, draw_text
from qosbot.lab.slack.mrkdwn import shown
from qosbot.lab.slack.posting import anchor_of
from qosbot.lab.slack.records import Channel, Message, StoredFile
from qosbot.lab.slack.refusals import Json
from qosbot.lab.slack.world import World

IMAGES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif"}
"""Kinds of files that the page shows as pictures; no SVG, which could carry a script."""

_LINES_SHOWN = 14
_MESSAGES_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Who looks at what."""

    user: str
    channel: Channel
    thread_ts: str = ""


def scene(world: World, look: Look) -> Json:
    """Return everything that the page shows, and the version of what it shows."""
    thread = look.channel.messages.get(look.thread_ts)
    return {
        "version": world.version,
        "sidebar": _sidebar(world, look),
        "title": escape(_title(world, look.channel)),
        "messages": _messages(world, look),
        "thread": _thread(world, look, thread) if thread else "",
        "modal": _modal(world, look.user),
    }


_EMPTY = '<p class="muted empty">Nothing was said here yet.</p>'


def _messages(world: World, look: Look) -> str:
    """Return the newest messages of a channel; a page of thousands would stand still."""
    top = _top(look)
    older = len(top) - _MESSAGES_SHOWN
    note = f'<p class="muted empty">{older} older messages are not shown.</p>' if older > 0 else ""
    drawn = "".join(_message(world, look, one) for one in top[-_MESSAGES_SHOWN:])
    return note + drawn or _EMPTY


def _title(world: World, channel: Channel) -> str:
    return world.bot.name if channel.is_im else f"# {channel.name}"


def _sidebar(world: World, look: Look) -> str:
    rows = ""
    for channel in world.channels.values():
        if look.user in channel.members:
            here = " here" if channel is look.channel else ""
            name = escape(_title(world, channel))
            rows += f'<button class="row{here}" data-channel="{channel.id}">{name}</button>'
    return rows


def _top(look: Look) -> list[Message]:
    """Return what is not in a thread, ephemeral messages among it, in order."""
    mine = [one for one in look.channel.ephemeral.values() if one.only_for == look.user]
    top = [one for one in look.channel.messages.values() if one.thread_ts in {"", one.ts}]
    return sorted([*top, *(one for one in mine if not one.thread_ts)], key=_order)


def _order(message: Message) -> tuple[int, int]:
    seconds, _, rest = message.ts.partition(".")
    return int(seconds), int(rest)


def _thread(world: World, look: Look, parent: Message) -> str:
    mine = [
        one
        for one in look.channel.ephemeral.values()
        if one.only_for == look.user and one.thread_ts == parent.ts
    ]
    replies = sorted([*look.channel.replies(parent.ts), *mine], key=_order)
    count = f'<p class="count">{_replies(len(replies))}</p>'
    drawn = "".join(_message(world, look, one, in_thread=True) for one in replies)
    return _message(world, look, parent, in_thread=True) + count + drawn


def _replies(count: int) -> str:
    return "1 reply" if count == 1 else f"{count} replies"


def _message(world: World, look: Look, message: Message, *, in_thread: bool = False) -> str:
    names = world.names()
    author = world.people.get(message.author)
    name = author.name if author else "Slackbot"
    is_app = author is None or author.is_bot
    when = datetime.fromtimestamp(float(message.ts), UTC)
    body = draw_blocks(message.blocks, names, {"ts": message.ts})
    edited = ' <span class="muted">(edited)</span>' if message.edited_at else ""
    if not message.blocks and message.text:
        body = f"<p>{shown(message.text, names)}{edited}</p>"
    elif edited:
        body += edited
    private = '<p class="private">Only visible to you</p>' if message.only_for else ""
    files = "".join(_file(world.files[one]) for one in message.files)
    replies = look.channel.replies(message.ts) if not in_thread else []
    link = f'<button class="thread" data-thread="{message.ts}">{_replies(len(replies))}</button>'
    anchor = "" if in_thread else f' id="{anchor_of(message)}"'
    return (
        f'<article class="{"ephemeral" if message.only_for else ""}"{anchor}>'
        f'<div class="avatar {"app" if is_app else ""}">{escape(name[:1].upper())}</div>'
        f'<div class="body">{private}<p class="who"><b>{escape(name)}</b>'
        f"{'<i>APP</i>' if is_app else ''}<time>{when:%H:%M}</time></p>"
        f"{body}{files}{link if replies else ''}</div></article>"
    )


def is_image(stored: StoredFile) -> bool:
    """Return whether the page shows a file as a picture."""
    return stored.name.rpartition(".")[2].lower() in IMAGES


def _file(stored: StoredFile) -> str:
    title, where = escape(stored.title or stored.name), f"/files/{stored.id}?key={stored.ticket}"
    if is_image(stored):
        alt = escape(stored.alt_text or stored.title or stored.name)
        body = f'<img src="{where}" alt="{alt}">'
    else:
        text = (stored.content or b"").decode(errors="replace")
        lines = text.splitlines()
        more = f"\n… {len(lines) - _LINES_SHOWN} more lines" if len(lines) > _LINES_SHOWN else ""
        body = f"<pre>{escape(chr(10).join(lines[:_LINES_SHOWN]) + more)}</pre>"
    link = f'<a href="{where}" target="_blank" rel="noreferrer noopener">{title}</a>'
    size = f'<span class="muted">{stored.length} bytes</span>'
    return f"<figure><figcaption>{link} {size}</figcaption>{body}</figure>"


def _modal(world: World, user: str) -> Json | None:
    """Return the topmost view that a person has open."""
    mine = [view for view in world.views.values() if view.user == user]
    if not mine:
        return None
    view, names = mine[-1], world.names()
    definition = view.definition
    submit = definition["submit"]
    send = f'<button class="el primary">{draw_text(submit, names)}</button>' if submit else ""
    stop = draw_text(definition["close"], names) if definition["close"] else "Cancel"
    held: Json = {**view.values}
    return {
        "hash": f"{view.id} {view.hash}",
        "html": (
            f'<form data-view="{view.id}"><header><h3>{draw_text(definition["title"], names)}</h3>'
            '<button type="button" class="x" data-close aria-label="Close">&times;</button>'
            "</header>"
            f'<div class="inside">{draw_blocks(view.blocks, names, {"view": view.id}, held)}</div>'
            f'<footer><button type="button" class="el" data-close>{stop}</button>{send}'
            "</footer></form>"
        ),
    }
