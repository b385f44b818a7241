"""Classes of attached QoS policies: CISCO-CLASS-BASED-QOS-MIB.

Indexes move with every reload and edit, and names repeat at every level, so a class is known by
its interface, direction and the names from the root policy down.  Parents include their children.
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from qosbot.domain.samples import ClassSample, FlowDirection
from qosbot.platforms.probes import if_mib
from qosbot.platforms.probes.varbinds import (
    column,
    counter,
    number,
    text,
    uptime_s,
    wide_counter,
)
from qosbot.ports.polling import Answers, Oid, Walked

_MIB: Oid = (1, 3, 6, 1, 4, 1, 9, 9, 166, 1)
_POLICY, _OBJECTS, _STATS = (*_MIB, 1, 1, 1), (*_MIB, 5, 1, 1), (*_MIB, 15, 1, 1)

IF_TYPE, DIRECTION, IF_INDEX = (*_POLICY, 2), (*_POLICY, 3), (*_POLICY, 4)
CONFIG_INDEX, OBJECT_TYPE, PARENT = (*_OBJECTS, 2), (*_OBJECTS, 3), (*_OBJECTS, 4)
POLICY_NAME, CLASS_NAME, MATCH_NAME = (*_MIB, 6, 1, 1, 1), (*_MIB, 7, 1, 1, 1), (*_MIB, 8, 1, 1, 1)
PRIORITY_ENABLED, SET_DSCP = (*_MIB, 9, 1, 1, 4), (*_MIB, 14, 1, 1, 2)
PRE_POLICY_PACKETS = (*_STATS, 3)
TABLES: tuple[Oid, ...] = (
    IF_TYPE,
    DIRECTION,
    IF_INDEX,
    CONFIG_INDEX,
    OBJECT_TYPE,
    PARENT,
    POLICY_NAME,
    CLASS_NAME,
    MATCH_NAME,
    PRIORITY_ENABLED,
    SET_DSCP,
    PRE_POLICY_PACKETS,
)
"""The last is walked to learn which classes have 64-bit counters."""

_POLICY_MAP, _CLASS_MAP, _MATCH, _QUEUEING, _SET = 1, 2, 3, 4, 8
_CONTROL_PLANE = 5
_DIRECTIONS = {1: FlowDirection.IN, 2: FlowDirection.OUT}
_TRUE = 1
_EF = 46
_DISCONTINUITY, _QUEUE_DEPTH = (*_POLICY, 11), (*_MIB, 18, 1, 1, 1)
_MAX_DEPTH = 16

_COUNTERS: tuple[int, ...] = (3, 6, 10, 14, 17)
"""PrePolicyPkt64, PrePolicyByte64, PostPolicyByte64, DropPkt64, DropByte64.

Each stands two columns after its high and one after its low 32-bit word.
"""

_CARRIES_EF = re.compile(
    r"\bdscp\b.*\b(?:ef|46)\b|\bprecedence\b.*\b(?:critical|5)\b|\brtp\b.*\baudio\b", re.IGNORECASE
)
_SAYS_DSCP = re.compile(r"\b(?:dscp|precedence)\b", re.IGNORECASE)
_NEGATED = re.compile(r"^\s*(?:match\s*:?\s*)?not\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedClass:
    """A class where it is attached, and the instances that count it."""

    policy: int
    object: int
    queue: int | None
    interface: str
    direction: FlowDirection
    path: tuple[str, ...]
    matches: tuple[str, ...]
    is_priority: bool
    marks_ef: bool
    is_leaf: bool
    is_wide: bool

    @property
    def is_voice(self) -> bool:
        """Return whether it carries voice: EF, marked EF here, or priority for nothing else.

        A priority class whose own match names another DSCP is video more often than voice.
        """
        matches_ef = any(
            _CARRIES_EF.search(match) and not _NEGATED.search(match) for match in self.matches
        )
        names_other = any(_SAYS_DSCP.search(match) for match in self.matches)
        return matches_ef or self.marks_ef or (self.is_priority and not names_other)

    def instance(self, wanted: int) -> Oid:
        """Return one of its counters."""
        return (*_STATS, wanted, self.policy, self.object)


class _Tree:
    """The objects of all policies, by parent and with their names."""

    def __init__(self, discovered: Walked) -> None:
        self.discovered = discovered
        self.types = column(discovered, OBJECT_TYPE)
        self.parents = column(discovered, PARENT)
        self.children: dict[Oid, list[Oid]] = defaultdict(list)
        for index, parent in self.parents.items():
            if isinstance(parent, int) and parent and len(index) == 2:  # noqa: PLR2004  policy, object
                self.children[index[0], parent].append(index)

    def config(self, index: Oid, wanted: Oid) -> object:
        """Return a column of the configuration that an object stands for."""
        config_index = number(column(self.discovered, CONFIG_INDEX).get(index))
        if config_index is None:
            return None
        return column(self.discovered, wanted).get((config_index,))

    def kinds(self, index: Oid, kind: int) -> list[Oid]:
        """Return the children of one kind."""
        return [child for child in self.children[index] if self.types.get(child) == kind]

    def path(self, index: Oid) -> tuple[str, ...] | None:
        """Return the names from the root down; None if the chain is broken or endless."""
        names: list[str] = []
        at = index
        while len(names) < _MAX_DEPTH:
            kind = self.types.get(at)
            wanted = {_POLICY_MAP: POLICY_NAME, _CLASS_MAP: CLASS_NAME}.get(_enum(kind))
            raw = self.config(at, wanted) if wanted else None
            if not isinstance(raw, bytes):
                return None
            names.append(text(raw))
            parent = number(self.parents.get(at))
            if not parent:
                return tuple(reversed(names)) if parent == 0 and kind == _POLICY_MAP else None
            at = (index[0], parent)
        return None


def _enum(value: object) -> int:
    """Return an integer, or 0, which no enumeration of this MIB uses."""
    return value if isinstance(value, int) else 0


def classes(discovered: Walked) -> tuple[tuple[AttachedClass, ...], tuple[str, ...]]:
    """Return every class on an interface that has a name of its own, and what was left out.

    Control-plane policing is not on any interface.  Several circuits may share an ifIndex; two
    classes that look the same are both left out.
    """
    tree = _Tree(discovered)
    places = _places(discovered)
    wide = column(discovered, PRE_POLICY_PACKETS)
    found, gaps = [], []
    for index, kind in tree.types.items():
        if kind != _CLASS_MAP or index[0] not in places:
            continue
        path = tree.path(index)
        if path is None:
            gaps.append(f"class object {index[1]} of policy {index[0]} leads to no root policy")
            continue
        interface, direction = places[index[0]]
        queues = tree.kinds(index, _QUEUEING)
        found.append(
            AttachedClass(
                policy=index[0],
                object=index[1],
                queue=queues[0][1] if queues else None,
                interface=interface,
                direction=direction,
                path=path,
                matches=_matches(tree, index),
                is_priority=any(tree.config(q, PRIORITY_ENABLED) == _TRUE for q in queues),
                marks_ef=any(tree.config(s, SET_DSCP) == _EF for s in tree.kinds(index, _SET)),
                is_leaf=not tree.kinds(index, _POLICY_MAP),
                is_wide=index in wide,
            )
        )
    unique, ambiguous = _only_unique(found)
    return unique, (*gaps, *ambiguous)


def _places(discovered: Walked) -> dict[int, tuple[str, FlowDirection]]:
    """Return interface and direction of each policy that is attached to an interface."""
    known, _ = if_mib.names(discovered)
    directions, kinds = column(discovered, DIRECTION), column(discovered, IF_TYPE)
    places = {}
    for index, if_index in column(discovered, IF_INDEX).items():
        direction = _DIRECTIONS.get(_enum(directions.get(index)))
        name = known.get((_enum(if_index),))
        if direction and name and kinds.get(index) != _CONTROL_PLANE:
            places[index[0]] = (name, direction)
    return places


def _matches(tree: _Tree, index: Oid) -> tuple[str, ...]:
    names = (tree.config(child, MATCH_NAME) for child in tree.kinds(index, _MATCH))
    return tuple(text(name) for name in names if isinstance(name, bytes))


def _only_unique(
    found: list[AttachedClass],
) -> tuple[tuple[AttachedClass, ...], tuple[str, ...]]:
    uses = Counter((one.interface, one.direction, one.path) for one in found)
    gaps = tuple(
        f"{count} classes are {' / '.join(path)} {direction} of {interface}; none of them is used"
        for (interface, direction, path), count in uses.items()
        if count > 1
    )
    unique = (one for one in found if uses[one.interface, one.direction, one.path] == 1)
    return tuple(unique), gaps


def rows(discovered: Walked) -> tuple[tuple[Oid, ...], ...]:
    """Return the counters of every class."""
    found, _ = classes(discovered)
    return tuple(_row(one) for one in found)


def _row(one: AttachedClass) -> tuple[Oid, ...]:
    if one.is_wide:
        counters = [one.instance(wanted) for wanted in _COUNTERS]
    else:
        words = ((wanted - 2, wanted - 1) for wanted in _COUNTERS)
        counters = [one.instance(word) for pair in words for word in pair]
    queue = [] if one.queue is None else [(*_QUEUE_DEPTH, one.policy, one.queue)]
    return (*counters, *queue, (*_DISCONTINUITY, one.policy))


def read(answers: Answers) -> tuple[tuple[ClassSample, ...], tuple[str, ...]]:
    """Return the classes that answered, and what could not be read, in words."""
    found, gaps = classes(answers.discovered)
    samples = []
    for one in found:
        at_s = uptime_s(answers, *_row(one)[0])
        if at_s is not None:
            samples.append(_sample(answers, one, at_s))
    return tuple(samples), gaps


def _sample(answers: Answers, one: AttachedClass, at_s: float) -> ClassSample:
    def count(wanted: int) -> int | None:
        if one.is_wide:
            return counter(answers, *one.instance(wanted))
        return wide_counter(answers, one.instance(wanted - 2), one.instance(wanted - 1))

    pre_packets, pre_bytes, post_bytes, drop_packets, drop_bytes = map(count, _COUNTERS)
    return ClassSample(
        interface=one.interface,
        direction=one.direction,
        class_path=one.path,
        uptime_s=at_s,
        matches=one.matches,
        is_priority=one.is_priority,
        is_leaf=one.is_leaf,
        is_voice=one.is_voice,
        discontinuity_ticks=counter(answers, *_DISCONTINUITY, one.policy),
        pre_policy_packets=pre_packets,
        pre_policy_bytes=pre_bytes,
        post_policy_bytes=post_bytes,
        drop_packets=drop_packets,
        drop_bytes=drop_bytes,
        queue_depth_bytes=(
            None if one.queue is None else counter(answers, *_QUEUE_DEPTH, one.policy, one.queue)
        ),
    )
