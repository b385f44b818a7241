"""The workspace as a process: what it publishes, and a clean end."""

import asyncio
import contextlib
import http.client
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from qosbot.lab.publishing import at_end_of_input, write_privately
from qosbot.lab.slack.control import TOKEN_HEADER
from qosbot.lab.slack.server import ADDRESS, Server
from qosbot.lab.slack.setup import Setup, SetupError

PUBLISHED = "slack.json"
_ANSWER_WITHIN_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a workspace publishes itself and listens."""

    directory: Path
    port: int = 0
    """0 lets the kernel choose."""


def run(place: Place, setup: Setup, *, ready: TextIO, until_eof: bool = False) -> None:
    """Run a workspace until SIGINT or SIGTERM.

    Args:
        place: where it listens, and where ports and tokens are published.
        setup: who and what is in it.
        ready: gets what is published as one line of JSON, once everything answers.
        until_eof: end also when standard input closes.

    Raises:
        SetupError: if one already runs there, or if it cannot listen or write there.
    """
    if _runs(place.directory / PUBLISHED):
        raise SetupError(
            f"a workspace already runs in {place.directory}; end it, or choose another --dir"
        )
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(place, setup, ready, until_eof=until_eof))


async def _run(place: Place, setup: Setup, ready: TextIO, *, until_eof: bool) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    if until_eof:
        at_end_of_input(lambda: loop.call_soon_threadsafe(stopped.set))
    server = Server(setup, time.time)
    try:
        with _in_one_line(f"port {place.port}"):
            await server.start(place.port)
        text = json.dumps(server.published())
        with _in_one_line(str(place.directory)):
            place.directory.mkdir(parents=True, exist_ok=True)
            write_privately(place.directory / PUBLISHED, text + "\n")
        print(text, file=ready, flush=True)
        await stopped.wait()
    finally:
        await server.close()
        _forget(place.directory / PUBLISHED)


@contextlib.contextmanager
def _in_one_line(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (os.strerror(error.errno) if error.errno else "input/output error").lower()
        raise SetupError(f"the workspace cannot use {what}: {reason}; choose another") from None


def _runs(published: Path) -> bool:
    """Return whether a workspace answers there; what a killed one left behind does not count."""
    try:
        known = json.loads(published.read_text(encoding="utf-8"))
        port = int(str(known["page"]).rstrip("/").rpartition(":")[2])
        connection = http.client.HTTPConnection(ADDRESS, port, timeout=_ANSWER_WITHIN_S)
        with contextlib.closing(connection):
            headers = {TOKEN_HEADER: str(known["control_token"])}
            connection.request("GET", "/control/state", headers=headers)
            return connection.getresponse().status == http.client.OK
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return False


def _forget(published: Path) -> None:
    """Remove what this process published, so that nobody mistakes it for a running workspace."""
    try:
        if json.loads(published.read_text(encoding="utf-8"))["pid"] != os.getpid():
            return
        published.unlink()
        published.parent.rmdir()
    except (OSError, ValueError, KeyError, TypeError):
        # It was never written, or others keep files there.
        return
