import json
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from slack_sdk import WebClient
from typer.testing import CliRunner

from qosbot.cli import app
from qosbot.lab.slack.setup import KNOWN_SCOPES, Setup, SetupError, read_manifest
from tests.lab.slack_app import refused

pytestmark = pytest.mark.slow

WITHIN_S = 60.0
MANIFEST = """
display_information: {name: qosbot-test}
features:
  slash_commands: [{command: /qosbot, description: ask qosbot}]
oauth_config:
  scopes: {bot: [chat:write, users:read]}
settings:
  interactivity: {is_enabled: true}
  socket_mode_enabled: true
"""


@contextmanager
def workspace(directory: Path, arguments: Sequence[str] = ()) -> Iterator[dict[str, object]]:
    """Run the verb until the block ends; its end must be clean."""
    command = [sys.executable, "-m", "qosbot", "slack-sim", "--dir", str(directory), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(WITHIN_S)
    assert code == 0


def start(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "qosbot", "slack-sim", *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=WITHIN_S,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_what_is_published_is_its_owners_alone_and_enough_to_connect(tmp_path: Path) -> None:
    directory = tmp_path / "slack"
    with workspace(directory) as printed:
        published = directory / "slack.json"
        assert json.loads(published.read_text()) == printed
        assert stat.S_IMODE(published.stat().st_mode) == 0o600
        assert printed["version"] == 1
        assert isinstance(printed["users"], dict)
        assert set(printed["users"]) == {"alice", "bob", "mallory"}
        web = WebClient(str(printed["bot_token"]), base_url=str(printed["api_url"]))
        assert web.auth_test()["team_id"] == printed["team"]
        second = start("--dir", str(directory))
        assert second.returncode == 2
        assert "already runs" in second.stderr
        assert second.stderr.count("\n") == 1
    assert not directory.exists()


def test_the_flags_say_who_is_there_and_what_was_granted(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text(MANIFEST)
    people = ["--user", "carol", "--user", "dan", "--group", "noc=dan", "--channel", "calls"]
    with workspace(tmp_path / "slack", [*people, "--manifest", str(manifest)]) as printed:
        users, channels = printed["users"], printed["channels"]
        assert isinstance(users, dict)
        assert isinstance(channels, dict)
        web = WebClient(str(printed["bot_token"]), base_url=str(printed["api_url"]))
        room = channels["calls"]
        assert (set(users), set(channels)) == ({"carol", "dan"}, {"calls"})
        assert web.auth_test()["user"] == "qosbot-test"
        assert web.chat_postMessage(channel=room, text="a")["ok"]
        assert refused(lambda: web.conversations_history(channel=room)) == "missing_scope"


def test_a_workspace_ends_when_its_input_does(tmp_path: Path) -> None:
    ended = start("--until-eof", "--dir", str(tmp_path / "slack"))
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["pid"] > 0
    assert not (tmp_path / "slack").exists()


def test_what_a_killed_workspace_left_behind_is_replaced(tmp_path: Path) -> None:
    left = {"page": "http://127.0.0.1:1/", "control_token": "old", "pid": 1}
    (tmp_path / "slack.json").write_text(json.dumps(left))
    with workspace(tmp_path) as printed:
        assert printed["pid"] != 1
    assert not (tmp_path / "slack.json").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--group", "noc"), "not a group"),
        (("--group", "noc=carol"), "who is not in the workspace"),
        (("--user", "a", "--user", "a"), "given twice"),
        (("--manifest", "nowhere.yaml"), "cannot be read"),
        (("--dir", "/dev/null/slack"), "cannot use /dev/null/slack"),
    ],
)
def test_wrong_use_is_told_in_a_line(tmp_path: Path, arguments: Sequence[str], says: str) -> None:
    place = () if "--dir" in arguments else ("--dir", str(tmp_path / "slack"))
    ended = CliRunner().invoke(app, ["slack-sim", *arguments, *place])
    assert ended.exit_code == 2
    assert says in ended.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (":\n\t-", "is not YAML"),
        ("settings: {}", "grants nothing"),
        ("oauth_config: {scopes: {bot: [chat:shout]}}", "unknown bot scope chat:shout"),
    ],
)
def test_a_manifest_that_grants_nothing_known_is_refused(
    tmp_path: Path, text: str, says: str
) -> None:
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text(text)
    with pytest.raises(SetupError, match=says) as caught:
        read_manifest(manifest)
    assert "\n" not in str(caught.value)


def test_a_manifest_grants_exactly_what_it_names(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.yaml"
    manifest.write_text(MANIFEST)
    grant = read_manifest(manifest)
    assert grant.scopes == {"chat:write", "users:read"}
    assert grant.commands == frozenset({"/qosbot"})
    assert (grant.is_interactive, grant.has_sockets) == (True, True)
    assert Setup().grant.scopes == KNOWN_SCOPES
