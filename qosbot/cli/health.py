"""`qosbot health`: whether a running `serve` does its work, for a container's health check."""

from typing import TYPE_CHECKING, NoReturn

import typer

from qosbot.cli.door import Exit, complain, guarded
from qosbot.cli.options import DatabaseFile

if TYPE_CHECKING:
    from qosbot.adapters.web.client import ReadyShown
    from qosbot.settings import Settings

_ANSWERS_WITHIN_S = 8.0


@guarded
def health(*, database: DatabaseFile = None) -> None:
    """Exit with 0 while `serve` is ready, else with 3.

    Asked is /readyz of the process that works on this database; where it serves none, the last
    poll must be younger than three intervals.
    """
    from qosbot.settings import read_settings

    settings = read_settings(database=database)
    answer = _answer(settings)
    if answer is None:
        _look_at_the_last_poll(settings)
        return
    not_met = [f"{name}: {one.why}" for name, one in answer.checks.items() if not one.ok]
    if not_met:
        _complain_of("; ".join(not_met))
    ticks = answer.ticks.values()
    counts = (
        f"{sum(tick.missed for tick in ticks)} missed",
        f"{sum(tick.skipped for tick in ticks)} skipped",
        f"{sum(tick.failed for tick in ticks)} failed",
    )
    print(f"ready; ticks: {', '.join(counts)}")


def _answer(settings: "Settings") -> "ReadyShown | None":
    """Return what the process that works on this database says of itself; None: nothing."""
    from qosbot.adapters.lock import last_holder
    from qosbot.adapters.web.client import ask_ready

    if not settings.web_port:
        return None  # none is served, or at a port that only its log knows
    answer = ask_ready(settings.web_host, settings.web_port, _ANSWERS_WITHIN_S)
    # Another qosbot of this machine may have the port.
    if answer is None or answer.process != last_holder(settings.lock):
        return None
    return answer


def _look_at_the_last_poll(settings: "Settings") -> None:
    from qosbot.bootstrap import SystemClock, open_records
    from qosbot.cli.paths import age
    from qosbot.workflows.readiness import is_measured

    now, interval_s = SystemClock().now(), settings.poll_interval_s
    with open_records(settings) as records:
        states = records.store.device_states()
        found = is_measured(records.store, now, interval_s)
    last = max((state.polled_at for state in states.values()), default=None)
    if not found.is_met:
        _complain_of(f"last poll: {age(last, now)}; expected every {interval_s:g} s")
    print(f"last poll {age(last, now)}")


def _complain_of(what: str) -> NoReturn:
    complain(what, "look at the log of `qosbot serve`")
    raise typer.Exit(Exit.INCOMPLETE)
