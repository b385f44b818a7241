"""`qosbot serve`: measure, propose and remediate until it is stopped."""

import logging
from typing import TYPE_CHECKING

from qosbot.cli.door import Exit, guarded
from qosbot.cli.options import DatabaseFile, InventoryDir

if TYPE_CHECKING:
    from qosbot.adapters.web.server import WebServer
    from qosbot.bootstrap import Bot

log = logging.getLogger("qosbot.serve")


@guarded
def serve(*, inventory: InventoryDir = None, database: DatabaseFile = None) -> None:
    """Poll, score, propose and remediate until stopped (SIGINT or SIGTERM; twice: at once).

    What may be changed, by whom and when stands in policy.yaml; without it qosbot observes.
    The interval is QOSBOT_POLL_INTERVAL_S, 60 s by default and never under 30 s.  Whether it is
    well can be asked at /healthz and /readyz of 127.0.0.1:8470 (QOSBOT_WEB_HOST, QOSBOT_WEB_PORT).
    """
    import os

    from qosbot.adapters.logs import log_as_json
    from qosbot.bootstrap import open_bot
    from qosbot.cli.signals import stop_signal
    from qosbot.service import answering_health, serving, web_port
    from qosbot.settings import read_settings

    settings = read_settings(inventory=inventory, database=database)
    settings.slack()  # what is wrong there is said before anything starts
    log_as_json()
    with (
        stop_signal() as stop,
        web_port(settings) as port,
        open_bot(settings) as bot,
        serving(bot) as service,
        answering_health(service, port) as web,
    ):
        _tell(bot, web)
        facts = {"signal": stop.wait(), "within_s": settings.stop_within_s}
        log.info("stopping: what runs comes to a safe point first", extra=facts)
        if not service.stop(settings.stop_within_s):
            log.warning("left where it was: the next start goes on there", extra=service.left())
            # What hangs would keep the process; nothing that counts is in memory.
            os._exit(Exit.INCOMPLETE)
    log.info("stopped")


def _tell(bot: "Bot", web: "WebServer | None") -> None:
    counts = {"devices": len(bot.inventory.devices), "paths": len(bot.inventory.paths)}
    modes = {risk.value: mode.value for risk, mode in bot.inventory.policy.mode.items()}
    stop = str(bot.settings.kill_switch.absolute())
    where = None if web is None else web.url
    slack = bot.settings.slack()
    channel = None if slack is None else slack.channel
    facts = {"mode": modes, "kill_switch": stop, "web": where, "slack_channel": channel}
    log.info("serving", extra={**counts, **facts})
