"""What the ticks of a serving bot do, and in which order."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from qosbot.domain.errors import StoreError
from qosbot.ports import DeviceState
from qosbot.service import assessing
from tests.domain.builders import NOON
from tests.workflows.fakes import FakeStore


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
