"""What a change must show before it is called a help."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.figures import ClassFigures, Figures
from qosbot.domain.intents import PreferCodec
from qosbot.domain.playbooks import SuccessRule
from qosbot.domain.verification import Outcome, Trial, judge, missing
from tests.domain.builders import NOON
from tests.domain.remedies import (
    DATA,
    DATA_PATH,
    GOLD,
    NEIGHBOUR,
    RAISED,
    WAY,
    figures,
    silent,
    sound,
    traffic,
)

MINUTE = timedelta(minutes=1)
CLEAN = traffic(drop_ratio=0.0)
CAPACITY_BPS = 2_210_000
"""What the link served at the alarm: 400 000 of voice, 100 000 of gold, the rest of data."""


def what_is_left(offered_bps: float, voice: ClassFigures) -> ClassFigures:
    """Return data on a full link: what voice is served, data is not."""
    data_bps = max(1.0, offered_bps - (voice.offered_bps or 0.0) - (GOLD.offered_bps or 0.0))
    served_bps = (voice.offered_bps or 0.0) - (voice.drop_bps or 0.0) + (GOLD.offered_bps or 0.0)
    dropped_bps = max(0.0, data_bps - (CAPACITY_BPS - served_bps))
    return traffic(DATA_PATH, offered_bps=data_bps, drop_ratio=dropped_bps / data_bps)


POORER = what_is_left(2_500_000, CLEAN)


def seen(
    minute: int,
    *,
    mos: float = 4.1,
    neighbour: float = 4.2,
    voice: ClassFigures = CLEAN,
    data: ClassFigures | None = None,
    gold: ClassFigures = GOLD,
    offered_bps: float | None = 2_500_000,
    is_congested: bool | None = True,
) -> Figures:
    at = NOON + minute * MINUTE
    return figures(
        at=at,
        voice=voice,
        data=what_is_left(offered_bps or 0.0, voice) if data is None else data,
        gold=gold,
        offered_bps=offered_bps,
        is_congested=is_congested,
        ways=(sound(WAY, mos=mos, at=at), sound(NEIGHBOUR, mos=neighbour, at=at)),
    )


def trial(see: Callable[[int], Figures] = seen, minutes: int = 3) -> Trial:
    return Trial(
        intent=RAISED,
        success=SuccessRule(),
        affected=(WAY,),
        runs_needed=3,
        before=figures(),
        changed_at=NOON,
        watched=tuple(see(minute) for minute in range(1, minutes + 1)),
    )


def outcome(see: Callable[[int], Figures]) -> Outcome:
    return judge(trial(see)).outcome


def test_it_helped_if_the_pressure_stayed_and_voice_has_no_more_drops() -> None:
    verdict = judge(trial())
    assert verdict.outcome is Outcome.HELPED
    assert "offered load 2,500,000 bit/s, at the alarm 2,500,000" in verdict.reasons


def test_better_voice_proves_nothing_once_the_congestion_is_gone() -> None:
    verdict = judge(trial(lambda m: seen(m, is_congested=m < 3)))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert any("proves nothing" in reason for reason in verdict.reasons)


@given(st.floats(0.0, 0.79) | st.floats(1.21, 5.0))
def test_it_is_inconclusive_if_the_load_is_not_that_of_the_alarm(share: float) -> None:
    assert outcome(lambda m: seen(m, offered_bps=share * 2_500_000)) is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("share", [0.8, 1.2])
def test_a_fifth_more_or_less_is_the_same_load(share: float) -> None:
    assert outcome(lambda m: seen(m, offered_bps=share * 2_500_000)) is Outcome.HELPED


def test_a_load_that_goes_half_way_through_is_not_the_same() -> None:
    see = lambda m: seen(m, offered_bps=2_500_000 if m == 1 else 1_250_000)  # noqa: E731 - one field
    assert outcome(see) is Outcome.INCONCLUSIVE


def test_it_had_no_effect_if_voice_is_as_bad_as_before() -> None:
    assert outcome(lambda m: seen(m, mos=2.1)) is Outcome.NO_EFFECT


def test_a_rise_within_the_doubt_is_no_effect() -> None:
    # Before 2.0 to 2.2; the mean of three runs, each with a doubt of 0.1, has one of 0.058.
    assert outcome(lambda m: seen(m, mos=2.25)) is Outcome.NO_EFFECT
    assert outcome(lambda m: seen(m, mos=2.27)) is Outcome.HELPED


def test_it_had_no_effect_if_the_voice_class_matches_nothing() -> None:
    empty = traffic(offered_bps=0.0, offered_pps=0.0)
    verdict = judge(trial(lambda m: seen(m, voice=empty)))
    assert verdict.outcome is Outcome.NO_EFFECT
    assert "the voice class matches no packet" in verdict.reasons


def test_it_had_no_effect_if_the_voice_class_still_drops() -> None:
    assert outcome(lambda m: seen(m, voice=traffic(drop_ratio=0.002))) is Outcome.NO_EFFECT
    assert outcome(lambda m: seen(m, voice=traffic(drop_ratio=0.001))) is Outcome.HELPED


def test_one_interval_with_drops_is_enough_to_say_that_they_are_not_gone() -> None:
    see = lambda m: seen(m, voice=traffic(drop_ratio=0.05 if m == 2 else 0.0))  # noqa: E731 - one field
    assert outcome(see) is Outcome.NO_EFFECT


def test_drops_that_are_not_measured_are_not_gone() -> None:
    unknown = replace(CLEAN, drop_ratio=None)
    assert outcome(lambda m: seen(m, voice=unknown)) is Outcome.NO_EFFECT


def test_it_hurt_if_voice_is_worse_than_before() -> None:
    assert outcome(lambda m: seen(m, mos=1.7)) is Outcome.HURT


def test_it_hurt_if_another_path_is_worse() -> None:
    verdict = judge(trial(lambda m: seen(m, neighbour=3.9)))
    assert verdict.outcome is Outcome.HURT
    assert verdict.reasons[0] == "par-nic forward: MOS at most 3.96, before at least 4.10"


def test_another_path_within_the_doubt_is_not_worse() -> None:
    # Before at least 4.1; the mean of three runs now has a doubt of 0.058 itself.
    assert outcome(lambda m: seen(m, neighbour=4.05)) is Outcome.HELPED
    assert outcome(lambda m: seen(m, neighbour=4.03)) is Outcome.HURT


def test_it_hurt_if_another_class_drops_a_thousandth_more() -> None:
    def gold(drop_ratio: float) -> Callable[[int], Figures]:
        return lambda m: seen(m, gold=replace(GOLD, drop_ratio=drop_ratio))

    assert outcome(gold(0.0011)) is Outcome.HURT
    assert outcome(gold(0.001)) is Outcome.HELPED


def test_data_pays_for_voice_and_for_no_more() -> None:
    greedy = replace(POORER, drop_ratio=(POORER.drop_ratio or 0.0) + 0.022)
    assert outcome(lambda m: seen(m, data=greedy)) is Outcome.HURT
    counted = replace(POORER, drop_ratio=(POORER.drop_ratio or 0.0) + 0.019)
    assert outcome(lambda m: seen(m, data=counted)) is Outcome.HELPED


def test_voice_that_was_counted_as_data_before_leaves_the_same_drops_to_less_data() -> None:
    # 2.5 Mbit/s on a link of 2: a fifth of all is dropped, wherever voice is counted.
    mixed = traffic(DATA_PATH, offered_bps=2_400_000, drop_ratio=500 / 2400)
    unmatched = traffic(offered_bps=0.0, offered_pps=0.0)
    before = replace(figures(), classes=(unmatched, mixed, GOLD))
    alone = traffic(DATA_PATH, offered_bps=1_900_000, drop_ratio=500 / 1900)
    found = replace(trial(lambda m: seen(m, data=alone)), before=before)
    assert judge(found).outcome is Outcome.HELPED
    worse = replace(alone, drop_ratio=500 / 1900 + 0.021)
    found = replace(trial(lambda m: seen(m, data=worse)), before=before)
    assert judge(found).outcome is Outcome.HURT


def test_only_the_link_itself_owes_voice_anything() -> None:
    elsewhere = replace(DATA, interface="Gi0/2", drop_ratio=0.0)
    suffers = replace(elsewhere, drop_ratio=0.0011)

    def see(minute: int) -> Figures:
        return replace(seen(minute), classes=(CLEAN, POORER, suffers))

    given_before = replace(figures(), classes=(traffic(drop_ratio=0.2), DATA, elsewhere))
    assert judge(replace(trial(see), before=given_before)).outcome is Outcome.HURT


def test_voice_on_another_interface_is_a_neighbour_too() -> None:
    other = replace(traffic(), interface="Gi0/2")

    def see(minute: int) -> Figures:
        return replace(seen(minute), classes=(CLEAN, POORER, replace(other, drop_ratio=0.01)))

    given_before = replace(figures(), classes=(traffic(drop_ratio=0.2), DATA, other))
    assert judge(replace(trial(see), before=given_before)).outcome is Outcome.HURT


def test_what_is_worse_under_more_load_is_not_the_fault_of_the_change() -> None:
    more = lambda m: seen(m, offered_bps=5_000_000, neighbour=3.0)  # noqa: E731 - two fields
    less = lambda m: seen(m, offered_bps=1_000_000, neighbour=3.0)  # noqa: E731 - two fields
    assert outcome(more) is Outcome.INCONCLUSIVE
    assert outcome(less) is Outcome.HURT


def test_it_needs_so_many_new_runs_of_the_probe() -> None:
    two = trial(minutes=2)
    assert missing(two) == ("par-lyo forward: 2 of 3 new probe runs",)
    assert judge(two).outcome is Outcome.INCONCLUSIVE
    assert missing(trial()) == ()


def test_polling_twice_between_runs_adds_nothing() -> None:
    once = seen(1)
    again = replace(once, taken_at=NOON + 5 * MINUTE)
    assert missing(replace(trial(), watched=(once, again, again)))


def test_runs_from_before_the_change_do_not_count() -> None:
    late = replace(trial(), changed_at=NOON + 1 * MINUTE)
    assert "par-lyo forward: 2 of 3 new probe runs" in missing(late)


def ran(*runs: tuple[float, float], length_s: float = 0.0) -> int:
    """Return how many runs are counted of some seen at (our second, the agent's stamp)."""

    def see(at_s: float, stamp_s: float) -> Figures:
        at = NOON + timedelta(seconds=at_s)
        score = replace(sound(WAY, mos=4.1, at=at), run_stamp_s=stamp_s, run_length_s=length_s)
        return figures(at=NOON + MINUTE, ways=(score,))

    watched = tuple(see(*one) for one in runs)
    before = see(-60.0, 900.0)
    return len(replace(trial(), before=before, watched=watched).new_runs(WAY))


def test_one_run_is_one_however_its_time_moves_from_poll_to_poll() -> None:
    assert ran((30.0, 1000.0), (30.2, 1000.0), (30.4, 1000.0)) == 1
    assert ran((30.0, 1000.0), (90.0, 1000.0)) == 1
    assert ran((30.0, 1000.0), (32.0, 1002.0), (34.0, 1004.0)) == 3


def test_a_run_that_was_seen_before_the_change_is_never_one_after_it() -> None:
    assert ran((2.5, 900.0), (30.0, 900.0)) == 0
    assert ran((1.9, 1000.0), (2.1, 1000.0), (40.0, 1000.0)) == 0


def test_a_run_that_may_have_begun_before_the_change_is_not_after_it() -> None:
    assert ran((2.0, 1000.0)) == 0
    assert ran((2.1, 1000.0)) == 1


def test_a_long_run_is_after_the_change_only_if_all_of_it_is() -> None:
    assert ran((20.0, 1000.0), length_s=20.0) == 0
    assert ran((20.1, 1000.0), length_s=20.0) == 1


def test_stamps_that_start_anew_are_new_runs_if_their_time_has_moved() -> None:
    assert ran((30.0, 1000.0), (90.0, 10.0), (92.0, 12.0)) == 3
    assert ran((30.0, 1000.0), (35.0, 10.0)) == 1
    assert ran((30.0, 1000.0), (35.1, 10.0)) == 2


def test_a_run_that_is_not_scored_is_none() -> None:
    unscored = replace(sound(WAY, mos=4.1, at=NOON + MINUTE), mos=None)
    assert replace(trial(), watched=(figures(ways=(unscored,)),)).new_runs(WAY) == ()


def test_runs_without_a_stamp_are_told_apart_by_their_time() -> None:
    def see(at_s: float) -> Figures:
        return figures(ways=(sound(WAY, mos=4.1, at=NOON + timedelta(seconds=at_s)),))

    watched = tuple(see(at_s) for at_s in (30.0, 35.0, 60.0))
    assert len(replace(trial(), watched=watched).new_runs(WAY)) == 2


def test_an_interval_that_began_before_the_change_is_not_used() -> None:
    mixed = replace(seen(1), since=NOON - timedelta(seconds=1), is_congested=False)
    begun = replace(seen(1), since=NOON)
    assert replace(trial(), watched=(mixed,)).usable == ()
    assert replace(trial(), watched=(begun,)).usable == (begun,)


@pytest.mark.parametrize("unknown", ["offered_bps", "is_congested", "since"])
def test_what_was_not_measured_cannot_be_judged(unknown: str) -> None:
    blind = tuple(
        replace(one, **{unknown: None})  # type: ignore[arg-type]  # each of these may be None
        for one in trial().watched
    )
    assert missing(replace(trial(), watched=blind)) == (
        "par-ce1 Gi0/1: load and drops not measured since the change",
    )


def test_a_neighbour_that_fell_silent_leaves_it_open() -> None:
    def see(minute: int) -> Figures:
        one = seen(minute)
        return replace(one, ways=(one.ways[0], silent(NEIGHBOUR)))

    assert missing(trial(see)) == ("par-nic forward: no new probe run",)


def test_a_neighbour_that_was_never_measured_is_not_waited_for() -> None:
    def see(minute: int) -> Figures:
        one = seen(minute)
        return replace(one, ways=(one.ways[0], silent(NEIGHBOUR)))

    before = figures(ways=(sound(WAY, mos=2.1, at=NOON), silent(NEIGHBOUR)))
    assert judge(replace(trial(see), before=before)).outcome is Outcome.HELPED


def test_without_a_score_before_nothing_is_proved() -> None:
    before = figures(ways=(silent(WAY), sound(NEIGHBOUR, mos=4.2, at=NOON)))
    assert judge(replace(trial(), before=before)).outcome is Outcome.NO_EFFECT


def codec(voice: ClassFigures, *, offered_bps: float) -> Trial:
    intent = PreferCodec(dial_peer=10, codec="g729a")
    # Voice was 500 kbit/s of which 400 were served; what it leaves free, data may use.
    data = traffic(DATA_PATH, offered_bps=1_900_000, drop_ratio=0.02)
    watched = trial(lambda m: seen(m, voice=voice, data=data, offered_bps=offered_bps)).watched
    return replace(trial(), intent=intent, watched=watched)


def test_a_codec_is_judged_by_calls_and_data_for_voice_itself_shrinks() -> None:
    small = traffic(offered_bps=200_000, offered_pps=300)
    assert judge(codec(small, offered_bps=2_200_000)).outcome is Outcome.HELPED


def test_fewer_calls_are_not_a_better_codec() -> None:
    fewer = traffic(offered_bps=120_000, offered_pps=180)
    assert judge(codec(fewer, offered_bps=2_120_000)).outcome is Outcome.INCONCLUSIVE


def test_less_data_is_not_a_better_codec() -> None:
    small = traffic(offered_bps=200_000, offered_pps=300)
    assert judge(codec(small, offered_bps=1_500_000)).outcome is Outcome.INCONCLUSIVE


def test_a_codec_that_no_new_call_uses_has_no_effect() -> None:
    verdict = judge(codec(CLEAN, offered_bps=2_500_000))
    assert verdict.outcome is Outcome.NO_EFFECT
    assert "voice packets are as large as before" in verdict.reasons


@given(st.permutations(range(1, 4)))
def test_the_order_in_which_runs_were_seen_decides_nothing(order: list[int]) -> None:
    assert outcome(lambda m: seen(order[m - 1])) is Outcome.HELPED
