"""Every error that qosbot raises for a reason of its own or of the outside.

    QosbotError
      ConfigurationError      settings, inventory or a playbook is wrong; nothing was started
      DeviceError
        DeviceUnreachableError
          DeviceAbsentError   the inventory has it no more, or no way to log in to it
        CommitRefusedError    the device would not arm its revert timer; no line was typed
      UnsupportedIntentError  a platform cannot express what a playbook asks for
      IllegalTransitionError  a remediation was asked to do what its state does not allow
      StoreError              the database could not be read or written
        StoreConflictError    someone else moved it first
      MessengerError
        MessengerBusyError        it asks to be left alone for a while
        MessengerUnreachableError
        MessageRefusedError       it will not take this message, or not from us
        MessageGoneError          the message to edit is no longer there

A caller's mistake is `ValueError`; an outcome that the workflow must weigh is a value.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class QosbotError(Exception):
    """Something outside failed; `hint` says what a person can do."""

    hint = ""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing that is wrong in a file that a person wrote; line 0 if it is in no line."""

    file: str
    line: int
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """Return the problem as one line: where, what, what to do."""
        advice = f"; {self.hint}" if self.hint else ""
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.what}{advice}"


class ConfigurationError(QosbotError):
    """Settings, inventory or a playbook is wrong; nothing was started."""

    hint = "correct the lines named, then run the command again"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class DeviceError(QosbotError):
    """A device did something other than what was asked."""


class DeviceUnreachableError(DeviceError):
    """A device did not answer; nothing was changed on it."""

    hint = "check reachability and credentials, then try again"

    def __init__(self, device: str, after_s: float) -> None:
        super().__init__(f"{device} did not answer within {after_s:g} s")
        self.device = device
        self.after_s = after_s


class DeviceAbsentError(DeviceUnreachableError):
    """The inventory that was read has no way to a device; nothing was changed on it."""

    hint = "put the device back into hosts.yaml, with its credentials, and restart"

    def __init__(self, device: str, why: str) -> None:
        super().__init__(device, 0.0)
        self.args = (f"{device} cannot be logged in to: {why}",)


class CommitRefusedError(DeviceError):
    """A device would not arm its revert timer; no line of the change was typed."""

    hint = "without its own way back the device is left alone; see `archive` in its configuration"

    def __init__(self, device: str, answer: str) -> None:
        super().__init__(f"{device} did not arm its revert timer: {answer}")
        self.device = device
        self.answer = answer


class UnsupportedIntentError(QosbotError):
    """A platform cannot express an intent; said when proposing, never on the device."""

    hint = "make this change by hand, or leave it"


class IllegalTransitionError(QosbotError):
    """A remediation was asked to do what its state does not allow; nothing was changed."""

    hint = "read its state again; it may have moved on"

    def __init__(self, remediation: str, state: str, event: str) -> None:
        super().__init__(f"remediation {remediation} is {state}: {event} is not possible there")
        self.remediation = remediation
        self.state = state
        self.event = event


class StoreError(QosbotError):
    """The database could not be read or written."""

    hint = "check the path, free space and permissions of the database"


class StoreConflictError(StoreError):
    """Someone else moved it first."""

    hint = "read it again and decide afresh"


class MessengerError(QosbotError):
    """The chat did not take a message."""

    hint = "what is to be told waits, and is tried again"


class MessengerBusyError(MessengerError):
    """The chat wants to be left alone for a while; nothing was taken."""

    def __init__(self, method: str, retry_after_s: float) -> None:
        super().__init__(f"{method} was called too often; again in {retry_after_s:g} s")
        self.method = method
        self.retry_after_s = retry_after_s


class MessengerUnreachableError(MessengerError):
    """The chat did not answer."""

    def __init__(self, method: str, why: str, *, is_unknown: bool) -> None:
        super().__init__(f"{method} had no answer: {why}")
        self.method = method
        self.is_unknown = is_unknown
        """Whether it may have been taken all the same."""


class MessageRefusedError(MessengerError):
    """The chat will not take a message."""

    hint = "see docs/slack.md for what each refusal means"

    def __init__(
        self, method: str, code: str, *, is_ours: bool, is_for_nobody: bool = False
    ) -> None:
        super().__init__(f"{method} was refused: {code}")
        self.method = method
        self.code = code
        self.is_ours = is_ours
        """Whether the message itself is wrong; else its channel, token or scopes are."""
        self.is_for_nobody = is_for_nobody
        """Whether whom it is for cannot be told there, now or later."""


class MessageGoneError(MessengerError):
    """The message to edit is no longer there."""
