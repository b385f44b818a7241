"""The figures of a remediation that a card shows, taken out of its values."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qosbot.domain.alarms import AffectedWay
from qosbot.domain.approvals import Choice, Decision
from qosbot.domain.figures import WayFigures
from qosbot.domain.intents import ConfigChange
from qosbot.domain.remediation import Remediation
from qosbot.render.slack.discretion import Discretion
from qosbot.render.slack.text import listed

_HEARD = re.compile(r"(?:forward|backward)_(loss_ratio|jitter_s|delay_s)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mos:
    """The way at stake that was worst before the change: its score then, and at its latest run."""

    path: str
    direction: str
    before: float | None
    """None: not measured, as only what crosses a precaution may be."""
    after: float | None
    """None: not measured since the change."""
    interval: tuple[float, float] | None
    """Of the score before; None: not known."""


def worst_mos(remediation: Remediation) -> Mos:
    """Return the scores of the worst way at stake; what the prediction began with if unknown."""
    affected = set(remediation.ways_at_stake)
    prediction = remediation.proposal.prediction
    known = [one for one in remediation.before.ways if one.way in affected and one.mos is not None]
    if known:
        worst = min(known, key=lambda one: (_mos(one), one.way))
        return Mos(
            path=worst.way.path,
            direction=worst.way.direction,
            before=_mos(worst),
            after=_latest(remediation, worst.way),
            interval=_interval(worst),
        )
    ways = [*sorted(affected), *(way for one in remediation.proposal.findings for way in one.ways)]
    first = ways[0] if ways else None
    return Mos(
        path="" if first is None else first.path,
        direction="" if first is None else first.direction,
        before=None if prediction is None else prediction.mos_before,
        after=None if first is None else _latest(remediation, first),
        interval=None,
    )


def score(mos: float | None) -> str:
    """Return a score with two places."""
    return "not measured" if mos is None else f"{mos:.2f}"


def _mos(figures: WayFigures) -> float:
    return 0.0 if figures.mos is None else figures.mos


def _interval(figures: WayFigures) -> tuple[float, float] | None:
    if figures.mos_low is None or figures.mos_high is None:
        return None
    return figures.mos_low, figures.mos_high


def _latest(remediation: Remediation, way: AffectedWay) -> float | None:
    runs = (one for figures in reversed(remediation.watched) for one in figures.ways)
    return next((one.mos for one in runs if one.way == way and one.mos is not None), None)


def affected_paths(remediation: Remediation) -> tuple[str, ...]:
    """Return the paths that suffer, or that a precaution is at stake for, the worst first."""
    worst = worst_mos(remediation).path
    others = sorted({one.path for one in remediation.ways_at_stake} - {worst})
    return tuple(path for path in (worst, *others) if path)


def subject(remediation: Remediation, discretion: Discretion, limit: int = 90) -> str:
    """Return the worst path and how many more suffer, cleaned for plain text.

    Of a precaution it is what it answers, and where.
    """
    precaution = remediation.proposal.precaution
    if precaution is not None:
        rule = discretion.plain_name(precaution.rule, limit)
        if not discretion.names_devices:
            return rule
        return f"{rule}, {discretion.plain_name(remediation.device, limit)}"
    paths = affected_paths(remediation)
    name = discretion.plain_name(paths[0], limit) if paths else "a path"
    return listed([name, *paths[1:]], 1)


def heard(remediation: Remediation) -> str:
    """Return the worst loss, jitter and delay that probes heard, in words; empty: none known."""
    worst: dict[str, float] = {}
    for finding in remediation.proposal.findings:
        for one in finding.evidence:
            found = _HEARD.fullmatch(one.counter)
            if found is not None:
                worst[found[1]] = max(one.value, worst.get(found[1], one.value))
    return " · ".join(_heard_words(worst))


def _heard_words(worst: dict[str, float]) -> Iterator[str]:
    if "loss_ratio" in worst:
        yield f"{worst['loss_ratio']:.1%} loss"
    if "jitter_s" in worst:
        yield f"{worst['jitter_s'] * 1e3:.3g} ms jitter"
    if "delay_s" in worst:
        yield f"{worst['delay_s'] * 1e3:.3g} ms delay"


def voice_drops(remediation: Remediation) -> str:
    """Return what the voice classes of the link dropped at the alarm; empty: not measured."""
    ratios = [one.drop_ratio for one in remediation.before.voice if one.drop_ratio is not None]
    return f"{max(ratios):.1%}" if ratios else ""


def changed_lines(change: ConfigChange) -> list[str]:
    """Return the lines of a diff that come or go, without its head."""
    return [
        line
        for line in change.diff.splitlines()
        if line[:1] in {"+", "-"} and not line.startswith(("+++", "---"))
    ]


def approvers(remediation: Remediation, votes: Sequence[Decision]) -> tuple[str, ...]:
    """Return who approved this plan, each once."""
    plan = remediation.proposal.plan_hash
    approved = [one for one in votes if one.choice is Choice.APPROVE and one.plan_hash == plan]
    return tuple(dict.fromkeys(one.by for one in approved))
