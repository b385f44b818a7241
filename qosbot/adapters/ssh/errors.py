"""Why a device was not configured.

Whoever only asks whether there was a session catches `DeviceUnreachableError`; the kinds below it
say what a person has to do.
"""

from qosbot.domain.errors import CommitRefusedError, DeviceUnreachableError


class DeviceTimedOutError(DeviceUnreachableError):
    """A device took too long; asked again later it may answer."""


class NotAskedError(DeviceUnreachableError):
    """A device was not asked any more: whoever wanted to know has to stop."""

    def __init__(self, device: str) -> None:
        super().__init__(device, 0.0)
        self.args = (f"{device} was not asked: the run was stopped",)


class CredentialsRefusedError(DeviceUnreachableError):
    """A device refused our user or password; it is not asked again with the same."""

    hint = "correct the account's password; each further try of this one could lock it everywhere"

    def __init__(self, device: str) -> None:
        super().__init__(device, 0.0)
        self.args = (f"{device} refused the credentials; nothing was changed on it",)


class SshStoppedError(DeviceUnreachableError):
    """Too many devices refused our credentials: no device is asked until a person resumes."""

    hint = "correct the account's password, then restart; further tries could lock it everywhere"

    def __init__(self, device: str, refusals: int) -> None:
        super().__init__(device, 0.0)
        self.args = (
            f"{device} was not asked: credentials were refused {refusals} times in this run",
        )


class HostKeyError(DeviceUnreachableError):
    """The host key is not the known one, or none is known; no credentials were sent."""

    hint = "compare the device's host key on its console, then correct the known_hosts file"

    def __init__(self, device: str, why: str) -> None:
        super().__init__(device, 0.0)
        self.args = (f"{device} has a host key that is not trusted: {why}",)


class CommandRefusedError(DeviceUnreachableError):
    """A device let us in and did not answer a command as it should; nothing was changed by it."""

    hint = "look at the device: the account's privileges, its revert timer, who is logged in"

    def __init__(self, device: str, command: str, answer: str) -> None:
        super().__init__(device, 0.0)
        self.args = (f"{device} did not do `{command}`: {answer}",)
        self.command = command
        self.answer = answer


class ForbiddenLineError(CommitRefusedError):
    """A line is not one of those that may be sent; nothing was sent."""

    hint = "make this change by hand, or leave it"

    def __init__(self, device: str, line: str) -> None:
        super().__init__(device, "")
        self.args = (f"`{line.strip()}` is not a line that may be sent to {device}",)
        self.line = line
