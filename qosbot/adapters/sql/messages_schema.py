"""The tables of what is to be told, and of who is in which group."""

from sqlalchemy import Column, Index, Table, text

from qosbot.adapters.sql.schema import INTEGER, METADATA, STRICT, TEXT


def _key(name: str, comment: str) -> Column[str]:
    return Column(name, TEXT, primary_key=True, nullable=False, comment=comment)


def _text(name: str, comment: str) -> Column[str]:
    return Column(name, TEXT, nullable=False, comment=comment)


def _count(name: str, comment: str) -> Column[int]:
    return Column(name, INTEGER, nullable=False, comment=comment)


def _time(name: str, comment: str, *, known: bool = True) -> Column[int]:
    said = f"{comment}; microseconds since 1970, UTC"
    return Column(name, INTEGER, nullable=not known, comment=said)


OUTBOX = Table(
    "outbox",
    METADATA,
    _key("id", "name of the letter; stands in the message's metadata"),
    _text("kind", "answer, card, note, files, alarm or call"),
    _text("subject", "a remediation or an alarm; for an answer, the click"),
    _text("rank", "what goes first, as text: 0 answers, 1 what waits for a person, ... 4 alarms"),
    _time("made_at_us", "when there was last something new to tell"),
    _count("version", "moves when there is something new; for a note its entry's place"),
    _count("sent_version", "the version that was sent; 0: none"),
    _time("due_at_us", "not tried before; NULL: now", known=False),
    _time(
        "begun_at_us",
        "since when an attempt may have been taken unnoticed, so that it is looked for first; "
        "NULL: none may",
        known=False,
    ),
    _text("words", "of an answer: what is said"),
    _text("recipient", "of an answer: CHANNEL/USER"),
    _text("channel", "where it stands; empty: nowhere"),
    _text("ts", "its time stamp there, which is its name in the chat"),
    _text("batch", "the message that it was begun in with others; empty: alone, or not begun"),
    _count("tries", "attempts since it last got through"),
    _count("begun_version", "what the attempt of begun_at_us told of; 0: there was none"),
    _text("error", "why the last attempt failed; empty: it did not"),
    Index(
        "outbox_waiting",
        "kind",
        "rank",
        "made_at_us",
        sqlite_where=text("sent_version < version"),
    ),
    Index("outbox_by_subject", "subject", "kind"),
    comment="What is to be told to people, and where it stands once it was",
    **STRICT,
)

GROUP_MEMBERS = Table(
    "group_members",
    METADATA,
    _key("name", "TEAM/GROUP"),
    _text("members", "TEAM/USER of everybody in it; JSON list"),
    _time("read_at_us", "when the chat said so"),
    comment="Who is in which user group of the chat",
    **STRICT,
)
