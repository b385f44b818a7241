"""The tables of nightly audits: configurations, what was found in them, and which nights are over.

Every configuration here has its secrets masked.
"""

from sqlalchemy import Index, Table

from qosbot.adapters.sql import columns
from qosbot.adapters.sql.schema import METADATA, STRICT

CONFIG_VERSIONS = Table(
    "config_versions",
    METADATA,
    columns.key("device", "name in the inventory"),
    columns.count("seq", "counts the versions of a device from 1", is_key=True),
    columns.moment("first_at_us", "when it was read first"),
    columns.moment("last_at_us", "when it was read last"),
    columns.text("config", "the running configuration, secrets masked"),
    comment="Versions of configurations; a new row only where something changed",
    **STRICT,
)

AUDITS = Table(
    "audits",
    METADATA,
    columns.key("id", "name of the audit"),
    columns.moment("began_at_us", "when it began"),
    columns.count("is_nightly", "1: it came by the schedule; 0: somebody asked for it"),
    columns.text("audit", "all but devices; a NetworkAudit document"),
    Index("audits_by_time", "began_at_us"),
    comment="Audits of the network",
    **STRICT,
)

AUDIT_DEVICES = Table(
    "audit_devices",
    METADATA,
    columns.key("audit", "name of the audit"),
    columns.key("device", "name in the inventory"),
    columns.moment("began_at_us", "when the audit began"),
    columns.count("is_nightly", "as of the audit"),
    columns.text("judged", "all but findings; a DeviceAudit document"),
    Index("audit_devices_by_device", "device", "began_at_us"),
    comment="What an audit could and could not judge in each device that it read",
    **STRICT,
)

AUDIT_FINDINGS = Table(
    "audit_findings",
    METADATA,
    columns.key("audit", "name of the audit"),
    columns.key("finding", "the finding's id, the same from night to night"),
    columns.count("seq", "its place among those of its device"),
    columns.text("device", "name in the inventory"),
    columns.text("rule", "id of the broken rule"),
    columns.text("severity", "critical, high, medium, low or info"),
    columns.text("status", "failed or accepted"),
    columns.text("document", "all of it; an AuditFinding document"),
    Index("audit_findings_by_finding", "finding"),
    comment="What an audit found",
    **STRICT,
)

AUDIT_NIGHTS = Table(
    "audit_nights",
    METADATA,
    columns.moment("due_at_us", "when the night's audit was due", is_key=True),
    columns.count("tries", "how often it was begun"),
    columns.count("is_over", "1: it was done or given up; 0: it is still due"),
    comment="Which nights are over, so that a restart neither repeats nor loses one",
    **STRICT,
)
