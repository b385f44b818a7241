"""Kinds of columns that several tables have; each says what it holds."""

from sqlalchemy import Column

from qosbot.adapters.sql.schema import INTEGER, TEXT


def key(name: str, comment: str) -> Column[str]:
    """Return a text that is part of the primary key."""
    return Column(name, TEXT, primary_key=True, nullable=False, comment=comment)


def text(name: str, comment: str) -> Column[str]:
    """Return a text that is always there, though it may be empty."""
    return Column(name, TEXT, nullable=False, comment=comment)


def count(name: str, comment: str, *, is_key: bool = False) -> Column[int]:
    """Return a whole number."""
    return Column(name, INTEGER, primary_key=is_key, nullable=False, comment=comment)


def moment(name: str, comment: str, *, known: bool = True, is_key: bool = False) -> Column[int]:
    """Return a time; one that need not be known may be NULL."""
    said = f"{comment}; microseconds since 1970, UTC"
    return Column(name, INTEGER, primary_key=is_key, nullable=not known, comment=said)
