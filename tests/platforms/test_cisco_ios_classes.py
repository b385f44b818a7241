import json

import pytest

from qosbot.domain.samples import ClassSample, FlowDirection
from qosbot.platforms.cisco_ios.oids import CiscoIosPlan
from qosbot.ports.polling import Oid, Value
from tests.needs import SHARED
from tests.platforms.snmprec import SYS_UPTIME, answers, oid, read

PLAN = CiscoIosPlan()
MIB = oid("1.3.6.1.4.1.9.9.166.1")
XR = "librenms/iosxr_ncs540.snmprec"
POLICY, ROOT, VOICE, MATCH, QUEUE = 4_000_000_001, 17, 3_882_534_660, 5, 6


def synthetic(match: bytes = b"ip dscp ef (46)", priority: int = 1) -> dict[Oid, Value]:
    """Return policy WAN with class VOICE out of Gi0/1, with an LLQ; written from the MIB."""
    objects = {ROOT: (1, 0, 100), VOICE: (2, ROOT, 200), MATCH: (3, VOICE, 300)}
    objects[QUEUE] = (4, VOICE, 400)
    values: dict[Oid, Value] = {
        SYS_UPTIME: 1000,
        oid("1.3.6.1.2.1.2.2.1.2.1"): b"GigabitEthernet0/1",
        oid("1.3.6.1.2.1.31.1.1.1.6.1"): 0,
        (*MIB, 1, 1, 1, 2, POLICY): 1,
        (*MIB, 1, 1, 1, 3, POLICY): 2,
        (*MIB, 1, 1, 1, 4, POLICY): 1,
        (*MIB, 6, 1, 1, 1, 100): b"WAN",
        (*MIB, 7, 1, 1, 1, 200): b"VOICE",
        (*MIB, 8, 1, 1, 1, 300): match,
        (*MIB, 9, 1, 1, 4, 400): priority,
        (*MIB, 18, 1, 1, 1, POLICY, QUEUE): 1500,
    }
    for index, (kind, parent, config) in objects.items():
        values[*MIB, 5, 1, 1, 2, POLICY, index] = config
        values[*MIB, 5, 1, 1, 3, POLICY, index] = kind
        values[*MIB, 5, 1, 1, 4, POLICY, index] = parent
    for n, value in {3: 1000, 6: 200_000, 10: 190_000, 14: 50, 17: 10_000}.items():
        values[*MIB, 15, 1, 1, n, POLICY, VOICE] = value
    return values


def one(values: dict[Oid, Value]) -> ClassSample:
    (found,) = PLAN.read(answers(PLAN, values)).classes
    return found


def test_the_classes_of_an_xr_are_those_that_the_mib_gives() -> None:
    expected = json.loads((SHARED / "recordings/derived/iosxr_ncs540.cbqos.json").read_text())
    found = {(one.interface, one.direction, one.class_path): one for one in read(PLAN, XR).classes}
    assert len(found) == len(expected) == 71
    for row in expected:
        direction = FlowDirection.IN if row["direction"] == "input" else FlowDirection.OUT
        sample = found[row["ifname"], direction, tuple(row["path"])]
        assert (sample.pre_policy_packets, sample.pre_policy_bytes, sample.post_policy_bytes) == (
            row["pre_pkt64"],
            row["pre_byte64"],
            row["post_byte64"],
        )
        assert (sample.drop_packets, sample.drop_bytes) == (row["drop_pkt64"], row["drop_byte64"])


def test_only_the_class_that_matches_ef_is_voice_on_an_xr_without_queueing_rows() -> None:
    voice = {one.class_path[-1] for one in read(PLAN, XR).classes if one.is_voice}
    assert voice == {"INGRESS-EF"}


def test_a_parent_is_no_leaf_so_that_its_drops_are_not_counted_twice() -> None:
    classes = {
        one.class_path: one
        for one in read(PLAN, XR).classes
        if one.interface == "GigabitEthernet0/0/0/19" and one.direction is FlowDirection.OUT
    }
    parent = classes["EGRESS", "class-default"]
    child = classes["EGRESS", "class-default", "EGRESS-TC", "EGRESS-TC3"]
    assert (parent.drop_packets, parent.is_leaf) == (11228, False)
    assert (child.drop_packets, child.is_leaf) == (11228, True)


def test_control_plane_policing_is_no_class_of_an_interface() -> None:
    assert read(PLAN, "librenms/iosxe_c9400-svl.snmprec").classes == ()


def test_a_class_is_joined_to_its_interface_direction_and_path() -> None:
    voice = one(synthetic())
    assert (voice.interface, voice.direction) == ("GigabitEthernet0/1", FlowDirection.OUT)
    assert voice.class_path == ("WAN", "VOICE")
    assert (voice.pre_policy_packets, voice.drop_packets, voice.drop_bytes) == (1000, 50, 10_000)
    assert (voice.is_priority, voice.is_leaf, voice.queue_depth_bytes) == (True, True, 1500)


@pytest.mark.parametrize(
    ("match", "priority", "is_voice"),
    [
        (b"ip dscp ef (46)", 2, True),
        (b"dscp 46", 2, True),
        (b"ip precedence 5", 2, True),
        (b"ip rtp audio", 2, True),
        (b"access-group name PHONES", 1, True),
        (b"access-group name PHONES", 2, False),
        (b"dscp af41 (34)", 1, False),
        (b"ip dscp af41 (34)", 2, False),
        (b"not dscp ef (46)", 2, False),
        (b"access-group 46", 2, False),
    ],
)
def test_voice_is_what_matches_ef_or_has_priority_for_nothing_else(
    match: bytes,
    priority: int,
    is_voice: bool,  # noqa: FBT001  a case, not a switch
) -> None:
    assert one(synthetic(match, priority)).is_voice is is_voice


def test_an_old_agent_with_two_words_a_counter_is_read_from_them() -> None:
    values = synthetic()
    for n in (3, 6, 10, 14, 17):
        low = values.pop((*MIB, 15, 1, 1, n, POLICY, VOICE))
        values[*MIB, 15, 1, 1, n - 2, POLICY, VOICE] = 1
        values[*MIB, 15, 1, 1, n - 1, POLICY, VOICE] = low
    assert one(values).pre_policy_packets == 2**32 + 1000


def test_a_policy_attached_twice_in_one_place_is_refused_rather_than_guessed() -> None:
    values = synthetic()
    twin = {
        (*at[:-2], POLICY + 1, at[-1]) if at[-2] == POLICY else (*at[:-1], POLICY + 1): value
        for at, value in values.items()
        if POLICY in at
    }
    sample = PLAN.read(answers(PLAN, values | twin))
    assert sample.classes == ()
    assert sample.gaps == (
        "2 classes are WAN / VOICE out of GigabitEthernet0/1; none of them is used",
    )


def test_objects_that_are_each_others_parent_end_as_a_gap() -> None:
    values = synthetic()
    values[*MIB, 5, 1, 1, 4, POLICY, ROOT] = VOICE
    sample = PLAN.read(answers(PLAN, values))
    assert sample.classes == ()
    assert sample.gaps == (f"class object {VOICE} of policy {POLICY} leads to no root policy",)


def test_all_counters_of_a_class_stand_in_one_row() -> None:
    rows = [row for row in PLAN.rows(answers(PLAN, synthetic()).discovered) if POLICY in row[0]]
    assert len(rows) == 1
    assert len(rows[0]) == 7
