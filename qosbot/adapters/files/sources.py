"""The files of one inventory, each read once, and the problems found in all of them."""

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from qosbot.adapters.files.checker import Checker
from qosbot.adapters.files.tree import Node, UnreadableFileError, parse, read_text
from qosbot.domain.errors import Problem

_CLOSE = 0.8
"""How like another a name must be to be taken for it: `link` and `links`, not `paths-old`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Opens files of a directory and collects what is wrong with them."""

    directory: Path
    problems: list[Problem] = field(default_factory=list)
    unreadable: set[str] = field(default_factory=set)
    """Files that gave no tree; what refers into them can't be checked."""
    missing: set[str] = field(default_factory=set)
    """Required files that do not exist."""

    def open(
        self, name: str, *, required: bool, may_hold_secrets: bool = False
    ) -> tuple[Node | None, Checker]:
        """Return the tree of a file, or None where it says nothing, and its checker."""
        path = self.directory / name
        check = Checker(str(path), self.problems, may_hold_secrets=may_hold_secrets)
        try:
            node = parse(read_text(path))
        except FileNotFoundError:
            if required:
                self.missing.add(name)
                check.report(0, "the file is missing", self._instead_of(name))
            return None, check
        except UnreadableFileError as error:
            self.unreadable.add(name)
            check.report(error.line, error.what, error.hint)
            return None, check
        if node is None and required:
            check.report(0, "the file is empty", "see the example that `qosbot init` writes")
        return node, check

    def note_strays(self, names: Collection[str]) -> None:
        """Note files that are not read and whose name is nearly one of `names`."""
        for meant in names:
            if meant in self.missing:
                continue  # the file that may be meant is named there
            for stray in self._strays(meant, names):
                shown = "".join(char if char.isprintable() else "?" for char in stray)
                Checker(str(self.directory / shown), self.problems).report(
                    0, "not read", f"did you mean {meant}?"
                )

    def _instead_of(self, name: str) -> str:
        for stray in self._strays(name, ()):
            return f"did you mean `{stray}`? rename it to {name}"
        return "`qosbot init` writes an example of it"

    def _strays(self, meant: str, names: Collection[str]) -> Iterator[str]:
        """Yield the YAML files that seem to be meant as `meant`; never one of `names`."""
        wanted = Path(meant).stem
        for path in sorted(self.directory.glob("*")):
            if path.name in {meant, *names} or path.suffix.lower() not in {".yaml", ".yml"}:
                continue
            if difflib.get_close_matches(path.stem.lower(), [wanted], cutoff=_CLOSE):
                yield path.name
