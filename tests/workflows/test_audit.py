"""A night's audit: once, whatever happens, and a device that was not read is not thought mended."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from qosbot.adapters.sql import SqlAudits, SqlOutbox, opened
from qosbot.domain.audit.findings import DeviceAudit
from qosbot.domain.audit.nights import NetworkAudit
from qosbot.domain.audit.schedule import MOST_TRIES, Nightly
from qosbot.domain.inventory import Device, Secret, SnmpV2c
from qosbot.domain.metrics import Grade
from qosbot.ports.auditing import CollectedConfig, Collection
from qosbot.ports.keeping import ScoreRow
from qosbot.workflows.audit import IN_HAND, NOT_JUDGED, Auditor, audit, tonight
from tests.domain.audit.audit_builders import device_audit, finding
from tests.domain.builders import NOON, PATH
from tests.workflows.fakes import FakeClock, FakeStore

NIGHTLY = Nightly(at=time(2, 30), zone=ZoneInfo("UTC"))
DAY = timedelta(days=1)
FIRST_NIGHT = NOON.replace(hour=2, minute=30) + DAY


def device(name: str) -> Device:
    access = SnmpV2c(community=Secret("c"))
    return Device(name=name, platform="cisco_ios", site="s", address="192.0.2.1", snmp=access)


class LostPowerError(Exception):
    """The process is gone."""


@dataclass
class World:
    """Devices with configurations that are lists of broken rules, and what audits them."""

    audits: SqlAudits
    outbox: SqlOutbox
    configs: dict[str, str] = field(default_factory=lambda: {"r1": "QUE-01", "r2": ""})
    silent: set[str] = field(default_factory=set)
    in_hand: set[str] = field(default_factory=set)
    clock: FakeClock = field(default_factory=FakeClock)
    store: FakeStore = field(default_factory=FakeStore)
    is_stopped: bool = False
    is_ending: bool = False
    dies: int = 0
    asked: int = 0

    def collect(
        self, devices: Sequence[Device], *, go_on: Callable[[], bool] = lambda: True
    ) -> Collection:
        self.asked += 1
        if self.dies:
            self.dies -= 1
            raise LostPowerError
        del go_on
        names = [one.name for one in devices]
        return Collection(
            configs={
                name: CollectedConfig(device=name, text=self.configs[name], read_at=self.clock.at)
                for name in names
                if name not in self.silent
            },
            unread={name: f"{name} is silent" for name in names if name in self.silent},
        )

    def judge(self, one: Device, config: str) -> DeviceAudit | None:
        if config == "poison":
            return None
        return device_audit(*[finding(rule, one.name) for rule in config.split()], device=one.name)

    def auditor(self) -> Auditor:
        return Auditor(
            devices=[device(name) for name in self.configs],
            paths={PATH.name: PATH},
            poll_interval_s=60.0,
            collector=self,
            judge=self.judge,
            audits=self.audits,
            store=self.store,
            clock=self.clock,
            in_hand=lambda: self.in_hand,
        )

    def tick(self, at: datetime) -> NetworkAudit | None:
        self.clock.at = at
        return tonight(
            self.auditor(),
            NIGHTLY,
            go_on=lambda: not self.is_ending,
            is_stopped=lambda: self.is_stopped,
        )

    def night(self, number: int) -> NetworkAudit:
        found = self.tick(FIRST_NIGHT + number * DAY)
        assert found is not None
        return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(opened(tmp_path / "qosbot.db")) as database:
        made = World(SqlAudits(database), SqlOutbox(database))
        assert made.tick(NOON) is None
        yield made


def test_the_first_start_has_missed_no_night(world: World) -> None:
    assert world.tick(FIRST_NIGHT - timedelta(minutes=1)) is None
    assert world.asked == 0


def test_a_night_is_audited_once_however_often_it_is_asked_for(world: World) -> None:
    assert world.tick(FIRST_NIGHT) is not None
    assert world.tick(FIRST_NIGHT + timedelta(minutes=5)) is None
    assert world.tick(FIRST_NIGHT + timedelta(hours=23)) is None
    assert world.asked == 1


def test_nights_that_were_missed_are_made_up_for_by_one(world: World) -> None:
    late = FIRST_NIGHT + 4 * DAY + timedelta(hours=7)
    assert world.tick(late) is not None
    assert world.tick(late + timedelta(minutes=5)) is None
    assert world.tick(FIRST_NIGHT + 5 * DAY) is not None


def test_a_night_in_which_the_process_died_is_done_by_the_next(world: World) -> None:
    world.dies = 1
    with pytest.raises(LostPowerError):
        world.tick(FIRST_NIGHT)
    found = world.tick(FIRST_NIGHT + timedelta(minutes=5))
    assert found is not None
    assert found.is_nightly
    assert world.tick(FIRST_NIGHT + timedelta(minutes=10)) is None


def test_a_night_that_kills_again_and_again_is_given_up(world: World) -> None:
    world.dies = 99
    for minute in range(MOST_TRIES):
        with pytest.raises(LostPowerError):
            world.tick(FIRST_NIGHT + timedelta(minutes=minute))
    assert world.tick(FIRST_NIGHT + timedelta(minutes=9)) is None
    assert world.asked == MOST_TRIES
    world.dies = 0
    assert world.tick(FIRST_NIGHT + DAY) is not None


def test_under_the_kill_switch_a_night_stays_due(world: World) -> None:
    world.is_stopped = True
    assert world.tick(FIRST_NIGHT) is None
    world.is_stopped = False
    assert world.tick(FIRST_NIGHT + timedelta(hours=3)) is not None
    assert world.asked == 1


def test_a_process_that_ends_keeps_no_half_audit(world: World) -> None:
    world.is_ending = True
    assert world.tick(FIRST_NIGHT) is None
    assert world.audits.last() == {}
    world.is_ending = False
    assert world.tick(FIRST_NIGHT + timedelta(minutes=5)) is not None


def test_the_first_audit_calls_nothing_new(world: World) -> None:
    found = world.night(0)
    assert found.since is None
    assert (len(found.standing), found.changes.new) == (1, ())


def test_the_next_night_says_what_is_new_and_what_is_fixed(world: World) -> None:
    world.night(0)
    world.configs |= {"r1": "", "r2": "QUE-03"}
    found = world.night(1)
    assert found.since == FIRST_NIGHT
    assert [one.rule for one in found.changes.new] == ["QUE-03"]
    assert [one.rule for one in found.changes.fixed] == ["QUE-01"]
    assert [one.device for one in found.config_changes] == ["r1", "r2"]
    assert found.config_changes[0].diff[-1] == "-QUE-01"


def test_what_was_found_in_a_silent_device_is_not_seen_and_still_there_when_it_speaks_again(
    world: World,
) -> None:
    world.night(0)
    world.silent = {"r1"}
    silent = world.night(1)
    assert [one.rule for one in silent.changes.not_seen] == ["QUE-01"]
    assert silent.changes.fixed == ()
    assert [(one.device, one.why, one.read_at) for one in silent.unread] == [
        ("r1", "r1 is silent", FIRST_NIGHT)
    ]
    world.silent = set()
    spoken = world.night(2)
    assert (spoken.changes.new, spoken.changes.fixed) == ((), ())
    assert len(spoken.standing) == 1


def test_a_configuration_that_cannot_be_judged_costs_no_other_device_its_audit(
    world: World,
) -> None:
    world.night(0)
    world.configs["r1"] = "poison"
    found = world.night(1)
    assert [one.device for one in found.devices] == ["r2"]
    assert [(one.device, one.why) for one in found.unread] == [("r1", NOT_JUDGED)]
    assert [one.rule for one in found.changes.not_seen] == ["QUE-01"]


def test_a_night_is_told_and_what_somebody_asked_for_is_not(world: World) -> None:
    by_hand = audit(world.auditor())
    assert by_hand is not None
    assert not by_hand.is_nightly
    assert world.outbox.due(NOON + DAY) == ()
    found = world.night(0)
    assert [one.subject for one in world.outbox.due(FIRST_NIGHT)] == [found.id]


def test_a_path_has_the_day_of_its_worse_direction(world: World) -> None:
    at = FIRST_NIGHT - timedelta(minutes=10)
    row = ScoreRow(at=at, mos_forward=4.2, mos_backward=3.1, reason="", grade=Grade.A)
    world.store.history = {PATH.name: [row]}
    (day,) = world.night(0).days
    assert (day.mos_worst, day.below_min, day.threshold) == (3.1, 2.0, 3.5)


def test_a_device_that_a_change_is_made_on_is_left_alone_for_the_night(world: World) -> None:
    world.night(0)
    world.in_hand = {"r1"}
    found = world.night(1)
    assert [(one.device, one.why) for one in found.unread] == [("r1", IN_HAND)]
    assert found.changes.fixed == ()
    world.in_hand = set()
    assert world.night(2).unread == ()
