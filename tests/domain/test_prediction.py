"""A prediction removes what the cause did, and its interval is as wide as what is not known."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.capacity import expected_ef
from qosbot.domain.codecs import CODECS
from qosbot.domain.detection import Calm
from qosbot.domain.diagnosis import diagnose_way
from qosbot.domain.inventory import Direction
from qosbot.domain.metrics import Measured, Reason
from qosbot.domain.prediction import (
    Subject,
    pays,
    predict_codec,
    predict_queueing,
    removed_loss,
)
from qosbot.domain.samples import FlowDirection
from tests.domain.builders import run, way
from tests.domain.test_diagnosis import BACK, FULL, lyon, scene
from tests.domain.voice_builders import LYON, inventory, link, metrics, path, scored, traffic_class

CALM = Calm(delay_s=0.012, jitter_s=0.001)


def subject(
    *,
    loss: float = 0.12,
    delay_s: float = 0.06,
    jitter_s: float = 0.008,
    calm: Calm | None = CALM,
    codec: str = "g711",
    halved: bool = False,
    packets: int = 1000,
) -> Subject:
    one = path("par-lyo", LYON, codec=codec)
    heard = run(
        backward=way(loss_ratio=loss, delay_s=delay_s, jitter_s=jitter_s, packets=packets),
        reasons=(Reason.RTT_HALVED,) if halved else (),
    )
    return Subject(path=one, direction=Direction.BACKWARD, score=scored(one, heard), calm=calm)


def test_without_the_queue_the_path_sounds_as_when_calm() -> None:
    predicted = predict_queueing(subject(), 0.12, link(LYON))
    assert predicted.mos_before < 3.1
    assert predicted.mos_after > 4.3
    assert "12.0%" in predicted.because
    assert "12 ms of a calm path" in predicted.because


def test_loss_that_the_cause_does_not_explain_stays() -> None:
    predicted = predict_queueing(subject(loss=0.12), 0.04, link(LYON))
    assert predicted.mos_before + 0.2 < predicted.mos_after < 3.8
    assert "8.3% stays" in predicted.because


def test_a_loss_that_chance_explains_does_not_stay() -> None:
    few = subject(loss=0.36, packets=100)
    predicted = predict_queueing(few, 0.3, link(LYON))
    assert "0.0% stays" in predicted.because
    assert predicted.mos_after > 4.3
    assert predicted.mos_after_low < 3.9
    many = predict_queueing(subject(loss=0.36, packets=10_000), 0.3, link(LYON))
    assert "8.6% stays" in many.because


def test_the_interval_is_wider_where_the_path_was_never_seen_calm() -> None:
    known = predict_queueing(subject(jitter_s=0.02), 0.12, link(LYON))
    unknown = predict_queueing(subject(jitter_s=0.02, calm=None), 0.12, link(LYON))
    assert unknown.mos_after_low < known.mos_after_low - 0.2
    assert "never seen calm" in unknown.because


def test_half_a_round_trip_falls_for_both_directions() -> None:
    whole = predict_queueing(subject(delay_s=0.4), 0.12, link(LYON))
    halved = predict_queueing(subject(delay_s=0.4, halved=True), 0.12, link(LYON))
    assert halved.mos_after == pytest.approx(whole.mos_after, abs=0.02)


@given(
    st.floats(0, 0.5),
    st.floats(0, 1),
    st.floats(0.001, 0.4),
    st.floats(0, 0.1),
    st.one_of(st.none(), st.builds(Calm, delay_s=st.floats(0, 0.4), jitter_s=st.floats(0, 0.003))),
)
def test_removing_a_cause_never_predicts_worse_and_lies_within_its_interval(
    loss: float, removed: float, delay_s: float, jitter_s: float, calm: Calm | None
) -> None:
    one = subject(loss=loss, delay_s=delay_s, jitter_s=jitter_s, calm=calm)
    predicted = predict_queueing(one, removed, link(LYON))
    assert predicted.mos_after >= predicted.mos_before - 1e-9
    assert predicted.mos_after_low <= predicted.mos_after <= predicted.mos_after_high


def codec_change(*, drop_ratio: float, loss: float | None = None) -> bool:
    network = inventory()
    now = expected_ef(network, network.links[LYON], FlowDirection.OUT, {})
    after = expected_ef(
        network, network.links[LYON], FlowDirection.OUT, {}, codecs={"par-lyo": "g729a"}
    )
    heard = subject(loss=drop_ratio if loss is None else loss, delay_s=0.02, jitter_s=0.001)
    return pays(predict_codec(heard, CODECS["g729a"], drop_ratio=drop_ratio, now=now, after=after))


@pytest.mark.parametrize("drop_ratio", [0.01, 0.02, 0.033])
def test_a_lower_ceiling_costs_more_than_a_little_loss(drop_ratio: float) -> None:
    assert not codec_change(drop_ratio=drop_ratio)


@pytest.mark.parametrize("drop_ratio", [0.06, 0.1, 0.4])
def test_a_lower_ceiling_pays_where_it_removes_much_loss(drop_ratio: float) -> None:
    assert codec_change(drop_ratio=drop_ratio)


def test_loss_that_is_not_the_class_s_does_not_pay_for_a_codec() -> None:
    assert not codec_change(drop_ratio=0.0, loss=0.2)


def test_the_loss_of_a_cause_is_read_from_its_evidence() -> None:
    found = diagnose_way(BACK, scene(lyon(traffic_class("Gi0/1", drop_ratio=0.07))))
    assert removed_loss(found, link(LYON)) == pytest.approx(0.07)


def test_what_exceeds_the_circuit_is_lost_beyond_our_counters() -> None:
    port = replace(FULL, out_rate_bps=Measured(5e6), out_discard_ratio=Measured(0.0))
    found = diagnose_way(BACK, scene(metrics("lyon", port)))
    assert removed_loss(found, link(LYON)) == pytest.approx(0.2)
