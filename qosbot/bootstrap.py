"""The one module that knows everyone: from settings to workflows that can run."""

import os
import socket
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from qosbot.domain.inventory import Device, Inventory
from qosbot.settings import Settings, SnmpEngine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from qosbot.adapters.lock import OnlyOne
    from qosbot.adapters.snmp.engine import Engine
    from qosbot.adapters.ssh.sessions import SshSessions
    from qosbot.domain.advisories import Advisory
    from qosbot.domain.figures import Figures
    from qosbot.domain.path_scores import PathScore
    from qosbot.domain.paths import Unmeasured
    from qosbot.domain.playbooks import Playbook
    from qosbot.domain.remediation import Remediation
    from qosbot.ports import Clock
    from qosbot.ports.auditing import Audits
    from qosbot.ports.configuring import ConfigSession
    from qosbot.ports.deciding import Decisions
    from qosbot.ports.keeping import Memory, Store
    from qosbot.ports.messaging import Groups, Outbox
    from qosbot.ports.polling import Poller
    from qosbot.ports.serving import Pool
    from qosbot.workflows.measure import Measured
    from qosbot.workflows.outside import Outside
    from qosbot.workflows.remediate import Worker
    from qosbot.workflows.watch import Looked, Lookout


MEMBERS_FOR = timedelta(minutes=10)
"""People leave groups: whoever was read as a member longer ago is none."""


_CLOCK_MOVES = timedelta(minutes=1)


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time in UTC."""
        return datetime.now(tz=UTC)


def read_inventory(directory: Path) -> Inventory:
    """Return the inventory in a directory, checked as a whole.

    Raises:
        ConfigurationError: with every problem found.
    """
    from qosbot.adapters.files import load_inventory
    from qosbot.domain.codecs import CODECS
    from qosbot.platforms import PLATFORMS

    return load_inventory(
        directory, codecs=frozenset(CODECS), platforms=frozenset(PLATFORMS), environ=os.environ
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Everything that is kept, in one database."""

    store: "Store"
    decisions: "Decisions"
    memory: "Memory"
    outbox: "Outbox"
    groups: "Groups"
    audits: "Audits"
    try_out: "Callable[[], None]"
    """Raises StoreError unless it can still be written where it was opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The workflows, each with the adapters that it needs."""

    settings: Settings
    inventory: Inventory
    records: Records
    poller: "Poller"
    clock: "Clock"

    def inventory_now(self) -> Inventory:
        """Return the inventory as changes that stayed have made it."""
        from qosbot.domain.in_force import inventory_in_force

        return inventory_in_force(self.inventory, self.records.decisions.codecs_in_force())

    def measure(self, devices: list[Device] | None = None) -> "Measured":
        """Poll devices, all of them if none are named, and keep the results."""
        from qosbot.workflows.measure import measure

        return measure(
            list(self.inventory.devices.values()) if devices is None else devices,
            poller=self.poller,
            store=self.records.store,
            clock=self.clock,
            deadline_s=self.settings.poll_deadline_s,
        )

    def assess(self) -> "tuple[PathScore | Unmeasured, ...]":
        """Score every path as of now; keep nothing."""
        from qosbot.workflows.assess import assess

        return assess(
            self.inventory_now(),
            store=self.records.store,
            now=self.clock.now(),
            poll_interval_s=self.settings.poll_interval_s,
        )

    def advise(self, scores: "tuple[PathScore | Unmeasured, ...]") -> "tuple[Advisory, ...]":
        """Return what is worth a word and no alarm; keep nothing."""
        from qosbot.workflows.advise import advise

        return advise(
            self.inventory_now(),
            scores,
            store=self.records.store,
            detection=self.records.memory.detection(),
            now=self.clock.now(),
        )

    def assess_and_keep(self) -> "tuple[PathScore | Unmeasured, ...]":
        """Score every path as of now and keep the scores."""
        from qosbot.workflows.assess import assess_and_keep

        return assess_and_keep(
            self.inventory_now(),
            store=self.records.store,
            now=self.clock.now(),
            poll_interval_s=self.settings.poll_interval_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """A bot that may also change devices, as far as the policy allows."""

    bot: Bot
    outside: "Outside"
    lookout: "Lookout"
    sessions: "SshSessions"
    """Of changes and of audits, so that credentials which one of them has refused count once."""
    lock: "OnlyOne"
    """So that a restart after a crash may go on at once where the dead process was."""

    def look(self) -> "Looked":
        """Score, detect, diagnose and propose as of now, and keep what was found."""
        from qosbot.workflows.watch import look

        return look(self.lookout)

    def remediate(self, pool: "Pool") -> int:
        """Hand every remediation that is due to a pool; return how many it took."""
        from qosbot.workflows.remediate import hand_out

        self.lock.require()
        return hand_out(self.outside, self.bot.clock, pool, self.worker(pool))

    def worker(self, pool: "Pool") -> "Worker":
        """Return who drives; where the lock is held no more, what runs ends at a safe point."""
        from qosbot.workflows.remediate import Worker

        return Worker(
            name=f"serve@{socket.gethostname()}/{self.lock.id}",
            lease_s=self.bot.settings.lease_s,
            is_stopping=lambda: pool.is_stopping() or not self.lock.is_held(),
        )


@contextmanager
def open_records(settings: Settings, *, make: bool = False) -> "Iterator[Records]":
    """Open the database and close it at the end.

    Args:
        settings: where it is.
        make: whether to make it where there is none; who only reads does not.

    Raises:
        StoreError: if it is not there or cannot be used.
    """
    from qosbot.adapters import sql
    from qosbot.domain.errors import StoreError

    if not make and not settings.database.exists():
        error = StoreError(f"there is no database at {settings.database}: nothing was polled yet")
        error.hint = "run `qosbot poll` or `qosbot serve` first, or name another with --database"
        raise error

    with closing(sql.opened(settings.database)) as database:
        yield Records(
            store=sql.SqlStore(database),
            decisions=sql.SqlDecisions(database),
            memory=sql.SqlMemory(database),
            outbox=sql.SqlOutbox(database),
            groups=sql.SqlGroups(database),
            audits=sql.SqlAudits(database),
            try_out=database.try_out,
        )


@contextmanager
def open_bot(settings: Settings, *, make: bool = True) -> "Iterator[Bot]":
    """Assemble what measures, and take it down at the end; `make` the database if there is none.

    Raises:
        ConfigurationError: if the inventory is wrong; nothing was started.
        StoreError: if the database cannot be used.
    """
    from qosbot.adapters.snmp.poller import SnmpPoller
    from qosbot.platforms import PLATFORMS

    inventory = read_inventory(settings.inventory)
    clock = SystemClock()
    with ExitStack() as stack:
        records = stack.enter_context(open_records(settings, make=make))
        poller = SnmpPoller(_engine(settings.snmp_engine), PLATFORMS, clock)
        stack.callback(poller.close)
        yield Bot(
            settings=settings, inventory=inventory, records=records, poller=poller, clock=clock
        )


def keeper_of(bot: Bot) -> Keeper:
    """Return a bot with what it needs to propose and to carry out changes.

    Raises:
        ConfigurationError: if a playbook is wrong.
        StoreError: if another process does the same with this database.
    """
    from qosbot.adapters.lock import OnlyOne
    from qosbot.adapters.ssh.sessions import SshSessions
    from qosbot.domain.sightings import Marks
    from qosbot.platforms import DIALECTS
    from qosbot.workflows.advise import Baselines
    from qosbot.workflows.watch import Lookout, Sources

    settings = bot.settings
    sources = Sources(inventory=bot.inventory, store=bot.records.store, platforms=DIALECTS)
    sessions = SshSessions(bot.clock)
    outside = outside_of(bot, sessions)
    lookout = Lookout(
        sources=sources,
        memory=bot.records.memory,
        baselines=Baselines(bot.records.store),
        outside=outside,
        playbooks=read_playbooks(settings.playbooks),
        clock=bot.clock,
        reconsider_s=settings.reconsider_s,
        codec_settle_s=settings.codec_settle_s,
        # Counters of two polls are never further apart than one interval, by a little less.
        marks=Marks(
            witness_interval_s=min(settings.witness_interval_s, 0.9 * settings.poll_interval_s)
        ),
    )
    lock = OnlyOne(settings.lock)
    return Keeper(bot=bot, outside=outside, lookout=lookout, sessions=sessions, lock=lock)


def outside_of(bot: Bot, sessions: "ConfigSession | None" = None) -> "Outside":
    """Return the ports that decisions and remediations are made through."""
    from qosbot.adapters.files.policy_file import PolicyFile
    from qosbot.adapters.ssh.sessions import SshSessions
    from qosbot.judging import judge_as_read
    from qosbot.platforms import DIALECTS
    from qosbot.workflows.outside import Outside
    from qosbot.workflows.watch import Sources, figures_since

    settings = bot.settings
    policy = PolicyFile(settings.inventory)
    sources = Sources(inventory=bot.inventory, store=bot.records.store, platforms=DIALECTS)

    def figures(remediation: "Remediation") -> "Figures | None":
        return figures_since(sources, remediation, bot.clock.now(), settings.poll_interval_s)

    def members() -> "Mapping[str, frozenset[str]]":
        now = bot.clock.now()
        return bot.records.groups.members(now - MEMBERS_FOR, now + _CLOCK_MOVES)

    return Outside(
        inventory=bot.inventory,
        sessions=sessions or SshSessions(bot.clock),
        decisions=bot.records.decisions,
        dialects=DIALECTS,
        has_kill_switch=settings.kill_switch.exists,
        figures=figures,
        poll_interval_s=settings.poll_interval_s,
        retry_s=settings.retry_s,
        read_policy=policy.policy,
        read_members=members,
        # What the policy accepts of an audit is read with it.
        audit=judge_as_read(lambda: replace(bot.inventory_now(), policy=policy.policy())),
    )


def read_playbooks(directory: Path) -> "tuple[Playbook, ...]":
    """Return the playbooks in a directory.

    Raises:
        ConfigurationError: with every problem found.
    """
    from qosbot.adapters.files.playbooks import load_playbooks
    from qosbot.domain.codecs import CODECS

    return load_playbooks(directory, codecs=frozenset(CODECS))


def _engine(name: SnmpEngine) -> "Engine":
    """Return the SNMP library asked for; the other one is not even imported."""
    if name is SnmpEngine.GUFO:
        from qosbot.adapters.snmp.gufo_engine import GufoEngine

        return GufoEngine()
    from qosbot.adapters.snmp.pysnmp_engine import PysnmpEngine

    return PysnmpEngine()
