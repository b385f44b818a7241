"""What ends an answer, what is a refusal, and what may be sent at all."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from qosbot.platforms.cisco_ios import session
from qosbot.platforms.cisco_ios.allowed import may_execute, rule_for
from tests.needs import SHARED, needs

TIMER = """\
Time configured(or reconfigured): 22:50:48 UTC Tue Apr 24 2007
Timer type: absolute timer
Timer value: 5 min
User: console
"""

REFUSALS = [
    "            ^\n% Invalid input detected at '^' marker.\n",
    "% Incomplete command.",
    '% Ambiguous command:  "sh"',
    "% Class-map X is being used",
    "% Unknown command or computer name, or unable to find computer address",
    "%Please turn config archive on before using Rollback Confirmed Change",
    "%Error opening flash:x (No such file or directory)",
    "Command authorization failed.",
    "I/f GigabitEthernet0/0 class V requested bandwidth 50 (kbps), available only 25 (kbps)",
    "Policy map X is already attached",
    "Must deconfigure bandwidth before configuring priority in class V",
    "Insufficient bandwidth 25 kbps for the bandwidth guarantee (30)",
    "service-policy output X is not supported on this interface",
    "CBWFQ : Can be enabled as an output feature only",
    "please remove queuing feature from child policy first",
]

HARMLESS = [
    "",
    "Enter configuration commands, one per line.  End with CNTL/Z.",
    "%SYS-5-CONFIG_I: Configured from console by noc on vty0 (10.0.0.1)",
    "*Nov 22 12:00:00.123: %LINK-3-UPDOWN: Interface Serial0/0, changed state to up",
    "%HA_EM-6-LOG: watcher: nothing to do",
    "%Warning: use this with care",
    "% Warning: use this with care",
    "Rollback Confirmed Change: Backing up current running config to flash:bak-1",
    "Building configuration...\n[OK]",
]


@pytest.mark.parametrize("answer", REFUSALS)
def test_every_refusal_is_seen_and_quoted(answer: str) -> None:
    assert session.refusal(answer)
    assert session.refusal(f"\nsome line\n{answer}\nanother") in answer


@pytest.mark.parametrize("answer", HARMLESS)
def test_what_is_harmless_is_no_refusal(answer: str) -> None:
    assert session.refusal(answer) == ""


def test_real_prompts_are_prompts_and_other_lines_are_none() -> None:
    needs("configs")
    file = SHARED / "configs" / "cisco_ios" / "prompts" / "oxidized-ios_generic_prompt.yaml"
    prompts = YAML(typ="safe").load(file.read_text())
    for prompt in prompts["pass"]:
        assert session.login(f"banner\r\n{prompt}") == (prompt.strip()[:-1], True)
        assert re.search(session.LOGIN_PROMPT, f"banner\r\n{prompt}")
        assert re.search(session.exec_prompt(prompt.strip()[:-1]), f"\r\n{prompt}")
    for line in prompts["fail"]:
        assert session.login(line) is None


@given(host=st.from_regex(r"[A-Za-z][A-Za-z0-9.-]{0,40}", fullmatch=True))
def test_the_prompt_of_one_mode_is_never_that_of_the_other(host: str) -> None:
    configuring = f"\n{host[:20]}(config-pmap-c)#"
    assert re.search(session.config_prompt(host), configuring)
    assert not re.search(session.exec_prompt(host), configuring)
    assert re.search(session.exec_prompt(host), f"\n{host}#")
    assert not re.search(session.config_prompt(host), f"\n{host}#")
    assert not re.search(session.exec_prompt(host), f"\nx{host}#")


def test_a_user_who_may_not_configure_is_told_apart() -> None:
    assert session.login("r1>") == ("r1", False)


def test_the_time_left_is_reckoned_by_the_device_s_own_clock() -> None:
    assert session.timer_left_s(TIMER, "*22:52:00.123 UTC Tue Apr 24 2007") == 228.0
    assert session.timer_left_s("%No Rollback Confirmed Change pending", "") is None
    assert session.timer_user(TIMER) == "console"
    assert session.timer_user("%No Rollback Confirmed Change pending") is None


def test_a_timer_in_unknown_words_is_never_taken_for_none() -> None:
    with pytest.raises(ValueError, match="may be pending"):
        session.timer_left_s("Rollback in a while", "12:00:00.000 UTC Tue Apr 24 2007")
    with pytest.raises(ValueError, match="may be pending"):
        session.timer_left_s(TIMER, "no clock here")


def test_a_timer_armed_before_summer_time_began_or_ended_has_no_known_time_left() -> None:
    spring = TIMER.replace("22:50:48 UTC Tue Apr 24 2007", "01:58:30 CET Sun Mar 29 2026")
    with pytest.raises(ValueError, match="another time zone"):
        session.timer_left_s(spring, "03:00:10.000 CEST Sun Mar 29 2026")
    assert session.timer_left_s(spring, "01:59:30.000 CET Sun Mar 29 2026") == 240.0
    # Without this an hour too much would be left: armed at 02:58:30, and 02:00:10 comes again.
    autumn = TIMER.replace("22:50:48 UTC Tue Apr 24 2007", "02:58:30 CEST Sun Oct 25 2026")
    with pytest.raises(ValueError, match="another time zone"):
        session.timer_left_s(autumn, "02:00:10.000 CET Sun Oct 25 2026")


@pytest.mark.parametrize("clock", ["22:55:49", "22:50:47", "23:55:00", "21:52:00"])
def test_less_than_no_time_left_or_more_than_was_armed_is_unreadable(clock: str) -> None:
    with pytest.raises(ValueError, match="cannot be left"):
        session.timer_left_s(TIMER, f"{clock}.000 UTC Tue Apr 24 2007")


@pytest.mark.parametrize(("clock", "left_s"), [("22:55:48", 0.0), ("22:50:48", 300.0)])
def test_a_timer_has_from_nothing_to_all_that_was_armed_left(clock: str, left_s: float) -> None:
    assert session.timer_left_s(TIMER, f"{clock}.999 UTC Tue Apr 24 2007") == left_s


@pytest.mark.parametrize("minutes", [0, 121, -5])
def test_a_timer_that_ios_does_not_have_is_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match="1 to 120 minutes"):
        session.configure_with_revert(minutes)
    with pytest.raises(ValueError, match="1 to 120 minutes"):
        session.rearm(minutes)


def test_the_stamps_are_read_and_left_out_of_the_text() -> None:
    shown = (
        "Building configuration...\n\nCurrent configuration : 100 bytes\n!\n"
        "! Last configuration change at 10:00:00 UTC Mon Nov 2 2026 by noc\n"
        "! NVRAM config last updated at 10:00:01 UTC Mon Nov 2 2026 by noc\n!\n"
        "version 15.7\nntp clock-period 17208943\nend\n"
    )
    assert session.changed_stamp(shown) == "10:00:00 UTC Mon Nov 2 2026 by noc"
    assert session.saved_stamp(shown) == "10:00:01 UTC Mon Nov 2 2026 by noc"
    assert session.config_text(shown) == "version 15.7\nend\n"
    assert session.config_text("Using 100 out of 262144 bytes\n!\nversion 15.7\nend\n") == (
        "version 15.7\nend\n"
    )


def test_other_people_at_the_device_are_seen() -> None:
    shown = (
        "    Line       User       Host(s)              Idle       Location\n"
        "   0 con 0     noc        idle                 00:12:00\n"
        "*388 vty 0     qosbot     idle                 00:00:00 127.0.0.1\n\n"
        "  Interface    User               Mode         Idle     Peer Address\n"
    )
    assert session.other_users(shown) == ("noc",)


@pytest.mark.parametrize(
    "line",
    [
        "no ip routing", "reload", "interface GigabitEthernet0/1 | redirect flash:x",
        "policy-map A\nreload", "class-map match-any A B", "no policy-map WAN-OUT",
        "no class-map match-any VOICE", "no interface GigabitEthernet0/1", "shutdown",
        "service-policy output WAN-OUT", "no service-policy output WAN-OUT", "no priority",
        "do reload", "no dial-peer voice 1 voip", "hostname x", "bandwidth percent 50; reload", "",
        "priority percent 1000", "match dscp ef cs9", "username x password y", "mls qos",
    ],
)  # fmt: skip
def test_what_no_remedy_needs_may_not_be_sent(line: str) -> None:
    assert rule_for(line) is None


@pytest.mark.parametrize(
    "line",
    [
        "reload", "reload in 5", "configure terminal revert timer 5 | tee x", "write erase",
        "show running-config | redirect tftp://x", "copy running-config tftp:", "delete flash:x",
        "configure replace flash:x force", "clear counters", "show tech-support", "debug all",
        "configure terminal\n", "terminal length 24", "",
    ],
)  # fmt: skip
def test_outside_the_configuration_mode_only_what_a_change_needs_is_sent(line: str) -> None:
    assert not may_execute(line)


@given(st.text(max_size=60))
def test_a_line_with_a_control_character_is_never_allowed(text: str) -> None:
    if any(ord(letter) < 32 for letter in text):
        assert rule_for(text) is None
        assert not may_execute(text)


@given(st.sampled_from(["\n", "\r", "\x1a", "\x03", "|", "?", ";"]))
def test_nothing_can_be_hidden_behind_an_allowed_line(tail: str) -> None:
    assert rule_for(f"interface GigabitEthernet0/1{tail}") is None
    assert rule_for(f"  priority percent 30{tail}") is None
    assert not may_execute(f"show running-config{tail}")
