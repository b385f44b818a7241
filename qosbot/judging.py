"""The rules of the audit as one function: from a running configuration to what they say of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qosbot.domain.audit.findings import DeviceAudit
    from qosbot.domain.inventory import Device, Inventory

Judge = Callable[["Device", str], "DeviceAudit | None"]


def judge_with(inventory: "Callable[[], Inventory]") -> Judge:
    """Return what judges one configuration; what that raises is logged, and None comes back."""
    from qosbot.adapters.door import dispensable
    from qosbot.domain.audit.catalogue import RULES
    from qosbot.domain.audit.circuits import context_of
    from qosbot.domain.audit.frame import judge
    from qosbot.platforms import AUDITED

    def audited(device: "Device", config: str) -> "DeviceAudit":
        facts = AUDITED[device.platform](config, device.name)
        # A host name is what somebody typed there; two devices may have the same.
        known = replace(facts, device=device.name, context=context_of(inventory(), device.name))
        return judge(known, RULES)

    return dispensable("the audit of a device")(audited)


def judge_as_read(inventory: "Callable[[], Inventory]") -> Judge:
    """Return what judges a configuration as it was read, so that nothing secret is quoted.

    It raises nothing: a change is looked at so while it is taken back, too.
    """
    from qosbot.adapters.door import dispensable
    from qosbot.platforms import DIALECTS

    judge = judge_with(inventory)

    def audited(device: "Device", running: str) -> "DeviceAudit | None":
        return judge(device, DIALECTS[device.platform].redact(running))

    return dispensable("the audit of a device")(audited)
