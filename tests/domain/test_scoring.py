"""A direction's score shows what was measured, what it cost and how much is in doubt."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.codecs import CODECS
from qosbot.domain.emodel import mos_from_r
from qosbot.domain.playout import JitterKind
from qosbot.domain.scales import Scale
from qosbot.domain.scoring import (
    Measurements,
    Remark,
    VoiceScore,
    VoiceScores,
    codec_columns,
    score_voice,
)

DECODER_S = 0.005
NOTHING: Mapping[str, object] = MappingProxyType({})


def measured(
    *codecs: str, mouth_to_ear_s: float = 0.150, changes: Mapping[str, object] = NOTHING
) -> Measurements:
    """Return directions without loss or jitter; G.711 unless codecs are named."""
    columns = codec_columns([CODECS[key] for key in codecs or ("g711",)])
    network_s = mouth_to_ear_s - columns.look_ahead_s - 0.020 - 0.040 - DECODER_S
    inputs: dict[str, Any] = {
        "network_delay_s": network_s,
        "opposite_network_delay_s": network_s,
        "jitter_s": 0.0,
        "loss_ratio": 0.0,
        "packets": 1000,
        "codec": columns,
        "packet_time_s": 0.020,
        "jitter_buffer_s": 0.040,
    }
    inputs.update(changes)
    return Measurements(**inputs)


def scores(*codecs: str, mouth_to_ear_s: float = 0.150, **changes: object) -> VoiceScores:
    return score_voice(measured(*codecs, mouth_to_ear_s=mouth_to_ear_s, changes=changes))


def score(*codecs: str, mouth_to_ear_s: float = 0.150, **changes: object) -> VoiceScore:
    (only,) = scores(*codecs, mouth_to_ear_s=mouth_to_ear_s, **changes).values()
    assert only is not None
    return only


@pytest.mark.parametrize(
    ("codec", "r", "mos"),
    [("g711", 85.899, 4.226), ("g711-noplc", 71.615, 3.672), ("g729a", 74.339, 3.793)],
)
def test_a_percent_of_loss_at_150_ms_scores_as_the_model_says(
    codec: str, r: float, mos: float
) -> None:
    one = score(codec, loss_ratio=0.01)
    assert one.r == pytest.approx(r, abs=6e-4)
    assert one.mos == pytest.approx(mos, abs=6e-4)
    assert one.scale is Scale.CQE


def test_the_terms_add_up_to_r() -> None:
    one = score("g729a", mouth_to_ear_s=0.25, loss_ratio=0.02, jitter_s=0.01)
    t = one.terms
    spent = t.simultaneous + t.idte + t.idle + t.idd + t.ie_eff
    assert one.r == pytest.approx(t.ro - spent)
    assert t.ie == 11
    assert t.ie_eff > 11


def test_late_packets_are_lost_packets() -> None:
    one = score(jitter_s=0.010, loss_ratio=0.01)
    assert one.late_ratio == pytest.approx(np.exp(-4))
    assert one.loss_ratio == pytest.approx(1 - 0.99 * (1 - np.exp(-4)))


def test_the_ceiling_is_the_codec_without_loss_at_this_delay() -> None:
    lossy = score("g729a", loss_ratio=0.05)
    assert lossy.ceiling_mos == pytest.approx(score("g729a").mos)
    assert score("g729a").ceiling_mos == pytest.approx(3.97, abs=0.01)


def test_both_directions_of_a_conversation_feel_the_same_delay() -> None:
    out_s, back_s = 0.020, 0.220
    both = scores(
        network_delay_s=np.array([out_s, back_s]),
        opposite_network_delay_s=np.array([back_s, out_s]),
    )
    assert both.r[0] == both.r[1]
    assert both.conversation_delay_s == pytest.approx([0.185, 0.185])
    assert both.mouth_to_ear_s == pytest.approx([0.085, 0.285])


def test_losing_everything_is_a_score_near_the_bottom() -> None:
    gone = score("g711-noplc", loss_ratio=1.0)
    assert gone.mos == 1
    assert gone.r == pytest.approx(89.539 - 95 * 100 / 104.3, abs=1e-3)
    assert Remark.LOSS_BEYOND_MODEL in gone.remarks


@pytest.mark.parametrize(
    "name",
    ["network_delay_s", "opposite_network_delay_s", "jitter_s", "loss_ratio", "jitter_buffer_s"],
)
def test_what_was_not_measured_is_not_scored_and_spoils_no_neighbour(name: str) -> None:
    whole = np.ravel(getattr(measured(), name))
    half_known: dict[str, Any] = {name: np.array([np.nan, *whole])}
    unknown, known = scores(**half_known).values()
    assert unknown is None
    assert known == score()


def test_a_clean_run_of_few_packets_leaves_much_in_doubt() -> None:
    few, many = score(packets=10), score(packets=100_000)
    assert few.mos == few.mos_high == many.mos
    assert few.mos_low < 3
    assert many.mos_low > 4.32


def test_the_interval_is_wilsons_taken_through_the_model() -> None:
    # 10 of 1000 lost: 0.544 % to 1.831 %.
    one = score(loss_ratio=0.01, packets=1000)
    assert one.mos_low == pytest.approx(score(loss_ratio=0.01831).mos, abs=1e-3)
    assert one.mos_high == pytest.approx(score(loss_ratio=0.00544).mos, abs=1e-3)


@pytest.mark.parametrize("packets", [0, np.nan])
def test_an_uncounted_loss_leaves_everything_in_doubt(packets: float) -> None:
    one = score(loss_ratio=0.01, packets=packets)
    assert one.mos_low == pytest.approx(score(loss_ratio=1.0).mos)
    assert one.mos_high == pytest.approx(one.ceiling_mos)


@given(
    loss=st.floats(0, 1),
    jitter_s=st.floats(0, 0.2),
    mouth_to_ear_s=st.floats(0.07, 12),
    packets=st.integers(0, 10**6),
    codec=st.sampled_from(sorted(CODECS)),
)
def test_a_score_lies_in_its_interval_and_under_its_ceiling(
    loss: float, jitter_s: float, mouth_to_ear_s: float, packets: int, codec: str
) -> None:
    one = score(
        codec, mouth_to_ear_s=mouth_to_ear_s, loss_ratio=loss, jitter_s=jitter_s, packets=packets
    )
    assert 1 <= one.mos_low <= one.mos <= one.mos_high <= one.ceiling_mos + 1e-9
    assert one.ceiling_mos <= 4.5
    assert one.mos == mos_from_r(one.r)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_more_loss_never_scores_better(losses: list[float]) -> None:
    found = scores(loss_ratio=np.sort(losses))
    for column in (found.mos, found.mos_low, found.mos_high):
        assert np.all(np.diff(column) <= 1e-12)


def test_directions_are_scored_together_as_they_are_alone() -> None:
    keys = ["g711", "g729a", "g711-noplc"]
    losses, jitters_s = [0.0, 0.02, 0.5], [0.002, 0.03, 0.0]
    together = scores(
        *keys,
        network_delay_s=0.09,
        opposite_network_delay_s=0.07,
        loss_ratio=np.array(losses),
        jitter_s=np.array(jitters_s),
        jitter_kind=JitterKind.RFC3550,
        delay_halved=np.array([True, False, False]),
    )
    for i, row in enumerate(together.values()):
        assert row == score(
            keys[i],
            network_delay_s=0.09,
            opposite_network_delay_s=0.07,
            loss_ratio=losses[i],
            jitter_s=jitters_s[i],
            delay_halved=i == 0,
        )


def test_no_directions_are_no_scores() -> None:
    none = measured(changes={"codec": codec_columns([]), "loss_ratio": np.zeros(0)})
    assert score_voice(none).values() == ()


@pytest.mark.parametrize(
    ("changes", "remarks"),
    [
        ({}, ()),
        ({"delay_halved": True}, (Remark.RTT_HALVED,)),
        ({"loss_ratio": 0.01}, (Remark.BURST_ASSUMED_RANDOM,)),
        ({"loss_ratio": 0.03, "burst_ratio": 3.0}, (Remark.BURST_BEYOND_MODEL,)),
        ({"loss_ratio": 0.21, "burst_ratio": 1.0}, (Remark.LOSS_BEYOND_MODEL,)),
        ({"network_delay_s": 20.0, "loss_ratio": 0.0}, (Remark.DELAY_BEYOND_MODEL,)),
    ],
)
def test_a_score_says_what_its_inputs_suffer_from(
    changes: dict[str, Any], remarks: tuple[Remark, ...]
) -> None:
    assert score(**changes).remarks == remarks


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network_delay_s": -1.0}, "talker_echo_delay_s must be in 0 to 10, not -0"),
        ({"loss_ratio": 1.2}, "loss_ratio must be in 0 to 1, not 1.2"),
        ({"packets": -1}, "packets must not be negative"),
        ({"jitter_s": -0.001}, "jitter_s and jitter_buffer_s must not be negative"),
    ],
)
def test_impossible_measurements_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scores(**changes)
