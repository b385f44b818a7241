"""A secret is only ever referred to, and nothing that can go wrong shows one."""

import contextlib
import io
import logging
import os
import pickle
import re
import shutil
import tempfile
import traceback
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.adapters.files import load_inventory
from qosbot.domain.errors import ConfigurationError
from tests.adapters.test_inventory_examples import (
    CODECS,
    EXAMPLE,
    SECRETS,
    complaints,
    lay_out,
    load,
    write_endpoints,
)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return lay_out(tmp_path)


CANARY = "hunter2!Zx9"
"""Not a word that a name may be: what looks like a name is taken for one."""


def change(directory: Path, name: str, pattern: str, new: str) -> None:
    text = (directory / name).read_text()
    changed, count = re.subn(pattern, lambda _: new, text, count=1)
    assert count == 1
    (directory / name).write_text(changed)


@pytest.mark.parametrize(
    ("name", "pattern", "key"),
    [
        ("defaults.yaml", r"\$\{file:\S*ssh_password}", "password"),
        ("defaults.yaml", r"\$\{file:\S*snmp_auth_key}", "auth_key"),
        ("defaults.yaml", r"\$\{file:\S*snmp_priv_key}", "priv_key"),
        ("groups.yaml", r"\$\{file:\S*snmp_community}", "community"),
    ],
)
@pytest.mark.parametrize("written", [CANARY, f"'{CANARY}'", f"[{CANARY}]", f"|\n        {CANARY}"])
def test_a_secret_in_clear_text_is_a_problem_that_does_not_show_it(
    directory: Path, name: str, pattern: str, key: str, written: str
) -> None:
    change(directory, name, pattern, written)
    (complaint,) = complaints(directory)
    assert f"{key} is not a reference to a secret; write `${{env:NAME}}`" in complaint
    assert CANARY not in complaint


def test_a_secret_comes_from_the_environment(directory: Path) -> None:
    change(directory, "defaults.yaml", r"\$\{file:\S*ssh_password}", "${env:LAB_PASSWORD}")
    inventory = load_inventory(
        directory, codecs=CODECS, platforms=["cisco_ios"], environ={"LAB_PASSWORD": CANARY}
    )
    ssh = inventory.devices["par-ce1"].ssh
    assert ssh is not None
    assert ssh.password.reveal() == CANARY
    assert CANARY not in repr(inventory)
    with pytest.raises(TypeError, match="pickled"):
        pickle.dumps(inventory)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "is not set; export LAB_KEY"),
        ("", "is empty"),
        (f"{CANARY}\n{CANARY}", "holds a line break"),
        (CANARY[:7], "holds fewer than 8 characters"),
    ],
)
def test_an_unusable_variable_is_named_without_its_value(
    directory: Path, value: str | None, words: str
) -> None:
    change(directory, "defaults.yaml", r"\$\{file:\S*snmp_auth_key}", "${env:LAB_KEY}")
    environ = {} if value is None else {"LAB_KEY": value}
    with pytest.raises(ConfigurationError) as caught:
        load_inventory(directory, codecs=CODECS, platforms=["cisco_ios"], environ=environ)
    assert f"auth_key: ${{env:LAB_KEY}} {words}" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_problems_carry_no_other_error_that_could_hold_a_secret(directory: Path) -> None:
    (directory.parent / ".qosbot" / "lab" / "ssh_password").write_bytes(b"hunter2!\xff")
    (directory / "groups.yaml").write_bytes(b"hunter2!\xff")
    (directory.parent / ".qosbot" / "lab" / "lab.json").write_text("hunter2!")
    with pytest.raises(ConfigurationError) as caught:
        load(directory)
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None


def test_a_file_that_others_may_read_is_a_problem(directory: Path) -> None:
    (directory.parent / ".qosbot" / "lab" / "ssh_password").chmod(0o644)
    (complaint,) = complaints(directory)
    assert "ssh_password} is open to every user (mode 644); run `chmod o-rwx`" in complaint


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"hunter2!\xff", "is not UTF-8"),
        (b"hunter2!\nhunter2!\n", "holds a line break"),
        (b"hunter2!" * 1000, "is larger than 4096 bytes"),
    ],
)
def test_an_unusable_file_is_named_without_its_content(
    directory: Path, content: bytes, words: str
) -> None:
    (directory.parent / ".qosbot" / "lab" / "ssh_password").write_bytes(content)
    (complaint,) = complaints(directory)
    assert f"ssh_password}} {words}" in complaint
    assert "hunter2" not in complaint


def test_a_missing_file_is_named_by_its_reference(directory: Path) -> None:
    (directory.parent / ".qosbot" / "lab" / "ssh_password").unlink()
    change(directory, "defaults.yaml", r"  endpoints: .*\n", "")
    (complaint,) = complaints(directory)
    assert "the file of ${file:../.qosbot/lab/ssh_password} does not exist" in complaint


def test_neither_a_pipe_nor_a_directory_is_a_secret(directory: Path) -> None:
    path = directory.parent / ".qosbot" / "lab" / "ssh_password"
    path.unlink()
    os.mkfifo(path)
    assert "is not a file" in complaints(directory)[0]
    path.unlink()
    path.mkdir()
    assert "is a directory" in complaints(directory)[0]


def test_a_file_on_an_impossible_path_is_a_problem(directory: Path) -> None:
    change(directory, "defaults.yaml", r"\$\{file:\S*ssh_password}", "${file:hosts.yaml/x}")
    assert "cannot be read: not a directory" in complaints(directory)[0]


FILES = ("hosts.yaml", "groups.yaml", "defaults.yaml", "links.yaml", "paths.yaml", "policy.yaml")
SIGNS = [*":-[]{},'\"!&*|>%#?@`\t\n\x00 ~<=0$", ": ", "\n  ", "<<: ", "\n---\n", "é"]
Edit = tuple[str, int, int, str]
edits = st.lists(
    st.tuples(
        st.sampled_from(["delete line", "double line", "swap lines", "indent", "put", "cut"]),
        st.integers(0, 10_000),
        st.integers(0, 10_000),
        st.sampled_from(SIGNS),
    ),
    min_size=1,
    max_size=6,
)


def spoil(text: str, edit: Edit) -> str:
    kind, here, there, sign = edit
    lines = text.split("\n")
    first, second = here % len(lines), there % len(lines)
    match kind:
        case "delete line":
            del lines[first]
        case "double line":
            lines.insert(second, lines[first])
        case "swap lines":
            lines[first], lines[second] = lines[second], lines[first]
        case "indent":
            lines[first] = "  " + lines[first] if there % 2 else lines[first].removeprefix("  ")
        case "put":
            at = there % (len(lines[first]) + 1)
            lines[first] = lines[first][:at] + sign + lines[first][at:]
        case _:
            at = there % (len(lines[first]) + 1)
            lines[first] = lines[first][:at] + lines[first][at + 1 :]
    return "\n".join(lines)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(name=st.sampled_from(FILES), edits=edits, is_clear=st.booleans())
def test_no_spoilt_file_ends_in_anything_but_problems_or_shows_a_secret(
    name: str, edits: list[Edit], *, is_clear: bool
) -> None:
    with tempfile.TemporaryDirectory() as root:
        directory = _laid_out(Path(root), is_clear=is_clear)
        text = (directory / name).read_text()
        for edit in edits:
            text = spoil(text, edit)
        (directory / name).write_text(text)
        shown = _everything_said(directory)
    assert CANARY not in shown


def _laid_out(root: Path, *, is_clear: bool) -> Path:
    """Return an inventory whose every secret is the canary, in clear text or behind references."""
    shutil.copytree(EXAMPLE, root / "inventory")
    (root / ".qosbot" / "lab").mkdir(parents=True)
    for secret in SECRETS:
        path = root / ".qosbot" / "lab" / secret
        path.touch(mode=0o600)
        path.write_text(CANARY)
    write_endpoints(root, {}, control={"token": CANARY})
    if is_clear:
        for name in ("groups.yaml", "defaults.yaml"):
            path = root / "inventory" / name
            path.write_text(re.sub(r"\$\{.*?}", CANARY, path.read_text()))
    return root / "inventory"


def _everything_said(directory: Path) -> str:
    """Return all that a person or a log could see of a load: logs, errors and what they hold."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            said.write(repr(load(directory)))
    except ConfigurationError as error:
        said.write("".join(traceback.format_exception(error)))
        said.write(repr(error) + repr(error.problems) + repr(error.__context__))
    finally:
        root.removeHandler(handler)
    return said.getvalue()
