"""What an audit says of a device: what breaks a rule, what it could not judge or understand."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a broken rule is, the worst first."""

    CRITICAL = "critical"
    """Voice is broken, or will break under load."""
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Return 4 for critical down to 0 for info."""
        return _RANKS[self]

    def is_at_least(self, other: "Severity") -> bool:
        """Return whether this is as bad as the other, or worse."""
        return self.rank >= other.rank


_RANKS = {severity: 4 - i for i, severity in enumerate(Severity)}


class Status(StrEnum):
    """What follows from a finding."""

    FAILED = "failed"
    """The rule is broken."""
    ACCEPTED = "accepted"
    """The rule is broken, and the inventory grants it; it never makes an audit fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """A rule that is broken at a place."""

    rule: str
    severity: Severity
    device: str
    where: str
    """Objects from the outside in, as in `interface Gi0/1 > policy WAN > class VOICE`."""
    evidence: tuple[str, ...]
    """Lines of the configuration as they stand, blanks collapsed, or what is missing in words."""
    fix: str
    """What a person can do, in words or in lines."""
    status: Status = Status.FAILED

    @property
    def id(self) -> str:
        """Return twelve hex digits that stay the same from night to night.

        They are of rule, device and place alone: a finding whose evidence moved, or got worse,
        is still the same finding.
        """
        text = f"{self.rule}\0{self.device}\0{self.where}"
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotJudged:
    """A rule that could not be judged for want of evidence; it is not passed."""

    rule: str
    why: str
    """What it would take, in words that begin with `needs` where evidence is absent."""
    where: str = ""
    """The object; empty for the whole device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAudit:
    """All that an audit says of one configuration."""

    device: str
    platform: str
    """netmiko's name."""
    findings: tuple[AuditFinding, ...]
    """The worst first, then by rule and place; no two have the same id."""
    not_judged: tuple[NotJudged, ...]
    not_understood: tuple[str, ...]
    """Lines that look like QoS, verbatim."""
    passed: tuple[str, ...] = ()
    """Rules that had evidence, all of it good."""

    @property
    def worst(self) -> Severity | None:
        """Return the worst severity that is not accepted; None where nothing failed."""
        found = [one.severity for one in self.findings if one.status is Status.FAILED]
        return max(found, key=lambda one: one.rank, default=None)
