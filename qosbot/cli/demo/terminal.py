"""An SSH client of the demo's own: it shares nothing with the one that the bot uses."""

import asyncio
import json
import re
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar

import asyncssh

from qosbot.cli.demo.expect import Configs

T = TypeVar("T")

_WITHIN_S = 20.0
_USER = "qosbot"
_PROMPT = re.compile(r"[\w.-]+(\([\w-]+\))?#\s*\Z")


class Terminal:
    """Logs in to the lab's routers as a person would."""

    def __init__(self, lab: Path) -> None:
        self._published = json.loads((lab / "lab.json").read_text(encoding="utf-8"))
        self._password = (lab / "ssh_password").read_text(encoding="utf-8")

    def read(self, device: str) -> Configs:
        """Return the configurations of a router.

        Raises:
            OSError: if it cannot be reached.
        """
        return _run(self._read(device))

    def configure(self, device: str, lines: Sequence[str]) -> str:
        """Type lines in configuration mode, save, and return what was shown.

        Raises:
            OSError: if the router cannot be reached, or its session ends.
        """
        every = ("terminal length 0", "configure terminal", *lines, "end", "write memory")
        return _run(self._type(device, every))

    async def _login(self, device: str) -> asyncssh.SSHClientConnection:
        where = self._published["devices"][device]["ssh"]
        return await asyncssh.connect(
            where["address"],
            where["port"],
            username=_USER,
            password=self._password,
            known_hosts=self._published["known_hosts"],
            client_keys=None,
            config=None,
        )

    async def _read(self, device: str) -> Configs:
        async with asyncio.timeout(_WITHIN_S), await self._login(device) as connection:
            running = await connection.run("show running-config")
            startup = await connection.run("show startup-config")
        return Configs(running=str(running.stdout), startup=str(startup.stdout))

    async def _type(self, device: str, lines: Sequence[str]) -> str:
        async with (
            asyncio.timeout(_WITHIN_S),
            await self._login(device) as connection,
            connection.create_process(term_type="vt100", term_size=(200, 100)) as shell,
        ):
            shown = await _until_prompt(shell)
            for line in lines:
                shell.stdin.write(f"{line}\n")
                shown += await _until_prompt(shell)
        return shown


def _run(session: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(session)
    except asyncssh.Error as error:
        raise ConnectionError(f"the session failed: {error.reason}") from error


async def _until_prompt(shell: "asyncssh.SSHClientProcess[str]") -> str:
    shown = ""
    while not _PROMPT.search(shown):
        part = await shell.stdout.read(4096)
        if not part:
            raise ConnectionResetError(f"the session ended after {shown!r}")
        shown += part
    return shown


def shrink_voice(running: str, percent: int) -> tuple[str, ...]:
    """Return the lines that give the voice class of a router this share of its link.

    Raises:
        LookupError: if the router has no class with priority.
    """
    policy = name = ""
    for line in running.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "policy-map":
            policy = rest
        elif word == "class":
            name = rest
        elif word == "priority" and policy:
            return (f"policy-map {policy}", f"class {name}", f"priority percent {percent}")
    raise LookupError("no class has priority")
