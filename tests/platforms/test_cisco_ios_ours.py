"""Nothing but a change lies between two configurations, or somebody else typed too."""

import pytest

from qosbot.domain.intents import (
    AddClassMatch,
    AttachVoicePolicy,
    ConfigChange,
    Intent,
    SetPriority,
)
from qosbot.lab.startup import STARTUP
from qosbot.platforms.cisco_ios.ours import only_ours
from qosbot.platforms.cisco_ios.render import render
from tests.lab.cli_bench import VOICE, Bench, bench

INTENT = AttachVoicePolicy(
    interface="GigabitEthernet0/1", priority_bps=1_046_000, reference_bps=4e6, shape_bps=3.8e6
)


@pytest.fixture
def router() -> Bench:
    ports = {"GigabitEthernet0/0": 1e9, "GigabitEthernet0/1": 4e6, "GigabitEthernet0/2": 1e9}
    return bench(STARTUP["lyo-ce1"], name="lyo-ce1", ports=ports)


def changed(router: Bench, *also: str) -> tuple[ConfigChange, str, str]:
    """Return a change, and what ran before it and after it with other lines."""
    before = router.running()
    change = render(INTENT, before, "lyo-ce1")
    router.configure("\n".join(change.apply))
    for lines in also:
        router.configure(lines)
    return change, before, router.running()


def test_our_lines_alone_are_only_ours(router: Bench) -> None:
    assert only_ours(*changed(router)) is True


@pytest.mark.parametrize(
    "edit",
    [
        "ntp server 10.9.9.9",
        "interface GigabitEthernet0/0\ndescription under test",
        "class-map match-any THEIRS\nmatch dscp af11",
        "hostname lyo-ce2",
    ],
)
def test_an_edit_elsewhere_is_not_ours(router: Bench, edit: str) -> None:
    assert only_ours(*changed(router, edit)) is False


def test_a_line_that_is_gone_elsewhere_is_not_ours(router: Bench) -> None:
    change, before, after = changed(router)
    assert only_ours(change, before, after.replace(" maximum 14\n", "")) is False


@pytest.mark.parametrize(
    "intent",
    [
        SetPriority(
            interface="GigabitEthernet0/1",
            class_path=("WAN", "class-default", "CHILD", "VOICE"),
            priority_bps=2e6,
            reference_bps=9.5e6,
        ),
        AddClassMatch(
            interface="GigabitEthernet0/1",
            class_path=("WAN", "class-default", "CHILD", "VOICE"),
            dscp=40,
        ),
    ],
)
def test_an_existing_policy_that_we_changed_is_only_ours(intent: Intent) -> None:
    router = bench(VOICE)
    before = router.running()
    change = render(intent, before, "lil-ce1")
    router.configure("\n".join(change.apply))
    assert only_ours(change, before, router.running()) is True
    router.configure("policy-map CHILD\nclass class-default\nno fair-queue")
    assert only_ours(change, before, router.running()) is not True


@pytest.mark.parametrize(
    "edit",
    [
        "interface GigabitEthernet0/1\ndescription under test",
        "class-map match-any QOSBOT-VOICE\nmatch dscp af11",
        "policy-map QOSBOT-QUEUES\nclass QOSBOT-VOICE\npriority 2000",
    ],
)
def test_an_edit_within_what_we_touch_is_never_called_only_ours(router: Bench, edit: str) -> None:
    assert only_ours(*changed(router, edit)) is None


def test_a_banner_and_a_comment_are_part_of_the_rest(router: Bench) -> None:
    change, before, after = changed(router)
    for added in ("banner motd ^C\nunder test\n^C\n", "! under test\n"):
        assert only_ours(change, before, after.replace("archive\n", f"{added}archive\n")) is False


def test_stamps_and_the_bursts_that_ios_chose_are_nobodys_edit(router: Bench) -> None:
    change, before, after = changed(router)
    shown = "! Last configuration change at 12:00:00 UTC Sun Nov 22 2026 by noc\n" + after
    shown = shown.replace("shape average 3800000", "shape average 3800000 15200 15200")
    assert only_ours(change, before, shown) is True
