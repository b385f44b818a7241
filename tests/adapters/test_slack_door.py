"""What people do in Slack, over Slack's own protocol and SDK."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import pytest
from pydantic import ValidationError

from qosbot.adapters.slack.door import SlackDoor
from qosbot.adapters.sql import SqlMemory
from qosbot.domain.approvals import Choice
from qosbot.domain.considerations import Consideration
from qosbot.domain.errors import StoreError
from qosbot.domain.messages import Disclosure
from qosbot.domain.remediation import State
from qosbot.domain.verification import Outcome
from qosbot.render.slack.actions import APPROVE, DETAILS, REASON_ACTION, REJECT
from tests.adapters.slack_desk import ROOM, SlackDesk, slack_desk
from tests.domain.situations import decided
from tests.needs import needs
from tests.until import until

pytestmark = pytest.mark.slow


BRIEF = frozenset(
    {
        "test_an_approved_card_is_carried_out_and_ends_without_buttons",
        "test_somebody_who_may_not_is_answered_and_changes_nothing",
        "test_a_rejection_asks_why_and_says_so",
        "test_the_same_click_delivered_again_is_answered_once",
    }
)
"""What a user sees too; the rest takes minutes."""


@pytest.fixture(autouse=True)
def _patience(request: pytest.FixtureRequest) -> None:
    if request.node.name not in BRIEF:
        needs("patience")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SlackDesk]:
    with slack_desk(tmp_path / "qosbot.db") as one:
        yield one


def test_an_approved_card_is_carried_out_and_ends_without_buttons(desk: SlackDesk) -> None:
    desk.propose()
    assert desk.buttons() == {APPROVE, REJECT, DETAILS}
    desk.click("alice", APPROVE)
    (answer,) = desk.answers("alice")
    assert "you approved it" in answer
    assert desk.buttons() == {REJECT, DETAILS}
    done = desk.work_to_the_end()
    assert (done.state, done.outcome) == (State.DONE, Outcome.HELPED)
    assert done.decided_by == desk.person("alice")
    assert desk.buttons() == set()
    assert f"<@{desk.slack.users['alice']}>" in str(desk.card()["blocks"])
    assert len(desk.top_level()) == 2  # the alarm, and the card


def test_a_door_closes_at_whatever_moment_its_session_begins(desk: SlackDesk) -> None:
    """The library looks for a new session ten times a second, and must not miss its end then."""
    for number in range(8):
        door = SlackDoor(desk.counter, desk.slack.app_token, desk.slack.api_url)
        door.open()
        # The moment itself is what is tried: there is nothing to wait for.
        Event().wait(number * 0.014)
        closing = Thread(target=door.close, daemon=True)
        closing.start()
        closing.join(30)
        assert not closing.is_alive(), f"closed {14 * number} ms after it was opened"


def test_the_thread_has_the_files_and_every_step(desk: SlackDesk) -> None:
    desk.propose()
    desk.click("alice", APPROVE)
    desk.work_to_the_end()
    thread = [one for one in desk.messages() if one.get("thread_ts") == desk.card()["ts"]]
    names = {file["name"] for one in thread for file in one.get("files", ())}
    assert names == {"p1.diff", "p1-undo.txt", "p1.png"}
    said = " ".join(str(one["text"]) for one in thread).lower()
    assert "approved" in said
    assert "helped" in said


def test_somebody_who_may_not_is_answered_and_changes_nothing(desk: SlackDesk) -> None:
    before = desk.propose()
    for action in (APPROVE, REJECT):
        desk.click("mallory", action)
    answers = desk.answers("mallory")
    assert len(answers) == 2
    assert all("may not decide" in one for one in answers)
    assert desk.decisions.decision("p1") is None
    assert desk.one() == before
    assert desk.state["views"] == []


def test_a_rejection_asks_why_and_says_so(desk: SlackDesk) -> None:
    desk.propose()
    desk.click("bob", REJECT)
    assert desk.decisions.decision("p1") is None
    outcome = desk.slack.submit("bob", {REASON_ACTION: "the carrier is working on it"})
    assert outcome.is_ok, outcome
    assert "you rejected it" in desk.answers("bob")[0]
    assert desk.work().state is State.REJECTED
    desk.tick(5)
    assert desk.buttons() == set()
    assert "the carrier is working on it" in str(desk.card()["blocks"])


def test_a_rejection_without_a_reason_is_asked_again(desk: SlackDesk) -> None:
    desk.propose()
    desk.click("bob", REJECT)
    outcome = desk.slack.submit("bob", {REASON_ACTION: "   "})
    assert outcome.errors
    assert desk.decisions.decision("p1") is None


def test_details_are_shown_to_whoever_asks(desk: SlackDesk) -> None:
    desk.propose()
    desk.click("mallory", DETAILS)
    (view,) = desk.state["views"]
    assert "priority 600" in str(view["blocks"])


def test_a_window_that_slack_is_slow_to_open_costs_the_click_nothing(desk: SlackDesk) -> None:
    desk.propose()
    desk.slack.wait_for_acks(1.0)
    desk.web.timeout = 3
    desk.slack.end("views.open", "hang")  # it is carried out, and never answered
    place = desk.outbox.place("card:p1")
    assert place is not None
    assert desk.slack.click("alice", DETAILS, ts=place.ts).is_ok
    until(lambda: desk.outbox.backlog().waiting, what="it is said where to look instead")
    assert len(desk.state["views"]) == 1
    assert "if no window opened: qosbot show p1" in desk.answers("alice")[0]


def test_who_would_reject_and_sees_no_window_is_told_how_else(desk: SlackDesk) -> None:
    desk.propose()
    desk.slack.refuse("views.open", "internal_error")
    desk.click("alice", REJECT)
    said = "if no window opened: press Reject again, or type qosbot reject p1"
    assert desk.answers("alice") == [said]
    assert desk.decisions.decision("p1") is None


@pytest.mark.parametrize("action", [DETAILS, REJECT])
def test_a_window_is_opened_only_after_the_click_was_acknowledged(
    desk: SlackDesk, action: str
) -> None:
    new = desk.propose()
    pressed = _pressed(desk, action, f"p1:{new.proposal.plan_hash[:16]}")
    answered = desk.counter.answer("interactive", pressed)
    assert answered.payload is None
    assert len(answered.afterwards) == 1
    assert desk.slack.calls("views.open") == []


def test_a_decision_is_written_down_before_the_click_is_acknowledged(desk: SlackDesk) -> None:
    new = desk.propose()
    pressed = _pressed(desk, APPROVE, f"p1:{new.proposal.plan_hash[:16]}")
    assert desk.counter.answer("interactive", pressed).afterwards == ()
    assert desk.decisions.decision("p1") is not None


def test_two_people_at_once_are_one_decision_and_two_answers(desk: SlackDesk) -> None:
    desk.propose()
    desk.click("alice", APPROVE)
    desk.click("bob", APPROVE)
    assert "you approved it" in desk.answers("alice")[0]
    assert f"{desk.slack.users['alice']}" in desk.answers("bob")[0]
    assert "changed nothing" in desk.answers("bob")[0]


def test_the_same_click_delivered_again_is_answered_once(desk: SlackDesk) -> None:
    desk.propose()
    desk.click("alice", APPROVE)
    stood = desk.decisions.decision("p1")
    assert desk.slack.replay()
    assert len(desk.answers("alice")) == 1
    assert desk.decisions.decision("p1") == stood


def test_a_click_whose_ack_is_lost_counts_once(tmp_path: Path) -> None:
    with slack_desk(tmp_path / "qosbot.db") as desk:
        desk.propose()
        desk.slack.drop_acks(1)
        place = desk.outbox.place("card:p1")
        assert place is not None
        desk.slack.click("alice", APPROVE, ts=place.ts, confirm=True)
        assert len(desk.answers("alice")) == 1
        until(lambda: desk.state["envelopes"][-1]["acked"])
        assert len(desk.answers("alice")) == 1


def test_a_click_before_a_restart_is_carried_out_after_it(desk: SlackDesk) -> None:
    desk.propose()
    desk.click("alice", APPROVE)
    desk.restart()
    assert "you approved it" in desk.answers("alice")[0]
    assert desk.work_to_the_end().state is State.DONE


def test_the_first_click_after_a_restart_counts(desk: SlackDesk) -> None:
    desk.propose()
    desk.restart()
    desk.click("alice", APPROVE)
    assert desk.decisions.decision("p1") is not None


def test_a_verb_and_a_click_are_one_decision(desk: SlackDesk) -> None:
    plan = desk.propose().proposal
    desk.decisions.decide(decided(plan, by="cli:ana", choice=Choice.REJECT))
    desk.click("alice", APPROVE)
    assert "cli:ana rejected it" in desk.answers("alice")[0]
    assert desk.work().state is State.REJECTED


def test_what_was_decided_elsewhere_takes_the_buttons_away(desk: SlackDesk) -> None:
    plan = desk.propose().proposal
    desk.decisions.decide(decided(plan, by=desk.person("alice"), choice=Choice.REJECT))
    desk.tick(3)
    assert desk.buttons() == {DETAILS}


def test_two_must_agree_where_the_policy_says_so(tmp_path: Path) -> None:
    with slack_desk(tmp_path / "qosbot.db", quorum=2) as desk:
        desk.propose()
        desk.click("alice", APPROVE)
        assert "1 of 2" in desk.answers("alice")[0]
        assert "1 of 2" in str(desk.card()["blocks"])
        desk.click("alice", APPROVE)
        assert desk.decisions.decision("p1") is None
        desk.click("bob", APPROVE)
        assert desk.work_to_the_end().state is State.DONE


def test_members_of_a_group_may_while_the_group_was_read_lately(tmp_path: Path) -> None:
    with slack_desk(tmp_path / "qosbot.db", approvers=("T0/S0",)) as desk:
        group = desk.group()
        desk.approvers = (group,)
        desk.propose()
        desk.click("alice", APPROVE)
        assert "not known at the moment" in desk.answers("alice")[0]
        desk.groups.keep(group, desk.directory.members(group), desk.world.clock.at)
        desk.click("mallory", APPROVE)
        assert "may not decide" in desk.answers("mallory")[0]
        desk.click("alice", APPROVE)
        assert "you approved it" in desk.answers("alice")[1]
        assert desk.work_to_the_end().state is State.DONE


def test_who_left_the_group_before_it_was_carried_out_has_approved_nothing(tmp_path: Path) -> None:
    with slack_desk(tmp_path / "qosbot.db", approvers=("T0/S0",)) as desk:
        group = desk.group()
        desk.approvers = (group,)
        desk.groups.keep(group, {desk.person("alice")}, desk.world.clock.at)
        desk.propose()
        desk.click("alice", APPROVE)
        desk.groups.keep(group, {desk.person("bob")}, desk.world.clock.at)
        assert desk.work().state is State.REFUSED
        assert not any("configure" in line for line in desk.world.router.running)


def test_a_card_of_another_plan_decides_nothing(desk: SlackDesk) -> None:
    new = desk.propose()
    value = f"p1:{'0' * 16}"
    assert value != new.proposal.plan_hash[:16]
    desk.counter.answer("interactive", _pressed(desk, APPROVE, value))
    assert desk.decisions.decision("p1") is None
    assert "not the one on this card" in desk.answers("alice")[0]


@pytest.mark.parametrize("value", ["", "p1", "p1:zz", "../x:0000000000000000", "p1:" + "0" * 64])
def test_a_forged_button_decides_nothing_and_is_answered(desk: SlackDesk, value: str) -> None:
    desk.propose()
    desk.counter.answer("interactive", _pressed(desk, APPROVE, value))
    assert desk.decisions.decision("p1") is None
    assert "nothing was changed" in desk.answers("alice")[0]


def test_somebody_of_another_workspace_is_nobody_here(desk: SlackDesk) -> None:
    new = desk.propose()
    payload = _pressed(desk, APPROVE, f"p1:{new.proposal.plan_hash[:16]}")
    stranger = {**payload, "user": {"id": desk.slack.users["alice"], "team_id": "T0OTHER"}}
    desk.counter.answer("interactive", stranger)
    assert desk.decisions.decision("p1") is None


def test_what_is_no_payload_of_slack_is_refused(desk: SlackDesk) -> None:
    for payload in ({"type": "block_actions"}, {"type": "view_submission", "view": 7}):
        with pytest.raises(ValidationError):
            desk.counter.answer("interactive", payload)


def _pressed(desk: SlackDesk, action: str, value: str) -> dict[str, object]:
    return {
        "type": "block_actions",
        "team": {"id": desk.slack.team},
        "user": {"id": desk.slack.users["alice"], "team_id": desk.slack.team},
        "channel": {"id": desk.channel},
        "trigger_id": "1.2.3",
        "actions": [{"action_id": action, "action_ts": "1.5", "value": value}],
    }


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("status", "Waiting for a decision: p1"),
        ("pending", "p1: MOS"),
        ("path nowhere", "no path nowhere"),
        ("why p1", "The voice class drops 12 %"),
        ("why p9", "no proposal p9"),
        ("path", "needs a path"),
        ("", "/qosbot status"),
        ("dance", "/qosbot status"),
    ],
)
def test_a_question_is_answered_to_who_asks_only(desk: SlackDesk, line: str, says: str) -> None:
    desk.propose()
    assert desk.slack.command("mallory", f"/qosbot {line}").is_ok
    (answer,) = [str(one["text"]) for one in desk.slack.ephemeral(ROOM, "mallory")]
    assert says in answer
    assert desk.slack.ephemeral(ROOM, "alice") == []


def test_a_status_reads_nothing_that_ended_however_much_that_is(desk: SlackDesk) -> None:
    old = replace(desk.propose().proposal, id="old")
    ended = replace(desk.one(), proposal=old, state=State.DONE, version=0)
    desk.decisions.add(ended, desk.decisions.history("p1")[0].step)
    with closing(sqlite3.connect(desk.path)) as connection, connection:
        # Whoever reads it anyway breaks over it.
        connection.execute("UPDATE remediations SET remediation = '{}' WHERE id = 'old'")
    for line in ("status", "pending"):
        assert desk.slack.command("alice", f"/qosbot {line}").is_ok
    assert desk.decisions.codecs_in_force() == ()
    with pytest.raises(StoreError):
        desk.decisions.remediations()


def test_anybody_may_pause_and_an_approver_resume(desk: SlackDesk) -> None:
    desk.slack.command("mallory", "/qosbot pause")
    assert desk.decisions.controls().paused_by == desk.person("mallory")
    desk.slack.command("mallory", "/qosbot resume")
    assert desk.decisions.controls().paused_by == desk.person("mallory")
    desk.slack.command("bob", "/qosbot resume")
    assert desk.decisions.controls().paused_by == ""


def test_at_summary_nothing_of_the_network_leaves(tmp_path: Path) -> None:
    with slack_desk(tmp_path / "qosbot.db", disclosure=Disclosure.SUMMARY) as desk:
        desk.propose()
        desk.click("alice", APPROVE)
        desk.click("alice", DETAILS)
        desk.slack.command("alice", "/qosbot why p1")
        desk.work_to_the_end()
        text = str(desk.state)
        for secret in ("par-ce1", "Gi0/1", "policy-map", "priority 600", "192.0.2.1"):
            assert secret not in text


def test_a_socket_that_is_cut_is_opened_again(desk: SlackDesk) -> None:
    desk.propose()
    assert desk.slack.cut_sockets() == 1
    until(lambda: desk.slack.connections() == 1 and desk.door.is_open, what="it is open again")
    desk.click("alice", APPROVE)
    assert desk.decisions.decision("p1") is not None


def test_an_alarm_says_what_its_cause_is_once_that_is_known(desk: SlackDesk) -> None:
    finding = desk.propose().proposal.findings[0]
    alarm = desk.messages()[0]
    assert "not looked for yet" in str(alarm["blocks"])
    found = Consideration(
        alarm="a1",
        finding=finding,
        verdict="proposed",
        words="",
        proposal="p1",
        at=desk.world.clock.at,
    )
    SqlMemory(desk.database).keep_considerations([found])
    desk.tick(3)
    told = next(one for one in desk.messages() if one["ts"] == alarm["ts"])
    assert "The voice class drops 12 %" in str(told["blocks"])
    assert "not looked for yet" not in str(told["blocks"])


def test_a_cut_connection_is_known_to_be_closed_long_before_it_is_given_up(
    desk: SlackDesk,
) -> None:
    desk.slack.take_down()
    assert desk.slack.cut_sockets() == 1
    until(lambda: not desk.door.is_open, within_s=15.0, what="the door knows that it is closed")
    desk.slack.take_down(is_down=False)
    until(lambda: desk.door.is_open and desk.slack.connections() == 1, what="it is open again")


def test_names_of_devices_cannot_call_the_channel(desk: SlackDesk) -> None:
    new = desk.propose("p1")
    evil = "<!channel> <@U0> <https://x.example|click> ```"
    finding = replace(new.proposal.findings[0], words=f"loss at {evil}")
    plan = replace(new.proposal, id="p2", findings=(finding,), cautions=(evil,))
    desk.decisions.add(replace(new, proposal=plan, version=0), desk.decisions.history("p1")[0].step)
    desk.tick(10)
    for one in desk.messages():
        assert not one["mentions"] or "U0" not in str(one["mentions"])
        assert "channel" not in str(one["mentions"])
