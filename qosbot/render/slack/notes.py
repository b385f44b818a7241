"""One line in a card's thread for each step that a person would tell a colleague."""

from collections.abc import Mapping
from types import MappingProxyType

from qosbot.domain.history import PROPOSED, Entry, Step, plan_named
from qosbot.domain.messages import Disclosure
from qosbot.domain.remediation import Event
from qosbot.ports.messaging import Post
from qosbot.render.slack.actions import HASH_SHOWN
from qosbot.render.slack.blocks import section
from qosbot.render.slack.discretion import Discretion, clock
from qosbot.render.slack.phrases import who

_NOISE = frozenset({Event.WATCH, Event.TYPE, Event.UNDO})

EVENTS: Mapping[str, str] = MappingProxyType(
    {
        PROPOSED: "proposed",
        Event.APPROVE: "approved",
        Event.REJECT: "rejected",
        Event.EXPIRE: "expired",
        Event.ALARM_CLEARED: "withdrawn: the alarm cleared",
        Event.FINDING_GONE: "withdrawn: the finding is not there any more",
        Event.OUTRANKED: "withdrawn: what answers an alarm goes first",
        Event.REFUSE: "refused by a guard",
        Event.FOUND_STALE: "out of date: the configuration has moved",
        Event.START: "started",
        Event.LINES_TAKEN: "the lines were taken",
        Event.LINES_REFUSED: "a line was refused; going back",
        Event.IN_FORCE: "in force",
        Event.NOT_IN_FORCE: "not in force; going back",
        Event.HELPED: "it helped",
        Event.NOT_HELPED: "not shown to help; going back",
        Event.HARMLESS: "nothing got worse",
        Event.NOT_HARMLESS: "not shown to be harmless; going back",
        Event.TOO_LATE: "too late to prove it; going back",
        Event.FOREIGN_EDIT: "somebody else edited the device; going back",
        Event.CONFIRMED: "kept: the device's timer is off",
        Event.SAVED: "saved",
        Event.LEFT_UNSAVED: "kept, but left unsaved",
        Event.ROLLBACK_ASKED: "rollback asked for",
        Event.UNDONE: "undone",
        Event.GIVE_UP: "a person is needed",
        Event.SETTLE: "settled",
        Event.WAIT: "waits",
    }
)
"""What happened, in words that name nothing of the network."""

_BY_PERSON = frozenset({Event.APPROVE, Event.REJECT, Event.ROLLBACK_ASKED, Event.SETTLE})
_WORDS = 600


def note(entry: Entry, *, disclosure: Disclosure) -> Post | None:
    """Return a step as one line; None where it tells a person nothing."""
    step = entry.step
    if step.event in _NOISE:
        return None
    line = step_line(entry, Discretion(level=disclosure), limit=_WORDS)
    return Post(text=line, blocks=(section(line),))


def step_line(entry: Entry, discretion: Discretion, *, limit: int) -> str:
    """Return when, what and by whom, escaped, with words of at most `limit` characters."""
    step = entry.step
    told = EVENTS.get(step.event) or discretion.words(step.event, 40) or "a step was taken"
    if step.event in _BY_PERSON:
        told = f"{told} by {who(step.by, discretion)}"
    words = discretion.words(_news(step), limit)
    if words.startswith(told):
        told, words = words, ""
    return f"{clock(step.at)} · {told}{f': {words}' if words else ''}"


def _news(step: Step) -> str:
    """Return what a step's words say beyond its event and who did it."""
    plan = plan_named(step)
    words = step.words.replace(plan, plan[:HASH_SHOWN]) if plan else step.words
    said = (f"approved by {step.by}", f"{step.event} by {step.by}", EVENTS.get(step.event, ""))
    for one in said:
        if one and (words == one or words.startswith(f"{one};")):
            return words.removeprefix(one).removeprefix(";").lstrip()
    return words
