import os
from pathlib import Path

from qosbot.adapters.files.policy_file import UNREADABLE, PolicyFile
from qosbot.domain.inventory import Mode, Risk

PROPOSES = "mode: {low: propose}\napprovers: {low: [cli:alice]}\n"


def write(path: Path, text: str, *, turn: int) -> None:
    path.write_text(text)
    os.utime(path, ns=(turn * 10**9, turn * 10**9))


def test_an_edit_counts_from_the_next_look(tmp_path: Path) -> None:
    file, read = tmp_path / "policy.yaml", PolicyFile(tmp_path)
    write(file, PROPOSES, turn=1)
    assert read.policy().mode[Risk.LOW] is Mode.PROPOSE
    write(file, PROPOSES.replace("alice", "zed"), turn=2)
    assert read.policy().approvers[Risk.LOW] == ("cli:zed",)


def test_without_the_file_nothing_may_be_done(tmp_path: Path) -> None:
    file, read = tmp_path / "policy.yaml", PolicyFile(tmp_path)
    write(file, PROPOSES, turn=1)
    assert read.policy().mode[Risk.LOW] is Mode.PROPOSE
    assert read.policy().is_readable
    file.unlink()
    assert not read.policy().is_readable
    assert set(read.policy().mode.values()) == {Mode.OBSERVE}


def test_where_there_never_was_a_file_a_first_install_observes(tmp_path: Path) -> None:
    policy = PolicyFile(tmp_path).policy()
    assert policy.is_readable
    assert set(policy.mode.values()) == {Mode.OBSERVE}


def test_a_wrong_file_permits_nothing_until_it_is_right(tmp_path: Path) -> None:
    file, read = tmp_path / "policy.yaml", PolicyFile(tmp_path)
    write(file, PROPOSES, turn=1)
    assert read.policy().mode[Risk.LOW] is Mode.PROPOSE
    write(file, "mode: {low: auto", turn=2)
    assert read.policy() == UNREADABLE
    write(file, PROPOSES, turn=3)
    assert read.policy().mode[Risk.LOW] is Mode.PROPOSE


def test_a_file_that_did_not_change_is_not_read_again(tmp_path: Path) -> None:
    file, read = tmp_path / "policy.yaml", PolicyFile(tmp_path)
    write(file, PROPOSES, turn=1)
    assert read.policy() is read.policy()
