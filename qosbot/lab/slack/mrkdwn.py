"""Slack's mrkdwn: whom a text mentions, and what a person sees of it.

`<`, `>` and `&` are control characters; text that arrives as `&lt;`, `&gt;` and `&amp;` is shown
as those characters and never parsed.  Source: Slack's guide to formatting text.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from qosbot.lab.slack.refusals import Json

Names = Mapping[str, str]
"""What to show for the id of a person, a channel or a user group."""

_ENTITY = re.compile(r"<([^<>\n]+)>")
_PIECE = re.compile(r"```(?P<pre>.+?)```|`(?P<code>[^`\n]+)`|<(?P<entity>[^<>\n]+)>", re.DOTALL)
_EVERYBODY = ("channel", "here", "everyone")
_LINKED = ("http://", "https://", "mailto:", "tel:")
_OPEN, _CLOSE = "\ue000", "\ue001"
_HELD = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_BARE_URL = re.compile(r"(?<![\w/\"])https?://[^\s<>|*`\ue000\ue001]+[^\s<>|*`.,;:!?)\ue000\ue001]")
_STYLES = tuple(
    (
        re.compile(
            rf"(?<![\w{mark}]){mark}(?=[^\s{mark}])([^\n]*?[^\s{mark}]){mark}(?![\w{mark}])"
        ),
        tag,
    )
    for mark, tag in ((r"\*", "b"), ("_", "i"), ("~", "s"))
)
_EMOJI = {
    "white_check_mark": "\u2705",
    "heavy_check_mark": "\u2714\ufe0f",
    "x": "\u274c",
    "warning": "\u26a0\ufe0f",
    "rotating_light": "\U0001f6a8",
    "no_entry": "\u26d4",
    "hourglass": "\u231b",
    "hourglass_flowing_sand": "\u23f3",
    "red_circle": "\U0001f534",
    "large_green_circle": "\U0001f7e2",
    "large_yellow_circle": "\U0001f7e1",
    "large_blue_circle": "\U0001f535",
    "leftwards_arrow_with_hook": "\u21a9\ufe0f",
    "telephone_receiver": "\U0001f4de",
    "lock": "\U0001f512",
    "eyes": "\U0001f440",
    "thumbsup": "\U0001f44d",
    "+1": "\U0001f44d",
    "thumbsdown": "\U0001f44e",
    "-1": "\U0001f44e",
}
_EMOJI_NAME = re.compile(r":([a-z0-9_+-]+):")


def mentions(text: str) -> tuple[str, ...]:
    """Return whom an mrkdwn text would notify: ids, and `channel`, `here` or `everyone`."""
    found = [one for one in map(_mentioned, _ENTITY.findall(text)) if one]
    return tuple(dict.fromkeys(found))


def _mentioned(entity: str) -> str:
    name = entity.partition("|")[0]
    if name.startswith("@") and name[1:2] in {"U", "W"}:
        return name[1:]
    if name.startswith("!subteam^"):
        return name.removeprefix("!subteam^")
    return name[1:] if name.startswith("!") and name[1:] in _EVERYBODY else ""


def mentions_of(text: str, blocks: Iterable[Json]) -> tuple[str, ...]:
    """Return whom a message would notify through its text and its blocks."""
    found = [*mentions(text), *(one for part in _mrkdwn_in(list(blocks)) for one in mentions(part))]
    return tuple(dict.fromkeys(found))


def _mrkdwn_in(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _mrkdwn_in(one)
    elif isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield str(value.get("text", ""))
        else:
            for inner in value.values():
                yield from _mrkdwn_in(inner)


def shown(text: str, names: Names) -> str:
    """Return an mrkdwn text as HTML, with nothing in it that its author wrote as HTML."""
    held: list[str] = []

    def hold(markup: str) -> str:
        held.append(markup)
        return f"{_OPEN}{len(held) - 1}{_CLOSE}"

    def piece(match: re.Match[str]) -> str:
        if match["pre"] is not None:
            return hold(f"<pre>{_entities(match['pre'].strip(chr(10)), names)}</pre>")
        if match["code"] is not None:
            return hold(f"<code>{_entities(match['code'], names)}</code>")
        return hold(_entity(match["entity"], names))

    plain = text.replace(_OPEN, "").replace(_CLOSE, "")
    body = _PIECE.sub(piece, plain)
    body = _BARE_URL.sub(lambda found: hold(_link(found[0], found[0])), body)
    body = _lines(_styled(_escaped(body)))
    return _put_back(body, held)


def _put_back(body: str, held: list[str]) -> str:
    return _HELD.sub(lambda match: held[int(match[1])], body)


def _entities(text: str, names: Names) -> str:
    """Return text inside code: entities are still parsed there, styles are not."""
    parts = _ENTITY.split(text)
    return "".join(
        _entity(part, names) if number % 2 else _escaped(part) for number, part in enumerate(parts)
    )


def _escaped(text: str) -> str:
    for code, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(code, character)
    return html.escape(text)


def plain(text: str) -> str:
    """Return a plain_text as HTML: nothing is parsed but emoji."""
    return with_emoji(html.escape(text)).replace("\n", "<br>")


def with_emoji(text: str) -> str:
    """Return text with the few emoji that this emulator can draw."""
    return _EMOJI_NAME.sub(lambda match: _EMOJI.get(match[1], match[0]), text)


def _styled(text: str) -> str:
    for pattern, tag in _STYLES:
        text = pattern.sub(rf"<{tag}>\1</{tag}>", text)
    return with_emoji(text)


def _lines(text: str) -> str:
    """Return lines with breaks between them, and quoted ones as quotes."""
    made = ""
    for line in text.split("\n"):
        if line.startswith("&gt;"):
            made += f"<blockquote>{line.removeprefix('&gt;').lstrip()}</blockquote>"
        else:
            made += ("<br>" if made and not made.endswith("</blockquote>") else "") + line
    return made


def _entity(entity: str, names: Names) -> str:
    name, _, label = entity.partition("|")
    if _mentioned(entity):
        text = names.get(_mentioned(entity), label.removeprefix("@") or _mentioned(entity))
        return f'<span class="mention">@{html.escape(text)}</span>'
    if name.startswith("#"):
        return (
            f'<span class="mention">#{html.escape(names.get(name[1:], label or name[1:]))}</span>'
        )
    if name.startswith("!date^"):
        return _date(name, label)
    if name.startswith(_LINKED):
        return _link(name, label or name)
    return html.escape(f"<{entity}>") if not name.startswith("!") else html.escape(label or entity)


def _link(url: str, label: str) -> str:
    href = html.escape(url.replace("&amp;", "&"))
    return f'<a href="{href}" rel="noreferrer noopener" target="_blank">{_escaped(label)}</a>'


def _ordinal(day: int) -> str:
    teens = range(11, 14)
    return f"{day}{'th' if day in teens else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"


def _clock(when: datetime, form: str) -> str:
    return when.strftime(form).lstrip("0")


_TOKENS: dict[str, Callable[[datetime], str]] = {
    "date_num": lambda when: f"{when:%Y-%m-%d}",
    "date": lambda when: f"{when:%B} {_ordinal(when.day)}, {when.year}",
    "date_short": lambda when: f"{when:%b} {when.day}, {when.year}",
    "date_long": lambda when: f"{when:%A, %B} {_ordinal(when.day)}, {when.year}",
    "time": lambda when: _clock(when, "%I:%M %p"),
    "time_secs": lambda when: _clock(when, "%I:%M:%S %p"),
}
_TOKENS |= {f"{name}_pretty": _TOKENS[name] for name in ("date", "date_short", "date_long")}
_TOKEN = re.compile(r"\{(\w+)\}")


def _date(name: str, fallback: str) -> str:
    """Return a moment as the reader's clock shows it; readers here live in UTC."""
    _, seconds, form, *link = [*name.split("^"), ""][:4] if name.count("^") > 1 else ["", "", ""]
    try:
        when = datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return _escaped(fallback)
    unknown = set(_TOKEN.findall(form)) - set(_TOKENS)
    if unknown or not form:
        return _escaped(fallback)
    text = _TOKEN.sub(lambda match: _TOKENS[match[1]](when), form)
    label = f'<time title="{when:%Y-%m-%d %H:%M:%S} UTC">{_escaped(text)}</time>'
    target = link[0] if link else ""
    if not target.startswith(_LINKED):
        return label
    return f'<a href="{html.escape(target)}" rel="noreferrer noopener" target="_blank">{label}</a>'
