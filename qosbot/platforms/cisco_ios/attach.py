"""Give an interface without a queueing policy one that serves voice first."""

import re

from qosbot.domain.intents import AttachVoicePolicy
from qosbot.domain.samples import FlowDirection
from qosbot.platforms.cisco_ios.plan import SHORT_INTERRUPTION, Plan, Running

_SIGNALLING_PERCENT = 5
_LEAST_PRIORITY_KBPS = 8
_LEAST_SHAPE_BPS = 8000
_OTHER_QUEUEING = re.compile(
    r"(?:no )?(?:mls qos|auto qos|srr-queue|wrr-queue|priority-queue|priority-group|fair-queue"
    r"|custom-queue-list|rate-limit|traffic-shape|random-detect|queue-set|tx-queue"
    r"|ip rtp (?:priority|reserve)|service-policy|shape|vbr-)\b.*"
)


def plan(intent: AttachVoicePolicy, running: Running) -> Plan:
    """Return the role template's lines, with a shaper around it where the intent has one.

    The priority is written in kbit/s: it then means the same whatever IOS takes the rate of the
    interface to be.

    Raises:
        UnsupportedIntentError: if the interface is not one that this may be done to.
    """
    section = running.interface(intent.interface)
    _check(intent, running)
    voice, signalling = running.free_name("VOICE"), running.free_name("SIGNAL")
    queues, shaper = running.free_name("QUEUES"), running.free_name("SHAPER")
    maps = [f"class-map match-any {voice}", f"class-map match-any {signalling}"]
    policies = [f"policy-map {queues}"]
    apply = [
        maps[0], " match dscp ef",
        maps[1], " match dscp cs3 af31",
        policies[0],
        f" class {voice}", f"  priority {_kbps(intent)}",
        f" class {signalling}", f"  bandwidth percent {_SIGNALLING_PERCENT}",
        " class class-default", "  fair-queue",
    ]  # fmt: skip
    attached = queues
    if intent.shape_bps is not None:
        attached = shaper
        policies.append(f"policy-map {shaper}")
        apply += [
            policies[1],
            " class class-default",
            f"  shape average {int(intent.shape_bps)}",
            f"  service-policy {queues}",
        ]
    apply += [section.text, f" service-policy output {attached}"]
    undo = [section.text, f" no service-policy output {attached}"]
    undo += [f"no {header}" for header in [*reversed(policies), *maps]]
    return Plan(
        apply=tuple(apply),
        undo=tuple(undo),
        touched=(*maps, *policies, section.text),
        interruption=SHORT_INTERRUPTION,
    )


def _kbps(intent: AttachVoicePolicy) -> int:
    return int(intent.priority_bps // 1000)


def _check(intent: AttachVoicePolicy, running: Running) -> None:
    name = intent.interface
    for one in running.policy.attachments:
        if one.interface == name and one.direction is FlowDirection.OUT:
            raise running.refuse(f"{name} already sends by policy {one.policy}")
    for line in running.interface(name).descendants():
        other = _OTHER_QUEUEING.fullmatch(line.text)
        if other is not None and not line.text.startswith("service-policy input "):
            raise running.refuse(f"{name} already queues by other means: {line.text}")
    if "." in name and intent.shape_bps is None:
        raise running.refuse(f"{name} is a subinterface, which queues only below a shaper")
    if _kbps(intent) < _LEAST_PRIORITY_KBPS:
        raise running.refuse(f"a priority of {intent.priority_bps:g} bit/s is too small to say")
    if intent.shape_bps is not None and intent.shape_bps < _LEAST_SHAPE_BPS:
        raise running.refuse(f"a shape of {intent.shape_bps:g} bit/s is too small to say")
    whole_bps = intent.shape_bps or intent.reference_bps
    stated_bps = running.policy.interfaces[name].bandwidth_bps
    if intent.shape_bps is not None and intent.shape_bps > (stated_bps or intent.shape_bps):
        raise running.refuse(f"{name} is slower than a shape of {intent.shape_bps:g} bit/s")
    if intent.priority_bps > whole_bps:
        raise running.refuse(f"{intent.priority_bps:g} bit/s is more than the whole of {name}")
