"""Votes, what is to be told, and who is in which group."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "v0004"
down_revision = "v0003"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.TEXT(), "sqlite")
INTEGER = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
STRICT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}


def _texts(*names: str, key: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, TEXT, primary_key=key, nullable=False) for name in names]


def _integers(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, INTEGER, nullable=nullable) for name in names]


def upgrade() -> None:
    """Make the tables of telling and of agreeing."""
    op.add_column("decisions", sa.Column("others", TEXT, nullable=False, server_default=""))
    op.create_table(
        "votes",
        *_texts("remediation", "voter", key=True),
        *_integers("at_us"),
        *_texts("plan_hash", "words"),
        **STRICT,
    )
    op.create_table(
        "outbox",
        *_texts("id", key=True),
        *_texts("kind", "subject", "rank"),
        *_integers("made_at_us", "version", "sent_version"),
        *_integers("due_at_us", "begun_at_us", nullable=True),
        *_texts("words", "recipient", "channel", "ts", "batch"),
        *_integers("tries", "begun_version"),
        *_texts("error"),
        **STRICT,
    )
    op.create_index(
        "outbox_waiting",
        "outbox",
        ["kind", "rank", "made_at_us"],
        sqlite_where=sa.text("sent_version < version"),
    )
    op.create_index("outbox_by_subject", "outbox", ["subject", "kind"])
    op.create_table(
        "group_members",
        *_texts("name", key=True),
        *_texts("members"),
        *_integers("read_at_us"),
        **STRICT,
    )
