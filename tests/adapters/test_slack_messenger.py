"""Telling people over Slack's own protocol and SDK, with what can go wrong on the way."""

import socket
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from qosbot.adapters.slack.calls import call, web_client
from qosbot.domain.errors import (
    MessageGoneError,
    MessageRefusedError,
    MessengerBusyError,
    MessengerUnreachableError,
)
from qosbot.domain.messages import Place
from qosbot.lab.slack.methods import METHODS
from qosbot.lab.slack.setup import read_manifest
from qosbot.ports.messaging import Post
from qosbot.render.slack.actions import APPROVE, DETAILS, REASON_ACTION, REJECT
from tests.adapters.slack_desk import MANIFEST, ROOM, SlackDesk, post, slack_desk
from tests.needs import needs

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _patience() -> None:
    needs("patience")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SlackDesk]:
    with slack_desk(tmp_path / "qosbot.db") as one:
        yield one


@pytest.mark.parametrize("how", ["error", "close"])
def test_a_card_that_was_taken_unnoticed_stands_once(desk: SlackDesk, how: str) -> None:
    desk.slack.end("chat.postMessage", how)  # type: ignore[arg-type]
    desk.propose()
    desk.tick(20)
    cards = [text for text in desk.top_level() if "p1" in text or "Decision" in text]
    assert len(cards) == 1
    assert desk.buttons() == {APPROVE, REJECT, DETAILS}


def test_a_note_that_was_taken_unnoticed_stands_once(desk: SlackDesk) -> None:
    desk.propose()
    desk.tick(5)
    desk.slack.end("chat.postMessage", "close")
    desk.click("alice", APPROVE)
    desk.work()
    desk.tick(30)
    texts = Counter(str(one["text"]) for one in desk.messages())
    assert max(texts.values()) == 1


def test_files_that_were_taken_unnoticed_stand_once(desk: SlackDesk) -> None:
    desk.slack.end("files.completeUploadExternal", "close")
    desk.propose()
    desk.tick(30)
    names = [str(file["name"]) for one in desk.messages() for file in one.get("files", ())]
    assert sorted(names) == ["p1-undo.txt", "p1.diff", "p1.png"]


def test_an_hour_without_slack_loses_nothing_and_comes_in_order(desk: SlackDesk) -> None:
    desk.slack.take_down()
    desk.propose()
    desk.raise_alarms(3)
    for _ in range(60):
        desk.world.clock.sleep(59)
        desk.tick()
    assert desk.outbox.backlog().waiting > 3
    desk.work()
    desk.slack.take_down(is_down=False)
    desk.tick(70)
    assert desk.outbox.backlog().waiting == 0
    assert desk.buttons() == set()
    assert len(desk.top_level()) == 5  # the first alarm, the card that expired, three alarms


def test_a_storm_with_429s_tells_what_waits_for_a_person_first(desk: SlackDesk) -> None:
    desk.slack.limit("chat.postMessage", calls=3, retry_after_s=5)
    desk.raise_alarms(200)
    desk.propose("p1")
    began_at = desk.world.clock.at
    while desk.outbox.backlog().waiting:
        desk.tick()
    assert desk.world.clock.at - began_at < timedelta(minutes=1)
    told = desk.top_level()[1:]
    assert len(told) == 2
    assert "MOS" in told[0]
    assert "200" in told[1]
    assert desk.slack.calls("chat.postMessage").count("ratelimited") == 3


def test_who_is_told_to_wait_knows_for_how_long(desk: SlackDesk) -> None:
    desk.slack.limit("chat.postMessage", calls=1, retry_after_s=17)
    with pytest.raises(MessengerBusyError) as caught:
        desk.messenger.post(post(), letter="a", channel=desk.channel)
    assert caught.value.retry_after_s == 17


def test_failures_are_told_apart(desk: SlackDesk) -> None:
    with pytest.raises(MessageRefusedError) as refused:
        desk.messenger.post(post(), letter="a", channel="C0NOWHERE")
    assert (refused.value.code, refused.value.is_ours) == ("channel_not_found", False)
    with pytest.raises(MessageRefusedError) as ours:
        desk.messenger.post(
            Post(text="x", blocks=({"type": "nonsense"},)), letter="a", channel=desk.channel
        )
    assert ours.value.is_ours
    with pytest.raises(MessageGoneError):
        desk.messenger.edit(Place(channel=desk.channel, ts="1.5"), post(), letter="a")
    desk.slack.refuse("chat.update", "edit_window_closed")
    with pytest.raises(MessageGoneError):
        desk.messenger.edit(Place(channel=desk.channel, ts="1.5"), post(), letter="a")
    stranger = web_client("xoxb-none", desk.slack.api_url)
    with pytest.raises(MessageRefusedError, match="invalid_auth"):
        call("auth.test", stranger.auth_test)


def test_where_nobody_listens_nothing_was_taken(desk: SlackDesk) -> None:
    del desk
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound and not listening: it refuses
        nowhere = web_client("xoxb-x", f"http://127.0.0.1:{held.getsockname()[1]}/api/")
        with pytest.raises(MessengerUnreachableError) as caught:
            call("auth.test", nowhere.auth_test)
    assert not caught.value.is_unknown


def test_a_cut_connection_leaves_the_outcome_unknown(desk: SlackDesk) -> None:
    desk.slack.end("chat.postMessage", "close")
    with pytest.raises(MessengerUnreachableError) as caught:
        desk.messenger.post(post(), letter="a", channel=desk.channel)
    assert caught.value.is_unknown
    found = desk.messenger.find("a", desk.world.clock.at, channel=desk.channel)
    assert found is not None
    assert desk.messenger.find("b", desk.world.clock.at, channel=desk.channel) is None


def test_a_message_is_found_past_the_first_page(desk: SlackDesk) -> None:
    place = desk.messenger.post(post(), letter="first", channel=desk.channel)
    for n in range(250):
        desk.slack.say("alice", f"chatter {n}", channel=ROOM)
    assert desk.messenger.find("first", desk.world.clock.at, channel=desk.channel) == place


def test_the_manifest_grants_what_is_used_and_nothing_more(desk: SlackDesk) -> None:
    desk.propose()
    desk.messenger.find("x", desk.world.clock.at, channel=desk.channel)
    desk.messenger.find("x", desk.world.clock.at, channel=desk.channel, thread=_card(desk))
    assert desk.directory.members(desk.group())
    desk.click("mallory", DETAILS)
    desk.click("bob", REJECT)
    desk.slack.submit("bob", {REASON_ACTION: "no"})
    desk.slack.command("bob", "/qosbot status")
    desk.tick(5)
    used = {str(one["method"]) for one in desk.state["calls"]}
    granted = read_manifest(MANIFEST).scopes
    # One of several will do for reading a channel: that of a public one is asked for.
    needed = {scope for method in used for scope in METHODS[method].scopes if scope in granted}
    assert "files.completeUploadExternal" in used
    assert needed | {"commands"} == granted


def _card(desk: SlackDesk) -> Place:
    place = desk.outbox.place("card:p1")
    assert place is not None
    return place


def test_a_person_who_left_the_channel_does_not_hold_others_up(desk: SlackDesk) -> None:
    new = desk.propose()
    value = f"p1:{new.proposal.plan_hash[:16]}"
    payload = {
        "type": "block_actions",
        "team": {"id": desk.slack.team},
        "user": {"id": "U0GONE", "team_id": desk.slack.team},
        "channel": {"id": desk.channel},
        "trigger_id": "1.2.3",
        "actions": [{"action_id": APPROVE, "action_ts": "1.5", "value": value}],
    }
    desk.counter.answer("interactive", payload)
    desk.click("alice", APPROVE)
    assert "you approved it" in desk.answers("alice")[0]
    assert desk.outbox.backlog().waiting == 0
