"""`qosbot serve`: measure, propose and remediate until it is stopped."""

import logging

from qosbot.cli.door import guarded
from qosbot.cli.options import DatabaseFile, InventoryDir

log = logging.getLogger("qosbot.serve")


@guarded
def serve(*, inventory: InventoryDir = None, database: DatabaseFile = None) -> None:
    """Poll, score, propose and remediate until stopped (SIGINT or SIGTERM).

    What may be changed, by whom and when stands in policy.yaml; without it qosbot observes.
    The interval is QOSBOT_POLL_INTERVAL_S, 60 s by default and never under 30 s.
    """
    import signal
    import threading

    from qosbot.adapters.logs import log_as_json
    from qosbot.bootstrap import keeper_of, open_bot, schedule
    from qosbot.settings import read_settings

    settings = read_settings(inventory=inventory, database=database)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    log_as_json()
    with open_bot(settings) as bot, schedule(keeper_of(bot)):
        counts = {"devices": len(bot.inventory.devices), "paths": len(bot.inventory.paths)}
        modes = {risk.value: mode.value for risk, mode in bot.inventory.policy.mode.items()}
        stop = str(settings.kill_switch.absolute())
        log.info("serving", extra={**counts, "mode": modes, "kill_switch": stop})
        stopping.wait()
        log.info("stopping: what runs is finished first")
    log.info("stopped")
