"""The playbooks that are shipped load, and each mistake in one has its line."""

import shutil
from pathlib import Path

import pytest

from qosbot.adapters.files.playbooks import load_playbooks
from qosbot.domain.codecs import CODECS
from qosbot.domain.errors import ConfigurationError
from qosbot.domain.findings import Cause
from qosbot.domain.inventory import Risk
from qosbot.domain.playbooks import ANSWERS, Playbook, Remedy, RiskFactor, SuccessRule

EXAMPLE = Path(__file__).resolve().parents[2] / "playbooks"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path / "playbooks"))


def load(directory: Path) -> tuple[Playbook, ...]:
    return load_playbooks(directory, codecs=tuple(CODECS))


def complaint(directory: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(directory)
    return str(caught.value)


def test_every_remedy_has_a_playbook_and_every_playbook_is_described() -> None:
    books = load(EXAMPLE)
    assert {one.remedy for one in books} == set(Remedy)
    assert {one.cause for one in books} == set(ANSWERS)
    readme = (EXAMPLE / "README.md").read_text()
    assert all(f"`{one.name}.yaml`" in readme for one in books)
    assert all(f"`{factor}`" in readme for factor in RiskFactor)


def test_a_playbook_says_what_its_file_says() -> None:
    book = next(one for one in load(EXAMPLE) if one.name == "attach-voice-llq")
    assert (book.cause, book.remedy) == (Cause.NO_POLICY, Remedy.ATTACH_VOICE_POLICY)
    assert (book.priority_share, book.shape_share) == (0.33, 0.95)
    assert book.raised_by == {RiskFactor.UNKNOWN_CONTRACT, RiskFactor.SHAPER}
    assert (book.risk, book.success.worse_drop_ratio) == (Risk.MEDIUM, 0.001)


def test_a_playbook_says_what_its_file_calls_success(directory: Path) -> None:
    file = directory / "match-voice.yaml"
    stricter = file.read_text().replace("20 %", "7 %").replace("0.1 %", "0 %")
    file.write_text(stricter)
    book = next(one for one in load(directory) if one.name == "match-voice")
    assert book.success == SuccessRule(same_load_ratio=0.07, worse_drop_ratio=0.0)


CASES = [
    ("attach-voice-llq", "cause: no_policy", "cause: nopolicy", 5, "did you mean `no_policy`?"),
    ("attach-voice-llq", "cause: no_policy", "cause: foreign_ef", 5, "not one that is known"),
    ("attach-voice-llq", "attach_voice_policy", "set_priority", 8, "is no answer to no_policy"),
    ("attach-voice-llq", "shape_share: 95 %", "shape_share: 95", 9, "has no unit"),
    ("attach-voice-llq", "priority_share: 33 %", "priority_share: 60 %", 12, "not from 1 % to 50"),
    ("attach-voice-llq", "tier: medium", "tier: middle", 15, "tier 'middle' is not one"),
    ("attach-voice-llq", ", shaper]", ", shaped]", 16, "did you mean `shaper`?"),
    ("attach-voice-llq", "same_load: 20 %", "same_load: 90 %", 19, "is not from 1 % to 50 %"),
    ("attach-voice-llq", "name: attach", "name: detach", 1, "is not that of the file"),
    ("attach-voice-llq", "risk:", "risks:", 14, "did you mean `risk`?"),
    ("enlarge-voice-class", "  remedy", "  codec: g729a\n  remedy", 9, "set_priority has no codec"),
    ("prefer-g729", "  codec: g729a\n", "", 8, "prefer_codec has no codec; add `codec:`"),
    ("prefer-g729", "codec: g729a", "codec: g728", 9, "codec 'g728' is not one that is known"),
    ("prefer-g729", "  tier: medium\n", "  raised_by: [shaper]\n", 11, "risk has no tier"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[4])
def test_a_mistake_is_named_with_its_line(
    directory: Path, case: tuple[str, str, str, int, str]
) -> None:
    name, old, new, line, words = case
    file = directory / f"{name}.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    told = complaint(directory)
    assert words in told
    assert f"{name}.yaml:{line}: " in told


def test_all_mistakes_of_all_files_are_named_at_once(directory: Path) -> None:
    for file in directory.glob("*.yaml"):
        file.write_text(file.read_text().replace("tier:", "teir:"))
    assert complaint(directory).count("did you mean `tier`?") == len(list(Remedy))


def test_a_directory_without_playbooks_is_a_mistake(tmp_path: Path) -> None:
    assert "holds no playbook" in complaint(tmp_path)
    assert "is not a directory" in complaint(tmp_path / "missing")
