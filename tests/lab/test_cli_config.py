"""The configuration is a tree: shown in IOS's order and spelling, whatever was typed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.lab.cli.config import load, text_of
from qosbot.lab.cli.values import DSCP
from tests.lab.cli_bench import PORTS, bench
from tests.needs import SHARED, needs

CANONICAL = """!
version 15.7
!
hostname lil-ce1
!
class-map match-any VOICE
 match dscp cs3  ef 
class-map match-all BULK
 match access-group name BULK
!
policy-map WAN
 class VOICE
  priority percent 33
 class BULK
  bandwidth percent 5
 class class-default
  fair-queue
  queue-limit 128 packets
!
interface Loopback0
 ip address 192.0.2.1 255.255.255.255
!
interface GigabitEthernet0/0
 no ip address
 duplex auto
 speed auto
!
interface GigabitEthernet0/1
 description to the carrier
 bandwidth 10000
 ip address 198.51.100.1 255.255.255.0
 shutdown
 duplex auto
 speed auto
 service-policy output WAN
!
ip access-list extended BULK
 permit tcp any any eq 445
 deny   udp any any dscp ef
!
ip sla responder
!
ip sla 101
 udp-jitter 10.0.0.1 16384 source-ip 10.0.0.2 codec g711ulaw codec-numpackets 100
 tos 184
 precision microseconds
 frequency 5
ip sla schedule 101 life forever start-time now
!
end
"""  # noqa: W291  # IOS puts a blank behind each value

TYPED = """
ip sla resp
ip sla 101
udp-j 10.0.0.1 16384 codec g711u codec-interval 20 codec-num 100 source-ip 10.0.0.2
freq 5
timeout 5000
prec micro
tos 184
ip sla sched 101 start now life for
ip access-list ext BULK
perm tcp any any eq 445
deny udp any any dscp 46
class-map match-any VOICE
match dscp 46 24
class-map BULK
match access-group name BULK
policy-map WAN
class VOICE
prio perc 33
class class-default
queue-limit 128
fair
class BULK
band perc 5
int gi 0/1
service-policy out WAN
shut
ip add 198.51.100.1 255.255.255.0
desc to the carrier
band 10000
int lo0
ip add 192.0.2.1 255.255.255.255
"""


def test_the_running_config_has_one_order_and_spelling_however_it_was_typed() -> None:
    router = bench("")
    assert router.configure(TYPED) == ""
    assert router.running() == CANONICAL


def test_a_running_config_fed_to_a_fresh_device_is_the_same_running_config() -> None:
    assert bench(CANONICAL).running() == CANONICAL


names = st.sampled_from(["VOICE", "SIGNAL", "BULK", "V-1"])
code_points = st.one_of(st.sampled_from(sorted(DSCP)), st.integers(0, 63).map(str))
matches = st.one_of(
    st.lists(code_points, min_size=1, max_size=4).map(lambda v: f"match dscp {' '.join(v)}"),
    st.lists(code_points, min_size=1, max_size=4).map(lambda v: f"mat not ip dscp {' '.join(v)}"),
    st.integers(100, 199).map(lambda n: f"match access-group {n}"),
    st.lists(st.integers(0, 7), min_size=1).map(
        lambda v: f"match ip prec {' '.join(str(p) for p in v)}"
    ),
)
actions = st.one_of(
    st.integers(1, 20).map(lambda n: f"prio percent {n}"),
    st.integers(1, 20).map(lambda n: f"bandwidth remaining percent {n}"),
    st.integers(8000, 10**7).map(lambda n: f"shape ave {n}"),
    st.integers(8000, 10**7).map(lambda n: f"police {n} conform-action transmit exceed drop"),
    code_points.map(lambda v: f"set ip dscp {v}"),
    st.sampled_from(["fair-queue", "random-detect dscp-based", "queue-limit 64", "no fair-queue"]),
)
class_maps = st.tuples(names, st.lists(matches, max_size=3)).map(
    lambda t: [f"class-map match-any {t[0]}", *t[1]]
)
policies = st.tuples(names, st.lists(st.tuples(names, st.lists(actions, max_size=3)))).map(
    lambda t: [f"policy-map P-{t[0]}", *(line for c in t[1] for line in (f"class {c[0]}", *c[1]))]
)
interfaces = st.tuples(
    st.sampled_from(["gi0/0", "GigabitEthernet 0/1", "lo0", "Loopback12"]),
    st.lists(st.sampled_from(["shut", "no shut", "desc  a  b", "ip addr 10.0.0.1 255.0.0.0",
                              "no ip add", "load-interval 30", "bandw 512"])),
).map(lambda t: [f"interface {t[0]}", *t[1]])  # fmt: skip
configurations = st.lists(st.one_of(class_maps, policies, interfaces), max_size=8)


@settings(deadline=None, max_examples=60)
@given(configurations)
def test_rendering_is_a_fixed_point(sections: list[list[str]]) -> None:
    router = bench("")
    router.configure("\n".join(line for section in sections for line in section) or "!")
    once = router.running()
    root, unknown = load(once.splitlines(), PORTS)
    assert (text_of(root), unknown) == (once, ())


@pytest.mark.parametrize(
    "file",
    [
        "cisco_ios/config/ccp2-sample_08.ios",
        "cisco_ios/config/batfish-cisco_qos.cfg",
        "cisco_ios/config/batfish-cisco_voice.cfg",
        "cisco_ios/config/batfish-ios_ip_sla.cfg",
        "cisco_xe/config/oxidized-ios_C9200L-24P-4G_17.09.04a_output.txt",
        "cisco_xe/config/batfish-ios-xe-policy-map-class-default.cfg",
    ],
)
def test_what_is_understood_of_a_real_configuration_is_a_fixed_point(file: str) -> None:
    needs("configs")
    text = (SHARED / "configs" / file).read_bytes().decode("utf-8", errors="replace")
    once = text_of(load(text.splitlines(), {})[0])
    root, unknown = load(once.splitlines(), {})
    assert (text_of(root), unknown) == (once, ())


def test_the_qos_of_a_real_router_is_understood_whole() -> None:
    needs("configs")
    text = (SHARED / "configs/cisco_ios/config/ccp2-sample_08.ios").read_text()
    shown = text_of(load(text.splitlines(), {})[0])
    assert "  police cir percent 10\n    conform-action transmit\n    exceed-action drop" in shown
    assert " class ALL\n  shape average 630000\n   service-policy EXTERNAL_CBWFQ" in shown
    assert " match ip precedence 2  3  4  5 \n" in shown


def test_a_line_with_a_default_value_is_not_shown() -> None:
    router = bench("interface GigabitEthernet0/1\n load-interval 30\n")
    router.configure("interface gi0/1\nload-interval 300")
    assert "load-interval" not in router.running()


def test_a_later_line_for_the_same_thing_replaces_the_earlier() -> None:
    router = bench()
    router.configure("policy-map CHILD\nclass VOICE\npriority percent 20")
    assert router.section("policy-map CHILD")[:2] == ["class VOICE", "priority percent 20"]


def test_no_needs_only_the_words_that_name_the_thing() -> None:
    router = bench()
    router.configure("policy-map CHILD\nclass VOICE\nno priority")
    assert router.section("policy-map CHILD")[:2] == ["class VOICE", "class class-default"]


def test_no_before_one_line_of_a_numbered_list_removes_the_list() -> None:
    router = bench("access-list 10 permit any\naccess-list 10 deny any\n")
    router.configure("no access-list 10 permit any")
    assert "access-list" not in router.running()


def test_classes_keep_the_order_in_which_they_match_and_class_default_is_last() -> None:
    router = bench("class-map A\nclass-map B\n")
    router.configure("policy-map P\nclass class-default\nfair-queue\nclass B\nclass A")
    assert [line for line in router.section("policy-map P") if line.startswith("class")] == [
        "class B", "class A", "class class-default",
    ]  # fmt: skip


def test_a_startup_line_that_is_not_understood_is_named() -> None:
    with pytest.raises(ValueError, match="frobnicate"):
        bench("frobnicate everything\n")
