"""When the packets of a stream are due: pure schedules, the same for the same seed."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

from qosbot.lab.given import BadRequestError

SHAPES = ("steady", "random", "bursts", "on-off")
MAX_BURST_PACKETS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """How a rate is spread over time."""

    packets_per_s: float
    wander_s: float = 0.0
    """Of `steady`: how much later than its turn a packet may be; less than the gap."""
    shape: str = "steady"
    """steady: evenly; random: batches at random; bursts: N at once, evenly; on-off: see below."""
    burstiness: float = 1.0
    """Of `random`: the squared coefficient of variation of the gaps; 1 is Poisson."""
    burst_packets: int = 1
    """Of `bursts`: how many back to back."""
    on_s: float = 1.0
    """Of `on-off`: the mean of an exponential time of sending, at the rate that makes up for..."""
    off_s: float = 1.0
    """...the mean of an exponential time of silence."""

    def __post_init__(self) -> None:
        """Reject what has no schedule."""
        if self.shape not in SHAPES:
            raise BadRequestError(f"shape must be one of {', '.join(SHAPES)}, not {self.shape!r}")
        if self.packets_per_s <= 0 or self.burstiness < 1 or self.on_s <= 0 or self.off_s < 0:
            raise BadRequestError("a pattern needs a rate, a burstiness from 1 on and an on time")
        if not 0 <= self.wander_s < 1 / self.packets_per_s:
            raise BadRequestError("a packet may not wander beyond the next one's turn")
        if not 1 <= self.burst_packets <= MAX_BURST_PACKETS:
            raise BadRequestError(f"burst_packets must be from 1 to {MAX_BURST_PACKETS}")


def due_times(pattern: Pattern, seed: str) -> Iterator[float]:
    """Yield when each packet is due, in seconds after the start, never falling; without an end."""
    chance = random.Random(seed)  # noqa: S311 - traffic, not secrets
    match pattern.shape:
        case "random":
            return _random(pattern, chance)
        case "on-off":
            return _on_off(pattern, chance)
        case "bursts":
            return _even(pattern, pattern.burst_packets, chance)
    return _even(pattern, 1, chance)


def _even(pattern: Pattern, batch: int, chance: random.Random) -> Iterator[float]:
    gap_s = batch / pattern.packets_per_s
    phase_s = chance.random() * gap_s
    number = 0
    while True:
        late_s = chance.random() * pattern.wander_s if pattern.wander_s else 0.0
        for _ in range(batch):
            yield phase_s + number * gap_s + late_s
        number += 1


def _random(pattern: Pattern, chance: random.Random) -> Iterator[float]:
    # Geometric batches of mean b at exponential gaps: their packets' gaps have a squared
    # coefficient of variation of 2 b - 1, as the queueing model of the lab takes it.
    mean_batch = (pattern.burstiness + 1) / 2
    stay = 1 - 1 / mean_batch
    batches_per_s = pattern.packets_per_s / mean_batch
    at_s = 0.0
    while True:
        at_s += chance.expovariate(batches_per_s)
        size = 1 + (int(math.log(1 - chance.random()) / math.log(stay)) if stay > 0 else 0)
        for _ in range(size):
            yield at_s


def _on_off(pattern: Pattern, chance: random.Random) -> Iterator[float]:
    busy = pattern.on_s / (pattern.on_s + pattern.off_s)
    gap_s = busy / pattern.packets_per_s
    sending_s, silent_s, number = 0.0, 0.0, 0
    while True:
        sending_s += chance.expovariate(1 / pattern.on_s)
        while number * gap_s < sending_s:
            yield silent_s + number * gap_s
            number += 1
        silent_s += chance.expovariate(1 / pattern.off_s) if pattern.off_s > 0 else 0.0
