"""One terminal session on a device: a line goes out, an answer comes back, nothing is guessed.

netmiko carries the characters.  What ends an answer is always the exact prompt of this host; its
own guesses at prompts misread one in ten under load, so none of them is used.
"""

import logging
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import paramiko  # type: ignore[import-untyped]  # ships no types
from netmiko.cisco.cisco_ios import CiscoIosSSH
from netmiko.exceptions import (
    NetmikoAuthenticationException,
    NetmikoBaseException,
    ReadException,
    ReadTimeout,
)

from qosbot.adapters.ssh.errors import (
    CommandRefusedError,
    CredentialsRefusedError,
    DeviceTimedOutError,
    ForbiddenLineError,
    HostKeyError,
)
from qosbot.adapters.ssh.refusals import Refusals
from qosbot.domain.errors import DeviceUnreachableError
from qosbot.domain.inventory import Device, SshAccess
from qosbot.platforms.cisco_ios import allowed, session

# It logs every character that it reads at DEBUG, and configurations hold secrets.
logging.getLogger("netmiko").setLevel(logging.WARNING)
# It logs a trace at ERROR for what it raises as well, which we say in our own words.
logging.getLogger("paramiko").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait, in seconds."""

    connect_s: float = 10.0
    login_s: float = 20.0
    answer_s: float = 30.0
    long_answer_s: float = 120.0
    """For what a router has to write to its flash."""

    @classmethod
    def for_one_command(cls, whole_s: float) -> Self:
        """Return time-outs by which a session with one long answer ends within so long."""
        step_s = whole_s / 12
        return cls(
            connect_s=2 * step_s,
            # It bounds letting us in and, after that, the first prompt.
            login_s=2 * step_s,
            # Of each of the two lines that prepare a session.
            answer_s=step_s,
            long_answer_s=4 * step_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the device printed between a line and the next prompt."""

    text: str
    is_configuring: bool
    """Whether the prompt is one of the configuration mode."""

    @property
    def refusal(self) -> str:
        """Return the line by which the device refused; empty if it did not."""
        return session.refusal(self.text)


class _Connection(CiscoIosSSH):
    """Says at once that the other end is gone, where netmiko would wait for its time-out."""

    def read_channel(self) -> str:
        """Return what has arrived.

        Raises:
            ReadException: if nothing can arrive any more.
        """
        text: str = super().read_channel()
        if not text and getattr(self.remote_conn, "closed", False):
            raise ReadException("the device closed the connection")
        return text


class Terminal:
    """A session with one device; made by `open_terminal`, closed by `close`."""

    def __init__(
        self, device: str, connection: _Connection, greeting: tuple[str, bool], timeouts: Timeouts
    ) -> None:
        self.device = device
        self.username = str(connection.username)
        self._connection = connection
        self._timeouts = timeouts
        host, _ = greeting
        self._exec, self._config = session.exec_prompt(host), session.config_prompt(host)

    def execute(self, line: str, *, is_long: bool = False) -> Answer:
        """Send a line outside the configuration mode.

        Raises:
            ForbiddenLineError: if it is not one that may be sent.
            DeviceUnreachableError: if no answer came.
        """
        if not allowed.may_execute(line):
            raise ForbiddenLineError(self.device, line)
        return self._ask(line, is_long=is_long)

    def configure(self, line: str) -> Answer:
        """Send a line of the configuration mode.

        Raises:
            ForbiddenLineError: if it is not one that may be sent.
            DeviceUnreachableError: if no answer came; the line may be in force.
        """
        if allowed.rule_for(line) is None:
            raise ForbiddenLineError(self.device, line)
        return self._ask(line.strip(), is_long=False)

    def close(self) -> None:
        """End the session; the device frees its line."""
        self._connection.disconnect()

    def _ask(self, line: str, *, is_long: bool) -> Answer:
        wait_s = self._timeouts.long_answer_s if is_long else self._timeouts.answer_s
        with translated(self.device):
            shown = str(
                self._connection.send_command(
                    line,
                    expect_string=f"(?:{self._exec}|{self._config})",
                    strip_prompt=False,
                    read_timeout=wait_s,
                )
            )
        *above, prompt = shown.rstrip().split("\n")
        return Answer(text="\n".join(above), is_configuring=prompt.endswith(")#"))


def open_terminal(
    device: Device, access: SshAccess, timeouts: Timeouts, refusals: Refusals
) -> Terminal:
    """Return a session in privileged EXEC mode with pager and line wrap off.

    The host key is checked before the credentials are sent; the credentials are sent once.

    Raises:
        HostKeyError: if the key is not known, or another is.
        CredentialsRefusedError: if user or password is wrong, or was before.
        SshStoppedError: if too many devices said so; this one was not asked.
        DeviceUnreachableError: if there was no session for another reason.
        CommandRefusedError: if the user may not configure.
    """
    refusals.check(device.name, access)
    # Connected beforehand, so that a silent device keeps no other from logging in.
    with translated(device.name):
        link = socket.create_connection((access.address, access.port), timeouts.connect_s)
    connection = _Connection(
        device_type="cisco_ios",
        host=access.address,
        port=access.port,
        username=access.username,
        password=access.password.reveal(),
        ssh_strict=True,
        system_host_keys=access.known_hosts is None,
        alt_host_keys=access.known_hosts is not None,
        alt_key_file=access.known_hosts or "",
        conn_timeout=timeouts.connect_s,
        auth_timeout=timeouts.login_s,
        banner_timeout=timeouts.login_s,
        fast_cli=False,
        auto_connect=False,
        sock=link,
    )
    try:
        with refusals.login(device.name, access), translated(device.name):
            connection.establish_connection()
        return _greeted(device.name, connection, timeouts)
    except BaseException:  # a Ctrl-C too must free the router's line; it goes on its way
        connection.disconnect()
        link.close()
        raise


def _greeted(device: str, connection: _Connection, timeouts: Timeouts) -> Terminal:
    with translated(device):
        shown = connection.read_until_pattern(
            pattern=session.LOGIN_PROMPT, read_timeout=timeouts.login_s
        )
    greeting = session.login(shown)
    if greeting is None:
        raise CommandRefusedError(device, "login", "no prompt was shown")
    terminal = Terminal(device, connection, greeting, timeouts)
    if not greeting[1]:
        raise CommandRefusedError(device, "login", "the account may not configure")
    for line in session.PREPARE:
        terminal.execute(line)
    return terminal


@contextmanager
def translated(device: str) -> Iterator[None]:
    """Turn what netmiko and paramiko raise into our words."""
    began_s = time.monotonic()
    try:
        yield
    except NetmikoAuthenticationException as error:
        raise CredentialsRefusedError(device) from error
    except paramiko.SSHException as error:
        # netmiko wraps a refused host key as if it were a time-out.
        cause = error.__context__ if error.__context__ is not None else error
        if isinstance(cause, paramiko.BadHostKeyException) or "known_hosts" in str(cause):
            raise HostKeyError(device, str(cause)) from error
        raise _silence(device, time.monotonic() - began_s, error) from error
    except (NetmikoBaseException, OSError, EOFError) as error:
        raise _silence(device, time.monotonic() - began_s, error) from error


def _silence(device: str, after_s: float, error: BaseException) -> DeviceUnreachableError:
    """Return what a broken session is called: whether time ran out is said by what it was for."""
    cause: BaseException | None = error
    while cause is not None:
        # paramiko says the latter where it waited for the greeting in vain.
        if isinstance(cause, TimeoutError | ReadTimeout) or "No existing session" in str(cause):
            return DeviceTimedOutError(device, after_s)
        cause = cause.__cause__ or cause.__context__
    return DeviceUnreachableError(device, after_s)
