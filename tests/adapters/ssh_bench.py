"""A lab router behind real SSH, and the adapter that talks to it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import asyncssh

from qosbot.adapters.ssh.sessions import SshSessions
from qosbot.adapters.ssh.terminal import Timeouts
from qosbot.domain.intents import ConfigChange, Intent
from qosbot.domain.inventory import Device, Secret, SnmpV2c, SshAccess
from qosbot.lab.cli.server import SshServer
from qosbot.platforms.cisco_ios.render import render
from tests.lab.cli_bench import PASSWORD, USER, Bench, bench, on_the_wire

TIMEOUTS = Timeouts(connect_s=10.0, login_s=20.0, answer_s=20.0, long_answer_s=40.0)


class FixedClock:
    """Always the same time."""

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass
class Site:
    """One router and the way to it."""

    lab: Bench
    server: SshServer
    device: Device
    sessions: SshSessions

    def change(self, intent: Intent) -> ConfigChange:
        return render(intent, self.lab.running(), self.device.name)

    def heard(self, word: str) -> list[str]:
        """Return the lines with a word that the router was sent, over all sessions."""
        return [line for _, _, line in self.lab.device.received if word in line]

    def with_access(self, **changed: object) -> Device:
        assert self.device.ssh is not None
        return replace(self.device, ssh=replace(self.device.ssh, **changed))  # type: ignore[arg-type]  # a test names a field


def device_at(port: int, known_hosts: Path, name: str = "r1") -> Device:
    access = SshAccess(
        address="127.0.0.1", port=port, username=USER, password=Secret(PASSWORD),
        known_hosts=str(known_hosts),
    )  # fmt: skip
    return Device(
        name=name, platform="cisco_ios", site="s", address="127.0.0.1",
        snmp=SnmpV2c(community=Secret("c")), ssh=access,
    )  # fmt: skip


@contextmanager
def site(startup: str, tmp_path: Path, *, name: str = "lyo-ce1") -> Iterator[Site]:
    ports = {"GigabitEthernet0/0": 1e9, "GigabitEthernet0/1": 4e6, "GigabitEthernet0/2": 1e9}
    lab = bench(startup, name=name, ports=ports)
    with on_the_wire(lab.device) as server:
        known_hosts = tmp_path / "known_hosts"
        known_hosts.write_text(f"[127.0.0.1]:{server.port} {public_key(server)}\n")
        yield Site(
            lab=lab, server=server, device=device_at(server.port, known_hosts),
            sessions=SshSessions(FixedClock(), TIMEOUTS),
        )  # fmt: skip


def public_key(server: SshServer) -> str:
    """Return the key that a server shows to anybody who asks."""
    key = asyncio.run(asyncssh.get_server_host_key("127.0.0.1", server.port, config=None))
    assert key is not None
    return key.export_public_key("openssh").decode().strip()
