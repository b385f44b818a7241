"""What detection remembers, and what became of findings."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "v0003"
down_revision = "v0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.TEXT(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    """Make the tables of memory."""
    op.create_table(
        "detection",
        sa.Column("id", INTEGER, primary_key=True, nullable=False),
        sa.Column("detection", TEXT, nullable=False),
        **STRICT,
    )
    op.create_table(
        "considerations",
        sa.Column("alarm", TEXT, primary_key=True, nullable=False),
        sa.Column("seq", INTEGER, primary_key=True, nullable=False),
        sa.Column("at_us", INTEGER, nullable=False),
        sa.Column("consideration", TEXT, nullable=False),
        **STRICT,
    )
