"""Look after look: alarms come, keep their id, and go; nothing is guessed on the way."""

from dataclasses import replace
from datetime import timedelta

from qosbot.domain.alarms import AffectedWay, AlarmState
from qosbot.domain.findings import Cause
from qosbot.domain.grouping import Detection
from qosbot.domain.inventory import Direction, Thresholds
from qosbot.domain.metrics import DeviceMetrics, Reason
from qosbot.domain.paths import Unmeasured
from qosbot.domain.sightings import Scene
from qosbot.workflows.detect import Detected, detect, scene_of
from tests.domain.builders import NOON, run, way
from tests.domain.test_diagnosis import lyon
from tests.domain.voice_builders import (
    LYON,
    bad_run,
    healthy,
    inventory,
    path,
    scored,
    traffic_class,
)
from tests.workflows.fakes import FakeStore

BACK = AffectedWay(path="par-lyo", direction=Direction.BACKWARD)


def scene(
    number: int,
    *changed: DeviceMetrics,
    is_bad: bool = True,
    codec: str = "g711",
    hold_runs: int = 3,
) -> Scene:
    """The network after run `number` of the probes; par-nan is always well."""
    now = NOON + timedelta(seconds=5 * number)
    held_for = replace(
        path("par-lyo", LYON, codec=codec), thresholds=Thresholds(hold_runs=hold_runs)
    )
    network = inventory(paths=(held_for, inventory().paths["par-nan"]))
    lyo, nan = network.paths.values()
    runs = {
        lyo.probe: bad_run(probe=lyo.probe) if is_bad else run(probe=lyo.probe),
        nan.probe: run(probe=nan.probe),
    }
    stamped = {
        probe: replace(one, run_stamp_s=5.0 * number, run_at=now - timedelta(seconds=1))
        for probe, one in runs.items()
    }
    held = healthy() | {one.device: one for one in changed}
    store = FakeStore(runs={probe: (one,) for probe, one in stamped.items()})
    return scene_of(
        network,
        store=store,
        scores=tuple(scored(one, stamped[one.probe], now=now) for one in network.paths.values()),
        metrics={name: replace(one, taken_at=now) for name, one in held.items()},
        now=now,
    )


def after(*scenes: Scene, before: Detection | None = None) -> Detected:
    found = detect(scenes[0], before or Detection())
    for one in scenes[1:]:
        found = detect(one, found.detection)
    return found


def congested(number: int) -> Scene:
    return scene(number, lyon())


def cured(number: int) -> Scene:
    return scene(number, lyon(traffic_class("Gi0/1", calls=8), full=False), is_bad=False)


def test_three_bad_runs_raise_an_alarm_at_its_cause() -> None:
    assert after(congested(1), congested(2)).detection.alarms == ()
    found = after(congested(1), congested(2), congested(3))
    (alarm,) = found.raised
    assert (alarm.bottleneck, alarm.ways) == (LYON, (BACK,))
    assert [one.cause for one in found.findings[alarm.id]] == [Cause.NO_POLICY]


def test_looking_twice_at_the_same_runs_changes_nothing() -> None:
    first = after(congested(1), congested(2), congested(3))
    again = after(congested(3), congested(3), before=first.detection)
    assert again.detection == first.detection
    assert again.raised == ()


def test_an_alarm_keeps_its_id_until_good_runs_under_load_clear_it() -> None:
    first = after(congested(1), congested(2), congested(3))
    between = after(cured(4), cured(5), before=first.detection)
    (alarm,) = between.detection.alarms
    assert (alarm.id, alarm.state) == (first.raised[0].id, AlarmState.RAISED)
    done = after(cured(6), before=between.detection)
    assert [one.id for one in done.cleared] == [alarm.id]
    assert done.findings == {}
    assert after(cured(7), before=done.detection).detection.alarms == ()


def test_good_runs_without_load_leave_the_alarm() -> None:
    first = after(congested(1), congested(2), congested(3))
    idle = [scene(number, is_bad=False) for number in range(4, 12)]
    assert after(*idle, before=first.detection).cleared == ()


def test_silence_leaves_the_alarm_and_says_that_data_is_too_poor() -> None:
    first = after(congested(1), congested(2), congested(3))
    silent = replace(
        congested(4),
        metrics={},
        scores={"par-lyo": Unmeasured(path="par-lyo", reason=Reason.STALE)},
    )
    found = after(silent, before=first.detection)
    (alarm,) = found.detection.alarms
    assert (alarm.state, alarm.mos_latest) == (AlarmState.RAISED, None)
    assert [one.cause for one in found.findings[alarm.id]] == [Cause.DATA_TOO_POOR]


def far(number: int, *, hold_runs: int = 3) -> Scene:
    """A path of 190 ms with G.729A, calm: 3.4 at most."""
    made = scene(number, is_bad=False, codec="g729a", hold_runs=hold_runs)
    network = made.inventory
    lyo = network.paths["par-lyo"]
    heard = way(delay_s=0.2)
    long_run = replace(made.probes[lyo.probe], forward=heard, backward=heard)
    probes = {**made.probes, lyo.probe: long_run}
    scores = {**made.scores, "par-lyo": scored(lyo, long_run, now=made.now)}
    return replace(made, probes=probes, scores=scores)


def test_a_path_that_cannot_reach_its_threshold_gets_advice_and_no_lasting_alarm() -> None:
    found = after(*[far(number) for number in range(1, 8)])
    assert [one.path for one in found.designs] == ["par-lyo"]
    assert found.detection.alarms == ()


def test_where_one_run_is_enough_for_an_alarm_the_design_is_known_before_it() -> None:
    found = after(far(1, hold_runs=1))
    assert [one.path for one in found.designs] == ["par-lyo"]
    assert found.detection.alarms == ()
