"""The one process that does it all: which ticks there are, and what must be so.

Doors write rows, ticks act: to add something that is done again and again, add a `Tick`; to have
it counted among what must be well, add a `Check`.
"""

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from qosbot.auditing import audit_ticks, forget_audits
from qosbot.bootstrap import Bot, Keeper, keeper_of, read_inventory, read_playbooks
from qosbot.chat import open_chat
from qosbot.domain.egress_loads import WINDOW
from qosbot.domain.errors import ConfigurationError
from qosbot.ports.serving import Check, Condition, Tick
from qosbot.workflows import readiness

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from qosbot.adapters.pool import ThreadPool
    from qosbot.adapters.scheduler import Scheduler
    from qosbot.adapters.web.server import WebServer
    from qosbot.ports.keeping import DeviceState, Store
    from qosbot.settings import Settings

log = logging.getLogger(__name__)

_MOST_READING_S = 600.0
"""Of one look, which reads the configuration of every device with a cause."""
_LONGEST_STEPS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Ticks that run, and the pool that they hand slow work to."""

    keeper: Keeper
    scheduler: "Scheduler"
    pool: "ThreadPool"
    since_s: float
    """When it began, on a clock that nobody sets."""
    checks: Mapping[str, Check]

    def alive(self) -> Condition:
        """Return whether the process still begins its ticks."""
        return readiness.is_alive(
            self.scheduler.states(),
            self.since_s,
            time.monotonic(),
            is_scheduling=self.scheduler.is_running(),
        )

    def stop(self, within_s: float) -> bool:
        """Begin nothing more; return whether what ran came to a safe point within so long.

        What did not goes on at the next start, as after a crash.
        """
        end = time.monotonic() + within_s
        self.pool.stop(0.0)
        have_ticks_ended = self.scheduler.stop(within_s)
        has_work_ended = self.pool.stop(max(0.0, end - time.monotonic()))
        return have_ticks_ended and has_work_ended

    def left(self) -> Mapping[str, object]:
        """Return what still runs, by name."""
        ticks = [state.tick.name for state in self.scheduler.states() if state.is_running]
        return {"ticks": ticks, "remediations": list(self.pool.state().in_flight)}


def ticks_of(keeper: Keeper, pool: "ThreadPool") -> tuple[Tick, ...]:
    """Return all that is done again and again."""
    bot, settings = keeper.bot, keeper.bot.settings

    def housekeeping() -> None:
        now = bot.clock.now()
        before = now - timedelta(days=settings.keep_days)
        scores_since = now - timedelta(days=settings.keep_scores_days)
        bot.records.store.delete_before(before, scores_since=scores_since)
        # A day more than the window, for a clock that is set right must not leave a gap.
        bot.records.store.delete_loads_before(min(before, now - WINDOW - timedelta(days=1)))
        bot.records.memory.forget_considerations(before)
        forget_audits(bot)

    poll_s, remediate_s = settings.poll_interval_s, settings.remediate_interval_s
    return (
        Tick(name="measure", interval_s=poll_s, work=bot.measure, stuck_after_s=3 * poll_s),
        Tick(
            name="assess",
            interval_s=poll_s,
            work=assessing(bot.records.store, keeper.look),
            follows="measure",
            stuck_after_s=max(3 * poll_s, _MOST_READING_S),
        ),
        Tick(name="remediate", interval_s=remediate_s, work=partial(keeper.remediate, pool)),
        Tick(name="housekeeping", interval_s=3600.0, work=housekeeping, stuck_after_s=600.0),
        *audit_ticks(
            bot,
            keeper.sessions,
            require=keeper.lock.require,
            go_on=lambda: not pool.is_stopping(),
        ),
    )


def assessing(store: "Store", look: Callable[[], object]) -> Callable[[], None]:
    """Return what looks at the network if something was polled since the last look."""
    seen: Mapping[str, DeviceState] | None = None

    def assess() -> None:
        nonlocal seen
        polls = store.device_states()
        if polls == seen:
            return
        look()
        # Only now: a look that failed is made up for by the next tick.
        seen = polls

    return assess


def checks_of(keeper: Keeper, scheduler: "Scheduler", pool: "ThreadPool") -> dict[str, Check]:
    """Return all that must be so, by name."""
    bot, settings = keeper.bot, keeper.bot.settings
    store, now, since_s = bot.records.store, bot.clock.now, time.monotonic()
    stuck_after_s = _LONGEST_STEPS * settings.lease_s

    def ticking(name: str) -> Condition:
        state = next(one for one in scheduler.states() if one.tick.name == name)
        return readiness.is_ticking(state, since_s, time.monotonic())

    def serving() -> Condition:
        is_stopping = pool.is_stopping()
        return Condition(is_met=not is_stopping, why="it is stopping" if is_stopping else "")

    return {
        "serving": serving,
        "lock": lambda: readiness.is_alone(is_lock_held=keeper.lock.is_held()),
        "database": lambda: readiness.is_kept(bot.records.try_out),
        "measure": lambda: readiness.is_measured(store, now(), settings.poll_interval_s),
        **files_checks(settings.inventory, settings.playbooks),
        "ssh": lambda: readiness.is_let_in(has_ssh_stopped=keeper.sessions.has_stopped()),
        "remediations": lambda: readiness.is_working(pool.state(), time.monotonic(), stuck_after_s),
        **{
            f"tick {state.tick.name}": partial(ticking, state.tick.name)
            for state in scheduler.states()
        },
    }


def files_checks(inventory: "Path", playbooks: "Path") -> dict[str, Check]:
    """Return whether the files could be read now, by what they hold."""
    from qosbot.adapters.files.readable import Readable, count_policy_problems

    def problems(read: Callable[["Path"], object], directory: "Path") -> int:
        try:
            read(directory)
        except ConfigurationError as error:
            return len(error.problems)
        return 0

    files = {
        "inventory": Readable(inventory, partial(problems, read_inventory, inventory)),
        "policy": Readable(inventory, partial(count_policy_problems, inventory)),
        "playbooks": Readable(playbooks, partial(problems, read_playbooks, playbooks)),
    }

    def readable(name: str) -> Condition:
        count = files[name].problems()
        who = "the next start" if name == "playbooks" else "`qosbot check`"
        why = f"problems in its files: {count}; {who} names them" if count else ""
        return Condition(is_met=not count, why=why)

    return {name: partial(readable, name) for name in files}


@contextmanager
def schedule(
    keeper: Keeper, *, also: Sequence[Tick] = (), checks: Mapping[str, Check] | None = None
) -> Iterator[Service]:
    """Run the ticks of a serving bot in the background; bring them to an end at the end.

    Args:
        keeper: what the ticks do.
        also: more ticks.
        checks: more of what must be so, by name.
    """
    from qosbot.adapters.pool import ThreadPool
    from qosbot.adapters.scheduler import Scheduler

    pool = ThreadPool()
    scheduler = Scheduler(keeper.bot.clock, (*ticks_of(keeper, pool), *also))
    service = Service(
        keeper=keeper,
        scheduler=scheduler,
        pool=pool,
        since_s=time.monotonic(),
        checks={**checks_of(keeper, scheduler, pool), **(checks or {})},
    )
    scheduler.start()
    try:
        yield service
    finally:
        if service.stop(keeper.bot.settings.stop_within_s):
            keeper.lock.release()
        else:
            log.warning("left where it was: the next start goes on there", extra=service.left())


@contextmanager
def serving(bot: Bot) -> Iterator[Service]:
    """Run all that a serving bot does: its ticks, and the chat that people decide in.

    Raises:
        ConfigurationError: if a playbook or what is said of the chat is wrong.
        StoreError: if another process does the same with this database.
    """
    keeper = keeper_of(bot)
    with (
        open_chat(bot, keeper.outside) as chat,
        schedule(keeper, also=chat.ticks, checks=chat.checks) as service,
    ):
        yield service


@contextmanager
def web_port(settings: "Settings") -> "Iterator[socket.socket | None]":
    """Hold the port at which the settings want the bot to be asked; None: nowhere.

    Raises:
        ConfigurationError: if the port cannot be had.
    """
    if settings.web_port is None:
        yield None
        return
    from qosbot.adapters.web.server import listening

    with listening(settings.web_host, settings.web_port) as listener:
        yield listener


@contextmanager
def answering_health(
    service: Service, listener: "socket.socket | None"
) -> "Iterator[WebServer | None]":
    """Answer `/healthz` and `/readyz`, where there is a port for it."""
    if listener is None:
        yield None
        return
    from qosbot.adapters.web.app import Asked, health_app
    from qosbot.adapters.web.server import WebServer

    asked = Asked(
        alive=service.alive,
        checks=service.checks,
        ticks=service.scheduler.states,
        pool=service.pool.state,
        process=os.getpid(),
    )
    with WebServer(health_app(asked), listener) as server:
        yield server
