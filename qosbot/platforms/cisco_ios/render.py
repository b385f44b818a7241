"""An intent as lines to type, the exact lines that take it back, and how to see either.

Lines are in the order in which IOS takes them: what is named is made before it is used, and
used no more before it is deleted.
"""

import difflib
from collections.abc import Iterable

from qosbot.domain.errors import UnsupportedIntentError
from qosbot.domain.intents import (
    AddClassMatch,
    AttachVoicePolicy,
    ConfigChange,
    Intent,
    PreferCodec,
    SetPriority,
)
from qosbot.platforms.cisco_ios import attach, codec, matching, priority
from qosbot.platforms.cisco_ios.allowed import rule_for
from qosbot.platforms.cisco_ios.fits import misfit
from qosbot.platforms.cisco_ios.lines import in_force, preview
from qosbot.platforms.cisco_ios.plan import NO_INTERRUPTION, Plan, Running
from qosbot.platforms.cisco_ios.policy import parse
from qosbot.platforms.cisco_ios.readback import holds
from qosbot.platforms.cisco_ios.redact import redact
from qosbot.platforms.cisco_ios.sections import Section

__all__ = ["holds", "render", "undone"]

_WHOLE_SECTION = 1000
"""Lines of context; a touched section is always shown whole."""


def render(intent: Intent, running: str, device: str) -> ConfigChange:
    """Return what to type on a device to make an intent so, and what to type to take it back.

    An intent that holds already is a change of no lines.

    Raises:
        UnsupportedIntentError: if it can't be expressed here, or would do harm.
    """
    held = Running.of(running, device)
    if holds(intent, running):
        plan = Plan(apply=(), undo=(), touched=(), interruption=NO_INTERRUPTION)
    else:
        plan = _plan(intent, held)
    after = preview(held.root, plan.apply)
    _check_fit(intent, held, "\n".join(after.lines()[1:]))
    rules = [(line, rule_for(line)) for line in (*plan.apply, *plan.undo)]
    for line, rule in rules:
        if rule is None:
            raise held.refuse(f"`{line.strip()}` is not a line that may be sent")
    return ConfigChange(
        device=device,
        intent=intent,
        apply=plan.apply,
        undo=plan.undo,
        diff=_diff(held.root, after, plan.touched),
        is_verified_syntax=all(rule is not None and rule.is_backed for _, rule in rules),
        interruption=plan.interruption,
    )


def undone(change: ConfigChange, running: str) -> bool:
    """Return whether a configuration is again as the undo of a change leaves it."""
    return in_force(change.undo, running)


def _plan(intent: Intent, running: Running) -> Plan:
    match intent:
        case AttachVoicePolicy():
            return attach.plan(intent, running)
        case SetPriority():
            return priority.plan(intent, running)
        case AddClassMatch():
            return matching.plan(intent, running)
        case PreferCodec():
            return codec.plan(intent, running)


def _check_fit(intent: Intent, held: Running, after: str) -> None:
    """Reject what IOS would answer by taking a policy off an interface.

    Raises:
        UnsupportedIntentError: naming the class that does not fit.
    """
    if isinstance(intent, PreferCodec):
        return
    policy = parse(after)
    reference_bps = 0.0 if isinstance(intent, AddClassMatch) else intent.reference_bps
    for one in policy.attachments:
        rate_bps = reference_bps if one.interface == intent.interface else 0.0
        if not (rate_bps or policy.interfaces[one.interface].bandwidth_bps):
            continue
        why = misfit(policy, one.interface, rate_bps)
        if why and why != misfit(held.policy, one.interface, rate_bps):
            raise UnsupportedIntentError(f"{held.device}: {one.interface} has no room: {why}")


def _diff(before: Section, after: Section, touched: Iterable[str]) -> str:
    """Return a unified diff of whole sections, secrets masked."""
    lines: list[str] = []
    for header in touched:
        old, new = before.at((header,)), after.at((header,))
        lines += difflib.unified_diff(
            old.lines() if old is not None else [],
            new.lines() if new is not None else [],
            fromfile="running",
            tofile="proposed",
            n=_WHOLE_SECTION,
            lineterm="",
        )
    shown = [line for line in lines if not line.startswith(("---", "+++", "@@"))]
    head = ["--- running", "+++ proposed"] if shown else []
    return redact("\n".join([*head, *shown]))
