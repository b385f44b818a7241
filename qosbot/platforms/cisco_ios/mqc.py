"""Class-maps and policy-maps: what is matched, and what is done with it."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from qosbot.domain.policies import ClassMap, Match, PolicyClass, PolicyMap
from qosbot.platforms.cisco_ios import actions
from qosbot.platforms.cisco_ios.matches import match
from qosbot.platforms.cisco_ios.sections import Section

_CLASS_MAP = re.compile(
    r"class-map (?:type (?P<type>\S+) )?(?:match-(?P<any>all|any) )?(?P<name>\S+)"
)
_POLICY_MAP = re.compile(r"policy-map (?:type (?P<type>\S+) )?(?P<name>\S+)")
_CLASS = re.compile(
    r"class (?:type \S+ )?(?P<name>\S+)(?: (?:fragment|service-fragment|insert-before) \S+)?"
)
_SAYS_NOTHING = re.compile(r"description .*|exit")
_QOS_TYPES = frozenset({None, "qos", "queueing", "queuing"})
_KEPT = 1024
"""Definitions that are kept once read: the routers of a network have the same, night by night."""


@dataclass(slots=True, kw_only=True)
class Notes:
    """What was read and not understood, each with where it stands."""

    lines: list[str]
    """Each under the sections that it stands in."""
    raw: list[str] = field(default_factory=list)
    """The same, as the device prints them."""

    def add(self, line: Section, *path: str) -> None:
        """Keep a line and the sections that it stands in."""
        self.lines.append(" / ".join((*path, line.text)))
        self.raw.append(line.raw.strip())

    def extend(self, others: "Notes") -> None:
        """Keep what others have."""
        self.lines += others.lines
        self.raw += others.raw


def class_map(section: Section, notes: Notes) -> ClassMap | None:
    """Return a class-map; None for one that is not of QoS."""
    found, strange = _class_map(section.raw, section.below)
    notes.extend(strange)
    return found


@lru_cache(maxsize=_KEPT)
def _class_map(raw: str, below: str) -> tuple[ClassMap | None, Notes]:
    section, notes = Section.printed_as(raw, below), Notes(lines=[])
    return _class_map_of(section, notes), notes


def _class_map_of(section: Section, notes: Notes) -> ClassMap | None:
    head = _CLASS_MAP.fullmatch(section.text)
    if head is None and not section.text.startswith("class-map type "):
        notes.add(section)
    if head is None or head["type"] not in _QOS_TYPES:
        return None
    matches: list[Match] = []
    negated: list[Match] = []
    for line in section.children:
        if not line.text.startswith("match "):
            if not _SAYS_NOTHING.fullmatch(line.text):
                notes.add(line, section.text)
            continue
        text = line.text.removeprefix("match ")
        found, understood = match(text.removeprefix("not "))
        (negated if text.startswith("not ") else matches).append(found)
        if not understood:
            notes.add(line, section.text)
    return ClassMap(
        name=head["name"],
        # IOS means match-all where nothing is said.
        match_all=head["any"] != "any",
        matches=tuple(matches),
        negated=tuple(negated),
    )


def policy_map(section: Section, notes: Notes) -> PolicyMap | None:
    """Return a policy-map; None for one that is not of QoS."""
    found, strange = _policy_map(section.raw, section.below)
    notes.extend(strange)
    return found


@lru_cache(maxsize=_KEPT)
def _policy_map(raw: str, below: str) -> tuple[PolicyMap | None, Notes]:
    section, notes = Section.printed_as(raw, below), Notes(lines=[])
    return _policy_map_of(section, notes), notes


def _policy_map_of(section: Section, notes: Notes) -> PolicyMap | None:
    head = _POLICY_MAP.fullmatch(section.text)
    if head is None and not section.text.startswith("policy-map type "):
        notes.add(section)
    if head is None or head["type"] not in _QOS_TYPES:
        return None
    classes: list[PolicyClass] = []
    for line in section.children:
        named = _CLASS.fullmatch(line.text)
        if named is not None:
            classes.append(_policy_class(named["name"], section.text, line, notes))
        elif not _SAYS_NOTHING.fullmatch(line.text):
            notes.add(line, section.text)
    return PolicyMap(name=head["name"], classes=tuple(classes))


def _policy_class(name: str, policy: str, section: Section, notes: Notes) -> PolicyClass:
    found: actions.Read = {}
    for line in section.descendants():
        if line.text != "exit" and not actions.read(found, line.text):
            notes.add(line, policy, section.text)
    return PolicyClass(name=name, **found)
