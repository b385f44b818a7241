"""What the receivers tell, second by second, and what it comes to over the last few."""

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_NS = 1e9
KEPT_S = 5
"""Over how many seconds the truth is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What arrived of a flow; times in seconds, None where nothing was measured."""

    received: int
    lost: int
    ip_bytes: int
    over_s: float
    delay_s: float | None
    delay_deviation_s: float | None
    jitter_s: float | None
    """RFC 3550."""
    variation_s: float | None
    """The mean size of the change of delay from packet to packet."""
    dscp: int | None
    """The mark with which most came."""

    @property
    def loss_ratio(self) -> float | None:
        """Return the ratio of packets that did not arrive; None if none was due."""
        judged = self.received + self.lost
        return self.lost / judged if judged else None


class Record:
    """The latest windows of each group."""

    def __init__(self) -> None:
        self._windows: dict[int, deque[Mapping[str, Any]]] = {}

    def hear(self, line: Mapping[str, Any]) -> None:
        """Take a receiver's line."""
        if line.get("event") == "window":
            known = self._windows.setdefault(line["group"], deque(maxlen=KEPT_S))
            known.append(line)

    def forget(self, group: int) -> None:
        """Forget what was before: something else is sent now."""
        self._windows.pop(group, None)

    def figures(self, groups: Sequence[int]) -> Figures:
        """Return what the windows of some groups come to together."""
        lines = [line for group in groups for line in self._windows.get(group, ())]
        seconds = max((len(self._windows.get(group, ())) for group in groups), default=0)
        return combined(lines, float(seconds))


class Taken:
    """What a sink took of TCP over the last seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[int, int]] = deque(maxlen=KEPT_S + 1)

    def hear(self, line: Mapping[str, Any]) -> None:
        """Take a sink's line."""
        if line.get("event") == "shown":
            self._seen.append((line["at_ns"], sum(line["bytes"].values())))

    def forget(self) -> None:
        """Forget what was before: something else is sent now."""
        self._seen.clear()

    @property
    def octets(self) -> int:
        """Return how much it was, in bytes."""
        return self._seen[-1][1] - self._seen[0][1] if self._seen else 0

    @property
    def over_s(self) -> float:
        """Return over how long, in seconds."""
        return (self._seen[-1][0] - self._seen[0][0]) / _NS if self._seen else 0.0


def combined(lines: Sequence[Mapping[str, Any]], over_s: float) -> Figures:
    """Return the figures of several windows as one."""
    received = sum(line["received"] for line in lines)
    mean = _weighted(lines, "delay_mean_s")
    marks: dict[str, int] = {}
    for line in lines:
        for mark, packets in line["dscp"].items():
            marks[mark] = marks.get(mark, 0) + packets
    return Figures(
        received=received,
        lost=sum(line["lost"] for line in lines),
        ip_bytes=sum(line["ip_bytes"] for line in lines),
        over_s=over_s,
        delay_s=mean,
        delay_deviation_s=None if mean is None else _deviation(lines, mean),
        jitter_s=_weighted(lines, "jitter_s"),
        variation_s=_weighted(lines, "variation_s"),
        dscp=int(max(marks, key=lambda mark: marks[mark])) if marks else None,
    )


def _weighted(lines: Sequence[Mapping[str, Any]], name: str) -> float | None:
    known = [line for line in lines if line[name] is not None]
    weight = sum(line["received"] for line in known)
    if not weight:
        return None
    return float(sum(line[name] * line["received"] for line in known) / weight)


def _deviation(lines: Sequence[Mapping[str, Any]], mean: float) -> float:
    known = [line for line in lines if line["received"]]
    squares = sum(
        line["received"] * (line["delay_deviation_s"] ** 2 + (line["delay_mean_s"] - mean) ** 2)
        for line in known
    )
    return math.sqrt(squares / sum(line["received"] for line in known))
