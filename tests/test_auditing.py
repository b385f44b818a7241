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
from qosbot.domain.audit.findings import Status
from qosbot.domain.audit.schedule import Nightly
from qosbot.judging import judge_as_read
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


def test_what_the_policy_accepts_is_shown_as_accepted_with_owner_and_reason(bot: Bot) -> None:
    config = "hostname r\n!\ninterface GigabitEthernet0/1\n service-policy output GONE\n!\nend"
    device = bot.inventory.devices["par-ce1"]
    found = judge_of(bot)(device, config)
    assert found is not None
    (broken,) = [one for one in found.findings if one.rule == "REF-01"]
    with (bot.settings.inventory / "policy.yaml").open("a", encoding="utf-8") as file:
        entry = f"{{id: '{broken.id}', owner: ana, reason: until we migrate}}"
        file.write(f"\naccepted_findings: [{entry}]\n")
    again = judge_of(bot)(device, config)
    assert again is not None
    (accepted,) = [one for one in again.findings if one.rule == "REF-01"]
    assert (accepted.id, accepted.status) == (broken.id, Status.ACCEPTED)
    assert accepted.evidence[-1] == "accepted: ana: until we migrate"
    assert [one.rule for one in again.findings if one.status is Status.ACCEPTED] == ["REF-01"]


def test_a_configuration_that_nobody_can_read_is_not_judged_and_stops_nothing(bot: Bot) -> None:
    # A rollback looks at the device, too: nothing that an audit raises may come out there.
    unknown = replace(bot.inventory.devices["par-ce1"], platform="unheard_of")
    assert judge_as_read(lambda: bot.inventory)(unknown, "hostname r\nend") is None


def test_links_of_one_role_are_to_carry_one_policy(bot: Bot) -> None:
    links = bot.settings.inventory / "links.yaml"
    text = links.read_text(encoding="utf-8")
    ours = "- device: par-ce1\n"
    links.write_text(text.replace(ours, f"{ours}  role: uplink\n"), encoding="utf-8")
    config = (
        "hostname r\nversion 15.7\n!\nclass-map match-any V\n match dscp ef\n!\n"
        "policy-map W\n class V\n  priority percent 20\n!\n"
        "interface GigabitEthernet0/0\n service-policy output W\n!\n"
        "interface GigabitEthernet0/1\n ip address 192.0.2.1 255.255.255.252\n!\nend"
    )
    with open_bot(bot.settings) as opened:
        roles = {one.role for one in context_of(opened.inventory, "par-ce1").circuits.values()}
        found = judge_of(opened)(bot.inventory.devices["par-ce1"], config)
    assert roles == {"uplink"}
    assert found is not None
    assert "REF-03" in {one.rule for one in found.findings}
