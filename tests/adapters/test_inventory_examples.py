"""The example inventory describes the lab, and a copy of it is what the other tests spoil."""

import json
import os
import shutil
from pathlib import Path

import pytest

from qosbot.adapters.files import load_inventory
from qosbot.domain.errors import ConfigurationError
from qosbot.domain.inventory import (
    Inventory,
    LinkId,
    Mode,
    ProbeId,
    Secret,
    SnmpV2c,
    SnmpV3,
    Thresholds,
)
from qosbot.lab import topology

EXAMPLE = Path(__file__).resolve().parents[2] / "inventory"
CODECS = ("g711", "g711-noplc", "g729a")
SECRETS = ("ssh_password", "snmp_community", "snmp_auth_key", "snmp_priv_key")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return lay_out(tmp_path)


def lay_out(root: Path) -> Path:
    """Copy the example to where a lab seems to run and return the copy."""
    shutil.copytree(EXAMPLE, root / "inventory")
    lab = root / ".qosbot" / "lab"
    lab.mkdir(parents=True)
    for name in SECRETS:
        (lab / name).touch(mode=0o600)
        (lab / name).write_text(f"secret of {name}\n")
    write_endpoints(root, {})
    return root / "inventory"


def write_endpoints(root: Path, devices: object, **more: object) -> None:
    document = {"version": 1, "control": {"token": "t0ken"}, "devices": devices, **more}
    (root / ".qosbot" / "lab" / "lab.json").write_text(json.dumps(document))


def load(directory: Path) -> Inventory:
    return load_inventory(directory, codecs=CODECS, platforms=("cisco_ios",), environ=os.environ)


def complaints(directory: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(directory)
    prefix = f"{directory}/"
    return [str(problem).removeprefix(prefix) for problem in caught.value.problems]


def test_the_example_has_the_labs_devices_links_and_paths(directory: Path) -> None:
    inventory = load(directory)
    assert set(inventory.devices) == {
        *("par-core1", "par-ce1", "lyo-ce1", "lyo-gw1", "nan-ce1", "lil-ce1", "bor-ce1")
    }
    assert {device.site for device in inventory.devices.values()} == {
        *("par", "lyo", "nan", "lil", "bor")
    }
    assert len(inventory.links) == 9
    assert {path.probe for path in inventory.paths.values()} == {
        ProbeId(device="par-core1", operation=operation) for operation in (101, 102, 103, 104)
    }


def test_a_link_has_its_own_rate_each_way_and_may_have_an_unknown_contract(
    directory: Path,
) -> None:
    link = load(directory).links[LinkId(device="bor-ce1", interface="GigabitEthernet0/1")]
    assert (link.rate_out_bps, link.rate_in_bps) == (2e6, 8e6)
    assert link.ef_contract_bps is None


def test_calls_on_a_shared_link_are_the_sum_over_its_paths(directory: Path) -> None:
    hub = LinkId(device="par-ce1", interface="GigabitEthernet0/1")
    assert load(directory).calls_out(hub) == 12 + 8 + 20 + 8


def test_a_path_without_thresholds_or_buffer_has_the_defaults(directory: Path) -> None:
    path = load(directory).paths["par-bor"]
    assert path.thresholds == Thresholds()
    assert path.jitter_buffer_s == 0.040
    assert path.packet_time_s == 0.020


def test_the_example_policy_observes(directory: Path) -> None:
    policy = load(directory).policy
    assert set(policy.mode.values()) == {Mode.OBSERVE}
    assert policy.limits.priority_share == 0.33
    assert policy.limits.cool_down_s == 3600.0


def test_a_missing_policy_observes(directory: Path) -> None:
    (directory / "policy.yaml").unlink()
    policy = load(directory).policy
    assert set(policy.mode.values()) == {Mode.OBSERVE}
    assert not any(policy.approvers.values())


def test_a_device_inherits_from_its_groups_and_then_from_the_defaults(directory: Path) -> None:
    devices = load(directory).devices
    assert devices["nan-ce1"].snmp == SnmpV2c(community=Secret("secret of snmp_community"))
    assert isinstance(devices["par-ce1"].snmp, SnmpV3)
    assert devices["par-ce1"].snmp.auth_key == Secret("secret of snmp_auth_key")
    ssh = devices["nan-ce1"].ssh
    assert ssh is not None
    assert (ssh.username, ssh.password) == ("qosbot", Secret("secret of ssh_password"))


def test_endpoints_stand_in_for_addresses_and_ports(directory: Path) -> None:
    endpoint = {"address": "127.0.0.1", "port": 1161}
    devices = {"par-ce1": {"snmp": endpoint, "ssh": {"address": "::1", "port": 2222}}}
    write_endpoints(directory.parent, devices, known_hosts="known_hosts")
    device = load(directory).devices["par-ce1"]
    assert (device.address, device.snmp_port) == ("127.0.0.1", 1161)
    assert device.ssh is not None
    assert (device.ssh.address, device.ssh.port) == ("::1", 2222)
    assert device.ssh.known_hosts is not None
    assert Path(device.ssh.known_hosts).resolve() == (
        directory.parent / ".qosbot" / "lab" / "known_hosts"
    )


def test_without_a_running_lab_there_is_one_problem_that_says_what_to_do(
    directory: Path,
) -> None:
    shutil.rmtree(directory.parent / ".qosbot")
    (complaint,) = complaints(directory)
    assert complaint.endswith(
        "lab.json does not exist; start `qosbot lab`, or remove the line `endpoints:` "
        "from defaults.yaml"
    )


def test_a_window_over_midnight_ends_on_the_following_days(directory: Path) -> None:
    evening, morning = load(directory).policy.windows
    assert (evening.start_minute, evening.end_minute) == (20 * 60, 24 * 60)
    assert (morning.start_minute, morning.end_minute) == (0, 6 * 60)
    assert evening.days == {0, 1, 2, 3}
    assert morning.days == {1, 2, 3, 4}


def test_a_directory_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert "is not a directory; name a directory with --inventory" in complaints(tmp_path / "x")[0]


def test_the_example_describes_the_network_of_the_lab(directory: Path) -> None:
    inventory = load(directory)
    assert {name: device.site for name, device in inventory.devices.items()} == {
        node.name: node.site for node in topology.NODES
    }
    for circuit in topology.CIRCUITS.values():
        link = inventory.links[LinkId(device=circuit.device, interface=circuit.interface)]
        assert link.circuit == circuit.id
        assert (link.rate_out_bps, link.rate_in_bps) == (circuit.rate_out_bps, circuit.rate_in_bps)
        port = topology.NODE[circuit.device].port(circuit.interface)
        assert link.layer2.value == port.layer2.value
        assert link.ef_contract_bps in {circuit.ef_contract_bps, None}
    for path in topology.PATHS.values():
        described = inventory.paths[path.name]
        assert described.probe == ProbeId(device=topology.CORE, operation=path.operation)
        assert described.busy_hour_calls == path.busy_hour_calls
        assert path.codec.startswith(described.codec)
