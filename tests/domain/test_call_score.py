"""A call that is described has a score with its parts, in any band; nothing is guessed."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.call_advice import caveats, remedies
from qosbot.domain.call_score import Call, Echo, score_call
from qosbot.domain.codec_table import ALL_CODECS
from qosbot.domain.delay_impairments import DelayClass
from qosbot.domain.playout import JitterKind
from qosbot.domain.scales import Scale

CODECS = st.sampled_from(sorted(ALL_CODECS))


def call(codec: str = "g711", **changes: Any) -> Call:  # noqa: ANN401  as the values differ
    return Call(codec=ALL_CODECS[codec], **changes)


def anchored(codec: str, **changes: Any) -> Call:  # noqa: ANN401  as above
    return call(codec, mouth_to_ear_s=0.150, loss_ratio=0.01, **changes)


@pytest.mark.parametrize(
    ("codec", "r", "mos"),
    [("g711", 85.899, 4.226), ("g711-noplc", 71.615, 3.672), ("g729a", 74.339, 3.793)],
)
def test_one_percent_at_150_ms_scores_as_published(codec: str, r: float, mos: float) -> None:
    score = score_call(anchored(codec))
    assert score.r == pytest.approx(r, abs=5e-4)
    assert score.mos == pytest.approx(mos, abs=5e-4)


def test_all_that_is_heard_is_added_to_the_delay_of_the_network() -> None:
    score = score_call(call("g729a", network_delay_s=0.080, jitter_buffer_s=0.040))
    assert score.mouth_to_ear_s == pytest.approx(0.080 + 0.020 + 0.005 + 0.040 + 0.005)


def test_a_known_mouth_to_ear_delay_overrides_all_additions() -> None:
    score = score_call(call(mouth_to_ear_s=0.2, network_delay_s=0.5, jitter_buffer_s=0.3))
    assert score.mouth_to_ear_s == 0.2


def test_late_packets_are_lost_packets() -> None:
    score = score_call(call(jitter_s=0.012, loss_ratio=0.01, jitter_buffer_s=0.040))
    assert score.late_ratio == pytest.approx(np.exp(-40 / 12))
    assert score.loss_ratio == pytest.approx(1 - 0.99 * (1 - np.exp(-40 / 12)))


def test_jitter_of_another_kind_is_another_spread() -> None:
    mean, peak = (
        score_call(call(jitter_s=0.03, jitter_kind=kind)).late_ratio
        for kind in (JitterKind.MEAN_ABS_IPDV, JitterKind.PEAK_TO_PEAK)
    )
    assert peak < mean / 100


@given(CODECS, st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.1))
def test_the_parts_of_a_score_add_up(codec: str, delay: float, loss: float, jitter: float) -> None:
    described = call(
        codec,
        mouth_to_ear_s=delay,
        loss_ratio=loss,
        jitter_s=jitter,
        is_provisional_allowed=True,
    )
    score, best = score_call(described), score_call(call(codec, mouth_to_ear_s=0.0))
    without = best.r - score.delay_cost - score.loss_cost
    assert score.r == pytest.approx(without, abs=1e-6)
    assert score.mos <= score.ceiling_mos + 1e-9
    assert score.scale is ALL_CODECS[codec].scale


def test_loss_without_a_published_bpl_is_refused_and_its_neighbour_is_not() -> None:
    score = score_call(call("g726-32", loss_ratio=np.array([0.0, 0.01])))
    assert np.isnan(score.mos).tolist() == [False, True]
    assert np.isnan(score.loss_cost).tolist() == [False, True]
    assert not score.is_provisional


def test_a_provisional_bpl_stands_in_only_where_allowed_and_says_so() -> None:
    described = call("g726-32", loss_ratio=0.01, is_provisional_allowed=True)
    score = score_call(described)
    assert np.isfinite(score.mos)
    assert score.is_provisional
    assert any("4.3 stands in" in words for words in caveats(described, score))


def test_what_rests_on_numbers_of_low_confidence_is_provisional_even_without_loss() -> None:
    described = call("g722-64")
    score = score_call(described)
    assert score.is_provisional
    assert any("low confidence" in words for words in caveats(described, score))


@pytest.mark.parametrize(
    ("codec", "echo", "is_provisional"),
    [
        ("amr-wb-12.65-diotic", Echo.SYMMETRIC, True),
        ("amr-wb-12.65-diotic", Echo.NONE, False),
        ("g711", Echo.SYMMETRIC, False),
        ("evs-48", Echo.SYMMETRIC, False),
    ],
)
def test_a_wideband_score_with_echo_is_provisional(
    codec: str, echo: Echo, *, is_provisional: bool
) -> None:
    described = call(codec, echo=echo, loss_ratio=0.01)
    score = score_call(described)
    assert score.is_provisional is is_provisional
    assert any("provisional" in words for words in caveats(described, score)) is is_provisional


def test_wideband_knows_no_bursts() -> None:
    with pytest.raises(ValueError, match=r"G\.107\.1 knows random loss only"):
        call("amr-wb-12.65-diotic", burst_ratio=2)


@pytest.mark.parametrize(
    ("delay_class", "idd"), [("default", 14.7607), ("low", 10.094), ("very_low", 6.179)]
)
def test_people_of_each_delay_class_mind_delay_as_much_as_table_1_says(
    delay_class: str, idd: float
) -> None:
    described = call(mouth_to_ear_s=0.3, delay_class=DelayClass(delay_class))
    score = score_call(described)
    assert score.rating.idd == pytest.approx(idd, abs=1e-3)
    doubted = any("one source" in words for words in caveats(described, score))
    assert doubted is score.is_provisional is (delay_class != "default")


def test_without_echo_a_call_scores_better() -> None:
    with_echo, without = (
        score_call(anchored("g711", echo=echo)).r for echo in (Echo.SYMMETRIC, Echo.NONE)
    )
    assert without - with_echo == pytest.approx(93.043 - 89.539, abs=1e-3)


def test_codecs_of_all_bands_compare_on_one_scale_of_r() -> None:
    clean = {
        key: float(score_call(call(key, mouth_to_ear_s=0.0)).common_r)
        for key in ("g711", "amr-wb-12.65", "evs-24.4")
    }
    assert clean == pytest.approx({"g711": 93.2, "amr-wb-12.65": 116, "evs-24.4": 140.8})


def test_what_would_help_most_comes_first_and_no_codec_of_another_band_does() -> None:
    found = remedies(call("g729a", network_delay_s=0.08, jitter_s=0.012, loss_ratio=0.01))
    gains = [remedy.mos_gain for remedy in found]
    assert gains == sorted(gains, reverse=True)
    assert {remedy.what for remedy in found} >= {"jitter", "jitter_buffer", "network_loss"}
    (codec,) = [remedy for remedy in found if remedy.what == "codec"]
    assert codec.words == "G.711 with PLC"


def test_a_longer_buffer_is_weighed_against_its_delay() -> None:
    described = call(network_delay_s=0.02, jitter_s=0.012)
    (buffer,) = [remedy for remedy in remedies(described) if remedy.what == "jitter_buffer"]
    others = replace(described, jitter_buffer_s=np.array([0.05, 0.07, 0.1, 0.15]))
    assert np.all(score_call(others).r < buffer.r)
    assert buffer.words == "a jitter buffer of 85 ms"


def test_nothing_helps_a_call_without_a_flaw() -> None:
    assert remedies(call(mouth_to_ear_s=0.0)) == ()


def test_leaving_what_the_model_was_made_for_is_said() -> None:
    described = call("gsm-efr", mouth_to_ear_s=0.6, loss_ratio=0.25, burst_ratio=3)
    said = " ".join(caveats(described, score_call(described)))
    assert all(words in said for words in ("20 %", "500 ms", "burst ratio above 2", "as low as 10"))


@pytest.mark.parametrize(
    ("codec", "words"), [("amr-wb-23.05", "one interpretation"), ("evs-48", "without echo")]
)
def test_what_a_wider_band_lacks_is_said(codec: str, words: str) -> None:
    described = call(codec)
    assert any(words in caveat for caveat in caveats(described, score_call(described)))


def test_the_scales_of_the_bands_are_told() -> None:
    scales = {key: score_call(call(key)).scale for key in ("g711", "g722-64", "evs-32")}
    assert scales == {"g711": Scale.CQE, "g722-64": Scale.CQEW, "evs-32": Scale.CQEF}
