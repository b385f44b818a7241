"""Codecs cost bandwidth as published, and take whole frames only."""

import pytest

from qosbot.domain.codecs import CODECS


@pytest.mark.parametrize(
    ("codec", "packet_time_s", "payload_bytes"),
    [("g711", 0.020, 160), ("g711", 0.010, 80), ("g711", 0.030, 240), ("g729a", 0.020, 20)],
)
def test_a_packet_carries_its_time_at_the_codecs_rate(
    codec: str, packet_time_s: float, payload_bytes: int
) -> None:
    assert CODECS[codec].payload_bytes(packet_time_s) == payload_bytes


@pytest.mark.parametrize(
    ("codec", "packet_time_s", "overhead_bytes", "rate_bps"),
    [
        ("g711", 0.020, 18, 87_200),
        ("g711", 0.020, 14, 85_600),
        ("g711", 0.020, 0, 80_000),
        ("g711", 0.010, 18, 110_400),
        ("g729a", 0.020, 18, 31_200),
        ("g729a", 0.040, 18, 19_600),
    ],
)
def test_a_call_costs_what_vendors_publish(
    codec: str, packet_time_s: float, overhead_bytes: int, rate_bps: float
) -> None:
    assert CODECS[codec].per_call_bps(packet_time_s, overhead_bytes) == pytest.approx(rate_bps)


@pytest.mark.parametrize("packet_time_s", [0.0, -0.02, 0.005, 0.025])
def test_a_packet_that_cuts_a_frame_is_refused(packet_time_s: float) -> None:
    with pytest.raises(ValueError, match=r"multiple of the 0\.01 s frame of G\.729A"):
        CODECS["g729a"].payload_bytes(packet_time_s)


def test_a_negative_overhead_is_refused() -> None:
    with pytest.raises(ValueError, match="layer2_overhead_bytes -1"):
        CODECS["g711"].per_call_bps(0.020, -1)


def test_every_codec_stands_under_its_own_key_and_names_its_source() -> None:
    assert all(codec.key == key and "G.113" in codec.source for key, codec in CODECS.items())
