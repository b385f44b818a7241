"""A running configuration as the facts that an audit judges.

A line that looks like QoS and is not understood is listed as the device prints it, wherever it
stands: also in sections that nobody here reads.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from qosbot.domain.audit.facts import (
    Attached,
    AuditFacts,
    InterfaceFacts,
    OtherPolicy,
    Services,
    Traits,
)
from qosbot.domain.policies import QosPolicy
from qosbot.domain.samples import FlowDirection
from qosbot.platforms.cisco_ios import (
    call_limits,
    interfaces,
    policy,
    probe_config,
    saved,
    strange,
    switch_queues,
    virtual_circuits,
)
from qosbot.platforms.cisco_ios.mqc import Notes
from qosbot.platforms.cisco_ios.redact import redact
from qosbot.platforms.cisco_ios.sections import Section
from qosbot.platforms.cisco_ios.tree import Heads, by_head

_TRAITS: Mapping[str, Traits] = MappingProxyType(
    {
        "cisco_ios": Traits(may_be_switch_qos=True, may_lack_hqf=True),
        "cisco_xe": Traits(may_be_switch_qos=False, may_lack_hqf=False),
    }
)
"""IOS-XE queues hierarchically from its first release, and its switches trust by default."""

_SWITCH_QOS = frozenset({"mls qos", "qos"})
_KEEPS_MARKS = frozenset(
    {"no mls qos rewrite ip dscp", "no qos rewrite ip dscp", "mls qos queueing-only"}
)
_DIRECTIONS = {"in": FlowDirection.IN, "out": FlowDirection.OUT}
_TYPED = re.compile(r"policy-map type (?P<kind>control subscriber|\S+)(?: \S+)* (?P<name>\S+)")
_OF_OTHERS = ("policy-map ", "class-map ", "control-plane", "zone-pair ")
_SYSTEM = ("system-cpp", "non-client-nrt-class", "port_child_policy")
"""Made by the device itself: for its own processor, and on Catalyst 3650 and 3850 for radio."""
_OWN_ADDRESS = re.compile(r"\n[ \t]+ip[ \t]+address[ \t]+([\d.]+)[ \t]+([\d.]+)(?!\S)")
_VERSION = re.compile(r"version (?P<major>\d{1,3})\.(?P<minor>\d{1,3})\b.*")
_QOS_TYPES = frozenset({None, "qos", "queueing", "queuing"})
_KEPT = 4096
"""Sections with policies that are kept once read: many routers have the same."""


class _Sections(Mapping[str, tuple[str, ...]]):
    """The lines below each header, put together for the few that a rule quotes."""

    def __init__(self, heads: Heads) -> None:
        self._heads = heads
        self._named: dict[str, dict[str, Section]] = {}
        self._lines: dict[str, tuple[str, ...]] = {}

    def __getitem__(self, header: str) -> tuple[str, ...]:
        lines = self._lines.get(header)
        if lines is None:
            word = header.partition(" ")[0]
            named = self._named.get(word)
            if named is None:
                sections = self._heads[word]
                named = self._named[word] = {one.text: one for one in sections if one.below}
            lines = self._lines[header] = named[header].printed
        return lines

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(one.text for one in self._heads.all() if one.below))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def read(running: str, device: str, platform: str = "cisco_ios") -> AuditFacts:
    """Return what a running configuration says; `device` stands in where it has no hostname."""
    heads, notes, of_legs = by_head(running), Notes(lines=[]), Notes(lines=[])
    found = _without_system(policy.read(heads, notes, of_legs))
    ports = dict(_interfaces(heads, notes))
    attached = tuple(_attached(heads))
    strange.note_unread(heads, notes)
    notes.extend(of_legs)
    _note_services(heads, notes)
    named = next((one.text.partition(" ")[2] for one in heads["hostname"]), "")
    return AuditFacts(
        device=named or device,
        platform=platform,
        traits=_TRAITS[platform],
        policy=found,
        interfaces=ports,
        attached=attached,
        addresses={
            policy.interface_name(one): own
            for one in heads["interface"]
            if (own := _OWN_ADDRESS.findall(f"\n{one.below}"))
        },
        other_policies=tuple(_others(heads)),
        ipv6_lists=frozenset(
            one.text.split()[-1]
            for one in heads["ipv6"]
            if one.text.startswith("ipv6 access-list ")
        ),
        map_classes=frozenset(virtual_circuits.map_classes(heads)),
        channels=virtual_circuits.channels(heads),
        table_maps=frozenset(one.text.partition(" ")[2] for one in heads["table-map"]),
        services=_services(heads, saved.unsaved(running)),
        class_heads=_heads_by_name(heads["class-map"]),
        sections=_Sections(heads),
        not_understood=tuple(redact(line) for line in notes.raw),
    )


def _interfaces(heads: Heads, notes: Notes) -> Iterator[tuple[str, InterfaceFacts]]:
    shapes = virtual_circuits.map_classes(heads)
    has_vdsl = any(one.text.startswith("controller VDSL ") for one in heads["controller"])
    for section in heads["interface"]:
        name = policy.interface_name(section)
        found, odd, parents = interfaces.read(section.raw, section.unaddressed, name)
        if shapes and found.fragment_bytes is None:
            cut = virtual_circuits.fragment_bytes(section, shapes)
            found = found._replace(fragment_bytes=cut)
        if has_vdsl and name.startswith("Ethernet"):
            # It is the modem's side of VDSL, which trains at what the line allows.
            found = found._replace(port_bps=None)
        for line in odd:
            notes.add(line, section.text)
        for line in parents:
            for below in line.children if not switch_queues.is_understood(line) else ():
                strange.note_below(below, notes)
        yield name, found


def _attached(heads: Heads) -> Iterator[Attached]:
    """Yield policies at work: on interfaces, and on what stands in for one."""
    for section in heads.holding("service-policy"):
        if not section.text.startswith(_OF_OTHERS):
            # Where a policy stands below another line, that is told as it is.
            is_flat = section.flat is not None
            yield from _held(section.raw, section.unaddressed if is_flat else section.below)


@lru_cache(maxsize=_KEPT)
def _held(raw: str, below: str) -> tuple[Attached, ...]:
    """Return the policies at work in a section."""
    section = Section.printed_as(raw, below)
    is_interface = section.text.startswith("interface ")
    interface = policy.interface_name(section) if is_interface else None
    found = ((via, text, strange.ATTACHED.fullmatch(text)) for via, text in _policy_lines(section))
    return tuple(
        Attached(
            holder=f"interface {interface}" if is_interface else section.text,
            via=via or text.partition("service-policy ")[0].strip(),
            interface=interface,
            direction=_DIRECTIONS[line["direction"]],
            policy=line["name"],
        )
        for via, text, line in found
        if line is not None and line["type"] in _QOS_TYPES
    )


def _policy_lines(section: Section) -> list[tuple[str, str]]:
    """Return the lines that attach a policy, each after the line that it stands under, if any."""
    if not section.parents:
        return [("", text) for text in section.texts if "service-policy " in text]
    found: list[tuple[str, str]] = []
    for line in section.children:
        below = ((line.text, one.text) for one in line.descendants())
        lines = [("", line.text), *below]
        found += [(via, text) for via, text in lines if "service-policy " in text]
    return found


def _others(heads: Heads) -> Iterator[OtherPolicy]:
    for section in heads["policy-map"]:
        found = _TYPED.fullmatch(section.text)
        if found is not None and found["kind"] not in _QOS_TYPES:
            yield OtherPolicy(kind=found["kind"], name=found["name"])


def _heads_by_name(sections: Sequence[Section]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for one in sections:
        name = one.text.rpartition(" ")[2]
        found[name] = (*found.get(name, ()), one.text)
    return found


def _without_system(found: QosPolicy) -> QosPolicy:
    """Leave out what a switch has made for itself."""
    maps, policies = found.class_maps, found.policy_maps
    if not any(name.startswith(_SYSTEM) for name in (*maps, *policies)):
        return found
    return replace(
        found,
        class_maps={name: one for name, one in maps.items() if not name.startswith(_SYSTEM)},
        policy_maps={name: one for name, one in policies.items() if not name.startswith(_SYSTEM)},
    )


def _services(heads: Heads, unsaved: tuple[str, ...] | None) -> Services:
    archive = next(iter(heads["archive"]), None)
    sla = _probe_lines(heads)
    version = next((_VERSION.fullmatch(one.text) for one in heads["version"]), None)
    limits = (call_limits.limit(one.text) for one in heads["call"])
    ntp = (one.text.partition(" ")[2] for one in (*heads["ntp"], *heads["sntp"]))
    switches = [one.text for one in (*heads["mls"], *heads["qos"]) if one.text in _SWITCH_QOS]
    denied = next((False for one in heads["no"] if one.text == "no mls qos"), None)
    return Services(
        is_whole=bool(heads["version"] or heads["hostname"]),
        unsaved=unsaved,
        version=(int(version["major"]), int(version["minor"])) if version is not None else (),
        has_switch_qos=True if switches else denied,
        switch_qos_line=switches[0] if switches else "mls qos",
        keeps_ip_marks=any(one.text in _KEEPS_MARKS for one in (*heads["no"], *heads["mls"])),
        has_archive_path=archive is not None and archive.child("path") is not None,
        has_log_timestamps=any(
            one.text.startswith("service timestamps log datetime") for one in heads["service"]
        ),
        ntp_servers=tuple(text for text in ntp if text.startswith(("server ", "peer ", "master"))),
        has_responder=any(map(probe_config.is_responder, sla)),
        call_limits=tuple(one for one in limits if one is not None),
        probes=probe_config.probes(sla),
        tracked=probe_config.tracked(heads["track"]),
    )


def _probe_lines(heads: Heads) -> list[Section]:
    """Return the lines about probes in their order; a `no` takes back what stands before it."""
    if any(one.text.startswith("no ip sla ") for one in heads["no"]):
        return [one for one in heads.all() if one.text.startswith(("ip sla ", "no ip sla "))]
    return [*heads["rtr"], *heads.beginning("ip", "sla")]


def _note_services(heads: Heads, notes: Notes) -> None:
    """Keep what is said of probes and of call admission and is not understood."""
    for section in heads["map-class"]:
        for line in virtual_circuits.strange(section):
            notes.add(line, section.text)
    for section in (*heads.beginning("ip", "sla"), *heads["rtr"]):
        if section.text.startswith(("ip sla ", "rtr ")):
            for line in probe_config.strange(section):
                notes.add(line, *(() if line is section else (section.text,)))
    for section in heads["call"]:
        if call_limits.is_meant(section.text) and not call_limits.is_understood(section.text):
            notes.add(section)
