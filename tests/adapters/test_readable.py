"""Whether an inventory could be read now."""

from dataclasses import dataclass
from pathlib import Path

from qosbot.adapters.files.readable import Readable, count_policy_problems


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
