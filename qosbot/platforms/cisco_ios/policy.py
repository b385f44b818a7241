"""A running configuration read as QoS: what is matched, queued, attached and preferred.

Nothing is guessed.  A line that looks like QoS and is not understood is kept with the sections
that it stands in, so that whoever reasons about a device knows what was left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from qosbot.domain.policies import (
    Attachment,
    ClassMap,
    InterfaceConfig,
    PolicyMap,
    QosPolicy,
)
from qosbot.domain.samples import FlowDirection
from qosbot.platforms.cisco_ios import mqc, voice
from qosbot.platforms.cisco_ios.mqc import Notes
from qosbot.platforms.cisco_ios.sections import Section, collapsed
from qosbot.platforms.cisco_ios.tree import Heads, by_head

_DIRECTIONS = {"in": FlowDirection.IN, "out": FlowDirection.OUT}
_ATTACHED = re.compile(r"service-policy (?P<direction>in|out)(?:put)? (?P<name>\S+)")
_LIST = re.compile(
    r"(?:(?:ip|mac) access-list (?:standard |extended )?|ipv6 access-list )(?P<name>\S+)"
)
_LISTS = ("ip", "ipv6", "mac")
_NUMBERED = re.compile(r"access-list (?P<name>\d+) (?P<entry>.*)")
_AROUND_ENTRY = re.compile(r"^(?:sequence )?\d+ (?=permit|deny|remark)| \(\d+ match(?:es)?\)$")
"""Lists of IPv6 say `sequence 10`, those of IPv4 `10`."""
_QOS_LIKE = re.compile(
    r"(?:no )?(?:service-policy|mls qos|auto qos|platform qos|qos|queue-set|srr-queue|wrr-queue"
    r"|priority-queue|priority-group|priority-list|queue-list|custom-queue-list|fair-queue"
    r"|rate-limit|random-detect|random-detect-group|traffic-shape|tx-queue|tx-ring-limit|shape"
    r"|bandwidth (?:percent|guaranteed|remaining)|ip rtp (?:priority|reserve)|trust|table-map"
    r"|frame-relay traffic-shaping|map-class|ppp multilink (?:fragment|interleave)"
    r"|ip nhrp (?:map )?group|vbr-nrt|vbr-rt)\b.*"
)
_KEPT = 4096
"""What is kept once read: names, ports, lists.  Most routers have many of the same."""
_KEPT_LISTS = 256
"""Devices whose numbered lists are kept, all of them together."""
_NOT_QOS = ("class-map", "policy-map", "control-plane", "zone-pair", "voice", "dial-peer", "banner")


def parse(running: str) -> QosPolicy:
    """Return what a running configuration says about QoS and voice."""
    heads, notes = by_head(running), Notes(lines=[])
    found = read(heads, notes, Notes(lines=[]))
    _note_unknown(heads, notes)
    return replace(found, not_understood=tuple(notes.lines))


def read(heads: Heads, notes: Notes, of_legs: Notes) -> QosPolicy:
    """Return what sections say, without a look for QoS where none is read.

    Args:
        heads: the sections.
        notes: takes the lines of classes and policies that are not understood.
        of_legs: takes those of dial-peers and codec lists.
    """
    class_maps = _class_maps(heads, notes)
    policy_maps = _policy_maps(heads, notes)
    attachments = tuple(_attachments(heads))
    _drop_control_plane(heads, policy_maps, class_maps, attachments)
    peers = voice.dial_peers(heads, of_legs)
    codecs = [voice.codec_class(section, of_legs) for section in heads["voice"]]
    archive = next(iter(heads["archive"]), None)
    return QosPolicy(
        class_maps=class_maps,
        policy_maps=policy_maps,
        attachments=attachments,
        interfaces={
            one.name: one
            for one in [
                _interface(section.raw, section.unaddressed) for section in heads["interface"]
            ]
        },
        access_lists=_access_lists(heads),
        codec_classes={one.tag: one for one in codecs if one is not None},
        dial_peers=peers,
        has_archive=archive is not None and archive.child("path") is not None,
    )


def interface_name(section: Section) -> str:
    """Return the name of an `interface` section; `point-to-point` is not part of it."""
    return _interface_name(section.text)


@lru_cache(maxsize=_KEPT)
def _interface_name(header: str) -> str:
    words = header.split()[1:]
    if len(words) == 1:
        return words[0]
    while len(words) > 1 and not any(letter.isdigit() for letter in words[-1]):
        words.pop()
    return "".join(words)


def _class_maps(heads: Heads, notes: Notes) -> dict[str, ClassMap]:
    found = (mqc.class_map(section, notes) for section in heads["class-map"])
    return {one.name: one for one in found if one is not None}


def _policy_maps(heads: Heads, notes: Notes) -> dict[str, PolicyMap]:
    found = (mqc.policy_map(section, notes) for section in heads["policy-map"])
    return {one.name: one for one in found if one is not None}


def _attachments(heads: Heads) -> Iterator[Attachment]:
    for section in heads["interface"]:
        if "service-policy" in section.below:
            yield from _attached(section.raw, section.unaddressed)


@lru_cache(maxsize=_KEPT)
def _attached(raw: str, below: str) -> tuple[Attachment, ...]:
    section = Section.printed_as(raw, below)
    lines = map(_ATTACHED.fullmatch, section.texts)
    return tuple(
        Attachment(
            interface=interface_name(section),
            direction=_DIRECTIONS[line["direction"]],
            policy=line["name"],
        )
        for line in lines
        if line is not None
    )


def _drop_control_plane(
    heads: Heads,
    policy_maps: dict[str, PolicyMap],
    class_maps: dict[str, ClassMap],
    attachments: tuple[Attachment, ...],
) -> None:
    """Forget what only protects the router itself: it never holds a transit packet."""
    planes = [line for plane in heads["control-plane"] for line in plane.descendants()]
    guarding = _family(policy_maps, [line.words[-1] for line in planes])
    roots = {one.policy for one in attachments} | (policy_maps.keys() - guarding)
    for name in guarding - _family(policy_maps, roots):
        for one in policy_maps.pop(name).classes:
            if not any(kept.find(one.name) for kept in policy_maps.values()):
                class_maps.pop(one.name, None)


def _family(policy_maps: Mapping[str, PolicyMap], names: "list[str] | set[str]") -> set[str]:
    """Return defined policies and all that is nested in them."""
    seen: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name in policy_maps and name not in seen:
            seen.add(name)
            queue += [one.child for one in policy_maps[name].classes if one.child]
    return seen


_SAID = frozenset({"bandwidth", "description", "max-reserved-bandwidth", "shutdown"})
_CRYPTO = frozenset({"crypto", "tunnel"})


@lru_cache(maxsize=_KEPT)
def _interface(raw: str, below: str) -> InterfaceConfig:
    section = Section.printed_as(raw, below)
    values: dict[str, str] = {}
    has_crypto = False
    for text in section.texts:
        word, _, rest = text.partition(" ")
        if word in _SAID and (word != "bandwidth" or rest.isdecimal()):
            # `bandwidth receive` and the like say something else beside it.
            values[word] = rest
        elif word in _CRYPTO and text.startswith(("crypto ", "tunnel protection ")):
            has_crypto = True
    bandwidth = values.get("bandwidth", "")
    reserved = values.get("max-reserved-bandwidth", "")
    name = interface_name(section)
    return InterfaceConfig(
        name=name,
        description=values.get("description", ""),
        bandwidth_bps=1000.0 * int(bandwidth or 0) or None,
        reservable_ratio=int(reserved) / 100 if reserved.isdecimal() else 0.75,
        is_shutdown=values.get("shutdown") == "",
        is_tunnel=name.lower().startswith("tunnel"),
        has_crypto=has_crypto,
    )


def _access_lists(heads: Heads) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for section in (one for word in _LISTS for one in heads.beginning(word, "access-list")):
        if (named := _LIST.fullmatch(section.text)) is not None:
            found[named["name"]] = _entries(section.raw, section.below)
    for name, entries in _numbered(heads.headlines("access-list")).items():
        found[name] = (*found.get(name, ()), *entries)
    return found


@lru_cache(maxsize=_KEPT_LISTS)
def _numbered(headlines: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return the lists whose entries are lines of the first level."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in (_NUMBERED.fullmatch(collapsed(text.strip())) for text in headlines):
        if line is not None:
            found[line["name"]].append(entry(line["entry"]))
    return {name: tuple(entries) for name, entries in found.items()}


@lru_cache(maxsize=_KEPT)
def _entries(raw: str, below: str) -> tuple[str, ...]:
    """Return the entries of a list; the routers of a network have many of the same lists."""
    return tuple(map(entry, Section.printed_as(raw, below).texts))


def entry(text: str) -> str:
    """Return an access entry without its sequence number and its hit counter."""
    if text[:1].isdecimal() or text.endswith(")") or text.startswith("sequence "):
        return _AROUND_ENTRY.sub("", text)
    return text


def _note_unknown(heads: Heads, notes: Notes) -> None:
    """Keep the lines that look like QoS and stand where we do not read any."""
    for section in heads.all():
        if section.text.startswith(_NOT_QOS):
            continue
        if _QOS_LIKE.fullmatch(section.text):
            notes.add(section)
        _note_below(section, (section.text,), notes)


def _note_below(section: Section, path: tuple[str, ...], notes: Notes) -> None:
    for line in section.children:
        read = (
            path[0].startswith("interface ") and len(path) == 1 and _ATTACHED.fullmatch(line.text)
        )
        if _QOS_LIKE.fullmatch(line.text) and not read:
            notes.add(line, *path)
        _note_below(line, (*path, line.text), notes)
