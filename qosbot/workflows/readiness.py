"""Whether a serving bot does its work: one condition for each thing that must be so.

A condition says why it is not met, in words that name no device and quote no file, since whoever
may ask the bot whether it is well may know nothing else of the network.
"""

from collections.abc import Callable
from datetime import datetime

from qosbot.domain.errors import StoreError
from qosbot.ports.keeping import Store
from qosbot.ports.serving import Condition, PoolState, TickState

INTERVALS_ALLOWED = 3
FAILURES_ALLOWED = 1
"""In a row; one may be a database that was locked for a moment."""
WORK_FAILURES_ALLOWED = 2
_SLEWED_S = 5.0
"""A clock that is only kept right goes back by less than this."""
_LEAST_S = 60.0
"""A tick every few seconds may be late by more than three of them on a busy machine."""


def is_kept(try_out: Callable[[], None]) -> Condition:
    """Return whether what is written is kept: in the file that others open, too."""
    try:
        try_out()
    except StoreError:
        why = "the database cannot be written, or was moved or removed; the log says why"
        return Condition(is_met=False, why=why)
    return Condition(is_met=True)


def is_measured(store: Store, now: datetime, interval_s: float) -> Condition:
    """Return whether the last poll is younger than three intervals, however it went."""
    try:
        states = store.device_states()
    except StoreError:
        return Condition(is_met=False, why="unknown: the database cannot be read")
    last = max((state.polled_at for state in states.values()), default=None)
    if last is None:
        return Condition(is_met=False, why="nothing was polled yet")
    age_s = (now - last).total_seconds()
    if -_SLEWED_S <= age_s <= INTERVALS_ALLOWED * interval_s:
        return Condition(is_met=True, age_s=age_s)
    why = f"the last poll was {age_s:.0f} s ago; one is expected every {interval_s:g} s"
    if age_s < 0:
        why = f"the last poll is {-age_s:.0f} s ahead of the clock, which was set back"
    return Condition(is_met=False, why=why, age_s=age_s)


def is_ticking(state: TickState, since_s: float, now_s: float) -> Condition:
    """Return whether a tick comes, ends, and does not fail again and again.

    Args:
        state: how it has gone.
        since_s: when the process began, on the clock of the state, which nobody sets.
        now_s: the time on it.
    """
    tick = state.tick
    age_s = now_s - (since_s if state.began_s is None else state.began_s)
    if state.is_running:
        why = f"it has been running for {age_s:.0f} s" if age_s > tick.stuck_after_s else ""
    elif age_s > max(INTERVALS_ALLOWED * tick.interval_s, _LEAST_S):
        why = f"it has not run for {age_s:.0f} s; it should every {tick.interval_s:g} s"
    else:
        why = ""
    if not why and state.failed_in_a_row > FAILURES_ALLOWED:
        why = f"it failed {state.failed_in_a_row} times in a row; the log says why"
    return Condition(is_met=not why, why=why, age_s=age_s)


def is_working(state: PoolState, now_s: float, stuck_after_s: float) -> Condition:
    """Return whether remediations get on, and do not fail one after the other."""
    oldest_s = state.oldest_began_s
    age_s = None if oldest_s is None else now_s - oldest_s
    why = ""
    if age_s is not None and age_s > stuck_after_s:
        why = f"one has been at work for {age_s:.0f} s"
    elif state.failed_in_a_row > WORK_FAILURES_ALLOWED:
        why = f"the last {state.failed_in_a_row} failed; the log says why"
    return Condition(is_met=not why, why=why, age_s=age_s)


def is_alone(*, is_lock_held: bool) -> Condition:
    """Return whether no other process can have been let in to do the same."""
    why = (
        "the lock file was removed or replaced, so another process may do the same: no change is "
        "begun; stop one of them, then restart the other"
    )
    return Condition(is_met=is_lock_held, why="" if is_lock_held else why)


def is_let_in(*, has_ssh_stopped: bool) -> Condition:
    """Return whether devices are still asked over SSH, or refused our credentials too often."""
    why = (
        "credentials were refused too often, so no device is touched: correct the account's "
        "password, then restart"
    )
    return Condition(is_met=not has_ssh_stopped, why=why if has_ssh_stopped else "")


def is_alive(
    states: tuple[TickState, ...], since_s: float, now_s: float, *, is_scheduling: bool
) -> Condition:
    """Return whether the process still begins its ticks, whatever comes of them."""
    began_s = [state.began_s for state in states if state.began_s is not None]
    age_s = now_s - max([since_s, *began_s])
    if not is_scheduling:
        return Condition(is_met=False, why="the scheduler has stopped", age_s=age_s)
    shortest_s = min((state.tick.interval_s for state in states), default=0.0)
    if age_s <= max(INTERVALS_ALLOWED * shortest_s, _LEAST_S):
        return Condition(is_met=True, age_s=age_s)
    return Condition(is_met=False, why=f"no tick has begun for {age_s:.0f} s", age_s=age_s)
