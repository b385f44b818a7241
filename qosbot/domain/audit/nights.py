"""Audits of a whole network, and what changed from one to the next."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from qosbot.domain.audit.days import PathDay
from qosbot.domain.audit.findings import (
    AuditFinding,
    DeviceAudit,
    Severity,
    Status,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A device whose configuration could not be read, and why."""

    device: str
    why: str
    read_at: datetime | None = None
    """When it was audited last; None: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChange:
    """How the configuration of a device differs from the one that was kept before."""

    device: str
    before_at: datetime
    """When the earlier one was read last."""
    diff: tuple[str, ...]
    """Unified, without its header; secrets are masked on both sides, so theirs do not show."""
    left_out: int = 0
    """Lines of the diff beyond those."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worsened:
    """A finding that was there before, and less bad."""

    finding: AuditFinding
    before: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is different since each device was audited last; a finding is in one place at most."""

    new: tuple[AuditFinding, ...] = ()
    worse: tuple[Worsened, ...] = ()
    fixed: tuple[AuditFinding, ...] = ()
    """As they were; whatever they were about was looked at again and is in order."""
    not_seen: tuple[AuditFinding, ...] = ()
    """As they were; nobody knows: the device was not read, or its rule could not be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAudit:
    """One audit of all devices."""

    id: str
    began_at: datetime
    ended_at: datetime
    is_nightly: bool
    """Whether it came by the schedule; False: somebody asked for it."""
    since: datetime | None
    """When the audit began that this one is compared with; None: it is the first."""
    devices: tuple[DeviceAudit, ...]
    unread: tuple[Unread, ...]
    changes: Changes
    config_changes: tuple[ConfigChange, ...]
    days: tuple[PathDay, ...]

    @property
    def findings(self) -> tuple[AuditFinding, ...]:
        """Return all that were found, the worst first."""
        return worst_first(one for device in self.devices for one in device.findings)

    @property
    def standing(self) -> tuple[AuditFinding, ...]:
        """Return those that nobody has accepted, the worst first."""
        return tuple(one for one in self.findings if one.status is Status.FAILED)

    def fails(self, severity: Severity) -> bool:
        """Return whether something stands that is as bad as that, or worse."""
        return any(one.severity.is_at_least(severity) for one in self.standing)


def audit_id(began_at: datetime) -> str:
    """Return the name of an audit by the second at which it began."""
    return f"audit-{began_at:%Y%m%dT%H%M%SZ}"


def worst_first(findings: Iterable[AuditFinding]) -> tuple[AuditFinding, ...]:
    """Return findings by severity, then device, rule and place."""
    return tuple(
        sorted(findings, key=lambda one: (-one.severity.rank, one.device, one.rule, one.where))
    )


def changes(
    before: Mapping[str, DeviceAudit], devices: Sequence[DeviceAudit], unread: Iterable[str]
) -> Changes:
    """Return what is new, worse, fixed and not seen.

    Args:
        before: each device as it was audited last, whenever that was.
        devices: as they are now.
        unread: devices that should have been audited and were not.
    """
    pairs = [(before.get(one.device), one) for one in devices]
    gone = [(one, device) for old, device in pairs for one in _gone(old, device)]
    blind = [before[name] for name in unread if name in before]
    return Changes(
        new=worst_first(one for old, device in pairs for one in _new(old, device)),
        worse=tuple(
            sorted(
                (one for old, device in pairs for one in _worse(old, device)),
                key=lambda one: (-one.finding.severity.rank, one.finding.device, one.finding.rule),
            )
        ),
        fixed=worst_first(
            one for one, device in gone if not is_unjudged(one.rule, one.where, device)
        ),
        not_seen=worst_first(
            [
                *(one for device in blind for one in _standing(device).values()),
                *(one for one, device in gone if is_unjudged(one.rule, one.where, device)),
            ]
        ),
    )


def _standing(device: DeviceAudit | None) -> dict[str, AuditFinding]:
    found = () if device is None else device.findings
    return {one.id: one for one in found if one.status is Status.FAILED}


def _new(old: DeviceAudit | None, device: DeviceAudit) -> Iterator[AuditFinding]:
    known = _standing(old)
    yield from (one for name, one in _standing(device).items() if name not in known)


def _worse(old: DeviceAudit | None, device: DeviceAudit) -> Iterator[Worsened]:
    known = _standing(old)
    for name, one in _standing(device).items():
        was = known.get(name)
        if was is not None and one.severity.rank > was.severity.rank:
            yield Worsened(finding=one, before=was.severity)


def _gone(old: DeviceAudit | None, device: DeviceAudit) -> Iterator[AuditFinding]:
    # What somebody has accepted since is neither fixed nor unknown.
    held = {one.id for one in device.findings}
    yield from (one for name, one in _standing(old).items() if name not in held)


def is_unjudged(rule: str, where: str, device: DeviceAudit) -> bool:
    """Return whether a rule could not be judged at a place."""
    return any(
        one.rule == rule and (not one.where or where == one.where or _is_within(where, one.where))
        for one in device.not_judged
    )


def _is_within(inner: str, outer: str) -> bool:
    return inner.startswith(f"{outer} > ")
