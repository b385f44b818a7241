"""From settings and inventory to what is audited, when, and by which name."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from qosbot.auditing import judge_of, nightly_of
from qosbot.bootstrap import Bot, open_bot
from qosbot.domain.audit.circuits import context_of
from qosbot.domain.audit.schedule import Nightly
from qosbot.settings import Settings
from tests.adapters.ssh_bench import FixedClock
from tests.adapters.test_inventory_examples import lay_out


@pytest.fixture
def bot(tmp_path: Path) -> Iterator[Bot]:
    settings = Settings(
        inventory=lay_out(tmp_path),
        database=tmp_path / "qosbot.db",
        kill_switch=tmp_path / "STOP",
    )
    with open_bot(settings) as opened:
        yield replace(opened, clock=FixedClock())


def test_the_time_of_day_is_that_of_the_policy_unless_said_otherwise() -> None:
    paris = Nightly(at=time(2, 30), zone=ZoneInfo("Europe/Paris"))
    assert nightly_of(Settings(), "Europe/Paris") == paris
    assert nightly_of(Settings(audit_timezone="Europe/Paris"), "UTC") == paris
    assert nightly_of(Settings(audit_at=None), "UTC") is None


def test_a_device_is_called_what_the_inventory_calls_it(bot: Bot) -> None:
    judge = judge_of(bot)
    device = bot.inventory.devices["par-ce1"]
    config = "hostname router\n!\ninterface GigabitEthernet0/1\n service-policy output GONE\n!\nend"
    found = judge(device, config)
    assert found is not None
    assert found.device == "par-ce1"
    assert "REF-01" in {one.rule for one in found.findings}
    assert {one.device for one in found.findings} == {"par-ce1"}


def test_a_device_is_judged_by_the_circuits_and_calls_of_the_inventory(bot: Bot) -> None:
    used = [one for one in bot.inventory.links.values() if bot.inventory.calls_out(one.id)]
    link = next(one for one in used if one.id.device == "lyo-ce1")
    circuit = context_of(bot.inventory, "lyo-ce1").circuits[link.id.interface]
    assert circuit.rate_out_bps == link.rate_out_bps
    assert circuit.calls == bot.inventory.calls_out(link.id)
    assert circuit.calls
    assert circuit.call_bps
    # The rule adds its 5 % itself; with ours on top it would want more than we ever give.
    assert circuit.voice_need_bps == pytest.approx(circuit.calls * circuit.call_bps)
