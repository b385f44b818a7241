"""The network whose queues are the kernel's: what is counted and measured is real.

What people decide (configurations, load, faults, which calls there are) is kept as in the model;
what becomes of the packets is read from the kernel and from the programs that send and get them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from qosbot.lab.kernel.limits import refuse_too_much
from qosbot.lab.load import Load
from qosbot.lab.network import Network
from qosbot.lab.observed import ClassCounters, ConfigSource, InterfaceCounters, SlaRun
from qosbot.lab.segments import Epoch

if TYPE_CHECKING:
    from qosbot.lab.kernel.router import Router

RunKey = tuple[str, int]
"""Device and operation."""


class KernelNetwork(Network):
    """All devices together, over real queues."""

    def __init__(
        self,
        sources: Mapping[str, ConfigSource],
        *,
        started_at: float,
        seed: int = 1,
        load: Load | None = None,
    ) -> None:
        """Start with every device just booted, as its agent is."""
        super().__init__(sources, started_at=started_at, seed=seed, load=load)
        self._boots = {name: [started_at] for name in sources}
        self.routers: dict[str, Router] = {}
        self.results: dict[RunKey, tuple[float, SlaRun]] = {}
        """By operation: since when it has been scheduled as it is, and its latest run."""

    def set_load(self, load: Load, now: float) -> None:
        """Send something else from `now` on.

        Raises:
            BadRequestError: if it is more than real senders can send; nothing was changed.
        """
        refuse_too_much(load)
        super().set_load(load, now)

    def reboot(self, device: str, now: float) -> None:
        """Restart a device: uptime and class counters begin anew; the kernel's links count on."""
        super().reboot(device, now)
        if device in self.routers:
            self.routers[device].forget()

    def interface_counters(self, device: str, interface: str, now: float) -> InterfaceCounters:  # noqa: ARG002 - the kernel's counters are of now
        """Return an interface's counters as the kernel has them now."""
        return self.routers[device].interface_counters(interface)

    def class_counters(self, device: str, now: float) -> tuple[ClassCounters, ...]:  # noqa: ARG002 - as above
        """Return every class of a device's policies as the kernel has counted it."""
        return self.routers[device].class_counters()

    def sla_runs(self, device: str, now: float) -> tuple[SlaRun, ...]:
        """Return the latest finished run of each scheduled operation of a device."""
        found = []
        for key, epoch in self.operations(now).items():
            if key[0] == device and key in self.results:
                since, run = self.results[key]
                if since == self.scheduled_at(key, epoch):
                    found.append(run)
        return tuple(found)

    def operations(self, now: float) -> Mapping[RunKey, Epoch]:
        """Return every operation, and since when it is as it is."""
        return self.segment(now).operations

    def scheduled_at(self, key: RunKey, epoch: Epoch) -> float:
        """Return since when an operation runs: as it is, and since the device booted."""
        return max(epoch.since, self.booted_at(key[0]))
