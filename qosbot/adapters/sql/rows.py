"""Domain values as rows of the tables.

SQLite keeps numpy's numbers as BLOB without a word, and a later query finds nothing; so whatever
becomes a row passes `plain` here.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import NoneType
from typing import Any, get_type_hints

from qosbot.adapters.sql import documents
from qosbot.domain.egress_loads import BIN, WINDOW
from qosbot.domain.inventory import Direction
from qosbot.domain.metrics import (
    ClassMetrics,
    DeviceMetrics,
    InterfaceMetrics,
    Invalid,
    Measured,
    Metric,
    NotMeasured,
    ProbeMetrics,
)
from qosbot.domain.path_scores import PathScore
from qosbot.domain.paths import Unmeasured
from qosbot.domain.samples import DeviceSample

Row = dict[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_HELD_AS_IT_IS = frozenset({float, str, NoneType})


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPath:
    """What is kept of a path's last score; a class of its own, so that either fits one column."""

    score: PathScore | Unmeasured


def plain(row: Mapping[str, object]) -> Row:
    """Return a row that holds no numpy scalar, and no integer that a database cannot hold.

    An agent that answers nonsense must not keep a whole poll from being kept; what it said
    exactly stands in the documents.
    """
    return {
        name: value if type(value) in _HELD_AS_IT_IS else _plain(value)
        for name, value in row.items()
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a column may hold
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return 2**63 - 1 if value > 0 else -(2**63)
    return value


def micros(at: datetime) -> int:
    """Return an aware time as the tables hold it.

    Raises:
        ValueError: if the time is naive, which is the caller's mistake.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return (at - _EPOCH) // _MICROSECOND


def moment(at_us: int) -> datetime:
    """Return a time of the tables in UTC."""
    return _EPOCH + at_us * _MICROSECOND


def state_row(sample: DeviceSample, metrics: DeviceMetrics | None, polled_at: datetime) -> Row:
    """Return how polling a device that answered went."""
    return plain(
        {
            "device": sample.device,
            "polled_at_us": micros(polled_at),
            "answered_at_us": micros(sample.taken_at),
            "silent": "",
            "uptime_s": sample.clock.uptime_s,
            "engine_boots": sample.clock.engine_boots,
            "engine_id": sample.clock.engine_id,
            "metrics": None if metrics is None else documents.dump(metrics),
        }
    )


def silent_row(device: str, reason: str, polled_at: datetime) -> Row:
    """Return how polling a device that gave nothing went."""
    return {
        "device": device,
        "polled_at_us": micros(polled_at),
        "answered_at_us": None,
        "silent": reason,
        "uptime_s": None,
        "engine_boots": None,
        "engine_id": None,
        "metrics": None,
    }


def baseline_row(sample: DeviceSample) -> Row:
    """Return a sample as the next baseline."""
    return {
        "device": sample.device,
        "taken_at_us": micros(sample.taken_at),
        "sample": documents.dump(sample),
    }


def interface_rows(metrics: DeviceMetrics) -> Iterator[Row]:
    """Return the history rows of a device's interfaces."""
    at_us = micros(metrics.taken_at)
    for one in metrics.interfaces:
        yield plain(
            {
                "at_us": at_us,
                "device": metrics.device,
                "interface": one.interface,
                **_numbers(_metrics_of(one)),
            }
        )


def load_rows(metrics: DeviceMetrics) -> Iterator[Row]:
    """Return what left by a device's interfaces, shared out over bins of time."""
    end_us = micros(metrics.taken_at)
    for one in metrics.interfaces:
        rate_bps, interval_s = one.out_rate_bps, one.interval_s
        if not isinstance(rate_bps, Measured) or not isinstance(interval_s, Measured):
            continue
        for from_us, measured_s in _bins(end_us, interval_s.value):
            yield plain(
                {
                    "device": metrics.device,
                    "interface": one.interface,
                    "from_us": from_us,
                    "bits": rate_bps.value * measured_s,
                    "measured_s": measured_s,
                }
            )


def _bins(end_us: int, interval_s: float) -> Iterator[tuple[int, float]]:
    """Return the bins that an interval reaches into, and for how many seconds."""
    bin_us = BIN // _MICROSECOND
    # What a device that was silent for long sent has no place in one bin more than in another.
    start_us = end_us - round(min(interval_s, WINDOW.total_seconds()) * 1e6)
    from_us = start_us // bin_us * bin_us
    while from_us < end_us:
        overlap_us = min(end_us, from_us + bin_us) - max(start_us, from_us)
        yield from_us, overlap_us / 1e6
        from_us += bin_us


def class_rows(metrics: DeviceMetrics) -> Iterator[Row]:
    """Return the history rows of a device's QoS classes."""
    at_us = micros(metrics.taken_at)
    for one in metrics.classes:
        yield plain(
            {
                "at_us": at_us,
                "device": metrics.device,
                "interface": one.interface,
                "direction": one.direction.value,
                "class_path": json.dumps(one.class_path),
                **_numbers(_metrics_of(one)),
            }
        )


def run_rows(metrics: DeviceMetrics) -> Iterator[Row]:
    """Return the rows of a device's latest probe runs."""
    for run in metrics.probes:
        yield _run_row(run, metrics.taken_at)


def _run_row(run: ProbeMetrics, seen_at: datetime) -> Row:
    measured = {
        f"{way.value}_{name}": metric
        for way in Direction
        for name, metric in (
            ("delay_s", run.towards(way).delay_s),
            ("jitter_s", run.towards(way).jitter_s),
            ("loss_ratio", run.towards(way).loss_ratio),
        )
    }
    return plain(
        {
            "device": run.probe.device,
            "operation": run.probe.operation,
            "run_stamp_s": run.run_stamp_s,
            "run_at_us": None if run.run_at is None else micros(run.run_at),
            "seen_at_us": micros(seen_at),
            **_numbers(measured),
            "forward_packets": run.forward.packets,
            "backward_packets": run.backward.packets,
            "grade": run.grade.value,
            "run": documents.dump(run),
        }
    )


def score_rows(at: datetime, score: PathScore | Unmeasured) -> Iterator[Row]:
    """Return the rows of both directions of a path."""
    for way in Direction:
        row: Row = {
            "path": score.path,
            "at_us": micros(at),
            "direction": way.value,
            "run_at_us": None if score.run_at is None else micros(score.run_at),
            "grade": score.grade.value,
        }
        if isinstance(score, Unmeasured):
            unknown = dict.fromkeys(_SCORE_NUMBERS)
            yield plain({**row, **unknown, "scale": "", "reason": score.reason.value})
        else:
            one = score.towards(way)
            known = {name: getattr(one, name) for name in _SCORE_NUMBERS}
            yield plain({**row, **known, "scale": one.scale.value, "reason": ""})


_SCORE_NUMBERS = (
    "r",
    "mos",
    "mos_low",
    "mos_high",
    "ceiling_mos",
    "mouth_to_ear_s",
    "loss_ratio",
    "late_ratio",
)


def path_row(at: datetime, score: PathScore | Unmeasured) -> Row:
    """Return the last score of a path in full."""
    document = documents.dump(ScoredPath(score=score))
    return {"path": score.path, "at_us": micros(at), "score": document}


def _metric_names(kind: type[InterfaceMetrics | ClassMetrics]) -> tuple[str, ...]:
    hints = get_type_hints(kind)
    return tuple(field.name for field in fields(kind) if hints[field.name] == Metric)


_METRIC_NAMES = {kind: _metric_names(kind) for kind in (InterfaceMetrics, ClassMetrics)}


def _metrics_of(row: InterfaceMetrics | ClassMetrics) -> dict[str, Metric]:
    return {name: getattr(row, name) for name in _METRIC_NAMES[type(row)]}


def _numbers(metrics: Mapping[str, Metric]) -> Row:
    """Return a column for each metric, NULL unless measured, and the states of those."""
    values = {
        name: metric.value if isinstance(metric, Measured) else None
        for name, metric in metrics.items()
    }
    states = tuple(
        (name, _state(metric)) for name, metric in metrics.items() if values[name] is None
    )
    return {**values, "states": _states(states)}


@lru_cache(maxsize=1024)
def _states(states: tuple[tuple[str, str], ...]) -> str:
    return json.dumps(dict(states))


def _state(metric: Metric) -> str:
    match metric:
        case NotMeasured(reason):
            return f"not_measured:{reason}"
        case Invalid(reason):
            return f"invalid:{reason}"
        case Measured():
            return ""
