"""How busy interfaces were, in bins of five minutes."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "v0005"
down_revision = "v0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.TEXT(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
REAL: sa.Double[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def upgrade() -> None:
    """Make the table of loads."""
    op.create_table(
        "egress_loads",
        sa.Column("device", TEXT, primary_key=True, nullable=False),
        sa.Column("interface", TEXT, primary_key=True, nullable=False),
        sa.Column("from_us", INTEGER, primary_key=True, nullable=False),
        sa.Column("bits", REAL, nullable=False),
        sa.Column("measured_s", REAL, nullable=False),
        **STRICT,
    )
