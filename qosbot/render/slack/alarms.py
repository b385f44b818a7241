"""Alarms in a chat: one by one, or many in one message."""

from collections.abc import Iterator, Sequence

from qosbot.domain.alarms import AffectedWay, Alarm, AlarmState
from qosbot.domain.considerations import Consideration
from qosbot.domain.messages import Disclosure
from qosbot.ports.messaging import Post
from qosbot.render.slack.blocks import Block, context, header, section
from qosbot.render.slack.discretion import Discretion, at_minute, local_time, minutes
from qosbot.render.slack.phrases import CAUSES, capital
from qosbot.render.slack.text import counted, escape, fit, listed

STORM_LINES = 20
_MOST_FINDINGS, _MOST_WAYS, _LINE = 4, 6, 140
_VERDICTS = {
    "proposed": "a change is proposed",
    "would_propose": "the mode is observe: a change would have been proposed",
    "refused": "no change is proposed",
}


def alarm_post(
    alarm: Alarm,
    considered: Sequence[Consideration],
    *,
    disclosure: Disclosure,
    threshold: float | None,
) -> Post:
    """Return an alarm that was raised, with what is made of it, or that has cleared.

    Args:
        alarm: raised or cleared.
        considered: its findings, and whether a change was proposed for each.
        disclosure: how much of the network may leave it.
        threshold: the MOS that it is below; None: not one for all its paths.
    """
    discretion = Discretion(level=disclosure)
    is_raised = alarm.state is AlarmState.RAISED
    title = _title(alarm, discretion, threshold)
    blocks: list[Block] = [header(title), section("\n".join(_facts(alarm, discretion)))]
    if is_raised:
        blocks += _findings(considered, discretion)
    since = f"raised {local_time(alarm.raised_at)} ({at_minute(alarm.raised_at)})"
    more = f"`qosbot alarms` shows all of it · {discretion.name(alarm.id)}"
    blocks.append(context(since, more))
    return Post(text=escape(title), blocks=tuple(blocks))


def _title(alarm: Alarm, discretion: Discretion, threshold: float | None) -> str:
    where = _where(alarm, discretion, plain=True)
    if alarm.state is AlarmState.CLEARED:
        return f"Cleared{_lasted(alarm)}: voice on {where}"
    below = "" if threshold is None else f" (threshold {threshold:.2f})"
    return f"Alarm: MOS {_mos(alarm):.2f}{below} on {where}"


def _lasted(alarm: Alarm) -> str:
    if alarm.cleared_at is None:
        return ""
    return f" after {minutes((alarm.cleared_at - alarm.raised_at).total_seconds())}"


def _mos(alarm: Alarm) -> float:
    return alarm.mos_worst if alarm.mos_latest is None else alarm.mos_latest


def _where(alarm: Alarm, discretion: Discretion, *, plain: bool = False) -> str:
    paths = list(dict.fromkeys(way.path for way in alarm.ways))
    if not paths:
        return "a path"
    first = discretion.plain_name(paths[0], 60) if plain else discretion.name(paths[0], 60)
    return listed([first, *paths[1:]], 1)


def _facts(alarm: Alarm, discretion: Discretion) -> Iterator[str]:
    latest = "not measured now" if alarm.mos_latest is None else f"{alarm.mos_latest:.2f} now"
    yield f"*MOS* {latest}, {alarm.mos_worst:.2f} at worst"
    ways = [_way(way, discretion) for way in alarm.ways]
    if ways:
        yield f"*Affected* {listed(ways, _MOST_WAYS)}"
    if alarm.bottleneck is None:
        yield "*Where* not known yet"
    elif discretion.names_devices:
        yield f"*Where* {discretion.words(str(alarm.bottleneck), 120)}"
    if alarm.state is AlarmState.CLEARED and alarm.cleared_at is not None:
        yield f"*Cleared* {local_time(alarm.cleared_at)}{_lasted(alarm)}"


def _way(way: AffectedWay, discretion: Discretion) -> str:
    return f"{discretion.name(way.path, 60)} {way.direction}"


def _findings(considered: Sequence[Consideration], discretion: Discretion) -> Iterator[Block]:
    if not considered:
        yield section("*Cause* not looked for yet")
        return
    lines = []
    for one in considered[:_MOST_FINDINGS]:
        cause = discretion.words(one.finding.words, 400) or CAUSES[one.finding.cause]
        verdict = _VERDICTS.get(one.verdict, discretion.words(one.verdict, 40))
        why = discretion.words(one.words, 200)
        ident = f" ({discretion.name(one.proposal)})" if one.proposal else ""
        lines.append(f"*Cause* {capital(cause)}\n→ {verdict}{ident}{f': {why}' if why else ''}")
    more = len(considered) - _MOST_FINDINGS
    yield section("\n".join([*lines, *([f"…and {more} more"] if more > 0 else [])]))


def storm_post(alarms: Sequence[Alarm], *, disclosure: Disclosure) -> Post:
    """Return many alarms in one message, the worst first."""
    discretion = Discretion(level=disclosure)
    title = _storm_title(alarms)
    ordered = sorted(alarms, key=lambda one: (one.state is AlarmState.CLEARED, _mos(one), one.id))
    lines = [fit(_storm_line(one, discretion), _LINE) for one in ordered[:STORM_LINES]]
    more = len(ordered) - STORM_LINES
    if more > 0:
        lines.append(f"…and {more} more: `qosbot alarms`")
    body = section("\n".join(lines) or "No alarm stands.")
    return Post(text=title, blocks=(header(title), body))


def _storm_title(alarms: Sequence[Alarm]) -> str:
    raised = [one for one in alarms if one.state is AlarmState.RAISED]
    paths = {way.path for one in raised or alarms for way in one.ways}
    on, cleared = counted(len(paths), "path"), len(alarms) - len(raised)
    if not raised:
        return f"Cleared: {counted(cleared, 'alarm')} on {on}"
    title = f"{counted(len(raised), 'alarm')}: voice is below its threshold on {on}"
    return f"{title}; {cleared} cleared" if cleared else title


def _storm_line(alarm: Alarm, discretion: Discretion) -> str:
    where = _where(alarm, discretion)
    if alarm.state is AlarmState.CLEARED:
        return f"cleared{_lasted(alarm)}: {where}"
    link = "" if alarm.bottleneck is None else discretion.words(str(alarm.bottleneck), 50)
    at = f", at {link}" if link else ""
    return f"MOS {_mos(alarm):.2f} on {where}{at}, since {alarm.raised_at:%H:%M} UTC"
