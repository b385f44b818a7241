"""Whether files could be read now, without reading them again while they are as they were."""

from collections.abc import Callable, Iterable
from pathlib import Path

from qosbot.adapters.files.policy import read_policy
from qosbot.adapters.files.sources import Sources
from qosbot.adapters.files.tree import Stamp, noting_what_is_read, stamp


class Readable:
    """Counts what is wrong with the files of a directory, and with those that they refer to."""

    def __init__(self, directory: Path, count_problems: Callable[[], int]) -> None:
        self._directory = directory
        self._count_problems = count_problems
        self._seen: dict[Path, Stamp] | None = None
        self._problems = 0

    def problems(self) -> int:
        """Return how many problems the files of now have."""
        if self._seen is None or self._stamps(self._seen) != self._seen:
            before = self._stamps(())
            with noting_what_is_read() as opened:
                self._problems = self._count_problems()
            self._seen = {**opened, **before}
        return self._problems

    def _stamps(self, others: Iterable[Path]) -> dict[Path, Stamp]:
        return {path: stamp(path) for path in {*self._directory.glob("*.y*ml"), *others}}


def count_policy_problems(directory: Path) -> int:
    """Return how many things are wrong with policy.yaml; a missing one is none."""
    sources = Sources(directory=directory)
    read_policy(sources)
    return len(sources.problems)
