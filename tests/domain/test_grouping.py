"""One alarm per cause, with an id that stays."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.alarms import AffectedWay, Alarm, AlarmState
from qosbot.domain.detection import WayState
from qosbot.domain.grouping import group
from qosbot.domain.inventory import Direction, LinkId
from tests.domain.builders import NOON
from tests.domain.voice_builders import HUB, LYON

LATER = NOON + timedelta(seconds=30)


def way(path: str, direction: Direction = Direction.FORWARD) -> AffectedWay:
    return AffectedWay(path=path, direction=direction)


def raised(one: AffectedWay, *, mos: float | None = 2.0, worst: float = 2.0) -> WayState:
    return WayState(way=one, is_raised=True, mos_latest=mos, mos_worst=worst)


def opened(*ways: AffectedWay, at: LinkId | None = None) -> tuple[Alarm, ...]:
    return group((), [raised(one) for one in ways], dict.fromkeys(ways, at), NOON)


def ids(alarms: Sequence[Alarm]) -> list[str]:
    return [one.id for one in alarms]


def test_paths_that_meet_at_the_bottleneck_share_an_alarm() -> None:
    (alarm,) = opened(way("a"), way("b"), at=HUB)
    assert alarm.bottleneck == HUB
    assert alarm.ways == (way("a"), way("b"))


def test_paths_that_suffer_at_different_links_have_alarms_of_their_own() -> None:
    states = [raised(way("a")), raised(way("b"))]
    assert len(group((), states, {way("a"): HUB, way("b"): LYON}, NOON)) == 2


def test_an_alarm_keeps_its_id_from_look_to_look() -> None:
    first = opened(way("a"), at=HUB)
    again = group(first, [raised(way("a")), raised(way("b"))], {way("b"): HUB}, LATER)
    assert ids(again) == ids(first)
    assert again[0].raised_at == NOON


def test_an_alarm_stays_where_it_was_found() -> None:
    first = opened(way("a"), at=HUB)
    (again,) = group(first, [raised(way("a"))], {way("a"): LYON}, LATER)
    assert again.bottleneck == HUB


def test_while_nobody_knows_where_both_directions_of_a_path_share_an_alarm() -> None:
    assert len(opened(way("a"), way("a", Direction.BACKWARD))) == 1
    assert len(opened(way("a"), way("b"))) == 2


def test_an_alarm_that_is_located_later_keeps_its_id() -> None:
    first = opened(way("a"))
    (again,) = group(first, [raised(way("a"))], {way("a"): HUB}, LATER)
    assert (again.id, again.bottleneck) == (first[0].id, HUB)


def test_directions_that_turn_out_to_suffer_apart_part() -> None:
    there, back = way("a"), way("a", Direction.BACKWARD)
    (first,) = opened(there, back)
    places = {there: HUB, back: LYON}
    again = group([first], [raised(there), raised(back)], places, LATER)
    assert {one.ways: one.bottleneck for one in again} == {(there,): HUB, (back,): LYON}
    assert again[0].id == first.id


def test_a_way_that_is_located_later_joins_the_alarm_of_its_link() -> None:
    first = (*opened(way("a"), at=HUB), *opened(way("b")))
    states = [raised(way("a")), raised(way("b"))]
    again = {one.state: one for one in group(first, states, {way("b"): HUB}, LATER)}
    assert again[AlarmState.RAISED].ways == (way("a"), way("b"))
    assert again[AlarmState.CLEARED].id == first[1].id


def test_an_alarm_clears_when_its_last_way_does() -> None:
    first = opened(way("a"), way("b"), at=HUB)
    (half,) = group(first, [raised(way("b"))], {}, LATER)
    assert (half.state, half.ways) == (AlarmState.RAISED, (way("b"),))
    (done,) = group([half], [], {}, LATER)
    assert (done.state, done.cleared_at) == (AlarmState.CLEARED, LATER)
    assert group([done], [], {}, LATER) == ()


def test_the_worst_score_is_remembered_and_the_latest_is_unknown_if_one_way_is() -> None:
    (first,) = group((), [raised(way("a"), worst=1.5)], {way("a"): HUB}, NOON)
    states = [raised(way("a"), mos=3.0, worst=1.8), raised(way("b"), mos=None)]
    (again,) = group([first], states, {way("b"): HUB}, LATER)
    assert (again.mos_worst, again.mos_latest) == (1.5, None)


WAYS = [way(path, direction) for path in "abc" for direction in Direction]
LOOKS = st.lists(
    st.dictionaries(st.sampled_from(WAYS), st.sampled_from([None, HUB, LYON])), max_size=6
)


@given(LOOKS)
def test_every_raised_way_is_in_exactly_one_open_alarm(
    looks: list[dict[AffectedWay, LinkId | None]],
) -> None:
    alarms: tuple[Alarm, ...] = ()
    for number, places in enumerate(looks):
        states = [raised(one) for one in places]
        alarms = group(alarms, states, places, NOON + timedelta(seconds=number))
        still = [one for one in alarms if one.state is AlarmState.RAISED]
        assert sorted(w for one in still for w in one.ways) == sorted(places)
        known = [one.bottleneck for one in still if one.bottleneck is not None]
        assert len(known) == len(set(known))
        assert len(set(ids(alarms))) == len(alarms)
