import urllib.request
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest
from slack_sdk import WebClient

from qosbot.lab.slack.setup import AppGrant, Setup
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


def upload(url: str, content: bytes) -> int:
    """POST the bytes of a file as they are; return the HTTP status."""
    try:
        with urllib.request.urlopen(url, content, timeout=10) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def promised(web: WebClient, length: int) -> tuple[str, str]:
    answer = web.files_getUploadURLExternal(filename="diff.txt", length=length)
    return str(answer["upload_url"]), str(answer["file_id"])


def test_the_sdk_puts_a_file_into_a_thread(slack: Workspace, web: WebClient) -> None:
    room = slack.channels[ROOM]
    ts = web.chat_postMessage(channel=room, text="a")["ts"]
    done = web.files_upload_v2(
        channel=room, thread_ts=ts, content="+ priority 512\n", filename="diff.txt", title="Diff"
    )
    reply = slack.messages(ROOM)[1]
    files = reply["files"]
    assert reply["thread_ts"] == ts
    assert isinstance(files, list)
    assert (files[0]["id"], files[0]["title"]) == (done["file"]["id"], "Diff")
    assert slack.file(files[0]["id"]) == b"+ priority 512\n"


def test_several_files_make_one_message(slack: Workspace, web: WebClient) -> None:
    files: list[dict[str, object]] = [
        {"content": "a", "filename": "a.txt"},
        {"file": b"\x89PNG", "filename": "b.png"},
    ]
    web.files_upload_v2(
        channel=slack.channels[ROOM], file_uploads=files, initial_comment="the evidence"
    )
    (message,) = slack.messages(ROOM)
    shared = message["files"]
    assert message["text"] == "the evidence"
    assert isinstance(shared, list)
    assert [one["name"] for one in shared] == ["a.txt", "b.png"]


def test_the_length_that_was_promised_is_the_length_that_is_taken(web: WebClient) -> None:
    url, name = promised(web, 5)
    assert upload(url, b"four") == 400
    early = refused(lambda: web.files_completeUploadExternal(files=[{"id": name}]))
    assert early == "file_not_found"
    assert upload(url, b"fives") == 200
    assert upload(url, b"fives") == 400


def test_a_file_is_completed_once(slack: Workspace, web: WebClient) -> None:
    url, name = promised(web, 1)
    upload(url, b"a")
    room = slack.channels[ROOM]
    files: list[dict[str, str | None]] = [{"id": name, "title": "t"}]
    assert refused(lambda: web.files_completeUploadExternal(files=files, channel_id=room)) == ""
    again = refused(lambda: web.files_completeUploadExternal(files=files, channel_id=room))
    assert again == "file_not_found"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"channel_id": "C0NONE"}, "channel_not_found"),
        ({"thread_ts": "1.000001"}, "invalid_arguments"),
        ({"files": [{"id": "F0NONE"}]}, "file_not_found"),
        ({"files": []}, "invalid_arguments"),
    ],
)
def test_what_slack_refuses_to_share_is_refused(
    slack: Workspace, web: WebClient, fields: dict[str, object], error: str
) -> None:
    url, name = promised(web, 1)
    upload(url, b"a")
    asked = {"files": [{"id": name}]} | fields
    call = "files.completeUploadExternal"
    assert refused(lambda: web.api_call(call, json=asked)) == error
    assert slack.messages(ROOM) == []


def test_an_empty_file_cannot_be_promised(web: WebClient) -> None:
    empty = refused(lambda: web.files_getUploadURLExternal(filename="a", length=0))
    assert empty == "missing_argument"


def test_the_bytes_are_given_to_a_token_that_may_read_files() -> None:
    for scopes, status in ((("files:write", "files:read"), 200), (("files:write",), 403)):
        with running(Setup(grant=AppGrant(scopes=frozenset(scopes)))) as slack:
            web = client(slack)
            url, name = promised(web, 1)
            upload(url, b"a")
            answer = web.files_completeUploadExternal(files=[{"id": name}])
            bearer = {"Authorization": f"Bearer {slack.bot_token}"}
            where = str(answer["files"][0]["url_private"])
            assert given(urllib.request.Request(where, headers=bearer)) == status  # noqa: S310 - ours


def given(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code
