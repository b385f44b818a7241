"""Class-maps and policy-maps: what is matched, and what is done with it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from qosbot.domain.policies import (
    AclMatch,
    ClassMap,
    Match,
    OtherMatch,
    PolicyClass,
    PolicyMap,
    Share,
)
from qosbot.platforms.cisco_ios.tree import Section
from qosbot.platforms.cisco_ios.words import dscp, dscp_match

_CLASS_MAP = re.compile(
    r"class-map (?:type (?P<type>\S+) )?(?:match-(?P<any>all|any) )?(?P<name>\S+)"
)
_POLICY_MAP = re.compile(r"policy-map (?:type (?P<type>\S+) )?(?P<name>\S+)")
_CLASS = re.compile(r"class (?:type \S+ )?(?P<name>\S+)")
_QOS_TYPES = frozenset({None, "qos", "queueing", "queuing"})
_GROUP = re.compile(r"access-group (?:name )?(?P<name>\S+)")
_PRIORITY = re.compile(
    r"priority(?P<level> level \d)?(?:(?P<percent> percent)? (?P<value>\d+)(?P<more> \d+)?)?"
)
_BANDWIDTH = re.compile(
    r"bandwidth (?:(?P<unit>percent|remaining percent|remaining ratio) )?(?P<value>\d+)"
)
_SHAPE = re.compile(
    r"shape (?P<kind>average|peak) (?P<percent>percent )?(?P<value>\d+)(?P<more> .*)?"
)
_POLICE = re.compile(
    r"police (?:cir |rate )?(?P<percent>percent )?(?P<value>\d+)(?: bps)?(?P<more> .*)?"
)
_QUEUE_LIMIT = re.compile(r"queue-limit (?P<value>\d+)(?: packets)?")
_SET_DSCP = re.compile(r"set (?:ip )?dscp (?P<value>\S+)")
_KNOWN = re.compile(
    r"(?:set|queue-limit|random-detect|fair-queue|drop|shape adaptive|shape max-buffers"
    r"|conform-action|exceed-action|violate-action|priority level|compression) ?"
)
_PERCENT = 100.0


@dataclass(slots=True, kw_only=True)
class Notes:
    """What was read and not understood, each with where it stands."""

    lines: list[str]

    def add(self, *path: str) -> None:
        """Keep a line under the sections that it stands in."""
        self.lines.append(" / ".join(path))


def class_map(section: Section, notes: Notes) -> ClassMap | None:
    """Return a class-map; None for one that is not of QoS."""
    head = _CLASS_MAP.fullmatch(section.text)
    if head is None or head["type"] not in _QOS_TYPES:
        return None
    matches: list[Match] = []
    negated: list[Match] = []
    for line in section.children:
        if line.text.startswith("match not "):
            negated.append(_match(line.text.removeprefix("match not ")))
        elif line.text.startswith("match "):
            matches.append(_match(line.text.removeprefix("match ")))
        elif not line.text.startswith("description "):
            notes.add(section.text, line.text)
    return ClassMap(
        name=head["name"],
        # IOS means match-all where nothing is said.
        match_all=head["any"] != "any",
        matches=tuple(matches),
        negated=tuple(negated),
    )


def policy_map(section: Section, notes: Notes) -> PolicyMap | None:
    """Return a policy-map; None for one that is not of QoS."""
    head = _POLICY_MAP.fullmatch(section.text)
    if head is None or head["type"] not in _QOS_TYPES:
        return None
    classes: list[PolicyClass] = []
    for line in section.children:
        named = _CLASS.fullmatch(line.text)
        if named is not None:
            classes.append(_policy_class(named["name"], section.text, line, notes))
        elif not line.text.startswith("description "):
            notes.add(section.text, line.text)
    return PolicyMap(name=head["name"], classes=tuple(classes))


def _match(text: str) -> Match:
    if (found := dscp_match(text.split())) is not None:
        return found
    if (group := _GROUP.fullmatch(text)) is not None:
        return AclMatch(name=group["name"])
    return OtherMatch(text=text)


def _policy_class(name: str, policy: str, section: Section, notes: Notes) -> PolicyClass:
    found = PolicyClass(name=name)
    for line in section.descendants():
        after = _action(found, line.text)
        if after is not None:
            found = after
            continue
        if not _KNOWN.match(line.text):
            notes.add(policy, section.text, line.text)
        found = replace(found, other=(*found.other, line.text))
    return found


def _action(held: PolicyClass, text: str) -> PolicyClass | None:
    """Return the class with one action more, None where the action is not one of ours."""
    read = _ACTIONS.get(text.split(maxsplit=1)[0])
    return read(held, text) if read is not None else None


def _with_priority(held: PolicyClass, text: str) -> PolicyClass | None:
    found = _PRIORITY.fullmatch(text)
    if found is None:
        return None
    share = None
    if found["value"] is not None:
        share = _share(found["value"], percent=found["percent"] is not None, unit_bps=1000.0)
    said = f"{found['level'] or ''}{found['more'] or ''}".strip()
    other = (*held.other, f"priority {said}") if said else held.other
    return replace(held, is_priority=True, priority=share, other=other)


def _with_bandwidth(held: PolicyClass, text: str) -> PolicyClass | None:
    found = _BANDWIDTH.fullmatch(text)
    if found is None:
        return None
    if found["unit"] == "remaining percent":
        return replace(held, bandwidth_remaining_ratio=int(found["value"]) / _PERCENT)
    if found["unit"] == "remaining ratio":
        # A weight among its sisters, not a share of a rate.
        return replace(held, other=(*held.other, text))
    share = _share(found["value"], percent=found["unit"] == "percent", unit_bps=1000.0)
    return replace(held, bandwidth=share)


def _with_shape(held: PolicyClass, text: str) -> PolicyClass | None:
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    share = _share(found["value"], percent=found["percent"] is not None)
    plain = found["kind"] == "average" and found["more"] is None
    return replace(held, shape=share, other=held.other if plain else (*held.other, text))


def _with_police(held: PolicyClass, text: str) -> PolicyClass | None:
    found = _POLICE.fullmatch(text)
    if found is None or re.search(r"\b(?:[kmg]bps|pps|percent)\b", found["more"] or ""):
        return None
    share = _share(found["value"], percent=found["percent"] is not None)
    other = (*held.other, f"police{found['more']}") if found["more"] else held.other
    return replace(held, police=share, other=other)


def _with_mark(held: PolicyClass, text: str) -> PolicyClass | None:
    found = _SET_DSCP.fullmatch(text)
    number = dscp(found["value"]) if found is not None else None
    return replace(held, set_dscp=number) if number is not None else None


def _with_child(held: PolicyClass, text: str) -> PolicyClass | None:
    _, *rest = text.split()
    return replace(held, child=rest[0]) if len(rest) == 1 else None


def _with_queue_limit(held: PolicyClass, text: str) -> PolicyClass | None:
    found = _QUEUE_LIMIT.fullmatch(text)
    return replace(held, queue_limit_packets=int(found["value"])) if found is not None else None


def _with_fair_queue(held: PolicyClass, text: str) -> PolicyClass | None:
    return replace(held, has_fair_queue=True) if text == "fair-queue" else None


def _with_random_detect(held: PolicyClass, text: str) -> PolicyClass | None:
    return replace(held, has_random_detect=True) if text == "random-detect" else None


def _share(value: str, *, percent: bool, unit_bps: float = 1.0) -> Share:
    if percent:
        return Share(ratio=int(value) / _PERCENT)
    return Share(bps=int(value) * unit_bps)


_ACTIONS: Mapping[str, Callable[[PolicyClass, str], PolicyClass | None]] = {
    "priority": _with_priority,
    "bandwidth": _with_bandwidth,
    "shape": _with_shape,
    "police": _with_police,
    "set": _with_mark,
    "service-policy": _with_child,
    "queue-limit": _with_queue_limit,
    "fair-queue": _with_fair_queue,
    "random-detect": _with_random_detect,
}
