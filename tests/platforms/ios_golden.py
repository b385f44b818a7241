"""A hand-written branch router, and edits of single lines of it."""

from pathlib import Path

BRANCH = (Path(__file__).parents[1] / "golden" / "cisco_ios" / "branch.cfg").read_text()


def edited(old: str, new: str, text: str = BRANCH) -> str:
    """Return a configuration with one line changed; the line must be there once."""
    assert text.count(f"{old}\n") == 1, old
    return text.replace(f"{old}\n", f"{new}\n" if new else "")
