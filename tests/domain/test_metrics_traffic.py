from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qosbot.domain.metrics import (
    ClassMetrics,
    Continuity,
    DeviceMetrics,
    InterfaceMetrics,
    Invalid,
    Measured,
    Metric,
    NotMeasured,
    Reason,
    derive,
)
from qosbot.domain.samples import (
    AgentClock,
    ClassSample,
    DeviceSample,
    FlowDirection,
    InterfaceSample,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WRAP_S = 2**32 / 100
MINUTE_S = 60.0

IDLE = InterfaceSample(
    interface="Gi0/1",
    uptime_s=0,
    index=1,
    alias="",
    speed_bps=100e6,
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

VOICE = ClassSample(
    interface="Gi0/1",
    direction=FlowDirection.OUT,
    class_path=("WAN", "VOICE"),
    uptime_s=0,
    matches=("ip dscp ef (46)",),
    is_priority=True,
    is_leaf=True,
    is_voice=True,
    pre_policy_packets=0,
    pre_policy_bytes=0,
    post_policy_bytes=0,
    drop_packets=0,
    drop_bytes=0,
    queue_depth_bytes=None,
)


def poll(
    *rows: InterfaceSample | ClassSample,
    uptime_s: float = 1000.0,
    after_s: float = 0.0,
    clock: AgentClock | None = None,
) -> DeviceSample:
    clock = clock or AgentClock(uptime_s=uptime_s)
    stamped = [replace(row, uptime_s=clock.uptime_s) for row in rows]
    return DeviceSample(
        device="r1",
        taken_at=NOON + timedelta(seconds=after_s),
        clock=clock,
        interfaces=tuple(row for row in stamped if isinstance(row, InterfaceSample)),
        classes=tuple(row for row in stamped if isinstance(row, ClassSample)),
        probes=(),
    )


def a_minute_later(*rows: InterfaceSample | ClassSample) -> DeviceSample:
    return poll(*rows, uptime_s=1000.0 + MINUTE_S, after_s=MINUTE_S)


def only(metrics: DeviceMetrics) -> InterfaceMetrics:
    (row,) = metrics.interfaces
    return row


def only_class(metrics: DeviceMetrics) -> ClassMetrics:
    (row,) = metrics.classes
    return row


def every_rate(row: InterfaceMetrics) -> list[Metric]:
    return [row.in_rate_bps, row.out_rate_bps, row.in_rate_pps, row.out_rate_pps]


@given(start=st.integers(0, 2**32 - 1), octets=st.integers(0, 700_000_000))
def test_two_polls_that_straddle_a_counter32_wrap_give_the_true_rate(
    start: int, octets: int
) -> None:
    before = replace(IDLE, out_octets=start, octets_bits=32)
    after = replace(before, out_octets=(start + octets) % 2**32)
    rate = only(derive(poll(before), a_minute_later(after))).out_rate_bps
    assert rate == Measured(8 * octets / MINUTE_S)


@given(moves=st.lists(st.tuples(st.floats(1, 300), st.integers(0, 10**15)), min_size=2, max_size=6))
def test_splitting_an_interval_never_changes_the_total(moves: list[tuple[float, int]]) -> None:
    at_s, octets = 0.0, 2**60
    polls = [poll(replace(IDLE, in_octets=octets))]
    for seconds, more in moves:
        at_s, octets = at_s + seconds, octets + more
        row = replace(IDLE, in_octets=octets)
        polls.append(poll(row, uptime_s=1000 + at_s, after_s=at_s))

    def total(first: DeviceSample, last: DeviceSample) -> float:
        row = only(derive(first, last))
        assert isinstance(row.in_rate_bps, Measured)
        assert isinstance(row.interval_s, Measured)
        return row.in_rate_bps.value * row.interval_s.value / 8

    pieces = sum(total(*pair) for pair in pairwise(polls))
    assert pieces == pytest.approx(total(polls[0], polls[-1]), rel=1e-9, abs=1e-3)


@given(
    before=st.integers(0, 2**64 - 1),
    after=st.integers(0, 2**64 - 1),
    uptime_s=st.floats(0, WRAP_S),
    later_uptime_s=st.floats(0, WRAP_S),
    silence_s=st.floats(0, 1e7),
)
def test_no_rate_is_ever_negative(
    before: int, after: int, uptime_s: float, later_uptime_s: float, silence_s: float
) -> None:
    first = poll(replace(IDLE, in_octets=before), uptime_s=uptime_s)
    last = poll(replace(IDLE, in_octets=after), uptime_s=later_uptime_s, after_s=silence_s)
    rate = only(derive(first, last)).in_rate_bps
    assert not isinstance(rate, Measured) or rate.value >= 0


@given(lost_s=st.floats(1, 86_400), up_s=st.floats(0, 3600), octets=st.integers(0, 2**62))
def test_a_reboot_yields_no_rate_however_long_the_silence(
    lost_s: float, up_s: float, octets: int
) -> None:
    before = poll(
        replace(IDLE, in_octets=octets),
        clock=AgentClock(uptime_s=500.0, engine_boots=7, engine_time_s=500),
    )
    after = poll(
        replace(IDLE, in_octets=octets + 10**9),
        after_s=lost_s + up_s,
        clock=AgentClock(uptime_s=up_s, engine_boots=8, engine_time_s=int(up_s)),
    )
    assume(up_s < 500.0 or lost_s + 500.0 > 0.06 * (lost_s + up_s) + 6)
    metrics = derive(before, after)
    assert metrics.continuity is Continuity.REBOOTED
    assert every_rate(only(metrics)) == [Invalid(Reason.REBOOT)] * 4


@given(before_s=st.floats(0.5, 3600), after_s=st.floats(0.5, 3600))
def test_a_wrap_of_the_agents_uptime_is_not_a_reboot(before_s: float, after_s: float) -> None:
    first = poll(IDLE, uptime_s=WRAP_S - before_s)
    last = poll(replace(IDLE, in_octets=1000), uptime_s=after_s, after_s=before_s + after_s)
    metrics = derive(first, last)
    assert metrics.continuity is Continuity.WRAPPED
    rate = only(metrics).in_rate_bps
    assert isinstance(rate, Measured)
    assert rate.value == pytest.approx(8000 / (before_s + after_s), rel=1e-4)


def test_a_reboot_close_to_the_end_of_the_uptime_is_still_a_reboot() -> None:
    first = poll(IDLE, clock=AgentClock(uptime_s=WRAP_S - 30, engine_boots=3))
    last = poll(IDLE, after_s=60, clock=AgentClock(uptime_s=30, engine_boots=4))
    assert derive(first, last).continuity is Continuity.REBOOTED


def test_an_agent_that_restarts_keeps_counters_that_moved_forward() -> None:
    first = poll(IDLE, clock=AgentClock(uptime_s=1000, engine_boots=3, engine_time_s=900))
    row = replace(IDLE, in_octets=7500)
    last = poll(row, after_s=60, clock=AgentClock(uptime_s=1060, engine_boots=4, engine_time_s=20))
    metrics = derive(first, last)
    assert metrics.continuity is Continuity.AGENT_RESTARTED
    assert only(metrics).in_rate_bps == Measured(1000.0)


def test_a_counter32_that_went_back_over_a_restart_did_not_wrap() -> None:
    row = replace(IDLE, in_octets=2**32 - 5, octets_bits=32)
    first = poll(row, clock=AgentClock(uptime_s=1000, engine_boots=3))
    last = poll(
        replace(row, in_octets=5), after_s=60, clock=AgentClock(uptime_s=1060, engine_boots=4)
    )
    assert only(derive(first, last)).in_rate_bps == Invalid(Reason.COUNTER_RESET)


def test_another_engine_at_the_same_address_is_never_subtracted() -> None:
    first = poll(IDLE, clock=AgentClock(uptime_s=1000, engine_id="80aa"))
    last = poll(IDLE, after_s=60, clock=AgentClock(uptime_s=1060, engine_id="80bb"))
    assert only(derive(first, last)).in_rate_bps == Invalid(Reason.OTHER_ENGINE)


def test_the_agents_time_makes_the_rate_and_a_disagreement_with_ours_is_said() -> None:
    first = poll(IDLE, clock=AgentClock(uptime_s=1000, engine_boots=3))
    row = replace(IDLE, in_octets=1000)
    last = poll(row, after_s=120, clock=AgentClock(uptime_s=1080, engine_boots=3))
    metrics = derive(first, last)
    assert only(metrics).in_rate_bps == Measured(100.0)
    assert metrics.reasons == (Reason.CLOCK_DISAGREES,)


def test_a_counter64_that_went_back_spoils_its_row_and_no_other() -> None:
    other = replace(IDLE, interface="Gi0/2")
    first = poll(replace(IDLE, in_octets=10, out_octets=10), other)
    last = a_minute_later(replace(IDLE, in_octets=5, out_octets=20), other)
    reset, untouched = derive(first, last).interfaces
    assert every_rate(reset) == [Invalid(Reason.COUNTER_RESET)] * 4
    assert untouched.in_rate_bps == Measured(0.0)


def test_a_counter_that_the_agent_let_fall_below_zero_is_not_traffic() -> None:
    last = a_minute_later(replace(IDLE, out_packets=18446744073708309388))
    assert only(derive(poll(IDLE), last)).out_rate_pps == Invalid(Reason.IMPLAUSIBLE)


def test_a_moved_discontinuity_stamp_drops_the_row_although_it_grew() -> None:
    first = poll(replace(IDLE, discontinuity_ticks=4000))
    last = a_minute_later(replace(IDLE, discontinuity_ticks=9000, in_octets=99))
    assert only(derive(first, last)).in_rate_bps == Invalid(Reason.COUNTER_RESET)


def test_a_discontinuity_stamp_that_stays_is_no_fault() -> None:
    row = replace(IDLE, discontinuity_ticks=4000)
    assert only(derive(poll(row), a_minute_later(row))).in_rate_bps == Measured(0.0)


def test_an_interface_is_joined_by_its_name_when_indexes_move() -> None:
    a, b = replace(IDLE, interface="Gi0/1", index=1), replace(IDLE, interface="Gi0/2", index=2)
    first = poll(replace(a, in_octets=10**9), b)
    last = a_minute_later(replace(b, index=1), replace(a, index=2, in_octets=10**9 + 7500))
    rates = {row.interface: row.in_rate_bps for row in derive(first, last).interfaces}
    assert rates == {"Gi0/1": Measured(1000.0), "Gi0/2": Measured(0.0)}


def test_a_counter32_that_could_wrap_twice_is_not_trusted() -> None:
    row = replace(IDLE, speed_bps=1e9, octets_bits=32)
    rate = only(derive(poll(row), a_minute_later(replace(row, in_octets=10)))).in_rate_bps
    assert rate == Invalid(Reason.WRAPS_TOO_FAST)


def test_a_counter32_that_went_back_further_than_the_line_allows_was_reset() -> None:
    row = replace(IDLE, out_octets=2_000_000_000, octets_bits=32)
    rate = only(derive(poll(row), a_minute_later(replace(row, out_octets=5)))).out_rate_bps
    assert rate == Invalid(Reason.COUNTER_RESET)


def test_a_missing_counter_is_not_measured_rather_than_zero() -> None:
    row = replace(IDLE, in_discards=None, fcs_errors=None)
    metrics = only(derive(poll(row), a_minute_later(row)))
    assert metrics.fcs_error_rate_pps == NotMeasured(Reason.NOT_PROVIDED)
    assert metrics.in_discard_ratio == NotMeasured(Reason.NOT_PROVIDED)


def test_the_first_poll_of_a_device_measures_no_rate() -> None:
    metrics = derive(None, poll(IDLE, VOICE))
    assert only(metrics).in_rate_bps == NotMeasured(Reason.FIRST_POLL)
    assert only_class(metrics).drop_ratio == NotMeasured(Reason.FIRST_POLL)


def test_the_discard_ratio_is_of_all_that_should_have_left() -> None:
    last = a_minute_later(replace(IDLE, out_packets=75, out_discards=25))
    assert only(derive(poll(IDLE), last)).out_discard_ratio == Measured(0.25)


def test_a_class_drops_a_share_of_what_it_was_offered() -> None:
    busy = replace(VOICE, pre_policy_packets=6000, pre_policy_bytes=1_200_000, drop_packets=60)
    metrics = only_class(derive(poll(VOICE), a_minute_later(busy)))
    assert metrics.drop_ratio == Measured(0.01)
    assert metrics.offered_rate_pps == Measured(100.0)
    assert metrics.offered_rate_bps == Measured(160_000.0)


def test_a_class_without_traffic_has_no_drop_ratio() -> None:
    metrics = only_class(derive(poll(VOICE), a_minute_later(VOICE)))
    assert metrics.drop_ratio == NotMeasured(Reason.NO_TRAFFIC)
    assert metrics.drop_rate_pps == Measured(0.0)


def test_editing_a_policy_costs_its_classes_one_interval() -> None:
    before = replace(VOICE, pre_policy_packets=10**6, drop_packets=5)
    after = replace(VOICE, pre_policy_packets=100, drop_packets=50)
    metrics = only_class(derive(poll(before), a_minute_later(after)))
    assert metrics.drop_rate_pps == Invalid(Reason.COUNTER_RESET)


def test_classes_of_one_name_at_two_places_are_not_mixed_up() -> None:
    child = replace(VOICE, class_path=("SHAPE", "class-default", "WAN", "VOICE"))
    last = a_minute_later(replace(VOICE, pre_policy_packets=600), child)
    rates = {
        row.class_path: row.offered_rate_pps for row in derive(poll(VOICE, child), last).classes
    }
    assert rates == {VOICE.class_path: Measured(10.0), child.class_path: Measured(0.0)}


def test_polls_of_two_devices_cannot_be_subtracted() -> None:
    with pytest.raises(ValueError, match="r2"):
        derive(replace(poll(IDLE), device="r2"), a_minute_later(IDLE))


def test_a_poll_that_is_cut_short_says_so() -> None:
    last = replace(a_minute_later(IDLE), gaps=("the walk of ifTable ended after 10 rows",))
    assert Reason.PARTIAL_WALK in derive(poll(IDLE), last).reasons
