"""How a scenario must have ended: pure functions from what was seen to what is wrong with it.

Each looks at the record, at what is really so in the lab, or at the routers' configurations as
an SSH client of the demo's own read them; none takes the bot's word for what it did.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from qosbot.domain.considerations import Consideration
from qosbot.domain.findings import Cause
from qosbot.domain.metrics import Reason
from qosbot.domain.remediation import Remediation, State
from qosbot.domain.verification import Outcome

VOLATILE = (
    r"Building configuration\.\.\.",
    r"Current configuration : \d+ bytes",
    r"! Last configuration change at .*",
    r"! No configuration change since last restart",
    r"! NVRAM config last updated at .*",
    r"ntp clock-period \d+",
    r"!?",
)
"""The lines of a running configuration that say when, not what, and its separators."""

_HEADER = r"Using \d+ out of \d+ bytes"
"""Of `show startup-config`."""
_CONFIGURES = re.compile(r"\s*conf[a-z]*\b", re.IGNORECASE)
_SAME_DELAY_S = 0.002
LOST_RATIO = 0.01
"""Voice that loses more than this is bad, whatever its jitter is; data that does, is congested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configs:
    """What a router is configured to do, as its own commands show it."""

    running: str
    startup: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is really so on a path, as the lab knows it."""

    voice_loss_ratio: float
    """Of the direction that loses more."""
    data_loss_ratio: float
    voice_delay_s: float = 0.0
    """One way, the mean of the direction that takes longer."""
    calls_by_codec: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """All that was seen of a scenario when it was over."""

    considered: tuple[Consideration, ...]
    remediations: tuple[Remediation, ...]
    mos_before: float | None
    mos_after: float | None
    clear_above: float
    """The MOS above which the path is good again, of the inventory."""
    not_measured: Reason | None
    truth: Truth
    suffered: Truth | None
    """What was so when something was proposed; None: nothing was."""
    before: Mapping[str, Configs]
    """By router: those of the path, when the trouble began."""
    after: Mapping[str, Configs]
    received: Mapping[str, tuple[str, ...]]
    """By router: the lines that were typed since the trouble began, by whomever."""
    broken: tuple[str, ...] = ()
    """Histories that are not what was written."""
    overdue: str = ""
    """What did not come in time; empty: it ran to its end."""

    @property
    def remediation(self) -> Remediation | None:
        """Return the latest remediation."""
        return self.remediations[-1] if self.remediations else None


Expectation = Callable[[Ending], Iterator[str]]
"""Yields what is wrong; nothing where all is as it should be."""


def settled(text: str) -> list[str]:
    """Return a configuration's lines without those that only say when."""
    lines = (line.rstrip() for line in text.splitlines())
    passing = (*VOLATILE, _HEADER)
    kept = [line for line in lines if not any(re.fullmatch(one, line) for one in passing)]
    return "\n".join(kept).strip("\n").splitlines()


def _first_difference(one: str, other: str) -> str:
    """Return the first line that two configurations do not share; empty: they are the same."""
    pairs = zip_longest(settled(one), settled(other), fillvalue="")
    return next((f"`{left}` and `{right}`" for left, right in pairs if left != right), "")


def failures(
    ending: Ending, expects: tuple[Expectation, ...], deciders: tuple[str, ...]
) -> tuple[str, ...]:
    """Return what is wrong with an ending; empty: it is as it should be.

    Args:
        ending: what was seen.
        expects: what must be so.
        deciders: one of whom must have decided; none where there was nothing to decide on.
    """
    found = [words for one in expects for words in one(ending)]
    if ending.overdue:
        found.insert(0, ending.overdue)
    last = ending.remediation
    if last is not None and deciders and last.decided_by not in deciders:
        found.append(f"{last.decided_by or 'nobody'} decided, not {' or '.join(deciders)}")
    return tuple(dict.fromkeys((*found, *ending.broken)))


def found(cause: Cause) -> Expectation:
    """Expect a cause to have been found."""

    def check(ending: Ending) -> Iterator[str]:
        causes = [one.finding.cause for one in ending.considered]
        last = ending.remediation
        causes += [one.cause for one in last.proposal.findings] if last is not None else []
        if cause not in causes:
            seen = ", ".join(dict.fromkeys(causes)) or "nothing"
            yield f"{cause} was not found, but {seen}"

    return check


def ended(state: State, *outcomes: Outcome) -> Expectation:
    """Expect one remediation that ended in a state, with one of these outcomes if any is named."""

    def check(ending: Ending) -> Iterator[str]:
        last = ending.remediation
        if last is None:
            reasons = [one.words for one in ending.considered if one.words]
            yield f"nothing was proposed: {'; '.join(reasons) or 'nothing was found'}"
            return
        if len(ending.remediations) > 1:
            yield f"{len(ending.remediations)} changes were proposed, not one"
        if last.state is not state:
            yield f"it ended {last.state}, not {state}: {last.remark or '; '.join(last.reasons)}"
        if outcomes and last.outcome not in outcomes:
            wanted = " or ".join(outcomes)
            yield f"the outcome is {last.outcome or 'open'}, not {wanted}: {_reasons(last)}"

    return check


def _reasons(remediation: Remediation) -> str:
    return "; ".join(remediation.reasons) or remediation.remark


def nothing_proposed(ending: Ending) -> Iterator[str]:
    """Expect no remediation at all."""
    for one in ending.remediations:
        yield f"{one.id} was proposed: {one.proposal.playbook}"


def says(words: str) -> Expectation:
    """Expect some words in what was found or concluded."""

    def check(ending: Ending) -> Iterator[str]:
        said = [f"{one.finding.words} {one.words}" for one in ending.considered]
        said += [_reasons(one) for one in ending.remediations]
        if not any(words in one for one in said):
            yield f"it does not say `{words}`"

    return check


def mos_is_good(ending: Ending) -> Iterator[str]:
    """Expect the MOS to have risen to where an alarm clears."""
    before, after = ending.mos_before, ending.mos_after
    if before is None or after is None:
        yield "MOS was not measured before and after"
    elif after <= max(before, ending.clear_above):
        yield f"MOS went from {before:.2f} to {after:.2f}, not above {ending.clear_above:g}"


def not_measured(reason: Reason) -> Expectation:
    """Expect a path that has no MOS, for a reason."""

    def check(ending: Ending) -> Iterator[str]:
        if ending.not_measured is not reason:
            said = "has a MOS" if ending.not_measured is None else f"is {ending.not_measured}"
            yield f"the path {said}, where its MOS should be not measured ({reason})"

    return check


def voice_passes(ending: Ending) -> Iterator[str]:
    """Expect the lab to lose no voice worth mentioning."""
    if ending.truth.voice_loss_ratio > LOST_RATIO:
        yield f"the lab loses {ending.truth.voice_loss_ratio:.1%} of the voice"


def voice_recovered(ending: Ending) -> Iterator[str]:
    """Expect the receivers of voice to lose less than when it was proposed, no later than then."""
    before, after = ending.suffered, ending.truth
    if before is None:
        yield "nobody noted what voice lost before"
    elif (
        after.voice_loss_ratio >= before.voice_loss_ratio
        or after.voice_delay_s > before.voice_delay_s + _SAME_DELAY_S
    ):
        yield f"voice lost {_heard(before)} before and {_heard(after)} now"


def _heard(truth: Truth) -> str:
    return f"{truth.voice_loss_ratio:.1%} and came after {1000 * truth.voice_delay_s:.0f} ms"


def voice_is_lost(ending: Ending) -> Iterator[str]:
    """Expect the lab to lose voice all the same."""
    if ending.truth.voice_loss_ratio <= LOST_RATIO:
        yield f"the lab loses only {ending.truth.voice_loss_ratio:.1%} of the voice"


def is_still_congested(ending: Ending) -> Iterator[str]:
    """Expect the lab to lose data: the pressure is the same."""
    if ending.truth.data_loss_ratio <= LOST_RATIO:
        yield f"the lab loses only {ending.truth.data_loss_ratio:.1%} of the data: no pressure"


def is_no_longer_congested(ending: Ending) -> Iterator[str]:
    """Expect the lab to lose no data any more."""
    if ending.truth.data_loss_ratio > LOST_RATIO:
        yield f"the lab still loses {ending.truth.data_loss_ratio:.1%} of the data"


def calls_follow(family: str) -> Expectation:
    """Expect every call in the lab to speak a codec of a family."""

    def check(ending: Ending) -> Iterator[str]:
        calls = ending.truth.calls_by_codec
        others = {codec: number for codec, number in calls.items() if not codec.startswith(family)}
        if not calls or any(others.values()):
            yield f"not all calls are {family}: {dict(calls)}"

    return check


def kept_and_saved(ending: Ending) -> Iterator[str]:
    """Expect one router to run something new, and to come back from a reload with it."""
    last = ending.remediation
    if last is not None and last.is_saved is not True:
        yield "the change was not saved"
    changed = [
        name
        for name, before in ending.before.items()
        if settled(before.running) != settled(ending.after[name].running)
    ]
    wanted = [] if last is None else [last.device]
    if changed != wanted:
        yield f"changed: {', '.join(changed) or 'nothing'}, not {', '.join(wanted) or 'nothing'}"
    for name in changed:
        after = ending.after[name]
        if differs := _first_difference(after.running, after.startup):
            yield f"{name} would not come back from a reload as it runs: {differs}"


def is_as_before(ending: Ending) -> Iterator[str]:
    """Expect running equal but for `VOLATILE`, and startup equal byte for byte."""
    for name, before in ending.before.items():
        after = ending.after[name]
        if differs := _first_difference(before.running, after.running):
            yield f"the running configuration of {name} is not as it was: {differs}"
        if before.startup != after.startup:
            yield f"the startup configuration of {name} is not byte for byte as it was"


def configuration_session(ending: Ending) -> Iterator[str]:
    """Expect the router to have been configured, so that there was something to put back."""
    last = ending.remediation
    if last is not None and not any(map(_CONFIGURES.match, ending.received[last.device])):
        yield f"{last.device} was never configured"


def no_configuration_session(ending: Ending) -> Iterator[str]:
    """Expect no router to have been configured."""
    for name, lines in ending.received.items():
        typed = next((line for line in lines if _CONFIGURES.match(line)), None)
        if typed is not None:
            yield f"{name} received `{typed}`"
