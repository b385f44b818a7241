"""A finding of an audit as it is now: its device is read again, and so are the latest polls."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from qosbot.domain.audit.findings import AuditFinding, DeviceAudit
from qosbot.domain.ground import NoPlan, Refused
from qosbot.domain.in_force import inventory_in_force
from qosbot.domain.inventory import Device, Inventory, Link, LinkId
from qosbot.domain.playbooks import Playbook
from qosbot.domain.precautions import Standing, is_offered, place_of, standing_of, why_not
from qosbot.domain.remediation import IN_HAND, State
from qosbot.domain.rules import policy_refusal
from qosbot.domain.sightings import LinkView, Marks, Scene, view_of
from qosbot.ports import Clock
from qosbot.ports.configuring import Platform
from qosbot.workflows.draft import ConfigReader, Desk
from qosbot.workflows.outside import Outside
from qosbot.workflows.watch import Sources, view

_NOT_OVER = IN_HAND | {State.AWAITING_DECISION, State.APPROVED}
"""Where a device is not free; nothing is due of what is stuck, and no other change may start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """All that planning a precaution needs."""

    sources: Sources
    outside: Outside
    playbooks: Sequence[Playbook]
    clock: Clock
    marks: Marks = field(default_factory=Marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a finding is, and all that is known of it now."""

    finding: AuditFinding
    """With the evidence of now."""
    device: Device
    link: Link
    platform: Platform
    running: str
    """As it was read, with its secrets."""
    audit: DeviceAudit
    scene: Scene
    view: LinkView

    @property
    def inventory(self) -> Inventory:
        """Return the inventory, as changes that stayed have made it."""
        return self.scene.inventory


def look_at(finding: AuditFinding, planner: Planner, now: datetime) -> Site | NoPlan:
    """Return a finding as it is now, or why nothing can be planned for it.

    The device is logged in to only once nothing else stands in the way.
    """
    why = _why_not_begin(finding, planner.outside)
    if why is not None:
        return why
    found = _place(finding, planner)
    if isinstance(found, NoPlan):
        return found
    device, link, inventory = found
    _, scene = view(
        planner.sources.store,
        inventory,
        now,
        poll_interval_s=planner.outside.poll_interval_s,
        marks=planner.marks,
    )
    seen = view_of(link.id, scene)
    if isinstance(seen, str):
        return NoPlan(reason=Refused.DATA, words=f"what happens there is not measured: {seen}")
    read = _read(finding, device, planner, scene)
    if isinstance(read, NoPlan):
        return read
    now_found, running, audit = read
    return Site(
        finding=now_found,
        device=device,
        link=link,
        platform=planner.sources.platforms[device.platform],
        running=running,
        audit=audit,
        scene=scene,
        view=seen,
    )


def _why_not_begin(finding: AuditFinding, outside: Outside) -> NoPlan | None:
    """Return what stands in the way before anything is read; None: nothing does."""
    if outside.has_kill_switch():
        words = "the kill-switch file is there, so no device is read"
        return NoPlan(reason=Refused.STOPPED, words=words)
    unreadable = policy_refusal(outside.policy)
    if unreadable is not None:
        return NoPlan(reason=Refused.STOPPED, words=unreadable.words)
    if not is_offered(finding):
        words = f"{why_not(finding)}; by hand: {finding.fix}"
        return NoPlan(reason=Refused.NO_INTENT, words=words)
    busy = [
        one.id
        for one in outside.decisions.remediations(states=_NOT_OVER)
        if one.device == finding.device
    ]
    if busy:
        words = f"{', '.join(busy)} is under way or waits on {finding.device}"
        return NoPlan(reason=Refused.BUSY, words=words)
    return None


def _place(finding: AuditFinding, planner: Planner) -> tuple[Device, Link, Inventory] | NoPlan:
    """Return the device and the link of a finding, and the inventory that knows them."""
    outside = planner.outside
    written = replace(outside.inventory, policy=outside.policy)
    inventory = inventory_in_force(written, outside.decisions.codecs_in_force())
    device, place = inventory.devices.get(finding.device), place_of(finding.where)
    if device is None or place is None:
        words = f"{finding.device} is not in the inventory any more"
        return NoPlan(reason=Refused.UNSUPPORTED, words=words)
    if device.platform not in planner.sources.platforms:
        words = f"{device.name} is of platform {device.platform}, which is only watched"
        return NoPlan(reason=Refused.UNSUPPORTED, words=words)
    name = LinkId(device=device.name, interface=place.interface)
    link = inventory.links.get(name)
    if link is None:
        words = f"links.yaml does not know {name}, so neither its circuit nor its calls are known"
        return NoPlan(reason=Refused.UNSUPPORTED, words=words)
    return device, link, inventory


def _read(
    finding: AuditFinding, device: Device, planner: Planner, scene: Scene
) -> tuple[AuditFinding, str, DeviceAudit] | NoPlan:
    """Return a finding, its device's configuration and the audit of it, all as they are now."""
    desk = Desk(
        scene=scene,
        playbooks=planner.playbooks,
        session=planner.outside.sessions,
        platforms=planner.sources.platforms,
        calm={},
        is_stopped=planner.outside.has_kill_switch(),
    )
    running = ConfigReader(desk).running(device.name)
    if isinstance(running, NoPlan):
        return running
    audit = planner.outside.audit(device, running)
    if audit is None:
        return _not_judged(finding)
    found = _still_there(finding, audit)
    return found if isinstance(found, NoPlan) else (found, running, audit)


def _still_there(finding: AuditFinding, audit: DeviceAudit) -> AuditFinding | NoPlan:
    """Return a finding as it is now, or why it counts no more."""
    match standing_of(finding.rule, finding.where, finding.id, audit):
        case Standing.GONE:
            words = "it was fixed since: the device as it is now does not break the rule there"
            return NoPlan(reason=Refused.MENDED, words=words)
        case Standing.ACCEPTED:
            return NoPlan(reason=Refused.MENDED, words="the inventory accepts it by now")
        case Standing.UNKNOWN:
            return _not_judged(finding)
        case Standing.STANDS:
            return next(one for one in audit.findings if one.id == finding.id)


def _not_judged(finding: AuditFinding) -> NoPlan:
    words = f"{finding.rule} could not be judged on the device as it is now"
    return NoPlan(reason=Refused.DATA, words=words)
