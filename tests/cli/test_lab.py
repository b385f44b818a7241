"""What the verbs of the lab refuse before any lab is asked."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from qosbot.cli.lab import app


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        (["path=a", "path=b"], "'path' is given twice; keep one\n"),
        (["calls"], "'calls' is not key=value\n"),
        (["token=x"], "'token' is not for arguments\n"),
        (["path=" + "[" * 100_000], "no lab runs there: "),
    ],
    ids=["twice", "no pair", "not for arguments", "deep"],
)
def test_an_argument_that_no_lab_can_take_is_refused_in_words(
    tmp_path: Path, pairs: list[str], says: str
) -> None:
    ended = CliRunner().invoke(app, ["ctl", "load", "--dir", str(tmp_path), *pairs])
    assert ended.exit_code == 2
    assert ended.stderr.startswith(says)
