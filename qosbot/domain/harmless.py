"""Whether a precaution did no harm.

Nobody suffered before it, so that it helps cannot be shown; what can be is that the audit's rule
is met, that voice is served, and that nothing got worse.  Whatever could not be seen counts
against it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from qosbot.domain.figures import Figures
from qosbot.domain.precautions import Standing
from qosbot.domain.verification import (
    Outcome,
    Trial,
    Verdict,
    is_more_load,
    mean,
    name_of,
    voice_sum,
    worse_classes,
    worse_ways,
)

POLLS_NEEDED = 2
"""Polls that lie wholly after the change: one of them may be a lucky one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a configuration says that was read after the change."""

    is_in_force: bool
    """What was asked for is configured, and at work."""
    finding: Standing


def lacking(trial: Trial) -> tuple[str, ...]:
    """Return what must still be measured before a precaution can be judged; empty: nothing."""
    gaps = []
    for one in trial.before.ways:
        seen = len(trial.new_runs(one.way))
        if seen < trial.runs_needed:
            gaps.append(f"{name_of(one.way)}: {seen} of {trial.runs_needed} new probe runs")
    if not trial.before.ways:
        gaps.append("no path crosses what was changed")
    polls = sum(_shows_drops(one) for one in trial.usable)
    if polls < POLLS_NEEDED:
        link = trial.before.link
        gaps.append(f"{link}: load and drops in {polls} of {POLLS_NEEDED} polls since the change")
    return (*gaps, *_lost_sight(trial))


def _shows_drops(figures: Figures) -> bool:
    """Return whether a poll shows what each class of the link drops, voice among them."""
    link = figures.link.interface
    here = [one for one in figures.classes if one.is_leaf and one.interface == link]
    return bool(figures.voice) and all(one.drop_ratio is not None for one in here)


def _lost_sight(trial: Trial) -> Iterable[str]:
    """Say of which classes nobody knows any more what they drop, or never knew where it counts."""
    seen = {
        (one.interface, one.class_path)
        for figures in trial.usable
        for one in figures.classes
        if one.drop_ratio is not None
    }
    touched = {link.interface for link in trial.touched}
    for one in trial.before.classes:
        counts = one.is_leaf and (one.drop_ratio is not None or one.interface in touched)
        if counts and (one.interface, one.class_path) not in seen:
            yield f"{one.interface} {' / '.join(one.class_path)}: drops not measured since"


def judge_precaution(trial: Trial, seen: Inspection) -> Verdict:
    """Return what a precaution did; it is never said to have helped."""
    gaps = (*lacking(trial), *_not_known(trial, seen))
    if gaps:
        return Verdict(outcome=Outcome.INCONCLUSIVE, reasons=gaps)
    worse = (
        *worse_ways(trial),
        *worse_classes(trial, was_full=trial.before.is_congested is True),
        *_new_classes(trial),
        *_voice_drops(trial),
    )
    if worse:
        # More load explains what is worse, but it is no reason to keep the change either.
        outcome = Outcome.INCONCLUSIVE if is_more_load(trial) else Outcome.HURT
        return Verdict(outcome=outcome, reasons=worse)
    failed = tuple(_without_effect(trial, seen))
    if failed:
        return Verdict(outcome=Outcome.NO_EFFECT, reasons=failed)
    return Verdict(outcome=Outcome.HARMLESS, reasons=_shown(trial))


def _not_known(trial: Trial, seen: Inspection) -> Iterable[str]:
    if seen.finding is Standing.UNKNOWN:
        yield "the audit could not judge the rule at that place after the change"
    yield from (
        f"{name_of(one.way)}: MOS before is not known"
        for one in trial.before.ways
        if one.mos_low is None
    )


def _without_effect(trial: Trial, seen: Inspection) -> Iterable[str]:
    if not seen.is_in_force:
        yield "what was asked for is not in force"
    if seen.finding is not Standing.GONE:
        yield f"the finding is not mended: it {_SAID.get(seen.finding, seen.finding)}"
    if not _matched_pps(trial):
        yield "the voice class matches no packet"


_SAID = {Standing.STANDS: "still stands", Standing.ACCEPTED: "was accepted meanwhile"}


def _voice_drops(trial: Trial) -> Iterable[str]:
    """Say where the voice class drops more than before, by however little."""
    before, after = _worst_of_voice((trial.before,)), _worst_of_voice(trial.usable)
    if after > before:
        yield f"drops of the voice class: {after:.3%}, before {before:.3%}"


def _worst_of_voice(seen: Iterable[Figures]) -> float:
    ratios = (one.drop_ratio for figures in seen for one in figures.voice)
    return max((ratio for ratio in ratios if ratio is not None), default=0.0)


def _matched_pps(trial: Trial) -> float | None:
    return mean(voice_sum(one, "offered_pps") for one in trial.usable)


def _new_classes(trial: Trial) -> Iterable[str]:
    """Say which data classes that were not there before drop, on a link that was not full."""
    known = {(one.interface, one.class_path) for one in trial.before.classes}
    allowed = trial.success.worse_drop_ratio
    ratios: dict[tuple[str, tuple[str, ...]], list[float | None]] = {}
    for figures in trial.usable:
        for one in figures.classes:
            key = (one.interface, one.class_path)
            if key not in known and one.is_leaf and not one.is_voice:
                ratios.setdefault(key, []).append(one.drop_ratio)
    for (interface, path), found in ratios.items():
        after = mean(found)
        if after is not None and after > allowed:
            yield f"{interface} {' / '.join(path)}: drops {after:.2%}, at most {allowed:.2%} may be"


def _shown(trial: Trial) -> tuple[str, ...]:
    ways = len(trial.before.ways)
    return (
        "nothing got worse; whether it helps shows under load",
        "the audit's rule is met on the configuration that was read after the change",
        f"the voice class matches {_matched_pps(trial) or 0.0:,.0f} packets/s and drops no more",
        f"{ways} directions sound no worse, each over {trial.runs_needed} new probe runs or more",
    )
