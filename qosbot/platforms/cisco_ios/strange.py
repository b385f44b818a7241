"""What looks like QoS and stands where nobody reads it: it is listed as the device prints it."""

import re
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate

from qosbot.platforms.cisco_ios import older_qos, virtual_circuits
from qosbot.platforms.cisco_ios.mqc import Notes
from qosbot.platforms.cisco_ios.sections import Section, collapsed
from qosbot.platforms.cisco_ios.tree import Heads

ATTACHED = re.compile(
    r"(?:ip nhrp map group \S+ |nhrp map group \S+ )?"
    r"service-policy (?:client |type (?P<type>\S+) )?(?P<direction>in|out)(?:put)? (?P<name>\S+)"
)
_MAY_BE_READ = frozenset({"ip", "ipv6", "mac", "dial-peer"})
_READ = re.compile(r"(?:ip|ipv6|mac)[^\S\n]+access-list[^\S\n]|dial-peer[^\S\n]+voice[^\S\n]")
"""Sections that are read whole, whatever they say."""
_LOOKS = re.compile(
    r"(?<![\w-])(?:qos|dscp|service-policy|policy-map|class-map|match (?:ip )?(?:precedence|cos)"
    r"|priority percent|bandwidth (?:percent|remaining|guaranteed)"
    r"|shape average|police (?:cir|rate)"
    r"|random-detect|queue-limit|queue-set|(?:wrr|rcv|srr|priority)-queue|ip rsvp"
    r"|priority-list|queue-list|traffic-shap\w+|rate-limit"
    r"|set ip (?:precedence|tos|qos-group)|tx-ring-limit|vbr-n?rt|fair-queue)\b"
)
_SIGNS = (
    re.compile(r"q(?:os|ueue)"),
    re.compile(
        r"-(?:policy(?<=service-policy)|map(?:(?<=class-map)|(?<=policy-map))|ring(?<=tx-ring)"
        r"|detect(?<=random-detect)|list(?<=priority-list)|shap(?<=traffic-shap)"
        r"|limit(?<=rate-limit)|n?rt)"
    ),
)
"""Each line that looks like QoS has one of these, or one of the words below.

One search for all would try each at every blank; these stop only at each `q` and each hyphen, of
which a configuration has few.
"""
_SIGN_WORDS = (
    *("dscp", "precedence", "cos", "tos", "rsvp", "police"),
    *("percent", "remaining", "guaranteed", "average"),
)
_UNREAD = frozenset(
    {"hostname", "class-map", "policy-map", "interface", "control-plane", "zone-pair", "flow"}
)
"""Sections that are read elsewhere, or are of another kind of policy."""
_KNOWN = re.compile(
    r"(?:no |default )?(?:mls qos|auto qos srnd4|qos queue-softmax-multiplier \d+)"
    r"|mls qos (?:map|srr-queue|queue-set|aggregate-policer|rewrite|min-reserve)\b.*"
    rf"|{older_qos.ON_CIRCUIT}|{older_qos.ON_DEVICE}|qos pre-classify|auto qos (?:voip|trust)\b.*"
    r"|call (?:threshold|spike) .*|ip qos (?:policy-locator|(?:defending|preemption)-priority) .*"
    r"|voice[- ]class (?:sip )?dscp-profile \d+|dscp (?:media|signaling) .*"
    r"|(?:logging|snmp-server|no) .*|ip qos dscp .*"
    r"|description .*|remark .*|.* remark .*|(?:ip )?nhrp group \S+|tx-ring-limit \d+"
    r"|(?:\d+ )?(?:permit|deny) .*|access-list .*|aaa .*|username .*|action .*"
)


def note_unread(heads: Heads, notes: Notes) -> None:
    """Keep what looks like QoS where none is read."""
    for section in heads.orphans:
        word = section.text.partition(" ")[0]
        if word not in _UNREAD and not (word in _MAY_BE_READ and _READ.match(section.text)):
            note_below(section, notes)
    words, pieces = heads.words, heads.pieces
    unread = [
        number
        for word in words.keys() - _UNREAD
        for number in words[word]
        if word not in _MAY_BE_READ or not _READ.match(pieces[number])
    ]
    unread.sort()
    # One search through all of them takes half as long as one through each.
    joined = "\n".join(["", *[pieces[number] for number in unread]]).replace("\0", "\n")
    hits = [at for at, line in _lines_with_signs(joined) if _LOOKS.search(collapsed(line.strip()))]
    ends = list(accumulate(len(pieces[number]) + 1 for number in unread)) if hits else []
    for number in sorted({unread[bisect(ends, at)] for at in hits}):
        note_below(heads.section(number), notes)


def _lines_with_signs(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that have what a line about QoS has, each with the line break before it."""
    end = 0
    for at in sorted(_signs(text)):
        if at >= end:
            begin, end = text.rindex("\n", 0, at), text.find("\n", at)
            end = end if end >= 0 else len(text)
            yield begin, text[begin + 1 : end]


def _signs(text: str) -> Iterator[int]:
    """Yield where something stands that a line about QoS has; others may have it as well."""
    for sign in _SIGNS:
        yield from (hit.start() for hit in sign.finditer(text))
    for word in _SIGN_WORDS:
        at = text.find(word)
        while at >= 0:
            yield at
            at = text.find(word, at + 1)


def note_below(section: Section, notes: Notes) -> None:
    """Keep a line, and what stands below it, where it looks like QoS and is not known."""
    for line in unknown(section):
        notes.add(line)


def unknown(section: Section) -> Iterator[Section]:
    """Yield a line, and those below it, where it looks like QoS and is not known."""
    if is_unknown(section.text):
        yield section
    for line in section.children:
        yield from unknown(line)


def is_unknown(text: str) -> bool:
    """Return whether a line looks like QoS and is not known."""
    return _LOOKS.search(text) is not None and not (
        _KNOWN.fullmatch(text) or ATTACHED.fullmatch(text) or virtual_circuits.is_rate(text)
    )
