from datetime import timedelta

from qosbot.domain.inventory import Device, Secret, SnmpV2c
from qosbot.domain.metrics import Continuity
from qosbot.domain.samples import AgentClock, DeviceSample, Poll
from qosbot.workflows.measure import Measured, measure
from tests.domain.builders import NOON
from tests.workflows.fakes import FakeClock, FakePoller, FakeStore

DEVICES = [
    Device(
        name=name,
        platform="cisco_ios",
        site="par",
        address="192.0.2.1",
        snmp=SnmpV2c(community=Secret("canary")),
    )
    for name in ("par-ce1", "lyo-ce1")
]


def sample(at_s: float) -> DeviceSample:
    return DeviceSample(
        device="par-ce1",
        taken_at=NOON + timedelta(seconds=at_s),
        clock=AgentClock(uptime_s=1000.0 + at_s),
        interfaces=(),
        classes=(),
        probes=(),
    )


def poll(store: FakeStore, at_s: float) -> Measured:
    answer = Poll(samples={"par-ce1": sample(at_s)}, silent={"lyo-ce1": "no answer within 2 s"})
    return measure(
        DEVICES, poller=FakePoller(answer), store=store, clock=FakeClock(), deadline_s=1.0
    )


def test_silence_is_part_of_the_result() -> None:
    store = FakeStore()
    measured = poll(store, 0)
    assert measured.poll.silent == {"lyo-ce1": "no answer within 2 s"}
    assert store.polls[0][1] == measured.poll.silent


def test_the_second_poll_is_measured_against_the_first() -> None:
    store = FakeStore()
    assert poll(store, 0).metrics[0].continuity is Continuity.FIRST
    assert poll(store, 60).metrics[0].continuity is Continuity.SAME
