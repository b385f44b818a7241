"""What `qosbot serve` does, in a process of its own and with short intervals: `keeper`.

It runs in a site's directory until it is stopped, or killed.
"""

import signal
import threading

from qosbot.adapters.logs import log_as_json
from qosbot.bootstrap import keeper_of, open_bot
from qosbot.service import schedule
from qosbot.settings import Settings, read_settings

SHORT: dict[str, float | None] = {
    "poll_interval_s": 2.0,
    "remediate_interval_s": 1.0,
    "retry_s": 2.0,
    "reconsider_s": 5.0,
    "witness_interval_s": 1.0,
    # Nobody else's sessions among those that a test counts, whatever time it is.
    "audit_at": None,
}
"""Probes of the lab run every 5 s; nothing but the intervals differs from a bot that serves."""


def settings() -> Settings:
    """Return what a bot in this directory would run with, but for the intervals."""
    return read_settings().model_copy(update=SHORT)


def main() -> None:
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    log_as_json()
    with open_bot(settings()) as bot, schedule(keeper_of(bot)):
        stopping.wait()


if __name__ == "__main__":
    main()
