"""The port to a device's configuration, over SSH with nornir and netmiko.

Each call is one session: the device's line is free again while a change is being judged.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import Context, copy_context
from typing import Any, TypeVar

from nornir.core import Nornir
from nornir.core.configuration import Config
from nornir.core.inventory import ConnectionOptions, Defaults, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.task import Result, Task
from nornir.plugins.runners import ThreadedRunner

from qosbot.adapters.ssh import ios
from qosbot.adapters.ssh.errors import ForbiddenLineError, NotAskedError
from qosbot.adapters.ssh.refusals import Refusals
from qosbot.adapters.ssh.terminal import Terminal, Timeouts, open_terminal
from qosbot.domain.errors import ConfigurationError, DeviceError, Problem
from qosbot.domain.intents import ConfigChange
from qosbot.domain.inventory import Device
from qosbot.platforms.cisco_ios.allowed import rule_for
from qosbot.ports import Clock
from qosbot.ports.configuring import ApplyResult, DeviceConfig, LineResult

log = logging.getLogger(__name__)

_CONNECTION = "qosbot_terminal"
_T = TypeVar("_T")


class _TerminalPlugin:
    """How nornir opens and closes a terminal."""

    def open(  # noqa: PLR0913, PLR0917  # nornir's signature
        self,
        hostname: str | None,  # noqa: ARG002  # the device knows
        username: str | None,  # noqa: ARG002
        password: str | None,  # noqa: ARG002
        port: int | None,  # noqa: ARG002
        platform: str | None,  # noqa: ARG002
        extras: dict[str, Any] | None = None,
        configuration: Config | None = None,  # noqa: ARG002
    ) -> None:
        """Connect to the device that the extras hold."""
        known = extras or {}
        device: Device = known["device"]
        if device.ssh is None:
            what = f"device {device.name} has no SSH access"
            raise ConfigurationError([Problem(file="hosts.yaml", line=0, what=what)])
        self.connection: Terminal = open_terminal(
            device, device.ssh, known["timeouts"], known["refusals"]
        )

    def close(self) -> None:
        """End the session."""
        self.connection.close()


class SshSessions:
    """Fulfils `ConfigSession`; safe to use from several threads, one session per device."""

    def __init__(self, clock: Clock, timeouts: Timeouts | None = None, workers: int = 20) -> None:
        self._clock = clock
        self._timeouts = timeouts or Timeouts()
        self._workers = workers
        self._refusals = Refusals()
        self._lock = threading.Lock()
        self._devices: dict[str, threading.Lock] = {}
        if _CONNECTION not in ConnectionPluginRegister.available:
            ConnectionPluginRegister.register(_CONNECTION, _TerminalPlugin)

    def read(self, device: Device) -> DeviceConfig:
        """Return the running and startup configurations; change nothing."""
        return self._with(device, lambda terminal: ios.read(terminal, self._clock.now()))

    def read_all(self, devices: Sequence[Device]) -> Mapping[str, DeviceConfig | DeviceError]:
        """Return each device's configurations, or why it has none to show; several at once."""
        return self._run(devices, lambda terminal: ios.read(terminal, self._clock.now()))

    def show_running(
        self, devices: Sequence[Device], *, device_s: float, go_on: Callable[[], bool]
    ) -> Mapping[str, str | DeviceError]:
        """Return each device's running configuration with secrets masked, or why there is none.

        Args:
            devices: which, several at once.
            device_s: how long one of them may take.
            go_on: whether another session may still be begun.
        """
        timeouts = Timeouts.for_one_command(device_s)
        return self._run(devices, ios.read_running, timeouts=timeouts, go_on=go_on)

    def apply(self, device: Device, change: ConfigChange, *, revert_after_min: int) -> ApplyResult:
        """Arm the revert timer, then type what is not in force; stop at the first refused line."""
        forbidden = _forbidden((*change.apply, *change.undo))
        if forbidden is not None:
            raise ForbiddenLineError(device.name, forbidden)
        result = self._with(device, lambda held: ios.apply(held, change, revert_after_min))
        _log_lines("change applied", device, result)
        return result

    def undo(self, device: Device, change: ConfigChange) -> ApplyResult:
        """Type what is left of the exact undo; the timer stays armed."""
        forbidden = _forbidden(change.undo)
        if forbidden is not None:
            refused = LineResult(line=forbidden, accepted=False, answer="it may not be sent")
            return ApplyResult(lines=(refused,))
        result = self._with(device, lambda terminal: ios.undo(terminal, change))
        _log_lines("change undone", device, result)
        return result

    def revert_pending_s(self, device: Device) -> float | None:
        """Return the seconds until the device reverts by itself; None: nothing is armed."""
        return self._with(device, ios.revert_pending_s)

    def preflight(self, device: Device) -> str:
        """Return why a change could not be started now; empty if nothing is known."""
        return self._with(device, ios.preflight)

    def confirm(self, device: Device) -> None:
        """Disarm our revert timer and keep what is running; nothing if none is armed."""
        _log_objection("revert timer not confirmed", device, self._with(device, ios.confirm))

    def revert_now(self, device: Device) -> None:
        """Let the device go back now to what it was when our timer was armed."""
        self._with(device, ios.revert_now)

    def save(self, device: Device, *, expected: str | None = None) -> None:
        """Make the running configuration the startup one, if it is the one that is expected."""
        objection = self._with(device, lambda terminal: ios.save(terminal, expected))
        _log_objection("configuration not saved", device, objection)

    def has_stopped(self) -> bool:
        """Return whether no device is asked since too many refused our credentials."""
        return self._refusals.have_stopped_all()

    def resume(self) -> None:
        """Ask devices again after a person has looked at the refused credentials."""
        self._refusals.resume()

    def _with(self, device: Device, do: Callable[[Terminal], _T]) -> _T:
        outcome = self._run([device], do)[device.name]
        if isinstance(outcome, DeviceError | ConfigurationError):
            raise outcome
        return outcome

    def _run(
        self,
        devices: Sequence[Device],
        do: Callable[[Terminal], _T],
        *,
        timeouts: Timeouts | None = None,
        go_on: Callable[[], bool] = lambda: True,
    ) -> dict[str, "_T | DeviceError"]:
        """Return what came of each device; its failure is its outcome and no other's."""
        if not devices:
            return {}
        held = timeouts or self._timeouts
        hosts = Hosts({device.name: self._host(device, held) for device in devices})
        inventory = Inventory(hosts=hosts, groups=Groups(), defaults=Defaults())
        runner = ThreadedRunner(num_workers=min(self._workers, len(devices)))
        done = Nornir(inventory=inventory, runner=runner, config=Config()).run(
            task=self._task, do=do, go_on=go_on, context=copy_context()
        )
        return {name: results[0].result for name, results in done.items()}

    def _host(self, device: Device, timeouts: Timeouts) -> Host:
        known = {"device": device, "timeouts": timeouts, "refusals": self._refusals}
        options = {_CONNECTION: ConnectionOptions(extras=known)}
        return Host(name=device.name, connection_options=options)

    def _task(
        self,
        task: Task,
        do: Callable[[Terminal], _T],
        go_on: Callable[[], bool],
        context: Context,
    ) -> Result:
        """Do it in a thread of nornir's, whose records belong to what the caller works on."""
        # A context is entered by one thread at a time, so each has its own.
        return context.copy().run(self._in_session, task, do, go_on)

    def _in_session(
        self, task: Task, do: Callable[[Terminal], _T], go_on: Callable[[], bool]
    ) -> Result:
        """Do it in one session; an error is a result, so that nornir logs no tracebacks."""
        name = task.host.name
        if not go_on():
            return Result(host=task.host, result=NotAskedError(name))
        with self._lock:
            lock = self._devices.setdefault(name, threading.Lock())
        with lock:
            try:
                terminal: Terminal = task.host.get_connection(_CONNECTION, task.nornir.config)
                return Result(host=task.host, result=do(terminal))
            except (DeviceError, ConfigurationError) as error:
                return Result(host=task.host, result=error)
            finally:
                task.host.close_connections()


def _forbidden(lines: Iterable[str]) -> str | None:
    """Return the first line that may not be sent; asked before anything is."""
    return next((line for line in lines if rule_for(line) is None), None)


def _log_lines(message: str, device: Device, result: ApplyResult) -> None:
    refused = [line.line for line in result.lines if not line.accepted]
    facts = {"device": device.name, "lines": len(result.lines), "refused": refused}
    log.log(logging.WARNING if refused else logging.INFO, message, extra=facts)


def _log_objection(message: str, device: Device, objection: str) -> None:
    if objection:
        log.warning(message, extra={"device": device.name, "answer": objection})
