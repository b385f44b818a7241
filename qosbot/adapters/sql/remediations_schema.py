"""The tables of alarms, remediations, decisions and their history."""

from sqlalchemy import Column, ForeignKey, Index, Table, text

from qosbot.adapters.sql import columns
from qosbot.adapters.sql.schema import METADATA, STRICT, TEXT

ALARMS = Table(
    "alarms",
    METADATA,
    columns.key("id", "name of the alarm"),
    columns.text("state", "raised or cleared"),
    columns.moment("raised_at_us", "when it was raised"),
    columns.moment("cleared_at_us", "when it cleared; NULL: it has not", known=False),
    columns.text("alarm", "all of it; an Alarm document"),
    comment="Alarms as they are now, one row a cause",
    **STRICT,
)

PROPOSALS = Table(
    "proposals",
    METADATA,
    columns.key("id", "name of the proposal"),
    columns.text("device", "name in the inventory"),
    columns.moment("created_at_us", "when it was made"),
    columns.moment("expires_at_us", "until when it may be approved and started"),
    columns.text("plan_hash", "what an approval is bound to"),
    columns.text("proposal", "all of it; a Proposal document"),
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
    columns.text("device", "name in the inventory"),
    columns.text("state", "where it stands; see docs/states.md"),
    columns.count("version", "moves with every save; who saves names the one that was read"),
    columns.count(
        "rank", "what is driven first: 0 rollbacks, 1 in hand, 2 others, 9 nothing is due"
    ),
    columns.count(
        "in_hand", "1: the device may not be as it was, so no other change may start there"
    ),
    columns.moment("due_at_us", "nothing is done before; NULL: now", known=False),
    columns.count("steps", "entries in its history"),
    columns.text("worker", "who drives it at the moment; empty: nobody"),
    columns.moment(
        "claimed_until_us", "when that worker counts as dead; NULL: nobody", known=False
    ),
    Column("past", TEXT, comment="what the rules see; a PastChange document, NULL: not started"),
    columns.text("remediation", "all of it; a Remediation document"),
    Index("one_change_per_device", "device", unique=True, sqlite_where=text("in_hand = 1")),
    Index("remediations_by_rank", "rank", "due_at_us"),
    comment="Where each proposal stands",
    **STRICT,
)

DECISIONS = Table(
    "decisions",
    METADATA,
    columns.key("remediation", "what was decided on"),
    columns.text("choice", "approve or reject"),
    columns.text("decided_by", "cli:NAME, TEAM/USER of Slack, or policy"),
    columns.moment("at_us", "when"),
    columns.text("plan_hash", "of the plan that was looked at"),
    columns.text("words", "what was said"),
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
    columns.key("remediation", "what was approved"),
    columns.key("voter", "cli:NAME, or TEAM/USER of Slack"),
    columns.moment("at_us", "when"),
    columns.text("plan_hash", "of the plan that was looked at"),
    columns.text("words", "what was said"),
    comment="Approvals where the policy wants several people, one a person",
    **STRICT,
)

HISTORY = Table(
    "history",
    METADATA,
    columns.key("remediation", "whose chain it is"),
    columns.count("seq", "place in the chain, from 1", is_key=True),
    columns.moment("at_us", "when"),
    columns.text("event", "what happened"),
    columns.text("state", "after the event"),
    columns.text("done_by", "qosbot, policy or a person"),
    columns.text("words", "why, with figures"),
    columns.text("previous", "hash of the entry before; empty: the first"),
    columns.text("hash", "over the previous hash, the place and the step"),
    comment="What happened to each remediation; only ever appended to",
    **STRICT,
)

CONTROLS = Table(
    "controls",
    METADATA,
    columns.key("name", "paused, auto_off:TIER or auto_on:TIER"),
    columns.text("words", "who, or why"),
    columns.moment("at_us", "since when; NULL: not told", known=False),
    comment="What people switched, and what switched itself off",
    **STRICT,
)
