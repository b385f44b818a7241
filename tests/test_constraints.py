import importlib.metadata
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PINNED = {
    name.lower().replace("_", "-"): version
    for name, version in (
        line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines()
    )
}


def required(name: str, extras: frozenset[str]) -> set[str]:
    found = set()
    for line in importlib.metadata.requires(name) or []:
        extra = re.search(r"""extra == ['"]([^'"]+)""", line)
        if extra is None or extra[1] in extras:
            found.add(re.split(r"[ ;<>=!~\[(]", line)[0].lower().replace("_", "-"))
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
        dist.metadata["Name"].lower().replace("_", "-"): dist.version
        for dist in importlib.metadata.distributions()
    }
    differing = {
        name: (version, PINNED[name])
        for name, version in installed.items()
        if name in PINNED and version != PINNED[name]
    }
    assert differing == {}
