"""`qosbot codecs` shows every number with what backs it, and compares bands on one scale only."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from qosbot.cli import app
from qosbot.domain.codec_table import ALL_CODECS


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["codecs", *arguments])


def answer(*arguments: str) -> Any:  # noqa: ANN401  as JSON is
    return json.loads(run(*arguments, "--json").stdout)


def test_every_codec_is_shown() -> None:
    shown = run().stdout
    assert all(f"\n{key} " in shown for key in ALL_CODECS)
    assert "CQE, CQEW and CQEF never compare" in shown


def test_each_number_has_its_source_and_confidence() -> None:
    for codec in answer()["codecs"]:
        for number in ("ie", "bpl", "delay", "payload", "clock"):
            assert codec[f"{number}_from"]["source"]
            assert codec[f"{number}_from"]["confidence"] in {"high", "medium", "low"}


def test_a_number_of_low_confidence_is_marked_and_a_missing_one_is_no_number() -> None:
    assert " 13?  -    4.33 " in run("--codec", "g722-64").stdout


def test_the_benchmark_has_a_score_for_each_codec_delay_and_loss() -> None:
    cells = answer("--benchmark", "-c", "g711", "-c", "evs-24.4")["cells"]
    assert len(cells) == 2 * 6 * 4
    (anchor,) = [
        cell
        for cell in cells
        if (cell["codec"], cell["mouth_to_ear_s"], cell["loss_ratio"]) == ("g711", 0.15, 0.01)
    ]
    assert anchor["r"] == pytest.approx(85.899, abs=5e-4)
    assert anchor["mos"] == pytest.approx(4.226, abs=5e-4)
    assert {cell["scale"] for cell in cells} == {"CQE", "CQEF"}


def test_the_benchmark_says_which_scale_compares() -> None:
    assert answer("--benchmark", "-c", "g711")["comparable"] == "fullband_scale_r"
    assert "fullband scale, the one on which codecs of all bands compare" in run(
        "--benchmark", "-c", "g711"
    ).stdout.replace("\n", " ")


def test_loss_without_a_published_bpl_is_refused_in_the_benchmark_unless_allowed() -> None:
    cells = answer("--benchmark", "-c", "g726-32")["cells"]
    assert {cell["mos"] is None for cell in cells if cell["loss_ratio"]} == {True}
    allowed = answer("--benchmark", "-c", "g726-32", "--allow-provisional")["cells"]
    assert all(cell["mos"] for cell in allowed)
    assert {cell["is_provisional"] for cell in allowed if cell["loss_ratio"]} == {True}
    assert "refused" in run("--benchmark", "-c", "g726-32").stdout


def test_a_codec_that_is_not_known_is_wrong_use_and_near_ones_are_named() -> None:
    ended = run("-c", "g726")
    assert ended.exit_code == 2
    assert "g726-40" in ended.stderr
