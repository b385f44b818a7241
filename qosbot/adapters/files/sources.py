"""The files of one inventory, each read once, and the problems found in all of them."""

from dataclasses import dataclass, field
from pathlib import Path

from qosbot.adapters.files.checker import Checker, nearest
from qosbot.adapters.files.tree import Node, UnreadableFileError, parse, read_text
from qosbot.domain.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Opens files of a directory and collects what is wrong with them."""

    directory: Path
    problems: list[Problem] = field(default_factory=list)

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
                check.report(0, "the file is missing", self._instead_of(name))
            return None, check
        except UnreadableFileError as error:
            check.report(error.line, error.what, error.hint)
            return None, check
        if node is None and required:
            check.report(0, "the file is empty", "see the example that `qosbot init` writes")
        return node, check

    def _instead_of(self, name: str) -> str:
        present = [path.name for path in self.directory.glob("*.y*ml")]
        close = nearest(name, present)
        if close.startswith("did you mean"):
            return f"{close} rename it to {name}"
        return "`qosbot init` writes an example of it"
