from datetime import timedelta

import pytest

from qosbot.domain.metrics import Measured, derive
from qosbot.platforms.cisco_ios.oids import CiscoIosPlan
from qosbot.ports.polling import Oid, Value
from tests.platforms.snmprec import SYS_UPTIME, Recorded, answers, oid, read

PLAN = CiscoIosPlan()
DESCR, NAME = oid("1.3.6.1.2.1.2.2.1.2"), oid("1.3.6.1.2.1.31.1.1.1.1")
IN_OCTETS, HC_IN_OCTETS = oid("1.3.6.1.2.1.2.2.1.10"), oid("1.3.6.1.2.1.31.1.1.1.6")
IN_UNICAST, IN_OTHERS = oid("1.3.6.1.2.1.2.2.1.11"), oid("1.3.6.1.2.1.2.2.1.12")
SPEED, HIGH_SPEED = oid("1.3.6.1.2.1.2.2.1.5"), oid("1.3.6.1.2.1.31.1.1.1.15")


def agent(uptime: int = 1000, **cells: Value) -> dict[Oid, Value]:
    """Return one interface with index 1; keywords are the columns above, in lower case."""
    columns = {
        "descr": DESCR,
        "name": NAME,
        "in_octets": IN_OCTETS,
        "hc_in_octets": HC_IN_OCTETS,
        "in_unicast": IN_UNICAST,
        "in_others": IN_OTHERS,
        "speed": SPEED,
        "high_speed": HIGH_SPEED,
    }
    rows: dict[str, Value] = {"descr": b"GigabitEthernet0/1", "hc_in_octets": 5, **cells}
    found: dict[Oid, Value] = {(*columns[name], 1): value for name, value in rows.items()}
    return {SYS_UPTIME: uptime} | found


def test_an_interface_is_called_as_in_the_configuration() -> None:
    names = {one.interface for one in read(PLAN, "librenms/iosxe_c9300.snmprec").interfaces}
    assert {"GigabitEthernet1/0/1", "TenGigabitEthernet1/1/1"} <= names


@pytest.mark.parametrize(
    ("recording", "interfaces"),
    [
        ("librenms/iosxe_c9300.snmprec", 76),
        ("librenms/iosxe_c9400-svl.snmprec", 126),
        ("librenms/ios_6500.snmprec", 502),
        ("librenms/iosxr_asr9010.snmprec", 100),
        ("librenms/asa.snmprec", 48),
        ("snmpsim-data/cisco-c3560.snmprec.bz2", 57),
    ],
)
def test_every_interface_of_a_recording_is_read(recording: str, interfaces: int) -> None:
    sample = read(PLAN, recording)
    assert len(sample.interfaces) == interfaces
    assert sample.gaps == ()


def test_a_recording_subtracted_from_itself_moves_nothing() -> None:
    first = read(PLAN, "librenms/iosxr_asr9010.snmprec")
    metrics = derive(None, first)
    assert len(metrics.interfaces) == 100


def test_two_interfaces_of_one_name_are_refused_and_reported() -> None:
    values = agent() | {(*DESCR, 2): b"GigabitEthernet0/1", (*HC_IN_OCTETS, 2): 7}
    sample = PLAN.read(answers(PLAN, values))
    assert sample.interfaces == ()
    assert sample.gaps == ("2 interfaces are called 'GigabitEthernet0/1'; none of them is used",)


def test_without_a_description_the_short_name_is_used() -> None:
    (one,) = PLAN.read(answers(PLAN, agent(descr=b"", name=b"Gi0/1"))).interfaces
    assert one.interface == "Gi0/1"


@pytest.mark.parametrize(
    ("speed", "high_speed", "bps"),
    [
        (1_544_000, 2, 1_544_000.0),
        (4_294_967_295, 10_000, 10e9),
        (0, 100, 100e6),
        (0, 0, None),
    ],
)
def test_the_speed_is_the_exact_one_unless_it_is_pinned(
    speed: int, high_speed: int, bps: float | None
) -> None:
    (one,) = PLAN.read(answers(PLAN, agent(speed=speed, high_speed=high_speed))).interfaces
    assert one.speed_bps == bps


def test_an_interface_without_wide_counters_is_read_from_the_narrow_ones() -> None:
    values = agent(in_octets=2**32 - 1, in_unicast=2**32 - 1, in_others=3)
    del values[*HC_IN_OCTETS, 1]
    (one,) = PLAN.read(answers(PLAN, values)).interfaces
    assert (one.octets_bits, one.in_octets) == (32, 2**32 - 1)
    assert one.in_packets == 2, "a sum of wrapping counters wraps as they do"


def test_two_polls_of_an_agent_give_the_rate_between_them() -> None:
    first = PLAN.read(answers(PLAN, agent(uptime=1000, hc_in_octets=2**63)))
    later = answers(PLAN, agent(uptime=2000, hc_in_octets=2**63 + 1250))
    (row,) = derive(first, PLAN.read(_after(later, 10.0))).interfaces
    assert row.in_rate_bps == Measured(1000.0)


def _after(poll: Recorded, seconds: float) -> Recorded:
    return Recorded(
        device=poll.device,
        scalars=poll.scalars,
        discovered=poll.discovered,
        counters=poll.counters,
        taken_at=poll.taken_at + timedelta(seconds=seconds),
    )


@pytest.mark.parametrize("strange", [b"text", -1, (1, 3), None])
def test_a_strange_value_is_no_value(strange: Value) -> None:
    values = agent(in_unicast=strange, speed=strange, high_speed=strange)
    (one,) = PLAN.read(answers(PLAN, values)).interfaces
    assert (one.in_packets, one.speed_bps) == (None, None)


def test_a_description_with_padding_and_control_letters_becomes_one_clean_name() -> None:
    (one,) = PLAN.read(answers(PLAN, agent(descr=b"Gi0/1\x1b[31m \0\0"))).interfaces
    assert one.interface == "Gi0/1[31m"
