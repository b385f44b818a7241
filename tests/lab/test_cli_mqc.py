"""What IOS refuses of the modular QoS CLI, and what an edit that no longer fits costs."""

import pytest

from tests.lab.cli_bench import VOICE, bench


def test_a_class_map_in_use_is_not_deleted() -> None:
    router = bench()
    assert router.configure("no class-map VOICE") == "% Class-map VOICE is being used"
    assert "class-map match-any VOICE" in router.running()


@pytest.mark.parametrize("name", ["WAN", "CHILD"])
def test_a_policy_map_on_an_interface_or_in_another_is_not_deleted(name: str) -> None:
    router = bench()
    assert "is being used" in router.configure(f"no policy-map {name}")
    assert f"policy-map {name}" in router.running()


def test_a_stack_is_taken_down_from_the_interface_inwards() -> None:
    router = bench()
    said = router.configure(
        "interface gi0/1\nno service-policy output\nno policy-map WAN\nno policy-map CHILD\n"
        "no class-map VOICE"
    )
    assert said == ""
    assert "VOICE" not in router.running()


@pytest.mark.parametrize(
    "lines",
    [
        "policy-map CHILD\nclass NOBODY",
        "interface gi0/1\nno service-policy output WAN\nservice-policy output NOBODY",
        "policy-map WAN\nclass class-default\nservice-policy NOBODY",
    ],
)
def test_what_is_not_defined_cannot_be_named(lines: str) -> None:
    router = bench()
    assert "NOBODY not configured" in router.configure(lines)
    assert "NOBODY" not in router.running()


def test_an_interface_takes_one_policy_for_each_direction() -> None:
    router = bench()
    router.configure("policy-map MARK\nclass VOICE\nset dscp ef")
    lines = "interface gi0/1\nservice-policy output MARK\nservice-policy input MARK"
    assert router.configure(lines) == "Policy map WAN is already attached"
    assert router.section("interface GigabitEthernet0/1")[-2:] == [
        "service-policy input MARK", "service-policy output WAN",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "action", ["priority percent 10", "bandwidth 100", "shape average 1000000", "fair-queue"]
)
def test_queueing_is_an_output_feature(action: str) -> None:
    router = bench("class-map V\n match dscp ef\n")
    router.configure(f"policy-map P\nclass V\n{action}")
    said = router.configure("interface gi0/0\nservice-policy input P")
    assert said == "CBWFQ : Can be enabled as an output feature only"
    assert "service-policy" not in router.running()


def test_queueing_is_not_added_to_a_policy_that_stands_at_the_input() -> None:
    router = bench("class-map V\npolicy-map P\n class V\n  set dscp ef\n"
                   "interface GigabitEthernet0/0\n service-policy input P\n")  # fmt: skip
    said = router.configure("policy-map P\nclass V\npriority 100")
    assert said == "CBWFQ : Can be enabled as an output feature only"
    assert "priority" not in router.running()


def test_an_attachment_that_reserves_more_than_three_quarters_is_refused() -> None:
    router = bench("class-map V\nclass-map D\npolicy-map P\n class V\n  priority 5000\n"
                   " class D\n  bandwidth 4000\n")  # fmt: skip
    said = router.configure("interface gi0/1\nservice-policy output P")
    assert said == (
        "I/f GigabitEthernet0/1 class D requested bandwidth 4000 (kbps), available only 2500 (kbps)"
    )
    assert "service-policy" not in router.running()


@pytest.mark.parametrize("room", ["bandwidth 13000", "max-reserved-bandwidth 100"])
def test_the_interface_says_what_may_be_reserved(room: str) -> None:
    router = bench("class-map V\npolicy-map P\n class V\n  priority 9000\n")
    assert "requested" in router.configure("interface gi0/1\nservice-policy output P")
    assert router.configure(f"interface gi0/1\n{room}\nservice-policy output P") == ""


def test_a_nested_policy_has_the_shaped_rate_to_reserve() -> None:
    startup = VOICE.replace("priority percent 33", "priority 3000")
    router = bench(startup)
    said = router.configure("policy-map WAN\nclass class-default\nshape average 3500000")
    assert "requested bandwidth 3000 (kbps), available only 2625 (kbps)" in said


def test_an_edit_that_outgrows_the_link_costs_it_the_whole_policy() -> None:
    router = bench()
    said = router.configure("policy-map CHILD\nclass VOICE\npriority percent 80")
    assert "requested bandwidth 80 (%), available only 75 (%)" in said
    assert "priority percent 80" in router.running()
    assert "service-policy output" not in router.running()


def test_percentages_beyond_the_whole_are_refused_and_change_nothing() -> None:
    router = bench()
    router.configure("class-map D")
    said = router.configure("policy-map CHILD\nclass D\nbandwidth percent 68")
    assert said == "Sum total of class bandwidths exceeds 100 percent"
    assert "bandwidth" not in router.running()


def test_priority_and_bandwidth_exclude_each_other() -> None:
    router = bench()
    said = router.configure("policy-map CHILD\nclass VOICE\nbandwidth percent 10")
    assert said.startswith("Must deconfigure priority")
    assert router.section("policy-map CHILD")[1] == "priority percent 33"


def test_bandwidths_of_one_policy_have_one_unit() -> None:
    router = bench("class-map A\nclass-map B\npolicy-map P\n class A\n  bandwidth percent 10\n")
    said = router.configure("policy-map P\nclass B\nbandwidth 100")
    assert said == "All classes with bandwidth should have consistent units"


def test_a_policy_that_queues_nests_only_in_a_shaped_class() -> None:
    router = bench()
    said = router.configure("class-map D\npolicy-map W2\nclass D\nservice-policy CHILD")
    assert "only if shaping is configured" in said


def test_a_shaper_is_not_removed_from_above_a_policy_that_queues() -> None:
    router = bench()
    said = router.configure("policy-map WAN\nclass class-default\nno shape average 9500000")
    assert said == "please remove queuing feature from child policy first"
    assert "shape average 9500000" in router.running()


def test_a_policy_is_not_nested_in_itself() -> None:
    router = bench()
    lines = "policy-map CHILD\nclass class-default\nshape average 1000000\nservice-policy WAN"
    assert "cannot be nested in itself" in router.configure(lines)


def test_a_scheduled_probe_is_not_edited_but_deleted_and_made_anew() -> None:
    router = bench("ip sla 101\n udp-jitter 10.0.0.1 16384 codec g711ulaw\n frequency 30\n"
                   "ip sla schedule 101 life forever start-time now\n")  # fmt: skip
    said = router.configure("ip sla 101\nfrequency 5")
    assert said.startswith("Entry already running and cannot be modified")
    assert "frequency 30" in router.running()
    anew = "no ip sla 101\nip sla 101\nudp-jitter 10.0.0.1 16384 codec g729a\nfrequency 5"
    assert router.configure(anew) == ""
    assert router.section("ip sla 101") == ["udp-jitter 10.0.0.1 16384 codec g729a", "frequency 5"]


def test_a_probe_that_is_not_configured_is_not_scheduled() -> None:
    assert bench().configure("ip sla schedule 7 life forever start-time now") == (
        "%Entry not configured"
    )


def test_a_probe_is_not_more_frequent_than_its_timeout() -> None:
    router = bench()
    said = router.configure("ip sla 7\nudp-jitter 10.0.0.1 16384\nfrequency 4")
    assert said.startswith("%Illegal Value")


def test_a_codec_stands_in_one_preference_of_a_voice_class() -> None:
    router = bench("voice class codec 1\n codec preference 1 g711ulaw\n")
    said = router.configure("voice class codec 1\ncodec preference 2 g711ulaw")
    assert "already configured" in said


def test_a_physical_port_is_neither_made_nor_removed() -> None:
    router = bench()
    assert "% Invalid input detected" in router.configure("interface GigabitEthernet0/9")
    assert "not permitted" in router.configure("no interface GigabitEthernet0/0")
