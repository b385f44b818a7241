"""R and the opinion of people belong together exactly, each scale by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.emodel import mos_from_r, r_from_mos
from qosbot.domain.scales import BEST_R, R_PER_NARROWBAND_R, Scale, ie_moved, mos_on, r_on

SCALES = st.sampled_from(Scale)


@pytest.mark.parametrize(
    ("r", "mos"), [(-10, 1), (0, 1), (3.2223, 1), (50, 2.575), (70, 3.597), (100, 4.5), (120, 4.5)]
)
def test_r_becomes_the_score_of_annex_b(r: float, mos: float) -> None:
    assert mos_from_r(r) == pytest.approx(mos, abs=1e-9)


@given(st.lists(st.floats(-50, 150), min_size=2))
def test_a_score_never_falls_as_r_rises(rs: list[float]) -> None:
    assert np.all(np.diff(mos_from_r(np.sort(rs))) >= -1e-12)


@given(SCALES, st.floats(6.6, 100))
def test_r_comes_back_from_its_score_on_every_scale(scale: Scale, narrowband_r: float) -> None:
    r = narrowband_r * R_PER_NARROWBAND_R[scale]
    assert r_on(scale, mos_on(scale, r)) == pytest.approx(r, abs=1e-9)


@given(SCALES, st.floats(1.001, 4.5))
def test_a_score_comes_back_from_its_r_on_every_scale(scale: Scale, mos: float) -> None:
    assert mos_on(scale, r_on(scale, mos)) == pytest.approx(mos, abs=1e-9)


@pytest.mark.parametrize(
    ("mos", "r"), [(1.0, 6.515), (3.0, 58.08), (3.5, 67.96), (4.0, 79.37), (4.4, 92.73), (4.5, 100)]
)
def test_a_score_becomes_the_r_of_appendix_i(mos: float, r: float) -> None:
    assert r_from_mos(mos) == pytest.approx(r, abs=6e-3)


def test_a_score_off_the_scale_has_no_r() -> None:
    assert np.isnan(r_from_mos(np.array([0.99, 4.51, np.nan, np.inf]))).all()


def test_an_unknown_r_has_no_score() -> None:
    assert np.isnan(mos_from_r(np.nan))


def test_the_same_score_is_another_quality_on_each_scale() -> None:
    rs = [float(r_on(scale, 4.4)) for scale in (Scale.CQE, Scale.CQEW, Scale.CQEF)]
    assert rs == pytest.approx([92.73, 119.62, 137.24], abs=0.01)


@pytest.mark.parametrize("scale", Scale)
def test_the_best_connection_of_each_band_sounds_best_on_its_own_scale(scale: Scale) -> None:
    assert mos_on(scale, BEST_R[scale]) >= 4.409


def test_a_narrowband_call_is_worse_among_wideband_ones() -> None:
    ie = ie_moved(0, came_from=Scale.CQE, to=Scale.CQEW)
    assert ie == pytest.approx(35.8)
    assert mos_on(Scale.CQEW, BEST_R[Scale.CQEW] - ie) == pytest.approx(3.70, abs=6e-3)


def test_no_codec_gets_better_by_moving_it_to_a_narrower_band() -> None:
    with pytest.raises(ValueError, match="wider bands only, not from CQEW to CQE"):
        ie_moved(13, came_from=Scale.CQEW, to=Scale.CQE)
