"""`qosbot check`: read the inventory as a whole and tell all that is wrong with it."""

from qosbot.cli.door import guarded
from qosbot.cli.options import InventoryDir


@guarded
def check(*, inventory: InventoryDir = None) -> None:
    """Check the inventory as a whole; touch no device."""
    from qosbot.bootstrap import read_inventory
    from qosbot.settings import read_settings

    settings = read_settings(inventory=inventory)
    found = read_inventory(settings.inventory)
    print(
        f"{settings.inventory} is right: {len(found.devices)} devices, {len(found.links)} links, "
        f"{len(found.paths)} voice paths"
    )
    for risk, mode in found.policy.mode.items():
        print(f"{risk.value} risk: {mode.value}")
