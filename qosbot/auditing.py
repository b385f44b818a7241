"""The audit of the network: from settings to what reads, judges and keeps."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from qosbot.domain.audit.schedule import Nightly
from qosbot.judging import Judge, judge_with
from qosbot.ports.serving import Tick

if TYPE_CHECKING:
    from qosbot.adapters.ssh.sessions import SshSessions
    from qosbot.bootstrap import Bot
    from qosbot.settings import Settings
    from qosbot.workflows.audit import Auditor
    from qosbot.workflows.finding_now import Planner

_LOOK_S = 300.0
"""A night that was missed, or broken off, is made up for within so long."""
_LONGEST_S = 4 * 3600.0


def auditor_of(bot: "Bot", sessions: "SshSessions | None" = None) -> "Auditor":
    """Return who audits the network, over sessions that others use too, or over its own."""
    from qosbot.adapters.ssh.collector import SshCollector
    from qosbot.adapters.ssh.sessions import SshSessions
    from qosbot.domain.remediation import IN_HAND
    from qosbot.platforms import AUDITED
    from qosbot.workflows.audit import Auditor

    inventory, settings = bot.inventory_now(), bot.settings

    def in_hand() -> frozenset[str]:
        open_ones = bot.records.decisions.remediations(only_open=True)
        return frozenset(one.device for one in open_ones if one.state in IN_HAND)

    return Auditor(
        devices=tuple(inventory.devices.values()),
        paths=inventory.paths,
        poll_interval_s=settings.poll_interval_s,
        collector=SshCollector(
            sessions or SshSessions(bot.clock),
            bot.clock,
            platforms=AUDITED,
            device_s=settings.audit_device_s,
        ),
        judge=judge_of(bot),
        audits=bot.records.audits,
        store=bot.records.store,
        clock=bot.clock,
        in_hand=in_hand,
    )


def judge_of(bot: "Bot") -> Judge:
    """Return what judges one configuration by the inventory as it is now."""
    from qosbot.adapters.files.policy_file import PolicyFile

    policy = PolicyFile(bot.settings.inventory).policy()
    inventory = replace(bot.inventory_now(), policy=policy)
    return judge_with(lambda: inventory)


def planner_of(bot: "Bot") -> "Planner":
    """Return what makes proposals of findings.

    Raises:
        ConfigurationError: if a playbook is wrong.
    """
    from qosbot.bootstrap import outside_of, read_playbooks
    from qosbot.platforms import DIALECTS
    from qosbot.workflows.finding_now import Planner
    from qosbot.workflows.watch import Sources

    return Planner(
        sources=Sources(inventory=bot.inventory, store=bot.records.store, platforms=DIALECTS),
        outside=outside_of(bot),
        playbooks=read_playbooks(bot.settings.playbooks),
        clock=bot.clock,
    )


def nightly_of(settings: "Settings", policy_zone: str) -> Nightly | None:
    """Return when the network is audited; None: only when somebody asks for it."""
    if settings.audit_at is None:
        return None
    zone = ZoneInfo(settings.audit_timezone or policy_zone)
    return Nightly(at=time.fromisoformat(settings.audit_at), zone=zone)


def audit_ticks(
    bot: "Bot",
    sessions: "SshSessions",
    *,
    require: Callable[[], object],
    go_on: Callable[[], bool],
) -> tuple[Tick, ...]:
    """Return the tick that audits every night, if the settings want one.

    Args:
        bot: what reads and keeps.
        sessions: whose refused credentials are those of every other change and audit.
        require: raises unless this process alone works on the database.
        go_on: whether it is not about to stop.
    """
    from qosbot.workflows.audit import tonight

    nightly = nightly_of(bot.settings, bot.inventory.policy.time_zone)
    if nightly is None:
        return ()

    def work() -> None:
        require()
        tonight(
            auditor_of(bot, sessions),
            nightly,
            go_on=go_on,
            is_stopped=bot.settings.kill_switch.exists,
        )

    tick = Tick(
        name="audit", interval_s=_LOOK_S, work=work, nightly=nightly, stuck_after_s=_LONGEST_S
    )
    return (tick,)


def forget_audits(bot: "Bot") -> None:
    """Forget audits and configurations that are older than the settings keep them."""
    before = bot.clock.now() - timedelta(days=bot.settings.audit_keep_days)
    bot.records.audits.delete_before(before)
