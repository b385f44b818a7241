"""`qosbot mos` adds, shows and explains; it scores files; it refuses rather than guesses."""

import csv
import json
import os
import threading
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner, Result

from qosbot.cli import app
from qosbot.cli.mos import JitterKindName
from qosbot.domain.playout import JitterKind
from tests.needs import SHARED, needs


def run(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, ["mos", *arguments], env=env)


def answer(*arguments: str) -> Any:  # noqa: ANN401  as JSON is
    ended = run(*arguments, "--json")
    assert ended.exit_code == 0, ended.stderr
    return json.loads(ended.stdout)


ANCHOR = ("--mouth-to-ear-ms", "150", "--jitter-ms", "0", "--loss-pct", "1")


@pytest.mark.parametrize(
    ("codec", "r", "mos"),
    [
        ("g711", "85.899", "4.226"),
        ("g711-noplc", "71.615", "3.672"),
        ("g729a", "74.339", "3.793"),
    ],
)
def test_the_anchors_are_met_to_the_printed_digit(codec: str, r: str, mos: str) -> None:
    shown = run("--codec", codec, *ANCHOR).stdout.split()
    assert shown[shown.index("R") + 1] == r
    assert shown[shown.index("MOS-CQE") + 1] == mos


def test_what_is_added_to_the_delay_and_to_the_loss_is_shown() -> None:
    arguments = ["--codec", "g729a", "--delay-ms", "80", "--jitter-ms", "12", "--loss-pct", "1"]
    shown = run(*arguments).stdout
    assert "network 80 + packet time 20 + look ahead 5 + jitter buffer 40 + decoder 5" in shown
    assert "network 1 + late 3.57 (jitter 12 ms, mean_abs_ipdv; buffer 40 ms)" in shown
    told = answer(*arguments)
    assert told["delay"]["mouth_to_ear_s"] == pytest.approx(0.150)
    assert sum(told["delay"]["parts"].values()) == pytest.approx(0.150)
    assert told["loss"]["late_ratio"] == pytest.approx(0.03567, abs=1e-5)


def test_the_costs_and_what_would_help_most_are_shown() -> None:
    told = answer("--codec", "g729a", *ANCHOR)
    assert told["costs"]["codec"]["r"] == 11
    assert told["costs"]["loss"]["r"] == pytest.approx(4.2)
    assert told["costs"]["delay"]["r"] == pytest.approx(3.667, abs=1e-3)
    gains = [remedy["mos_gain"] for remedy in told["would_help"]]
    assert gains == sorted(gains, reverse=True)
    assert "would help most  +0.43 MOS  G.711 with PLC" in run("--codec", "g729a", *ANCHOR).stdout


def test_a_codec_is_judged_against_its_own_ceiling() -> None:
    told = answer("--codec", "g729a", *ANCHOR)
    assert told["ceiling_mos"] == pytest.approx(3.97, abs=5e-3)
    assert told["band"] == "Fair"


def test_the_kind_of_jitter_decides_what_is_late() -> None:
    assert set(get_args(JitterKindName)) == {kind.value for kind in JitterKind}
    mean, peak = (
        answer("-c", "g711", "--jitter-ms", "20", "--jitter-kind", kind)["loss"]["late_ratio"]
        for kind in ("rfc3550", "p2p")
    )
    assert mean == pytest.approx(0.1353, abs=1e-4)
    assert peak < 1e-6


@pytest.mark.parametrize(
    ("codec", "recommendation", "scale"),
    [("g711", "G.107", "CQE"), ("g722-64", "G.107.1", "CQEW"), ("evs-32", "G.107.2", "CQEF")],
)
def test_the_codec_decides_recommendation_and_scale(
    codec: str, recommendation: str, scale: str
) -> None:
    told = answer("-c", codec)
    assert (told["recommendation"], told["scale"]) == (recommendation, scale)


def test_loss_without_a_published_bpl_is_refused_unless_provisional_is_allowed() -> None:
    ended = run("-c", "g726-32", "--loss-pct", "1")
    assert ended.exit_code == 2
    assert "no Bpl was published for G.726 32k" in ended.stderr
    assert not ended.stdout
    told = answer("-c", "g726-32", "--loss-pct", "1", "--allow-provisional")
    assert told["is_provisional"]
    assert answer("-c", "g726-32")["is_provisional"] is False


def test_an_operator_may_move_the_bands() -> None:
    assert answer("-c", "g711")["band"] == "Excellent"
    assert answer("-c", "g711", "--bands", "4.45,4,3,2")["band"] == "Good"
    ended = run("-c", "g711", env={"QOSBOT_MOS_BANDS": "4.45,4,3,2"})
    assert "Good" in ended.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-c", "g711", "-c", "g729a"],
        ["-c", "nosuch"],
        ["-c", "g711", "--loss-pct", "101"],
        ["-c", "g711", "--loss-pct", "nan"],
        ["-c", "g711", "--jitter-ms", "nan"],
        ["-c", "g711", "--delay-ms", "-1"],
        ["-c", "g711", "--bands", "4,4,3,2"],
        ["-c", "g711", "--bands", "4.3"],
        ["-c", "g729a", "--packet-time-ms", "25"],
        ["-c", "amr-wb-12.65-diotic", "--burst-ratio", "2"],
        ["-c", "g711", "--csv", "rows.csv"],
        ["--plot", "plot.pdf"],
        ["--csv", "nosuch.csv"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_refused_in_words(arguments: list[str]) -> None:
    ended = run(*arguments)
    assert ended.exit_code == 2
    assert ended.stderr
    assert not ended.stdout


def scored(path: Path) -> dict[str, dict[str, str]]:
    ended = run("--csv", str(path))
    return {row["id"]: row for row in csv.DictReader(ended.stdout.splitlines())}


OUTPUTS = {"R": "tol_R", "Ie_eff": "tol_R", "Idd": "tol_R", "MOS": "tol_MOS"}
"""With the column of their tolerance."""


def expected(row: dict[str, str], column: str) -> float:
    # A MOS under 1 is the cubic's; ours is held there.
    return max(1.0, float(row[column])) if column == "MOS" else float(row[column])


def test_every_vector_with_a_tolerance_is_met_through_the_file() -> None:
    needs("emodel_vectors")
    path = SHARED / "reference" / "emodel_vectors.csv"
    got = scored(path)
    with path.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert list(got) == [row["id"] for row in rows]
    off = [
        (row["id"], column)
        for row in rows
        for column, tolerance in OUTPUTS.items()
        if row[column]
        and row[tolerance]
        and abs(float(got[row["id"]][column]) - expected(row, column)) > float(row[tolerance])
    ]
    assert off == []


def test_a_bad_row_is_told_with_number_and_column_and_the_others_are_scored(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        "id,model,Ta,Ppl,remark\n"
        "a,G.107,150,1,\n"
        "\n"
        'b,G.107,150,"much\nloss",\n'
        "c,G.108,,,\n"
        "d,,150\n"
        "e,,150,0,,,\n"
        ",G.107.2,,\n"
        ",G.107.2,,,\n"
    )
    ended = run("--csv", str(path))
    assert ended.exit_code == 3
    assert [line.split(",")[0] for line in ended.stdout.splitlines()] == ["id", "a", "7"]
    assert ended.stderr.splitlines() == [
        f"{path}: column remark is not known and was not read",
        f"{path}: row 2 (lines 4 to 5, id b), column Ppl: 'much\\nloss' is not a number",
        f"{path}: row 3 (line 6, id c), column model: 'G.108' is none of G.107, G.107.1, G.107.2",
        f"{path}: row 4 (line 7, id d), column Ppl: the row ends before it",
        f"{path}: row 5 (line 8, id e), column 6: the header has no such column",
        f"{path}: row 6 (line 9, id 6), column remark: the row ends before it",
        f"{path}: 5 rows were not scored",
    ]


def test_scores_of_a_file_have_at_least_nine_decimals(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("id,Ta\nx,150\n")
    row = scored(tmp_path / "rows.csv")["x"]
    assert list(row) == ["id", "Ie_eff", "Idd", "R", "MOS"]
    assert all(len(row[name].partition(".")[2]) >= 9 for name in ("Ie_eff", "Idd", "R", "MOS"))


def test_a_file_longer_than_one_batch_is_scored_whole(tmp_path: Path) -> None:
    lines = [f"{i},{i % 400}" for i in range(9000)]
    (tmp_path / "rows.csv").write_text("\n".join(["id,Ta", *lines]))
    got = scored(tmp_path / "rows.csv")
    assert len(got) == 9000
    assert got["8300"]["R"] == got["300"]["R"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "names no input of the E-model"),
        ("id;Ta\n", "names no input of the E-model"),
        ("Ta,Ta\n", "names Ta more than once"),
    ],
)
def test_a_file_that_is_no_table_of_connections_is_refused(
    tmp_path: Path, text: str, says: str
) -> None:
    (tmp_path / "rows.csv").write_text(text)
    ended = run("--csv", str(tmp_path / "rows.csv"))
    assert ended.exit_code == 2
    assert says in ended.stderr


@pytest.mark.parametrize(("name", "begins"), [("a.png", b"\x89PNG"), ("a.SVG", b"<?xml")])
def test_a_plot_is_written_in_the_kind_that_its_name_says(
    tmp_path: Path, name: str, begins: bytes
) -> None:
    ended = run("--plot", str(tmp_path / name), "-c", "g711", "-c", "evs-32")
    assert ended.stdout == f"{tmp_path / name}\n"
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_a_plot_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    ended = run("--plot", str(tmp_path / "nowhere" / "a.png"))
    assert ended.exit_code == 2
    assert "cannot be written" in ended.stderr


def ended_with(path: Path, content: bytes) -> tuple[int, list[str], list[str]]:
    """Score a file; return the exit code, the ids that were scored, and what was told."""
    path.write_bytes(content)
    ended = run("--csv", str(path))
    told = [line.removeprefix(f"{path}: ") for line in ended.stderr.splitlines()]
    return ended.exit_code, [line.split(",")[0] for line in ended.stdout.splitlines()[1:]], told


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return tmp_path / "rows.csv"


def test_what_a_spreadsheet_leaves_around_a_table_is_no_row_and_no_column(rows: Path) -> None:
    content = b"\xef\xbb\xbfid,Ta,,\r\na,150,,\r\n,,,\r\n , ,,\r\n\r\nb,,,\r\n"
    assert ended_with(rows, content) == (0, ["a", "b"], [])


def test_a_cell_under_no_name_is_told(rows: Path) -> None:
    code, scored_ids, told = ended_with(rows, b"id,,Ta\na,9,150\nb,,150\n")
    assert (code, scored_ids) == (3, ["b"])
    assert told[0] == "row 1 (line 2, id a), column 2: the header has no such column"


def test_a_quote_that_is_left_open_is_told_with_the_lines_that_it_took(rows: Path) -> None:
    lines = b"".join(b"r%d,150\n" % n for n in range(30_000))
    code, scored_ids, told = ended_with(rows, b'id,Ta\na,100\nb,"150\n' + lines)
    assert code == 3
    assert scored_ids[0] == "a"
    assert scored_ids[-1] == "r29999"
    assert "(lines 3 to " in told[0]
    assert "is a quote left open?" in told[0]


def test_what_is_told_of_a_row_is_one_short_printable_line(rows: Path) -> None:
    content = b'id,Ta\n"a\n\x1b[31m",1\x1b\nb,' + b"9x" * 5000 + b"\n"
    code, _, told = ended_with(rows, content)
    assert (code, len(told)) == (3, 3)
    assert all(line.isprintable() and len(line) < 150 for line in told)


def test_a_value_just_beyond_its_range_is_told_in_full(rows: Path) -> None:
    _, _, told = ended_with(rows, b"id,Ppl\na,100.0000001\n")
    assert told[0].endswith("column Ppl: must be in 0 to 100, not 100.0000001")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"id;Ta;Ppl\na;1;2\n", b"ID,ta\na,1\n"])
def test_where_no_table_was_found_nothing_is_printed(rows: Path, content: bytes) -> None:
    rows.write_bytes(content)
    ended = run("--csv", str(rows))
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ("separated by commas" in ended.stderr) == (b";" in content)


def test_a_file_may_be_a_pipe_which_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("id,Ta\na,150\n",))
    writer.start()
    ended = run("--csv", str(pipe))
    writer.join()
    assert ended.stdout.splitlines()[1].startswith("a,0.0")


def test_what_describes_a_single_call_is_refused_beside_a_file(rows: Path) -> None:
    rows.write_text("id,Ta\na,150\n")
    ended = run("--csv", str(rows), "--delay-ms", "80", "--json")
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert "--delay-ms, --json" in ended.stderr
    assert run("--csv", str(rows), env={"QOSBOT_MOS_BANDS": "4.4,4,3,2"}).exit_code == 0
