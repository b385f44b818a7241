"""Alarms, proposals, remediations, decisions, history and controls."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "v0002"
down_revision = "v0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.TEXT(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def _texts(*names: str, key: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, TEXT, primary_key=key, nullable=False) for name in names]


def _integers(*names: str, nullable: bool = False, key: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, INTEGER, primary_key=key, nullable=nullable) for name in names]


def upgrade() -> None:
    """Make the tables of approval and remediation."""
    op.create_table(
        "alarms",
        *_texts("id", key=True),
        *_texts("state"),
        *_integers("raised_at_us"),
        *_integers("cleared_at_us", nullable=True),
        *_texts("alarm"),
        **STRICT,
    )
    op.create_table(
        "proposals",
        *_texts("id", key=True),
        *_texts("device"),
        *_integers("created_at_us", "expires_at_us"),
        *_texts("plan_hash", "proposal"),
        **STRICT,
    )
    _remediations()
    op.create_table(
        "decisions",
        *_texts("remediation", key=True),
        *_texts("choice", "decided_by"),
        *_integers("at_us"),
        *_texts("plan_hash", "words"),
        **STRICT,
    )
    op.create_table(
        "history",
        *_texts("remediation", key=True),
        *_integers("seq", key=True),
        *_integers("at_us"),
        *_texts("event", "state", "done_by", "words", "previous", "hash"),
        **STRICT,
    )
    op.create_table(
        "controls",
        *_texts("name", key=True),
        *_texts("words"),
        *_integers("at_us", nullable=True),
        **STRICT,
    )


def _remediations() -> None:
    op.create_table(
        "remediations",
        sa.Column("id", TEXT, sa.ForeignKey("proposals.id"), primary_key=True, nullable=False),
        *_texts("device", "state"),
        *_integers("version", "rank", "in_hand"),
        *_integers("due_at_us", nullable=True),
        *_integers("steps"),
        *_texts("worker"),
        *_integers("claimed_until_us", nullable=True),
        sa.Column("past", TEXT),
        *_texts("remediation"),
        **STRICT,
    )
    op.create_index(
        "one_change_per_device",
        "remediations",
        ["device"],
        unique=True,
        sqlite_where=sa.text("in_hand = 1"),
    )
    op.create_index("remediations_by_rank", "remediations", ["rank", "due_at_us"])
