"""Text from devices, people and files as Slack shows it, and never as Slack obeys it.

Slack takes `<...>` for links, mentions and dates, backticks for code, and `*_~` for formatting.
Entities keep the first from happening; the others have no escape, so a look-alike takes their
place.  Inside a code block only backticks matter.
"""

import re
from collections.abc import Sequence

from qosbot.render.cleaning import clean

CUT = "…"

_ENTITIES = (
    # What is escaped already stays as it is, so that escaping twice is harmless.
    (re.compile(r"&(?!(?:amp|lt|gt);)"), "&amp;"),
    (re.compile("<"), "&lt;"),
    (re.compile(">"), "&gt;"),
    (re.compile("`"), "\N{MODIFIER LETTER GRAVE ACCENT}"),
    # Should anybody send it with `link_names`, it still calls nobody.
    (re.compile("@(?=channel|here|everyone)", re.IGNORECASE), "\N{FULLWIDTH COMMERCIAL AT}"),
)
_FORMATS = (
    (re.compile(r"\*"), "\N{ASTERISK OPERATOR}"),
    (re.compile("~"), "\N{TILDE OPERATOR}"),
    # Between letters an underscore formats nothing, and names are full of them.
    (re.compile(r"(?<![^\W_])_|_(?![^\W_])"), "\N{MODIFIER LETTER LOW MACRON}"),
    # `:name:` is an emoji; a time of day is not.
    (re.compile(r":(?=(?!\d+:)[\w+'-]{1,100}:)"), "\N{MODIFIER LETTER COLON}"),
)
_TOKEN = re.compile(r"&(?:amp|lt|gt);|.", re.DOTALL)


def escape(text: str, *, keep_lines: bool = False) -> str:
    """Return a text that `mrkdwn` shows as it is; escaping twice changes nothing more."""
    text = escape_code(text, keep_lines=keep_lines)
    for pattern, instead in _FORMATS:
        text = pattern.sub(instead, text)
    return text


def escape_code(text: str, *, keep_lines: bool = False) -> str:
    """Return a text that a code block shows as it is, and that does not close it."""
    text = clean(text, keep_lines=keep_lines)
    for pattern, instead in _ENTITIES:
        text = pattern.sub(instead, text)
    return text


def fit(text: str, limit: int) -> str:
    """Return an escaped text in at most `limit` characters, cut visibly and between entities."""
    if len(text) <= limit:
        return text
    kept: list[str] = []
    room = limit - len(CUT)
    for token in _TOKEN.findall(text):
        room -= len(token)
        if room < 0:
            break
        kept.append(token)
    # Between letters an underscore formats nothing; at the end of a word it would.
    return f"{''.join(kept).rstrip().removesuffix('_')}{CUT}"


def listed(names: Sequence[str], most: int) -> str:
    """Return the first names, and how many more there are."""
    shown = ", ".join(names[:most])
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown


def counted(number: int, word: str) -> str:
    """Return a number with its word: `1 path`, `3 paths`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
