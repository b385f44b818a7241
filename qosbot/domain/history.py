"""What happened to a remediation, step by step; appended to, never changed, and provably so.

A chain has no key, so whoever can write all of a record can write another that is whole.  What
shows that is the hash of a chain's last entry, kept where that writer cannot write.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

START = ""
"""What the first entry of a chain has as its previous hash."""

PROPOSED, APPROVED, REJECTED = "propose", "approve", "reject"
"""The events whose steps say who decided, and on which plan."""

_PLAN = re.compile(r"(?:^|; )plan ([0-9a-f]{64})$")
_SHOWN = 12
"""How much of a hash is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that happened, before it has its place in a chain."""

    at: datetime
    event: str
    state: str
    """After the event."""
    by: str
    """`qosbot`, `policy`, or the person who did it."""
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A step at its place: each entry's hash covers the one before it."""

    remediation: str
    seq: int
    step: Step
    previous: str
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLink:
    """The first entry of a chain that is not what was written."""

    remediation: str
    seq: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a record says of a remediation beside its history: place to what is said there."""

    states: Mapping[str, str]
    deciders: Mapping[str, str]
    plans: Mapping[str, str]
    """Hashes, computed afresh where the plan itself is kept."""


def naming(step: Step, plan_hash: str) -> Step:
    """Return a step that says in its words which plan was proposed or approved."""
    if step.event not in {PROPOSED, APPROVED} or not plan_hash:
        return step
    said = f"plan {plan_hash}"
    return replace(step, words=f"{step.words}; {said}" if step.words else said)


def plan_named(step: Step) -> str:
    """Return the hash of the plan that a step names; empty: none, as steps of old did."""
    found = _PLAN.search(step.words) if step.event in {PROPOSED, APPROVED} else None
    return "" if found is None else found[1]


def canonical(remediation: str, step: Step) -> str:
    """Return the one JSON text of a step; its time in UTC to the microsecond."""
    content = {
        "remediation": remediation,
        "at": step.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "event": step.event,
        "state": step.state,
        "by": step.by,
        "words": step.words,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def append(remediation: str, last: Entry | None, steps: Sequence[Step]) -> tuple[Entry, ...]:
    """Return the entries that continue a chain; `last` is None where there is none yet.

    Raises:
        ValueError: if `last` belongs to another remediation.
    """
    if last is not None and last.remediation != remediation:
        raise ValueError(f"entry {last.seq} of {last.remediation} is not of {remediation}")
    entries: list[Entry] = []
    for step in steps:
        entry = Entry(
            remediation=remediation,
            seq=1 if last is None else last.seq + 1,
            step=step,
            previous=START if last is None else last.hash,
            hash="",
        )
        last = replace(entry, hash=_hash(entry))
        entries.append(last)
    return tuple(entries)


def verify(
    remediation: str, entries: Iterable[Entry], *, length: int | None = None
) -> BrokenLink | None:
    """Return the first broken link of a chain, or None if there is none.

    Args:
        remediation: whose chain it is.
        entries: in order of `seq`.
        length: how many there must be, where that is known from elsewhere: a chain whose end
            was cut off is whole in itself.
    """
    previous, seq = START, 0
    for entry in entries:
        seq += 1
        wrong = _wrong(entry, remediation, seq, previous)
        if wrong:
            return BrokenLink(remediation=remediation, seq=seq, words=wrong)
        previous = entry.hash
    if length is not None and seq != length:
        words = f"the chain has {seq} entries, and {length} were written"
        return BrokenLink(remediation=remediation, seq=min(seq, length) + 1, words=words)
    return None


def contradiction(remediation: str, entries: Sequence[Entry], claims: Claims) -> BrokenLink | None:
    """Return where a chain that is whole in itself differs from the record around it."""
    if not entries:
        words = "there is no history, and every proposal begins one"
        return BrokenLink(remediation=remediation, seq=1, words=words)
    for seq, words in _differences(entries, claims):
        return BrokenLink(remediation=remediation, seq=seq, words=words)
    return None


def _differences(entries: Sequence[Entry], claims: Claims) -> Iterator[tuple[int, str]]:
    """Yield the place of an entry, and what contradicts it."""
    last = entries[-1]
    for where, state in claims.states.items():
        if state != last.step.state:
            yield last.seq, f"{where} says {state}, and the history ends {last.step.state}"
    decided = [one for one in entries if one.step.event in {APPROVED, REJECTED}]
    approved = [one for one in decided if one.step.event == APPROVED]
    # Who stops a change without deciding on it is in the history only.
    names = {one.step.by for one in approved} or {"", *(one.step.by for one in decided)}
    for where, by in claims.deciders.items():
        if by not in names:
            said = ", ".join(sorted(names - {""})) or "nobody"
            seq = (approved or decided or [last])[0].seq
            yield seq, f"{where} says that {by or 'nobody'} decided, and the history {said}"
    plans = {f"entry {one.seq}": plan for one in entries if (plan := plan_named(one.step))}
    yield from ((entries[0].seq, words) for words in _two_plans({**plans, **claims.plans}))


def _two_plans(plans: Mapping[str, str]) -> Iterator[str]:
    (first, expected), *others = plans.items() or [("", "")]
    for where, plan in others:
        if plan != expected:
            shown = [one[:_SHOWN] or "none" for one in (plan, expected)]
            yield f"{where} is of plan {shown[0]}, and {first} of {shown[1]}"


def _wrong(entry: Entry, remediation: str, seq: int, previous: str) -> str:
    if entry.seq != seq:
        return f"entry {seq} is missing; {entry.seq} follows"
    if entry.remediation != remediation:
        return f"entry {seq} belongs to {entry.remediation}"
    if entry.previous != previous:
        return f"entry {seq} does not continue the one before it"
    if entry.hash != _hash(entry):
        return f"entry {seq} is not what was written"
    return ""


def _hash(entry: Entry) -> str:
    content = "\n".join((entry.previous, str(entry.seq), canonical(entry.remediation, entry.step)))
    return hashlib.sha256(content.encode()).hexdigest()
