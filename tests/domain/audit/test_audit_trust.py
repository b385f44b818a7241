import pytest

from qosbot.domain.audit.findings import Severity
from tests.domain.audit.judged import CLEAN, audited, findings, unjudged

ON = "mls qos\n"
NAME = "interface GigabitEthernet1/0/1"
PHONE = f"{NAME}\n switchport access vlan 10\n switchport mode access\n switchport voice vlan 100\n"
TRUSTED = f"{PHONE} mls qos trust device cisco-phone\n mls qos trust cos\n"
UPLINK = "interface GigabitEthernet1/0/49"
TRUNK = f"{UPLINK}\n switchport mode trunk\n"


def test_a_phone_port_that_trusts_nothing_rewrites_voice() -> None:
    (found,) = findings("TRU-01", ON + PHONE)
    assert (found.where, found.severity) == (NAME, Severity.CRITICAL)
    assert {"mls qos", "switchport voice vlan 100"} <= set(found.evidence)


@pytest.mark.parametrize(
    "line",
    ["mls qos trust dscp", "mls qos trust cos", "auto qos voip cisco-phone", "shutdown"],
)
def test_a_port_that_trusts_or_is_off_rewrites_nothing(line: str) -> None:
    assert not findings("TRU-01", ON + PHONE + f" {line}\n")


def test_a_policy_on_the_way_in_decides_instead_of_trust() -> None:
    policy = "policy-map IN\n class VOICE\n  set dscp ef\n"
    assert not findings("TRU-01", ON + CLEAN + policy + PHONE + " service-policy input IN\n")
    lost = ON + CLEAN + PHONE + " service-policy input NONE\n"
    assert findings("TRU-01", lost)


@pytest.mark.parametrize("off", ["", "no mls qos\n"])
def test_without_mls_qos_nothing_is_rewritten(off: str) -> None:
    assert "TRU-01" in audited(off + PHONE).passed


@pytest.mark.parametrize("line", ["mls qos trust device cisco-phone", "mls qos trust extend cos 0"])
def test_a_condition_without_a_trust_of_its_own_trusts_nothing(line: str) -> None:
    (found,) = findings("TRU-01", f"{ON}{PHONE} {line}\n")
    assert (found.where, found.severity) == (NAME, Severity.CRITICAL)
    assert line in found.evidence


def test_a_port_that_overrides_every_cos_trusts_nothing() -> None:
    (found,) = findings("TRU-01", f"{ON}{TRUSTED} mls qos cos override\n")
    assert found.evidence[-1] == "mls qos cos override takes trust away"
    assert not findings("TRU-02", f"{ON}{PHONE} mls qos trust cos\n mls qos cos override\n")


def test_the_only_way_out_of_a_switch_with_phones_is_judged_where_it_is_routed() -> None:
    routed = f"{UPLINK}\n no switchport\n ip address 192.0.2.1 255.255.255.252\n"
    (found,) = findings("TRU-01", ON + TRUSTED + routed)
    assert found.where == UPLINK
    assert not findings("TRU-01", f"{ON}{TRUSTED}{routed} mls qos trust dscp\n")
    second = routed.replace("0/49", "0/50")
    assert not findings("TRU-01", ON + TRUSTED + routed + second)
    assert len(unjudged("TRU-01", ON + TRUSTED + routed + second)) == 2


def test_a_modular_switch_says_qos_and_rewrites_alike() -> None:
    (found,) = findings("TRU-01", f"qos\n{PHONE}")
    assert found.evidence[0] == "qos"
    assert not findings("TRU-01", f"qos\n{PHONE} qos trust device cisco-phone\n qos trust cos\n")


@pytest.mark.parametrize("line", ["mls qos queueing-only", "no qos rewrite ip dscp"])
def test_a_switch_that_writes_no_marks_takes_none_away(line: str) -> None:
    assert not findings("TRU-01", f"qos\nmls qos\n{line}\n{PHONE}")


@pytest.mark.parametrize(
    ("allowed", "is_found"),
    [
        ("", True),
        (" switchport trunk allowed vlan 10,90-110\n", True),
        (" switchport trunk allowed vlan 10,20\n", False),
        (" switchport trunk allowed vlan 10\n switchport trunk allowed vlan add 100\n", True),
        (" mls qos trust dscp\n", False),
    ],
)
def test_a_trunk_that_takes_the_voice_vlan_is_judged_alike(allowed: str, *, is_found: bool) -> None:
    found = findings("TRU-01", ON + TRUSTED + TRUNK + allowed)
    assert [one.where for one in found] == [UPLINK] * is_found


def test_a_trunk_of_a_switch_without_phones_may_carry_those_of_another() -> None:
    assert not findings("TRU-01", ON + TRUNK)
    assert [one.where for one in unjudged("TRU-01", ON + TRUNK)] == [UPLINK]


def test_what_a_bundle_trusts_is_said_on_its_members() -> None:
    bundle = "interface Port-channel1\n switchport mode trunk\n"
    member = f"{TRUNK} channel-group 1 mode active\n"
    found = findings("TRU-01", ON + TRUSTED + bundle + member)
    assert [one.where for one in found] == [UPLINK]


def test_a_switch_that_leaves_ip_marks_alone_rewrites_nothing() -> None:
    assert not findings("TRU-01", ON + "no mls qos rewrite ip dscp\n" + PHONE)


@pytest.mark.parametrize("rule", ["TRU-01", "TRU-02", "TRU-03"])
def test_without_ports_of_a_switch_trust_is_not_passed(rule: str) -> None:
    assert rule not in audited(CLEAN).passed


@pytest.mark.parametrize("line", ["mls qos trust dscp", "mls qos trust cos", "mls qos trust"])
def test_a_user_port_that_trusts_anybody_is_found(line: str) -> None:
    (found,) = findings("TRU-02", ON + PHONE + f" {line}\n")
    assert (found.where, found.severity) == (NAME, Severity.HIGH)
    assert line in found.evidence


@pytest.mark.parametrize(
    "text", [TRUSTED, PHONE, PHONE + " auto qos voip cisco-phone\n mls qos trust cos\n"]
)
def test_trust_that_asks_for_a_phone_is_as_it_should_be(text: str) -> None:
    assert "TRU-02" in audited(ON + text).passed


def test_a_port_without_voice_vlan_may_be_a_servers() -> None:
    text = ON + f"{NAME}\n switchport mode access\n mls qos trust dscp\n"
    assert not findings("TRU-02", text)
    assert [one.where for one in unjudged("TRU-02", text)] == [NAME]


def test_an_uplink_that_trusts_cos_is_found() -> None:
    (found,) = findings("TRU-03", ON + TRUSTED + TRUNK + " mls qos trust cos\n")
    assert (found.where, found.severity) == (UPLINK, Severity.MEDIUM)


def test_an_untagged_port_that_trusts_cos_is_found() -> None:
    text = ON + f"{NAME}\n switchport mode access\n mls qos trust cos\n"
    (found,) = findings("TRU-03", text)
    assert "an access port has no tags, so every frame is CoS 0" in found.evidence


def test_trust_without_another_word_is_trust_of_dscp() -> None:
    assert not findings("TRU-03", ON + TRUSTED + TRUNK + " mls qos trust\n")


def test_an_uplink_that_trusts_dscp_needs_the_other_end() -> None:
    text = ON + TRUSTED + TRUNK + " mls qos trust dscp\n"
    assert not findings("TRU-03", text)
    assert unjudged("TRU-03", text)
    assert "TRU-03" in audited(ON + TRUSTED).passed
