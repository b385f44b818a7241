"""Whether an inventory could be read now."""

import re
from dataclasses import dataclass
from pathlib import Path

from qosbot.adapters.files.readable import Readable, count_policy_problems
from qosbot.adapters.files.tree import read_text
from qosbot.cli.init import init
from qosbot.service import files_checks


@dataclass
class Counted:
    problems: int = 0
    asked: int = 0

    def __call__(self) -> int:
        self.asked += 1
        return self.problems


def test_files_are_read_again_only_when_one_of_them_changed(tmp_path: Path) -> None:
    (tmp_path / "hosts.yaml").write_text("a: 1")
    count = Counted()
    files = Readable(tmp_path, count)
    assert (files.problems(), files.problems(), count.asked) == (0, 0, 1)
    (tmp_path / "hosts.yaml").write_text("a: 12")
    count.problems = 3
    assert (files.problems(), files.problems(), count.asked) == (3, 3, 2)
    (tmp_path / "links.yaml").write_text("")
    files.problems()
    (tmp_path / "hosts.yaml").unlink()
    files.problems()
    assert count.asked == 4


def test_a_secret_that_has_gone_or_that_others_may_read_is_noticed(tmp_path: Path) -> None:
    init(tmp_path)
    inventory, secrets = tmp_path / "inventory", tmp_path / ".qosbot" / "lab"
    defaults = inventory / "defaults.yaml"
    defaults.write_text(re.sub(r"\n +endpoints: \S+", "", defaults.read_text()))
    secrets.mkdir(parents=True)
    for name in ("ssh_password", "snmp_auth_key", "snmp_priv_key", "snmp_community"):
        (secrets / name).write_text("secretsecret")
        (secrets / name).chmod(0o600)
    check = files_checks(inventory, tmp_path / "playbooks")["inventory"]
    assert check().is_met
    (secrets / "ssh_password").chmod(0o644)
    assert not check().is_met
    (secrets / "ssh_password").chmod(0o600)
    assert check().is_met
    (secrets / "ssh_password").unlink()
    assert not check().is_met


def test_a_file_that_was_missed_is_read_once_it_is_there(tmp_path: Path) -> None:
    def read() -> int:
        asked.append(1)
        try:
            read_text(tmp_path / "secret")
        except FileNotFoundError:
            return 1
        return 0

    asked: list[int] = []
    files = Readable(tmp_path, read)
    assert (files.problems(), files.problems(), len(asked)) == (1, 1, 1)
    (tmp_path / "secret").write_text("x")
    assert (files.problems(), files.problems(), len(asked)) == (0, 0, 2)


def test_what_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("x")

    def read() -> int:
        text = read_text(path)
        if text == "x":
            path.write_text("longer")
        return len(text)

    files = Readable(tmp_path, read)
    assert (files.problems(), files.problems()) == (1, 6)


def test_playbooks_that_could_not_be_read_any_more_are_noticed(tmp_path: Path) -> None:
    init(tmp_path)
    playbooks = tmp_path / "playbooks"
    check = files_checks(tmp_path / "inventory", playbooks)["playbooks"]
    assert check().is_met
    one = min(playbooks.glob("*.yaml"))
    one.write_text(one.read_text() + "what: ever\n")
    assert check().why == "problems in its files: 1; the next start names them"
    one.unlink()
    assert check().is_met


def test_what_is_no_file_of_an_inventory_does_not_count(tmp_path: Path) -> None:
    count = Counted()
    files = Readable(tmp_path, count)
    files.problems()
    (tmp_path / "notes.txt").write_text("x")
    files.problems()
    assert count.asked == 1


def test_a_directory_that_has_gone_is_looked_at_and_not_an_error(tmp_path: Path) -> None:
    files = Readable(tmp_path / "gone", Counted(problems=1))
    assert files.problems() == 1


def test_a_wrong_policy_is_counted_and_a_missing_one_is_sound(tmp_path: Path) -> None:
    assert count_policy_problems(tmp_path) == 0
    (tmp_path / "policy.yaml").write_text("mode: {low: sometimes, medium: never}\n")
    assert count_policy_problems(tmp_path) == 2
