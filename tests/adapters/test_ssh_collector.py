"""Many configurations are read over real SSH: silence is asked again, a refusal never is."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from qosbot.adapters.ssh.collector import NO_ACCESS, SshCollector
from qosbot.domain.inventory import Device, Secret
from qosbot.lab.startup import STARTUP
from qosbot.platforms.cisco_ios.redact import MASK
from tests.adapters.ssh_bench import FixedClock, Site, device_at, site

pytestmark = pytest.mark.slow

PLATFORMS = ("cisco_ios",)


@pytest.fixture
def branch(tmp_path: Path) -> Iterator[Site]:
    with site(STARTUP["lyo-ce1"] + "\nusername bob secret 0 hunter2\n", tmp_path) as found:
        yield found


def collector(branch: Site, device_s: float = 240.0) -> SshCollector:
    return SshCollector(branch.sessions, FixedClock(), platforms=PLATFORMS, device_s=device_s)


def named(device: Device, *names: str) -> list[Device]:
    return [replace(device, name=name) for name in names]


def test_a_configuration_is_read_without_its_secrets_and_nothing_is_changed(branch: Site) -> None:
    found = collector(branch).collect([branch.device])
    text = found.configs[branch.device.name].text
    assert found.unread == {}
    assert "hostname lyo-ce1" in text
    assert MASK in text
    assert "hunter2" not in text
    assert branch.heard("configure") == []
    assert branch.heard("show running-config") == ["show running-config"]


def test_a_silent_device_is_asked_twice_and_says_why_it_was_not_read(
    branch: Site, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        deaf = device_at(silent.getsockname()[1], tmp_path / "known_hosts", "deaf")
        found = collector(branch, 2.4).collect([deaf])
        silent.setblocking(False)  # noqa: FBT003  the socket's own word
        asked = []
        with suppress(BlockingIOError):
            while True:
                asked.append(silent.accept()[0])
    for one in asked:
        one.close()
    assert len(asked) == 2
    assert found.unread["deaf"].startswith("deaf did not answer within")


def test_a_port_that_is_closed_is_not_asked_again(branch: Site, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    found = collector(branch).collect([device_at(port, tmp_path / "known_hosts", "gone")])
    assert found.unread == {"gone": "no SSH session: Connection refused"}


def test_two_refused_credentials_leave_all_others_unasked(branch: Site) -> None:
    wrong = branch.with_access(password=Secret("rotated"))
    found = collector(branch).collect(named(wrong, "a", "b", "c", "d"))
    said = sorted(found.unread.values())
    assert found.configs == {}
    assert sum("refused the credentials" in one for one in said) == 2
    assert sum("was not asked" in one for one in said) == 2
    assert branch.sessions.has_stopped()


def test_one_that_fails_costs_no_other_its_audit(branch: Site, tmp_path: Path) -> None:
    stranger = replace(branch.device, name="stranger", platform="juniper_junos")
    no_access = replace(branch.device, name="bare", ssh=None)
    other_key = tmp_path / "other"
    other_key.write_text("")
    unknown = replace(branch.with_access(known_hosts=str(other_key)), name="unknown")
    found = collector(branch).collect([stranger, no_access, unknown, branch.device])
    assert list(found.configs) == [branch.device.name]
    assert found.unread["bare"] == NO_ACCESS
    assert "juniper_junos" in found.unread["stranger"]
    assert "host key" in found.unread["unknown"]


def test_a_run_that_is_stopped_begins_no_other_session(branch: Site) -> None:
    found = collector(branch).collect([branch.device], go_on=lambda: False)
    assert "stopped" in found.unread[branch.device.name]
    assert branch.heard("") == []
