import json
import urllib.request
from collections.abc import Iterator

import pytest
from slack_sdk.webhook import WebhookClient

from qosbot.lab.slack.acting import DID_NOT_RESPOND, NOT_CONNECTED, ActError
from qosbot.lab.slack.setup import AppGrant, Setup
from qosbot.lab.slack.workspace import Workspace, running
from tests.lab.slack_app import (
    App,
    Clock,
    actions,
    button,
    client,
    connected,
    mrkdwn,
    plain,
    refused,
    section,
)
from tests.until import until

pytestmark = pytest.mark.slow

ROOM = "voice-alarms"
SOON_S, AMPLE_S = 0.2, 30.0
CLOCK = Clock()


@pytest.fixture(scope="module")
def slack() -> Iterator[Workspace]:
    with running(now=CLOCK.now) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def running_app(slack: Workspace) -> Iterator[App]:
    with connected(slack) as app:
        yield app


@pytest.fixture
def app(slack: Workspace, running_app: App) -> App:
    """The app as it is after a minute of rest: nothing is counted, nothing goes wrong."""
    CLOCK.step(61)
    slack.faults.clear()
    slack.wait_for_acks(AMPLE_S)
    running_app.is_deaf, running_app.before_ack = False, None
    until(slack.is_quiet, what="nothing of an earlier test is on its way")
    running_app.received.clear()
    running_app.answers.clear()
    until(lambda: slack.connections() == 1, what="one socket is open")
    return running_app


def card(app: App, slack: Workspace, *elements: dict[str, object]) -> str:
    blocks = [section("a"), actions(*(elements or (button(value="r1"),)), block_id="choices")]
    posted = app.web.chat_postMessage(channel=slack.channels[ROOM], text="card", blocks=blocks)
    return str(posted["ts"])


def sockets(slack: Workspace) -> dict[str, int]:
    counted = json.loads(json.dumps(slack.state()["counters"]))["sockets"]
    assert isinstance(counted, dict)
    return counted


def test_a_click_tells_who_where_and_what(slack: Workspace, app: App) -> None:
    ts = card(app, slack)
    assert slack.click("alice", "approve", ts=ts).is_ok
    told = json.loads(json.dumps(app.payload()))
    assert told["type"] == "block_actions"
    assert (told["user"]["id"], told["team"]["id"]) == (slack.users["alice"], slack.team)
    assert told["container"]["message_ts"] == told["message"]["ts"] == ts
    assert told["channel"] == {"id": slack.channels[ROOM], "name": ROOM}
    assert (told["actions"][0]["value"], told["actions"][0]["block_id"]) == ("r1", "choices")


def test_a_stranger_comes_with_a_team_of_their_own(slack: Workspace, app: App) -> None:
    slack.control("stranger", user="mallory", team="T0OTHER")
    slack.click("mallory", "approve", ts=card(app, slack))
    slack.control("stranger", user="mallory")
    told = json.loads(json.dumps(app.payload()))
    assert (told["user"]["team_id"], told["team"]["id"]) == ("T0OTHER", slack.team)


def test_a_button_with_a_dialog_sends_nothing_until_it_is_agreed_to(
    slack: Workspace, app: App
) -> None:
    asks = {"title": plain("Sure?"), "text": mrkdwn("*2* devices")}
    asks |= {"confirm": plain("Yes"), "deny": plain("No")}
    ts = card(app, slack, button(confirm=asks))
    first = slack.click("alice", "approve", ts=ts)
    assert first.asks is not None
    assert not slack.click("alice", "approve", ts=ts, confirm=False).is_ok
    assert app.received == []
    assert slack.click("alice", "approve", ts=ts, confirm=True).is_ok
    assert len(app.received) == 1


def test_a_choice_is_sent_with_its_option(slack: Workspace, app: App) -> None:
    options = [{"text": plain("30 min"), "value": "30"}, {"text": plain("4 h"), "value": "240"}]
    ts = card(app, slack, {"type": "overflow", "action_id": "snooze", "options": options})
    assert slack.click("alice", "snooze", ts=ts, value="240").is_ok
    told = json.loads(json.dumps(app.payload()))
    assert told["actions"][0]["selected_option"]["value"] == "240"
    with pytest.raises(ActError, match="no option"):
        slack.click("alice", "snooze", ts=ts, value="9")


def test_nobody_clicks_what_was_taken_away_or_what_another_sees(slack: Workspace, app: App) -> None:
    room, ts = slack.channels[ROOM], card(app, slack)
    app.web.chat_update(channel=room, ts=ts, text="over", blocks=[section("over")])
    with pytest.raises(ActError, match="no element approve"):
        slack.click("alice", "approve", ts=ts)
    hidden = app.web.chat_postEphemeral(
        channel=room, user=slack.users["alice"], text="a", blocks=[actions(button())]
    )["message_ts"]
    with pytest.raises(ActError, match="sees no message"):
        slack.click("mallory", "approve", ts=hidden)
    assert slack.click("alice", "approve", ts=hidden).is_ok
    assert "message" not in app.payload()


def test_an_app_that_does_not_ack_is_asked_again_with_the_same_envelope(
    slack: Workspace, app: App
) -> None:
    ts = card(app, slack)
    app.is_deaf = True
    slack.wait_for_acks(SOON_S)
    assert slack.click("alice", "approve", ts=ts).error == DID_NOT_RESPOND
    until(lambda: app.received, what="it is delivered")
    app.is_deaf = False
    until(lambda: len(app.received) >= 2, what="it is delivered again")
    first, again = sorted(app.received, key=lambda one: one.retry_attempt or 0)[:2]
    assert first.envelope_id == again.envelope_id
    assert first.payload == again.payload
    assert (first.retry_attempt, again.retry_attempt) == (None, 1)
    assert again.retry_reason == "timeout"


def test_a_lost_ack_looks_to_the_app_like_a_second_click(slack: Workspace, app: App) -> None:
    ts, before = card(app, slack), sockets(slack)["acks_dropped"]
    slack.drop_acks(1)
    slack.wait_for_acks(SOON_S)
    assert slack.click("alice", "approve", ts=ts).error == DID_NOT_RESPOND
    until(lambda: len(app.received) >= 2, what="it is delivered again")
    until(slack.is_quiet, what="the second ack arrives")
    assert sockets(slack)["acks_dropped"] == before + 1


def test_an_envelope_can_be_replayed(slack: Workspace, app: App) -> None:
    ts = card(app, slack)
    slack.click("alice", "approve", ts=ts)
    assert slack.replay()
    until(lambda: len(app.received) >= 2, what="it is delivered again")
    assert len({one.envelope_id for one in app.received}) == 1


@pytest.mark.parametrize("how", ["cut", "refresh_requested"])
def test_the_sdk_comes_back_after_its_socket_went(slack: Workspace, app: App, how: str) -> None:
    opened, ts = sockets(slack)["opened"], card(app, slack)
    told = slack.cut_sockets() if how == "cut" else slack.disconnect(how)
    assert told == 1
    until(lambda: sockets(slack)["opened"] > opened, what="it connects again")
    until(lambda: slack.connections() == 1, what="the old socket is gone")
    assert slack.click("alice", "approve", ts=ts).is_ok


def test_a_trigger_opens_one_view_and_only_at_once(slack: Workspace, app: App) -> None:
    view = {"type": "modal", "title": plain("a"), "blocks": [section("a")]}
    ts = card(app, slack)
    slack.click("alice", "approve", ts=ts)
    trigger = str(app.payload()["trigger_id"])

    def opened(trigger_id: str) -> str:
        return refused(lambda: app.web.views_open(trigger_id=trigger_id, view=view))

    assert opened(trigger) == ""
    assert opened(trigger) == "exchanged_trigger_id"
    assert opened("1.2.x") == "invalid_trigger_id"
    slack.click("alice", "approve", ts=ts)
    CLOCK.step(3.1)
    assert opened(str(app.payload()["trigger_id"])) == "expired_trigger_id"


def test_a_response_url_works_five_times_within_half_an_hour(slack: Workspace, app: App) -> None:
    slack.click("alice", "approve", ts=card(app, slack))
    url = str(app.payload()["response_url"])
    before = len(slack.ephemeral(ROOM, "alice"))
    answers = [WebhookClient(url).send(text="no").status_code for _ in range(6)]
    assert answers == [200] * 5 + [404]
    assert len(slack.ephemeral(ROOM, "alice")) == before + 5
    slack.click("alice", "approve", ts=card(app, slack))
    late = str(app.payload()["response_url"])
    CLOCK.step(30 * 60 + 1)
    assert "expired_url" in WebhookClient(late).send(text="no").body


def test_a_response_url_replaces_or_deletes_what_was_clicked(slack: Workspace, app: App) -> None:
    ts = card(app, slack)
    slack.click("alice", "approve", ts=ts)
    answer = WebhookClient(str(app.payload()["response_url"]))
    answer.send(text="taken", blocks=[section("taken")], replace_original=True)
    assert [one["text"] for one in slack.messages(ROOM) if one["ts"] == ts] == ["taken"]
    answer.send(text="all see", response_type="in_channel")
    assert slack.messages(ROOM)[-1]["text"] == "all see"
    answer.send(delete_original=True)
    assert [one for one in slack.messages(ROOM) if one["ts"] == ts] == []


def test_a_slash_command_is_answered_to_its_author_alone(slack: Workspace, app: App) -> None:
    app.answers["slash_commands"] = {"text": "all quiet"}
    assert slack.command("bob", "/qosbot status now").is_ok
    told = app.payload()
    assert (told["command"], told["text"]) == ("/qosbot", "status now")
    assert (told["user_id"], told["channel_id"]) == (slack.users["bob"], slack.channels[ROOM])
    assert slack.ephemeral(ROOM, "bob")[-1]["text"] == "all quiet"
    assert all(one["text"] != "all quiet" for one in slack.ephemeral(ROOM, "alice"))


def test_a_slash_command_can_be_answered_to_everybody(slack: Workspace, app: App) -> None:
    app.answers["slash_commands"] = {"text": "for all", "response_type": "in_channel"}
    assert slack.command("bob", "/qosbot status").is_ok
    assert slack.messages(ROOM)[-1]["text"] == "for all"


def test_slackbot_says_that_a_command_failed(slack: Workspace, app: App) -> None:
    app.is_deaf = True
    slack.wait_for_acks(SOON_S)
    assert "did not respond" in slack.command("bob", "/qosbot status").error
    until(lambda: app.received, what="it is delivered")
    app.is_deaf = False
    slack.wait_for_acks(AMPLE_S)
    until(slack.is_quiet, what="it is delivered again, and acked")
    app.answers["slash_commands"] = {"blocks": [{"type": "marquee"}]}
    assert "invalid_blocks" in slack.command("bob", "/qosbot status").error
    assert "failed" in str(slack.ephemeral(ROOM, "bob")[-1]["text"])


def test_a_ticket_opens_one_socket(slack: Workspace, app: App) -> None:
    url = str(app.web.apps_connections_open(app_token=slack.app_token)["url"])
    ticket = url.replace("ws://", "http://")
    slack.world.tickets.clear()
    with pytest.raises(urllib.request.HTTPError, match="403"):
        urllib.request.urlopen(ticket, timeout=10)  # noqa: S310 - our own loopback address


def test_nobody_is_told_where_nobody_is_connected() -> None:
    with running(ack_within_s=SOON_S) as slack:
        web = client(slack)
        posted = web.chat_postMessage(
            channel=slack.channels[ROOM], text="a", blocks=[actions(button())]
        )
        assert slack.click("alice", "approve", ts=str(posted["ts"])).error == NOT_CONNECTED
        assert "not connected" in slack.command("alice", "/qosbot status").error


def test_a_command_that_the_manifest_lacks_is_unknown() -> None:
    grant = AppGrant(commands=frozenset({"/qosbot"}), is_interactive=False)
    with running(Setup(grant=grant), ack_within_s=SOON_S) as slack:
        with pytest.raises(ActError, match="not a valid command"):
            slack.command("alice", "/other")
        with pytest.raises(ActError, match="interactivity off"):
            slack.click("alice", "approve", ts="1.0")
