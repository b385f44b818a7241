"""What the lab's network knows of a device at a moment; the CLI and the SNMP agent show it.

All times are seconds of the lab's clock (Unix time); every value is computed from the network's
state and the `now` that is asked for.
"""

from dataclasses import dataclass
from typing import Protocol


class LabClock(Protocol):
    """Tells the lab's time; tests step it, the lab process follows the system's."""

    def now(self) -> float:
        """Return Unix time in seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceCounters:
    """IF-MIB as the device counts it since it booted."""

    in_octets: int
    out_octets: int
    in_packets: int
    out_packets: int
    in_discards: int
    out_discards: int
    in_errors: int
    out_errors: int
    crc_errors: int
    in_rate_bps: float
    out_rate_bps: float
    in_rate_pps: float
    out_rate_pps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCounters:
    """One class of one attached policy since the policy was attached or last edited."""

    interface: str
    direction: str
    """`input` or `output`."""
    path: tuple[str, ...]
    """policy, class, policy, class ... from the root."""
    offered_packets: int
    offered_bytes: int
    sent_packets: int
    sent_bytes: int
    dropped_packets: int
    dropped_bytes: int
    queue_depth_packets: int
    queue_depth_bytes: int
    offered_rate_bps: float
    drop_rate_bps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaRun:
    """The latest finished run of an IP SLA udp-jitter operation; times in microseconds."""

    operation: int
    finished_at: float
    runs: int
    sense: int
    """1 ok, 4 timeout, 6 not connected."""
    sent: int
    received: int
    rtt_sum_us: int
    rtt_sum2_us: int
    rtt_min_us: int
    rtt_max_us: int
    loss_sd: int
    loss_ds: int
    missing: int
    late: int
    out_of_sequence: int
    positives_sd: tuple[int, int, int, int]
    """Count, sum, minimum, maximum of the delay increases, in microseconds."""
    negatives_sd: tuple[int, int, int, int]
    positives_ds: tuple[int, int, int, int]
    negatives_ds: tuple[int, int, int, int]
    one_way_count: int
    one_way_sum_sd_us: int
    one_way_min_sd_us: int
    one_way_max_sd_us: int
    one_way_sum_ds_us: int
    one_way_min_ds_us: int
    one_way_max_ds_us: int
    clocks_in_sync: bool
    mos_hundredths: int
    """0: not available."""
    icpif: int


class Observed(Protocol):
    """What one emulated device can be asked about itself."""

    def booted_at(self) -> float:
        """Return when the agent last started."""
        ...

    def interface_counters(self, interface: str, now: float) -> InterfaceCounters:
        """Return the counters of an interface of the device's running configuration."""
        ...

    def class_counters(self, now: float) -> tuple[ClassCounters, ...]:
        """Return every class of every attached policy, in configuration order."""
        ...

    def sla_runs(self, now: float) -> tuple[SlaRun, ...]:
        """Return the latest finished run of each scheduled operation that has finished one."""
        ...


class ConfigSource(Protocol):
    """The CLI's side: where the network reads what a device is configured to do."""

    def running_config(self, now: float) -> str:
        """Return the canonical running configuration as text, revert timers settled up to `now`."""
        ...

    def config_history(self, now: float) -> tuple[tuple[float, str], ...]:
        """Return each running configuration that was in force with the time that it began.

        A revert timer that fired appears at the moment it was due, whoever asks and when.
        """
        ...
