"""Codecs cost bandwidth as published, and take whole frames only."""

import pytest

from qosbot.domain.codec_table import ALL_CODECS
from qosbot.domain.codecs import CODECS, Confidence
from qosbot.domain.scales import Scale


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


def test_every_codec_stands_under_its_own_key_and_names_its_sources() -> None:
    assert all(codec.key == key for key, codec in ALL_CODECS.items())
    sources = [
        provenance.source
        for codec in ALL_CODECS.values()
        for provenance in (
            codec.ie_from,
            codec.bpl_from,
            codec.delay_from,
            codec.payload_from,
            codec.clock_from,
        )
    ]
    assert all(sources)


def test_what_a_path_may_name_is_in_the_table() -> None:
    assert all(ALL_CODECS[key] is codec for key, codec in CODECS.items())


@pytest.mark.parametrize(
    ("codec", "ie", "bpl"),
    [
        ("g711", 0, 25.1),
        ("g711-noplc", 0, 4.3),
        ("g729", 10, None),
        ("g729a", 11, 19.0),
        ("g723-6.3", 15, 16.1),
        ("g723-5.3", 19, None),
        ("g726-32", 7, None),
        ("g728-16", 7, None),
        ("gsm-fr", 20, None),
        ("gsm-hr", 23, None),
        ("gsm-efr", 5, 10.0),
        ("amr-12.2", 5, 10.0),
        ("amr-4.75", 21.3, None),
        ("ilbc-30", 11, None),
        ("g722-64", 13, None),
        ("amr-wb-12.65", 13, None),
        ("amr-wb-12.65-diotic", 20, 4.3),
        ("amr-wb-23.85", 8, None),
        ("evs-24.4", 7.2, 11.4),
        ("evs-32", 8.7, 9.3),
        ("opus-swb-vbr-40", 10.67, 9.79),
        ("opus-nb-cbr-11", 2.03, 15.95),
    ],
)
def test_codecs_have_their_tabulated_impairments(codec: str, ie: float, bpl: float | None) -> None:
    assert (ALL_CODECS[codec].ie, ALL_CODECS[codec].bpl) == (ie, bpl)


def test_no_more_narrowband_bpl_is_of_high_confidence_than_were_published() -> None:
    published = {
        codec.key
        for codec in ALL_CODECS.values()
        if codec.bpl is not None and codec.bpl_from.confidence is Confidence.HIGH
    }
    assert published == {"g711", "g711-noplc", "g729a", "g723-6.3", "gsm-efr"}


@pytest.mark.parametrize(
    ("codec", "payload_bytes", "ip_bps"),
    [
        ("g711", 160, 80_000),
        ("g726-40", 100, 56_000),
        ("g726-16", 40, 32_000),
        ("g729", 20, 24_000),
        ("g723-6.3", 24, 17_067),
        ("g723-5.3", 20, 16_000),
        ("g728-16", 40, 32_000),
        ("gsm-fr", 33, 29_200),
        ("gsm-efr", 31, 28_400),
        ("ilbc-20", 38, 31_200),
        ("ilbc-30", 50, 24_000),
        ("amr-12.2", 32, 28_800),
        ("g722-64", 160, 80_000),
        ("amr-wb-12.65", 33, 29_200),
        ("amr-wb-23.85", 61, 40_400),
        ("evs-24.4", 62, 40_800),
        ("opus-swb-vbr-40", 100, 56_000),
    ],
)
def test_a_call_of_each_codec_costs_its_published_rate(
    codec: str, payload_bytes: int, ip_bps: float
) -> None:
    one = ALL_CODECS[codec]
    assert one.payload_bytes(one.packet_time_s) == payload_bytes
    assert one.per_call_bps(one.packet_time_s, 0) == pytest.approx(ip_bps, abs=0.5)


def test_g722_and_opus_keep_the_clocks_of_their_payload_formats() -> None:
    assert ALL_CODECS["g722-64"].rtp_clock_hz == 8000
    assert {c.rtp_clock_hz for k, c in ALL_CODECS.items() if k.startswith("opus")} == {48_000}


def test_every_codec_scores_on_the_scale_of_its_band() -> None:
    prefixes = {"amr-wb": Scale.CQEW, "g722": Scale.CQEW, "opus-wb": Scale.CQEW}
    prefixes |= {"evs": Scale.CQEF, "opus-swb": Scale.CQEF}
    for key, codec in ALL_CODECS.items():
        scales = [scale for prefix, scale in prefixes.items() if key.startswith(prefix)]
        assert codec.scale is (scales[0] if scales else Scale.CQE)
