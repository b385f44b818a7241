"""What a person reads for a reason code: what it means, and what to do where that is known."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from qosbot.domain.metrics import Continuity, Reason

WORDS: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.STALE: "the last probe run is too old",
        Reason.TOO_FEW_PACKETS: "too few probe packets to judge loss",
        Reason.COUNTER_RESET: "counters started anew",
        Reason.CLOCK_OUT_OF_SYNC: "the probe's clocks are not in sync (NTP)",
        Reason.RTT_HALVED: "one-way delay is half the round trip",
        Reason.PARTIAL_WALK: "part of the tables could not be read",
        Reason.PROBE_FAILED: "the probe's last run failed",
        Reason.PROBE_IDLE: "the probe is not scheduled or has not run",
        Reason.NO_PROBE: "no probe run is known; was its device polled?",
        Reason.NOT_MARKED_EF: "the probe is not marked EF, so it does not measure voice",
        Reason.MARKING_UNKNOWN: "the probe's marking is not known",
        Reason.MS_RESOLUTION: "the probe counts whole milliseconds",
        Reason.UNVERIFIED_SOURCE: "this source was never verified on a real device",
        Reason.RUN_INCOMPLETE: "the probe run was cut short",
        Reason.LOSS_DIRECTION_UNKNOWN: "packets were lost in a direction that is not known",
        Reason.FIRST_POLL: "first poll, nothing to compare with yet",
        Reason.NOT_PROVIDED: "the agent does not provide the value",
        Reason.NO_TRAFFIC: "no traffic",
        Reason.NO_TIME_PASSED: "no time passed between the polls",
        Reason.REBOOT: "the device rebooted",
        Reason.OTHER_ENGINE: "another device answers at this address",
        Reason.CLOCK_DISAGREES: "the device's uptime and the wall clock disagree",
        Reason.IMPLAUSIBLE: "the agent's value is not plausible",
        Reason.WRAPS_TOO_FAST: "a 32-bit counter may have wrapped more than once",
    }
)

CONTINUITY: Mapping[Continuity, str] = MappingProxyType(
    {
        Continuity.FIRST: "",
        Continuity.SAME: "",
        Continuity.WRAPPED: "its uptime passed 497 days",
        Continuity.AGENT_RESTARTED: "its SNMP agent restarted",
        Continuity.REBOOTED: "it rebooted",
        Continuity.OTHER_ENGINE: "another device answers at its address",
    }
)
"""What happened to a device between two polls; empty where nothing did."""


def in_words(reasons: Iterable[Reason]) -> str:
    """Return reasons as one phrase; empty where there are none."""
    return "; ".join(WORDS[reason] for reason in reasons)
