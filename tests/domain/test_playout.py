"""Jitter becomes late packets and delay, never a term of its own."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.playout import JitterKind, late_ratio, mouth_to_ear_s, total_loss_ratio

RATIOS = st.floats(0, 1)


@pytest.mark.parametrize(("buffers", "late"), [(2, 0.135), (3, 0.050), (4, 0.018), (5, 0.0067)])
def test_a_buffer_of_a_few_jitters_loses_the_published_share(buffers: float, late: float) -> None:
    assert late_ratio(0.010, buffers * 0.010) == pytest.approx(late, abs=5e-4)


def test_no_jitter_is_no_late_packet_even_without_a_buffer() -> None:
    assert late_ratio(np.zeros(2), np.array([0.0, 0.06])).tolist() == [0, 0]


def test_jitter_without_a_buffer_is_heard_in_full() -> None:
    assert late_ratio(0.001, 0.0) == 1


def test_unknown_jitter_or_buffer_is_unknown_loss() -> None:
    assert np.isnan(
        late_ratio(np.array([np.nan, 0.01, 0.0]), np.array([0.06, np.nan, np.nan]))
    ).all()


@pytest.mark.parametrize(("jitter_s", "buffer_s"), [(-0.001, 0.06), (0.001, -0.06)])
def test_negative_jitter_and_buffers_are_refused(jitter_s: float, buffer_s: float) -> None:
    with pytest.raises(ValueError, match="must not be negative"):
        late_ratio(jitter_s, buffer_s)


@given(st.lists(st.floats(0, 1), min_size=2), st.floats(0, 1))
def test_more_jitter_never_loses_less(jitters_s: list[float], buffer_s: float) -> None:
    late = late_ratio(np.sort(jitters_s), buffer_s)
    assert np.all((late >= 0) & (late <= 1))
    assert np.all(np.diff(late) >= 0)


@given(st.floats(1e-6, 1), st.lists(st.floats(0, 1), min_size=2))
def test_a_longer_buffer_never_loses_more(jitter_s: float, buffers_s: list[float]) -> None:
    assert np.all(np.diff(late_ratio(jitter_s, np.sort(buffers_s))) <= 0)


@pytest.mark.parametrize(
    ("kind", "jitter_s"),
    [
        (JitterKind.RFC3550, 0.01),
        (JitterKind.STANDARD_DEVIATION, 0.01),
        (JitterKind.PEAK_TO_PEAK, 0.075),
        (JitterKind.Y1541, 0.06908),
    ],
)
def test_one_path_loses_the_same_by_every_kind_of_jitter(kind: JitterKind, jitter_s: float) -> None:
    assert late_ratio(jitter_s, 0.04, kind) == pytest.approx(late_ratio(0.01, 0.04), rel=1e-3)


@given(RATIOS, RATIOS)
def test_what_is_heard_as_lost_is_at_least_either_part(loss: float, late: float) -> None:
    total = total_loss_ratio(loss, late)
    assert max(loss, late) - 1e-12 <= total <= min(1.0, loss + late) + 1e-12


def test_words_wait_for_packet_codec_buffer_and_decoder() -> None:
    heard_after_s = mouth_to_ear_s(
        network_delay_s=0.080, packet_time_s=0.020, look_ahead_s=0.005, jitter_buffer_s=0.060
    )
    assert heard_after_s == pytest.approx(0.170)
