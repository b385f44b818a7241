"""Codec lists and dial-peers, and which dial-peers are never touched."""

import re
from functools import lru_cache

from qosbot.domain.policies import CodecClass, DialPeer
from qosbot.platforms.cisco_ios.tree import Section
from qosbot.platforms.cisco_ios.words import dscp

_CODEC_CLASS = re.compile(r"voice class codec (?P<tag>\d+)")
_PREFERENCE = re.compile(r"codec preference (?P<slot>\d+) (?P<codec>\S.*)")
_WORDS_OF_HEAD = 3
"""As in `voice 10 voip`."""
_MARK = re.compile(r"ip qos dscp (?P<value>\S+) (?P<what>media|signaling)")
_PEER_CODEC_CLASS = re.compile(r"voice-class codec (?P<tag>\d+)(?P<all> offer-all)?")
_SPECIAL = re.compile(
    r"fax (?!protocol none$|rate disable$).*|modem .*|fax-relay .*"
    r"|description .*\b(?:fax|modem|emergency|alarm|tty|elevator|lift)\b.*",
    re.IGNORECASE,
)
_SAID_ONCE = frozenset({"destination-pattern", "max-conn", "codec", "shutdown"})
_SPECIAL_WORDS = frozenset({"fax", "modem", "fax-relay", "description"})
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
"""Lines that are kept once judged: most legs have the same ones."""
_NO_PATTERN = re.compile(r"[^0-9.\[\]\-^T*#]")
_DIGITS = "0123456789"
EMERGENCY = ("112", "911", "999", "110", "114", "115", "118", "119", "15", "17", "18")
"""Numbers that reach a rescuer somewhere; a pattern that matches one of them is not touched."""
_DIALLED = frozenset(number[:end] for number in EMERGENCY for end in range(len(number) + 1))
"""What has been dialled of one of them so far."""
_ELSEWHERE = frozenset(f"{number:02}" for number in range(100)) - _DIALLED
"""How most patterns begin."""


def codec_class(section: Section) -> CodecClass | None:
    """Return a codec list; None if the section is not one."""
    head = _CODEC_CLASS.fullmatch(section.text)
    if head is None:
        return None
    found = [
        (int(line["slot"]), line["codec"])
        for text in section.texts
        if (line := _PREFERENCE.fullmatch(text)) is not None
    ]
    return CodecClass(tag=int(head["tag"]), preferences=tuple(sorted(found)))


def dial_peer(section: Section) -> DialPeer | None:
    """Return a dial-peer; None if the section is not one."""
    _, *words = section.text.split(" ")
    if len(words) != _WORDS_OF_HEAD or words[0] != "voice" or not words[1].isdecimal():
        return None
    said: dict[str, str] = {}
    marks: dict[str, int | None] = {}
    chosen: tuple[int, bool] | None = None
    target = ""
    is_special = False
    for text in section.texts:
        word, _, rest = text.partition(" ")
        if word in _SAID_ONCE:
            said[word] = rest
        elif word == "session":
            what, _, value = rest.partition(" ")
            target = value if what == "target" else target
        elif word == "voice-class":
            chosen = _list_of(text) or chosen
        elif word == "ip" and (found := _MARK.fullmatch(text)):
            marks[found["what"]] = dscp(found["value"])
        elif word.lower() in _SPECIAL_WORDS:
            is_special = is_special or _is_special(text)
    pattern = said.get("destination-pattern", "")
    most = said.get("max-conn", "")
    return DialPeer(
        tag=int(words[1]),
        codec_class=chosen[0] if chosen is not None else None,
        codec=said.get("codec") or None,
        offers_all_codecs=chosen is not None and chosen[1],
        session_target=target,
        destination_pattern=pattern,
        is_voip=words[2] == "voip",
        is_shutdown="shutdown" in said,
        max_calls=int(most) if most.isdigit() else None,
        media_dscp=marks.get("media"),
        signaling_dscp=marks.get("signaling"),
        is_protected=is_special or _is_emergency(pattern),
    )


@lru_cache(maxsize=_KEPT)
def _is_special(text: str) -> bool:
    """Return whether a line says that a leg is for more than speech, or for a rescuer."""
    return _SPECIAL.fullmatch(text) is not None


@lru_cache(maxsize=_KEPT)
def _list_of(text: str) -> tuple[int, bool] | None:
    """Return which codec list a line names, and whether all of it is offered."""
    found = _PEER_CODEC_CLASS.fullmatch(text)
    return (int(found["tag"]), found["all"] is not None) if found is not None else None


def strange(section: Section) -> list[Section]:
    """Return the lines about codecs, marks and admission that are not understood."""
    if not section.text.startswith(("dial-peer voice ", "voice class codec ")):
        return []
    found = [
        number
        for number, text in enumerate(section.texts)
        if text.startswith(_MAY_LOOK) and _is_strange(text)
    ]
    return [section.children[number] for number in found]


@lru_cache(maxsize=_KEPT)
def _is_strange(text: str) -> bool:
    return _LOOKS_LIKE_CODEC.fullmatch(text) is not None and _KNOWN.fullmatch(text) is None


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
