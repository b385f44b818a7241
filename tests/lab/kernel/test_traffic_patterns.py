from itertools import islice, pairwise
from statistics import mean, pvariance

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.lab.given import BadRequestError
from qosbot.lab.kernel.traffic.packet import (
    Packet,
    group_of,
    read_packet,
    ssrc,
    stream_of,
    voice_payload_bytes,
    write_header,
)
from qosbot.lab.kernel.traffic.patterns import SHAPES, Pattern, due_times
from qosbot.lab.kernel.traffic.streams import voice


def times(pattern: Pattern, number: int, seed: str = "1") -> list[float]:
    return list(islice(due_times(pattern, seed), number))


def pattern(shape: str, **changes: float) -> Pattern:
    return Pattern(
        packets_per_s=100,
        shape=shape,
        burstiness=changes.get("burstiness", 1),
        burst_packets=int(changes.get("burst_packets", 1)),
        on_s=changes.get("on_s", 0.2),
        off_s=changes.get("off_s", 0.3),
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_the_rate_is_the_mean_over_all(shape: str) -> None:
    due = times(pattern(shape, burstiness=4, burst_packets=5), 20_000)
    assert len(due) / due[-1] == pytest.approx(100, rel=0.05)


@pytest.mark.parametrize("shape", SHAPES)
def test_packets_are_due_in_order_and_from_the_seed_alone(shape: str) -> None:
    known = pattern(shape, burstiness=3, burst_packets=2)
    due = times(known, 1000)
    assert due == sorted(due)
    assert due == times(known, 1000)
    assert due != times(known, 1000, seed="2")


def test_a_steady_stream_is_even() -> None:
    gaps = [later - earlier for earlier, later in pairwise(times(pattern("steady"), 100))]
    assert gaps == pytest.approx([0.01] * 99)


def test_a_packet_that_wanders_comes_after_its_turn_and_before_the_next() -> None:
    even = times(Pattern(packets_per_s=50), 200)
    known = times(Pattern(packets_per_s=50, wander_s=0.01), 200)
    late = [after - turn for turn, after in zip(even, known, strict=True)]
    assert min(late) >= 0
    assert 0.009 < max(late) <= 0.01
    with pytest.raises(BadRequestError, match="next one's turn"):
        Pattern(packets_per_s=50, wander_s=0.02)


@pytest.mark.parametrize("burstiness", [1.0, 4.0, 9.0])
def test_random_gaps_have_the_variation_that_was_asked_for(burstiness: float) -> None:
    due = times(pattern("random", burstiness=burstiness), 40_000)
    gaps = [later - earlier for earlier, later in pairwise(due)]
    assert pvariance(gaps) / mean(gaps) ** 2 == pytest.approx(burstiness, rel=0.1)


def test_microbursts_are_back_to_back() -> None:
    due = times(pattern("bursts", burst_packets=10), 30)
    assert len(set(due)) == 3
    assert due.count(due[0]) == 10


def test_on_off_is_silent_in_between() -> None:
    due = times(pattern("on-off"), 10_000)
    gaps = [later - earlier for earlier, later in pairwise(due)]
    assert min(gaps) == pytest.approx(0.004)
    assert max(gaps) > 0.3


def test_calls_start_out_of_step() -> None:
    phases = {times(pattern("steady"), 1, seed=f"1 1 {slot}")[0] for slot in range(40)}
    assert len(phases) == 40
    assert all(0 <= phase < 0.01 for phase in phases)


@pytest.mark.parametrize(
    ("codec", "packet_time_s", "ip_bytes"),
    [("g711ulaw", 0.02, 200), ("g711alaw", 0.03, 280), ("g729a", 0.02, 60), ("g729a", 0.03, 70)],
)
def test_voice_packets_have_the_size_of_their_codec(
    codec: str, packet_time_s: float, ip_bytes: int
) -> None:
    made = voice(codec, packet_time_s)
    assert made.ip_bytes == ip_bytes
    assert made.pattern.packets_per_s == pytest.approx(1 / packet_time_s)


def test_a_codec_without_room_for_the_time_of_sending_is_refused() -> None:
    with pytest.raises(BadRequestError, match="choose a longer packet time"):
        voice_payload_bytes("g729a", 0.01)
    with pytest.raises(BadRequestError, match="codec must be one of"):
        voice_payload_bytes("opus", 0.02)


@given(st.integers(0, 65535), st.integers(0, 65535), st.integers(0, 2**32 - 1))
def test_a_packet_says_what_was_written(group: int, stream: int, count: int) -> None:
    made = Packet(ssrc=ssrc(group, stream), count=count, sent_ns=2**40 + 7, age_s=1.5)
    buffer = bytearray(172)
    write_header(buffer, made, 0)
    assert read_packet(bytes(buffer)) == made
    assert (group_of(made.ssrc), stream_of(made.ssrc)) == (group, stream)


@pytest.mark.parametrize(
    "octets", [b"", b"\x80" * 10, bytes(200), b"\x80" + bytes(2) + b"\x01" * 200]
)
def test_what_no_sender_sent_is_none_of_ours(octets: bytes) -> None:
    assert read_packet(octets) is None
