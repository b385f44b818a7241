"""Nightly audits."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "v0006"
down_revision = "v0005"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.TEXT(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def _texts(*names: str, key: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, TEXT, primary_key=key, nullable=False) for name in names]


def _integers(*names: str, key: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, INTEGER, primary_key=key, nullable=False) for name in names]


def upgrade() -> None:
    """Make the tables of audits."""
    op.create_table(
        "config_versions",
        *_texts("device", key=True),
        *_integers("seq", key=True),
        *_integers("first_at_us", "last_at_us"),
        *_texts("config"),
        **STRICT,
    )
    op.create_table(
        "audits",
        *_texts("id", key=True),
        *_integers("began_at_us", "is_nightly"),
        *_texts("audit"),
        **STRICT,
    )
    op.create_index("audits_by_time", "audits", ["began_at_us"])
    op.create_table(
        "audit_devices",
        *_texts("audit", "device", key=True),
        *_integers("began_at_us", "is_nightly"),
        *_texts("judged"),
        **STRICT,
    )
    op.create_index("audit_devices_by_device", "audit_devices", ["device", "began_at_us"])
    op.create_table(
        "audit_findings",
        *_texts("audit", "finding", key=True),
        *_integers("seq"),
        *_texts("device", "rule", "severity", "status", "document"),
        **STRICT,
    )
    op.create_index("audit_findings_by_finding", "audit_findings", ["finding"])
    op.create_table(
        "audit_nights",
        *_integers("due_at_us", key=True),
        *_integers("tries", "is_over"),
        **STRICT,
    )
