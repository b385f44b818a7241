"""Network namespaces that only this process holds: the kernel removes them when it dies.

None has a name and nothing of the machine's own network is touched.  A namespace lives as long as
a file descriptor or a process is in it; descriptors go with this process, and the programs that it
starts inside are killed by the kernel when it dies.
"""

import ctypes
import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self

_CLONE_NEWNET = 0x40000000
_HERE = "/proc/thread-self/ns/net"
_COMMAND_WITHIN_S = 30.0

_libc = ctypes.CDLL(None, use_errno=True)


class KernelError(Exception):
    """The kernel or one of its tools refused; the message is one line."""


class Namespace:
    """A network namespace; close it to let the kernel remove it and all that is in it."""

    def __init__(self, name: str) -> None:
        """Make a namespace with its loopback up.

        Args:
            name: for messages only.

        Raises:
            KernelError: if the kernel has none, or does not let us make one.
        """
        self.name = name
        home = os.open(_HERE, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _called(_libc.unshare(_CLONE_NEWNET), "make a network namespace")
            try:
                self._descriptor = os.open(_HERE, os.O_RDONLY | os.O_CLOEXEC)
            finally:
                _called(_libc.setns(home, _CLONE_NEWNET), "return from a namespace")
        finally:
            os.close(home)
        self.run(["ip", "link", "set", "lo", "up"])

    @property
    def path(self) -> str:
        """Return where other programs find it as long as this process lives."""
        return f"/proc/{os.getpid()}/fd/{self._descriptor}"

    def run(self, command: Sequence[str], stdin: str = "") -> str:
        """Run a program inside and return what it prints.

        Raises:
            KernelError: if it fails, or is not installed.
        """
        try:
            done = subprocess.run(  # noqa: S603  our own commands
                self._inside(command),
                input=stdin,
                capture_output=True,
                text=True,
                check=False,
                timeout=_COMMAND_WITHIN_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise KernelError(f"{self.name}: {command[0]} cannot run: {error}") from None
        if done.returncode:
            said = " ".join(done.stderr.split()) or f"exit code {done.returncode}"
            raise KernelError(f"{self.name}: `{' '.join(command)}` failed: {said}")
        return done.stdout

    def start(
        self, command: Sequence[str], *, stdin: int, stdout: int, stderr: int | None = None
    ) -> "subprocess.Popen[bytes]":
        """Start a program inside; it dies with the thread that started it, so use a lasting one.

        Raises:
            KernelError: if it cannot be started.
        """
        try:
            return subprocess.Popen(  # noqa: S603  our own commands
                self.lasting(command), stdin=stdin, stdout=stdout, stderr=stderr
            )
        except OSError as error:
            raise KernelError(f"{self.name}: setpriv cannot run: {error}") from None

    def lasting(self, command: Sequence[str]) -> list[str]:
        """Return the command that runs a program inside until it ends, or we do."""
        # In this order nothing can be left: if we die before the kernel is told to kill it, there
        # is no descriptor of ours any more by which it could get inside.
        return ["setpriv", "--pdeathsig", "KILL", "--", *self._inside(command)]

    def _inside(self, command: Sequence[str]) -> list[str]:
        return ["nsenter", f"--net={self.path}", "--", *command]

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Let this thread make sockets inside; a socket stays where it was made."""
        home = os.open(_HERE, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _called(_libc.setns(self._descriptor, _CLONE_NEWNET), f"enter {self.name}")
            try:
                yield
            finally:
                _called(_libc.setns(home, _CLONE_NEWNET), "return from a namespace")
        finally:
            os.close(home)

    def udp_socket(self) -> socket.socket:
        """Return a UDP socket inside, which this process uses from where it is."""
        with self.entered():
            made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setblocking(False)  # noqa: FBT003 - the socket module's own signature
        return made

    def close(self) -> None:
        """Let go; what still runs inside keeps it alive until it ends."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        """Return the namespace itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of it."""
        self.close()


def _called(result: int, what: str) -> None:
    if result:
        reason = os.strerror(ctypes.get_errno()).lower()
        raise KernelError(f"the kernel refuses to {what}: {reason}")
