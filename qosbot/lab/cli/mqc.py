"""What the modular QoS CLI means and refuses: who uses what, and whether it fits the link."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from qosbot.lab.cli import refusals
from qosbot.lab.cli.tree import Entry, Slot

MAX_RESERVED_SHARE = 0.75
"""What classic IOS lets classes reserve of a link, unless `max-reserved-bandwidth` says more."""

_DEFAULT_CLASS = "class-default"
_QUEUEING = ("priority", "bandwidth", "shape", "fair-queue", "queue-limit", "random-detect")
_EXCLUSIVE = {"priority": "bandwidth", "bandwidth": "priority"}
_WHOLE_PERCENT = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line that is about to take effect."""

    mode: str
    path: tuple[Slot, ...]
    """The sections that the line stands in."""
    slot: Slot
    line: str
    removes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A policy on an interface."""

    interface: str
    direction: str
    policy: str


def attachments(root: Entry) -> Iterator[Attachment]:
    """Yield every attached policy, in the order of the configuration."""
    for section in root.under("interface"):
        for entry in section.under("service-policy"):
            _, direction, policy = entry.words()
            yield Attachment(interface=section.slot[1], direction=direction, policy=policy)


def classes(root: Entry, policy: str) -> list[Entry]:
    """Return a policy's classes in the order in which they match."""
    section = root.child("policy-map", policy)
    return list(section.under("class")) if section is not None else []


def nested(section: Entry) -> str:
    """Return the policy nested in a class; empty where there is none."""
    entry = section.child("service-policy")
    return entry.words()[1] if entry is not None else ""


def refusal(before: Entry, after: Entry, change: Change, rates: Mapping[str, float]) -> str:
    """Return why IOS refuses a change, from the configuration before and after it; else nothing.

    The rates are those of the physical interfaces' ports, in bit/s.
    """
    name = change.slot[-1]
    if change.mode == "config" and change.removes:
        return _refused_removal(before, change.slot)
    if change.mode == "config-pmap" and change.slot[0] == "class" and not change.removes:
        known = name == _DEFAULT_CLASS or after.child("class-map", name) is not None
        return "" if known else refusals.NO_CLASS_MAP.format(name=name)
    if change.mode == "config-pmap-c":
        return _refused_action(after, change)
    if change.mode == "config-if" and change.slot[0] == "service-policy" and not change.removes:
        return _refused_attachment(before, after, change, rates)
    return ""


def misfit(root: Entry, attached: Attachment, rates: Mapping[str, float]) -> str:
    """Return why an attached policy does not fit its interface; nothing where it does."""
    section = root.child("interface", attached.interface)
    if section is None:
        return ""
    bandwidth, reserved = section.child("bandwidth"), section.child("max-reserved-bandwidth")
    rate_bps = rates.get(attached.interface.partition(".")[0], 0.0)
    if bandwidth is not None:
        rate_bps = 1000.0 * int(bandwidth.words()[1])
    share = MAX_RESERVED_SHARE if reserved is None else int(reserved.words()[1]) / _WHOLE_PERCENT
    if attached.direction != "output" or rate_bps <= 0:
        return ""
    return _overbooked(root, attached.policy, attached.interface, rate_bps, share)


def detach_misfits(root: Entry, rates: Mapping[str, float]) -> list[str]:
    """Take policies that no longer fit off their interfaces; return what IOS says about each.

    An edit that outgrows the link costs the link its whole policy (IOS command reference,
    usage guidelines of `policy-map`).
    """
    said = []
    for attached in list(attachments(root)):
        if text := misfit(root, attached, rates):
            said.append(text)
            section = root.child("interface", attached.interface)
            if section is not None:
                section.drop(("service-policy", attached.direction))
    return said


def _refused_removal(root: Entry, slot: Slot) -> str:
    kind, name = slot[0], slot[-1]
    if kind not in {"class-map", "policy-map"}:
        return ""
    sections = [section for policy in root.under("policy-map") for section in policy.under("class")]
    if kind == "class-map":
        used = any(section.slot[1] == name for section in sections)
        used |= any(
            entry.words()[-2:] == ["class-map", name]
            for other in root.under("class-map")
            for entry in other.children
        )
        return refusals.CLASS_MAP_IN_USE.format(name=name) if used else ""
    used = any(nested(section) == name for section in sections)
    used |= any(attached.policy == name for attached in attachments(root))
    return refusals.POLICY_MAP_IN_USE.format(name=name) if used else ""


def _refused_action(after: Entry, change: Change) -> str:
    policy, klass = change.path[0][-1], change.path[1][-1]
    section = next((s for s in classes(after, policy) if s.slot[1] == klass), None)
    if section is None:
        return ""
    if change.removes:
        strands = change.slot == ("shape",) and queues(after, nested(section))
        return refusals.CHILD_QUEUES if strands else ""
    if change.slot == ("service-policy",):
        return _refused_nesting(after, policy, section)
    if change.slot[0] in _QUEUEING and _input_uses(after, policy):
        return refusals.OUTPUT_ONLY
    if change.slot[0] in _EXCLUSIVE:
        return _refused_share(after, policy, section, change.slot[0])
    return ""


def _refused_share(root: Entry, policy: str, section: Entry, action: str) -> str:
    """Return why a class may not have a priority or a bandwidth as it now stands."""
    name, held = section.slot[1], _EXCLUSIVE[action]
    if section.child(held) is not None:
        return refusals.EXCLUSIVE.format(held=held, wanted=action, name=name)
    if action == "priority" and name == _DEFAULT_CLASS:
        return refusals.DEFAULT_CLASS_PRIORITY
    return _refused_sum(classes(root, policy))


def _refused_nesting(root: Entry, policy: str, section: Entry) -> str:
    child = nested(section)
    if root.child("policy-map", child) is None:
        return refusals.NO_POLICY_MAP.format(name=child)
    if policy in _family(root, child):
        return refusals.NESTED_IN_ITSELF.format(name=policy)
    if queues(root, child) and section.child("shape") is None:
        return refusals.SHAPE_FIRST
    return ""


def _refused_sum(sections: list[Entry]) -> str:
    units: set[str] = set()
    percent = remaining = 0
    for section in sections:
        for entry in section.children:
            words = entry.words()
            if entry.slot == ("bandwidth",):
                units.add(" ".join(word for word in words[1:] if not word.isdigit()))
            if "percent" in words and entry.slot in {("bandwidth",), ("priority",)}:
                value = int(words[words.index("percent") + 1])
                if "remaining" in words:
                    remaining += value
                else:
                    percent += value
    if len(units) > 1:
        return refusals.MIXED_UNITS
    return refusals.OVER_100 if max(percent, remaining) > _WHOLE_PERCENT else ""


def _refused_attachment(
    before: Entry, after: Entry, change: Change, rates: Mapping[str, float]
) -> str:
    interface, direction = change.path[0][1], change.slot[1]
    policy = change.line.split()[-1]
    if after.child("policy-map", policy) is None:
        return refusals.NO_POLICY_MAP.format(name=policy)
    section = before.child("interface", interface)
    held = section.child("service-policy", direction) if section is not None else None
    if held is not None and held.words()[-1] != policy:
        return refusals.ALREADY_ATTACHED.format(name=held.words()[-1])
    if direction == "input" and queues(after, policy):
        return refusals.OUTPUT_ONLY
    attached = Attachment(interface=interface, direction=direction, policy=policy)
    return misfit(after, attached, rates)


def queues(root: Entry, policy: str) -> bool:
    """Return whether a policy or one nested in it queues."""
    return any(
        entry.slot[0] in _QUEUEING
        for name in _family(root, policy)
        for section in classes(root, name)
        for entry in section.children
    )


def _family(root: Entry, policy: str) -> set[str]:
    """Return a policy and all that is nested in it."""
    seen, queue = set(), [policy] if policy else []
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue += [child for section in classes(root, name) if (child := nested(section))]
    return seen


def _input_uses(root: Entry, policy: str) -> bool:
    return any(
        attached.direction == "input" and policy in _family(root, attached.policy)
        for attached in attachments(root)
    )


def _overbooked(root: Entry, policy: str, interface: str, rate_bps: float, share: float) -> str:
    """Return the refusal for the first class that no longer fits into the reference rate."""
    left_bps = rate_bps * share
    for section in classes(root, policy):
        wanted_bps, in_percent = _reserved(section, rate_bps)
        if wanted_bps > left_bps + 1.0:
            scale, unit = (rate_bps / 100, "(%)") if in_percent else (1000.0, "(kbps)")
            return refusals.TOO_MUCH.format(
                interface=interface, name=section.slot[1], unit=unit,
                wanted=int(wanted_bps / scale), available=int(left_bps / scale),
            )  # fmt: skip
        left_bps -= wanted_bps
        if child := nested(section):
            inner_bps = shaped_rate(section, rate_bps) or wanted_bps or rate_bps
            if text := _overbooked(root, child, interface, inner_bps, share):
                return text
    return ""


def shaped_rate(section: Entry, rate_bps: float) -> float:
    """Return the rate in bit/s to which a class is shaped, 0 where it is not."""
    entry = section.child("shape")
    if entry is None:
        return 0.0
    words = entry.words()
    if words[2] == "percent":
        return rate_bps * int(words[3]) / _WHOLE_PERCENT
    return float(words[2])


def _reserved(section: Entry, rate_bps: float) -> tuple[float, bool]:
    """Return what a class reserves in bit/s, and whether it was said in percent."""
    for kind in ("priority", "bandwidth"):
        entry = section.child(kind)
        if entry is None or "remaining" in entry.words():
            continue
        words = entry.words()[1:]
        if words[:1] == ["level"]:
            words = words[2:]
        if words[:1] == ["percent"]:
            return rate_bps * int(words[1]) / _WHOLE_PERCENT, True
        if words:
            return 1000.0 * int(words[0]), False
    return 0.0, False
