"""The tables of what is to be told, and of who is in which group."""

from sqlalchemy import Index, Table, text

from qosbot.adapters.sql import columns
from qosbot.adapters.sql.schema import METADATA, STRICT

OUTBOX = Table(
    "outbox",
    METADATA,
    columns.key("id", "name of the letter; stands in the message's metadata"),
    columns.text("kind", "answer, card, note, files, alarm, advice, call, report or report_file"),
    columns.text(
        "subject",
        "a remediation, an alarm or an audit; for an answer the click, for advice its path",
    ),
    columns.text(
        "rank",
        "what goes first, as text: 0 answers, 1 what waits for a person, ... 4 alarms, 5 advice, "
        "6 reports",
    ),
    columns.moment("made_at_us", "when there was last something new to tell"),
    columns.count("version", "moves when there is something new; for a note its entry's place"),
    columns.count("sent_version", "the version that was sent; 0: none"),
    columns.moment("due_at_us", "not tried before; NULL: now", known=False),
    columns.moment(
        "begun_at_us",
        "since when an attempt may have been taken unnoticed, so that it is looked for first; "
        "NULL: none may",
        known=False,
    ),
    columns.text("words", "of an answer, or of advice: what is said"),
    columns.text("recipient", "of an answer: CHANNEL/USER"),
    columns.text("channel", "where it stands; empty: nowhere"),
    columns.text("ts", "its time stamp there, which is its name in the chat"),
    columns.text(
        "batch", "the message that it was begun in with others; empty: alone, or not begun"
    ),
    columns.count("tries", "attempts since it last got through"),
    columns.count("begun_version", "what the attempt of begun_at_us told of; 0: there was none"),
    columns.text("error", "why the last attempt failed; empty: it did not"),
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
    columns.key("name", "TEAM/GROUP"),
    columns.text("members", "TEAM/USER of everybody in it; JSON list"),
    columns.moment("read_at_us", "when the chat said so"),
    comment="Who is in which user group of the chat",
    **STRICT,
)
