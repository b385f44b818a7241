from collections.abc import Iterator
from http.client import RemoteDisconnected

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from qosbot.lab.slack.workspace import Workspace, running
from tests.lab.slack_app import client, refused

ROOM = "voice-alarms"


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with running() as workspace:
        yield workspace


@pytest.fixture
def web(slack: Workspace) -> WebClient:
    return client(slack)


def post(slack: Workspace, web: WebClient) -> None:
    web.chat_postMessage(channel=slack.channels[ROOM], text="a")


def test_an_error_after_the_message_was_stored_leaves_it_there(
    slack: Workspace, web: WebClient
) -> None:
    slack.end("chat.postMessage", "error")
    with pytest.raises(SlackApiError) as caught:
        post(slack, web)
    assert caught.value.response.status_code == 500
    assert len(slack.messages(ROOM)) == 1
    post(slack, web)
    assert len(slack.messages(ROOM)) == 2


def test_a_cut_after_the_message_was_stored_leaves_it_there(
    slack: Workspace, web: WebClient
) -> None:
    slack.end("chat.postMessage", "close")
    with pytest.raises(RemoteDisconnected):
        post(slack, web)
    assert len(slack.messages(ROOM)) == 1


def test_a_call_that_hangs_was_carried_out(slack: Workspace) -> None:
    hasty = WebClient(slack.bot_token, base_url=slack.api_url, timeout=1, retry_handlers=[])
    slack.end("chat.postMessage", "hang")
    with pytest.raises(TimeoutError):
        post(slack, hasty)
    assert len(slack.messages(ROOM)) == 1


def test_an_ending_is_kept_for_a_call_that_succeeds(slack: Workspace, web: WebClient) -> None:
    slack.end("chat.postMessage", "close")
    assert refused(lambda: web.chat_postMessage(channel="C0NONE", text="a")) == "channel_not_found"
    with pytest.raises(RemoteDisconnected):
        post(slack, web)


def test_a_web_api_that_is_down_answers_nobody_and_stores_nothing(
    slack: Workspace, web: WebClient
) -> None:
    slack.take_down()
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        post(slack, web)
    url = slack.world.response_url(slack.users["alice"], slack.channels[ROOM])
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        WebhookClient(url, retry_handlers=[]).send(text="a")
    slack.take_down(is_down=False)
    assert slack.messages(ROOM) == []
    post(slack, web)
    assert slack.calls("chat.postMessage") == ["down", ""]


def test_a_429_strikes_as_often_as_was_asked(slack: Workspace, web: WebClient) -> None:
    slack.limit("auth.test", calls=2, retry_after_s=30)
    with pytest.raises(SlackApiError) as caught:
        web.auth_test()
    assert caught.value.response.headers["Retry-After"] == "30"
    assert refused(web.auth_test) == "ratelimited"
    assert refused(web.auth_test) == ""


def test_a_method_can_be_refused_as_slack_might(slack: Workspace, web: WebClient) -> None:
    slack.refuse("usergroups.list", "plan_upgrade_required")
    assert refused(web.usergroups_list) == "plan_upgrade_required"
    assert refused(web.usergroups_list) == ""


def test_every_fault_ends_when_all_are_cleared(slack: Workspace, web: WebClient) -> None:
    slack.limit("auth.test", calls=9)
    slack.end("auth.test", "close", calls=9)
    slack.refuse("auth.test", "token_revoked", calls=9)
    slack.drop_acks(9)
    slack.take_down()
    cleared = slack.control("clear")
    nothing: dict[str, object] = {"api_down": False, "acks_to_drop": 0}
    assert cleared == nothing | {"limited": {}, "refusals": {}, "endings": {}}
    assert refused(web.auth_test) == ""
