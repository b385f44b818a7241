"""What agents said, as they said it: counters, probe rows and the agent's own clock.

A sample holds no rates and no verdicts.  `None` is "the agent does not have this value";
it is never zero.  Counters stay integers: Counter64 values above 2**53 lose units in a float.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentClock:
    """The agent's sense of time, read in the same PDU as the counters it stands beside."""

    uptime_s: float
    """sysUpTime; wraps after 497.1 days."""
    engine_boots: int | None = None
    engine_time_s: int | None = None
    engine_id: str | None = None


class FlowDirection(StrEnum):
    """Which way packets cross an interface."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceSample:
    """One row of IF-MIB, joined over ifTable and ifXTable."""

    interface: str
    """ifName, expanded to the name in the configuration where the platform can."""
    uptime_s: float
    """sysUpTime in the PDU that carried these counters."""
    index: int
    alias: str
    speed_bps: float | None
    is_up: bool
    discontinuity_ticks: int | None
    in_octets: int | None
    out_octets: int | None
    in_packets: int | None
    out_packets: int | None
    in_discards: int | None
    out_discards: int | None
    in_errors: int | None
    out_errors: int | None
    fcs_errors: int | None
    octets_bits: int = 64
    """32 where the agent has no ifHC counters, so that a wrap can be told from a reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassSample:
    """One class of an attached QoS policy."""

    interface: str
    direction: FlowDirection
    class_path: tuple[str, ...]
    """Names from the root policy down: policy, class, policy, class ...; names alone repeat."""
    uptime_s: float
    matches: tuple[str, ...]
    is_priority: bool
    is_leaf: bool
    is_voice: bool = False
    """Carries voice: matches EF, or is the priority class."""
    discontinuity_ticks: int | None = None
    """When the policy's counters last started anew, where the agent tells."""
    pre_policy_packets: int | None
    pre_policy_bytes: int | None
    post_policy_bytes: int | None
    drop_packets: int | None
    drop_bytes: int | None
    queue_depth_bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeSample:
    """The latest run of an IP SLA udp-jitter operation; times in seconds, as the agent has them.

    SD is source to destination, DS destination to source.
    """

    operation: int
    tag: str
    target: str
    dscp: int | None
    codec: str | None
    is_active: bool
    frequency_s: float | None
    run_uptime_s: float | None
    """sysUpTime of the run; the same value again is the same run again."""
    uptime_s: float
    sense: int | None
    """1 ok, 3 over threshold (still a valid measurement), others failed."""
    resolution_s: float
    """1e-3 or 1e-6: the unit that the agent counts in."""
    sent: int | None
    received: int | None
    rtt_sum_s: float | None
    rtt_min_s: float | None
    rtt_max_s: float | None
    loss_sd: int | None
    loss_ds: int | None
    missing: int | None
    """Lost, direction unknown (PacketMIA)."""
    late: int | None
    out_of_sequence: int | None
    jitter_sum_sd_s: float | None
    """Sum of the magnitudes of all delay changes, positive and negative."""
    jitter_count_sd: int | None
    """How many delays changed; unchanged ones are not counted by the agent."""
    jitter_sum_ds_s: float | None
    jitter_count_ds: int | None
    one_way_count: int | None
    one_way_sum_sd_s: float | None
    one_way_sum_ds_s: float | None
    one_way_min_sd_s: float | None
    one_way_min_ds_s: float | None
    clocks_in_sync: bool | None
    """NTPState; None where the agent has no such column."""
    agent_mos: float | None
    agent_icpif: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSample:
    """Everything read from one device in one poll."""

    device: str
    taken_at: datetime
    """Our clock, for people; intervals use the agent's."""
    clock: AgentClock
    interfaces: tuple[InterfaceSample, ...]
    classes: tuple[ClassSample, ...]
    probes: tuple[ProbeSample, ...]
    gaps: tuple[str, ...] = ()
    """What could not be read, in words; a table cut short is never evidence that a row is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """The first waist: what a round of polling brought, silence included."""

    samples: Mapping[str, DeviceSample]
    silent: Mapping[str, str]
    """Device to reason, for each that gave nothing."""
