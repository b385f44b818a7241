"""Values with good defaults, so that a test shows only what it is about."""

from datetime import UTC, datetime, timedelta

from qosbot.domain.inventory import Hop, LinkId, ProbeId, Route, VoicePath
from qosbot.domain.metrics import (
    Measured,
    ProbeDirection,
    ProbeMetrics,
    Reason,
    grade_of,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PROBE = ProbeId(device="par-core1", operation=101)


def hop(link: str) -> Hop:
    device, interface = link.split()
    return Hop(any_of=(LinkId(device=device, interface=interface),))


PATH = VoicePath(
    name="par-lyo",
    forward=Route(egress=(hop("par-ce1 Gi0/1"),), ingress=hop("lyo-ce1 Gi0/1")),
    backward=Route(egress=(hop("lyo-ce1 Gi0/1"),), ingress=hop("par-ce1 Gi0/1")),
    probe=PROBE,
    codec="g711",
    packet_time_s=0.02,
    jitter_buffer_s=0.04,
    busy_hour_calls=12,
)


def way(
    *, delay_s: float = 0.01, jitter_s: float = 0.001, loss_ratio: float = 0.0, packets: int = 100
) -> ProbeDirection:
    return ProbeDirection(
        delay_s=Measured(delay_s),
        jitter_s=Measured(jitter_s),
        jitter_changed_s=Measured(jitter_s),
        loss_ratio=Measured(loss_ratio),
        packets=packets,
    )


def run(
    *,
    age_s: float = 1.0,
    forward: ProbeDirection | None = None,
    backward: ProbeDirection | None = None,
    reasons: tuple[Reason, ...] = (),
    frequency_s: float | None = 5.0,
    probe: ProbeId = PROBE,
) -> ProbeMetrics:
    return ProbeMetrics(
        probe=probe,
        tag="",
        target="192.0.2.11",
        codec="g711ulaw",
        dscp=46,
        frequency_s=frequency_s,
        run_stamp_s=10_000.0 - age_s,
        run_at=NOON - timedelta(seconds=age_s),
        is_new_run=True,
        rtt_s=Measured(0.02),
        forward=forward or way(),
        backward=backward or way(),
        agent_mos=4.34,
        grade=grade_of(reasons),
        reasons=reasons,
    )
