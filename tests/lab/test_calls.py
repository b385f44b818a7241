from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.lab.calls import by_codec
from qosbot.lab.startup import STARTUP
from qosbot.lab.topology import GATEWAY, WAN, Direction
from tests.lab.steady import START, Site

HOLD_S = 20.0
G711_FIRST = STARTUP[GATEWAY]
G729_FIRST = G711_FIRST.replace("1 g711ulaw", "1 g729r8").replace("2 g729r8", "2 g711ulaw")
NO_WAY = G711_FIRST.replace("destination-pattern 2...", "destination-pattern 3...")


def calling(number: int = 12, *, seed: int = 1, hold_s: float = HOLD_S, codec: str = "") -> Site:
    """Return the lab with calls between Paris and Lyon."""
    site = Site(seed=seed)
    dial(site, number, START, hold_s=hold_s, codec=codec)
    return site


def dial(
    site: Site, number: int, at: float, *, hold_s: float = HOLD_S, codec: str | None = None
) -> None:
    load = site.network.load
    calls = dict(load.calls)["par-lyo"]
    codec = calls.codec if codec is None else codec
    changed = replace(calls, number=number, hold_s=hold_s, codec=codec)
    site.network.set_load(load.with_calls("par-lyo", changed), at)


def prefer(site: Site, text: str, at: float) -> None:
    site.sources[GATEWAY].write(text, at)


def calls(site: Site, at: float) -> dict[str, int]:
    segment = site.network.segment(at)
    return dict(dict(by_codec(segment.conditions.load, segment.talk))["par-lyo"])


def test_calls_in_progress_keep_their_codec_when_the_preference_changes() -> None:
    site = calling()
    prefer(site, G729_FIRST, START + 100)
    assert calls(site, START + 100) in ({"g711ulaw": 12}, {"g711ulaw": 11, "g729a": 1})


def test_every_call_has_the_new_codec_once_a_holding_time_has_passed() -> None:
    site = calling()
    prefer(site, G729_FIRST, START + 100)
    assert calls(site, START + 100 + HOLD_S) == {"g729a": 12}


@given(st.integers(0, 5), st.integers(1, 40))
@settings(deadline=None, max_examples=10)
def test_calls_turn_over_one_by_one(seed: int, number: int) -> None:
    site = calling(number, seed=seed)
    prefer(site, G729_FIRST, START + 100)
    found = [calls(site, START + 100 + at).get("g729a", 0) for at in range(21)]
    assert found == sorted(found)
    assert found[-1] == number
    for second, count in enumerate(found):
        assert count == pytest.approx(number * second / HOLD_S, abs=2.5)


def test_calls_turn_over_as_fast_as_they_are_held() -> None:
    site = calling(hold_s=4)
    prefer(site, G729_FIRST, START + 100)
    assert calls(site, START + 104) == {"g729a": 12}


def test_a_preference_that_goes_back_takes_the_calls_back() -> None:
    site = calling()
    prefer(site, G729_FIRST, START + 100)
    prefer(site, G711_FIRST, START + 110)
    assert 3 <= calls(site, START + 110)["g729a"] <= 9
    assert calls(site, START + 130) == {"g711ulaw": 12}


def test_more_calls_begin_with_the_codec_that_is_preferred_then() -> None:
    site = calling(8)
    prefer(site, G729_FIRST, START + 100)
    dial(site, 12, START + 100)
    assert calls(site, START + 100)["g729a"] >= 4
    dial(site, 2, START + 101)
    assert sum(calls(site, START + 101).values()) == 2


def test_without_a_dial_peer_no_new_call_comes_up() -> None:
    site = calling()
    prefer(site, NO_WAY, START + 100)
    assert sum(calls(site, START + 110).values()) in range(3, 10)
    assert calls(site, START + 120) == {}
    prefer(site, G711_FIRST, START + 150)
    assert calls(site, START + 170) == {"g711ulaw": 12}


def test_a_codec_that_the_load_says_is_that_of_all_calls_at_once() -> None:
    site = calling(codec="g711ulaw")
    prefer(site, G729_FIRST, START + 100)
    assert calls(site, START + 200) == {"g711ulaw": 12}
    dial(site, 12, START + 210, codec="")
    assert calls(site, START + 209.9) == {"g711ulaw": 12}
    assert calls(site, START + 230) == {"g729a": 12}


def test_the_network_is_not_divided_further_once_all_calls_have_turned_over() -> None:
    site = calling(300)
    prefer(site, G729_FIRST, START + 10)
    starts = {site.network.segment(START + 10 + tenth / 10).start for tenth in range(500)}
    assert len(starts) <= 66
    assert max(starts) <= START + 10 + HOLD_S


@pytest.mark.parametrize(("codec", "ip_bytes"), [("g711ulaw", 200), ("g729a", 60)])
def test_a_call_sends_fifty_packets_a_second_of_its_codec(codec: str, ip_bytes: int) -> None:
    site = calling(3, codec=codec)
    flow = site.voice("par-lyo", Direction.BACKWARD, START + 10).flow
    assert (flow.packets_per_s, flow.ip_bytes, flow.codec) == (150.0, ip_bytes, codec)


def test_calls_of_two_codecs_add_up_to_what_is_sent() -> None:
    site = calling()
    prefer(site, G729_FIRST, START + 100)
    found = calls(site, START + 110)
    flows = [
        travel.flow
        for travel in site.network.state(START + 110).travels
        if (travel.flow.kind, travel.flow.path) == ("voice", "par-lyo")
        and travel.flow.direction is Direction.FORWARD
    ]
    assert {flow.codec: flow.flows for flow in flows} == found
    assert sum(flow.packets_per_s for flow in flows) == 12 * 50


def test_a_smaller_codec_makes_room_in_a_class_that_cannot_grow() -> None:
    policy = (
        "class-map match-any V\n match dscp ef\n"
        "policy-map P\n class V\n  priority percent 33\n class class-default\n  fair-queue\n"
    )
    head = f"interface {WAN}\n"
    text = policy + STARTUP["lyo-ce1"].replace(head, f"{head} service-policy output P\n")
    site = Site(lyo_ce1=text)
    site.congest("par-lyo", Direction.BACKWARD, 4.5e6, START + 1)
    dial(site, 20, START + 2)
    assert site.voice("par-lyo", Direction.BACKWARD, START + 50).effect.loss > 0.1
    prefer(site, G729_FIRST, START + 50)
    assert site.voice("par-lyo", Direction.BACKWARD, START + 70).effect.loss < 0.001


Event = tuple[float, str, int]
SPELLED = {"g711": G711_FIRST, "g729": G729_FIRST, "none": NO_WAY}
EVENTS = st.lists(
    st.tuples(
        st.floats(0, 60),
        st.sampled_from(sorted(SPELLED)),
        st.integers(0, 20),
    ),
    max_size=5,
)


def live(events: list[Event], reads: list[float]) -> Site:
    """Return a lab that these things happened to, looked at some more times on the way."""
    site = Site()
    steps: list[tuple[float, Event | None]] = [(event[0], event) for event in events]
    steps += [(at, None) for at in reads]
    for at, event in sorted(steps, key=lambda step: step[0]):
        if event is not None:
            prefer(site, SPELLED[event[1]], START + at)
            dial(site, event[2], START + at)
        else:
            site.network.interface_counters("lyo-ce1", WAN, START + at)
            site.network.sla_runs("par-core1", START + at)
    return site


@given(EVENTS, st.lists(st.floats(0, 80), max_size=5))
@settings(deadline=None, max_examples=10)
def test_looking_at_calls_that_come_and_go_changes_nothing(
    events: list[Event], reads: list[float]
) -> None:
    looked, still = live(events, reads), live(events, [])
    for now in (START + 80, START + 83.3):
        for device in ("lyo-ce1", "par-ce1"):
            seen = looked.network.interface_counters(device, WAN, now)
            assert seen == still.network.interface_counters(device, WAN, now)
        assert looked.network.sla_runs("par-core1", now) == still.network.sla_runs("par-core1", now)
        assert calls(looked, now) == calls(still, now)


@given(EVENTS, st.permutations([3.0, 17.5, 40.0, 61.0, 79.0]))
@settings(deadline=None, max_examples=10)
def test_the_order_of_reads_does_not_matter(events: list[Event], order: list[float]) -> None:
    first, second = live(events, []), live(events, [])
    forward = {at: calls(first, START + at) for at in sorted(order)}
    assert forward == {at: calls(second, START + at) for at in order}


@given(EVENTS)
@settings(deadline=None, max_examples=10)
def test_a_preference_that_becomes_known_late_counts_from_when_it_was_due(
    events: list[Event],
) -> None:
    early, late = Site(), Site()
    prefer(early, G729_FIRST, START + 20)
    for site in (early, late):
        for at, _, number in sorted(events):
            dial(site, number, START + 20 + at)
    prefer(late, G729_FIRST, START + 20)
    now = START + 90
    assert calls(early, now) == calls(late, now)
    counted = early.network.interface_counters("lyo-ce1", WAN, now)
    assert counted == late.network.interface_counters("lyo-ce1", WAN, now)


@given(EVENTS, st.floats(60, 100))
@settings(deadline=None, max_examples=10)
def test_calls_end_up_as_the_latest_preference_has_them(events: list[Event], at: float) -> None:
    site = live(events, [at])
    last = max(events, key=lambda event: event[0], default=(0.0, "g711", 8))
    found = calls(site, START + 60 + HOLD_S)
    if sum(event[0] == last[0] for event in events) <= 1:
        codec = {"g711": "g711ulaw", "g729": "g729a"}.get(last[1])
        assert found == ({codec: last[2]} if codec and last[2] else {})
