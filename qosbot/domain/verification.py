"""Whether a change helped, judged on the mechanism and not on better voice alone.

Alarms fire at the worst minute, so voice recovers whatever one does.  A change *helped* only if
the same pressure is still there, the voice class carries voice without drops, voice is better
than before beyond doubt, and nobody else is worse.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qosbot.domain.alarms import AffectedWay
from qosbot.domain.figures import ClassFigures, Figures, WayFigures
from qosbot.domain.intents import Intent, PreferCodec
from qosbot.domain.inventory import LinkId
from qosbot.domain.new_runs import runs_since
from qosbot.domain.playbooks import SuccessRule

NO_DROPS_RATIO = 0.001
"""A voice class that drops no more than this drops nothing, whatever the rule allows others."""
COUNTER_SLACK_RATIO = 0.02
"""Class counters are refreshed in batches, so sums over classes agree to about this much only."""
NEW_CALLS_RATIO = 0.95
"""New calls follow a codec once the mean voice packet is smaller than this much of the old."""


class Outcome(StrEnum):
    """What a change did."""

    HELPED = "helped"
    NO_EFFECT = "no_effect"
    HURT = "hurt"
    INCONCLUSIVE = "inconclusive"
    """The pressure went away or was not measured: better voice then proves nothing."""
    HARMLESS = "harmless"
    """Of a precaution: nothing got worse; whether it helps shows under load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A change under judgement: what was before it, and what was seen since."""

    intent: Intent
    success: SuccessRule
    affected: tuple[AffectedWay, ...]
    runs_needed: int
    before: Figures
    changed_at: datetime
    watched: tuple[Figures, ...]
    """In the order of time; what began before the change is not used."""
    touched: tuple[LinkId, ...] = ()
    """Every link whose queues were changed; empty: none, or they are not known."""

    @property
    def usable(self) -> tuple[Figures, ...]:
        """Return the figures that lie wholly after the change and measure the link."""
        return tuple(
            one
            for one in self.watched
            if one.since is not None
            and one.since >= self.changed_at
            and one.offered_bps is not None
            and one.is_congested is not None
        )

    def new_runs(self, way: AffectedWay) -> tuple[WayFigures, ...]:
        """Return the measured probe runs since the change, each once, oldest first."""
        seen = (one for figures in (self.before, *self.watched) for one in figures.ways)
        return runs_since([one for one in seen if one.way == way], self.changed_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """An outcome with what it rests on, in words with figures."""

    outcome: Outcome
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """One criterion: whether it is met, and what was seen."""

    is_met: bool
    words: str


def missing(trial: Trial) -> tuple[str, ...]:
    """Return what must still be measured before the change can be judged; empty: nothing."""
    gaps = []
    for way in trial.affected:
        seen = len(trial.new_runs(way))
        if seen < trial.runs_needed:
            gaps.append(f"{name_of(way)}: {seen} of {trial.runs_needed} new probe runs")
    gaps.extend(
        f"{name_of(one.way)}: no new probe run"
        for one in _neighbours(trial)
        if not trial.new_runs(one.way)
    )
    if not trial.usable:
        gaps.append(f"{trial.before.link}: load and drops not measured since the change")
    return tuple(gaps)


def judge(trial: Trial) -> Verdict:
    """Return what the change did; it is inconclusive while anything is missing."""
    gaps = missing(trial)
    if gaps:
        return Verdict(outcome=Outcome.INCONCLUSIVE, reasons=gaps)
    load, congestion = _load(trial), _congestion(trial)
    is_same_pressure = all(one.is_met for one in (*load, congestion))
    worse = (*worse_ways(trial), *worse_classes(trial))
    mechanism = (*_voice_class(trial), *_better_ways(trial))
    seen = tuple(one.words for one in (*load, congestion, *mechanism))
    if worse:
        # More load explains what is worse; less load, or the same, does not.
        blames_change = is_same_pressure or not is_more_load(trial)
        outcome = Outcome.HURT if blames_change else Outcome.INCONCLUSIVE
        return Verdict(outcome=outcome, reasons=(*worse, *seen))
    if not is_same_pressure:
        return Verdict(outcome=Outcome.INCONCLUSIVE, reasons=seen)
    is_helped = all(one.is_met for one in mechanism)
    return Verdict(outcome=Outcome.HELPED if is_helped else Outcome.NO_EFFECT, reasons=seen)


def _load(trial: Trial) -> tuple[_Finding, ...]:
    """Return whether as much wants to leave by the link as at the alarm."""
    rule = trial.success
    if not isinstance(trial.intent, PreferCodec):
        before, after = trial.before.offered_bps, mean(f.offered_bps for f in trial.usable)
        return (_same("offered load", before, after, "bit/s", rule),)
    # A codec shrinks what calls offer, so calls are counted in packets and data apart from them.
    calls = _same(
        "offered voice",
        voice_sum(trial.before, "offered_pps"),
        mean(voice_sum(one, "offered_pps") for one in trial.usable),
        "packets/s",
        rule,
    )
    data = _same(
        "offered data",
        _data_bps(trial.before),
        mean(_data_bps(one) for one in trial.usable),
        "bit/s",
        rule,
    )
    return calls, data


def is_more_load(trial: Trial) -> bool:
    """Return whether more wants to leave by the link than the rule of success allows."""
    before, after = trial.before.offered_bps, mean(f.offered_bps for f in trial.usable)
    most = 1 + trial.success.same_load_ratio
    return before is not None and after is not None and after > most * before


def _same(
    what: str, before: float | None, after: float | None, unit: str, rule: SuccessRule
) -> _Finding:
    if before is None or after is None:
        return _Finding(is_met=False, words=f"{what} not measured on both sides of the change")
    words = f"{what} {after:,.0f} {unit}, at the alarm {before:,.0f}"
    is_met = before > 0 and abs(after - before) <= rule.same_load_ratio * before
    return _Finding(is_met=is_met, words=words if is_met else f"{words}: not the same pressure")


def _congestion(trial: Trial) -> _Finding:
    if trial.usable[-1].is_congested:
        return _Finding(is_met=True, words="still congested: data is dropped or waits")
    words = "no longer congested: nothing is dropped or waits, so better voice proves nothing"
    return _Finding(is_met=False, words=words)


def _voice_class(trial: Trial) -> tuple[_Finding, ...]:
    matched = mean(voice_sum(one, "offered_pps") for one in trial.usable)
    if not matched:
        return (_Finding(is_met=False, words="the voice class matches no packet"),)
    found = [_Finding(is_met=True, words=f"the voice class matches {matched:,.0f} packets/s")]
    ratios = [one.drop_ratio for figures in trial.usable for one in figures.voice]
    drop_ratio = max((ratio for ratio in ratios if ratio is not None), default=None)
    is_clean = drop_ratio is not None and drop_ratio <= NO_DROPS_RATIO
    shown = "not measured" if drop_ratio is None else f"{drop_ratio:.2%}"
    found.append(_Finding(is_met=is_clean, words=f"drops of the voice class: {shown}"))
    if isinstance(trial.intent, PreferCodec):
        found.append(_new_calls(trial))
    return tuple(found)


def _new_calls(trial: Trial) -> _Finding:
    before, after = _packet_bits(trial.before), mean(_packet_bits(f) for f in trial.usable)
    follows = before is not None and after is not None and after < NEW_CALLS_RATIO * before
    words = "new calls use the codec" if follows else "voice packets are as large as before"
    return _Finding(is_met=follows, words=words)


def _better_ways(trial: Trial) -> Iterable[_Finding]:
    """Return for each affected way whether its MOS rose beyond both intervals."""
    for way in trial.affected:
        before = next((one for one in trial.before.ways if one.way == way), None)
        runs = trial.new_runs(way)[-trial.runs_needed :]
        mos, low = mean(one.mos for one in runs), _least(runs)
        if before is None or before.mos_high is None or mos is None or low is None:
            yield _Finding(is_met=False, words=f"{name_of(way)}: MOS before is not known")
            continue
        words = (
            f"{name_of(way)}: MOS {mos:.2f} (from {low:.2f}), before up to {before.mos_high:.2f}"
        )
        yield _Finding(is_met=low > before.mos_high, words=words)


def _least(runs: Sequence[WayFigures]) -> float | None:
    """Return the lower end of the interval of a mean over runs; it narrows with their number."""
    mos, low = mean(one.mos for one in runs), mean(one.mos_low for one in runs)
    if mos is None or low is None:
        return None
    return mos - (mos - low) / math.sqrt(len(runs))


def _most(runs: Sequence[WayFigures]) -> float | None:
    """Return the upper end of the interval of a mean over runs."""
    mos, high = mean(one.mos for one in runs), mean(one.mos_high for one in runs)
    if mos is None or high is None:
        return None
    return mos + (high - mos) / math.sqrt(len(runs))


def worse_ways(trial: Trial) -> Iterable[str]:
    """Say which ways sound worse beyond both intervals, the affected ones included."""
    for before in trial.before.ways:
        runs = trial.new_runs(before.way)[-trial.runs_needed :]
        high = _most(runs)
        if before.mos_low is not None and high is not None and high < before.mos_low:
            name = name_of(before.way)
            yield f"{name}: MOS at most {high:.2f}, before at least {before.mos_low:.2f}"


def worse_classes(trial: Trial, *, was_full: bool = True) -> Iterable[str]:
    """Say which classes drop more than before, beyond what voice had to be given.

    Where the link was not full nothing had to be taken from anybody.
    """
    link = trial.before.link.interface
    for before in trial.before.classes:
        if not before.is_leaf or (before.is_voice and before.interface == link):
            continue  # the voice class of the link is judged by itself
        since = [
            one
            for figures in trial.usable
            for one in figures.classes
            if (one.interface, one.class_path) == (before.interface, before.class_path)
        ]
        after = mean(one.drop_ratio for one in since)
        allowed = (before.drop_ratio or 0.0) + trial.success.worse_drop_ratio
        if was_full and before.is_catch_all and before.interface == link:
            explained = _explained_ratio(trial, before, mean(one.offered_bps for one in since))
            allowed = max(allowed, explained)
        if after is not None and after > allowed:
            name = " / ".join(before.class_path)
            yield (
                f"{before.interface} {name}: drops {after:.2%}, before "
                f"{before.drop_ratio or 0.0:.2%}, at most {allowed:.2%} is explained"
            )


def _explained_ratio(trial: Trial, catch_all: ClassFigures, offered_bps: float | None) -> float:
    """Return how much of its load the catch-all class must drop now, in 0..1.

    The link is full, so what was dropped here is dropped still, and what voice is served more
    and data is offered more comes on top: not doing so would be the wrong remedy.  It is counted
    in bits, because voice that was counted here before makes the same drops of a smaller load.
    """
    served = mean(_served_bps(one) for one in trial.usable)
    data = mean(_data_bps(one) for one in trial.usable)
    before = _served_bps(trial.before), _data_bps(trial.before)
    if served is None or data is None or before[0] is None or before[1] is None or not offered_bps:
        return 0.0
    more_bps = (served - before[0]) + (data - before[1])
    return max(0.0, (catch_all.drop_bps or 0.0) + more_bps) / offered_bps + COUNTER_SLACK_RATIO


def _served_bps(figures: Figures) -> float | None:
    offered, dropped = voice_sum(figures, "offered_bps"), voice_sum(figures, "drop_bps")
    return None if offered is None or dropped is None else offered - dropped


def _data_bps(figures: Figures) -> float | None:
    voice = voice_sum(figures, "offered_bps")
    return None if figures.offered_bps is None or voice is None else figures.offered_bps - voice


def _packet_bits(figures: Figures) -> float | None:
    bps, pps = voice_sum(figures, "offered_bps"), voice_sum(figures, "offered_pps")
    return bps / pps if bps is not None and pps else None


def voice_sum(figures: Figures, field: str) -> float | None:
    """Return a field of the link's voice classes added up; None where one was not measured."""
    values = [getattr(one, field) for one in figures.voice]
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


def mean(values: Iterable[float | None]) -> float | None:
    """Return the mean of what was measured; None where nothing was."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _neighbours(trial: Trial) -> Iterable[WayFigures]:
    return (
        one for one in trial.before.ways if one.way not in trial.affected and one.mos is not None
    )


def name_of(way: AffectedWay) -> str:
    """Return one direction of a path in words."""
    return f"{way.path} {way.direction}"
