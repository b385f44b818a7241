import json
from collections.abc import Iterator
from functools import partial
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from qosbot.lab.slack.setup import AppGrant, Setup
from qosbot.lab.slack.workspace import Workspace, running
from tests.lab.slack_app import Clock, actions, button, client, refused, section

ROOM = "voice-alarms"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[Workspace]:
    with running(now=clock.now) as workspace:
        yield workspace


@pytest.fixture
def web(slack: Workspace) -> WebClient:
    return client(slack)


def ask(slack: Workspace, method: str, body: str, **headers: str) -> dict[str, object]:
    """Call a method by hand, as no SDK would."""
    where = urlsplit(slack.api_url)
    connection = HTTPConnection(str(where.hostname), int(where.port or 0), timeout=10)
    connection.request("POST", f"/api/{method}", body, {"Content-Type": FORM} | headers)
    with connection.getresponse() as response:
        answer = json.loads(response.read())
    connection.close()
    assert isinstance(answer, dict)
    return answer


FORM, JSON = "application/x-www-form-urlencoded", "application/json; charset=utf-8"


def test_a_posted_message_is_there_with_its_blocks(slack: Workspace, web: WebClient) -> None:
    posted = web.chat_postMessage(channel=slack.channels[ROOM], text="a", blocks=[section("b")])
    stored = slack.messages(ROOM)[0]
    assert (stored["ts"], stored["text"]) == (posted["ts"], "a")
    assert posted["message"]["blocks"][0]["block_id"]


def test_a_form_and_json_say_the_same(slack: Workspace) -> None:
    said = {"channel": slack.channels[ROOM], "text": "same"}
    bearer = {"Authorization": f"Bearer {slack.bot_token}"}
    form = said | {"blocks": json.dumps([section("b")])}
    whole = json.dumps(said | {"blocks": [section("b")]})
    assert ask(slack, "chat.postMessage", urlencode(form), **bearer)["ok"]
    assert ask(slack, "chat.postMessage", whole, **bearer, **{"Content-Type": JSON})["ok"]
    first, second = slack.messages(ROOM)
    assert first["text"] == second["text"] == "same"


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [("{", JSON, "invalid_json"), ("[1]", JSON, "json_not_object"), ("", FORM, "not_authed")],
)
def test_a_body_that_says_nothing_is_refused(
    slack: Workspace, body: str, kind: str, error: str
) -> None:
    assert ask(slack, "auth.test", body, **{"Content-Type": kind})["error"] == error


def test_a_token_counts_in_the_header_or_in_the_form(slack: Workspace) -> None:
    assert ask(slack, "auth.test", urlencode({"token": slack.bot_token}))["ok"]
    assert ask(slack, "auth.test", "token=xoxb-other")["error"] == "invalid_auth"


def test_each_kind_of_token_opens_its_own_doors_only(slack: Workspace, web: WebClient) -> None:
    app = client(slack, slack.app_token)
    assert refused(app.auth_test) == "not_allowed_token_type"
    connect = web.apps_connections_open
    assert refused(lambda: connect(app_token=slack.bot_token)) == "not_allowed_token_type"
    assert connect(app_token=slack.app_token)["url"].startswith("ws://127.0.0.1:")


def test_a_method_that_slack_lacks_is_unknown(web: WebClient) -> None:
    assert refused(lambda: web.api_call("chat.shout")) == "unknown_method"


def test_a_missing_scope_says_what_is_needed_and_what_was_granted() -> None:
    granted = AppGrant(scopes=frozenset({"users:read"}))
    with running(Setup(grant=granted)) as slack, pytest.raises(SlackApiError) as caught:
        client(slack).chat_postMessage(channel=slack.channels[ROOM], text="a")
    answer = caught.value.response
    assert answer["error"] == "missing_scope"
    assert (answer["needed"], answer["provided"]) == ("chat:write", "users:read")


def test_a_name_or_picture_of_its_own_takes_a_scope_of_its_own() -> None:
    granted = AppGrant(scopes=frozenset({"chat:write"}))
    with running(Setup(grant=granted)) as slack:
        post = client(slack).chat_postMessage
        room = slack.channels[ROOM]
        assert refused(lambda: post(channel=room, text="a", username="x")) == "missing_scope"


def test_the_bot_must_be_in_the_channel() -> None:
    granted = AppGrant(scopes=frozenset({"chat:write"}))
    with running(Setup(grant=granted)) as slack:
        slack.control("member", channel=ROOM, user="bot", is_member=False)
        post = client(slack).chat_postMessage
        room = slack.channels[ROOM]
        assert refused(lambda: post(channel=room, text="a")) == "not_in_channel"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"channel": "C0NONE"}, "channel_not_found"),
        ({"channel": ""}, "invalid_arguments"),
        ({"text": ""}, "no_text"),
        ({"text": "x" * 40_001}, "msg_too_long"),
        ({"blocks": "not json"}, "invalid_blocks_format"),
        ({"blocks": [{"type": "marquee"}]}, "invalid_blocks"),
        ({"blocks": [section("x" * 2900)] * 5}, "msg_blocks_too_long"),
        ({"thread_ts": "1.000001"}, "thread_not_found"),
        ({"metadata": "no"}, "invalid_metadata_format"),
        ({"metadata": {"event_type": "x"}}, "invalid_metadata_schema"),
        (
            {"metadata": {"event_type": "x", "event_payload": {"a": "b" * 9000}}},
            "metadata_too_large",
        ),
        ({"attachments": [{"text": "old"}]}, "invalid_arguments"),
    ],
)
def test_what_slack_refuses_to_post_is_refused(
    slack: Workspace, web: WebClient, fields: dict[str, object], error: str
) -> None:
    said = {"channel": slack.channels[ROOM], "text": "a"} | fields
    assert refused(lambda: web.api_call("chat.postMessage", json=said)) == error
    assert slack.messages(ROOM) == []


def test_an_archived_channel_takes_nothing(slack: Workspace, web: WebClient) -> None:
    slack.control("archive", channel=ROOM)
    room = slack.channels[ROOM]
    assert refused(lambda: web.chat_postMessage(channel=room, text="a")) == "is_archived"


def test_a_reply_to_a_reply_is_refused(slack: Workspace, web: WebClient) -> None:
    room = slack.channels[ROOM]
    parent = web.chat_postMessage(channel=room, text="a")["ts"]
    reply = web.chat_postMessage(channel=room, text="b", thread_ts=parent)["ts"]
    again = refused(lambda: web.chat_postMessage(channel=room, text="c", thread_ts=reply))
    assert again == "cannot_reply_to_message"


def test_text_without_blocks_takes_the_blocks_away(slack: Workspace, web: WebClient) -> None:
    room, blocks = slack.channels[ROOM], [actions(button())]
    ts = web.chat_postMessage(channel=room, text="a", blocks=blocks)["ts"]
    web.chat_update(channel=room, ts=ts, text="b")
    stored = slack.messages(ROOM)[0]
    assert "blocks" not in stored
    assert "edited" in stored


def test_an_edit_with_blocks_shows_no_mark_and_keeps_the_text(
    slack: Workspace, web: WebClient
) -> None:
    room = slack.channels[ROOM]
    ts = web.chat_postMessage(channel=room, text="a", blocks=[actions(button())])["ts"]
    edit = {"channel": room, "ts": ts, "blocks": [section("decided")]}
    web.api_call("chat.update", json=edit)
    stored = slack.messages(ROOM)[0]
    assert stored["text"] == "a"
    assert "edited" not in stored
    assert stored["updates"] == 1


def test_metadata_stays_through_an_edit_until_it_is_emptied(
    slack: Workspace, web: WebClient
) -> None:
    room, metadata = slack.channels[ROOM], {"event_type": "x", "event_payload": {"id": "1"}}
    ts = web.chat_postMessage(channel=room, text="a", metadata=metadata)["ts"]
    web.chat_update(channel=room, ts=ts, text="b")
    assert slack.messages(ROOM)[0]["metadata"] == metadata
    web.api_call("chat.update", json={"channel": room, "ts": ts, "metadata": {}})
    assert "metadata" not in slack.messages(ROOM)[0]


def test_only_the_bots_own_messages_can_be_changed(slack: Workspace, web: WebClient) -> None:
    room = slack.channels[ROOM]
    ts = slack.say("alice", "mine", channel=ROOM)
    assert refused(lambda: web.chat_update(channel=room, ts=ts, text="x")) == "cant_update_message"
    gone = refused(lambda: web.chat_update(channel=room, ts="1.000002", text="x"))
    assert gone == "message_not_found"


def test_an_edit_takes_four_thousand_characters(slack: Workspace, web: WebClient) -> None:
    room = slack.channels[ROOM]
    ts = web.chat_postMessage(channel=room, text="x" * 4_001)["ts"]
    edit = refused(lambda: web.chat_update(channel=room, ts=ts, text="x" * 4_001))
    assert edit == "msg_too_long"


def test_an_ephemeral_message_is_one_persons_and_cannot_be_edited(
    slack: Workspace, web: WebClient
) -> None:
    room, alice = slack.channels[ROOM], slack.users["alice"]
    ts = web.chat_postEphemeral(channel=room, user=alice, text="psst")["message_ts"]
    assert slack.messages(ROOM) == slack.ephemeral(ROOM, "bob") == []
    assert slack.ephemeral(ROOM, "alice")[0]["text"] == "psst"
    assert refused(lambda: web.chat_update(channel=room, ts=ts, text="x")) == "message_not_found"
    stranger = refused(lambda: web.chat_postEphemeral(channel=room, user="U0NONE", text="x"))
    assert stranger == "user_not_in_channel"


def test_a_person_is_written_to_by_id(slack: Workspace, web: WebClient) -> None:
    posted = web.chat_postMessage(channel=slack.users["bob"], text="a")
    assert posted["channel"].startswith("D")
    again = web.chat_postMessage(channel=slack.users["bob"], text="b")
    assert again["channel"] == posted["channel"]


def test_a_permalink_leads_to_the_message(slack: Workspace, web: WebClient) -> None:
    room = slack.channels[ROOM]
    ts = web.chat_postMessage(channel=room, text="a")["ts"]
    link = web.chat_getPermalink(channel=room, message_ts=ts)["permalink"]
    assert link.startswith(slack.page)
    assert ts.replace(".", "") in link


def test_history_pages_from_the_newest_and_leaves_replies_out(
    slack: Workspace, web: WebClient
) -> None:
    room = slack.channels[ROOM]
    parent = slack.say("alice", "0", channel=ROOM)
    for number in range(1, 5):
        slack.say("alice", str(number), channel=ROOM)
    slack.say("bob", "reply", channel=ROOM, thread_ts=parent)
    pages = web.conversations_history(channel=room, limit=2)
    texts = [[message["text"] for message in page["messages"]] for page in pages]
    assert texts == [["4", "3"], ["2", "1"], ["0"]]
    thread = web.conversations_replies(channel=room, ts=parent)["messages"]
    assert [message["text"] for message in thread] == ["0", "reply"]
    assert thread[0]["reply_count"] == 1


def test_history_is_cut_by_time_stamps(slack: Workspace, web: WebClient) -> None:
    stamps = [slack.say("alice", str(number), channel=ROOM) for number in range(3)]
    room = slack.channels[ROOM]

    def texts(**bounds: object) -> list[str]:
        read = web.conversations_history(channel=room, **bounds)  # type: ignore[arg-type]
        return [message["text"] for message in read["messages"]]

    assert texts(oldest=stamps[0]) == ["2", "1"]
    assert texts(oldest=stamps[0], latest=stamps[2], inclusive=True) == ["2", "1", "0"]
    bad = refused(lambda: web.conversations_history(channel=room, oldest="yesterday"))
    assert bad == "invalid_ts_oldest"
    cursor = refused(lambda: web.conversations_history(channel=room, cursor="bad!"))
    assert cursor == "invalid_cursor"


def test_metadata_is_shown_to_who_asks_for_it(slack: Workspace, web: WebClient) -> None:
    room, metadata = slack.channels[ROOM], {"event_type": "x", "event_payload": {"id": "1"}}
    web.chat_postMessage(channel=room, text="a", metadata=metadata)
    brief = web.conversations_history(channel=room)["messages"][0]
    full = web.conversations_history(channel=room, include_all_metadata=True)["messages"][0]
    assert "event_payload" not in brief["metadata"]
    assert full["metadata"] == metadata


def test_groups_and_people_are_found(slack: Workspace, web: WebClient) -> None:
    group = slack.groups["voice-oncall"]
    both = [slack.users["alice"], slack.users["bob"]]
    assert web.usergroups_users_list(usergroup=group)["users"] == both
    slack.control("group", group="voice-oncall", users=["bob"])
    assert web.usergroups_users_list(usergroup=group)["users"] == both[1:]
    assert web.usergroups_list(include_users=True)["usergroups"][0]["users"] == both[1:]
    assert web.users_info(user=both[0])["user"]["name"] == "alice"
    assert web.conversations_info(channel=slack.channels[ROOM])["channel"]["is_member"]
    assert refused(lambda: web.usergroups_users_list(usergroup="S0")) == "no_such_subteam"
    assert refused(lambda: web.users_info(user="U0")) == "user_not_found"


def test_a_channel_takes_a_small_burst_and_then_one_message_a_second(
    slack: Workspace, web: WebClient, clock: Clock
) -> None:
    def post() -> str:
        return refused(lambda: web.chat_postMessage(channel=slack.channels[ROOM], text="a"))

    assert [post() for _ in range(5)] == ["", "", "", "", "ratelimited"]
    clock.step(1)
    assert [post() for _ in range(2)] == ["", "ratelimited"]
    assert len(slack.messages(ROOM)) == 5


def test_a_channel_counts_as_one_however_it_is_named(slack: Workspace, web: WebClient) -> None:
    names = [slack.channels[ROOM], ROOM, f"#{ROOM}", slack.channels[ROOM], ROOM]
    said = [partial(web.chat_postMessage, channel=name, text="a") for name in names]
    ended = [refused(post) for post in said]
    assert ended == ["", "", "", "", "ratelimited"]


def test_a_tier_counts_by_the_minute_and_says_when_to_come_back(
    web: WebClient, clock: Clock
) -> None:
    for _ in range(20):
        web.usergroups_list()
    clock.step(20)
    with pytest.raises(SlackApiError) as caught:
        web.usergroups_list()
    answer = caught.value.response
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "40")
    clock.step(40)
    assert refused(web.usergroups_list) == ""


def test_the_sdks_own_handler_waits_out_a_429(slack: Workspace) -> None:
    slack.limit("auth.test", calls=1, retry_after_s=1)
    patient = client(slack)
    patient.retry_handlers.append(RateLimitErrorRetryHandler(max_retry_count=1))
    assert patient.auth_test()["ok"]
    assert slack.calls("auth.test") == ["ratelimited", ""]


def test_an_argument_that_slack_passes_over_is_on_record(slack: Workspace, web: WebClient) -> None:
    said = {"channel": slack.channels[ROOM], "text": "a", "colour": "red"}
    web.api_call("chat.postMessage", json=said)
    calls = slack.state()["calls"]
    assert isinstance(calls, list)
    assert calls[-1]["ignored"] == ("colour",)
    assert slack.bot_token not in json.dumps(calls)


def test_ids_are_the_same_for_the_same_seed_and_tokens_never() -> None:
    with running(Setup(seed=7)) as one, running(Setup(seed=7)) as other:
        assert one.users == other.users
        assert one.channels == other.channels
        assert one.bot_token != other.bot_token
