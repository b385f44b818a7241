"""Give an existing voice class another amount of strict priority."""

import math

from qosbot.domain.intents import SetPriority
from qosbot.domain.policies import PolicyClass
from qosbot.platforms.cisco_ios.fits import reference
from qosbot.platforms.cisco_ios.plan import NO_INTERRUPTION, SHORT_INTERRUPTION, Plan, Running
from qosbot.platforms.cisco_ios.sections import Section

PERCENT_MAY_FALL_SHORT = 0.03
"""How far below what was asked a whole percent may lie; beyond it kbit/s are written."""

_LEAST_KBPS = 8
_WITH_PRIORITY_IMPOSSIBLE = ("random-detect", "queue-limit", "fair-queue", "bandwidth remaining")
_FLAT_PATH = 2


def plan(intent: SetPriority, running: Running) -> Plan:
    """Return the one line that says the new priority, in the unit of the old one where it fits.

    Raises:
        UnsupportedIntentError: if something else decides the class, or others share it.
    """
    running.check_path(intent.interface, intent.class_path)
    policy, name = intent.class_path[-2:]
    header = running.named("policy-map", policy)
    section = running.policy_class(policy, name)
    held = running.policy.policy_maps[policy].find(name)
    if held is None:
        raise running.refuse(f"policy-map {policy} has no class {name}")
    _check(intent, held, section, running)
    running.check_understood(f"{header.text} / {section.text}")
    wanted = f"priority{_level(held)} {_amount(intent, held, running)}"
    before = section.child("priority") or section.child("bandwidth")
    path = (header.text, f" {section.text}")
    clears = (f"  no {before.text}",) if before and before.text.startswith("bandwidth") else ()
    restores = (f"  {before.text}",) if before is not None else ()
    if before is None or clears:
        restores = (f"  no {wanted}", *restores)
    shared = bool(running.others_with(policy, intent.interface))
    flat = len(intent.class_path) == _FLAT_PATH and not shared
    return Plan(
        apply=(*path, *clears, f"  {wanted}"),
        undo=(*path, *restores),
        touched=(header.text,),
        interruption=NO_INTERRUPTION if flat else SHORT_INTERRUPTION,
    )


def _check(intent: SetPriority, held: PolicyClass, section: Section, running: Running) -> None:
    name = held.name
    policy = intent.class_path[-2]
    others = running.others_with(policy, intent.interface)
    if others and not intent.may_touch_others:
        raise running.refuse(f"policy {policy} is also at work on {', '.join(others)}")
    if name == "class-default":
        raise running.refuse("class-default may not have priority")
    if held.police is not None or section.child("police") is not None:
        raise running.refuse(f"class {name} is bound by its own policer: {policy}")
    if held.is_priority and held.priority is None:
        raise running.refuse(f"class {name} has priority without a bound")
    burst = any(len(line.split()) not in {0, 3} for line in _said(held))
    if burst:
        raise running.refuse(f"class {name} has a burst of its own")
    for line in section.children:
        if line.text.startswith(_WITH_PRIORITY_IMPOSSIBLE) and not held.is_priority:
            raise running.refuse(f"class {name} has `{line.text}`, which excludes priority")


def _said(held: PolicyClass) -> list[str]:
    return [line for line in held.other if line.startswith("priority ")]


def _level(held: PolicyClass) -> str:
    """Return ` level N` where the class has one."""
    levels = [line.removeprefix("priority") for line in _said(held)]
    return levels[0] if levels else ""


def _amount(intent: SetPriority, held: PolicyClass, running: Running) -> str:
    share = held.priority or held.bandwidth
    whole_bps = reference(running.policy, intent.interface, intent.class_path)
    if share is not None and share.ratio is not None and whole_bps is not None:
        percent = math.floor(100 * intent.priority_bps / whole_bps + 1e-9)
        said_bps = whole_bps * percent / 100
        if percent and said_bps >= intent.priority_bps * (1 - PERCENT_MAY_FALL_SHORT):
            return f"percent {percent}"
    kbps = int(intent.priority_bps // 1000)
    if kbps < _LEAST_KBPS:
        raise running.refuse(f"a priority of {intent.priority_bps:g} bit/s is too small to say")
    return str(kbps)
