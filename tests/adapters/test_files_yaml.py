"""Only plain YAML is read, and a quantity carries its unit."""

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.adapters.files.tree import (
    MAX_BYTES,
    Mapping,
    Scalar,
    UnreadableFileError,
    parse,
    read_text,
)
from qosbot.adapters.files.units import RATE, SHARE, TIME, Dimension, quantity


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: &x [1]\nb: *x\n", 1, "anchors and aliases"),
        ("b:\n  - *x\n", 2, "anchors and aliases"),
        ("a: 1\nb: !!python/object:os.system x\n", 2, "tags"),
        ("a: !x {}\n", 1, "tags"),
        ("a: !e!secret x\n", 1, "is not YAML"),
        ("%YAML 1.1\n---\na: 1\n", 2, "directives"),
        ("a: 1\n---\nb: 1\n", 2, "second document"),
        ("a: 1\n? [x]\n: 1\n", 2, "a key must be a text"),
        ("a: b: c\n", 1, "mapping values are not allowed here"),
        ("a: 1\n\tb: 1\n", 2, "is not YAML"),
        ("a: 1\nb: 'x\n", 3, "unexpected end"),
        ("a: 1\nb: \x07\n", 2, "control character"),
        ("[" * 10_000, 1, "nested deeper"),
        ("- " * 500, 1, "nested deeper"),
        ("a: [1\n", 2, "is not YAML"),
        ("%YAML 9.9\n---\n", 1, "is not YAML"),
    ],
)
def test_anything_but_plain_yaml_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(UnreadableFileError, match=words) as caught:
        parse(text)
    assert caught.value.line == line


def test_a_tree_knows_its_lines_and_what_is_text() -> None:
    tree = parse("# comment\na:\n  b: 5\n  c: '5'\n  d:\n")
    assert isinstance(tree, Mapping)
    ((_, inner),) = tree.entries
    assert isinstance(inner, Mapping)
    assert inner.line == 2
    assert [value for _, value in inner.entries] == [
        Scalar(line=3, text="5", is_text=False, is_empty=False),
        Scalar(line=4, text="5", is_text=True, is_empty=False),
        Scalar(line=5, text="", is_text=False, is_empty=True),
    ]


@settings(deadline=None, derandomize=True)
@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=80)
    | st.text(alphabet="ab:-[]{},'\"!&*|>%#?\t\n ", max_size=60)
)
def test_any_text_is_a_tree_or_is_refused(text: str) -> None:
    line = 1
    try:
        parse(text)
    except UnreadableFileError as error:
        line = error.line
    assert 1 <= line <= len(re.split(r"[\r\n\x85\u2028\u2029]", text)) + 1


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(UnreadableFileError, match="larger than 4096 KiB"):
        read_text(tmp_path / "a")


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"a: 1\nb: \xe9\n")
    with pytest.raises(UnreadableFileError, match="is not UTF-8") as caught:
        read_text(tmp_path / "a")
    assert caught.value.line == 2


def test_neither_a_directory_nor_a_pipe_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(UnreadableFileError, match=r"is not a file|is a directory"):
            read_text(path)


@pytest.mark.parametrize(
    ("text", "dimension", "value"),
    [
        ("20 Mbit/s", RATE, 20e6),
        ("2048 kbit/s", RATE, 2.048e6),
        ("9.5Mbit/s", RATE, 9.5e6),
        ("1 Gbit/s", RATE, 1e9),
        ("64000 bit/s", RATE, 64e3),
        ("20 ms", TIME, 0.02),
        ("15 min", TIME, 900.0),
        ("1.5 h", TIME, 5400.0),
        ("33 %", SHARE, 0.33),
    ],
)
def test_a_quantity_is_read_in_si_units(text: str, dimension: Dimension, value: float) -> None:
    assert quantity(text, dimension) == value


@pytest.mark.parametrize(
    "text", ["20", "1e6", "20 Mbps", "20 MB/s", "20 mbit/s", "20 M", "1,5 Mbit/s", "", "x", "٢ ms"]
)
def test_a_quantity_without_one_clear_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"has no unit|is not a rate|not known|is a time"):
        quantity(text, RATE)


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=40))
def test_no_other_text_is_taken_for_a_quantity(text: str) -> None:
    try:
        value = quantity(text, RATE)
    except ValueError:
        return
    assert value >= 0.0
    assert text.rstrip().endswith("bit/s")
