import os
import subprocess
import sys
from pathlib import Path

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
