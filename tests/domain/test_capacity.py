"""Voice on a link is the sum over its paths, in the count of whoever counts it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.capacity import (
    COUNTED_BYTES,
    LINE_BYTES,
    EfLoad,
    expected_ef,
    priority_limit,
    reference_bps,
)
from qosbot.domain.inventory import Layer2
from qosbot.domain.policies import (
    InterfaceConfig,
    PolicyClass,
    PolicyMap,
    QosPolicy,
    Share,
)
from qosbot.domain.samples import FlowDirection
from tests.domain.builders import run
from tests.domain.voice_builders import HUB, LYON, NANTES, inventory, link

OUT = FlowDirection.OUT


def configured(*, bandwidth_bps: float | None = None, shape: Share | None = None) -> QosPolicy:
    top = PolicyMap(
        name="TOP", classes=(PolicyClass(name="class-default", shape=shape, child="WAN"),)
    )
    wan = PolicyMap(name="WAN", classes=(PolicyClass(name="VOICE", is_priority=True),))
    return QosPolicy(
        class_maps={},
        policy_maps={"TOP": top, "WAN": wan},
        attachments=(),
        interfaces={"Gi0/1": InterfaceConfig(name="Gi0/1", bandwidth_bps=bandwidth_bps)},
        access_lists={},
        codec_classes={},
        dial_peers={},
        has_archive=True,
    )


@pytest.mark.parametrize("layer2", list(Layer2))
def test_the_line_always_carries_more_than_the_class_counts(layer2: Layer2) -> None:
    assert COUNTED_BYTES[layer2] < LINE_BYTES[layer2]


def test_a_call_of_g711_counts_85600_bit_per_second_and_takes_87200_on_ethernet() -> None:
    load = expected_ef(inventory(), link(LYON), OUT, {})
    assert load.calls_counted_bps == pytest.approx(12 * 85_600)
    assert load.calls_line_bps == pytest.approx(12 * 87_200)


def test_a_hub_carries_the_calls_of_all_its_branches() -> None:
    network = inventory()
    load = expected_ef(network, network.links[HUB], OUT, {})
    assert load.calls == 20
    assert load.calls_counted_bps == pytest.approx(12 * 85_600 + 8 * 29_600)


def test_what_arrives_counts_apart_from_what_leaves() -> None:
    network = inventory()
    assert expected_ef(network, network.links[HUB], FlowDirection.IN, {}).calls == 0
    assert expected_ef(network, network.links[NANTES], FlowDirection.IN, {}).calls == 8


def test_a_probe_rides_in_the_voice_class_too() -> None:
    network = inventory()
    probe = network.paths["par-lyo"].probe
    load = expected_ef(network, network.links[LYON], OUT, {probe: run(probe=probe)})
    assert load.probes_counted_bps == pytest.approx(100 / 5 * 214 * 8)


def test_a_class_is_sized_for_the_time_in_which_a_probe_runs() -> None:
    network = inventory()
    probe = network.paths["par-lyo"].probe
    load = expected_ef(network, network.links[LYON], OUT, {probe: run(probe=probe)})
    assert load.need_bps == pytest.approx((12 + 1) * 85_600 * 1.05)


def test_a_change_of_codec_is_counted_at_the_new_rate() -> None:
    load = expected_ef(inventory(), link(LYON), OUT, {}, codecs={"par-lyo": "g729a"})
    assert load.calls_counted_bps == pytest.approx(12 * 29_600)


def test_the_nearest_shaper_is_the_reference() -> None:
    policy = configured(bandwidth_bps=10e6, shape=Share(ratio=0.5))
    path = ("TOP", "class-default", "WAN", "VOICE")
    assert reference_bps(policy, "Gi0/1", path, 1e9) == 5e6


def test_without_a_shaper_the_configured_bandwidth_goes_before_the_speed() -> None:
    assert reference_bps(configured(bandwidth_bps=10e6), "Gi0/1", ("WAN", "VOICE"), 1e9) == 10e6
    assert reference_bps(configured(), "Gi0/1", ("WAN", "VOICE"), 1e9) == 1e9


def test_the_share_is_of_the_circuit_where_the_port_is_faster() -> None:
    load = expected_ef(inventory(), link(LYON), OUT, {})
    assert priority_limit(link(LYON, contract_bps=None), load, 1e9).bps == pytest.approx(1.32e6)


@given(st.floats(1e5, 1e9), st.floats(1e4, 1e9), st.floats(1e4, 1e9), st.floats(0.01, 0.5))
def test_priority_never_passes_share_or_contract(
    rate: float, contract: float, reference: float, share: float
) -> None:
    load = EfLoad(calls=1, calls_counted_bps=85_600, calls_line_bps=87_200, probes_counted_bps=0)
    limit = priority_limit(link(LYON, rate_bps=rate, contract_bps=contract), load, reference, share)
    assert limit.bps <= share * min(rate, reference)
    # What is counted as the limit must be no more than the contract on the line.
    assert limit.bps * 87_200 / 85_600 <= contract * (1 + 1e-9)
