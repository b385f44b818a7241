import json
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from qosbot.lab.slack.workspace import Workspace, running
from tests.lab.slack_app import Clock, actions, button, client, modal, mrkdwn, plain, section

ROOM = "voice-alarms"
CLOCK = Clock()


@pytest.fixture(scope="module")
def shared() -> Iterator[Workspace]:
    with running(now=CLOCK.now) as workspace:
        yield workspace


@pytest.fixture
def slack(shared: Workspace) -> Workspace:
    room = shared.world.channel(ROOM)
    for ts in [*room.messages, *room.ephemeral]:
        room.remove(ts)
    shared.world.views.clear()
    CLOCK.step(61)  # what was sent before counts no more
    return shared


def ask(
    slack: Workspace, method: str, path: str, body: object = None, **headers: str
) -> tuple[int, str]:
    """Send one request by hand; return its status and body."""
    where = urlsplit(slack.page)
    connection = HTTPConnection(str(where.hostname), int(where.port or 0), timeout=10)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, None if body is None else json.dumps(body), given)
    with connection.getresponse() as response:
        answer = response.status, response.read().decode(errors="replace")
    connection.close()
    return answer


def control(slack: Workspace, name: str, **fields: object) -> tuple[int, dict[str, object]]:
    status, text = ask(
        slack, "POST", f"/control/{name}", fields, X_Control_Token=slack.control_token
    )
    answer = json.loads(text)
    assert isinstance(answer, dict)
    return status, answer


def post(slack: Workspace, text: str, *blocks: dict[str, object], thread_ts: str = "") -> str:
    posted = client(slack).chat_postMessage(
        channel=slack.channels[ROOM], text=text, blocks=list(blocks), thread_ts=thread_ts
    )
    return str(posted["ts"])


def scene(slack: Workspace, user: str = "alice", **look: str) -> dict[str, object]:
    query = "&".join(f"{name}={value}" for name, value in {"user": user, **look}.items())
    status, text = ask(slack, "GET", f"/page/scene?{query}", X_Control_Token=slack.control_token)
    assert status == 200, text
    seen = json.loads(text)
    assert isinstance(seen, dict)
    return seen


def test_the_state_tells_what_was_said_and_called(slack: Workspace) -> None:
    ts = post(slack, "<!channel> hi", section("a"))
    post(slack, "reply", thread_ts=ts)
    status, text = ask(slack, "GET", "/control/state", X_Control_Token=slack.control_token)
    state = json.loads(text)
    first, reply = state["channels"][slack.channels[ROOM]]["messages"]
    assert status == 200
    assert first["mentions"] == ["channel"]
    assert reply["thread_ts"] == ts
    assert state["calls"][-1]["method"] == "chat.postMessage"
    assert state["counters"]["calls"]["chat.postMessage"]["ok"] >= 2
    assert slack.bot_token not in text


def test_a_person_acts_through_the_control_api(slack: Workspace) -> None:
    ts = post(slack, "a", actions(button()))
    status, clicked = control(slack, "click", user="alice", action_id="approve", ts=ts)
    assert (status, clicked["went_through"]) == (200, False)
    assert clicked["error"] == "This app is not connected"
    _, said = control(slack, "say", user="bob", channel=ROOM, text="hello")
    assert slack.messages(ROOM)[-1]["ts"] == said["ts"]
    control(slack, "delete", channel=ROOM, ts=ts)
    assert [one["text"] for one in slack.messages(ROOM)] == ["hello"]


@pytest.mark.parametrize(
    ("name", "fields", "says"),
    [
        ("dance", {}, "unknown command dance"),
        ("click", {"user": "carol", "action_id": "x"}, "there is no user carol"),
        ("click", {"user": "alice", "action_id": "x", "ts": "1.0"}, "sees no message"),
        ("click", {"user": "alice"}, "action_id must be text"),
        ("say", {"user": "alice", "channel": "x", "text": "a"}, "is in no channel x"),
        ("say", {"user": "alice", "channel": ROOM, "text": "a", "loud": 1}, "unknown field: loud"),
        ("command", {"user": "alice", "channel": ROOM, "text": "x"}, "starts with a slash"),
        ("submit", {"user": "alice"}, "has no view open"),
        ("limit", {"method": "chat.shout"}, "method must be one of"),
        ("end", {"method": "auth.test", "how": "x"}, "how must be one of"),
        ("disconnect", {"reason": "x"}, "reason must be one of"),
        ("drop-acks", {"count": -1}, "whole number"),
        ("replay", {"envelope_id": "none"}, "no such envelope"),
        ("group", {"group": "x", "users": []}, "no group x"),
        ("delete", {"channel": ROOM, "ts": "1.0"}, "message_not_found"),
    ],
)
def test_a_bad_request_is_answered_with_one_clear_line(
    slack: Workspace, name: str, fields: dict[str, object], says: str
) -> None:
    status, answer = control(slack, name, **fields)
    assert status == 400
    assert says in str(answer["error"])
    assert "\n" not in str(answer["error"])


def test_only_the_token_opens_the_control_api(slack: Workspace) -> None:
    for headers in ({}, {"X_Control_Token": "guess"}):
        assert ask(slack, "POST", "/control/clear", {}, **headers)[0] == 403
        assert ask(slack, "GET", "/page/scene", **headers)[0] == 403


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}],
    ids=["forged", "rebound", "sandboxed"],
)
def test_another_sites_page_opens_nothing_even_with_the_token(
    slack: Workspace, headers: dict[str, str]
) -> None:
    known = headers | {"X_Control_Token": slack.control_token}
    assert ask(slack, "POST", "/control/clear", {}, **known)[0] == 403
    assert ask(slack, "GET", "/page/scene", **known)[0] == 403
    assert ask(slack, "GET", "/", **headers)[0] == 403


def test_our_own_page_may_post(slack: Workspace) -> None:
    known = {"Origin": slack.page.rstrip("/"), "X_Control_Token": slack.control_token}
    assert ask(slack, "POST", "/control/clear", {}, **known)[0] == 200


def test_the_page_shows_a_card_as_a_person_sees_it(slack: Workspace) -> None:
    asks = {"title": plain("Sure?"), "text": mrkdwn("*2* devices")}
    asks |= {"confirm": plain("Apply now"), "deny": plain("Not yet")}
    post(
        slack,
        "card",
        {"type": "header", "text": plain("MOS 3.1")},
        section("*cause* `Gi0/1` <!channel>"),
        actions(button(style="primary", confirm=asks), button("reject", style="danger")),
    )
    status, page = ask(slack, "GET", "/")
    assert status == 200
    for part in ("<h2>MOS 3.1</h2>", "<b>cause</b>", "<code>Gi0/1</code>", "@channel</span>"):
        assert part in page
    assert 'class="el primary"' in page
    assert 'class="el danger"' in page
    assert "Apply now" in page


def test_nothing_that_was_written_becomes_markup(slack: Workspace) -> None:
    evil = '"><script>alert(1)</script>'
    shown = button(evil, value=evil)
    post(slack, evil, {"type": "header", "text": plain(evil)}, section(evil), actions(shown))
    slack.say("alice", evil, channel=ROOM)
    _, page = ask(slack, "GET", "/")
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;") >= 3


def test_an_ephemeral_message_is_on_one_persons_page_only(slack: Workspace) -> None:
    room, alice = slack.channels[ROOM], slack.users["alice"]
    client(slack).chat_postEphemeral(channel=room, user=alice, text="for your eyes")
    seen = str(scene(slack, "alice")["messages"])
    assert "Only visible to you" in seen
    assert "for your eyes" in seen
    assert "for your eyes" not in str(scene(slack, "bob")["messages"])


def test_a_thread_is_beside_the_channel(slack: Workspace) -> None:
    ts = post(slack, "parent")
    post(slack, "the reply", thread_ts=ts)
    seen = scene(slack, thread=ts)
    assert "1 reply" in str(seen["messages"])
    assert "the reply" not in str(seen["messages"])
    assert "the reply" in str(seen["thread"])


def test_files_are_shown_and_only_their_key_opens_them(slack: Workspace) -> None:
    web, room = client(slack), slack.channels[ROOM]
    done = web.files_upload_v2(channel=room, file=b"\x89PNG", filename="mos.png", title="MOS")
    web.files_upload_v2(channel=room, content="<b>line</b>\n", filename="diff.html")
    seen = str(scene(slack)["messages"])
    assert "&lt;b&gt;line&lt;/b&gt;" in seen
    picture = seen.partition('<img src="')[2].partition('"')[0]
    assert ask(slack, "GET", picture) == (200, "\ufffdPNG")
    assert ask(slack, "GET", f"/files/{done['file']['id']}?key=guess")[0] == 403


def test_a_modal_is_on_the_page_of_whom_it_was_opened_for(slack: Workspace) -> None:
    trigger = slack.world.trigger(slack.users["alice"])
    client(slack).views_open(trigger_id=trigger, view=modal())
    shown = scene(slack, "alice")["modal"]
    assert isinstance(shown, dict)
    assert "<h3>Reject</h3>" in shown["html"]
    assert 'maxlength="20"' in shown["html"]
    assert scene(slack, "bob")["modal"] is None


def test_a_page_that_is_up_to_date_is_told_so(slack: Workspace) -> None:
    version = str(scene(slack)["version"])
    query = f"/page/scene?user=alice&since={version}"
    assert ask(slack, "GET", query, X_Control_Token=slack.control_token)[0] == 204
    slack.say("bob", "news", channel=ROOM)
    assert ask(slack, "GET", query, X_Control_Token=slack.control_token)[0] == 200


def test_the_page_may_speak_to_nobody_else(slack: Workspace) -> None:
    where = urlsplit(slack.page)
    connection = HTTPConnection(str(where.hostname), int(where.port or 0), timeout=10)
    connection.request("GET", "/")
    with connection.getresponse() as response:
        policy = response.headers["Content-Security-Policy"]
        page = response.read().decode()
    connection.close()
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "https://" not in page
