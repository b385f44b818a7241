"""What the poller promises whatever a plan or an engine does to it."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from qosbot.adapters.snmp.gufo_engine import GufoEngine
from qosbot.adapters.snmp.poller import SnmpPoller
from qosbot.domain.samples import DeviceSample
from qosbot.platforms.cisco_ios.oids import CiscoIosPlan
from qosbot.ports.polling import Answers, Oid, Walked
from tests.adapters.test_snmp_walks import SYS_UPTIME, StandingClock, agent_of, interface
from tests.contracts.agents import RecordedAgent, device, serving


@dataclass(kw_only=True)
class OddPlan:
    """Reads as a real plan does, and then does something odd with one device."""

    released: threading.Event = field(default_factory=threading.Event)
    fault: BaseException | None = None
    scalars: tuple[Oid, ...] = (SYS_UPTIME,)
    stamps: tuple[Oid, ...] = ()
    tables: tuple[Oid, ...] = ()

    def rows(self, discovered: Walked) -> tuple[tuple[Oid, ...], ...]:
        assert discovered == {}
        return ()

    def read(self, answers: Answers) -> DeviceSample:
        if answers.device == "odd":
            if self.fault is not None:
                raise self.fault
            self.released.wait()
        return CiscoIosPlan().read(answers)


@pytest.fixture
def agent() -> Iterator[RecordedAgent]:
    with serving(agent_of(interface(1, "Gi0/1"))) as made:
        yield made


@contextlib.contextmanager
def polling(plan: OddPlan) -> Iterator[SnmpPoller]:
    with contextlib.closing(
        SnmpPoller(GufoEngine(), {"cisco_ios": lambda: plan}, StandingClock())
    ) as poller:
        yield poller


def test_the_deadline_holds_although_something_blocks_the_loop(agent: RecordedAgent) -> None:
    plan = OddPlan()
    with polling(plan) as poller:
        try:
            poll = poller.poll([device(agent.port, name="odd")], deadline_s=0.5)
        finally:
            plan.released.set()
    assert poll.samples == {}
    assert poll.silent == {"odd": "deadline of 0.5 s passed before it had answered"}


@pytest.mark.parametrize("fault", [RuntimeError("x"), RecursionError()])
def test_answers_that_break_a_reader_cost_one_device(
    agent: RecordedAgent, fault: BaseException
) -> None:
    with polling(OddPlan(fault=fault)) as poller:
        devices = [device(agent.port, name="odd"), device(agent.port, name="good")]
        poll = poller.poll(devices, deadline_s=20.0)
    assert poll.samples.keys() == {"good"}
    assert poll.silent == {"odd": f"its answers could not be read: {type(fault).__name__}"}


def test_many_threads_may_poll_the_same_device(agent: RecordedAgent) -> None:
    polls = []
    with polling(OddPlan()) as poller:
        threads = [
            threading.Thread(
                target=lambda: polls.append(poller.poll([device(agent.port)], deadline_s=20.0))
            )
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [poll.silent for poll in polls] == [{}] * 8


def test_a_device_whose_access_changed_is_asked_anew(agent: RecordedAgent) -> None:
    with polling(OddPlan()) as poller, serving(agent_of(interface(1, "Gi0/1"))) as other:
        poller.poll([device(agent.port)], deadline_s=20.0)
        heard = other.requests
        assert poller.poll([device(other.port)], deadline_s=20.0).silent == {}
    assert other.requests > heard


def test_a_name_without_an_address_is_silent() -> None:
    one = device(161)
    nowhere = type(one)(
        name="r1",
        platform="cisco_ios",
        site="par",
        address="no..name",
        snmp=one.snmp,
    )
    with polling(OddPlan()) as poller:
        poll = poller.poll([nowhere], deadline_s=60.0)
    assert poll.silent == {"r1": "no..name has no address in the DNS"}


def test_a_deadline_that_has_passed_already_is_a_callers_mistake() -> None:
    with polling(OddPlan()) as poller, pytest.raises(ValueError, match="deadline_s 0 must be"):
        poller.poll([], deadline_s=0)
