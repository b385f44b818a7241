from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.metrics import (
    Grade,
    Measured,
    Metric,
    NotMeasured,
    ProbeMetrics,
    Reason,
    derive,
)
from qosbot.domain.samples import AgentClock, DeviceSample, ProbeSample

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

GOOD = ProbeSample(
    operation=10,
    tag="par-lyo",
    target="10.0.0.1",
    dscp=46,
    codec="g711alaw",
    is_active=True,
    frequency_s=60.0,
    run_uptime_s=990.0,
    uptime_s=1000.0,
    sense=1,
    resolution_s=1e-6,
    sent=1000,
    received=1000,
    rtt_sum_s=40.0,
    rtt_min_s=0.03,
    rtt_max_s=0.05,
    loss_sd=0,
    loss_ds=0,
    missing=0,
    late=0,
    out_of_sequence=0,
    jitter_sum_sd_s=0.999,
    jitter_count_sd=333,
    jitter_sum_ds_s=1.998,
    jitter_count_ds=999,
    one_way_count=1000,
    one_way_sum_sd_s=25.0,
    one_way_sum_ds_s=15.0,
    one_way_min_sd_s=0.02,
    one_way_min_ds_s=0.01,
    clocks_in_sync=True,
    agent_mos=4.3,
    agent_icpif=1,
)


def poll(probe: ProbeSample, *, after_s: float = 0.0, uptime_s: float = 1000.0) -> DeviceSample:
    return DeviceSample(
        device="r1",
        taken_at=NOON + timedelta(seconds=after_s),
        clock=AgentClock(uptime_s=uptime_s + after_s),
        interfaces=(),
        classes=(),
        probes=(replace(probe, uptime_s=uptime_s + after_s),),
    )


def run(probe: ProbeSample = GOOD) -> ProbeMetrics:
    (metrics,) = derive(None, poll(probe)).probes
    return metrics


def value(metric: Metric) -> float:
    assert isinstance(metric, Measured)
    return metric.value


def test_a_good_run_is_worth_an_a_and_has_both_directions() -> None:
    metrics = run()
    assert (metrics.grade, metrics.reasons) == (Grade.A, ())
    assert value(metrics.rtt_s) == pytest.approx(0.040)
    assert value(metrics.forward.delay_s) == pytest.approx(0.025)
    assert value(metrics.backward.delay_s) == pytest.approx(0.015)
    assert metrics.forward.packets == 1000


def test_jitter_for_a_model_counts_the_pairs_whose_delay_did_not_change() -> None:
    metrics = run()
    assert value(metrics.forward.jitter_s) == pytest.approx(0.001)
    assert value(metrics.forward.jitter_changed_s) == pytest.approx(0.003)
    assert value(metrics.backward.jitter_s) == pytest.approx(0.002)


def test_a_run_whose_delay_never_changes_has_no_jitter_and_that_is_measured() -> None:
    metrics = run(replace(GOOD, jitter_sum_sd_s=0.0, jitter_count_sd=0))
    assert metrics.forward.jitter_s == Measured(0.0)
    assert metrics.forward.jitter_changed_s == Measured(0.0)


@given(
    sd=st.integers(0, 200),
    ds=st.integers(0, 200),
    missing=st.integers(0, 99),
    late=st.integers(0, 99),
)
def test_every_lost_packet_is_lost_in_exactly_one_direction(
    sd: int, ds: int, missing: int, late: int
) -> None:
    received = 1000 - sd - ds - missing - late
    probe = replace(GOOD, received=received, loss_sd=sd, loss_ds=ds, missing=missing, late=late)
    forward, backward = run(probe).forward, run(probe).backward
    assert isinstance(forward.loss_ratio, Measured)
    assert isinstance(backward.loss_ratio, Measured)
    lost = forward.loss_ratio.value * forward.packets + backward.loss_ratio.value * backward.packets
    assert lost == pytest.approx(sd + ds + missing + late)


def test_packets_lost_somewhere_or_late_count_against_the_worse_direction() -> None:
    probe = replace(GOOD, received=950, loss_sd=5, loss_ds=20, missing=10, late=15)
    metrics = run(probe)
    assert metrics.forward.loss_ratio == Measured(0.005)
    assert value(metrics.backward.loss_ratio) == pytest.approx(45 / 995)


def test_loss_without_a_known_direction_is_worth_less() -> None:
    metrics = run(replace(GOOD, received=900, missing=100))
    assert Reason.LOSS_DIRECTION_UNKNOWN in metrics.reasons
    assert metrics.grade is Grade.B


@pytest.mark.parametrize(
    ("probe", "reason"),
    [
        (replace(GOOD, clocks_in_sync=False), Reason.CLOCK_OUT_OF_SYNC),
        (replace(GOOD, one_way_count=499, one_way_sum_sd_s=12.0), Reason.RTT_HALVED),
        (replace(GOOD, one_way_count=0), Reason.RTT_HALVED),
        (replace(GOOD, one_way_sum_sd_s=0.0, one_way_sum_ds_s=40.0), Reason.CLOCK_OUT_OF_SYNC),
        (replace(GOOD, one_way_sum_sd_s=90.0), Reason.CLOCK_OUT_OF_SYNC),
    ],
)
def test_a_one_way_delay_that_cannot_be_believed_becomes_half_the_round_trip(
    probe: ProbeSample, reason: Reason
) -> None:
    metrics = run(probe)
    assert value(metrics.forward.delay_s) == pytest.approx(0.020)
    assert value(metrics.backward.delay_s) == pytest.approx(0.020)
    assert {reason, Reason.RTT_HALVED} <= set(metrics.reasons)
    assert metrics.grade is Grade.B


def test_an_agent_without_a_clock_state_is_believed_if_enough_one_way_samples_agree() -> None:
    metrics = run(replace(GOOD, clocks_in_sync=None))
    assert value(metrics.forward.delay_s) == pytest.approx(0.025)


def test_over_threshold_is_a_measurement() -> None:
    assert run(replace(GOOD, sense=3)).grade is Grade.A


@pytest.mark.parametrize("sense", [0, 2, 4, 6, None])
def test_a_failed_run_measures_nothing_although_the_agent_keeps_old_values(
    sense: int | None,
) -> None:
    metrics = run(replace(GOOD, sense=sense))
    assert metrics.rtt_s == NotMeasured(Reason.PROBE_FAILED)
    assert metrics.forward.loss_ratio == NotMeasured(Reason.PROBE_FAILED)
    assert metrics.grade is Grade.C


@pytest.mark.parametrize(
    ("probe", "grade", "reason"),
    [
        (replace(GOOD, run_uptime_s=819.0), Grade.C, Reason.STALE),
        (replace(GOOD, is_active=False), Grade.C, Reason.PROBE_IDLE),
        (replace(GOOD, run_uptime_s=None), Grade.C, Reason.PROBE_FAILED),
        (replace(GOOD, dscp=0), Grade.C, Reason.NOT_MARKED_EF),
        (replace(GOOD, dscp=None), Grade.B, Reason.MARKING_UNKNOWN),
        (replace(GOOD, resolution_s=1e-3), Grade.B, Reason.MS_RESOLUTION),
        (replace(GOOD, received=900), Grade.B, Reason.RUN_INCOMPLETE),
        (replace(GOOD, jitter_sum_sd_s=None), Grade.C, Reason.NOT_PROVIDED),
        (replace(GOOD, loss_sd=None, loss_ds=None, missing=None), Grade.C, Reason.NOT_PROVIDED),
    ],
)
def test_what_is_wrong_with_a_run_is_named_and_caps_its_grade(
    probe: ProbeSample, grade: Grade, reason: Reason
) -> None:
    metrics = run(probe)
    assert reason in metrics.reasons
    assert metrics.grade is grade


def test_ten_packets_are_too_few_to_act_on() -> None:
    few = replace(
        GOOD,
        sent=10,
        received=10,
        rtt_sum_s=0.4,
        jitter_count_sd=3,
        jitter_count_ds=3,
        one_way_count=0,
    )
    assert Reason.TOO_FEW_PACKETS in run(few).reasons
    assert run(few).grade is Grade.C


def test_losing_every_packet_measures_the_loss_and_no_delay() -> None:
    metrics = run(replace(GOOD, received=0, loss_sd=1000, one_way_count=0))
    assert metrics.forward.loss_ratio == Measured(1.0)
    assert metrics.backward.loss_ratio == NotMeasured(Reason.NO_TRAFFIC)
    assert metrics.forward.delay_s == NotMeasured(Reason.NO_TRAFFIC)
    assert metrics.grade is Grade.C


def test_the_same_run_stamp_is_the_same_run() -> None:
    (again,) = derive(poll(GOOD), poll(GOOD, after_s=30)).probes
    (new,) = derive(poll(GOOD), poll(replace(GOOD, run_uptime_s=1020.0), after_s=30)).probes
    assert (again.is_new_run, new.is_new_run) == (False, True)


def test_a_run_is_dated_by_the_agents_uptime() -> None:
    assert run().run_at == NOON - timedelta(seconds=10)


def test_a_run_before_the_wrap_of_the_uptime_is_as_old_as_it_is() -> None:
    probe = replace(GOOD, run_uptime_s=2**32 / 100 - 20)
    (metrics,) = derive(None, poll(probe, uptime_s=10.0)).probes
    assert metrics.run_at == NOON - timedelta(seconds=30)
    assert Reason.STALE not in metrics.reasons
