"""IOS fulfils what planning and remediation ask of a platform."""

import re
from typing import TYPE_CHECKING

from qosbot.domain.intents import AttachVoicePolicy
from qosbot.platforms.cisco_ios.dialect import CiscoIosDialect
from tests.platforms.ios_golden import BRANCH, edited

if TYPE_CHECKING:
    from qosbot.ports.configuring import Dialect, Platform

IOS = CiscoIosDialect()
INTENT = AttachVoicePolicy(interface="GigabitEthernet0/2", priority_bps=1e6, reference_bps=4e6)


def test_it_is_a_platform_and_a_dialect() -> None:
    platform: Platform = IOS
    dialect: Dialect = IOS
    assert platform.parse(BRANCH).policy_maps
    assert dialect.terms.most_timer_min == 120


def test_the_terms_allow_every_line_that_is_rendered() -> None:
    change = IOS.render(INTENT, BRANCH, "r1")
    for line in (*change.apply, *change.undo):
        assert any(re.fullmatch(one, line.strip()) for one in IOS.terms.allowed_lines), line


def test_a_digest_moves_with_the_configuration_and_not_with_the_time() -> None:
    later = edited(
        "! Last configuration change at 10:00:00 UTC Mon Nov 2 2026 by noc",
        "! Last configuration change at 11:00:00 UTC Mon Nov 2 2026 by bot",
    )
    later = edited("ntp clock-period 17208943", "ntp clock-period 17208900", later)
    assert IOS.digest(later) == IOS.digest(BRANCH)
    assert IOS.digest(edited("ntp server 10.0.0.10", "", later)) != IOS.digest(BRANCH)


def test_what_was_never_done_is_undone() -> None:
    change = IOS.render(INTENT, BRANCH, "r1")
    assert IOS.undone(change, BRANCH)
    assert not IOS.holds(INTENT, BRANCH)


def test_a_change_tried_on_paper_is_what_it_asks_for_and_its_undo_takes_it_back() -> None:
    change = IOS.render(INTENT, BRANCH, "r1")
    after = IOS.with_lines(BRANCH, change.apply)
    assert IOS.holds(INTENT, after)
    assert not IOS.undone(change, after)
    assert IOS.undone(change, IOS.with_lines(after, change.undo))
    assert IOS.parse(IOS.with_lines(BRANCH, ())) == IOS.parse(BRANCH)
