"""`qosbot health`: whether a running `serve` keeps polling, for a container's health check."""

import typer

from qosbot.cli.door import Exit, complain, guarded
from qosbot.cli.options import DatabaseFile

INTERVALS_ALLOWED = 3


@guarded
def health(*, database: DatabaseFile = None) -> None:
    """Exit with 0 while the last poll is younger than three intervals, else with 3."""
    from qosbot.bootstrap import SystemClock, open_records
    from qosbot.cli.paths import age
    from qosbot.settings import read_settings

    settings = read_settings(database=database)
    with open_records(settings) as records:
        states = records.store.device_states()
    now = SystemClock().now()
    last = max((state.polled_at for state in states.values()), default=None)
    allowed_s = INTERVALS_ALLOWED * settings.poll_interval_s
    if last is None or (now - last).total_seconds() > allowed_s:
        complain(
            f"last poll: {age(last, now)}; expected every {settings.poll_interval_s:g} s",
            "look at the log of `qosbot serve`",
        )
        raise typer.Exit(Exit.INCOMPLETE)
    print(f"last poll {age(last, now)}")
