"""A lab as a process of its own, and plain clients for it that know nothing of the bot."""

import asyncio
import json
import math
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import asyncssh
from gufo.snmp.sync import SnmpSession

JITTER = "1.3.6.1.4.1.9.9.42.1.5.2.1"
LAB = ("--kernel",) if os.environ.get("QOSBOT_LAB") == "kernel" else ()
"""Which lab a test gets that does not say; `QOSBOT_LAB=kernel`: the one on real queues."""
_START_WITHIN_S = 120.0
_ANSWER_WITHIN_S = 60.0


class RunningLab:
    """What a person at a terminal can do with a lab."""

    def __init__(self, directory: Path, published: dict[str, object]) -> None:
        self.directory = directory
        self.published = published
        self.known = json.loads(json.dumps(published))

    def secret(self, name: str) -> str:
        return (self.directory / name).read_text()

    def ask(self, command: str, **arguments: object) -> dict[str, object]:
        """Send one request to the control port by hand."""
        control = self.known["control"]
        line = {"token": control["token"], "command": command} | arguments
        return self.say(json.dumps(line).encode())

    def say(self, line: bytes) -> dict[str, object]:
        control = self.known["control"]
        where = (control["address"], control["port"])
        with socket.create_connection(where, timeout=_ANSWER_WITHIN_S) as connection:
            connection.sendall(line + b"\n")
            answer = json.loads(connection.makefile("rb").readline())
        assert isinstance(answer, dict)
        return answer

    def do(self, command: str, **arguments: object) -> dict[str, object]:
        answer = self.ask(command, **arguments)
        assert answer["ok"], answer
        return answer

    def configure(self, device: str, lines: Sequence[str]) -> str:
        """Type lines in configuration mode as a person would; return what the device showed."""
        return asyncio.run(self._typed(device, ["configure terminal", *lines, "end"]))

    async def _typed(self, device: str, lines: Sequence[str]) -> str:
        ssh = self.known["devices"][device]["ssh"]
        async with (
            asyncssh.connect(
                ssh["address"],
                ssh["port"],
                username="qosbot",
                password=self.secret("ssh_password"),
                known_hosts=self.known["known_hosts"],
                config=None,
                client_keys=None,
            ) as connection,
            connection.create_process(term_type="vt100", term_size=(200, 100)) as shell,
        ):
            shown = await _until_prompt(shell)
            for line in ("terminal length 0", "terminal width 0", *lines):
                shell.stdin.write(f"{line}\n")
                shown += await _until_prompt(shell)
            return shown

    def index(self, device: str, name: str) -> int:
        """Return the ifIndex that an interface has now."""
        with self._session(device) as session:
            for oid, value in session.getbulk("1.3.6.1.2.1.31.1.1.1.1"):
                if value == name.encode():
                    return int(oid.rsplit(".", 1)[1])
        raise LookupError(name)

    def snmp(self, device: str, names: Sequence[str]) -> list[int]:
        with self._session(device) as session:
            answers = session.get_many(names)
        values = [answers[name] for name in names]
        assert all(isinstance(value, int) for value in values), answers
        return [value for value in values if isinstance(value, int)]

    def _session(self, device: str) -> SnmpSession:
        where = self.known["devices"][device]["snmp"]
        return SnmpSession(
            where["address"],
            port=where["port"],
            community=self.secret("snmp_community"),
            timeout=_ANSWER_WITHIN_S,
        )

    def mos(self, operation: int, *, back: bool = True, step_s: float = 12) -> float:
        """Return the MOS of one direction of a probe's latest run after a while.

        After the least while of 12 s that run began after what was done before; a run later it is
        another one after 6 s.
        """
        self.do("clock", step_s=step_s)
        loss, first = (27, 16) if back else (26, 6)
        delay = 37 if back else 33
        columns = [1, loss, first + 3, first + 8, delay, 41]
        names = [f"{JITTER}.{column}.{operation}" for column in columns]
        received, lost, up, down, delays, timed = self.snmp("par-core1", names)
        if received < 2:
            return 1.0
        jitter_s = (up + down) / (received - 1) / 1e6
        delay_s = delays / max(timed, 1) / 1e6
        return mos(lost / 100, jitter_s, delay_s)


async def _until_prompt(shell: "asyncssh.SSHClientProcess[str]") -> str:
    shown = ""
    while not shown.rstrip(" ").endswith("#"):
        part = await asyncio.wait_for(shell.stdout.read(4096), _ANSWER_WITHIN_S)
        if not part:
            raise EOFError(shown)
        shown += part
    return shown


def mos(loss: float, jitter_s: float, delay_s: float, buffer_s: float = 0.040) -> float:
    """Return the MOS of G.711 with concealment behind a fixed jitter buffer (ITU-T G.107)."""
    late = math.exp(-buffer_s / jitter_s) if jitter_s > 0 else 0.0
    percent = 100 * (1 - (1 - loss) * (1 - late))
    ear_ms = 1000 * (delay_s + buffer_s) + 20 + 5
    x = math.log2(ear_ms / 100) if ear_ms > 100 else 0.0
    slow = 25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2)
    r = 93.2 - slow - 95 * percent / (percent + 25.1)
    score: float = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6
    return min(max(score, 1.0), 4.5)


@contextmanager
def running_lab(directory: Path, *options: str) -> Iterator[RunningLab]:
    """Run a lab until the block ends; its end must be clean."""
    command = [sys.executable, "-m", "qosbot.lab", "--dir", str(directory), *(options or LAB)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            published = json.loads(process.stdout.readline())
            yield RunningLab(directory, published)
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(_START_WITHIN_S)
    assert code == 0
