"""The tables, each with what it holds and the unit of every column.

Times are microseconds since 1970 in UTC: exact, and in the order of time.  Where a number has no
value its column is NULL and `states` says why, by column: `not_measured:` or `invalid:` with a
reason.  NULL is never zero.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Index, MetaData, Table

HEAD = "v0006"
"""The migration that leaves the database as it stands here."""

# SQLite's STRICT tables know these three names only.
TEXT = sa.Text().with_variant(sa.TEXT(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
REAL: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")

STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}

METADATA = MetaData()


def _key(name: str, comment: str) -> Column[str]:
    return Column(name, TEXT, primary_key=True, nullable=False, comment=comment)


def _text(name: str, comment: str) -> Column[str]:
    return Column(name, TEXT, nullable=False, comment=comment)


def _time(name: str, comment: str, *, key: bool = False, known: bool = True) -> Column[int]:
    return Column(
        name,
        INTEGER,
        primary_key=key,
        nullable=not known,
        comment=f"{comment}; microseconds since 1970, UTC",
    )


def _number(name: str, comment: str) -> Column[float]:
    return Column(name, REAL, comment=comment)


DEVICE_STATE = Table(
    "device_state",
    METADATA,
    _key("device", "name in the inventory"),
    _time("polled_at_us", "when the last poll began"),
    _time("answered_at_us", "when it last answered; NULL: never", known=False),
    _text("silent", "why the last poll brought nothing; empty: it answered"),
    _number("uptime_s", "the agent's uptime at the last answer; seconds"),
    Column("engine_boots", INTEGER, comment="snmpEngineBoots at the last answer; count"),
    Column("engine_id", TEXT, comment="snmpEngineID at the last answer; hexadecimal"),
    Column("metrics", TEXT, comment="what the last answer meant; a DeviceMetrics document"),
    comment="How polling went the last time, one row a device",
    **STRICT,
)

BASELINES = Table(
    "baselines",
    METADATA,
    _key("device", "name in the inventory"),
    _time("taken_at_us", "when the sample was taken"),
    _text("sample", "raw counters as the agent gave them; a DeviceSample document"),
    comment="The last sample of each device, from which the next poll is subtracted",
    **STRICT,
)

INTERFACE_HISTORY = Table(
    "interface_history",
    METADATA,
    _time("at_us", "when the later of two polls was taken", key=True),
    _key("device", "name in the inventory"),
    _key("interface", "name in the device's configuration"),
    _number("interval_s", "between the polls by the agent's clock; seconds"),
    _number("in_rate_bps", "received; bit/s"),
    _number("out_rate_bps", "sent; bit/s"),
    _number("in_rate_pps", "received; packets/s"),
    _number("out_rate_pps", "sent; packets/s"),
    _number("in_discard_ratio", "discarded of what was received; 0 to 1"),
    _number("out_discard_ratio", "discarded of what should have left; 0 to 1"),
    _number("out_discard_rate_pps", "discarded on the way out; packets/s"),
    _number("in_error_ratio", "in error of what was received; 0 to 1"),
    _number("fcs_error_rate_pps", "frames with a wrong check sequence; frames/s"),
    _text("states", "why columns are NULL; JSON object, column to state and reason"),
    comment="Traffic of interfaces between two polls",
    **STRICT,
)

EGRESS_LOADS = Table(
    "egress_loads",
    METADATA,
    _key("device", "name in the inventory"),
    _key("interface", "name in the device's configuration"),
    _time("from_us", "when the five minutes began", key=True),
    Column("bits", REAL, nullable=False, comment="sent in what was measured of them; bit"),
    Column("measured_s", REAL, nullable=False, comment="how much of them; seconds"),
    comment="How busy interfaces were on the way out; kept longer than the traffic between polls",
    **STRICT,
)

CLASS_HISTORY = Table(
    "class_history",
    METADATA,
    _time("at_us", "when the later of two polls was taken", key=True),
    _key("device", "name in the inventory"),
    _key("interface", "name in the device's configuration"),
    _key("direction", "in or out of the interface"),
    _key("class_path", "policy, class, policy, class ... from the root; JSON list"),
    _number("interval_s", "between the polls by the agent's clock; seconds"),
    _number("offered_rate_bps", "before the policy acts; bit/s"),
    _number("offered_rate_pps", "before the policy acts; packets/s"),
    _number("drop_rate_bps", "dropped; bit/s"),
    _number("drop_rate_pps", "dropped; packets/s"),
    _number("drop_ratio", "dropped of offered packets; 0 to 1"),
    _number("queue_depth_bytes", "waiting at the later poll; bytes"),
    _text("states", "why columns are NULL; JSON object, column to state and reason"),
    comment="Traffic of QoS classes between two polls",
    **STRICT,
)

PROBE_RUNS = Table(
    "probe_runs",
    METADATA,
    Column("run_id", INTEGER, primary_key=True, nullable=False, comment="number of the row"),
    _text("device", "name in the inventory of the probe's sender"),
    Column("operation", INTEGER, nullable=False, comment="number of the operation there"),
    _number("run_stamp_s", "the agent's uptime at the run, seconds; NULL: it has never run"),
    _time("run_at_us", "the same by our clock, as last seen", known=False),
    _time("seen_at_us", "when a poll last saw this run as the latest"),
    *(
        column
        for way in ("forward", "backward")
        for column in (
            _number(f"{way}_delay_s", "one-way network delay; seconds"),
            _number(f"{way}_jitter_s", "mean magnitude of the delay change; seconds"),
            _number(f"{way}_loss_ratio", "lost of the packets sent this way; 0 to 1"),
            Column(f"{way}_packets", INTEGER, nullable=False, comment="sent this way; packets"),
        )
    ),
    _text("grade", "what the run may be used for; A, B or C"),
    _text("states", "why columns are NULL; JSON object, column to state and reason"),
    _text("run", "everything about the run as last seen; a ProbeMetrics document"),
    Index("probe_runs_by_run", "device", "operation", "run_stamp_s"),
    Index("probe_runs_by_sight", "device", "operation", "seen_at_us"),
    comment="Runs of probes, each once however often it was polled",
    sqlite_strict=True,
)

SCORES = Table(
    "scores",
    METADATA,
    _key("path", "name in the inventory"),
    _time("at_us", "when the path was scored", key=True),
    _key("direction", "forward or backward"),
    _time("run_at_us", "when the newest probe run behind it ran", known=False),
    _number("r", "rating factor, not clamped; dimensionless"),
    _number("mos", "mean opinion score on the scale `scale`; 1 to 4.5"),
    _number("mos_low", "lower end of its 95 % interval; 1 to 4.5"),
    _number("mos_high", "upper end of its 95 % interval; 1 to 4.5"),
    _number("ceiling_mos", "the codec's best at this delay; 1 to 4.5"),
    _number("mouth_to_ear_s", "delay of this direction; seconds"),
    _number("loss_ratio", "late packets included; 0 to 1"),
    _number("late_ratio", "late of those that arrived; 0 to 1"),
    _text("scale", "which MOS this is; empty: not measured"),
    _text("grade", "what the score may be used for; A, B or C"),
    _text("reason", "why it was not measured; empty: it was"),
    comment="Scores of voice paths, one row a direction; NULL where not measured",
    **STRICT,
)

PATH_STATE = Table(
    "path_state",
    METADATA,
    _key("path", "name in the inventory"),
    _time("at_us", "when the path was last scored"),
    _text("score", "its score with all terms, or why there is none; a ScoredPath document"),
    comment="The last score of each path in full",
    **STRICT,
)
