"""Whether files could be read now, without reading them again while they are as they were."""

from collections.abc import Callable
from pathlib import Path

from qosbot.adapters.files.policy import read_policy
from qosbot.adapters.files.sources import Sources

_Stamps = tuple[tuple[str, int, int], ...]


class Readable:
    """Counts what is wrong with the files of a directory."""

    def __init__(self, directory: Path, count_problems: Callable[[], int]) -> None:
        self._directory = directory
        self._count_problems = count_problems
        self._seen: _Stamps | None = None
        self._problems = 0

    def problems(self) -> int:
        """Return how many problems the files of now have."""
        stamps = self._stamps()
        if stamps != self._seen:
            self._problems, self._seen = self._count_problems(), stamps
        return self._problems

    def _stamps(self) -> _Stamps:
        found: list[tuple[str, int, int]] = []
        for path in sorted(self._directory.glob("*.y*ml")):
            try:
                stat = path.stat()
            except OSError:
                found.append((path.name, 0, -1))
            else:
                found.append((path.name, stat.st_mtime_ns, stat.st_size))
        return tuple(found)


def count_policy_problems(directory: Path) -> int:
    """Return how many things are wrong with policy.yaml; a missing one is none."""
    sources = Sources(directory=directory)
    read_policy(sources)
    return len(sources.problems)
