import importlib.metadata
import re
from pathlib import Path


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


ROOT = Path(__file__).parents[1]
PINNED = {
    normal(name): version
    for name, version in (
        line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines()
    )
}


def required(name: str, extras: frozenset[str]) -> set[str]:
    found = set()
    for line in importlib.metadata.requires(name) or []:
        extra = re.search(r"""extra == ['"]([^'"]+)""", line)
        if extra is None or extra[1] in extras:
            found.add(normal(re.split(r"[ ;<>=!~\[(]", line)[0]))
    return found


def test_every_requirement_and_extra_is_pinned() -> None:
    wanted = required("qosbot", frozenset({"dev", "distributed"}))
    assert wanted - set(PINNED) == set()


def test_what_is_pinned_names_no_host() -> None:
    text = (ROOT / "constraints.txt").read_text()
    assert "/" not in text
    assert "@" not in text


def test_what_is_installed_is_what_is_pinned() -> None:
    installed = {
        normal(dist.metadata["Name"]): dist.version for dist in importlib.metadata.distributions()
    }
    differing = {
        name: (version, PINNED[name])
        for name, version in installed.items()
        if name in PINNED and version != PINNED[name]
    }
    assert differing == {}
