"""What a precaution must show to stay; nothing that it shows is ever called a help."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.figures import ClassFigures, Figures, WayFigures
from qosbot.domain.harmless import POLLS_NEEDED, Inspection, judge_precaution, lacking
from qosbot.domain.playbooks import SuccessRule
from qosbot.domain.precautions import Standing
from qosbot.domain.verification import Outcome, Trial, Verdict
from tests.domain.builders import NOON
from tests.domain.remedies import (
    DATA_PATH,
    GOLD,
    LINK,
    NEIGHBOUR,
    RAISED,
    VOICE_PATH,
    WAY,
    figures,
    silent,
    sound,
    traffic,
)

MINUTE = timedelta(minutes=1)
CALM = traffic(DATA_PATH, offered_bps=900_000)
VOICE = traffic(drop_ratio=0.0)
MENDED = Inspection(is_in_force=True, finding=Standing.GONE)


def calm(  # a link that is not full
    minute: int,
    *,
    mos: float = 4.2,
    voice: ClassFigures = VOICE,
    data: ClassFigures = CALM,
    gold: ClassFigures = GOLD,
    offered_bps: float | None = 1_500_000,
    is_congested: bool | None = False,
    ways: tuple[WayFigures, ...] | None = None,
) -> Figures:
    at = NOON + minute * MINUTE
    both = (sound(WAY, mos=4.2, at=at), sound(NEIGHBOUR, mos=mos, at=at))
    return figures(
        at=at,
        voice=voice,
        data=data,
        gold=gold,
        offered_bps=offered_bps,
        is_congested=is_congested,
        ways=both if ways is None else ways,
    )


def trial(
    see: Callable[[int], Figures] = calm, minutes: int = 3, *, before: Figures | None = None
) -> Trial:
    return Trial(
        intent=RAISED,
        success=SuccessRule(),
        affected=(),
        runs_needed=3,
        before=calm(0) if before is None else before,
        changed_at=NOON,
        watched=tuple(see(minute) for minute in range(1, minutes + 1)),
    )


def verdict(
    see: Callable[[int], Figures] = calm,
    minutes: int = 3,
    *,
    before: Figures | None = None,
    seen: Inspection = MENDED,
) -> Verdict:
    return judge_precaution(trial(see, minutes, before=before), seen)


def without(one: Figures, *paths: tuple[str, ...]) -> Figures:
    return replace(one, classes=tuple(c for c in one.classes if c.class_path not in paths))


def test_a_precaution_after_which_nothing_is_worse_is_harmless_and_says_no_more() -> None:
    assert not lacking(trial())
    found = verdict()
    assert found.outcome is Outcome.HARMLESS
    assert found.reasons[0] == "nothing got worse; whether it helps shows under load"


def test_it_stays_on_a_link_that_never_was_congested_and_is_not_now() -> None:
    assert all(one.is_congested is False for one in trial().watched)
    assert verdict().outcome is Outcome.HARMLESS


def test_it_had_no_effect_where_it_is_not_in_force() -> None:
    found = verdict(seen=Inspection(is_in_force=False, finding=Standing.GONE))
    assert found.outcome is Outcome.NO_EFFECT


@pytest.mark.parametrize("finding", [Standing.STANDS, Standing.ACCEPTED])
def test_it_had_no_effect_where_the_rule_is_broken_still(finding: Standing) -> None:
    found = verdict(seen=Inspection(is_in_force=True, finding=finding))
    assert found.outcome is Outcome.NO_EFFECT
    assert "the finding is not mended" in found.reasons[0]


def test_it_is_inconclusive_where_the_rule_could_not_be_judged_again() -> None:
    found = verdict(seen=Inspection(is_in_force=True, finding=Standing.UNKNOWN))
    assert found.outcome is Outcome.INCONCLUSIVE


def test_every_direction_of_every_path_takes_as_many_new_runs_as_raise_an_alarm() -> None:
    def one_falls_silent(minute: int) -> Figures:
        at = NOON + minute * MINUTE
        other = silent(NEIGHBOUR) if minute == 2 else sound(NEIGHBOUR, mos=4.2, at=at)
        return calm(minute, ways=(sound(WAY, mos=4.2, at=at), other))

    found = verdict(one_falls_silent)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reasons == ("par-nic forward: 2 of 3 new probe runs",)
    assert verdict(one_falls_silent, minutes=4).outcome is Outcome.HARMLESS


def test_without_a_path_over_it_nobody_could_notice_harm() -> None:
    found = verdict(lambda minute: calm(minute, ways=()), before=calm(0, ways=()))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "no path crosses what was changed" in found.reasons


def test_one_poll_since_the_change_is_too_few() -> None:
    def rarely_polled(minute: int) -> Figures:
        return calm(minute, offered_bps=1_500_000 if minute == 3 else None)

    found = verdict(rarely_polled)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert f"1 of {POLLS_NEEDED} polls" in found.reasons[0]


def test_a_poll_that_does_not_show_the_voice_class_shows_nothing() -> None:
    found = verdict(lambda minute: without(calm(minute), VOICE_PATH))
    assert found.outcome is Outcome.INCONCLUSIVE
    unknown = replace(VOICE, drop_ratio=None)
    assert verdict(lambda minute: calm(minute, voice=unknown)).outcome is Outcome.INCONCLUSIVE


def test_a_new_voice_class_that_nobody_has_counted_yet_shows_nothing() -> None:
    found = verdict(
        lambda minute: without(calm(minute), VOICE_PATH), before=without(calm(0), VOICE_PATH)
    )
    assert found.outcome is Outcome.INCONCLUSIVE


def test_a_new_data_class_of_which_nobody_knows_what_it_drops_shows_nothing() -> None:
    unknown = replace(CALM, drop_ratio=None)
    found = verdict(lambda minute: calm(minute, data=unknown), before=without(calm(0), DATA_PATH))
    assert found.outcome is Outcome.INCONCLUSIVE


def test_a_class_of_which_nobody_knows_any_more_what_it_drops_is_not_taken_for_well() -> None:
    found = verdict(lambda minute: without(calm(minute), GOLD.class_path))
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.reasons == ("Gi0/1 WAN / GOLD: drops not measured since",)


def test_a_class_of_another_touched_link_that_was_never_seen_is_not_taken_for_well() -> None:
    other = replace(LINK, interface="Gi0/2")
    unseen = replace(CALM, interface=other.interface, drop_ratio=None)

    def see(minute: int, *, classes: tuple[ClassFigures, ...] = (unseen,)) -> Figures:
        one = calm(minute)
        return replace(one, classes=(*one.classes, *classes))

    tried = replace(trial(see, before=see(0)), touched=(LINK, other))
    assert judge_precaution(tried, MENDED).outcome is Outcome.INCONCLUSIVE
    # What is not touched, and never was measured, says nothing of the change.
    assert judge_precaution(replace(tried, touched=(LINK,)), MENDED).outcome is Outcome.HARMLESS


def test_a_way_whose_score_before_is_not_known_cannot_be_compared() -> None:
    before = calm(0, ways=(sound(WAY, mos=4.2, at=NOON), silent(NEIGHBOUR)))
    assert verdict(before=before).outcome is Outcome.INCONCLUSIVE


def test_a_way_that_sounds_worse_beyond_both_intervals_is_a_harm() -> None:
    assert verdict(lambda minute: calm(minute, mos=3.9)).outcome is Outcome.HURT
    assert verdict(lambda minute: calm(minute, mos=4.15)).outcome is Outcome.HARMLESS


def test_more_load_explains_what_is_worse_but_keeps_nothing() -> None:
    found = verdict(lambda minute: calm(minute, mos=3.9, offered_bps=1_900_000))
    assert found.outcome is Outcome.INCONCLUSIVE


def test_a_class_that_drops_more_than_the_rule_allows_is_a_harm() -> None:
    worse = traffic(GOLD.class_path, offered_bps=100_000, drop_ratio=0.002)
    assert verdict(lambda minute: calm(minute, gold=worse)).outcome is Outcome.HURT


def test_on_a_link_that_was_not_full_nothing_had_to_be_taken_from_data() -> None:
    worse = traffic(DATA_PATH, offered_bps=900_000, drop_ratio=0.015)
    assert verdict(lambda minute: calm(minute, data=worse)).outcome is Outcome.HURT


def test_on_a_full_link_data_pays_for_what_voice_is_given() -> None:
    def full(minute: int, ratio: float) -> Figures:
        data = traffic(DATA_PATH, offered_bps=900_000, drop_ratio=ratio)
        return calm(minute, data=data, is_congested=True)

    before = full(0, 0.1)
    assert verdict(lambda minute: full(minute, 0.115), before=before).outcome is Outcome.HARMLESS
    assert verdict(lambda minute: full(minute, 0.125), before=before).outcome is Outcome.HURT


@pytest.mark.parametrize(("ratio", "outcome"), [(0.001, Outcome.HARMLESS), (0.0011, Outcome.HURT)])
def test_a_class_that_is_new_is_compared_with_one_that_drops_nothing(
    ratio: float, outcome: Outcome
) -> None:
    bare = without(calm(0), VOICE_PATH, DATA_PATH, GOLD.class_path)
    data = traffic(DATA_PATH, offered_bps=900_000, drop_ratio=ratio)
    assert verdict(lambda minute: calm(minute, data=data), before=bare).outcome is outcome


def test_voice_may_not_drop_a_packet_more_than_before() -> None:
    dropping = traffic(drop_ratio=0.0005)
    assert verdict(lambda minute: calm(minute, voice=dropping)).outcome is Outcome.HURT
    as_before = verdict(lambda minute: calm(minute, voice=dropping), before=calm(0, voice=dropping))
    assert as_before.outcome is Outcome.HARMLESS


def test_voice_that_drops_in_one_poll_only_has_dropped() -> None:
    def once(minute: int) -> Figures:
        return calm(minute, voice=traffic(drop_ratio=0.0005 if minute == 2 else 0.0))

    assert verdict(once).outcome is Outcome.HURT


def test_it_had_no_effect_where_the_voice_class_matches_no_packet() -> None:
    empty = traffic(offered_bps=0.0, offered_pps=0.0)
    found = verdict(lambda minute: calm(minute, voice=empty))
    assert (found.outcome, found.reasons) == (
        Outcome.NO_EFFECT,
        ("the voice class matches no packet",),
    )


@given(
    st.floats(1.0, 4.5),
    st.floats(0, 0.2),
    st.floats(0, 0.2),
    st.builds(Inspection, is_in_force=st.booleans(), finding=st.sampled_from(Standing)),
    st.integers(0, 4),
)
def test_whatever_it_shows_it_never_helped_and_stays_only_where_nothing_is_worse(
    mos: float, voice: float, data: float, seen: Inspection, minutes: int
) -> None:
    def see(minute: int) -> Figures:
        return calm(
            minute,
            mos=mos,
            voice=traffic(drop_ratio=voice),
            data=traffic(DATA_PATH, offered_bps=900_000, drop_ratio=data),
        )

    found = verdict(see, minutes, seen=seen)
    assert found.outcome is not Outcome.HELPED
    if found.outcome is Outcome.HARMLESS:
        assert seen == MENDED
        assert (voice, minutes >= 3, data <= 0.001, mos > 3.9) == (0, True, True, True)
