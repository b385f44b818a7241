"""The one module that knows everyone: from settings to workflows that can run."""

import os
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qosbot.domain.inventory import Device, Inventory
from qosbot.settings import Settings, SnmpEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qosbot.adapters.snmp.engine import Engine
    from qosbot.domain.path_scores import PathScore
    from qosbot.domain.paths import Unmeasured
    from qosbot.ports import Clock, Poller, Store
    from qosbot.workflows.measure import Measured


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
class Bot:
    """The workflows, each with the adapters that it needs."""

    settings: Settings
    inventory: Inventory
    store: "Store"
    poller: "Poller"
    clock: "Clock"

    def measure(self, devices: list[Device] | None = None) -> "Measured":
        """Poll devices, all of them if none are named, and keep the results."""
        from qosbot.workflows.measure import measure

        return measure(
            list(self.inventory.devices.values()) if devices is None else devices,
            poller=self.poller,
            store=self.store,
            clock=self.clock,
            deadline_s=self.settings.poll_deadline_s,
        )

    def assess(self) -> "tuple[PathScore | Unmeasured, ...]":
        """Score every path as of now."""
        from qosbot.workflows.assess import assess

        return assess(
            self.inventory,
            store=self.store,
            now=self.clock.now(),
            poll_interval_s=self.settings.poll_interval_s,
        )

    def assess_and_keep(self) -> "tuple[PathScore | Unmeasured, ...]":
        """Score every path as of now and keep the scores."""
        from qosbot.workflows.assess import assess_and_keep

        return assess_and_keep(
            self.inventory,
            store=self.store,
            now=self.clock.now(),
            poll_interval_s=self.settings.poll_interval_s,
        )


@contextmanager
def open_store(settings: Settings) -> "Iterator[Store]":
    """Open the database, make it where there is none, and close it at the end."""
    from qosbot.adapters.sql import SqlStore

    store = SqlStore.open(settings.database)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def open_bot(settings: Settings) -> "Iterator[Bot]":
    """Assemble everything and take it down at the end.

    Raises:
        ConfigurationError: if the inventory is wrong; nothing was started.
        StoreError: if the database cannot be used.
    """
    from qosbot.adapters.snmp.poller import SnmpPoller
    from qosbot.platforms import PLATFORMS

    inventory = read_inventory(settings.inventory)
    clock = SystemClock()
    with open_store(settings) as store:
        poller = SnmpPoller(_engine(settings.snmp_engine), PLATFORMS, clock)
        try:
            yield Bot(
                settings=settings, inventory=inventory, store=store, poller=poller, clock=clock
            )
        finally:
            poller.close()


def _engine(name: SnmpEngine) -> "Engine":
    """Return the SNMP library asked for; the other one is not even imported."""
    if name is SnmpEngine.GUFO:
        from qosbot.adapters.snmp.gufo_engine import GufoEngine

        return GufoEngine()
    from qosbot.adapters.snmp.pysnmp_engine import PysnmpEngine

    return PysnmpEngine()


@contextmanager
def schedule(bot: Bot) -> "Iterator[None]":
    """Run the ticks of a serving bot in the background; let them finish at the end."""
    from datetime import timedelta

    from qosbot.adapters.scheduler import Scheduler

    def round_of_polling() -> None:
        bot.measure()
        bot.assess_and_keep()

    def housekeeping() -> None:
        bot.store.delete_before(bot.clock.now() - timedelta(days=bot.settings.keep_days))

    scheduler = Scheduler(bot.clock)
    scheduler.every(bot.settings.poll_interval_s, round_of_polling, name="measure")
    scheduler.every(3600.0, housekeeping, name="housekeeping")
    scheduler.start()
    try:
        yield
    finally:
        scheduler.stop()
