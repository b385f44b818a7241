from dataclasses import replace
from types import MappingProxyType

from qosbot.domain.inventory import Inventory, Limits, Mode, Policy, Risk
from qosbot.domain.metrics import DeviceMetrics, ProbeMetrics, Reason, derive
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.domain.samples import AgentClock, DeviceSample
from qosbot.workflows.assess import assess, assess_and_keep
from tests.domain.builders import NOON, PATH, PROBE, run, way
from tests.workflows.fakes import FakeStore

INVENTORY = Inventory(
    devices=MappingProxyType({}),
    links=MappingProxyType({}),
    paths=MappingProxyType({PATH.name: PATH}),
    policy=Policy(
        mode=MappingProxyType(dict.fromkeys(Risk, Mode.OBSERVE)),
        approvers=MappingProxyType({}),
        windows=(),
        time_zone="UTC",
        limits=Limits(),
    ),
)


def test_a_path_is_scored_from_its_probe() -> None:
    store = FakeStore(runs={PROBE: (run(backward=way(loss_ratio=0.2)),)})
    (score,) = assess(INVENTORY, store=store, now=NOON, poll_interval_s=60.0)
    assert isinstance(score, PathScore)
    assert score.mos < 3.5
    assert store.scores == []


def test_a_path_whose_probe_is_unknown_is_not_measured() -> None:
    (score,) = assess(INVENTORY, store=FakeStore(), now=NOON, poll_interval_s=60.0)
    assert score == Unmeasured(path=PATH.name, reason=Reason.NO_PROBE)


def test_keeping_scores_keeps_the_unmeasured_ones_too() -> None:
    store = FakeStore()
    scores = assess_and_keep(INVENTORY, store=store, now=NOON, poll_interval_s=60.0)
    assert store.scores == [scores]


def test_assessing_twice_gives_the_same_answer() -> None:
    store = FakeStore(runs={PROBE: (run(),)})
    first = assess(INVENTORY, store=store, now=NOON, poll_interval_s=60.0)
    assert assess(INVENTORY, store=store, now=NOON, poll_interval_s=60.0) == first


def answered(*runs: ProbeMetrics) -> DeviceMetrics:
    sample = DeviceSample(
        device=PROBE.device,
        taken_at=NOON,
        clock=AgentClock(uptime_s=1.0),
        interfaces=(),
        classes=(),
        probes=(),
    )
    return replace(derive(None, sample), probes=runs)


def test_a_probe_that_was_removed_measures_nothing_however_good_its_last_run() -> None:
    store = FakeStore(runs={PROBE: (run(),)}, polls=[([answered()], {})])
    (score,) = assess(INVENTORY, store=store, now=NOON, poll_interval_s=60.0)
    assert isinstance(score, Unmeasured)
    assert score.reason is Reason.NO_PROBE


def test_a_table_cut_short_does_not_prove_that_a_probe_was_removed() -> None:
    cut = replace(answered(), reasons=(Reason.PARTIAL_WALK,))
    store = FakeStore(runs={PROBE: (run(),)}, polls=[([cut], {})])
    (score,) = assess(INVENTORY, store=store, now=NOON, poll_interval_s=60.0)
    assert isinstance(score, PathScore)


def test_a_silent_device_makes_its_runs_stale_after_three_periods() -> None:
    store = FakeStore(
        runs={PROBE: (run(age_s=20),)},
        polls=[([answered(run(age_s=20))], {}), ([], {PROBE.device: "no answer"})],
    )
    (score,) = assess(INVENTORY, store=store, now=NOON, poll_interval_s=60.0)
    assert isinstance(score, Unmeasured)
    assert score.reason is Reason.STALE
