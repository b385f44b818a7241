"""Codec lists and dial-peers, and which dial-peers are never touched."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import TypedDict

from qosbot.domain.policies import CodecClass, DialPeer
from qosbot.platforms.cisco_ios import strange
from qosbot.platforms.cisco_ios.mqc import Notes
from qosbot.platforms.cisco_ios.sections import Section
from qosbot.platforms.cisco_ios.tree import Heads
from qosbot.platforms.cisco_ios.words import dscp

_CODEC_CLASS = re.compile(r"voice class codec (?P<tag>\d+)")
_PREFERENCE = re.compile(r"codec preference (?P<slot>\d+) (?P<codec>\S.*)")
_WORDS_OF_HEAD = 4
"""As in `dial-peer voice 10 voip`."""
_OTHER_LINES = r"((?:\0 (?!destination-pattern(?:[\s\0]|\Z))[^\s\0][^\0]*)*)"
_LEG = re.compile(
    rf"dial-peer voice ([0-9]{{1,9}}) (voip|pots){_OTHER_LINES}"
    rf"\0 destination-pattern ([^\s\0]{{1,99}}){_OTHER_LINES}"
)
"""A piece that is a leg with one pattern, and no line of it is deeper than another."""
_MARK = re.compile(r"qos dscp (?P<value>\S+) (?P<what>media|signaling)")
_PEER_CODEC_CLASS = re.compile(r"codec (?P<tag>\d+)(?P<all> offer-all)?")
_SPECIAL = re.compile(
    r"fax (?!protocol none$|rate disable$).*|modem .*|fax-relay .*"
    r"|description .*\b(?:fax|modem|emergency|alarm|tty|elevator|lift)\b.*",
    re.IGNORECASE,
)
_CODEC = (
    r"(?:g711[ua]law|g729b?r8|g722-(?:48|56|64)|g723a?r(?:53|63)|g726r(?:16|24|32)|g728|gsmfr|gsmefr"
    r"|gsmamr-nb|amr-nb|amr-wb|ilbc|isac|opus|aacld|mp4a-latm|clear-channel|transparent)"
    r"(?: (?:fixed-bytes|octet-aligned|pre-ietf|crc)| (?:bytes|mode|modes|packetization-period"
    r"|frame-rate|profile) \S+)*"
)
_LOOKS_LIKE_CODEC = re.compile(r"(?:no )?(?:voice-class )?codec\b.*|max-conn\b.*|ip qos dscp\b.*")
_MAY_LOOK = ("codec", "voice-class", "no ", "max-conn", "ip qos")
_KNOWN = re.compile(
    rf"(?:voice-class )?codec (?:\d+(?: offer-all)?|preference \d+ {_CODEC}|{_CODEC})"
    r"|no (?:voice-class )?codec.*|max-conn \d+|ip qos dscp (?:\d+|ef|default|cs[1-7]|af[1-4][1-3])"
    r" (?:media|signaling|video(?: \S+)?)"
)
_KEPT = 1024
"""Lines and legs that are kept once read: most legs have the same ones."""
_NO_PATTERN = re.compile(r"[^0-9.\[\]\-^T*#]")
_DIGITS = "0123456789"
EMERGENCY = ("112", "911", "999", "110", "114", "115", "118", "119", "15", "17", "18")
"""Numbers that reach a rescuer somewhere; a pattern that matches one of them is not touched."""
_DIALLED = frozenset(number[:end] for number in EMERGENCY for end in range(len(number) + 1))
"""What has been dialled of one of them so far."""
_ELSEWHERE = frozenset(f"{number:02}" for number in range(100)) - _DIALLED
"""How most patterns begin."""


class _Said(TypedDict, total=False):
    """The fields of a `DialPeer` that lines have set."""

    codec_class: int
    offers_all_codecs: bool
    codec: str | None
    session_target: str
    destination_pattern: str
    is_shutdown: bool
    max_calls: int | None
    media_dscp: int | None
    signaling_dscp: int | None
    is_protected: bool


def codec_class(section: Section, notes: Notes) -> CodecClass | None:
    """Return a codec list; None if the section is not one.

    Args:
        section: a `voice` section.
        notes: takes the lines about codecs that are not understood.
    """
    if not section.text.startswith("voice class codec "):
        return None
    for number, text in enumerate(section.texts):
        if _is_strange(text):
            notes.add(section.children[number], section.text)
    head = _CODEC_CLASS.fullmatch(section.text)
    if head is None:
        return None
    found = [
        (int(line["slot"]), line["codec"])
        for text in section.texts
        if (line := _PREFERENCE.fullmatch(text)) is not None
    ]
    return CodecClass(tag=int(head["tag"]), preferences=tuple(sorted(found)))


def dial_peers(heads: Heads, notes: Notes) -> dict[int, DialPeer]:
    """Return dial-peers by tag.

    Args:
        heads: the sections.
        notes: takes the lines about codecs, marks and admission that are not understood, and
            those that look like QoS.
    """
    orphans = (one for one in heads.orphans if one.text.startswith("dial-peer voice "))
    found = [_dial_peer(one, notes) for one in orphans]
    for number in heads.words.get("dial-peer", ()):
        plain = _LEG.fullmatch(heads.pieces[number])
        if plain is None:
            found.append(_dial_peer(heads.section(number), notes))
            continue
        tag, kind, before, pattern, after = plain.groups()
        # What a leg says beside the numbers that it is for is the same on many.
        leg, odd = _leg(f"{before}{after}"[1:])
        if odd:
            head = heads.section(number).text
            for line in odd:
                notes.add(line, head)
        found.append(_of(int(tag), kind, {**leg, "destination_pattern": pattern}))
    return {one.tag: one for one in found if one is not None}


def _dial_peer(section: Section, notes: Notes) -> DialPeer | None:
    if not section.text.startswith("dial-peer voice "):
        return None
    if strange.is_unknown(section.text):
        notes.add(section)
    said, odd = _leg(section.below)
    for line in odd:
        notes.add(line, section.text)
    words = section.text.split(" ")
    if len(words) != _WORDS_OF_HEAD or not words[2].isdecimal():
        return None
    return _of(int(words[2]), words[3], said)


def _of(tag: int, kind: str, said: _Said) -> DialPeer:
    if _is_emergency(said.get("destination_pattern", "")):
        said = {**said, "is_protected": True}
    return DialPeer(tag=tag, is_voip=kind == "voip", **said)


@lru_cache(maxsize=_KEPT)
def _leg(below: str) -> tuple[_Said, tuple[Section, ...]]:
    """Return what the lines of a leg set, and those that are not understood."""
    # In a piece they stand with a NUL between them.
    below = below.replace("\0", "\n")
    section, said = Section.printed_as("", below), _Said()
    odd: list[Section] = []
    for number, text in enumerate(section.texts):
        set_here, is_odd = _line(text)
        if set_here is not None:
            said.update(set_here)
        if is_odd:
            odd.append(section.children[number])
    for parent in section.parents:
        odd += [one for line in parent.children for one in strange.unknown(line)]
    return said, tuple(odd)


@lru_cache(maxsize=_KEPT)
def _line(text: str) -> tuple[_Said | None, bool]:
    """Return what a line of a leg sets, None if nothing, and whether it is not understood."""
    return _said(text), _is_strange(text) or strange.is_unknown(text)


def _said(text: str) -> _Said | None:
    word, _, rest = text.partition(" ")
    reader = _READERS.get(word)
    if reader is not None:
        return reader(rest)
    return {"is_protected": True} if _SPECIAL.fullmatch(text) is not None else None


def _target(rest: str) -> _Said | None:
    what, _, target = rest.partition(" ")
    return {"session_target": target} if what == "target" else None


def _codec_list(rest: str) -> _Said | None:
    """Return which codec list a line names, and whether all of it is offered."""
    found = _PEER_CODEC_CLASS.fullmatch(rest)
    if found is None:
        return None
    return {"codec_class": int(found["tag"]), "offers_all_codecs": found["all"] is not None}


def _mark(rest: str) -> _Said | None:
    found = _MARK.fullmatch(rest)
    if found is None:
        return None
    value = dscp(found["value"])
    return {"media_dscp": value} if found["what"] == "media" else {"signaling_dscp": value}


_READERS: Mapping[str, Callable[[str], _Said | None]] = {
    "destination-pattern": lambda rest: {"destination_pattern": rest},
    "session": _target,
    "max-conn": lambda rest: {"max_calls": int(rest) if rest.isdecimal() else None},
    "codec": lambda rest: {"codec": rest or None},
    "shutdown": lambda _: {"is_shutdown": True},
    "voice-class": _codec_list,
    "ip": _mark,
}


def _is_strange(text: str) -> bool:
    """Return whether a line about codecs, marks or admission is not understood."""
    return (
        text.startswith(_MAY_LOOK)
        and _LOOKS_LIKE_CODEC.fullmatch(text) is not None
        and _KNOWN.fullmatch(text) is None
    )


def _is_emergency(pattern: str) -> bool:
    """Return whether an emergency number may leave by this pattern.

    IOS writes a pattern as digits, `.` for any, `[]` for some and `T` for any that follow.
    """
    if not pattern or ("[" not in pattern and pattern[:2] in _ELSEWHERE):
        return False
    text = _NO_PATTERN.sub("", pattern.removeprefix("+"))
    digits = text[: len(text) - len(text.lstrip(_DIGITS))]
    if "[" not in text and digits not in _DIALLED:
        # Most patterns are of that kind, and to compile one takes longer than all the rest.
        return False
    try:
        rule = re.compile(text.replace("*", r"\*").replace("T", ".*"))
    except re.error:
        return True
    return any(rule.fullmatch(number) for number in EMERGENCY)
