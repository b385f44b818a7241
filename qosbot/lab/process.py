"""The lab as a process: sockets on loopback, what it publishes, and a clean end."""

import asyncio
import contextlib
import json
import os
import secrets
import signal
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Protocol, TextIO

import asyncssh

from qosbot.lab.agent import Agent, MibSource, SnmpSecrets, start_agents
from qosbot.lab.cli.server import SshServer, serve_ssh
from qosbot.lab.commands import obey
from qosbot.lab.control import ControlServer, LabError, request
from qosbot.lab.lab import Lab, SteppedClock
from qosbot.lab.publishing import at_end_of_input, write_privately

ADDRESS = "127.0.0.1"
SSH_USER = "qosbot"
PUBLISHED = "lab.json"
SECRETS = ("ssh_password", "snmp_community", "snmp_auth_key", "snmp_priv_key")
_KNOWN_HOSTS = "known_hosts"
_SECRET_BYTES = 18


class LabStartError(LabError, SystemExit):
    """The lab cannot run there; where nobody catches it, the process ends with its sentence."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.code = what


def run(
    directory: Path,
    *,
    seed: int = 1,
    ready: TextIO,
    until_eof: bool = False,
    make: "Callable[[int, Path], Served] | None" = None,
) -> None:
    """Run a lab until SIGINT or SIGTERM.

    Args:
        directory: where ports, host keys and this run's secrets are published; made if need be.
        seed: of all that is random in the network.
        ready: gets what is published as one line of JSON, once everything answers.
        until_eof: end also when standard input closes, as it does when whoever holds its other
            end is killed.
        make: makes what is served from the seed and the directory; the queueing model by default.

    Raises:
        LabStartError: if a lab already runs there, which is left alone, or if nothing can be
            written there.
    """
    if _runs(directory):
        raise LabStartError(
            f"a lab already runs in {directory}; end it, or choose another directory"
        )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(directory, seed, ready, make or _model, until_eof=until_eof))


def _model(seed: int, _: Path) -> "Served":
    return Served(Lab(SteppedClock(), seed=seed), ModelAgents())


async def _run(
    directory: Path,
    seed: int,
    ready: TextIO,
    make: "Callable[[int, Path], Served]",
    *,
    until_eof: bool,
) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    if until_eof:
        at_end_of_input(lambda: loop.call_soon_threadsafe(stopped.set))
    async with contextlib.AsyncExitStack() as until_stopped:
        made = _make_secrets(directory)
        until_stopped.callback(_forget, directory)
        served = make(seed, directory)
        until_stopped.push_async_callback(served.close)
        published = await served.start(directory, made)
        text = json.dumps(published)
        _write(directory / PUBLISHED, text + "\n")
        print(text, file=ready, flush=True)
        await stopped.wait()


class Agents(Protocol):
    """The SNMP agents of a lab, and whatever else makes its devices answer."""

    async def start(self, lab: Lab, made: SnmpSecrets) -> Mapping[str, int]:
        """Let them answer on loopback; return each device's port."""
        ...

    def keep_silent(self, devices: AbstractSet[str]) -> None:
        """Let these devices' agents, and no others, leave requests unanswered."""
        ...

    async def step(self, lab: Lab, command: str, arguments: Mapping[str, object]) -> None:
        """Do what has to be done before a request is obeyed."""
        ...

    async def close(self) -> None:
        """Stop them."""
        ...


class ModelAgents:
    """Agents that answer from the queueing model."""

    def __init__(self) -> None:
        self._agents: dict[str, Agent] = {}

    async def start(self, lab: Lab, made: SnmpSecrets) -> Mapping[str, int]:
        """Let them answer on loopback; return each device's port."""
        sources = [
            (name, MibSource(lab.network, name, lab.clock, device))
            for name, device in lab.devices.items()
        ]
        self._agents = await start_agents(sources, made, ADDRESS)
        return {name: agent.port for name, agent in self._agents.items()}

    def keep_silent(self, devices: AbstractSet[str]) -> None:
        """Let these devices' agents, and no others, leave requests unanswered."""
        for name, agent in self._agents.items():
            agent.is_silent = name in devices

    async def step(self, lab: Lab, command: str, arguments: Mapping[str, object]) -> None:
        """Do nothing: the model computes everything when it is asked."""

    async def close(self) -> None:
        """Stop them."""
        for agent in self._agents.values():
            agent.close()


class Served:
    """A lab with its sockets."""

    def __init__(self, lab: Lab, agents: Agents) -> None:
        self.lab = lab
        self._agents = agents
        self._snmp_ports: Mapping[str, int] = {}
        self._consoles: dict[str, SshServer] = {}
        self._control: ControlServer | None = None

    async def start(self, directory: Path, made: Mapping[str, str]) -> dict[str, object]:
        """Start everything and return what to publish."""
        host_key = asyncssh.generate_private_key("ssh-ed25519")
        for name, device in self.lab.devices.items():
            self._consoles[name] = await serve_ssh(
                device,
                address=ADDRESS,
                username=SSH_USER,
                password=made["ssh_password"],
                host_key=host_key,
            )
        self._snmp_ports = await self._agents.start(
            self.lab,
            SnmpSecrets(
                community=made["snmp_community"],
                auth_key=made["snmp_auth_key"],
                priv_key=made["snmp_priv_key"],
            ),
        )
        token = secrets.token_urlsafe(_SECRET_BYTES)
        self._control = ControlServer(self._obey, token)
        await self._control.listen(ADDRESS)
        known_hosts = directory / _KNOWN_HOSTS
        _write(known_hosts, self._known_hosts(host_key))
        return self._published(known_hosts, token)

    async def close(self) -> None:
        """Close every socket."""
        if self._control is not None:
            await self._control.close()
        await self._agents.close()
        for console in self._consoles.values():
            await console.close()

    async def _obey(self, command: str, arguments: Mapping[str, object]) -> dict[str, object]:
        await self._agents.step(self.lab, command, arguments)
        answer = obey(self.lab, command, arguments)
        self._agents.keep_silent(self.lab.silent)
        return answer

    def _known_hosts(self, host_key: asyncssh.SSHKey) -> str:
        public = host_key.export_public_key().decode().strip()
        return "".join(
            f"[{ADDRESS}]:{console.port} {public}\n" for console in self._consoles.values()
        )

    def _published(self, known_hosts: Path, token: str) -> dict[str, object]:
        control = self._control.port if self._control is not None else 0
        return {
            "version": 1,
            "pid": os.getpid(),
            "control": {"address": ADDRESS, "port": control, "token": token},
            "devices": {
                name: {
                    "platform": "cisco_ios",
                    "ssh": {"address": ADDRESS, "port": self._consoles[name].port},
                    "snmp": {"address": ADDRESS, "port": self._snmp_ports[name]},
                }
                for name in self.lab.devices
            },
            "known_hosts": str(known_hosts.resolve()),
        }


def _runs(directory: Path) -> bool:
    """Return whether a lab answers there; what a killed one left behind does not count."""
    try:
        request(directory / PUBLISHED, "clock")
    except LabError:
        return False
    return True


def _make_secrets(directory: Path) -> dict[str, str]:
    with _in_one_line(directory):
        directory.mkdir(parents=True, exist_ok=True)
    made = {name: secrets.token_urlsafe(_SECRET_BYTES) for name in SECRETS}
    for name, text in made.items():
        _write(directory / name, text)
    return made


def _write(path: Path, text: str) -> None:
    with _in_one_line(path):
        write_privately(path, text)


@contextlib.contextmanager
def _in_one_line(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or "input/output error").lower()
        raise LabStartError(
            f"the lab cannot write {path}: {reason}; choose another --dir"
        ) from None


def _forget(directory: Path) -> None:
    """Remove what was published, so that nobody mistakes it for a running lab."""
    for name in (PUBLISHED, _KNOWN_HOSTS, *SECRETS):
        (directory / name).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        directory.rmdir()
