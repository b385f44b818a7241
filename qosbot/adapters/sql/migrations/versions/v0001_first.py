"""Device state, baselines, traffic history, probe runs and scores."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "v0001"
down_revision = None
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.TEXT(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
REAL: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def _texts(*names: str, key: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, TEXT, primary_key=key, nullable=False) for name in names]


def _numbers(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, REAL) for name in names]


def _time(name: str, *, key: bool = False, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, INTEGER, primary_key=key, nullable=nullable)


def upgrade() -> None:
    """Make every table of the first release."""
    _devices()
    _history()
    _probe_runs()
    _scores()


def _devices() -> None:
    op.create_table(
        "device_state",
        *_texts("device", key=True),
        _time("polled_at_us"),
        _time("answered_at_us", nullable=True),
        *_texts("silent"),
        *_numbers("uptime_s"),
        sa.Column("engine_boots", INTEGER),
        sa.Column("engine_id", TEXT),
        sa.Column("metrics", TEXT),
        **STRICT,
    )
    op.create_table(
        "baselines", *_texts("device", key=True), _time("taken_at_us"), *_texts("sample"), **STRICT
    )


def _history() -> None:
    op.create_table(
        "interface_history",
        _time("at_us", key=True),
        *_texts("device", "interface", key=True),
        *_numbers("interval_s", "in_rate_bps", "out_rate_bps", "in_rate_pps", "out_rate_pps"),
        *_numbers("in_discard_ratio", "out_discard_ratio", "out_discard_rate_pps"),
        *_numbers("in_error_ratio", "fcs_error_rate_pps"),
        *_texts("states"),
        **STRICT,
    )
    op.create_table(
        "class_history",
        _time("at_us", key=True),
        *_texts("device", "interface", "direction", "class_path", key=True),
        *_numbers("interval_s", "offered_rate_bps", "offered_rate_pps"),
        *_numbers("drop_rate_bps", "drop_rate_pps", "drop_ratio", "queue_depth_bytes"),
        *_texts("states"),
        **STRICT,
    )


def _probe_runs() -> None:
    op.create_table(
        "probe_runs",
        sa.Column("run_id", INTEGER, primary_key=True, nullable=False),
        *_texts("device"),
        sa.Column("operation", INTEGER, nullable=False),
        *_numbers("run_stamp_s"),
        _time("run_at_us", nullable=True),
        _time("seen_at_us"),
        *_numbers("forward_delay_s", "forward_jitter_s", "forward_loss_ratio"),
        sa.Column("forward_packets", INTEGER, nullable=False),
        *_numbers("backward_delay_s", "backward_jitter_s", "backward_loss_ratio"),
        sa.Column("backward_packets", INTEGER, nullable=False),
        *_texts("grade", "states", "run"),
        sqlite_strict=True,
    )
    op.create_index("probe_runs_by_run", "probe_runs", ["device", "operation", "run_stamp_s"])
    op.create_index("probe_runs_by_sight", "probe_runs", ["device", "operation", "seen_at_us"])


def _scores() -> None:
    op.create_table(
        "scores",
        *_texts("path", key=True),
        _time("at_us", key=True),
        *_texts("direction", key=True),
        _time("run_at_us", nullable=True),
        *_numbers("r", "mos", "mos_low", "mos_high", "ceiling_mos"),
        *_numbers("mouth_to_ear_s", "loss_ratio", "late_ratio"),
        *_texts("scale", "grade", "reason"),
        **STRICT,
    )
    op.create_table(
        "path_state", *_texts("path", key=True), _time("at_us"), *_texts("score"), **STRICT
    )
