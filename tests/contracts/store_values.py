"""Values to put into a store: small, valid, and with one thing changed at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from qosbot.domain.inventory import ProbeId
from qosbot.domain.metrics import (
    ClassMetrics,
    DeviceMetrics,
    Grade,
    Measured,
    Metric,
    NotMeasured,
    ProbeDirection,
    ProbeMetrics,
    Reason,
    derive,
)
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import DirectionMeasurement, PathMeasurement
from qosbot.domain.samples import (
    AgentClock,
    ClassSample,
    DeviceSample,
    FlowDirection,
    InterfaceSample,
)
from qosbot.domain.scales import Scale
from qosbot.domain.scoring import Remark, Terms, VoiceScore

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Return a time after noon."""
    return NOON + timedelta(minutes=minutes)


def sample(device: str = "r1", *, minutes: float = 0, octets: int = 0) -> DeviceSample:
    """Return a sample of one interface and one class; the agent has been up for a day at noon."""
    uptime_s = 86_400 + 60 * minutes
    return DeviceSample(
        device=device,
        taken_at=at(minutes),
        clock=AgentClock(uptime_s=uptime_s, engine_boots=3, engine_id="80000009"),
        interfaces=(interface(uptime_s, octets),),
        classes=(voice_class(uptime_s, octets),),
        probes=(),
    )


def interface(uptime_s: float, octets: int) -> InterfaceSample:
    return InterfaceSample(
        interface="Serial0/0",
        uptime_s=uptime_s,
        index=1,
        alias="to the carrier",
        speed_bps=2e6,
        is_up=True,
        discontinuity_ticks=None,
        in_octets=octets,
        out_octets=octets,
        in_packets=octets // 100,
        out_packets=octets // 100,
        in_discards=0,
        out_discards=0,
        in_errors=0,
        out_errors=0,
        fcs_errors=None,
    )


def voice_class(uptime_s: float, octets: int) -> ClassSample:
    return ClassSample(
        interface="Serial0/0",
        direction=FlowDirection.OUT,
        class_path=("WAN", "VOICE"),
        uptime_s=uptime_s,
        matches=("ef",),
        is_priority=True,
        is_leaf=True,
        is_voice=True,
        pre_policy_packets=octets // 100,
        pre_policy_bytes=octets,
        post_policy_bytes=octets,
        drop_packets=0,
        drop_bytes=0,
        queue_depth_bytes=None,
    )


def metrics(*probes: ProbeMetrics, device: str = "r1", minutes: float = 0) -> DeviceMetrics:
    """Return the metrics of a poll with these probe runs and nothing else."""
    return DeviceMetrics(
        device=device,
        taken_at=at(minutes),
        continuity=derive(None, sample(device)).continuity,
        interfaces=(),
        classes=(),
        probes=probes,
    )


def class_metrics(drop_ratio: float | None, *, minutes: float = 0) -> DeviceMetrics:
    """Return the metrics of a poll with one voice class that dropped so much."""
    unknown = NotMeasured(Reason.NOT_PROVIDED)
    voice = ClassMetrics(
        interface="Serial0/0",
        direction=FlowDirection.OUT,
        class_path=("WAN", "VOICE"),
        matches=("ef",),
        is_voice=True,
        is_priority=True,
        is_leaf=True,
        interval_s=Measured(60.0),
        offered_rate_bps=unknown,
        offered_rate_pps=unknown,
        drop_rate_bps=unknown,
        drop_rate_pps=unknown,
        drop_ratio=unknown if drop_ratio is None else Measured(drop_ratio),
        queue_depth_bytes=unknown,
    )
    return replace(metrics(minutes=minutes), classes=(voice,))


def way(loss_ratio: float = 0.0, *, delay_s: Metric | None = None) -> ProbeDirection:
    return ProbeDirection(
        delay_s=delay_s or NotMeasured(Reason.NOT_PROVIDED),
        jitter_s=Measured(0.002),
        jitter_changed_s=Measured(0.004),
        loss_ratio=Measured(loss_ratio),
        packets=1000,
    )


def run(
    stamp_s: float | None,
    *,
    minutes: float = 0.0,
    probe: ProbeId | None = None,
    forward: ProbeDirection | None = None,
    reasons: tuple[Reason, ...] = (),
) -> ProbeMetrics:
    """Return a probe run with the agent's stamp, at `minutes` past noon by our clock."""
    return ProbeMetrics(
        probe=probe or ProbeId(device="r1", operation=10),
        tag="voice",
        target="192.0.2.1",
        codec="g711alaw",
        dscp=46,
        frequency_s=60.0,
        run_stamp_s=stamp_s,
        run_at=None if stamp_s is None else at(minutes),
        is_new_run=True,
        rtt_s=Measured(0.04),
        forward=forward or way(),
        backward=way(delay_s=Measured(0.02)),
        agent_mos=4.34,
        grade=Grade.A,
        reasons=reasons,
    )


def path_score(path: str = "paris-lyon", mos: float = 4.2) -> PathScore:
    measured = DirectionMeasurement(delay_s=0.02, jitter_s=0.002, loss_ratio=0.0, packets=1000)
    return PathScore(
        path=path,
        run_at=at(0),
        runs=1,
        forward=voice_score(mos),
        backward=voice_score(mos - 0.5),
        measurement=PathMeasurement(
            path=path,
            run_at=at(0),
            runs=1,
            is_delay_halved=True,
            forward=measured,
            backward=measured,
            grade=Grade.B,
            reasons=(Reason.RTT_HALVED,),
        ),
        grade=Grade.B,
        reasons=(Reason.RTT_HALVED,),
    )


def voice_score(mos: float) -> VoiceScore:
    return VoiceScore(
        r=85.0,
        mos=mos,
        scale=Scale.CQE,
        mos_low=mos - 0.1,
        mos_high=mos + 0.1,
        ceiling_mos=4.4,
        mouth_to_ear_s=0.1,
        conversation_delay_s=0.12,
        loss_ratio=0.01,
        late_ratio=0.001,
        terms=Terms(ro=94.77, simultaneous=1.41, idte=1.0, idle=0.5, idd=0.0, ie=0.0, ie_eff=6.9),
        remarks=(Remark.RTT_HALVED,),
    )
