from types import MappingProxyType

from qosbot.domain.inventory import Inventory, Limits, Mode, Policy, Risk
from qosbot.domain.metrics import Reason
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
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
