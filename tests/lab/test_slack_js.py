"""Slack's JavaScript SDKs, unchanged, against the emulator."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qosbot.lab.slack.workspace import Workspace, running
from tests.needs import SLACK_JS, needs, program, slack_js
from tests.until import until

pytestmark = pytest.mark.slow

ROOM = "voice-alarms"
Told = dict[str, object]


class JsApp:
    """The app of slack_js/app.mjs while it runs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def did(self, what: str) -> Told:
        """Wait until the app did something, and return what it tells of it."""
        assert self._process.stdout is not None
        told = json.loads(self._process.stdout.readline())
        assert isinstance(told, dict)
        assert told["did"] == what
        return told


@contextmanager
def js_app(slack: Workspace, folder: Path) -> Iterator[JsApp]:
    (folder / "node_modules").symlink_to(slack_js().resolve() / "node_modules")
    script = Path(shutil.copy(SLACK_JS / "app.mjs", folder))
    known = {
        "SLACK_API_URL": slack.api_url,
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_CHANNEL": slack.channels[ROOM],
    }
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [program("node"), str(script)],
        env=os.environ | known,
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        try:
            yield JsApp(process)
        finally:
            process.stdin.close()
            process.wait(30)


@pytest.fixture
def slack() -> Iterator[Workspace]:
    needs("slack_js")
    with running() as workspace:
        yield workspace


def test_a_proposal_is_posted_clicked_and_rejected_with_a_reason(
    slack: Workspace, tmp_path: Path
) -> None:
    with js_app(slack, tmp_path) as app:
        ts = str(app.did("posted")["ts"])
        assert slack.click("alice", "approve", ts=ts).is_ok
        opened = app.did("opened")
        assert (opened["by"], opened["value"]) == (slack.users["alice"], "r1")
        assert slack.submit("alice", {"reason": "no"}).errors == {"why": "Say more"}
        app.did("refused")
        assert slack.submit("alice", {"reason": "not tonight"}).is_ok
        assert app.did("rejected")["reason"] == "not tonight"
    card, reply = slack.messages(ROOM)
    assert card["text"] == "rejected"
    assert card["metadata"] == {"event_type": "outbox", "event_payload": {"id": "m1"}}
    assert reply["thread_ts"] == ts
    files = reply["files"]
    assert isinstance(files, list)
    assert slack.file(files[0]["id"]) == b"not tonight"


def test_a_command_is_answered_and_lost_sockets_are_opened_again(
    slack: Workspace, tmp_path: Path
) -> None:
    with js_app(slack, tmp_path) as app:
        app.did("posted")
        assert slack.command("bob", "/qosbot status now").is_ok
        assert app.did("commanded")["text"] == "status now"
        assert slack.ephemeral(ROOM, "bob")[0]["text"] == "you said status now"
        slack.disconnect("refresh_requested")
        app.did("reconnected")
        until(lambda: slack.connections() == 1, what="the old socket is gone")
        slack.cut_sockets()
        app.did("reconnected")
        assert slack.command("bob", "/qosbot status again").is_ok
        assert app.did("commanded")["text"] == "status again"


def test_what_is_installed_is_pinned_and_names_no_host() -> None:
    wanted = json.loads((SLACK_JS / "package.json").read_text())["dependencies"]
    locked = json.loads((SLACK_JS / "package-lock.json").read_text())["packages"]
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert "://" not in (SLACK_JS / "package-lock.json").read_text()
    assert all("integrity" in one for name, one in locked.items() if name)
