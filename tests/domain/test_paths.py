from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.inventory import Direction, LinkId
from qosbot.domain.metrics import (
    DeviceMetrics,
    Grade,
    NotMeasured,
    ProbeMetrics,
    Reason,
    derive,
)
from qosbot.domain.paths import (
    PathMeasurement,
    Polling,
    Unmeasured,
    absent_links,
    measure_path,
)
from qosbot.domain.samples import AgentClock, DeviceSample, InterfaceSample
from tests.domain.builders import NOON, PATH, run, way


def measured(*runs: ProbeMetrics) -> PathMeasurement:
    found = measure_path(PATH, runs, Polling(now=NOON, interval_s=30.0))
    assert isinstance(found, PathMeasurement)
    return found


def polling(later_s: float = 0.0, *, is_silent: bool = False, is_gone: bool = False) -> Polling:
    now = NOON + timedelta(seconds=later_s)
    return Polling(now=now, interval_s=30.0, is_silent=is_silent, is_gone=is_gone)


def refused(*runs: ProbeMetrics, at: Polling | None = None) -> Reason:
    found = measure_path(PATH, runs, at or polling())
    assert isinstance(found, Unmeasured)
    return found.reason


def test_a_path_without_any_run_is_not_measured() -> None:
    assert refused() is Reason.NO_PROBE


def test_a_good_run_is_a_measurement_of_grade_a() -> None:
    found = measured(run(forward=way(delay_s=0.03), backward=way(loss_ratio=0.05)))
    assert found.grade is Grade.A
    assert found.towards(Direction.FORWARD).delay_s == 0.03
    assert found.towards(Direction.BACKWARD).loss_ratio == 0.05


@pytest.mark.parametrize("reason", [Reason.STALE, Reason.PROBE_FAILED, Reason.PROBE_IDLE])
def test_a_run_that_is_worth_nothing_makes_no_measurement(reason: Reason) -> None:
    assert refused(run(reasons=(reason,))) is reason


def test_a_good_run_behind_a_failed_one_does_not_stand_in_for_it() -> None:
    assert refused(run(reasons=(Reason.PROBE_FAILED,)), run(age_s=6)) is Reason.PROBE_FAILED


def test_a_run_grows_stale_when_its_device_is_polled_no_more() -> None:
    # Three periods of the probe and two intervals of polling: 75 s, and the run is 1 s old.
    assert isinstance(measure_path(PATH, [run()], polling(73)), PathMeasurement)
    assert refused(run(), at=polling(75)) is Reason.STALE


def test_a_run_grows_stale_sooner_while_its_device_is_silent() -> None:
    assert isinstance(measure_path(PATH, [run()], polling(13, is_silent=True)), PathMeasurement)
    assert refused(run(), at=polling(15, is_silent=True)) is Reason.STALE


def test_a_probe_that_its_device_has_no_more_measures_nothing() -> None:
    assert refused(run(), at=polling(is_gone=True)) is Reason.NO_PROBE


def test_packets_that_did_not_come_back_were_sent_all_the_same() -> None:
    lossy = run(forward=way(loss_ratio=0.1), backward=way(packets=90))
    found = measured(lossy, run(age_s=6))
    assert found.runs == 1
    assert found.forward.loss_ratio == 0.1


def test_a_probe_without_jitter_scores_nothing() -> None:
    no_jitter = replace(way(), jitter_s=NotMeasured(Reason.NOT_PROVIDED))
    assert refused(run(backward=no_jitter)) is Reason.NOT_PROVIDED


def test_a_run_of_enough_packets_stands_alone() -> None:
    found = measured(run(), run(age_s=6, forward=way(loss_ratio=0.5)))
    assert found.runs == 1
    assert found.forward.loss_ratio == 0.0


def test_small_runs_are_pooled_until_there_are_enough_packets() -> None:
    small = [
        run(age_s=1 + 5 * i, forward=way(packets=20, loss_ratio=0.1 * i), backward=way(packets=20))
        for i in range(8)
    ]
    found = measured(*small)
    assert found.runs == 5
    assert found.forward.packets == 100
    assert found.forward.loss_ratio == pytest.approx((0 + 0.1 + 0.2 + 0.3 + 0.4) / 5)
    assert found.grade is Grade.A


def test_pooling_weighs_each_run_by_its_packets() -> None:
    many = run(forward=way(packets=90, loss_ratio=0.0))
    few = run(age_s=6, forward=way(packets=10, loss_ratio=1.0))
    assert measured(many, few).forward.loss_ratio == pytest.approx(0.1)


def test_too_few_packets_allow_an_alert_only() -> None:
    found = measured(run(forward=way(packets=10)))
    assert found.grade is Grade.C
    assert Reason.TOO_FEW_PACKETS in found.reasons


def test_a_gap_between_runs_ends_the_pool() -> None:
    found = measured(run(forward=way(packets=50)), run(age_s=17, forward=way(packets=50)))
    assert found.runs == 1


def test_half_a_round_trip_is_grade_b_and_says_so() -> None:
    found = measured(run(reasons=(Reason.RTT_HALVED,)))
    assert found.grade is Grade.B
    assert found.is_delay_halved


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_pooled_loss_lies_between_the_least_and_the_most(packets: list[int]) -> None:
    runs = [
        run(age_s=1 + 5 * i, forward=way(packets=count, loss_ratio=0.05 * (i % 4)))
        for i, count in enumerate(packets)
    ]
    pooled = measured(*runs)
    used = [0.05 * (i % 4) for i in range(pooled.runs)]
    assert min(used) - 1e-12 <= pooled.forward.loss_ratio <= max(used) + 1e-12


def test_a_run_without_a_time_says_that_the_probe_never_ran() -> None:
    assert refused(replace(run(), run_at=None)) is Reason.PROBE_IDLE


def interface(name: str) -> InterfaceSample:
    return InterfaceSample(
        interface=name,
        uptime_s=1.0,
        index=1,
        alias="",
        speed_bps=1e9,
        is_up=True,
        discontinuity_ticks=0,
        in_octets=0,
        out_octets=0,
        in_packets=0,
        out_packets=0,
        in_discards=0,
        out_discards=0,
        in_errors=0,
        out_errors=0,
        fcs_errors=0,
    )


def device(*interfaces: str, reasons: tuple[Reason, ...] = ()) -> DeviceMetrics:
    sample = DeviceSample(
        device="par-ce1",
        taken_at=NOON,
        clock=AgentClock(uptime_s=1.0),
        interfaces=tuple(interface(name) for name in interfaces),
        classes=(),
        probes=(),
        gaps=("ifTable was cut short",) if reasons else (),
    )
    return derive(None, sample)


LINKS = [LinkId(device="par-ce1", interface=name) for name in ("Gi0/1", "GigabitEthernet0/1")]


def test_a_link_that_its_device_does_not_have_is_named() -> None:
    found = absent_links(LINKS, {"par-ce1": device("GigabitEthernet0/1")})
    assert found == (LINKS[0],)


def test_a_table_cut_short_does_not_prove_that_a_link_is_absent() -> None:
    cut = device("GigabitEthernet0/1", reasons=(Reason.PARTIAL_WALK,))
    assert absent_links(LINKS, {"par-ce1": cut}) == ()


def test_a_silent_device_does_not_prove_that_a_link_is_absent() -> None:
    assert absent_links(LINKS, {}) == ()
