import pytest

from qosbot.domain.audit.context import AuditContext, Circuit
from qosbot.domain.audit.findings import Severity
from tests.domain.audit.judged import CLEAN, PORT, altered, audited, findings, unjudged

SHAPE = "  shape average 9500000"
ADDRESS = " ip address 192.0.2.1 255.255.255.252"
FLAT = altered((" service-policy output SHAPER", " service-policy output QUEUES"))
OUTER = f"{PORT} > policy SHAPER > class class-default"
NOTHING_OUT = altered((" service-policy output SHAPER", ""))
SHUT = altered((ADDRESS, f"{ADDRESS}\n shutdown"))


def sold(rate_bps: float) -> AuditContext:
    return AuditContext(circuits={"GigabitEthernet0/1": Circuit(rate_out_bps=rate_bps)})


def with_bandwidth(kbps: int, text: str = CLEAN) -> str:
    return altered((ADDRESS, f"{ADDRESS}\n bandwidth {kbps}"), text=text)


def test_queues_without_a_shaper_on_a_port_faster_than_its_contract_are_found() -> None:
    (found,) = findings("SHP-01", FLAT, sold(20e6))
    assert (found.where, found.severity) == (PORT, Severity.CRITICAL)
    assert not findings("SHP-01", CLEAN, sold(20e6))
    assert "SHP-01" in audited(CLEAN, sold(20e6)).passed


def test_a_bandwidth_below_the_port_is_taken_for_the_contract_and_said_to_be() -> None:
    (found,) = findings("SHP-01", with_bandwidth(10_000, FLAT))
    assert any("inferred from `bandwidth`" in line for line in found.evidence)
    assert " bandwidth 10000".strip() in found.evidence


def test_a_contract_that_the_port_may_have_negotiated_is_not_judged() -> None:
    assert not findings("SHP-01", with_bandwidth(100_000, FLAT))
    assert unjudged("SHP-01", with_bandwidth(100_000, FLAT))
    forced = altered((ADDRESS, f"{ADDRESS}\n speed 1000\n bandwidth 100000"), text=FLAT)
    assert findings("SHP-01", forced)


@pytest.mark.parametrize("text", [FLAT, NOTHING_OUT, FLAT.replace("GigabitEthernet0/1", "Serial0")])
def test_without_a_contract_or_a_port_nothing_is_said_of_a_missing_shaper(text: str) -> None:
    assert not findings("SHP-01", text)


def test_a_circuit_without_any_policy_on_the_way_out_is_not_shaped() -> None:
    assert findings("SHP-01", NOTHING_OUT, sold(20e6))
    assert unjudged("SHP-01", NOTHING_OUT)


@pytest.mark.parametrize(
    ("sold_bps", "is_wrong"), [(10e6, False), (11.1e6, False), (9.5e6, True), (11.3e6, True)]
)
def test_a_shaper_is_85_to_95_percent_of_the_contract(sold_bps: float, *, is_wrong: bool) -> None:
    assert bool(findings("SHP-02", CLEAN, sold(sold_bps))) is is_wrong


def test_without_a_contract_only_a_shaper_beyond_the_port_is_found() -> None:
    assert [one.where for one in unjudged("SHP-02", CLEAN)] == [OUTER]
    assert findings("SHP-02", altered((SHAPE, "  shape average 2g")))
    assert unjudged("SHP-02", NOTHING_OUT)


@pytest.mark.parametrize(("kbps", "is_wrong"), [(9000, True), (10000, False)])
def test_a_shaper_beyond_the_circuit_below_a_dialer_is_found(kbps: int, *, is_wrong: bool) -> None:
    atm = f"interface ATM0.1 point-to-point\n pvc 0/38\n  vbr-nrt {kbps} {kbps}\n"
    below = f"{atm}  dialer pool-member 1\n"
    dialer = altered((PORT, "interface Dialer0\n dialer pool 1"))
    found = findings("SHP-02", dialer + below)
    assert [one.severity for one in found] == [Severity.HIGH] * is_wrong
    assert all("the circuit of ATM0.1, 9000 kbit/s" in one.evidence[-1] for one in found)


def test_a_shaper_without_queues_is_found() -> None:
    (found,) = findings("SHP-03", altered(("  service-policy QUEUES", "")))
    assert (found.where, found.severity) == (OUTER, Severity.HIGH)
    marks = "policy-map MARKS\n class class-default\n  set dscp default\n"
    text = altered(("  service-policy QUEUES", "  service-policy MARKS"))
    assert findings("SHP-03", marks + text)
    assert not findings("SHP-03", CLEAN)


def test_queues_two_levels_below_a_shaper_are_in_it() -> None:
    middle = "policy-map MIDDLE\n class class-default\n  service-policy QUEUES\n"
    text = altered(("  service-policy QUEUES", "  service-policy MIDDLE"))
    assert not findings("SHP-03", middle + text)


def test_a_class_that_is_shaped_beside_other_queues_is_no_parent() -> None:
    text = altered(("  bandwidth percent 5", "  shape average 100000"))
    assert not findings("SHP-03", text)


def test_one_site_of_many_without_queues_is_found() -> None:
    sites = (
        "ip access-list extended S1\n permit ip any 10.1.0.0 0.0.255.255\n"
        "class-map match-all S1\n match access-group name S1\n"
    )
    text = altered((SHAPE, f"{SHAPE}\n  service-policy QUEUES\n class S1\n  shape average 500000"))
    text = text.replace("  shape average 500000\n  service-policy QUEUES", "  shape average 500000")
    assert [one.where for one in findings("SHP-03", sites + text)] == [
        f"{PORT} > policy SHAPER > class S1"
    ]


@pytest.mark.parametrize("rule", ["SHP-02", "SHP-03", "SHP-04", "SHP-05"])
def test_a_shaper_on_a_port_that_is_shut_down_is_not_judged(rule: str) -> None:
    assert not findings(rule, SHUT)
    assert unjudged(rule, SHUT)


@pytest.mark.parametrize(
    ("burst", "is_slow"), [(" 95000 0", False), (" 38000", False), (" 1187500 0", True)]
)
def test_an_interval_is_some_ten_milliseconds(burst: str, *, is_slow: bool) -> None:
    found = findings("SHP-04", altered((SHAPE, f"{SHAPE}{burst}")))
    assert bool(found) is is_slow
    assert all("shape average 9500000 95000 0" in one.fix for one in found)


def test_an_old_release_chooses_too_long_an_interval_and_a_new_one_does_not() -> None:
    assert findings("SHP-04", f"version 12.4\n{CLEAN}")
    assert "SHP-04" in audited(f"version 15.7\n{CLEAN}").passed
    assert unjudged("SHP-04", CLEAN)


@pytest.mark.parametrize(
    ("kbps", "is_wrong"), [(9_500, False), (10_000, False), (100_000, True), (1_544, True)]
)
def test_bandwidth_says_the_shaped_rate(kbps: int, *, is_wrong: bool) -> None:
    assert bool(findings("SHP-05", with_bandwidth(kbps))) is is_wrong


def test_bandwidth_may_be_the_contracts_rate() -> None:
    shaped = altered((SHAPE, "  shape average 8700000"), text=with_bandwidth(10_000))
    assert unjudged("SHP-05", shaped)
    assert not findings("SHP-05", shaped, sold(10e6))
    assert findings("SHP-05", shaped, sold(20e6))


def test_without_a_bandwidth_statement_there_is_nothing_to_compare() -> None:
    assert [one.where for one in unjudged("SHP-05", CLEAN)] == [PORT]


def test_sites_that_are_shaped_each_need_no_shaper_around_what_is_left() -> None:
    sites = (
        "class-map match-any SITE\n match access-group name SITE\n"
        "policy-map HUB\n class SITE\n  shape average 4000000\n  service-policy QUEUES\n"
        " class class-default\n  fair-queue\n"
    )
    text = sites + altered((" service-policy output SHAPER", " service-policy output HUB"))
    assert not findings("SHP-01", with_bandwidth(50_000, text))
    bare = text.replace("  fair-queue\nclass", "  service-policy QUEUES\nclass")
    assert findings("SHP-01", with_bandwidth(50_000, bare))


DIALER = "interface Dialer1\n bandwidth 10000\n dialer pool 1\n service-policy output QUEUES\n"
PPPOE = "interface GigabitEthernet0/1\n pppoe-client dial-pool-number 1\n"
QUEUES = CLEAN.partition("policy-map SHAPER")[0]


def test_a_dialer_is_as_fast_as_the_port_that_it_leaves_by() -> None:
    (found,) = findings("SHP-01", QUEUES + PPPOE + DIALER)
    assert (found.where, found.severity) == ("interface Dialer1", Severity.CRITICAL)
    atm = "interface ATM0/0.1 point-to-point\n pvc 1/32\n  pppoe-client dial-pool-number 1\n"
    assert not findings("SHP-01", QUEUES + atm + DIALER)


@pytest.mark.parametrize("name", ["Dialer1", "Tunnel1"])
def test_queues_on_what_leaves_by_an_unknown_port_are_not_judged(name: str) -> None:
    text = QUEUES + DIALER.replace("Dialer1", name)
    assert not findings("SHP-01", text)
    assert [one.where for one in unjudged("SHP-01", text)] == [f"interface {name}"]


def test_a_bandwidth_that_may_be_for_routing_is_told_how_to_say_so() -> None:
    (inferred,) = findings("SHP-01", with_bandwidth(10_000, FLAT))
    (sold_as,) = findings("SHP-01", FLAT, sold(20e6))
    assert "for routing alone" in inferred.fix
    assert "for routing alone" not in sold_as.fix


SPOKES = (
    "policy-map ALL\n class class-default\n  shape average 600000000\n"
    "interface GigabitEthernet0/3\n service-policy output ALL\n"
    "interface Tunnel10\n bandwidth 600000\n"
    " ip nhrp map group SMALL service-policy output SHAPER\n tunnel source GigabitEthernet0/3\n"
)


def test_a_shaper_around_tunnels_that_queue_each_for_itself_needs_no_queues() -> None:
    assert not findings("SHP-03", CLEAN + SPOKES)
    alone = SPOKES.replace(" ip nhrp map group SMALL service-policy output SHAPER\n", "")
    assert findings("SHP-03", CLEAN + alone)


def test_what_shapes_a_spoke_is_not_the_rate_of_the_hub() -> None:
    assert not findings("SHP-05", CLEAN + SPOKES)
