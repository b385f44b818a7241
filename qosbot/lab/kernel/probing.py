"""IP SLA on the kernel: real probe packets when a run is due, and the responders that answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from qosbot.lab.forwarding import device_of
from qosbot.lab.kernel.network import KernelNetwork, RunKey
from qosbot.lab.kernel.plant import Plant
from qosbot.lab.kernel.programs import Line, Program, start
from qosbot.lab.kernel.traffic.sla_lines import run_of
from qosbot.lab.mqc import DeviceConfig
from qosbot.lab.probes import LINGER_S, cycle_s
from qosbot.lab.segments import Epoch, operation_of
from qosbot.lab.sla import SlaOperation
from qosbot.lab.topology import NODE

_LATEST_S = 1.0
"""No queue of the lab holds a packet longer; a run need not wait for what is lost."""

ResponderKey = tuple[str, str, int]
"""Device, address and port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnderWay:
    """A run whose result is not there yet."""

    since: float
    started_at: float
    operation: SlaOperation
    in_sync: bool


class Probing:
    """Starts every run of every scheduled operation at its time."""

    def __init__(self, plant: Plant, network: KernelNetwork) -> None:
        self._plant = plant
        self._network = network
        self._probers: dict[str, Program] = {}
        self._responders: dict[ResponderKey, Program] = {}
        self._started: dict[RunKey, tuple[float, int]] = {}
        """By operation: since when it has been scheduled, and the latest run that was started."""
        self._under_way: dict[tuple[str, int, int], _UnderWay] = {}

    async def advance(self, now: float) -> None:
        """Start what is due.

        Raises:
            KernelError: if a program does not start, or has ended.
        """
        for program in (*self._probers.values(), *self._responders.values()):
            program.check()
        configs = {name: self._network.config(name, now) for name in NODE}
        operations = self._network.operations(now)
        await self._respond(configs, [operation_of(epoch) for epoch in operations.values()])
        for key, epoch in operations.items():
            await self._run(key, epoch, configs, now)

    async def _respond(
        self, configs: dict[str, DeviceConfig], operations: list[SlaOperation]
    ) -> None:
        wanted: set[ResponderKey] = set()
        for operation in operations:
            target = device_of(operation.target, configs)
            if target is not None and configs[target].is_responder:
                wanted.add((target, operation.target, operation.port))
        for key in set(self._responders) - wanted:
            await self._responders.pop(key).close()
        for device, address, port in wanted - set(self._responders):
            self._responders[device, address, port] = await start(
                self._plant[device],
                "responder",
                *("--listen", f"{address}:{port}"),
                hear=lambda _: None,
            )

    async def _run(
        self, key: RunKey, epoch: Epoch, configs: dict[str, DeviceConfig], now: float
    ) -> None:
        device, operation = key[0], operation_of(epoch)
        since = self._network.scheduled_at(key, epoch)
        if not operation.is_scheduled or not operation.target or key in self._network.frozen:
            return
        number = int((now - since) // cycle_s(operation))
        if number < 0 or self._started.get(key) == (since, number):
            return
        self._started[key] = (since, number)
        if device not in self._probers:
            self._probers[device] = await start(
                self._plant[device], "probe", hear=self._hears(device)
            )
        target = device_of(operation.target, configs)
        in_sync = not {device, target} & self._network.unsynchronised
        self._under_way[device, operation.number, number + 1] = _UnderWay(
            since=since, started_at=now, operation=operation, in_sync=in_sync
        )
        self._probers[device].say(_order(operation, number + 1))

    def _hears(self, device: str) -> Callable[[Line], None]:
        def hear(line: Line) -> None:
            if line["event"] != "run":
                return
            known = self._under_way.pop((device, line["operation"], line["runs"]), None)
            if known is not None:
                operation = known.operation
                run = run_of(line, operation, clocks_in_sync=known.in_sync)
                # Of when its packets had gone: a run is not newer for what it waited for in vain.
                finished_at = known.started_at + operation.duration_s + LINGER_S
                run = replace(run, finished_at=finished_at)
                self._network.results[device, operation.number] = (known.since, run)

        return hear

    async def close(self) -> None:
        """End every program."""
        for program in [*self._probers.values(), *self._responders.values()]:
            await program.close()


def _order(operation: SlaOperation, runs: int) -> dict[str, object]:
    return {
        "do": "run",
        "operation": operation.number,
        "runs": runs,
        "to": f"{operation.target}:{operation.port}",
        "source": operation.source,
        "codec": operation.codec,
        "packets": operation.packets,
        "interval_s": operation.interval_s,
        "payload_bytes": operation.payload_bytes,
        "tos": operation.tos,
        "timeout_s": min(operation.timeout_s, _LATEST_S),
        "is_microseconds": operation.is_microseconds,
    }
