"""One cause with its evidence, or the honest word that there is none."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from qosbot.domain.alarms import AffectedWay
from qosbot.domain.diagnosis import diagnose, diagnose_way
from qosbot.domain.findings import Cause, Finding
from qosbot.domain.inventory import Direction, Hop, Inventory, LinkId
from qosbot.domain.metrics import (
    ClassMetrics,
    DeviceMetrics,
    Grade,
    InterfaceMetrics,
    Invalid,
    Measured,
    Metric,
    NotMeasured,
    ProbeMetrics,
    Reason,
)
from qosbot.domain.paths import Unmeasured
from qosbot.domain.samples import FlowDirection
from qosbot.domain.sightings import Marks, Scene, has_load
from tests.domain.builders import NOON
from tests.domain.voice_builders import (
    CORE,
    DEFAULT,
    HUB,
    LYON,
    NANTES,
    VOICE,
    bad_run,
    healthy,
    interface,
    inventory,
    link,
    metrics,
    path,
    scored,
    traffic_class,
)

BACK = AffectedWay(path="par-lyo", direction=Direction.BACKWARD)
FORTH = AffectedWay(path="par-lyo", direction=Direction.FORWARD)
FULL = interface("Gi0/1", out_bps=3.95e6, out_discard_ratio=Measured(0.12))


def scene(
    *changed: DeviceMetrics,
    without: str = "",
    marks: Marks | None = None,
    network: Inventory | None = None,
    probe: Mapping[str, object] | None = None,
    loss: float = 0.12,
    forward_loss: float = 0.0,
) -> Scene:
    """A scene in which both paths sound bad backward, and the hops are healthy but for changes."""
    held = healthy() | {one.device: one for one in changed}
    held.pop(without, None)
    network = network or inventory()
    runs: dict[str, ProbeMetrics] = {
        name: replace(
            bad_run(probe=one.probe, backward_loss=loss, forward_loss=forward_loss),
            **(probe or {}),  # type: ignore[arg-type]  # a test names real fields
        )
        for name, one in network.paths.items()
    }
    return Scene(
        inventory=network,
        metrics=held,
        scores={name: scored(network.paths[name], one) for name, one in runs.items()},
        probes={one.probe: one for one in runs.values()},
        now=NOON,
        marks=marks or Marks(),
    )


def lyon(*classes: ClassMetrics, full: bool = True) -> DeviceMetrics:
    port = FULL if full else interface("Gi0/1")
    return metrics("lyon", port, classes=classes)


def quoted(finding: Finding) -> set[tuple[str, str, float]]:
    return {(one.device, one.counter, round(one.value, 6)) for one in finding.evidence}


def test_a_full_egress_without_a_policy_is_the_cause() -> None:
    found = diagnose_way(BACK, scene(lyon()))
    assert (found.cause, found.link, found.direction) == (Cause.NO_POLICY, LYON, FlowDirection.OUT)
    assert ("lyon", "out_discard_ratio", 0.12) in quoted(found)
    assert "3.95 Mbit/s of 4 Mbit/s and discards 12.00%" in found.words


def test_the_probe_is_quoted_with_its_time() -> None:
    found = diagnose_way(BACK, scene(lyon()))
    heard = next(one for one in found.evidence if one.counter == "backward_loss_ratio")
    assert (heard.device, heard.interface, heard.value) == ("core", "probe 101", 0.12)
    assert heard.at == NOON - timedelta(seconds=1)


def test_a_class_that_drops_what_calls_explain_is_too_small() -> None:
    small = traffic_class("Gi0/1", calls=12.4, drop_ratio=0.12)
    found = diagnose_way(BACK, scene(lyon(small)))
    assert (found.cause, found.class_path) == (Cause.VOICE_CLASS_TOO_SMALL, VOICE)
    assert found.grade is Grade.A
    assert ("lyon", "drop_ratio", 0.12) in quoted(found)


@pytest.mark.parametrize(
    ("calls", "cause"),
    [(14.0, Cause.VOICE_CLASS_TOO_SMALL), (15.5, Cause.FOREIGN_EF), (60.0, Cause.FOREIGN_EF)],
)
def test_more_ef_than_calls_explain_is_foreign(calls: float, cause: Cause) -> None:
    found = diagnose_way(BACK, scene(lyon(traffic_class("Gi0/1", calls=calls, drop_ratio=0.1))))
    assert found.cause is cause
    assert found.is_qos is (cause is Cause.VOICE_CLASS_TOO_SMALL)


def test_foreign_ef_beyond_the_contract_is_found_where_our_class_drops_nothing() -> None:
    found = diagnose_way(BACK, scene(lyon(traffic_class("Gi0/1", calls=30))))
    assert found.cause is Cause.FOREIGN_EF


def test_drops_of_fewer_calls_than_expected_need_a_person() -> None:
    found = diagnose_way(BACK, scene(lyon(traffic_class("Gi0/1", calls=6, drop_ratio=0.1))))
    assert (found.cause, found.grade) == (Cause.VOICE_CLASS_TOO_SMALL, Grade.B)


def hub(*classes: ClassMetrics, out_bps: float = 19e6) -> DeviceMetrics:
    return metrics("hub", interface("Gi0/0"), interface("Gi0/1", out_bps=out_bps), classes=classes)


def test_a_class_that_matches_nothing_has_a_witness_upstream() -> None:
    blind = (
        traffic_class("Gi0/1", calls=0),
        traffic_class("Gi0/1", DEFAULT, calls=200, drop_ratio=0.08),
    )
    found = diagnose_way(FORTH, scene(hub(*blind), forward_loss=0.08))
    assert (found.cause, found.link, found.grade) == (Cause.CLASS_MATCHES_NOTHING, HUB, Grade.A)
    assert ("core", "offered_rate_pps", 750.0) in quoted(found)
    assert ("hub", "offered_rate_pps", 0.0) in quoted(found)


BLIND = (
    traffic_class("Gi0/1", calls=0),
    traffic_class("Gi0/1", DEFAULT, calls=40, drop_ratio=0.12),
)


def test_without_a_class_upstream_the_probe_is_a_witness_of_grade_b() -> None:
    found = diagnose_way(BACK, scene(lyon(*BLIND)))
    assert (found.cause, found.grade) == (Cause.CLASS_MATCHES_NOTHING, Grade.B)


def test_an_unmarked_probe_is_no_witness() -> None:
    found = diagnose_way(BACK, scene(lyon(*BLIND), probe={"dscp": None}))
    assert found.cause is Cause.UNEXPLAINED


def test_a_zero_over_a_short_interval_is_no_zero() -> None:
    short = tuple(replace(one, interval_s=Measured(10.0)) for one in BLIND)
    assert diagnose_way(BACK, scene(lyon(*short))).cause is Cause.DATA_TOO_POOR
    shown = scene(lyon(*short), marks=Marks(witness_interval_s=5))
    assert diagnose_way(BACK, shown).cause is Cause.CLASS_MATCHES_NOTHING


def test_a_class_that_matches_nothing_on_an_idle_link_is_not_the_cause() -> None:
    idle = (traffic_class("Gi0/1", calls=0), traffic_class("Gi0/1", DEFAULT, calls=1))
    assert diagnose_way(BACK, scene(lyon(*idle, full=False))).cause is Cause.UNEXPLAINED


@pytest.mark.parametrize(("way", "where"), [(FORTH, "lyon"), (BACK, "core"), (BACK, "hub")])
def test_physical_errors_where_a_way_arrives_go_before_everything(
    way: AffectedWay, where: str
) -> None:
    def port(of: str, name: str = "Gi0/1") -> InterfaceMetrics:
        ratio = 0.05 if of == where else 0.0
        return interface(name, in_error_ratio=Measured(ratio))

    core = metrics("core", port("core"))
    middle = metrics("hub", interface("Gi0/0"), port("hub"))
    branch = metrics("lyon", replace(FULL, in_error_ratio=port("lyon").in_error_ratio))
    found = diagnose_way(way, scene(core, branch, middle, forward_loss=0.05))
    assert (found.cause, found.is_qos) == (Cause.PHYSICAL_ERRORS, False)
    assert found.link is not None
    assert found.link.device == where


def test_a_few_errors_do_not_hide_a_queue_that_loses_much_more() -> None:
    core = metrics("core", interface("Gi0/1", in_error_ratio=Measured(0.002)))
    assert diagnose_way(BACK, scene(core, lyon())).cause is Cause.NO_POLICY


def test_a_receiver_at_its_rate_behind_a_clean_egress_is_the_carriers() -> None:
    fed = metrics("lyon", interface("Gi0/1", in_bps=3.9e6))
    found = diagnose_way(FORTH, scene(fed, forward_loss=0.1))
    assert (found.cause, found.direction) == (Cause.INGRESS_OVERLOAD, FlowDirection.IN)
    assert "circuit of lyon" in found.words
    assert ("hub", "out_discard_ratio", 0.0) in quoted(found)


def test_a_full_egress_that_loses_nothing_does_not_hide_the_carriers_drops() -> None:
    busy = hub(out_bps=18.5e6)
    fed = metrics("lyon", interface("Gi0/1", in_bps=3.9e6))
    assert diagnose_way(FORTH, scene(busy, forward_loss=0.1)).cause is Cause.NO_POLICY
    found = diagnose_way(FORTH, scene(busy, fed, forward_loss=0.1))
    assert found.cause is Cause.INGRESS_OVERLOAD


def test_a_policy_without_a_class_for_voice_is_said() -> None:
    data_only = traffic_class("Gi0/1", DEFAULT, calls=40, drop_ratio=0.12)
    found = diagnose_way(BACK, scene(lyon(data_only)))
    assert found.cause is Cause.UNEXPLAINED
    assert "the policy on lyon Gi0/1 has no class for voice" in found.words


def test_more_calls_than_the_carrier_s_contract_are_said_where_nothing_else_explains() -> None:
    tight = inventory(links={LYON: link(LYON, contract_bps=1e6)})
    found = diagnose_way(FORTH, scene(network=tight, forward_loss=0.1))
    assert found.cause is Cause.UNEXPLAINED
    assert "12 calls on lyon Gi0/1 take 1.05 Mbit/s, more than the carrier's EF" in found.words


def test_what_was_not_measured_is_never_quoted_as_zero() -> None:
    core = metrics("core", interface("Gi0/1", in_error_ratio=Measured(0.05)))
    found = diagnose_way(BACK, scene(core))
    assert {one.counter for one in found.evidence} & {"fcs_error_rate_pps"} == set()


def test_what_happens_in_the_other_direction_is_not_the_cause() -> None:
    assert diagnose_way(FORTH, scene(lyon(), forward_loss=0.1)).cause is Cause.UNEXPLAINED


def test_an_input_policy_is_not_taken_for_an_output_policy() -> None:
    marking = traffic_class("Gi0/1", direction=FlowDirection.IN)
    assert diagnose_way(BACK, scene(lyon(marking))).cause is Cause.NO_POLICY


def test_the_hop_that_loses_most_is_the_cause() -> None:
    little = replace(FULL, out_discard_ratio=Measured(0.002))
    full_hub = metrics(
        "hub",
        interface("Gi0/0", out_bps=9.9e8, out_discard_ratio=Measured(0.1)),
        interface("Gi0/1"),
    )
    found = diagnose_way(BACK, scene(metrics("lyon", little), full_hub))
    assert found.link == LinkId(device="hub", interface="Gi0/0")


@pytest.mark.parametrize("device", ["core", "hub", "lyon"])
def test_a_silent_hop_leads_to_no_guess(device: str) -> None:
    found = diagnose_way(BACK, scene(lyon(), without=device))
    assert (found.cause, found.grade) == (Cause.DATA_TOO_POOR, Grade.C)
    assert f"{device} did not answer" in found.words


@pytest.mark.parametrize("missing", [NotMeasured(Reason.FIRST_POLL), Invalid(Reason.COUNTER_RESET)])
def test_a_counter_that_is_not_known_leads_to_no_guess(missing: Metric) -> None:
    port = metrics("lyon", replace(FULL, out_rate_bps=missing))
    assert diagnose_way(BACK, scene(port)).cause is Cause.DATA_TOO_POOR
    anew = replace(traffic_class("Gi0/1"), drop_ratio=missing)
    assert diagnose_way(BACK, scene(lyon(anew))).cause is Cause.DATA_TOO_POOR


def test_a_table_cut_short_is_never_evidence_of_no_policy() -> None:
    cut = metrics("lyon", FULL, reasons=(Reason.PARTIAL_WALK,))
    assert diagnose_way(BACK, scene(cut)).cause is Cause.DATA_TOO_POOR


def test_old_counters_lead_to_no_guess() -> None:
    old = metrics("lyon", FULL, taken_at=NOON - timedelta(minutes=10))
    assert "600 s old" in diagnose_way(BACK, scene(old)).words


def test_a_path_without_a_score_or_of_grade_c_leads_to_no_guess() -> None:
    silent = Unmeasured(path="par-lyo", reason=Reason.STALE)
    blind = replace(scene(lyon()), scores={"par-lyo": silent})
    assert diagnose_way(BACK, blind).cause is Cause.DATA_TOO_POOR
    poor = scene(lyon(), probe={"reasons": (Reason.NOT_MARKED_EF,)})
    assert "not_marked_ef" in diagnose_way(BACK, poor).words


def test_a_hop_whose_links_are_all_down_makes_the_path_unproven() -> None:
    down = metrics("lyon", replace(FULL, is_up=False))
    assert "unproven" in diagnose_way(BACK, scene(down)).words


def test_an_alternative_that_is_down_is_left_out() -> None:
    spare = LinkId(device="spare", interface="Gi0/1")
    route = path("par-lyo", LYON)
    two = replace(route.backward, egress=(Hop(any_of=(spare, LYON)), route.backward.egress[1]))
    network = inventory(links={spare: link(spare)}, paths=(replace(route, backward=two),))
    down = metrics("spare", replace(FULL, is_up=False))
    assert diagnose_way(BACK, scene(lyon(), down, network=network)).link == LYON


def test_ways_that_share_the_cause_share_the_finding() -> None:
    shared = (traffic_class("Gi0/1", calls=15, drop_ratio=0.1),)
    both = (FORTH, AffectedWay(path="par-nan", direction=Direction.FORWARD))
    (found,) = diagnose(both, scene(hub(*shared), forward_loss=0.1))
    assert (found.cause, found.ways) == (Cause.VOICE_CLASS_TOO_SMALL, both)
    assert len(found.evidence) == len(set(found.evidence))


def test_load_is_a_call_in_the_voice_class_or_as_much_traffic_as_calls_would_be() -> None:
    assert has_load(FORTH, scene())  # the core counts calls
    assert not has_load(BACK, scene())
    assert has_load(BACK, scene(lyon(traffic_class("Gi0/1", calls=3))))
    assert not has_load(BACK, scene(lyon(traffic_class("Gi0/1", calls=0.4), full=False)))
    half = metrics("lyon", interface("Gi0/1", out_bps=6 * 87_200.0))
    assert has_load(BACK, scene(half))
    assert not has_load(BACK, scene(without="lyon"))


def test_nothing_wrong_on_any_hop_is_unexplained_and_says_what_was_read() -> None:
    found = diagnose_way(BACK, scene())
    assert (found.cause, found.link, found.is_qos) == (Cause.UNEXPLAINED, None, False)
    assert {one.device for one in found.evidence} == {"core", "lyon", "hub"}
    assert NANTES.device not in found.words
    assert CORE.device not in found.words
