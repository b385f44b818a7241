"""IP SLA operations, schedules and responders as they are configured."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from qosbot.domain.audit.facts import ProbeOperation
from qosbot.platforms.cisco_ios.sections import Section

_WORD = r"(?:ip sla (?:monitor )?|rtr )"
"""`rtr` until 12.3, `ip sla monitor` until 12.4."""
_HEAD = re.compile(rf"{_WORD}(?P<number>\d+)")
_SCHEDULE = re.compile(rf"{_WORD}schedule (?P<number>\d+)\b(?P<rest>.*)")
_GROUP = re.compile(rf"{_WORD}group schedule \d+ (?P<numbers>[\d,-]+) (?P<rest>.*start-time.*)")
_RESPONDER = re.compile(rf"{_WORD}responder(?: .*)?")
_KIND = re.compile(
    r"(?:type (?:echo protocol )?)?(?P<kind>udp-jitter|udp-echo|icmp-echo|icmp-jitter|path-echo"
    r"|path-jitter|tcp-connect|http|dns|dhcp|ethernet|mpls|voip|ftp|rtp|ipIcmpEcho"
    r"|jitter dest-ipaddr)"
    r"(?: (?P<target>[\w.:-]+))?(?P<more>.*)"
)
_TRACK = re.compile(r"track \d+ (?:ip sla|rtr) (?P<number>\d+).*")
_DENIED = re.compile(r"no ip sla (?:monitor )?(?P<schedule>schedule )?(?P<number>\d+)(?: .*)?")
_OTHERS = re.compile(
    rf"{_WORD}(?:enable|reaction-configuration|reaction-trigger|logging|low-memory"
    r"|key-chain|keychain|auto|server|apm|ethernet-monitor|http-agent|restart|reset|responder"
    r"|periodic|group)\b.*"
)
"""Lines about probes that define none and that no rule judges."""
_KIND_WORDS = re.compile(
    r"(?: (?:source-ip \S+|source-ipaddr \S+|source-interface \S+(?: \d\S*)?"
    r"|source-port \d+|dest-port \d+|dest-ipaddr \S+|control (?:enable|disable)|codec \S+"
    r"|(?:codec-)?num-?packets \d+|(?:codec-)?interval \d+|codec-size \d+"
    r"|advantage-factor \d+|operation \S+|name-server \S+|version \S+|\d+))*"
)
_MEASURES = frozenset(
    {
        "udp-jitter",
        "udp-echo",
        "icmp-echo",
        "icmp-jitter",
        "path-echo",
        "path-jitter",
        "tcp-connect",
    }
)
"""Kinds whose words are all known here."""
_LINES = re.compile(
    r"tos (?:\d+|0x[0-9a-f]+)|(?:frequency|timeout|threshold|request-data-size|response-data-size"
    r"|request-size|operation-packet-priority|secondary-frequency|precision|clock-tolerance"
    r"|verify-data|vrf|tag|owner|history|history-statistics|data-pattern|paths-of-statistics-kept"
    r"|hops-of-statistics-kept|samples-of-history-kept|buckets-of-history-kept"
    r"|lives-of-history-kept|filter-for-history|hours-of-statistics-kept|distributions-of-stat"
    r"istics-kept|statistics-distribution-interval|lsp-selector|flow-label|traffic-class|cos"
    r"|enhanced-history|percentile|optimize|verify|dscp|http-raw-request|exp|aggregate|frame"
    r"|no|default|exit|description)\b.*",
    re.IGNORECASE,
)
_KEPT = 1024
"""Lines that are kept once judged: most operations have the same ones."""
_OPTIONS = {
    "codec": re.compile(r"\bcodec (\S+)"),
    "packets": re.compile(r"\b(?:codec-)?num-?packets (\d+)"),
    "interval": re.compile(r"\b(?:codec-)?interval (\d+)"),
}


def is_responder(section: Section) -> bool:
    """Return whether the line lets the device answer probes."""
    return _RESPONDER.fullmatch(section.text) is not None


def strange(section: Section) -> Iterator[Section]:
    """Yield the lines of a section about probes that are not understood, its head among them."""
    if _number(section.text) is not None:
        if not all(map(_is_understood, section.printed)):
            yield from (line for line in section.descendants() if not _is_understood(line.text))
    elif not _defines_none(section.text):
        yield section


@lru_cache(maxsize=_KEPT)
def _number(text: str) -> int | None:
    """Return the operation that a line begins to define."""
    head = _HEAD.fullmatch(text)
    return int(head["number"]) if head is not None else None


@lru_cache(maxsize=_KEPT)
def _defines_none(text: str) -> bool:
    """Return whether a line is about probes and understood, although it defines none."""
    return any(one.fullmatch(text) for one in (_SCHEDULE, _GROUP, _RESPONDER, _OTHERS))


@lru_cache(maxsize=_KEPT)
def _is_understood(text: str) -> bool:
    """Return whether a line of an operation is."""
    kind = _KIND.fullmatch(text)
    if kind is None:
        return _LINES.fullmatch(text) is not None
    return kind["kind"] not in _MEASURES or _KIND_WORDS.fullmatch(kind["more"]) is not None


def probes(sections: Sequence[Section]) -> dict[int, ProbeOperation]:
    """Return operations by number; one that is scheduled and not defined is not there.

    Lines are heeded in their order: a `no` takes back what stands before it.
    """
    found: dict[int, Section] = {}
    scheduled: set[int] = set()
    for section in sections:
        if (number := _number(section.text)) is not None:
            found[number] = section
        elif (schedule := _SCHEDULE.fullmatch(section.text)) is not None:
            if "start-time" in schedule["rest"] and "pending" not in schedule["rest"]:
                scheduled.add(int(schedule["number"]))
        elif (group := _GROUP.fullmatch(section.text)) is not None:
            scheduled |= _numbers(group["numbers"], found)
        elif (denied := _DENIED.fullmatch(section.text)) is not None:
            scheduled.discard(int(denied["number"]))
            if not denied["schedule"]:
                found.pop(int(denied["number"]), None)
    return {
        number: _operation(number, section, is_scheduled=number in scheduled)
        for number, section in found.items()
    }


def tracked(sections: Sequence[Section]) -> tuple[int, ...]:
    """Return the operations that some `track` watches."""
    found = (_TRACK.fullmatch(section.text) for section in sections)
    return tuple(int(one["number"]) for one in found if one is not None)


def _numbers(text: str, known: Iterable[int]) -> set[int]:
    """Return the known numbers in a list such as `1,4-6`."""
    spans = [part.split("-") for part in text.split(",") if part.strip("-")]
    return {
        number
        for number in known
        for span in spans
        if all(span) and int(span[0]) <= number <= int(span[-1])
    }


class _Kind(NamedTuple):
    """What the line that makes an operation a probe of some kind says."""

    name: str
    target: str
    said: Mapping[str, str]
    """Its options by their names in `_OPTIONS`."""


_NO_KIND = _Kind(name="", target="", said={})


@lru_cache(maxsize=_KEPT)
def _kind(text: str) -> _Kind | None:
    """Return what a line says of a kind; None where it says none."""
    found = _KIND.fullmatch(text)
    if found is None:
        return None
    options = ((name, rule.search(found["more"])) for name, rule in _OPTIONS.items())
    said = {name: option[1] for name, option in options if option is not None}
    return _Kind(name=found["kind"], target=found["target"] or "", said=said)


def _operation(number: int, section: Section, *, is_scheduled: bool) -> ProbeOperation:
    values: dict[str, str] = {}
    kind = None
    for text in section.printed:
        found = _kind(text) if kind is None else None
        if found is not None:
            kind = found
            continue
        word, _, rest = text.partition(" ")
        values[word] = rest
    name, target, said = kind or _NO_KIND
    frequency = values.get("frequency", "")
    return ProbeOperation(
        number=number,
        kind=name,
        target=target,
        codec=said.get("codec"),
        tos=_tos(values.get("tos", "")),
        frequency_s=float(frequency) if frequency.isdecimal() else None,
        packets=int(said["packets"]) if "packets" in said else None,
        interval_s=int(said["interval"]) / 1e3 if "interval" in said else None,
        vrf=values.get("vrf", ""),
        tag=values.get("tag", ""),
        is_scheduled=is_scheduled,
    )


def _tos(text: str) -> int | None:
    try:
        return int(text, 16 if text.lower().startswith("0x") else 10)
    except ValueError:
        return None
