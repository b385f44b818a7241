"""What happened to a remediation, step by step; appended to, never changed, and provably so."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

START = ""
"""What the first entry of a chain has as its previous hash."""


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
