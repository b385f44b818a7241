"""One alarm for each cause: ways that suffer at the same link share it, and it keeps its id."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from qosbot.domain.advisories import Followed
from qosbot.domain.alarms import AffectedWay, Alarm, AlarmState
from qosbot.domain.detection import WayState
from qosbot.domain.inventory import LinkId


@dataclass(frozen=True, slots=True, kw_only=True)
class Detection:
    """What is remembered from look to look; a store keeps it as it is."""

    ways: tuple[WayState, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    """Those that are raised, and those that the last look cleared."""
    advisories: tuple[Followed, ...] = ()


def group(
    alarms: Sequence[Alarm],
    states: Sequence[WayState],
    places: Mapping[AffectedWay, LinkId | None],
    now: datetime,
) -> tuple[Alarm, ...]:
    """Return the alarms after a look: those open before, new ones, and those that just cleared.

    A way that is raised stays in its alarm.  While nobody knows where it suffers it shares an
    alarm with the other direction of its path; once its link is known it joins the alarm of
    that link, or takes its own there.  An alarm with no way left is cleared.

    Args:
        alarms: those of the look before; cleared ones among them are forgotten.
        states: every way, after `detection.observe`.
        places: where each raised way suffers, None or absent where that is not known.
        now: the time, aware.
    """
    raised = sorted((one for one in states if one.is_raised), key=lambda one: one.way)
    still = [one for one in alarms if one.state is AlarmState.RAISED]
    board = _Board(
        alarms={one.id: one for one in still},
        now=now,
        unplaced=frozenset(one.id for one in still if one.bottleneck is None),
    )
    for one in still:
        board.homes |= dict.fromkeys(one.ways, one.id)
    for state in raised:
        board.settle(state.way, places.get(state.way))
    return board.result(raised)


@dataclass(slots=True)
class _Board:
    alarms: dict[str, Alarm]
    now: datetime
    unplaced: frozenset[str]
    """Alarms whose place was not known before this look."""
    homes: dict[AffectedWay, str] = field(default_factory=dict)

    def settle(self, way: AffectedWay, place: LinkId | None) -> None:
        """Find the alarm of a raised way, or open one."""
        home = self.alarms.get(self.homes.get(way, ""))
        if home is not None and (home.id not in self.unplaced or place in {None, home.bottleneck}):
            return
        same = next((one for one in self.alarms.values() if self._fits(one, way, place)), None)
        if same is None and home is not None and home.bottleneck is None:
            same = self._move(home, place)
        self.homes[way] = (same or self._open(way, place)).id

    def _fits(self, alarm: Alarm, way: AffectedWay, place: LinkId | None) -> bool:
        if place is not None or alarm.bottleneck is not None:
            return alarm.bottleneck == place
        return any(other.path == way.path for other, home in self.homes.items() if home == alarm.id)

    def _move(self, alarm: Alarm, place: LinkId | None) -> Alarm:
        """Note where an alarm is, now that it is known."""
        self.alarms[alarm.id] = replace(alarm, bottleneck=place)
        return self.alarms[alarm.id]

    def _open(self, way: AffectedWay, place: LinkId | None) -> Alarm:
        where = str(place) if place is not None else f"{way.path} {way.direction}"
        digest = hashlib.sha256(f"{where} {self.now.isoformat()}".encode()).hexdigest()
        made = Alarm(
            id=f"a-{digest[:8]}",
            state=AlarmState.RAISED,
            bottleneck=place,
            ways=(),
            raised_at=self.now,
            cleared_at=None,
            mos_worst=1.0,
            mos_latest=None,
        )
        self.alarms[made.id] = made
        return made

    def result(self, raised: Sequence[WayState]) -> tuple[Alarm, ...]:
        return tuple(
            self._alarm(alarm, [one for one in raised if self.homes[one.way] == alarm.id])
            for alarm in self.alarms.values()
        )

    def _alarm(self, alarm: Alarm, states: Sequence[WayState]) -> Alarm:
        if not states:
            return replace(alarm, state=AlarmState.CLEARED, cleared_at=self.now)
        worst = [one.mos_worst for one in states if one.mos_worst is not None]
        latest = [one.mos_latest for one in states if one.mos_latest is not None]
        known = [alarm.mos_worst] if alarm.ways else []
        return replace(
            alarm,
            ways=tuple(one.way for one in states),
            mos_worst=min([*known, *worst], default=alarm.mos_worst),
            # The worst of a way that is not measured is not known.
            mos_latest=min(latest) if len(latest) == len(states) else None,
        )
