"""The words that IOS has for values: code points, rates, codecs."""

from collections.abc import Mapping
from types import MappingProxyType

from qosbot.domain.policies import DscpMatch

DSCP: Mapping[str, int] = MappingProxyType(
    {
        "default": 0,
        "ef": 46,
        **{f"cs{n}": 8 * n for n in range(1, 8)},
        **{f"af{c}{d}": 8 * c + 2 * d for c in range(1, 5) for d in range(1, 4)},
    }
)
"""RFC 2474, RFC 2597, RFC 3246."""

DSCP_NAMES: Mapping[int, str] = MappingProxyType({number: name for name, number in DSCP.items()})

_PRECEDENCE = (
    "routine", "priority", "immediate", "flash", "flash-override", "critical", "internet",
    "network",
)  # fmt: skip
_LARGEST_DSCP = 63
_PRECEDENCE_SHIFT = 3

CODECS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "g711": ("g711ulaw", "g711alaw"),
        "g711-noplc": ("g711ulaw", "g711alaw"),
        "g729a": ("g729r8",),
    }
)
"""Our codecs to what IOS calls them, the usual one first; `g729r8` speaks Annex A too."""

DEFAULT_CODEC = "g729r8"
"""Of a VoIP dial-peer that names none (IOS voice command reference, `codec`)."""


def dscp(word: str) -> int | None:
    """Return a code point given by name or number; None if it is neither."""
    if word.isascii() and word.isdigit():
        return int(word) if int(word) <= _LARGEST_DSCP else None
    return DSCP.get(word.lower())


def precedence(word: str) -> int | None:
    """Return a precedence given by name or number; None if it is neither."""
    if word.isascii() and word.isdigit():
        return int(word) if int(word) < len(_PRECEDENCE) else None
    return _PRECEDENCE.index(word.lower()) if word.lower() in _PRECEDENCE else None


def dscp_match(words: list[str]) -> DscpMatch | None:
    """Return what `match [ip] dscp|precedence ...` matches, given the words after `match`.

    A precedence is the upper three bits of the code point (RFC 2474), hence eight of them.
    None: the words are something else, or hold a value that is not one.
    """
    ipv4_only = words[:1] == ["ip"]
    kind, *values = (words[1:] if ipv4_only else words) or [""]
    if not values or kind not in {"dscp", "precedence"}:
        return None
    found: set[int] = set()
    for value in values:
        number = dscp(value) if kind == "dscp" else precedence(value)
        if number is None:
            return None
        first = number << _PRECEDENCE_SHIFT
        found |= {number} if kind == "dscp" else set(range(first, first + 8))
    return DscpMatch(values=frozenset(found), ipv4_only=ipv4_only)
