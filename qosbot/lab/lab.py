"""The emulated network put together: devices with their CLI, the network between, the clock."""

import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

from qosbot.lab.cli.device import IosDevice
from qosbot.lab.faults import CliFaults
from qosbot.lab.load import default_load
from qosbot.lab.network import Network
from qosbot.lab.observed import LabClock
from qosbot.lab.startup import STARTUP
from qosbot.lab.topology import NODES, Direction


class SteppedClock:
    """The system's clock plus what it was stepped; it only goes forward."""

    def __init__(self) -> None:
        self._offset_s = 0.0

    def now(self) -> float:
        """Return Unix time in seconds, in the lab."""
        return time.time() + self._offset_s

    def step(self, seconds: float) -> None:
        """Go forward at once.

        Raises:
            ValueError: if `seconds` is negative: counters and timers never go back.
        """
        if seconds < 0:
            raise ValueError(f"the clock only steps forward, not by {seconds:g} s")
        self._offset_s += seconds


class Receivers(Protocol):
    """Where real packets end: the truth of a lab whose queues are the kernel's."""

    def flows(self, path: str, way: Direction) -> list[dict[str, object]]:
        """Return what arrives of each flow of a path in one direction."""
        ...


class Lab:
    """Everything that is emulated, without a socket."""

    def __init__(
        self, clock: LabClock, *, seed: int, network: Callable[..., Network] = Network
    ) -> None:
        """Boot every device.

        Args:
            clock: tells the time of all of it.
            seed: of all that is random.
            network: what is between the devices; the queueing model unless another is given.
        """
        self.clock = clock
        self.receivers: Receivers | None = None
        """Who says what really arrives; None: the model does."""
        self.devices = {
            node.name: IosDevice(
                name=node.name,
                startup=STARTUP[node.name],
                clock=clock,
                interfaces={port.name: port.rate_out_bps for port in node.ports},
                faults=CliFaults(),
            )
            for node in NODES
        }
        self.network = network(self.devices, started_at=clock.now(), seed=seed, load=default_load())
        self.silent: set[str] = set()
        """Devices whose agent does not answer."""
        for name, device in self.devices.items():
            device.watch(self.network.observed(name))
            device.on_reload.append(partial(self._rebooted, device))

    def _rebooted(self, device: IosDevice) -> None:
        self.network.reboot(device.name, device.booted_at)
