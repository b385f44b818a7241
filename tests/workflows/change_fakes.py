"""Plain stand-ins for devices that are only read, and for a language of one word a device."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qosbot.domain.errors import DeviceUnreachableError, UnsupportedIntentError
from qosbot.domain.intents import ConfigChange, Intent
from qosbot.domain.inventory import Device
from qosbot.domain.policies import QosPolicy
from qosbot.ports.configuring import ApplyResult, DeviceConfig
from tests.domain.builders import NOON


@dataclass
class ReadOnlySession:
    """Answers every device's name as its configuration; anything but reading is a mistake."""

    silent: tuple[str, ...] = ()
    read_from: list[str] = field(default_factory=list)

    def read(self, device: Device) -> DeviceConfig:
        self.read_from.append(device.name)
        if device.name in self.silent:
            raise DeviceUnreachableError(device.name, 10)
        return DeviceConfig(
            running=device.name, startup=device.name, read_at=NOON, changed_stamp="1"
        )

    def apply(self, device: Device, change: ConfigChange, *, revert_after_min: int) -> ApplyResult:
        raise AssertionError((device, change, revert_after_min))

    def undo(self, device: Device, change: ConfigChange) -> ApplyResult:
        raise AssertionError((device, change))

    def revert_pending_s(self, device: Device) -> float | None:
        raise AssertionError(device)

    def confirm(self, device: Device) -> None:
        raise AssertionError(device)

    def preflight(self, device: Device) -> str:
        raise AssertionError(device)

    def save(self, device: Device, *, expected: str | None = None) -> None:
        raise AssertionError((device, expected))


@dataclass
class WordPlatform:
    """Knows each device's policy by its name; renders an intent as its own text."""

    policies: Mapping[str, QosPolicy]
    catch_all: str = "class-default"
    is_verified: bool = True
    interruption: str = "none"
    refuses: bool = False
    holds_all: bool = False

    def parse(self, running: str) -> QosPolicy:
        return self.policies[running]

    def render(self, intent: Intent, running: str, device: str) -> ConfigChange:
        del running
        if self.refuses:
            raise UnsupportedIntentError(f"{device}: no room")
        return ConfigChange(
            device=device,
            intent=intent,
            apply=(str(intent),),
            undo=(f"no {intent}",),
            diff=f"+{intent}",
            is_verified_syntax=self.is_verified,
            interruption=self.interruption,
        )

    def fingerprint(self, running: str, intent: Intent) -> str:
        return f"{running} {type(intent).__name__}"

    def holds(self, intent: Intent, running: str) -> bool:
        del intent, running
        return self.holds_all

    def with_lines(self, running: str, lines: Sequence[str]) -> str:
        return f"{running} with {len(lines)} lines" if lines else running

    def redact(self, text: str) -> str:
        return text
