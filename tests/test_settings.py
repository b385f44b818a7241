import os
import subprocess
import sys
from pathlib import Path

import pytest

from qosbot.settings import Settings

SHOW = """
from pathlib import Path
from qosbot.domain.errors import ConfigurationError
from qosbot.settings import read_settings
try:
    print(read_settings(database=Path("given.db")).model_dump_json())
except ConfigurationError as error:
    print(error)
"""


def settings(**environment: str) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("QOSBOT_")}
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        env={**clean, **environment},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_what_is_given_goes_before_the_environment() -> None:
    assert '"database":"given.db"' in settings(QOSBOT_DATABASE="other.db")


def test_an_interval_under_the_floor_is_refused_by_name() -> None:
    said = settings(QOSBOT_POLL_INTERVAL_S="5", QOSBOT_SNMP_ENGINE="snail")
    assert "QOSBOT_POLL_INTERVAL_S: Input should be greater than or equal to 30" in said
    assert "QOSBOT_SNMP_ENGINE" in said


def test_a_wrong_setting_does_not_repeat_what_was_in_the_environment() -> None:
    assert "canary" not in settings(QOSBOT_POLL_DEADLINE_S="canary")


def test_a_time_of_day_that_never_comes_is_refused_by_name() -> None:
    for wrong in ("24:00", "2:30", "02:30:00"):
        assert "QOSBOT_AUDIT_AT: String should match" in settings(QOSBOT_AUDIT_AT=wrong)
    said = settings(QOSBOT_AUDIT_TIMEZONE="Mars/Olympus")
    assert "QOSBOT_AUDIT_TIMEZONE: no such time zone" in said
    assert '"audit_at":null' in settings(QOSBOT_AUDIT_AT="off")


FLOORS = {
    "poll_interval_s": 30,
    "poll_deadline_s": 1,
    "remediate_interval_s": 5,
    "retry_s": 5,
    "lease_s": 60,
    "reconsider_s": 60,
    "codec_settle_s": 60,
    "witness_interval_s": 30,
    "audit_device_s": 12,
    "audit_keep_days": 2,
    "keep_days": 0.25,
    "keep_scores_days": 0.25,
    "stop_within_s": 1,
}


def test_every_interval_has_a_floor() -> None:
    times = {name for name in Settings.model_fields if name.endswith(("_s", "_days"))}
    assert times == set(FLOORS)


def test_every_floor_is_one_line_that_names_the_setting() -> None:
    under = {f"QOSBOT_{name.upper()}": str(0.99 * floor) for name, floor in FLOORS.items()}
    said = settings(**under).splitlines()
    assert sorted(said) == sorted(
        f"environment: QOSBOT_{name.upper()}: Input should be greater than or equal to {floor}"
        for name, floor in FLOORS.items()
    )


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_what_is_no_time_is_refused(value: str) -> None:
    said = settings(QOSBOT_POLL_INTERVAL_S=value, QOSBOT_RETRY_S=value).splitlines()
    assert len(said) == 2


def test_the_floors_themselves_are_taken() -> None:
    at = {f"QOSBOT_{name.upper()}": str(floor) for name, floor in FLOORS.items()}
    assert '"poll_interval_s":30.0' in settings(**at)


def test_polls_that_would_run_into_each_other_are_refused() -> None:
    said = settings(QOSBOT_POLL_INTERVAL_S="30", QOSBOT_POLL_DEADLINE_S="31")
    assert "QOSBOT_POLL_DEADLINE_S: 31 s is more than the interval of 30 s" in said


@pytest.mark.parametrize("port", ["", "off", " OFF "])
def test_the_web_port_may_be_off(port: str) -> None:
    assert '"web_port":null' in settings(QOSBOT_WEB_PORT=port)


@pytest.mark.parametrize(("port", "shown"), [("0", "0"), ("65535", "65535")])
def test_the_web_port_may_be_any(port: str, shown: str) -> None:
    assert f'"web_port":{shown}' in settings(QOSBOT_WEB_PORT=port)


@pytest.mark.parametrize("port", ["-1", "65536", "http", "80.5"])
def test_what_is_no_port_is_refused_by_name(port: str) -> None:
    assert "QOSBOT_WEB_PORT: Input should be" in settings(QOSBOT_WEB_PORT=port)


def test_nothing_but_loopback_is_served_unless_asked_for() -> None:
    assert '"web_host":"127.0.0.1","web_port":8470' in settings()


SLACK = """
from qosbot.domain.errors import ConfigurationError
from qosbot.settings import read_settings
try:
    found = read_settings().slack()
    print(found, "" if found is None else found.bot_token + " " + found.app_token)
except ConfigurationError as error:
    print(error)
"""


def slack(**environment: str) -> str:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("QOSBOT_")}
    done = subprocess.run(
        [sys.executable, "-c", SLACK],
        env={**clean, **{f"QOSBOT_SLACK_{key}": value for key, value in environment.items()}},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_without_a_word_of_slack_there_is_none() -> None:
    assert slack().startswith("None")


def test_slack_needs_both_tokens_and_a_channel() -> None:
    half = {"BOT_TOKEN": "xoxb-canary", "CHANNEL": "C0ROOM"}
    said = slack(**half)
    assert "QOSBOT_SLACK_APP_TOKEN missing" in said
    assert "canary" not in said


def test_tokens_can_stand_in_files_that_only_their_owner_reads(tmp_path: Path) -> None:
    bot, app = tmp_path / "bot", tmp_path / "app"
    for file, token in ((bot, "xoxb-1\n"), (app, "xapp-1\n")):
        file.write_text(token)
        file.chmod(0o600)
    files = {"BOT_TOKEN_FILE": str(bot), "APP_TOKEN_FILE": str(app), "CHANNEL": "C0ROOM"}
    assert "xoxb-1 xapp-1" in slack(**files)
    app.chmod(0o644)
    assert "can be read by others" in slack(**files)
    app.unlink()
    assert "cannot be read: No such file" in slack(**files)


def test_alarms_go_where_decisions_are_asked_for_unless_said_otherwise() -> None:
    both = {"BOT_TOKEN": "xoxb-1", "APP_TOKEN": "xapp-1", "CHANNEL": "C0ROOM"}
    assert "alarms_channel='C0ROOM'" in slack(**both)
    assert "alarms_channel='C0OTHER'" in slack(**both, ALARMS_CHANNEL="C0OTHER")
    assert "QOSBOT_SLACK_CHANNEL: is the name" in slack(**{**both, "CHANNEL": "#room"})


def test_tokens_that_were_swapped_or_never_written_are_named_before_anything_starts(
    tmp_path: Path,
) -> None:
    swapped = {"BOT_TOKEN": "xapp-canary", "APP_TOKEN": "xoxb-canary", "CHANNEL": "C0ROOM"}
    said = slack(**swapped)
    assert "QOSBOT_SLACK_BOT_TOKEN: is another kind of token; it begins with xoxb-" in said
    assert "canary" not in said
    empty = tmp_path / "bot"
    empty.touch(0o600)
    assert f"{empty} is empty" in slack(BOT_TOKEN_FILE=str(empty), CHANNEL="C0ROOM")
