"""A router is configured over real SSH: its own safety net first, and nothing is guessed."""

import json
import logging
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import asyncssh
import pytest

from qosbot.adapters.logs import JsonLines
from qosbot.adapters.ssh.errors import (
    CommandRefusedError,
    CredentialsRefusedError,
    ForbiddenLineError,
    HostKeyError,
    SshStoppedError,
)
from qosbot.adapters.ssh.sessions import SshSessions
from qosbot.adapters.ssh.terminal import Timeouts
from qosbot.domain.errors import CommitRefusedError, DeviceError, DeviceUnreachableError
from qosbot.domain.intents import AttachVoicePolicy
from qosbot.domain.inventory import Secret
from qosbot.lab.cli.device import Reload
from qosbot.lab.startup import STARTUP
from qosbot.platforms.cisco_ios.ours import digest
from qosbot.platforms.cisco_ios.render import holds, undone
from qosbot.workflows.incidents import answering
from tests.adapters.ssh_bench import TIMEOUTS, FixedClock, Site, device_at, site
from tests.lab.cli_bench import PASSWORD
from tests.until import until

if TYPE_CHECKING:
    from qosbot.ports.configuring import ConfigSession

pytestmark = pytest.mark.slow

ATTACH = AttachVoicePolicy(
    interface="GigabitEthernet0/1", priority_bps=1_046_000, reference_bps=4e6
)
SHAPED = replace(ATTACH, shape_bps=3.8e6)


@pytest.fixture
def branch(tmp_path: Path) -> Iterator[Site]:
    with site(STARTUP["lyo-ce1"], tmp_path) as found:
        yield found


def test_reading_changes_nothing_and_says_what_runs(branch: Site) -> None:
    sessions: ConfigSession = branch.sessions
    config = sessions.read(branch.device)
    assert config.running == config.startup
    assert config.running.splitlines()[-1] == "end"
    assert config.running.strip("!\n") == branch.lab.running().strip("!\n")
    assert config.changed_stamp == ""
    assert branch.heard("configure") == []


def test_an_edit_moves_the_stamp_whoever_makes_it(branch: Site) -> None:
    branch.lab.clock.at += 60
    branch.lab.configure("ntp server 10.9.9.9")
    config = branch.sessions.read(branch.device)
    assert config.changed_stamp
    assert config.running != config.startup


def test_the_revert_is_armed_by_the_line_that_enters_the_configuration_mode(branch: Site) -> None:
    change = branch.change(ATTACH)
    result = branch.sessions.apply(branch.device, change, revert_after_min=5)
    assert result.accepted
    assert [line.line for line in result.lines] == list(change.apply)
    typed = [line for _, _, line in branch.lab.device.received]
    assert typed.index("configure terminal revert timer 5") < typed.index(change.apply[0])
    assert holds(ATTACH, branch.lab.running())
    branch.lab.clock.at += 90
    assert branch.sessions.revert_pending_s(branch.device) == 210.0


def test_without_a_confirmation_the_router_goes_back_by_itself(branch: Site) -> None:
    before = branch.lab.running()
    branch.sessions.apply(branch.device, branch.change(ATTACH), revert_after_min=5)
    branch.lab.clock.at += 301
    assert branch.lab.running() == before
    assert branch.sessions.revert_pending_s(branch.device) is None


def test_what_is_confirmed_stays_and_is_saved_only_when_asked(branch: Site) -> None:
    startup = branch.lab.device.startup_config()
    branch.sessions.apply(branch.device, branch.change(ATTACH), revert_after_min=5)
    branch.sessions.confirm(branch.device)
    branch.lab.clock.at += 600
    assert holds(ATTACH, branch.lab.running())
    assert branch.lab.device.startup_config() == startup
    branch.sessions.save(branch.device)
    assert branch.lab.device.startup_config() == branch.lab.running()


def test_only_what_was_expected_is_saved(branch: Site, caplog: pytest.LogCaptureFixture) -> None:
    startup = branch.lab.device.startup_config()
    branch.sessions.apply(branch.device, branch.change(ATTACH), revert_after_min=5)
    branch.sessions.confirm(branch.device)
    expected = digest(branch.sessions.read(branch.device).running)
    branch.lab.configure("ntp server 10.9.9.9")
    branch.sessions.save(branch.device, expected=expected)
    assert branch.lab.device.startup_config() == startup
    assert "configuration not saved" in caplog.text
    branch.lab.configure("no ntp server 10.9.9.9")
    branch.sessions.save(branch.device, expected=expected)
    assert branch.lab.device.startup_config() == branch.lab.running()


def test_a_sound_device_has_nothing_against_a_change(branch: Site) -> None:
    assert branch.sessions.preflight(branch.device) == ""
    assert branch.heard("configure") == []


def test_every_step_may_be_repeated_without_a_second_configuration_session(branch: Site) -> None:
    change = branch.change(SHAPED)
    for _ in range(2):
        branch.sessions.apply(branch.device, change, revert_after_min=5)
        assert holds(SHAPED, branch.lab.running())
    for _ in range(2):
        branch.sessions.confirm(branch.device)
    for _ in range(2):
        branch.sessions.save(branch.device)
    for _ in range(2):
        branch.sessions.undo(branch.device, change)
        assert undone(change, branch.lab.running())
    assert len(branch.heard("configure terminal")) == 2
    assert len(branch.heard("configure confirm")) == 1
    assert len(branch.heard("write memory")) == 1


def test_a_rollback_is_our_exact_undo_and_the_timer_goes_on(branch: Site) -> None:
    before, change = branch.lab.running(), branch.change(SHAPED)
    branch.sessions.apply(branch.device, change, revert_after_min=5)
    assert branch.sessions.undo(branch.device, change).accepted
    assert branch.lab.running() == before
    assert branch.sessions.revert_pending_s(branch.device) == 300.0


def test_a_revert_can_be_had_at_once(branch: Site) -> None:
    before = branch.lab.running()
    branch.sessions.apply(branch.device, branch.change(ATTACH), revert_after_min=5)
    branch.sessions.revert_now(branch.device)
    branch.sessions.revert_now(branch.device)
    assert branch.lab.running() == before
    assert len(branch.heard("configure revert now")) == 1


def test_a_refused_line_ends_the_change_and_is_named(branch: Site) -> None:
    branch.lab.faults.refuse["fair-queue"] = "% Invalid input detected at '^' marker."
    change = branch.change(SHAPED)
    result = branch.sessions.apply(branch.device, change, revert_after_min=5)
    assert not result.accepted
    assert [line.accepted for line in result.lines] == [True] * (len(result.lines) - 1) + [False]
    assert result.lines[-1].line == "  fair-queue"
    assert "Invalid input" in result.lines[-1].answer
    assert not branch.heard("shape average")
    assert branch.sessions.revert_pending_s(branch.device) == 300.0
    assert branch.sessions.undo(branch.device, change).accepted
    assert undone(change, branch.lab.running())


def test_a_refusal_without_a_percent_sign_is_a_refusal(branch: Site) -> None:
    said = "I/f GigabitEthernet0/1 class V requested bandwidth 9 (kbps), available only 1 (kbps)"
    branch.lab.faults.refuse["service-policy output"] = said
    result = branch.sessions.apply(branch.device, branch.change(ATTACH), revert_after_min=5)
    assert result.lines[-1].answer == said
    assert not result.lines[-1].accepted


@pytest.mark.parametrize("moment", ["reset_on", "reset_after"])
def test_a_reset_in_the_middle_leaves_the_timer_and_the_rest_can_be_typed(
    branch: Site, moment: str
) -> None:
    before, change = branch.lab.running(), branch.change(SHAPED)
    getattr(branch.lab.faults, moment).append("bandwidth percent 5")
    with pytest.raises(DeviceUnreachableError):
        branch.sessions.apply(branch.device, change, revert_after_min=5)
    getattr(branch.lab.faults, moment).clear()
    assert branch.sessions.revert_pending_s(branch.device) == 300.0
    assert branch.sessions.apply(branch.device, change, revert_after_min=9).accepted
    assert len(branch.heard("revert timer 9")) == 0
    assert holds(SHAPED, branch.lab.running())
    branch.lab.clock.at += 301
    assert branch.lab.running() == before


def test_without_an_archive_no_line_is_typed(tmp_path: Path) -> None:
    startup = STARTUP["lyo-ce1"].replace(" path flash:archive\n", "")
    with site(startup, tmp_path) as found:
        before = found.lab.running()
        with pytest.raises(CommitRefusedError, match="archive"):
            found.sessions.apply(found.device, found.change(ATTACH), revert_after_min=5)
        assert found.lab.running() == before
        assert not found.heard("class-map")


def test_somebody_elses_revert_timer_is_neither_used_nor_settled(branch: Site) -> None:
    change = branch.change(ATTACH)
    branch.lab.configure("ntp server 10.9.9.9")
    branch.lab.device.arm(10, branch.lab.clock.now(), "noc")
    with pytest.raises(CommitRefusedError, match="noc"):
        branch.sessions.apply(branch.device, change, revert_after_min=5)
    branch.sessions.confirm(branch.device)
    branch.sessions.save(branch.device)
    with pytest.raises(CommandRefusedError, match="noc"):
        branch.sessions.revert_now(branch.device)
    assert branch.lab.device.startup_config() != branch.lab.running()
    assert branch.lab.device.revert is not None
    assert len(branch.heard("configure ")) == 1


def test_a_confirmation_or_a_save_that_was_refused_is_there_to_be_seen(
    branch: Site, caplog: pytest.LogCaptureFixture
) -> None:
    branch.sessions.apply(branch.device, branch.change(ATTACH), revert_after_min=5)
    branch.lab.faults.refuse["configure confirm"] = "Command authorization failed."
    branch.sessions.confirm(branch.device)
    assert branch.sessions.revert_pending_s(branch.device) == 300.0
    assert "revert timer not confirmed" in caplog.text
    branch.lab.faults.refuse = {"write memory": "%Error opening nvram:/ (No space left)"}
    branch.sessions.confirm(branch.device)
    branch.sessions.save(branch.device)
    assert branch.lab.device.startup_config() != branch.lab.running()
    assert "configuration not saved" in caplog.text


def test_a_configuration_that_is_not_shown_whole_is_not_one(branch: Site) -> None:
    branch.lab.faults.refuse["show running-config"] = "Command authorization failed."
    with pytest.raises(DeviceUnreachableError, match="Command authorization failed"):
        branch.sessions.read(branch.device)


def test_a_timer_in_unknown_words_is_never_taken_for_none(branch: Site) -> None:
    branch.lab.faults.refuse["rollback timer"] = "Rollback in a while"
    with pytest.raises(DeviceUnreachableError, match="may be pending"):
        branch.sessions.revert_pending_s(branch.device)


def test_a_scheduled_reload_forbids_a_change(branch: Site) -> None:
    branch.lab.device.scheduled_reload = Reload(
        due=branch.lab.clock.now() + 600, user="noc", reason=""
    )
    with pytest.raises(CommitRefusedError, match="reload is scheduled"):
        branch.sessions.apply(branch.device, branch.change(ATTACH), revert_after_min=5)


def test_a_line_that_no_rule_allows_is_never_sent(branch: Site) -> None:
    change = replace(branch.change(ATTACH), apply=("no ip routing",))
    with pytest.raises(ForbiddenLineError, match="no ip routing"):
        branch.sessions.apply(branch.device, change, revert_after_min=5)
    undo = replace(change, apply=(), undo=("reload",))
    assert not branch.sessions.undo(branch.device, undo).accepted
    assert branch.lab.device.received == ()


def refusals(caplog: pytest.LogCaptureFixture) -> int:
    """Return how often a device was asked and refused."""
    return sum(one.message == "credentials refused" for one in caplog.records)


def test_a_refused_password_is_not_tried_again_on_the_device_until_it_changes(
    branch: Site, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = branch.with_access(password=Secret("not the password"))
    with caplog.at_level(logging.DEBUG):
        for _ in range(3):
            with pytest.raises(CredentialsRefusedError):
                branch.sessions.read(wrong)
        branch.sessions.resume()
        with pytest.raises(CredentialsRefusedError):
            branch.sessions.read(wrong)
    assert refusals(caplog) == 1
    assert "not the password" not in caplog.text
    assert branch.sessions.read(branch.device).running


def test_two_refusals_on_any_devices_stop_all(
    branch: Site, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = branch.with_access(password=Secret("not the password"))
    for name in ("r1", "r2"):
        assert not branch.sessions.has_stopped()
        with pytest.raises(CredentialsRefusedError):
            branch.sessions.read(replace(wrong, name=name))
    assert branch.sessions.has_stopped()
    with pytest.raises(SshStoppedError):
        branch.sessions.read(replace(branch.device, name="r3"))
    assert refusals(caplog) == 2
    branch.sessions.resume()
    assert not branch.sessions.has_stopped()
    assert branch.sessions.read(branch.device).running


def test_devices_asked_together_with_a_wrong_password_refuse_it_no_more_than_twice(
    branch: Site, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = branch.with_access(password=Secret("not the password"))
    found = branch.sessions.read_all([replace(wrong, name=f"r{n}") for n in range(8)])
    assert sorted(type(one).__name__ for one in found.values()) == [
        *["CredentialsRefusedError"] * 2,
        *["SshStoppedError"] * 6,
    ]
    assert refusals(caplog) == 2


def test_a_sound_password_lets_many_devices_be_asked_together(branch: Site) -> None:
    found = branch.sessions.read_all([replace(branch.device, name=f"r{n}") for n in range(4)])
    assert not any(isinstance(one, DeviceError) for one in found.values())


def test_another_host_key_than_the_known_one_is_refused(branch: Site, tmp_path: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key("openssh").decode()
    known = tmp_path / "other_hosts"
    known.write_text(f"[127.0.0.1]:{branch.server.port} {other}")
    with pytest.raises(HostKeyError):
        branch.sessions.read(branch.with_access(known_hosts=str(known)))
    assert branch.lab.device.received == ()


def test_an_unknown_host_is_refused(branch: Site, tmp_path: Path) -> None:
    for known in (tmp_path / "empty", tmp_path / "missing"):
        if known.name == "empty":
            known.write_text("")
        with pytest.raises(HostKeyError):
            branch.sessions.read(branch.with_access(known_hosts=str(known)))


def test_a_device_that_never_answers_is_unreachable_in_time(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        sessions = SshSessions(FixedClock(), Timeouts(connect_s=1.0, login_s=1.0))
        with pytest.raises(DeviceUnreachableError, match="did not answer within"):
            sessions.read(device_at(deaf.getsockname()[1], tmp_path / "known_hosts"))


def test_one_silent_device_does_not_hide_the_others(branch: Site, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        silent = device_at(deaf.getsockname()[1], tmp_path / "known_hosts", name="r2")
        sessions = SshSessions(FixedClock(), replace(TIMEOUTS, login_s=3.0))
        found = sessions.read_all([branch.device, silent])
    assert isinstance(found["r2"], DeviceUnreachableError)
    assert not isinstance(found["r1"], DeviceError)


def test_a_long_host_name_is_cut_in_the_configuration_prompt_and_understood(
    tmp_path: Path,
) -> None:
    startup = STARTUP["lyo-ce1"].replace(
        "hostname lyo-ce1", "hostname a-very-long-name-of-a-router"
    )
    with site(startup, tmp_path, name="a-very-long-name-of-a-router") as found:
        change = found.change(ATTACH)
        assert found.sessions.apply(found.device, change, revert_after_min=5).accepted


def test_no_secret_is_in_what_a_session_says_of_itself(
    branch: Site, caplog: pytest.LogCaptureFixture
) -> None:
    branch.lab.configure("snmp-server community CANARYCOMMUNITY RO")
    change = branch.change(ATTACH)
    with caplog.at_level(logging.DEBUG):
        assert "CANARYCOMMUNITY" in branch.sessions.read(branch.device).running
        branch.sessions.apply(branch.device, change, revert_after_min=5)
    assert "change applied" in caplog.text
    for secret in (PASSWORD, "CANARYCOMMUNITY"):
        assert secret not in caplog.text
        assert secret not in repr((branch.device, branch.sessions))


def test_the_device_s_line_is_free_again_after_each_call(branch: Site) -> None:
    branch.sessions.read(branch.device)
    branch.lab.faults.refuse["show running-config"] = "% Invalid input detected at '^' marker."
    with pytest.raises(DeviceUnreachableError):
        branch.sessions.read(branch.device)
    until(lambda: not branch.server.connections, within_s=20.0)


def test_what_is_written_in_a_session_belongs_to_the_incident_that_it_is_for(
    branch: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "qosbot")
    caplog.handler.setFormatter(JsonLines())
    wrong = branch.with_access(password=Secret("wrong"))
    with answering("a-1"):
        branch.sessions.apply(branch.device, branch.change(ATTACH), revert_after_min=5)
        # This is written by a thread of nornir's own.
        with pytest.raises(CredentialsRefusedError):
            branch.sessions.read(wrong)
    branch.sessions.undo(branch.device, branch.change(ATTACH))
    found = [json.loads(line) for line in caplog.text.splitlines() if "qosbot." in line]
    assert [(one["message"], one.get("incident")) for one in found] == [
        ("change applied", "a-1"),
        ("credentials refused", "a-1"),
        ("change undone", None),
    ]
