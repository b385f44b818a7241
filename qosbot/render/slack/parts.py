"""The parts of a card that say why, what and at which risk."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from qosbot.domain.ground import CAUTIONS
from qosbot.domain.proposals import Prediction
from qosbot.domain.remediation import Remediation, State
from qosbot.render.slack.actions import HASH_SHOWN
from qosbot.render.slack.blocks import Block, code_block, context, fields, header, section
from qosbot.render.slack.discretion import Discretion, at_minute
from qosbot.render.slack.facts import (
    Mos,
    affected_paths,
    changed_lines,
    heard,
    score,
    subject,
    voice_drops,
    worst_mos,
)
from qosbot.render.slack.phrases import (
    CAUSES,
    OUTCOMES,
    capital,
    change_words,
    found,
    stays_if,
    title_of,
)
from qosbot.render.slack.text import counted, listed

SHOWN_LINES = 8
"""Of the change on a card; the whole is in the thread."""
WITHOUT_IT = frozenset({State.ROLLING_BACK, State.ROLLED_BACK, State.STUCK, State.SETTLED})
"""What was measured last was measured with a change that is gone, or must go."""
_INTERRUPTIONS = frozenset({"none", "up to 1 s", "unknown"})
_NEVER_MADE = frozenset(
    {
        State.OBSERVED,
        State.REJECTED,
        State.EXPIRED,
        State.WITHDRAWN,
        State.STALE,
        State.REFUSED,
    }
)
_MOST_CAUSES, _MOST_CAUTIONS, _MOST_PATHS = 3, 5, 5
_NO_TIMER = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """What the inventory says of the paths that suffer; None: they are not in it any more."""

    threshold_mos: float | None = None
    """The highest below which one of them raises an alarm."""
    busy_hour_calls: int | None = None
    """Over all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A remediation, and how much of it may be told."""

    remediation: Remediation
    discretion: Discretion
    stake: Stake = field(default_factory=Stake)

    @property
    def show(self) -> str:
        """Return the command that shows all of it."""
        return f"`qosbot show {self.discretion.name(self.remediation.id)}`"


def title(about: Subject) -> Block:
    """Return the header: where it stands, how bad it was, and where."""
    remediation = about.remediation
    mos = worst_mos(remediation)
    where = subject(remediation, about.discretion)
    if remediation.proposal.precaution is not None:
        return header(f"{title_of(remediation)}: precaution for {where}")
    has_stayed = remediation.state not in WITHOUT_IT
    after = f" → {mos.after:.2f}" if mos.after is not None and has_stayed else ""
    return header(
        f"{title_of(remediation)}: MOS {score(mos.before)}{after}{threshold(about)} on {where}"
    )


def threshold(about: Subject) -> str:
    """Return the threshold in words that follow a score; empty: not known."""
    value = about.stake.threshold_mos
    return "" if value is None else f" (threshold {value:.2f})"


def expectation(about: Subject) -> Block:
    """Return the fields of a change that was not judged yet."""
    remediation = about.remediation
    predicted, mos = remediation.proposal.prediction, worst_mos(remediation)
    doubt = "" if mos.interval is None else f" ({_between(*mos.interval)})"
    now = f"{score(mos.before)}{doubt}{_direction(mos)}"
    if mos.after is not None:
        before = "at the alarm" if predicted is not None else "before"
        now = f"{mos.after:.2f}; {before} {now}"
    pairs = [
        ("MOS now" if predicted is not None else "MOS now, the worst over it", now),
        ("MOS predicted", "none: nobody suffers yet" if predicted is None else _to(predicted)),
        ("Calls hear", heard(remediation)),
        ("Voice class drops", voice_drops(remediation)),
        ("Data", f"grade {remediation.proposal.grade}"),
        (_at_stake(about), _affected(about)),
    ]
    return fields([(name, value) for name, value in pairs if value])


def result(about: Subject) -> Block:
    """Return the fields of a remediation that has ended, or that calls a person."""
    remediation = about.remediation
    mos, outcome = worst_mos(remediation), remediation.outcome
    after = "not measured" if mos.after is None else f"{mos.after:.2f}"
    after_title = "MOS on trial" if remediation.state in WITHOUT_IT else "MOS after"
    pairs = [
        ("MOS before", f"{score(mos.before)}{_direction(mos)}"),
        (after_title, "" if remediation.typed_at is None else after),
        ("Outcome", "" if outcome is None else OUTCOMES[outcome]),
        ("Configuration", _saved(remediation)),
        (_at_stake(about), _affected(about)),
    ]
    return fields([(name, value) for name, value in pairs if value])


def _direction(mos: Mos) -> str:
    return f", {mos.direction}" if mos.direction else ""


def _to(predicted: Prediction) -> str:
    interval = _between(predicted.mos_after_low, predicted.mos_after_high)
    return f"{predicted.mos_after:.2f} ({interval})"


def _at_stake(about: Subject) -> str:
    return "Affected" if about.remediation.proposal.precaution is None else "Crossing it"


def _between(low: float, high: float) -> str:
    return f"{low:.2f} to {high:.2f}"


def _affected(about: Subject) -> str:
    remediation, calls = about.remediation, about.stake.busy_hour_calls
    ways, paths = len(set(remediation.ways_at_stake)), len(affected_paths(remediation))
    busy = "" if calls is None else f"; {counted(calls, 'call')} in the busy hour"
    return f"{counted(ways, 'direction')} of {counted(paths, 'path')}{busy}"


def _saved(remediation: Remediation) -> str:
    if remediation.is_saved is None:
        return ""
    if remediation.state is State.STUCK:
        return "the change is saved in it" if remediation.is_saved else "the change is not saved"
    if remediation.state is not State.DONE:
        return ""
    return "saved" if remediation.is_saved else "left unsaved: a reload would lose the change"


def cause(about: Subject) -> Block:
    """Return why voice is bad, with the figures that were read; or what an audit found."""
    precaution = about.remediation.proposal.precaution
    if precaution is not None:
        return section(f"*Audit finding*\n{found(precaution, about.discretion)}")
    findings = about.remediation.proposal.findings
    told = [about.discretion.words(one.words, 450) or f"{CAUSES[one.cause]}" for one in findings]
    shown = [f"{capital(words)}." if words[-1:] != "." else capital(words) for words in told]
    more = len(shown) - _MOST_CAUSES
    if more > 0:
        shown = [*shown[:_MOST_CAUSES], f"…and {counted(more, 'more finding')}: {about.show}"]
    return section("\n".join(("*Cause*", *(shown or ["not known"]))))


def change(about: Subject, *, with_lines: bool) -> Block:
    """Return what is changed and how it is undone; with its lines as far as there is room."""
    remediation, discretion = about.remediation, about.discretion
    name = "Change, not made" if remediation.state in _NEVER_MADE else "Change"
    told = f"*{name}*\n{change_words(remediation.proposal.change, discretion)}"
    if not with_lines:
        return section(told)
    lines = changed_lines(remediation.proposal.change)
    shown = discretion.code(lines, most=SHOWN_LINES, limit=900)
    parts = [told, code_block(shown.text)]
    undo = counted(len(remediation.proposal.change.undo), "line")
    back = f"`qosbot rollback {discretion.name(remediation.id)}`"
    if not discretion.names_devices:
        parts.append(f"{counted(len(lines), 'line')} of difference: {about.show}")
    elif shown.left_out:
        parts.append(f"{counted(shown.left_out, 'more line')}: see the diff in the thread")
    in_thread = ", in the thread" if discretion.names_devices else ""
    later = "" if remediation.state in _NEVER_MADE else f"; once it is kept, {back} types them"
    parts.append(f"*Undo* {undo}, exact{in_thread}{later}")
    return section("\n".join(part for part in parts if part))


def safety(about: Subject) -> Block:
    """Return the risk, whom it touches, and how the device goes back by itself."""
    return section("\n".join(_safety(about)))


def _safety(about: Subject) -> Iterator[str]:
    remediation, discretion = about.remediation, about.discretion
    proposal = remediation.proposal
    paths = list(proposal.blast_radius)
    paths[:_MOST_PATHS] = [discretion.name(path, 60) for path in paths[:_MOST_PATHS]]
    yield f"*Risk* {proposal.risk}"
    yield f"*Blast radius* {counted(len(paths), 'path')}: {listed(paths, _MOST_PATHS)}"
    yield f"*Goes back by itself* {going_back(about)}"
    told = discretion.known(proposal.change.interruption, _INTERRUPTIONS, 80)
    yield f"*Calls may notice* {told or about.show}"
    if not proposal.change.is_verified_syntax:
        yield "*Syntax* unverified: no recorded session of a device backs it"
    known = frozenset(CAUTIONS.values())
    cautions = [discretion.known(one, known, 200) for one in proposal.cautions]
    shown = [one for one in cautions if one][:_MOST_CAUTIONS]
    yield from (f"*Caution* {one}" for one in shown)
    more = len(cautions) - len(shown)
    if more:
        yield f"*Caution* {more} more: {about.show}"


def going_back(about: Subject) -> str:
    """Return how, and after how many minutes, a device returns if nobody confirms."""
    mechanism = about.remediation.proposal.revert_mechanism
    left_min = about.remediation.revert_after_min
    after = f"after {left_min} min unless {stays_if(about.remediation)}"
    if mechanism.startswith(_NO_TIMER):
        return "no: the device has no timer, and would stay as it is if qosbot died"
    told = about.discretion.words(mechanism, 160)
    return f"{after} ({told})" if told else after


def small_print(about: Subject, *more: str) -> Block:
    """Return the id, the plan that a decision is bound to, and what else is small."""
    remediation = about.remediation
    plan = remediation.proposal.plan_hash[:HASH_SHOWN]
    ident = about.discretion.name(remediation.id)
    made = at_minute(remediation.proposal.created_at)
    return context(f"{ident} · plan `{plan}` · proposed {made}", *more)
