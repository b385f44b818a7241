import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.lab.matching import Packet
from qosbot.lab.queueing import Effect, Offer, backlog_share, fair_queue, share_rate, single_queue

rates = st.floats(1e4, 1e8)


def offer(bps: float, packet_bytes: float = 800, burstiness: float = 1.0, flows: int = 10) -> Offer:
    packet = Packet(
        dscp=0,
        protocol="tcp",
        source="10.0.0.1",
        destination="10.0.0.2",
        source_ports=(1, 1),
        destination_ports=(1, 1),
    )
    return Offer(
        packet=packet,
        packets_per_s=bps / 8 / packet_bytes,
        packet_bytes=packet_bytes,
        flows=flows,
        burstiness=burstiness,
    )


@given(rates, rates, st.integers(8, 200), st.floats(1, 10))
@settings(deadline=None)
def test_a_queue_never_sends_more_than_its_rate(
    offered: float, rate: float, limit: int, burst: float
) -> None:
    (effect,) = single_queue([offer(offered, burstiness=burst)], rate, limit)
    assert 0 <= effect.loss <= 1
    assert offered * (1 - effect.loss) <= rate * (1 + 1e-9)


@given(rates, st.floats(0.1, 3), st.floats(0.01, 1))
@settings(deadline=None)
def test_more_load_never_means_less_loss_or_delay(rate: float, load: float, more: float) -> None:
    (less,) = single_queue([offer(rate * load)], rate, 40)
    (heavier,) = single_queue([offer(rate * (load + more))], rate, 40)
    assert heavier.loss >= less.loss - 1e-12
    assert heavier.delay_s >= less.delay_s * (1 - 1e-9)


extremes = st.builds(
    offer,
    st.one_of(st.just(0.0), st.floats(1e-6, 1e10)),
    packet_bytes=st.floats(44, 1518),
    burstiness=st.floats(0, 100),
    flows=st.integers(1, 10_000),
)


def is_possible(effect: Effect) -> bool:
    times = (effect.delay_s, effect.variance_s2)
    return 0 <= effect.loss <= 1 and all(math.isfinite(time) and time >= 0 for time in times)


@given(st.lists(extremes, max_size=4), st.floats(0, 1e10), st.integers(0, 100))
@settings(deadline=None)
def test_whatever_comes_a_queue_passes_its_rate_at_most(
    offers: list[Offer], rate: float, limit: int
) -> None:
    effects = single_queue(offers, rate, limit)
    assert all(map(is_possible, effects))
    passed = sum(one.bps * (1 - got.loss) for one, got in zip(offers, effects, strict=True))
    assert passed <= rate * (1 + 1e-5) + 1e-6


@given(st.lists(extremes, min_size=1, max_size=4), st.floats(1, 1e10), st.floats(0, 1))
@settings(deadline=None)
def test_whatever_comes_fair_queues_do_something_possible(
    offers: list[Offer], rate: float, backlog: float
) -> None:
    flows = sum(one.flows for one in offers)
    assert all(map(is_possible, fair_queue(offers, rate, flows, backlog)))


@given(st.floats(1e4, 1e6), st.floats(0, 1e7), st.floats(0, 1e7), st.floats(1, 20), rates)
@settings(deadline=None)
def test_more_data_never_means_less_loss_of_voice(
    voice: float, data: float, more: float, burst: float, rate: float
) -> None:
    calls = offer(voice, packet_bytes=214)
    less, heavier = (
        single_queue([calls, offer(bps, burstiness=burst)], rate, 40)[0].loss
        for bps in (data, data + more)
    )
    assert heavier >= less - 1e-5


def test_a_long_queue_of_small_and_large_packets_has_one_answer() -> None:
    """At such a load whole steps led back and forth between two of them, fifty times."""
    calls, data = offer(1e6, packet_bytes=60), offer(3e6, packet_bytes=1500, burstiness=4)
    offers = [calls, data]
    for limit in (40, 400, 4096):
        effects = single_queue(offers, 3.9e6, limit)
        passed = sum(one.bps * (1 - got.loss) for one, got in zip(offers, effects, strict=True))
        assert passed <= 3.9e6 * (1 + 1e-6)


def test_who_comes_alone_loses_less_than_who_comes_in_batches() -> None:
    calls, data = offer(1e6, packet_bytes=214), offer(4.6e6, burstiness=4)
    alone, batches = single_queue([calls, data], 4e6, 40)
    assert 0.1 < alone.loss < 0.6 * batches.loss
    passed = 1e6 * (1 - alone.loss) + 4.6e6 * (1 - batches.loss)
    assert passed == pytest.approx(4e6, rel=1e-3)
    one, other = single_queue([calls, offer(4.6e6)], 4e6, 40)
    assert one.loss == pytest.approx(other.loss)


def test_a_queue_of_batches_is_what_its_balance_equations_say() -> None:
    """Solve the chain of three packets by hand: singles, and batches of two on average."""
    calls, data = offer(2e6, burstiness=1), offer(2e6, burstiness=3)
    alone, batches = single_queue([calls, data], 4e6, 3)
    rate, half = 0.5, 0.25
    # p1 = rate p0 + half p0; a batch of more than n goes on with chance 1/2 each.
    levels = [1.0]
    for top in range(3):
        rises = rate * levels[top] + half * sum(
            levels[at] * 0.5 ** (top - at) for at in range(top + 1)
        )
        levels.append(rises)
    whole = sum(levels)
    assert alone.loss == pytest.approx(levels[3] / whole)
    lost = sum(levels[at] * 2 * 0.5 ** (3 - at) for at in range(4)) / 2
    assert batches.loss == pytest.approx(lost / whole)


def test_far_above_the_rate_the_excess_is_lost_and_the_queue_is_full() -> None:
    (effect,) = single_queue([offer(8e6)], 4e6, 40)
    assert effect.loss == pytest.approx(0.5, abs=1e-6)
    assert effect.delay_s == pytest.approx(38 * 800 * 8 / 4e6, rel=0.02)


def test_a_lightly_loaded_queue_waits_as_an_mm1() -> None:
    (effect,) = single_queue([offer(2e6)], 4e6, 1000)
    assert effect.loss < 1e-9
    assert effect.delay_s == pytest.approx(800 * 8 / 4e6, rel=1e-3)
    assert math.sqrt(effect.variance_s2) == pytest.approx(math.sqrt(2) * 800 * 8 / 4e6, rel=0.01)


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=6), rates)
def test_a_share_is_never_more_than_wanted_and_nothing_is_wasted(
    demands: list[float], rate: float
) -> None:
    served = share_rate(demands, [1.0] * len(demands), rate)
    assert all(got <= want + 1e-6 for got, want in zip(served, demands, strict=True))
    assert sum(served) == pytest.approx(min(sum(demands), rate), rel=1e-9, abs=1e-6)


def test_a_guarantee_holds_against_any_neighbour() -> None:
    served = share_rate([1e6, 1e9], [1.2, 2.8], 4e6)
    assert served[0] == 1e6


def test_fair_queueing_spares_small_flows_but_makes_them_wait_their_turn() -> None:
    voice = offer(12 * 85.6e3, packet_bytes=214, flows=12)
    data = offer(6e6, flows=24, burstiness=4)
    backlog = backlog_share(7e6, 4e6, 36)
    small, large = fair_queue([voice, data], 4e6, 36, backlog)
    assert small.loss < 0.06
    assert large.loss > 0.4
    assert small.delay_s > 0.02


def test_a_small_flow_that_falls_into_a_large_one_s_queue_loses_with_it() -> None:
    voice = offer(85.6e3, packet_bytes=214, flows=10)
    losses = []
    for flows in (2, 12, 24):
        small, large = fair_queue([voice, offer(6e6, flows=flows, burstiness=4)], 4e6, 12, 1.0)
        losses.append(small.loss)
        assert 0 < small.loss < large.loss
    assert losses == sorted(losses)
