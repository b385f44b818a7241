"""Reads many devices' configurations over SSH; fulfils `qosbot.ports.auditing.Collector`."""

import logging
from collections.abc import Callable, Collection, Sequence

from qosbot.adapters.ssh.errors import DeviceTimedOutError
from qosbot.adapters.ssh.sessions import SshSessions
from qosbot.domain.errors import DeviceError, DeviceUnreachableError
from qosbot.domain.inventory import Device
from qosbot.ports import Clock
from qosbot.ports.auditing import CollectedConfig
from qosbot.ports.auditing import Collection as Collected

log = logging.getLogger(__name__)

NO_ACCESS = "the inventory gives no SSH access"
_TRIES = 2


class SshCollector:
    """Many devices at once, each within its time; what timed out is asked again at the end."""

    def __init__(
        self, sessions: SshSessions, clock: Clock, *, platforms: Collection[str], device_s: float
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._platforms = platforms
        self._device_s = device_s

    def collect(
        self, devices: Sequence[Device], *, go_on: Callable[[], bool] = lambda: True
    ) -> Collected:
        """Return what could be read, secrets masked, and why the rest could not."""
        unread = {one.name: why for one in devices if (why := self._why_not(one))}
        left = [one for one in devices if one.name not in unread]
        configs: dict[str, CollectedConfig] = {}
        for _ in range(_TRIES):
            outcomes = self._sessions.show_running(left, device_s=self._device_s, go_on=go_on)
            for name, outcome in outcomes.items():
                if isinstance(outcome, str):
                    read_at = self._clock.now()
                    configs[name] = CollectedConfig(device=name, text=outcome, read_at=read_at)
                    unread.pop(name, None)
                else:
                    unread[name] = reason(outcome)
            # Only silence is worth another try: a refusal would be one again, and may lock
            # the account.
            left = [one for one in left if isinstance(outcomes[one.name], DeviceTimedOutError)]
        for name, why in unread.items():
            log.warning("configuration not read", extra={"device": name, "reason": why})
        return Collected(configs=configs, unread=unread)

    def _why_not(self, device: Device) -> str:
        """Return why a device is not even asked; empty: it is."""
        if device.platform not in self._platforms:
            return f"no configuration of the platform {device.platform} is read yet"
        return NO_ACCESS if device.ssh is None else ""


def reason(error: DeviceError | Exception) -> str:
    """Return why nothing was read, in words a person can act on."""
    cause = error.__cause__
    if type(error) is DeviceUnreachableError:
        words = cause.strerror if isinstance(cause, OSError) else None
        return f"no SSH session: {words or 'the connection was closed or is not SSH'}"
    return str(error)
