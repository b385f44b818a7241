"""What a show command may look at."""

from dataclasses import dataclass

from qosbot.lab.cli.device import IosDevice
from qosbot.lab.cli.tree import Entry
from qosbot.lab.observed import ClassCounters, InterfaceCounters, SlaRun

_VIRTUAL_BPS = 8e9
"""What IOS reckons a loopback can do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A device at one moment, as one user sees it."""

    device: IosDevice
    now: float
    user: str
    line: str
    """The terminal line that the session holds, such as `vty 0`."""

    @property
    def root(self) -> Entry:
        """Return the running configuration."""
        return self.device.root

    def interfaces(self) -> list[Entry]:
        """Return the interface sections in their order."""
        return list(self.root.under("interface"))

    def counters(self, interface: str) -> InterfaceCounters:
        """Return an interface's counters; zeros where there is no network to ask."""
        observed = self.device.observed
        if observed is not None:
            return observed.interface_counters(interface, self.now)
        return InterfaceCounters(
            in_octets=0, out_octets=0, in_packets=0, out_packets=0, in_discards=0, out_discards=0,
            in_errors=0, out_errors=0, crc_errors=0, in_rate_bps=0.0, out_rate_bps=0.0,
            in_rate_pps=0.0, out_rate_pps=0.0,
        )  # fmt: skip

    def classes(self) -> tuple[ClassCounters, ...]:
        """Return the counters of every attached class."""
        observed = self.device.observed
        return observed.class_counters(self.now) if observed is not None else ()

    def sla_runs(self) -> dict[int, SlaRun]:
        """Return the latest run of each probe operation."""
        observed = self.device.observed
        runs = observed.sla_runs(self.now) if observed is not None else ()
        return {run.operation: run for run in runs}

    def rate_bps(self, interface: str) -> float:
        """Return the bandwidth that IOS reckons with, in bit/s."""
        section = self.root.child("interface", interface)
        said = section.child("bandwidth") if section is not None else None
        if said is not None:
            return 1000.0 * int(said.words()[1])
        return self.device.rates.get(interface.partition(".")[0], _VIRTUAL_BPS)
