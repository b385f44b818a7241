"""What is typed on IOS, and in which order; each step asks what is so before it changes it."""

from collections.abc import Sequence
from datetime import datetime

from qosbot.adapters.ssh.errors import CommandRefusedError
from qosbot.adapters.ssh.terminal import Answer, Terminal
from qosbot.domain.errors import CommitRefusedError
from qosbot.domain.intents import ConfigChange
from qosbot.platforms.cisco_ios import session
from qosbot.platforms.cisco_ios.lines import pending
from qosbot.platforms.cisco_ios.ours import digest
from qosbot.platforms.cisco_ios.redact import redact
from qosbot.platforms.cisco_ios.tree import grow
from qosbot.ports.configuring import ApplyResult, DeviceConfig, LineResult


def read(terminal: Terminal, now: datetime) -> DeviceConfig:
    """Return the running and startup configurations without the lines that only say when."""
    running = _shown(terminal, session.RUNNING)
    startup = terminal.execute(session.STARTUP, is_long=True).text
    return DeviceConfig(
        running=session.config_text(running),
        startup=session.config_text(startup),
        read_at=now,
        changed_stamp=session.changed_stamp(running),
    )


def read_running(terminal: Terminal) -> str:
    """Return the running configuration without the lines that only say when, secrets masked."""
    return redact(session.config_text(_shown(terminal, session.RUNNING)))


def preflight(terminal: Terminal) -> str:
    """Return why the revert timer could not be armed now; empty if nothing is known."""
    archive = grow(_shown(terminal, session.RUNNING)).child("archive")
    if archive is None or archive.child("path") is None:
        return f"{terminal.device} has no `archive` with a `path`, so it could not revert by itself"
    if session.NO_RELOAD.search(terminal.execute(session.RELOAD).text) is None:
        return f"a reload is scheduled on {terminal.device}, or it does not say that none is"
    return ""


def apply(terminal: Terminal, change: ConfigChange, revert_after_min: int) -> ApplyResult:
    """Arm the revert timer unless ours runs, then type what is not in force yet.

    Raises:
        CommitRefusedError: if the timer could not be armed, or is somebody else's.
    """
    left = pending(change.apply, _shown(terminal, session.RUNNING))
    if not left:
        return ApplyResult(lines=())
    armed_by = session.timer_user(terminal.execute(session.TIMER).text)
    if armed_by is not None and armed_by != terminal.username:
        raise CommitRefusedError(terminal.device, f"a revert timer of {armed_by} is pending")
    entered = _enter(terminal, None if armed_by is not None else revert_after_min)
    if entered.refusal or not entered.is_configuring:
        raise CommitRefusedError(terminal.device, entered.refusal or redact(entered.text.strip()))
    return _type(terminal, left)


def undo(terminal: Terminal, change: ConfigChange) -> ApplyResult:
    """Type what is left of the undo; a pending timer goes on."""
    left = pending(change.undo, _shown(terminal, session.RUNNING), creates=False)
    if not left:
        return ApplyResult(lines=())
    entered = terminal.execute(session.CONFIGURE)
    if not entered.is_configuring:
        return ApplyResult(lines=(_result(session.CONFIGURE, entered),))
    return _type(terminal, left)


def revert_pending_s(terminal: Terminal) -> float | None:
    """Return the seconds until the device reverts by itself, by its own clock."""
    shown = terminal.execute(session.TIMER).text
    try:
        return session.timer_left_s(shown, terminal.execute(session.CLOCK).text)
    except ValueError as error:
        raise CommandRefusedError(terminal.device, session.TIMER, str(error)) from error


def confirm(terminal: Terminal) -> str:
    """Disarm our revert timer; nothing if none is armed.

    Returns:
        What the device objected, for the log; whoever wants to know whether the timer is off
        looks at the timer.
    """
    armed_by = session.timer_user(terminal.execute(session.TIMER).text)
    if armed_by is None:
        return ""
    if armed_by != terminal.username:
        return f"the pending revert timer is {armed_by}'s"
    return terminal.execute(session.CONFIRM).refusal


def revert_now(terminal: Terminal) -> None:
    """Let the device go back now to what it was when our timer was armed; nothing if none is.

    Raises:
        CommandRefusedError: if it did not, or the timer is somebody else's.
    """
    armed_by = session.timer_user(terminal.execute(session.TIMER).text)
    if armed_by is None:
        return
    if armed_by != terminal.username:
        raise CommandRefusedError(
            terminal.device, session.REVERT_NOW, f"the pending revert timer is {armed_by}'s"
        )
    answer = terminal.execute(session.REVERT_NOW, is_long=True)
    if session.REVERTED.search(answer.text) is None:
        raise CommandRefusedError(terminal.device, session.REVERT_NOW, redact(answer.text))


def save(terminal: Terminal, expected: str | None = None) -> str:
    """Make the running configuration the startup one; nothing if it is that already.

    What runs is read right before it is saved; with a digest expected, nothing else is saved.

    Returns:
        What the device objected, for the log; whoever wants to know whether it is saved
        compares the two.
    """
    if session.timer_user(terminal.execute(session.TIMER).text) is not None:
        return "a revert timer is pending"
    startup = session.config_text(terminal.execute(session.STARTUP, is_long=True).text)
    # Read last, so that as little as possible lies between this look and the save.
    running = session.config_text(_shown(terminal, session.RUNNING))
    if running == startup:
        return ""
    if expected is not None and digest(running) != expected:
        return "something else runs than what was to be saved"
    answer = terminal.execute(session.SAVE, is_long=True)
    return "" if session.SAVED.search(answer.text) else redact(answer.text.strip())


def _enter(terminal: Terminal, revert_after_min: int | None) -> Answer:
    """Enter the configuration mode; with minutes the device's revert is armed by the same line."""
    if revert_after_min is None:
        return terminal.execute(session.CONFIGURE)
    reload = terminal.execute(session.RELOAD).text
    if session.NO_RELOAD.search(reload) is None:
        raise CommitRefusedError(terminal.device, f"a reload is scheduled: {reload.strip()}")
    line = session.configure_with_revert(revert_after_min)
    return terminal.execute(line, is_long=True)


def _type(terminal: Terminal, lines: Sequence[str]) -> ApplyResult:
    """Type lines until one is refused, then leave the configuration mode."""
    results: list[LineResult] = []
    for line in lines:
        results.append(_result(line, terminal.configure(line)))
        if not results[-1].accepted:
            break
    terminal.execute(session.LEAVE)
    return ApplyResult(lines=tuple(results))


def _result(line: str, answer: Answer) -> LineResult:
    return LineResult(
        line=line,
        accepted=answer.is_configuring and not answer.refusal,
        answer=redact(answer.text).strip("\n"),
    )


def _shown(terminal: Terminal, command: str) -> str:
    """Return a configuration that was shown whole.

    Raises:
        CommandRefusedError: if the device showed something else, such as a refusal.
    """
    text = terminal.execute(command, is_long=True).text
    if not text.rstrip().endswith("\nend"):
        raise CommandRefusedError(terminal.device, command, redact(text.strip()[:200]))
    return text
