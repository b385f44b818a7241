"""Who is counted, who stops what, and what is said of it, over Slack's own protocol."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from qosbot.domain.inventory import Risk
from qosbot.domain.remediation import State
from qosbot.render.slack.actions import APPROVE, DETAILS, REASON_ACTION, REJECT
from qosbot.workflows import remediate
from qosbot.workflows.start import submit
from tests.adapters.slack_desk import ROOM, SlackDesk, slack_desk
from tests.domain.builders import NOON
from tests.domain.remedies import precaution, proposal, remediation
from tests.domain.situations import decided
from tests.needs import needs
from tests.workflows.world import CHANGE

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _patience() -> None:
    needs("patience")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SlackDesk]:
    with slack_desk(tmp_path / "qosbot.db") as one:
        yield one


def press(desk: SlackDesk, who: str, action: str) -> str:
    """Press a button that the card may have no more, and return the last answer."""
    action_with_key = {
        "action_id": action,
        "action_ts": "9.1",
        "value": f"p1:{desk.one().proposal.plan_hash[:16]}",
    }
    payload = {
        "type": "block_actions",
        "team": {"id": desk.slack.team},
        "user": {"id": desk.slack.users[who], "team_id": desk.slack.team},
        "channel": {"id": desk.channel},
        "trigger_id": "1.2.3",
        "actions": [action_with_key],
    }
    answered = desk.counter.answer("interactive", payload)
    for act in answered.afterwards:
        act()
    return desk.answers(who)[-1]


def reject(desk: SlackDesk, who: str, reason: str) -> str:
    """Press Reject, say why, and return the last answer."""
    desk.click(who, REJECT)
    outcome = desk.slack.submit(who, {REASON_ACTION: reason})
    assert outcome.is_ok, outcome
    return desk.answers(who)[-1]


def test_the_card_of_a_precaution_that_gives_way_ends_whatever_votes_it_had(
    desk: SlackDesk,
) -> None:
    desk.quorum = 2
    waiting = precaution(proposal(changes=CHANGE, expires_at=NOON + timedelta(hours=1)))
    submit(remediation(proposal=waiting), desk.outside, desk.world.clock.at)
    desk.tick(3)
    desk.click("alice", APPROVE)
    desk.propose("p2")
    desk.tick(5)
    assert (desk.one("p1").state, desk.one("p2").state) == (
        State.WITHDRAWN,
        State.AWAITING_DECISION,
    )
    assert "Withdrawn: precaution" in str(desk.card("p1"))
    assert APPROVE not in desk.buttons("p1")
    assert APPROVE in desk.buttons("p2")
    assert press(desk, "bob", APPROVE) == "p1: it is withdrawn; your click changed nothing"
    assert desk.decisions.broken_link("p1") is None


@pytest.mark.parametrize("is_taken_up", [False, True])
def test_what_was_approved_can_be_stopped_until_it_begins(
    desk: SlackDesk, *, is_taken_up: bool
) -> None:
    desk.propose()
    desk.click("alice", APPROVE)
    desk.decisions.pause("cli:ana")
    if is_taken_up:
        assert desk.work().state is State.APPROVED
    desk.tick(5)
    assert reject(desk, "bob", "wrong link") == "p1: you stopped it; nothing will be changed"
    desk.decisions.resume("cli:ana")
    assert desk.work_to_the_end().state is State.REJECTED
    assert desk.world.router.log == []
    assert desk.decisions.broken_link("p1") is None
    assert desk.buttons() == set()
    blocks = str(desk.card()["blocks"])
    assert f"approved by <@{desk.slack.users['alice']}>" in blocks
    assert f"rejected by <@{desk.slack.users['bob']}>" in blocks
    assert "wrong link" in blocks


def test_one_can_stop_what_one_approved_oneself(desk: SlackDesk) -> None:
    desk.propose()
    desk.click("alice", APPROVE)
    desk.tick(3)
    assert "you stopped it" in reject(desk, "alice", "a slip")
    assert desk.work().state is State.REJECTED


def test_a_rejection_that_comes_too_late_says_what_to_do(desk: SlackDesk) -> None:
    desk.propose()
    desk.click("alice", APPROVE)
    assert desk.work_to_the_end().state is State.DONE
    assert press(desk, "alice", REJECT) == (
        "p1: it is done; your click changed nothing; qosbot rollback p1 takes it back"
    )


def test_an_approval_while_changes_are_paused_says_that_it_waits(desk: SlackDesk) -> None:
    desk.propose()
    desk.decisions.pause("cli:ana")
    desk.click("alice", APPROVE)
    assert "it waits: changes are paused by cli:ana" in desk.answers("alice")[0]


def test_a_click_on_what_expired_says_so_to_its_approver_too(desk: SlackDesk) -> None:
    desk.propose()
    desk.click("alice", APPROVE)
    desk.world.clock.sleep(2000)
    assert desk.work().state is State.EXPIRED
    assert press(desk, "alice", APPROVE).endswith("UTC; it is expired")


def test_a_reason_cannot_name_somebody_as_who_ended_it(desk: SlackDesk) -> None:
    desk.propose()
    alice = desk.person("alice")
    reject(desk, "bob", f"rollback_asked by {alice}")
    desk.work()
    desk.tick(8)
    blocks = str(desk.card()["blocks"])
    assert f"rejected by <@{desk.slack.users['bob']}>" in blocks
    assert f"<@{desk.slack.users['alice']}>" not in blocks


def test_who_left_the_group_is_not_one_of_the_two_and_another_is(tmp_path: Path) -> None:
    with slack_desk(tmp_path / "qosbot.db", quorum=2, approvers=("T0/S0",)) as desk:
        group = desk.group()
        desk.approvers = (group,)
        alice, bob, carol = desk.person("alice"), desk.person("bob"), "T9/U0CAROL"
        desk.groups.keep(group, {alice, bob, carol}, desk.world.clock.at)
        plan = desk.propose().proposal
        desk.click("alice", APPROVE)
        desk.groups.keep(group, {bob, carol}, desk.world.clock.at)
        desk.click("bob", APPROVE)
        assert "1 of 2" in desk.answers("bob")[0]
        assert "approved by 1 of 2" in str(desk.card()["blocks"])
        stands = remediate.decide(desk.one(), decided(plan, by=carol), desk.outside).decision
        assert stands is not None
        assert (stands.by, stands.others) == (carol, (bob,))
        assert desk.work_to_the_end().state is State.DONE


def test_a_person_is_not_two_by_the_command_line(tmp_path: Path) -> None:
    with slack_desk(tmp_path / "qosbot.db", quorum=2) as desk:
        desk.approvers = (desk.person("alice"), desk.person("bob"), "cli:alice")
        plan = desk.propose().proposal
        desk.click("alice", APPROVE)
        answer = remediate.decide(desk.one(), decided(plan, by="cli:alice"), desk.outside)
        assert "only Slack tells them apart" in answer.refusals[0].words
        assert desk.decisions.decision("p1") is None


def test_a_resume_says_where_auto_is_allowed_again(desk: SlackDesk) -> None:
    desk.decisions.switch_auto_off(Risk.LOW, "2 changes failed")
    desk.slack.command("alice", "/qosbot resume")
    (said,) = [str(one["text"]) for one in desk.slack.ephemeral(ROOM, "alice")]
    assert said.startswith("changes may start again; auto had switched itself off for low risk")


def test_who_is_in_a_group_that_is_not_known_may_pause_and_is_told_why_not_resume(
    tmp_path: Path,
) -> None:
    with slack_desk(tmp_path / "qosbot.db", approvers=("T0/S0",)) as desk:
        desk.approvers = (desk.group(),)
        desk.slack.command("alice", "/qosbot pause")
        assert desk.decisions.controls().paused_by == desk.person("alice")
        desk.slack.command("alice", "/qosbot resume")
        said = [str(one["text"]) for one in desk.slack.ephemeral(ROOM, "alice")][-1]
        assert "not known at the moment" in said
        assert desk.decisions.controls().paused_by == desk.person("alice")


def test_what_is_answered_has_no_sign_that_slack_would_show_as_another(desk: SlackDesk) -> None:
    desk.propose()
    for line in ("path", "why", "why p9", "path x", "help"):
        desk.slack.command("alice", f"/qosbot {line}")
    press(desk, "alice", DETAILS)  # its trigger is none, so Slack opens nothing
    told = [str(one["text"]) for one in desk.slack.ephemeral(ROOM, "alice")]
    assert len(told) == 6
    # A grave accent of ours would be shown as one that makes no code.
    assert not any(set(one) & {"`", "\N{MODIFIER LETTER GRAVE ACCENT}"} for one in told)
