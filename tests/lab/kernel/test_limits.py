"""A load that real senders cannot send is refused: no request of a person's ends the lab."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from qosbot.lab.agent import SnmpSecrets
from qosbot.lab.commands import obey
from qosbot.lab.given import BadRequestError
from qosbot.lab.kernel.limits import refuse_too_much
from qosbot.lab.kernel.network import KernelNetwork
from qosbot.lab.kernel.running import KernelAgents
from qosbot.lab.lab import Lab, SteppedClock
from qosbot.lab.load import Data, Load, default_load
from qosbot.lab.process import LabStartError
from qosbot.lab.topology import PATHS, Direction

LOAD = default_load()
KEY = ("par-lyo", Direction.BACKWARD, "data")


def named(number: int, data: Data) -> Load:
    load = LOAD
    for at in range(number):
        load = load.with_data(("par-lyo", Direction.BACKWARD, f"more{at}"), data)
    return load


def test_the_load_at_the_start_and_tcp_on_all_paths_can_be_sent() -> None:
    refuse_too_much(LOAD)
    load = LOAD
    for path in PATHS:
        for way in Direction:
            load = load.with_data((path, way, "ftp"), Data(bps=9e6, shape="tcp"))
    refuse_too_much(load)


def test_smaller_packets_count_although_the_rate_was_said_before() -> None:
    large = Data(bps=30e6, packet_bytes=1500)
    refuse_too_much(LOAD.with_data(KEY, large))
    with pytest.raises(BadRequestError, match="5000 packets/s of one kind"):
        refuse_too_much(LOAD.with_data(KEY, replace(large, packet_bytes=64)))


def test_a_congestion_of_a_line_of_one_gigabit_is_refused() -> None:
    key = ("par-ce1", "GigabitEthernet0/0", "out", "congestion")
    with pytest.raises(BadRequestError, match="5000 packets/s of one kind"):
        refuse_too_much(LOAD.with_link(key, Data(bps=1.25e9)))


@pytest.mark.parametrize(
    ("load", "why"),
    [
        (named(5, Data(bps=30e6)), "lyo-gw1 would send .* packets/s"),
        (named(7, Data(bps=1e5, shape="tcp")), "would send 56 TCP flows"),
        (named(60, Data(bps=1e5)), "would send .* streams of data"),
    ],
)
def test_many_kinds_of_data_together_are_refused(load: Load, why: str) -> None:
    with pytest.raises(BadRequestError, match=why):
        refuse_too_much(load)


def test_a_directory_too_deep_for_sockets_is_refused_at_once(tmp_path: Path) -> None:
    agents = KernelAgents(tmp_path / ("x" * 100), seed=1)
    lab = Lab(SteppedClock(), seed=1, network=KernelNetwork)
    made = SnmpSecrets(community="c", auth_key="a", priv_key="p")
    with pytest.raises(LabStartError, match="bytes too long a path for the sockets"):
        asyncio.run(agents.start(lab, made))


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        ("fault", {"kind": "congestion", "device": "par-ce1", "interface": "Gi0/0"}),
        ("load", {"path": "par-lyo", "data_bps": 1e9}),
        ("load", {"path": "par-lyo", "calls": 101}),
    ],
)
def test_what_is_refused_changes_nothing(command: str, arguments: dict[str, object]) -> None:
    lab = Lab(SteppedClock(), seed=1, network=KernelNetwork)
    with pytest.raises(BadRequestError, match="real senders"):
        obey(lab, command, arguments)
    assert lab.network.load == LOAD
