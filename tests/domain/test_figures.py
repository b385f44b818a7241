"""What is taken from a poll to compare before and after."""

from dataclasses import replace
from datetime import timedelta

from qosbot.domain.figures import Figures, figures_of
from qosbot.domain.metrics import (
    ClassMetrics,
    Continuity,
    DeviceMetrics,
    InterfaceMetrics,
    Invalid,
    Measured,
    NotMeasured,
    Reason,
)
from qosbot.domain.path_scores import score_paths
from qosbot.domain.paths import PathMeasurement, Polling, Unmeasured, measure_path
from qosbot.domain.samples import FlowDirection
from tests.domain.builders import NOON, PATH, run
from tests.domain.remedies import LINK

NO_TRAFFIC = NotMeasured(Reason.NO_TRAFFIC)
PORT = InterfaceMetrics(
    interface="Gi0/1",
    alias="",
    is_up=True,
    speed_bps=1e9,
    interval_s=Measured(30.0),
    in_rate_bps=Measured(1e6),
    out_rate_bps=Measured(1.8e6),
    in_rate_pps=Measured(100.0),
    out_rate_pps=Measured(200.0),
    in_discard_ratio=Measured(0.0),
    out_discard_ratio=Measured(0.1),
    out_discard_rate_pps=Measured(20.0),
    in_error_ratio=Measured(0.0),
    fcs_error_rate_pps=Measured(0.0),
)


def one(*path: str, drops: float = 0.0, is_voice: bool = False) -> ClassMetrics:
    return ClassMetrics(
        interface="Gi0/1",
        direction=FlowDirection.OUT,
        class_path=path,
        matches=(),
        is_voice=is_voice,
        is_priority=is_voice,
        is_leaf=True,
        interval_s=Measured(30.0),
        offered_rate_bps=Measured(1e6),
        offered_rate_pps=Measured(100.0),
        drop_rate_bps=Measured(drops * 1e4),
        drop_rate_pps=Measured(drops),
        drop_ratio=Measured(drops / 100),
        queue_depth_bytes=Measured(0.0),
    )


VOICE = one("WAN", "VOICE", is_voice=True)
REST = one("WAN", "class-default")


def seen(*classes: ClassMetrics, port: InterfaceMetrics | None = PORT) -> Figures:
    metrics = DeviceMetrics(
        device="par-ce1",
        taken_at=NOON,
        continuity=Continuity.SAME,
        interfaces=() if port is None else (port,),
        classes=classes,
        probes=(),
    )
    lost = Unmeasured(path="par-lyo", reason=Reason.STALE)
    return figures_of(metrics, LINK, [lost], catch_all="class-default")


def test_without_a_policy_what_was_discarded_was_offered_too() -> None:
    assert seen().offered_bps == 2e6
    assert seen().is_congested is True


def test_with_a_policy_the_offered_load_is_the_sum_of_its_classes() -> None:
    nested = one("WAN", "class-default", "CHILD", "VOICE", is_voice=True)
    assert seen(VOICE, REST, nested).offered_bps == 2e6


def test_a_class_that_is_not_measured_leaves_the_sum_unknown() -> None:
    reset = replace(REST, offered_rate_bps=Invalid(Reason.COUNTER_RESET))
    assert seen(VOICE, reset).offered_bps is None


def test_only_data_that_is_dropped_or_waits_is_congestion() -> None:
    dropped = one("WAN", "class-default", drops=1.0)
    waits = replace(REST, queue_depth_bytes=Measured(1500.0))
    voice = one("WAN", "VOICE", drops=9.0, is_voice=True)
    assert seen(VOICE, dropped).is_congested is True
    assert seen(VOICE, waits).is_congested is True
    assert seen(voice, REST).is_congested is False


def test_nothing_measured_is_neither_congested_nor_idle() -> None:
    blind = seen(port=None)
    assert (blind.offered_bps, blind.is_congested, blind.since) == (None, None, None)


def test_the_interval_is_the_longest_one_of_the_rows() -> None:
    late = replace(REST, interval_s=Measured(40.0))
    assert seen(VOICE, late).since == NOON - timedelta(seconds=40)


def test_classes_of_other_interfaces_are_kept_as_neighbours() -> None:
    other = replace(REST, interface="Gi0/2", offered_rate_bps=Measured(9e9))
    assert len(seen(VOICE, REST, other).classes) == 3
    assert seen(VOICE, REST, other).offered_bps == 2e6


def test_what_comes_in_is_not_the_link_that_leaves() -> None:
    inward = replace(VOICE, direction=FlowDirection.IN)
    assert seen(VOICE, REST, inward).offered_bps == 2e6
    assert len(seen(VOICE, REST, inward).classes) == 2


def test_a_class_without_traffic_drops_nothing() -> None:
    quiet = replace(VOICE, drop_ratio=NO_TRAFFIC)
    assert seen(quiet, REST).voice[0].drop_ratio == 0.0


def test_a_path_that_is_not_measured_has_no_score_in_either_direction() -> None:
    assert [way.mos for way in seen(VOICE, REST).ways] == [None, None]


def test_a_score_is_told_by_the_stamp_of_its_run_and_not_by_our_time() -> None:
    latest = run()
    measured = measure_path(PATH, [latest], Polling(now=NOON, interval_s=5.0))
    assert isinstance(measured, PathMeasurement)
    metrics = DeviceMetrics(
        device="par-ce1",
        taken_at=NOON,
        continuity=Continuity.SAME,
        interfaces=(),
        classes=(),
        probes=(),
    )
    scores = score_paths({PATH.name: PATH}, [measured])
    ways = figures_of(metrics, LINK, scores, catch_all="class-default").ways
    # 100 packets, one each 20 ms.
    assert [(way.run_stamp_s, way.run_length_s) for way in ways] == [(latest.run_stamp_s, 2.0)] * 2
