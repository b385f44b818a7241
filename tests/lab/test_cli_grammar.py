"""How a line is read: abbreviations, carets, ambiguity."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.lab.cli.config import TOP
from qosbot.lab.cli.shell import help_on
from tests.lab.cli_bench import bench


@pytest.mark.parametrize(
    ("typed", "mode"),
    [
        ("int gi0/1", "config-if"),
        ("interface GigabitEthernet 0/1", "config-if"),
        ("class VOICE", "config-cmap"),
        ("pol WAN", "config-pmap"),
        ("ip access-l e VOICE", "config-ext-nacl"),
        ("dial-p v 1 voip", "config-dial-peer"),
        ("voice class codec 1", "config-class"),
        ("arch", "config-archive"),
        ("ip sla 9", "config-ip-sla"),
    ],
)
def test_an_abbreviation_that_is_clear_is_the_command(typed: str, mode: str) -> None:
    router = bench()
    router.type(f"conf t\n{typed}")
    assert router.session.prompt == f"lil-ce1({mode})#"


def test_the_caret_stands_under_the_offending_word() -> None:
    answer = bench().type("show interfaces brief now")
    assert answer == " " * len("lil-ce1#show interfaces ") + "^\n" + (
        "% Invalid input detected at '^' marker.\n\n"
    )


def test_the_caret_reckons_with_the_prompt_of_the_mode() -> None:
    router = bench()
    router.type("conf t\npolicy-map CHILD\nclass VOICE")
    caret = router.type("priority percent 101").split("\n")[0]
    assert caret == " " * len("lil-ce1(config-pmap-c)#priority percent ") + "^"


def test_a_line_that_stops_early_is_incomplete() -> None:
    assert bench().type("show ip") == "% Incomplete command.\n\n"


def test_an_abbreviation_of_several_words_is_ambiguous() -> None:
    assert bench().type("show i") == '% Ambiguous command:  "show i"\n\n'


def test_a_show_command_in_configuration_mode_needs_do() -> None:
    router = bench()
    router.type("conf t")
    assert "% Invalid input" in router.type("show clock")
    assert "UTC" in router.type("do show clock")


def test_a_command_of_the_global_mode_leaves_the_section() -> None:
    router = bench()
    router.type("conf t\ninterface gi0/1\npolicy-map CHILD\nclass VOICE\nclass-map VOICE")
    assert router.session.prompt == "lil-ce1(config-cmap)#"


def test_exit_goes_up_one_section_and_end_leaves_them_all() -> None:
    router = bench()
    router.type("conf t\npolicy-map CHILD\nclass VOICE\nexit")
    assert router.session.prompt == "lil-ce1(config-pmap)#"
    router.type("end")
    assert router.session.prompt == "lil-ce1#"


def test_a_probe_that_has_its_kind_is_entered_in_its_own_mode() -> None:
    router = bench("ip sla 5\n udp-jitter 10.0.0.1 16384\n")
    router.type("conf t\nip sla 5")
    assert router.session.prompt == "lil-ce1(config-ip-sla-jitter)#"


def test_a_long_name_is_cut_where_the_prompt_names_a_mode() -> None:
    router = bench("", name="a-name-of-more-than-twenty-letters")
    assert router.session.prompt == "a-name-of-more-than-twenty-letters#"
    router.type("conf t")
    assert router.session.prompt == "a-name-of-more-than-(config)#"


def test_a_section_that_another_session_removed_is_left() -> None:
    router = bench()
    router.type("conf t\nclass-map OTHER")
    router.device.edit((TOP,), "no class-map OTHER", router.clock.now(), "another")
    assert "% Invalid input" in router.type("match dscp ef")


def test_help_shows_what_may_follow() -> None:
    router = bench()
    assert "  statistics" in help_on(router.session, "show ip sla ")
    assert help_on(router.session, "show ru") == "  running-config\n"


def test_the_caret_stands_under_an_interface_that_is_not_there() -> None:
    answer = bench().type("show interfaces gi0/9 | include rate")
    assert answer.split("\n")[0] == " " * len("lil-ce1#show interfaces ") + "^"


def test_a_default_interface_is_empty_and_still_there() -> None:
    router = bench()
    router.configure("default interface gi0/1")
    assert router.section("interface GigabitEthernet0/1") == [
        "no ip address", "duplex auto", "speed auto",
    ]  # fmt: skip


_TYPED = """
no default do end exit show ip sla 101 policy-map class CHILD VOICE interface gi0/1 | include (
configure terminal revert timer 5 priority percent match dscp ef 46 running-config access-list
10 permit any access-group name insert-before class-default police 8000 conform-action transmit
udp-jitter 10.0.0.1 codec g711ulaw schedule start-time now life service-policy output input
archive shutdown voice codec preference 1 reload in copy flash:x ? \\ [
"""
_words = st.sampled_from(_TYPED.split())


@settings(deadline=None, max_examples=80)
@given(st.lists(st.lists(_words, min_size=1, max_size=6).map(" ".join), max_size=8))
def test_whatever_is_typed_is_answered_and_leaves_a_configuration(lines: list[str]) -> None:
    router = bench()
    router.type("\n".join(["configure terminal", *lines]))
    once = router.running()
    assert bench(once).running() == once
