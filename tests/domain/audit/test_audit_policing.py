import pytest

from qosbot.domain.audit.catalogue import RULES
from qosbot.domain.audit.context import AuditContext, Circuit
from qosbot.domain.audit.findings import DeviceAudit, Severity
from qosbot.domain.audit.frame import judge
from qosbot.platforms import AUDITED
from tests.domain.audit.judged import CLEAN, SHAPER, altered, audited, findings, unjudged

POLICE = "  police cir 512000 bc 16000 conform-action transmit exceed-action drop"
LAN = "interface GigabitEthernet0/0"
MARKED = f"{LAN} > policy LAN-IN > class RTP"
PRIORITY = "  priority percent 30"


def marking(*below: str) -> str:
    lines = "\n".join(("  set dscp ef", *below))
    return (
        "class-map match-any RTP\n match ip rtp 16384 16383\n"
        f"policy-map LAN-IN\n class RTP\n{lines}\n"
        f"{LAN}\n service-policy input LAN-IN\n{CLEAN}"
    )


def on_xe(text: str) -> DeviceAudit:
    return judge(AUDITED["cisco_xe"](text, "r1"), RULES)


def places(audit: DeviceAudit, rule: str) -> list[str]:
    return [one.where for one in audit.findings if one.rule == rule]


def test_ef_that_is_set_on_the_way_in_without_a_policer_is_found() -> None:
    (found,) = findings("POL-01", marking())
    assert (found.where, found.severity) == (MARKED, Severity.MEDIUM)
    assert not findings("POL-01", marking(POLICE))


def test_ef_that_a_policer_sets_is_set_and_policed() -> None:
    text = marking().replace(
        "  set dscp ef", "  police cir 512000\n   conform-action set-dscp-transmit ef"
    )
    assert not findings("POL-01", text)
    assert [one.where for one in unjudged("POL-01", text)] == [MARKED]


def test_a_policer_below_one_call_is_critical() -> None:
    (found,) = findings("POL-01", marking("  police 64000 8000 exceed-action drop"))
    assert (found.where, found.severity) == (MARKED, Severity.CRITICAL)
    assert not findings("POL-01", marking("  police 128000 8000 exceed-action drop"))


def test_a_policer_is_compared_with_the_calls_of_its_port() -> None:
    context = AuditContext(circuits={"GigabitEthernet0/0": Circuit(voice_need_bps=600e3)})
    assert findings("POL-01", marking(POLICE), context)[0].severity is Severity.CRITICAL
    assert unjudged("POL-01", marking(POLICE))


def test_a_policer_inside_or_around_the_class_polices_it() -> None:
    inner = f"policy-map INNER\n class class-default\n{POLICE}\n"
    assert not findings("POL-01", inner + marking("  service-policy INNER"))


def test_a_phone_port_that_believes_everybody_is_found_where_policies_are_at_work() -> None:
    port = "interface GigabitEthernet1/0/5\n switchport mode access\n switchport voice vlan 110\n"
    assert places(on_xe(CLEAN + port), "POL-01") == ["interface GigabitEthernet1/0/5"]
    assert not places(on_xe(f"{CLEAN}{port} trust device cisco-phone\n"), "POL-01")
    assert not places(on_xe(f"{CLEAN}{port} shutdown\n"), "POL-01")
    assert not places(on_xe(port), "POL-01")


def test_a_port_that_rewrites_every_mark_needs_no_policer() -> None:
    port = "interface FastEthernet0/5\n switchport voice vlan 110\n"
    assert not findings("POL-01", f"mls qos\n{CLEAN}{port}")
    assert unjudged("POL-01", f"mls qos\n{CLEAN}{port} mls qos trust dscp\n")


def test_without_an_edge_policing_is_not_judged() -> None:
    assert unjudged("POL-01", CLEAN)
    counted = marking().replace("  set dscp ef", "  set qos-group 5")
    assert not findings("POL-01", counted)


def test_more_priority_than_the_carriers_ef_contract_is_found() -> None:
    def context(ef_bps: float) -> AuditContext:
        return AuditContext(circuits={"GigabitEthernet0/1": Circuit(ef_contract_bps=ef_bps)})

    assert [one.where for one in findings("POL-02", CLEAN, context(2e6))] == [SHAPER]
    assert "POL-02" in audited(CLEAN, context(2.9e6)).passed
    assert unjudged("POL-02", CLEAN)
    assert unjudged("POL-02", altered((" service-policy output SHAPER", "")))


@pytest.mark.parametrize(
    ("actions", "is_remarked"),
    [
        ("exceed-action drop", False),
        ("", False),
        ("exceed-action set-dscp-transmit af41", True),
        ("exceed-action policed-dscp-transmit", True),
        ("exceed-action transmit", True),
        ("exceed-action transmit violate-action drop", False),
        ("exceed-action drop violate-action set-dscp-transmit cs1", True),
    ],
)
def test_too_much_ef_is_dropped_and_not_remarked(actions: str, *, is_remarked: bool) -> None:
    text = marking(f"  police cir 512000 bc 16000 {actions}".rstrip())
    assert [one.where for one in findings("POL-03", text)] == [MARKED] * is_remarked


def test_a_policer_of_data_may_remark() -> None:
    text = altered(("  bandwidth percent 5", "  police 64000 8000 exceed-action transmit"))
    assert not findings("POL-03", text)
    assert unjudged("POL-03", text)


@pytest.mark.parametrize(
    ("police", "is_small"),
    [
        ("police cir 512000 bc 1000", True),
        ("police cir 2000000 bc 4999", True),
        ("police cir 2000000 bc 5000", False),
        ("police cir percent 10 bc 4 ms", True),
        ("police cir percent 10 bc 40 ms", False),
    ],
)
def test_a_burst_of_voice_holds_20_ms_and_a_packet(police: str, *, is_small: bool) -> None:
    assert bool(findings("POL-04", altered((PRIORITY, f"  priority\n  {police}")))) is is_small


def test_a_burst_of_data_only_has_to_hold_a_packet() -> None:
    data = ("  bandwidth percent 5", "  police cir 2000000 bc 3000")
    assert not findings("POL-04", altered(data))
    assert findings("POL-04", altered((data[0], "  police cir 2000000 bc 1000")))


def test_without_a_burst_it_is_not_judged() -> None:
    assert unjudged("POL-04", CLEAN)
