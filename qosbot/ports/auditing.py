"""The nightly audit: reading every device's configuration, and keeping what was found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qosbot.domain.audit.findings import AuditFinding, DeviceAudit
from qosbot.domain.audit.nights import NetworkAudit
from qosbot.domain.audit.schedule import Night
from qosbot.domain.inventory import Device
from qosbot.domain.messages import Letter


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedConfig:
    """A running configuration as it was read, every secret masked."""

    device: str
    text: str
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What was read in one go: each device is in one of the two."""

    configs: Mapping[str, CollectedConfig]
    unread: Mapping[str, str]
    """The device and why nothing was read there, in words."""


class Collector(Protocol):
    """Reads configurations."""

    def collect(
        self, devices: Sequence[Device], *, go_on: Callable[[], bool] = lambda: True
    ) -> Collection:
        """Return what could be read, and why the rest could not; change nothing.

        Never raises for a device.  What did not answer in time is asked once more; credentials
        that a device refused are not tried again, and two refusals leave all others unasked.

        Args:
            devices: whose configurations.
            go_on: whether another device may still be asked; what was begun comes to its end.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptConfig:
    """The newest version of a configuration."""

    text: str
    since: datetime
    """When it was read first."""
    read_at: datetime
    """When it was read last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAudit:
    """What was found in a device the last time that it was read."""

    device: DeviceAudit
    began_at: datetime
    """Of the audit that it was part of."""


class Audits(Protocol):
    """Keeps configurations, audits and nights; every call is one transaction."""

    def nights(self) -> tuple[Night, ...]:
        """Return what became of the nights that are kept."""
        ...

    def begin(self, due_at: datetime) -> int:
        """Write down that a night's audit begins; return how often it has by now."""
        ...

    def end(self, due_at: datetime) -> None:
        """Write down that a night is over though nothing was found out in it."""
        ...

    def last(self) -> Mapping[str, LastAudit]:
        """Return what was found last in each device, by the schedule where it ever was."""
        ...

    def configs(self) -> Mapping[str, KeptConfig]:
        """Return the newest version of each device's configuration."""
        ...

    def keep(
        self,
        audit: NetworkAudit,
        configs: Collection,
        *,
        due_at: datetime | None = None,
        letters: Sequence[Letter] = (),
    ) -> None:
        """Keep an audit and the configurations that are not what was kept before.

        Args:
            audit: what was found.
            configs: what it was found in.
            due_at: the night that is over with it.
            letters: what people are to be told of it.
        """
        ...

    def finding(self, name: str) -> AuditFinding | None:
        """Return a finding by its id, as the newest audit that has it found it."""
        ...

    def audit(self, name: str) -> NetworkAudit | None:
        """Return an audit by its id."""
        ...

    def delete_before(self, at: datetime) -> None:
        """Forget older audits and configurations, but not the last of any device."""
        ...
