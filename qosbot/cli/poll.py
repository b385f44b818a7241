"""`qosbot poll`: read the devices once over SNMP."""

import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated

import typer

from qosbot.cli.door import Exit, complain, guarded
from qosbot.cli.options import AsJson, DatabaseFile, InventoryDir
from qosbot.cli.tables import Cell, Row, show

if TYPE_CHECKING:
    from qosbot.domain.inventory import Device, Inventory
    from qosbot.domain.metrics import DeviceMetrics, Metric
    from qosbot.workflows.measure import Measured


@guarded
def poll(
    *,
    devices: Annotated[
        list[str] | None, typer.Argument(metavar="[DEVICE]...", help="Only these.  [default: all]")
    ] = None,
    inventory: InventoryDir = None,
    database: DatabaseFile = None,
    as_json: AsJson = False,
) -> None:
    """Poll the devices once over SNMP, keep what they say, and score the voice paths.

    Rates need two polls: the first one of a device is the base of the next.
    """
    from qosbot.bootstrap import open_bot
    from qosbot.domain.paths import absent_links
    from qosbot.settings import read_settings

    with open_bot(read_settings(inventory=inventory, database=database)) as bot:
        wanted = _named(bot.inventory, devices or [])
        measured = bot.measure(wanted)
        scores = bot.assess_and_keep()
        absent = absent_links(bot.inventory.links, {one.device: one for one in measured.metrics})
    if as_json:
        from qosbot.cli.paths import score_tree
        from qosbot.render.plain_json import tree

        answer = {
            "devices": {one.device: tree(one) for one in measured.metrics},
            "silent": tree(measured.poll.silent),
            "absent_links": [str(link) for link in absent],
            "paths": [score_tree(score) for score in scores],
        }
        print(json.dumps(answer, indent=2))
    else:
        _print(wanted, measured)
        for link in absent:
            complain(
                f"links.yaml: {link.device} has no interface {link.interface}",
                "write the name as the device's configuration has it",
            )
    if absent or measured.poll.silent or any(one.gaps for one in measured.metrics):
        raise typer.Exit(Exit.INCOMPLETE)


def _named(inventory: "Inventory", names: Collection[str]) -> "list[Device]":
    unknown = sorted(set(names) - set(inventory.devices))
    if unknown:
        complain(
            f"no device named {', '.join(unknown)} in the inventory",
            f"known are {', '.join(inventory.devices)}",
        )
        raise typer.Exit(Exit.WRONG_USE)
    return [device for device in inventory.devices.values() if not names or device.name in names]


def _print(devices: "list[Device]", measured: "Measured") -> None:
    metrics = {one.device: one for one in measured.metrics}
    rows: list[Row] = [
        _answered(metrics[device.name])
        if device.name in metrics
        else [
            device.name,
            Cell("silent", "bold red"),
            "-",
            "-",
            "-",
            measured.poll.silent[device.name],
        ]
        for device in devices
    ]
    columns = ["device", "state", "interfaces", "classes", "probes", "remarks"]
    show("devices", columns, rows)
    busy = [row for one in measured.metrics for row in _busy_interfaces(one)]
    if busy:
        show(
            "\ninterfaces that carry traffic",
            ["device", "interface", "in kbit/s", "out kbit/s", "out discards/s", "fcs errors/s"],
            busy,
        )


def _answered(one: "DeviceMetrics") -> Row:
    from qosbot.render.words import CONTINUITY, in_words

    remarks = "; ".join(
        filter(None, [CONTINUITY[one.continuity], in_words(one.reasons), *one.gaps])
    )
    return [
        one.device,
        Cell("answered", "green"),
        str(len(one.interfaces)),
        str(len(one.classes)),
        str(len(one.probes)),
        remarks,
    ]


def _busy_interfaces(one: "DeviceMetrics") -> list[Row]:
    from qosbot.domain.metrics import Measured

    return [
        [
            one.device,
            row.interface,
            _number(row.in_rate_bps, 1e-3),
            _number(row.out_rate_bps, 1e-3),
            _number(row.out_discard_rate_pps, 1),
            _number(row.fcs_error_rate_pps, 1),
        ]
        for row in one.interfaces
        if any(isinstance(m, Measured) and m.value > 0 for m in (row.in_rate_bps, row.out_rate_bps))
    ]


def _number(metric: "Metric", factor: float) -> str:
    from qosbot.domain.metrics import Measured

    return f"{metric.value * factor:.1f}" if isinstance(metric, Measured) else metric.reason.value
