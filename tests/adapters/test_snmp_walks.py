"""When tables are walked again, and how large requests may be; over SNMP on loopback."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from qosbot.adapters.snmp.gufo_engine import GufoEngine
from qosbot.adapters.snmp.poller import SnmpPoller
from qosbot.domain.samples import DeviceSample
from qosbot.platforms import PLATFORMS
from qosbot.ports.polling import Oid
from tests.contracts.agents import RecordedAgent, device, serving
from tests.platforms.snmprec import Cell, oid

SYS_UPTIME = oid("1.3.6.1.2.1.1.3.0")
TABLE_CHANGED, CONFIG_CHANGED = oid("1.3.6.1.2.1.31.1.5.0"), oid("1.3.6.1.4.1.9.9.43.1.1.1.0")
DESCR, HC_IN_OCTETS = oid("1.3.6.1.2.1.2.2.1.2"), oid("1.3.6.1.2.1.31.1.1.1.6")
ENGINE_BOOTS = oid("1.3.6.1.6.3.10.2.1.2.0")


class StandingClock:
    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC)


def ticks(value: int) -> Cell:
    return Cell(tag="67", value=value)


def interface(index: int, name: str, octets: int = 0) -> list[tuple[Oid, Cell]]:
    return [
        ((*DESCR, index), Cell(tag="4", value=name.encode())),
        ((*HC_IN_OCTETS, index), Cell(tag="70", value=octets)),
    ]


def agent_of(*interfaces: list[tuple[Oid, Cell]]) -> RecordedAgent:
    cells = [(SYS_UPTIME, ticks(9000)), (TABLE_CHANGED, ticks(5)), (CONFIG_CHANGED, ticks(7))]
    cells += [cell for one in interfaces for cell in one]
    return RecordedAgent(sorted(cells, key=lambda cell: cell[0]))


@pytest.fixture
def poller() -> Iterator[SnmpPoller]:
    with contextlib.closing(SnmpPoller(GufoEngine(), PLATFORMS, StandingClock())) as made:
        yield made


@pytest.fixture
def hasty() -> Iterator[SnmpPoller]:
    """Yield a poller that waits less, for what is not answered."""
    made = SnmpPoller(GufoEngine(), PLATFORMS, StandingClock(), timeout_s=0.3)
    with contextlib.closing(made):
        yield made


def sample_of(poller: SnmpPoller, agent: RecordedAgent) -> DeviceSample:
    poll = poller.poll([device(agent.port)], deadline_s=60.0)
    assert poll.silent == {}
    return poll.samples["r1"]


def walks(poller: SnmpPoller, agent: RecordedAgent) -> int:
    """Return how many walk requests one more poll takes."""
    before = agent.walked
    sample_of(poller, agent)
    return agent.walked - before


def test_an_agent_whose_stamps_stand_still_is_walked_once(poller: SnmpPoller) -> None:
    with serving(agent_of(interface(1, "Gi0/1"))) as agent:
        assert walks(poller, agent) > 0
        assert walks(poller, agent) == 0


@pytest.mark.parametrize(
    ("stamp", "value"),
    [(TABLE_CHANGED, 6), (CONFIG_CHANGED, 8), (ENGINE_BOOTS, 3), (SYS_UPTIME, 10)],
)
def test_a_stamp_that_moves_has_the_tables_walked_again(
    poller: SnmpPoller, stamp: Oid, value: int
) -> None:
    with serving(agent_of(interface(1, "Gi0/1"))) as agent:
        sample_of(poller, agent)
        agent.put(stamp, ticks(value))
        assert walks(poller, agent) > 0
        assert walks(poller, agent) == 0


@pytest.mark.parametrize("stamp", [TABLE_CHANGED, CONFIG_CHANGED])
def test_an_agent_without_a_stamp_is_walked_at_every_poll(poller: SnmpPoller, stamp: Oid) -> None:
    with serving(agent_of(interface(1, "Gi0/1"))) as agent:
        agent.put(stamp, None)
        sample_of(poller, agent)
        assert walks(poller, agent) > 0


def test_a_row_that_is_gone_without_a_stamp_is_looked_for_in_the_same_poll(
    poller: SnmpPoller,
) -> None:
    with serving(agent_of(interface(1, "Gi0/1", 10), interface(2, "Gi0/2", 20))) as agent:
        sample_of(poller, agent)
        for at, cell in [*interface(1, "Gi0/1"), *interface(9, "Gi0/1", 11)]:
            agent.put(at, cell if at[-1] == 9 else None)
        found = {one.interface: one for one in sample_of(poller, agent).interfaces}
    assert (found["Gi0/1"].index, found["Gi0/1"].in_octets) == (9, 11)
    assert (found["Gi0/2"].index, found["Gi0/2"].in_octets) == (2, 20)


def test_indexes_that_swap_with_a_stamp_keep_each_counter_with_its_name(
    poller: SnmpPoller,
) -> None:
    with serving(agent_of(interface(1, "Gi0/1", 10), interface(2, "Gi0/2", 20))) as agent:
        sample_of(poller, agent)
        swapped = [*interface(2, "Gi0/1", 11), *interface(1, "Gi0/2", 21)]
        for at, cell in [*swapped, (TABLE_CHANGED, ticks(99))]:
            agent.put(at, cell)
        found = {one.interface: one.in_octets for one in sample_of(poller, agent).interfaces}
    assert found == {"Gi0/1": 11, "Gi0/2": 21}


def test_an_agent_with_small_messages_is_read_whole_and_its_size_is_remembered(
    poller: SnmpPoller,
) -> None:
    rows = [interface(n, f"GigabitEthernet0/{n}", n) for n in range(1, 40)]
    with serving(agent_of(*rows)) as agent:
        agent.max_bytes = 400
        first = sample_of(poller, agent)
        learning = agent.requests
        again = sample_of(poller, agent)
        assert agent.requests - learning < learning / 2
    assert first.gaps == again.gaps == ()
    assert [one.in_octets for one in again.interfaces] == list(range(1, 40))


def test_lost_requests_are_sent_again(hasty: SnmpPoller) -> None:
    agent = agent_of(*(interface(n, f"Gi0/{n}", n) for n in range(1, 20)))
    agent.reply = lambda _, answer: [] if agent.requests % 4 == 0 else [answer() or b""]
    with serving(agent):
        sample = sample_of(hasty, agent)
    assert [one.in_octets for one in sample.interfaces] == list(range(1, 20))
    assert sample.gaps == ()


def test_a_value_of_another_interface_is_never_taken_for_the_one_asked(
    poller: SnmpPoller,
) -> None:
    with serving(agent_of(interface(1, "Gi0/1", 10), interface(2, "Gi0/1", 20))) as agent:
        sample = sample_of(poller, agent)
    assert sample.interfaces == ()
    assert sample.gaps == ("2 interfaces are called 'Gi0/1'; none of them is used",)
