"""What the ticks of a serving bot do, and in which order."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from qosbot.adapters.pool import ThreadPool
from qosbot.adapters.scheduler import Scheduler
from qosbot.bootstrap import Keeper, keeper_of, open_bot
from qosbot.domain.errors import StoreError
from qosbot.ports.keeping import DeviceState
from qosbot.ports.serving import Check
from qosbot.service import assessing, checks_of, ticks_of
from qosbot.settings import Settings
from tests.adapters.test_inventory_examples import EXAMPLE, lay_out
from tests.domain.builders import NOON
from tests.domain.remedies import remediation
from tests.workflows.fakes import FakeStore

LEASE_S = 300.0


@dataclass
class Polled(FakeStore):
    number: int = 0

    def device_states(self) -> dict[str, DeviceState]:
        at = NOON + timedelta(seconds=self.number)
        return {"r": DeviceState(device="r", polled_at=at, answered_at=None, silent="timeout")}


@dataclass
class Looks:
    """Looks at the network, and may fail or be overtaken by a poll."""

    store: Polled
    count: int = 0
    fails: bool = False
    is_overtaken: bool = False
    seen: list[int] = field(default_factory=list)

    def __call__(self) -> None:
        self.seen.append(self.store.number)
        if self.is_overtaken:
            self.store.number += 1
        if self.fails:
            raise StoreError("the disk is full")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    inventory = lay_out(tmp_path)
    shutil.copytree(EXAMPLE.parent / "playbooks", tmp_path / "playbooks")
    return Settings(
        inventory=inventory,
        playbooks=tmp_path / "playbooks",
        database=tmp_path / "qosbot.db",
        kill_switch=tmp_path / "STOP",
        lease_s=LEASE_S,
    )


@contextmanager
def kept(settings: Settings) -> Iterator[Keeper]:
    """Give what a serving bot is made of; nothing of it runs."""
    with open_bot(settings) as bot:
        keeper = keeper_of(bot)
        try:
            yield keeper
        finally:
            keeper.lock.release()


def checks(keeper: Keeper) -> dict[str, Check]:
    pool = ThreadPool()
    return checks_of(keeper, Scheduler(keeper.bot.clock, ticks_of(keeper, pool)), pool)


def claims(keeper: Keeper) -> bool:
    bot, worker = keeper.bot, keeper.worker(ThreadPool())
    return bot.records.decisions.claim("p1", worker.name, bot.clock.now(), LEASE_S)


def test_a_restart_goes_on_at_once_where_the_dead_process_was(settings: Settings) -> None:
    with kept(settings) as dead:
        dead.bot.records.decisions.add(remediation())
        assert claims(dead)
    with kept(settings) as next_one:
        assert claims(next_one)


def test_of_two_that_were_let_in_at_once_one_drives_a_remediation(settings: Settings) -> None:
    with kept(settings) as first:
        first.bot.records.decisions.add(remediation())
        assert claims(first)
        settings.lock.unlink()
        with kept(settings) as second:
            assert not claims(second)


def test_who_may_not_be_alone_any_more_starts_nothing_and_says_so(settings: Settings) -> None:
    pool = ThreadPool()
    with kept(settings) as keeper:
        lock = checks(keeper)["lock"]
        assert (keeper.remediate(pool), lock().is_met) == (0, True)
        assert not keeper.worker(pool).is_stopping()
        settings.lock.unlink()
        assert not lock().is_met
        assert keeper.worker(pool).is_stopping()
        with pytest.raises(StoreError, match="another qosbot may work on this database"):
            keeper.remediate(pool)


def test_on_a_database_that_was_taken_away_no_tick_works_and_it_says_so(
    settings: Settings,
) -> None:
    with kept(settings) as keeper:
        check = checks(keeper)["database"]
        assert check().is_met
        settings.database.unlink()
        assert not check().is_met
        ticks = {tick.name: tick for tick in ticks_of(keeper, ThreadPool())}
        for name in ("assess", "remediate", "housekeeping", "audit"):
            with pytest.raises(StoreError, match="was moved, removed or replaced"):
                ticks[name].work()
        assert not settings.database.exists()


def test_the_night_is_a_tick_unless_it_is_switched_off(settings: Settings) -> None:
    off = settings.model_copy(update={"audit_at": None})
    for chosen, count in ((settings, 1), (off, 0)):
        with kept(chosen) as keeper:
            ticks = ticks_of(keeper, ThreadPool())
            assert [tick.nightly is not None for tick in ticks].count(True) == count


def test_who_may_not_be_alone_any_more_reads_no_device_at_night(settings: Settings) -> None:
    with kept(settings) as keeper:
        (night,) = (tick for tick in ticks_of(keeper, ThreadPool()) if tick.nightly)
        settings.lock.unlink()
        with pytest.raises(StoreError, match="another qosbot may work on this database"):
            night.work()


def test_the_network_is_looked_at_once_after_each_poll_even_a_silent_one() -> None:
    look = Looks(Polled())
    assess = assessing(look.store, look)
    for number in (1, 1, 1, 2, 2, 3):
        look.store.number = number
        assess()
    assert look.seen == [1, 2, 3]


def test_a_poll_that_came_during_a_look_is_looked_at_next() -> None:
    look = Looks(Polled(), is_overtaken=True)
    assess = assessing(look.store, look)
    assess()
    look.is_overtaken = False
    assess()
    assess()
    assert look.seen == [0, 1]


def test_a_look_that_failed_is_made_up_for() -> None:
    look = Looks(Polled(), fails=True)
    assess = assessing(look.store, look)
    with pytest.raises(StoreError):
        assess()
    look.fails = False
    assess()
    assess()
    assert look.seen == [0, 0]
