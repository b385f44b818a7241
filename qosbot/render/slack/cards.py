"""The card of a remediation: one message that is replaced as the remediation moves on."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from qosbot.domain.approvals import Choice, Decision
from qosbot.domain.messages import Disclosure
from qosbot.domain.remediation import IN_HAND, Remediation, State
from qosbot.ports.messaging import Post
from qosbot.render.slack import actions, ends, parts
from qosbot.render.slack.blocks import Block, button, confirmation, section
from qosbot.render.slack.blocks import actions as row
from qosbot.render.slack.discretion import Discretion, at_minute, clock, local_time, minutes
from qosbot.render.slack.facts import approvers, score, subject, worst_mos
from qosbot.render.slack.parts import Stake, Subject
from qosbot.render.slack.phrases import standing_of, stays_if, title_of, who
from qosbot.render.slack.text import escape, listed

_PLANNED = frozenset({State.AWAITING_DECISION, State.APPROVED, State.OBSERVED})


def card(  # noqa: PLR0913 - what a card tells comes from as many places
    remediation: Remediation,
    *,
    votes: Sequence[Decision],
    decision: Decision | None,
    quorum: int,
    disclosure: Disclosure,
    now: datetime,
    stake: Stake | None = None,
) -> Post:
    """Return the message that stands for a remediation, in whatever state it is.

    Args:
        remediation: the change, and where it stands.
        votes: who approved so far, where several people must.
        decision: what was decided; None: nothing yet.
        quorum: how many distinct people must approve.
        disclosure: how much of the network may leave it.
        now: the time, aware.
        stake: what the inventory says of the paths that suffer.
    """
    about = Subject(
        remediation=remediation, discretion=Discretion(level=disclosure), stake=stake or Stake()
    )
    if remediation.state is State.AWAITING_DECISION and decision is None:
        blocks = _open(about, approvers(remediation, votes), quorum, now)
    elif remediation.state is State.STUCK:
        blocks = _stuck(about, decision)
    elif remediation.state in _PLANNED or remediation.state in IN_HAND:
        blocks = _under_way(about, decision, now)
    else:
        blocks = _ended(about, decision)
    return Post(text=_text(about, decision), blocks=tuple(blocks))


def _open(about: Subject, approved: tuple[str, ...], quorum: int, now: datetime) -> Iterator[Block]:
    yield parts.title(about)
    yield parts.expectation(about)
    yield parts.cause(about)
    yield parts.change(about, with_lines=True)
    yield parts.safety(about)
    yield parts.small_print(
        about,
        _expiry(about, now),
        _votes(about, approved, quorum),
        _waits(about),
    )
    yield row(_approve(about), _reject(about), _details(about))


def _stuck(about: Subject, decision: Decision | None) -> Iterator[Block]:
    yield parts.title(about)
    yield from ends.call_for_help(about)
    yield parts.result(about)
    yield parts.cause(about)
    yield parts.change(about, with_lines=False)
    yield ends.ending(about, decision)
    yield parts.small_print(about)
    yield row(_details(about))


def _under_way(about: Subject, decision: Decision | None, now: datetime) -> Iterator[Block]:
    remediation = about.remediation
    yield parts.title(about)
    lines = (ends.standing(about), ends.going_back_because(about), _timer(remediation, now))
    yield section("\n".join(("*Where it stands*", *(line for line in lines if line))))
    yield parts.expectation(about)
    yield parts.cause(about)
    yield parts.change(about, with_lines=True)
    yield parts.safety(about)
    yield ends.progress(about, decision)
    if remediation.state is State.OBSERVED:
        yield parts.small_print(about, _all_of_it(about))
        return
    yield parts.small_print(about)
    stop = [_reject(about)] if _can_be_stopped(remediation, decision) else []
    yield row(*stop, _details(about))


def _ended(about: Subject, decision: Decision | None) -> Iterator[Block]:
    yield parts.title(about)
    yield section(standing_of(about.remediation))
    yield parts.result(about)
    yield parts.cause(about)
    yield parts.change(about, with_lines=False)
    yield ends.ending(about, decision)
    yield parts.small_print(about, _all_of_it(about))


def _all_of_it(about: Subject) -> str:
    """Return where the details are once the buttons are gone."""
    return f"details: `/qosbot why {about.discretion.name(about.remediation.id)}`"


def _can_be_stopped(remediation: Remediation, decision: Decision | None) -> bool:
    """Return whether it was approved and nothing has begun."""
    is_taken_up = remediation.state is not State.AWAITING_DECISION
    if is_taken_up or decision is None:
        return remediation.state is State.APPROVED
    return decision.choice is Choice.APPROVE


def _expiry(about: Subject, now: datetime) -> str:
    expires_at = about.remediation.proposal.expires_at
    if now >= expires_at:
        return f"expired {local_time(expires_at)}: a click no longer counts"
    left = minutes((expires_at - now).total_seconds())
    return f"expires {local_time(expires_at)} ({left} left at {clock(now)})"


def _votes(about: Subject, approved: tuple[str, ...], quorum: int) -> str:
    if quorum <= 1:
        return ""
    names = [who(by, about.discretion) for by in approved]
    told = f": {listed(names, 5)}" if names else ""
    return f"approved by {len(names)} of {quorum} different people{told}"


def _waits(about: Subject) -> str:
    remark = about.discretion.words(about.remediation.remark, 300)
    return f"waits: {remark}" if remark else ""


def _timer(remediation: Remediation, now: datetime) -> str:
    """Return when the device goes back by itself, as far as that can be told from here."""
    typed_at = remediation.typed_at
    has_timer = remediation.state in {State.READING_BACK, State.VERIFYING}
    if typed_at is None or not has_timer:
        return ""
    # It is armed after this was noted and before the first line: a matter of seconds.
    runs_out_at = typed_at + timedelta(minutes=remediation.revert_after_min)
    if now >= runs_out_at:
        return f"The device's timer ran out at about {clock(runs_out_at)}."
    return f"The device goes back by itself at about {clock(runs_out_at)} unless it is confirmed."


def _approve(about: Subject) -> Block:
    remediation, discretion = about.remediation, about.discretion
    device = "one device"
    if discretion.names_devices:
        device = discretion.plain_name(remediation.device, 70)
    back = "It would NOT go back by itself."
    if not remediation.proposal.revert_mechanism.startswith("none"):
        back = (
            f"It goes back by itself after {remediation.revert_after_min} min unless "
            f"{stays_if(remediation)}."
        )
    asked = confirmation(
        f"Change {device}?",
        f"{device}, risk {remediation.proposal.risk}. {back} "
        f"{_only(remediation)} stays; qosbot rollback {remediation.id} takes it back later.",
        yes="Approve",
        no="Not now",
    )
    key = actions.routing_key(remediation)
    return {**button("Approve", actions.APPROVE, key), "style": "primary", "confirm": asked}


def _only(remediation: Remediation) -> str:
    is_precaution = remediation.proposal.precaution is not None
    return "Only what did no harm" if is_precaution else "Only what helped"


def _reject(about: Subject) -> Block:
    key = actions.routing_key(about.remediation)
    return {**button("Reject", actions.REJECT, key), "style": "danger"}


def _details(about: Subject) -> Block:
    return button("Details", actions.DETAILS, actions.routing_key(about.remediation))


def _text(about: Subject, decision: Decision | None) -> str:
    """Return the card in one line, for notifications and screen readers."""
    remediation = about.remediation
    mos = worst_mos(remediation)
    where = escape(subject(remediation, about.discretion))
    title = title_of(remediation)
    is_open = remediation.state is State.AWAITING_DECISION and decision is None
    if remediation.state is State.AWAITING_DECISION and decision is not None:
        title = "Approved" if decision.choice is Choice.APPROVE else "Rejected"
    until = f", until {at_minute(remediation.proposal.expires_at)}" if is_open else ""
    ident = about.discretion.name(remediation.id)
    if remediation.proposal.precaution is not None:
        return f"{title}: precaution for {where}{until} · {ident}"
    has_stayed = remediation.state not in parts.WITHOUT_IT
    after = f", now {mos.after:.2f}" if mos.after is not None and has_stayed else ""
    told = f"{score(mos.before)}{after}{parts.threshold(about)}"
    return f"{title}: MOS {told} on {where}{until} · {ident}"
