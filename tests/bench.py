"""`make bench`: what a poll, a score, a storm and a night cost, as JSON; medians within one run."""

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from qosbot.adapters.files.connections_csv import BadRow, open_connections
from qosbot.domain.codecs import CODECS
from qosbot.domain.emodel import TABLE_3, Connection
from qosbot.domain.planning_scores import planning_scores, scores_in_pieces
from qosbot.domain.scoring import Measurements, codec_columns, score_voice
from tests.scalar_emodel import scalar_score

REPEATS = 7
DIRECTIONS = 20_000
PLANNED, WHOLE, SCALAR = 2_000_000, 500_000, 20_000
CSV_ROWS = 20_000


def median_s(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return the median time of a few repeats, after one to warm up."""
    work()
    times = []
    for _ in range(REPEATS):
        started = clock()
        work()
        times.append(clock() - started)
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


def bench_emodel() -> dict[str, float]:
    """Return scores for each second of one core, vectorised and by the same formulas one by one.

    In seconds of processor time, so that what else the machine does is not counted.
    """
    rng = np.random.default_rng(1)
    delays_s, losses = rng.uniform(0, 0.5, PLANNED), rng.uniform(0, 0.2, PLANNED)
    results = np.empty(PLANNED), np.empty(PLANNED)
    table_3 = {name: rng.uniform(*ends, WHOLE) for name, ends in TABLE_3.items()}
    connection = Connection(**table_3)
    planned = [
        {"absolute_delay_s": delay_s, "loss_ratio": loss, "ie": 11.0, "bpl": 19.0}
        for delay_s, loss in zip(delays_s[:SCALAR].tolist(), losses[:SCALAR].tolist(), strict=True)
    ]
    columns = [values[:SCALAR].tolist() for values in table_3.values()]
    whole = [dict(zip(table_3, row, strict=True)) for row in zip(*columns, strict=True)]

    def per_s(count: int, work: Callable[[], object]) -> int:
        return round(count / median_s(work, time.process_time))

    return {
        "planning_scores_per_s": per_s(
            PLANNED, lambda: planning_scores(delays_s, losses, ie=11, bpl=19, out=results)
        ),
        "planning_scores_per_s_scalar": per_s(
            SCALAR, lambda: [scalar_score(**inputs) for inputs in planned]
        ),
        "table_3_scores_per_s": per_s(WHOLE, lambda: scores_in_pieces(connection)),
        "csv_rows_per_s": _csv_rows_per_s(),
        "table_3_scores_per_s_scalar": per_s(
            SCALAR, lambda: [scalar_score(**inputs) for inputs in whole]
        ),
    }


def _csv_rows_per_s() -> int:
    """Return rows of seven columns read from a file and scored, for each second of one core."""
    rng = np.random.default_rng(2)
    rows = zip(rng.uniform(0, 400, CSV_ROWS), rng.uniform(0, 5, CSV_ROWS), strict=True)
    lines = [f"c{ms:.3f},{ms:.3f},{2 * ms:.3f},{ms:.3f},11,19,{lost:.4f}" for ms, lost in rows]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "rows.csv")
        path.write_text("\n".join(["id,T,Tr,Ta,Ie,Bpl,Ppl", *lines]), encoding="utf-8")

        def work() -> None:
            with open_connections(path) as file:
                assert not any(isinstance(one, BadRow) for one in file.scores())

        return round(CSV_ROWS / median_s(work, time.process_time))


def main() -> None:
    """Print everything."""
    from tests.bench_audit import bench_audit  # noqa: PLC0415  its routers, too
    from tests.bench_slack import bench_slack  # noqa: PLC0415  its server, too
    from tests.bench_snmp import bench_snmp  # noqa: PLC0415  its agent must not slow the scores

    figures = {
        "emodel": bench_emodel(),
        "scores": bench_scores(),
        "snmp": bench_snmp(),
        "slack": bench_slack(),
        "audit": bench_audit(),
    }
    print(json.dumps(figures, indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
