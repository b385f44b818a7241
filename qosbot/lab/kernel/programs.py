"""The traffic programs as the lab runs them: started in a namespace, told and heard by lines."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from qosbot.lab.kernel.namespaces import KernelError, Namespace

Line = Mapping[str, Any]
_LONGEST_LINE = 2**22
_ENDS_WITHIN_S = 5.0


class Program:
    """A running traffic program."""

    def __init__(
        self, process: asyncio.subprocess.Process, hear: Callable[[Line], None], name: str
    ) -> None:
        self._process = process
        self._name = name
        self._task = asyncio.create_task(self._listen(hear))

    def say(self, order: Mapping[str, object]) -> None:
        """Give an order."""
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(json.dumps(order).encode() + b"\n")

    def check(self) -> None:
        """Return if it still runs.

        Raises:
            KernelError: if it has ended by itself; what it was to send or to receive is missing.
        """
        if self._task.done():
            raise KernelError(f"{self._name} has ended by itself")

    async def close(self) -> None:
        """End it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _ENDS_WITHIN_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _listen(self, hear: Callable[[Line], None]) -> None:
        if self._process.stdout is None:
            return
        while line := await self._process.stdout.readline():
            hear(json.loads(line))


@cache
def _sooner() -> tuple[str, ...]:
    """Return what lets a program have a processor at once, where we may.

    A sender that waits for one sends in bursts afterwards, which no network is to blame for.
    """
    real_time = ("chrt", "--rr", "1")
    try:
        done = subprocess.run([*real_time, "true"], capture_output=True, check=False)  # noqa: S603 - util-linux
    except OSError:
        return ()
    return real_time if done.returncode == 0 else ("nice", "-n", "-15")


async def start(inside: Namespace, *arguments: str, hear: Callable[[Line], None]) -> Program:
    """Start a program and return once it is ready.

    Args:
        inside: where.
        arguments: the program's name and options.
        hear: gets each line that it prints after the first.

    Raises:
        KernelError: if it does not start.
    """
    command = [*_sooner(), sys.executable, "-m", "qosbot.lab.kernel.traffic", *arguments]
    name = f"{inside.name}: the traffic program {arguments[0]}"
    try:
        process = await asyncio.create_subprocess_exec(
            *inside.lasting(command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LONGEST_LINE,
        )
    except OSError as error:
        raise KernelError(f"{name} cannot run: {error}") from None
    ready = await process.stdout.readline() if process.stdout is not None else b""
    if not ready:
        await process.wait()
        raise KernelError(f"{name} did not start")
    return Program(process, hear, name)
