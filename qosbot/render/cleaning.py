"""Text from devices and people without what is not seen, or moves what is."""

import re
import unicodedata

# Marks and fillers that are seen by nobody, and are in no category of their own.
_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_SPACES = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")


def clean(text: str, *, keep_lines: bool = False) -> str:
    """Return a text without what controls a terminal, hides, or turns the direction of writing."""
    if keep_lines:
        return "\n".join(clean(line) for line in re.split("\r\n|[\n\r]", text))
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub("", "".join(map(_shown, text)))


def _shown(sign: str) -> str:
    if sign in _SPACES:
        return " "
    category = unicodedata.category(sign)
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"  # half a pair cannot be sent at all
    return "" if category in {"Cc", "Cf", "Co", "Cn"} else sign
