"""`make bench`: what a poll, a score and a storm cost, as JSON; medians within one run."""

import json
import statistics
import time
from collections.abc import Callable

import numpy as np

from qosbot.domain.codecs import CODECS
from qosbot.domain.scoring import Measurements, codec_columns, score_voice

REPEATS = 7
DIRECTIONS = 20_000


def median_s(work: Callable[[], object]) -> float:
    """Return the median time of a few repeats, after one to warm up."""
    work()
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def bench_scores() -> dict[str, float]:
    """Return scores a second, on arrays and one by one through the same code."""
    rng = np.random.default_rng(1)

    def measured(count: int) -> Measurements:
        return Measurements(
            network_delay_s=rng.uniform(0.001, 0.2, count),
            opposite_network_delay_s=rng.uniform(0.001, 0.2, count),
            jitter_s=rng.uniform(0.0, 0.02, count),
            loss_ratio=rng.uniform(0.0, 0.1, count),
            packets=np.full(count, 100),
            codec=codec_columns([CODECS["g711"]] * count),
            packet_time_s=0.02,
            jitter_buffer_s=0.04,
        )

    many, one = measured(DIRECTIONS), measured(1)
    return {
        "directions_scored_per_s": round(DIRECTIONS / median_s(lambda: score_voice(many))),
        "directions_scored_per_s_one_by_one": round(1 / median_s(lambda: score_voice(one))),
    }


def main() -> None:
    """Print everything."""
    from tests.bench_slack import bench_slack  # noqa: PLC0415  its server, too
    from tests.bench_snmp import bench_snmp  # noqa: PLC0415  its agent must not slow the scores

    figures = {"scores": bench_scores(), "snmp": bench_snmp(), "slack": bench_slack()}
    print(json.dumps(figures, indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
