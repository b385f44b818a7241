"""Configurations: reading and typing them, and what a platform makes of their language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from qosbot.domain.intents import ConfigChange, Intent
from qosbot.domain.inventory import Device
from qosbot.domain.policies import QosPolicy
from qosbot.domain.situations import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConfig:
    """What a device is configured to do, read in one session."""

    running: str
    startup: str
    read_at: datetime
    changed_stamp: str
    """Moves with every edit of the running configuration, whoever makes it; empty if unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResult:
    """What became of one line that was typed."""

    line: str
    accepted: bool
    answer: str
    """What the device printed; secrets masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyResult:
    """What became of a change, line by line; lines after a refused one were never sent."""

    lines: tuple[LineResult, ...]

    @property
    def accepted(self) -> bool:
        """Return whether every line was taken."""
        return all(line.accepted for line in self.lines)


class ConfigSession(Protocol):
    """Configures devices.

    Every call asks the device what is so before it changes anything, so a repeat after a crash
    is harmless.

    Raises everywhere:
        DeviceUnreachableError: no session could be had, or it broke; what was typed before may
            be in force, and the device's own revert timer, once armed, still runs.
    """

    def read(self, device: Device) -> DeviceConfig:
        """Return the running and startup configurations; change nothing."""
        ...

    def apply(self, device: Device, change: ConfigChange, *, revert_after_min: int) -> ApplyResult:
        """Arm the device's revert timer, then type the lines; stop at the first refused one.

        Where a timer of ours is already armed it is not armed again.

        Raises:
            CommitRefusedError: the timer could not be armed; no line was typed.
        """
        ...

    def undo(self, device: Device, change: ConfigChange) -> ApplyResult:
        """Type the exact undo of a change; the timer stays armed."""
        ...

    def revert_pending_s(self, device: Device) -> float | None:
        """Return the seconds until the device reverts by itself; None: nothing is armed."""
        ...

    def preflight(self, device: Device) -> str:
        """Return why a change could not be started now, whatever it is; empty: nothing."""
        ...

    def confirm(self, device: Device) -> None:
        """Disarm the revert timer and keep what is running; nothing if none is armed."""
        ...

    def save(self, device: Device, *, expected: str | None = None) -> None:
        """Make the running configuration the startup one.

        Args:
            device: whose.
            expected: the digest of what may be saved, by the device's `Dialect`; nothing is
                saved where something else runs by now.  None: whatever runs.
        """
        ...


class Dialect(Protocol):
    """What a platform reads out of its configurations.  Pure: no I/O, and raises nothing."""

    @property
    def terms(self) -> Terms:
        """Return what may be typed, and how long the revert timer can run."""
        ...

    def fingerprint(self, running: str, intent: Intent) -> str:
        """Return a hash of all that an intent touches and rests on."""
        ...

    def holds(self, intent: Intent, running: str) -> bool:
        """Return whether what the intent asks for is in force."""
        ...

    def undone(self, change: ConfigChange, running: str) -> bool:
        """Return whether nothing of the change is left to take back."""
        ...

    def digest(self, config: str) -> str:
        """Return a hash of a whole configuration without its volatile lines."""
        ...

    def only_ours(self, change: ConfigChange, before: str, running: str) -> bool | None:
        """Return whether nothing but a change lies between two configurations.

        False: somebody else changed something.  None: it can't be told.
        """
        ...


class Platform(Protocol):
    """A vendor's configuration language, as far as planning a change needs it.  Pure: no I/O."""

    @property
    def catch_all(self) -> str:
        """Return the name of the class that takes what no other matches."""
        ...

    def parse(self, running: str) -> QosPolicy:
        """Return what a running configuration says of QoS; it raises nothing for strange text."""
        ...

    def render(self, intent: Intent, running: str, device: str) -> ConfigChange:
        """Return the lines that make an intent so, and their exact undo.

        An intent that holds already is a change of no lines.

        Raises:
            UnsupportedIntentError: if it cannot be expressed there, or would do harm.
        """
        ...

    def fingerprint(self, running: str, intent: Intent) -> str:
        """Return a digest of all that an intent rests on, the same for the same meaning."""
        ...

    def holds(self, intent: Intent, running: str) -> bool:
        """Return whether a configuration is what an intent asks for."""
        ...

    def with_lines(self, running: str, lines: Sequence[str]) -> str:
        """Return a configuration as it will be with some lines in it, comments left out.

        To try a change on paper; what a device makes of it is read back.
        """
        ...

    def redact(self, text: str) -> str:
        """Return a text of the device with every secret masked."""
        ...
