"""What the programs have in common: orders come as lines, and nothing outlives who started it."""

import ctypes
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from qosbot.lab.given import BadRequestError, Given

LONGEST_S = 24 * 3600.0
_PR_SET_PDEATHSIG = 1
_READ_BYTES = 65536
_NS = 1e9


class Program(Protocol):
    """What waits for orders, for packets and for moments."""

    def obey(self, do: str, given: Given, now_ns: int) -> Mapping[str, object] | None:
        """Do what an order says and return the answer, if there is one to print.

        Raises:
            BadRequestError: if the order is not understood; nothing was changed.
        """
        ...

    def reading(self) -> Sequence[socket.socket]:
        """Return the sockets to wait for."""
        ...

    def writing(self) -> Sequence[socket.socket]:
        """Return the sockets that have something to send."""
        ...

    def due_ns(self) -> int | None:
        """Return when there is something to do next; None: never."""
        ...

    def work(self, now_ns: int, ready: Sequence[socket.socket]) -> None:
        """Do what is due, and read and write what is ready."""
        ...


def say(line: Mapping[str, object]) -> None:
    """Print one line of JSON at once."""
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")
    sys.stdout.flush()


def run(program: Program, *, seconds: float, orders: int = 0) -> None:
    """Run a program until it is told to stop, its time is over or nobody gives orders any more.

    Args:
        program: the program.
        seconds: how long at most.
        orders: the file to read orders from, standard input; its end is the end of the program.
    """
    os.set_blocking(orders, False)
    until_ns = time.monotonic_ns() + round(seconds * _NS)
    rest = b""
    with suppress(BrokenPipeError, KeyboardInterrupt):
        while (now_ns := time.monotonic_ns()) < until_ns:
            due_ns = program.due_ns()
            wait_ns = (until_ns if due_ns is None else min(due_ns, until_ns)) - now_ns
            waiting: list[int | socket.socket] = [orders, *program.reading()]
            read, write, _ = select.select(waiting, program.writing(), [], max(wait_ns, 0) / _NS)
            if orders in read:
                octets = _more(orders)
                if not octets:
                    return
                *lines, rest = (rest + octets).split(b"\n")
                for line in lines:
                    if line.strip() and not _obeyed(program, line):
                        return
            ready = [known for known in (*read, *write) if isinstance(known, socket.socket)]
            program.work(time.monotonic_ns(), ready)


def _more(orders: int) -> bytes:
    try:
        return os.read(orders, _READ_BYTES)
    except OSError:
        return b""


def _obeyed(program: Program, line: bytes) -> bool:
    """Return whether to go on after an order."""
    try:
        (given,) = Given({"orders": [json.loads(line)]}).objects("orders")
        do = given.text("do")
        if do == "stop":
            return False
        answer = program.obey(do, given, time.monotonic_ns())
    except (BadRequestError, ValueError, RecursionError) as error:
        say({"event": "refused", "why": str(error), "order": line[:200].decode(errors="replace")})
        return True
    if answer is not None:
        say(answer)
    return True


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it is gone."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
