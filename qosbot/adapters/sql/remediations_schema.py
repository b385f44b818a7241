"""The tables of alarms, remediations, decisions and their history."""

from sqlalchemy import Column, ForeignKey, Index, Table, text

from qosbot.adapters.sql.schema import INTEGER, METADATA, STRICT, TEXT


def _key(name: str, comment: str) -> Column[str]:
    return Column(name, TEXT, primary_key=True, nullable=False, comment=comment)


def _text(name: str, comment: str) -> Column[str]:
    return Column(name, TEXT, nullable=False, comment=comment)


def _count(name: str, comment: str, *, key: bool = False) -> Column[int]:
    return Column(name, INTEGER, primary_key=key, nullable=False, comment=comment)


def _time(name: str, comment: str, *, known: bool = True) -> Column[int]:
    said = f"{comment}; microseconds since 1970, UTC"
    return Column(name, INTEGER, nullable=not known, comment=said)


ALARMS = Table(
    "alarms",
    METADATA,
    _key("id", "name of the alarm"),
    _text("state", "raised or cleared"),
    _time("raised_at_us", "when it was raised"),
    _time("cleared_at_us", "when it cleared; NULL: it has not", known=False),
    _text("alarm", "all of it; an Alarm document"),
    comment="Alarms as they are now, one row a cause",
    **STRICT,
)

PROPOSALS = Table(
    "proposals",
    METADATA,
    _key("id", "name of the proposal"),
    _text("device", "name in the inventory"),
    _time("created_at_us", "when it was made"),
    _time("expires_at_us", "until when it may be approved and started"),
    _text("plan_hash", "what an approval is bound to"),
    _text("proposal", "all of it; a Proposal document"),
    comment="What was proposed, never changed",
    **STRICT,
)

REMEDIATIONS = Table(
    "remediations",
    METADATA,
    Column(
        "id",
        TEXT,
        ForeignKey("proposals.id"),
        primary_key=True,
        nullable=False,
        comment="name of its proposal",
    ),
    _text("device", "name in the inventory"),
    _text("state", "where it stands; see docs/states.md"),
    _count("version", "moves with every save; who saves names the one that was read"),
    _count("rank", "what is driven first: 0 rollbacks, 1 in hand, 2 others, 9 nothing is due"),
    _count("in_hand", "1: the device may not be as it was, so no other change may start there"),
    _time("due_at_us", "nothing is done before; NULL: now", known=False),
    _count("steps", "entries in its history"),
    _text("worker", "who drives it at the moment; empty: nobody"),
    _time("claimed_until_us", "when that worker counts as dead; NULL: nobody", known=False),
    Column("past", TEXT, comment="what the rules see; a PastChange document, NULL: not started"),
    _text("remediation", "all of it; a Remediation document"),
    Index("one_change_per_device", "device", unique=True, sqlite_where=text("in_hand = 1")),
    Index("remediations_by_rank", "rank", "due_at_us"),
    comment="Where each proposal stands",
    **STRICT,
)

DECISIONS = Table(
    "decisions",
    METADATA,
    _key("remediation", "what was decided on"),
    _text("choice", "approve or reject"),
    _text("decided_by", "cli:NAME, TEAM/USER of Slack, or policy"),
    _time("at_us", "when"),
    _text("plan_hash", "of the plan that was looked at"),
    _text("words", "what was said"),
    Column(
        "others",
        TEXT,
        nullable=False,
        server_default="",
        comment="who approved before, where several must; separated by spaces",
    ),
    comment="The first decision on each remediation, which stands",
    **STRICT,
)

VOTES = Table(
    "votes",
    METADATA,
    _key("remediation", "what was approved"),
    _key("voter", "cli:NAME, or TEAM/USER of Slack"),
    _time("at_us", "when"),
    _text("plan_hash", "of the plan that was looked at"),
    _text("words", "what was said"),
    comment="Approvals where the policy wants several people, one a person",
    **STRICT,
)

HISTORY = Table(
    "history",
    METADATA,
    _key("remediation", "whose chain it is"),
    _count("seq", "place in the chain, from 1", key=True),
    _time("at_us", "when"),
    _text("event", "what happened"),
    _text("state", "after the event"),
    _text("done_by", "qosbot, policy or a person"),
    _text("words", "why, with figures"),
    _text("previous", "hash of the entry before; empty: the first"),
    _text("hash", "over the previous hash, the place and the step"),
    comment="What happened to each remediation; only ever appended to",
    **STRICT,
)

CONTROLS = Table(
    "controls",
    METADATA,
    _key("name", "paused, auto_off:TIER or auto_on:TIER"),
    _text("words", "who, or why"),
    _time("at_us", "since when; NULL: not told", known=False),
    comment="What people switched, and what switched itself off",
    **STRICT,
)
