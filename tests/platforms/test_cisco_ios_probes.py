import json
from typing import Any

import pytest

from qosbot.domain.metrics import Grade, Measured, NotMeasured, Reason, derive
from qosbot.domain.samples import ProbeSample
from qosbot.platforms.cisco_ios.oids import CiscoIosPlan
from qosbot.ports.polling import Oid, Value
from tests.needs import SHARED
from tests.platforms.snmprec import SYS_UPTIME, answers, oid, read, recorded_values

PLAN = CiscoIosPlan()
MIB = oid("1.3.6.1.4.1.9.9.42.1")
XR = "librenms/iosxr_asr9010.snmprec"


def checked(name: str) -> dict[int, dict[str, Any]]:
    found = json.loads((SHARED / "recordings" / "derived" / name).read_text())
    return {one["index"]: one for one in found if one["rtt_type"] == 9}


def synthetic(**cells: Value) -> dict[Oid, Value]:
    """Return operation 10 as the MIB describes a codec run; no real device has recorded one."""
    at = {
        "kind": (2, 1, 1, 4),
        "tag": (2, 1, 1, 3),
        "frequency": (2, 1, 1, 6),
        "status": (2, 1, 1, 9),
        "target": (2, 2, 1, 2),
        "tos": (2, 2, 1, 9),
        "packets": (2, 2, 1, 18),
        "codec": (2, 2, 1, 27),
        "codec_packets": (2, 2, 1, 30),
        "precision": (2, 2, 1, 37),
        "state": (2, 9, 1, 10),
        "sense": (2, 10, 1, 2),
        "stamp": (2, 10, 1, 5),
        "replies": (5, 2, 1, 1),
        "rtt_sum": (5, 2, 1, 2),
        "rtt_sum_high": (5, 2, 1, 53),
        "loss_sd": (5, 2, 1, 26),
        "loss_ds": (5, 2, 1, 27),
        "missing": (5, 2, 1, 29),
        "late": (5, 2, 1, 30),
        "ow_count": (5, 2, 1, 41),
        "mos": (5, 2, 1, 42),
        "icpif": (5, 2, 1, 43),
        "ntp": (5, 2, 1, 51),
        **{f"changes_{n}": (5, 2, 1, n) for n in (8, 9, 13, 14, 18, 19, 23, 24)},
        "ow_sd": (5, 2, 1, 33),
        "ow_ds": (5, 2, 1, 37),
    }
    good: dict[str, Value] = {
        "kind": 9,
        "tag": b"par-lyo",
        "frequency": 60,
        "status": 1,
        "target": bytes([10, 0, 0, 1]),
        "tos": 184,
        "packets": 10,
        "codec": 2,
        "codec_packets": 1000,
        "precision": 2,
        "state": 6,
        "sense": 1,
        "stamp": 99_000,
        "replies": 1000,
        "rtt_sum": 40_000_000,
        "rtt_sum_high": 0,
        "loss_sd": 0,
        "loss_ds": 0,
        "missing": 0,
        "late": 0,
        "ow_count": 0,
        "mos": 434,
        "icpif": 1,
        "ntp": 2,
        "ow_sd": 0,
        "ow_ds": 0,
        **{f"changes_{n}": 100 for n in (8, 13, 18, 23)},
        **{f"changes_{n}": 50_000 for n in (9, 14, 19, 24)},
    }
    rows = good | cells
    found: dict[Oid, Value] = {(*MIB, *at[name], 10): value for name, value in rows.items()}
    return {SYS_UPTIME: 100_000} | found


def one(**cells: Value) -> ProbeSample:
    (probe,) = PLAN.read(answers(PLAN, synthetic(**cells))).probes
    return probe


def test_all_udp_jitter_operations_of_an_xr_and_no_others_are_read() -> None:
    probes = {probe.operation: probe for probe in read(PLAN, XR).probes}
    assert probes.keys() == checked("iosxr_asr9010.ipsla.json").keys()
    for operation, expected in checked("iosxr_asr9010.ipsla.json").items():
        probe = probes[operation]
        assert probe.target == expected["target"]
        assert (probe.received, probe.loss_sd, probe.loss_ds, probe.one_way_count) == (
            expected["num_rtt"],
            expected["loss_sd"],
            expected["loss_ds"],
            expected["num_ow"],
        )


def test_columns_that_an_xr_leaves_out_stay_out() -> None:
    probe = next(one for one in read(PLAN, XR).probes if one.operation == 10)
    assert (probe.agent_mos, probe.agent_icpif, probe.clocks_in_sync) == (None, None, None)
    assert probe.resolution_s == 1e-3


def test_an_xrs_results_are_computed_from_its_sums() -> None:
    probes = {one.probe.operation: one for one in derive(None, read(PLAN, XR)).probes}
    believed, halved = probes[10], probes[11]
    assert believed.forward.delay_s == Measured(43 / 73 * 1e-3)
    assert believed.forward.jitter_changed_s == Measured(pytest.approx(1e-3))  # type: ignore[arg-type]
    assert isinstance(believed.backward.jitter_s, Measured)
    assert halved.forward.delay_s == Measured(pytest.approx(0.5e-3))  # type: ignore[arg-type]
    assert Reason.RTT_HALVED in halved.reasons
    assert Reason.NOT_MARKED_EF in believed.reasons
    assert believed.grade is Grade.C


@pytest.mark.parametrize(
    "recording",
    [
        "librenms/nxos_n9504-7.0.snmprec",
        "librenms/ios_c3560-slas.snmprec",
        "librenms/iosxe_c9300.snmprec",
    ],
)
def test_an_operation_of_another_type_is_never_read_as_jitter(recording: str) -> None:
    sample = read(PLAN, recording)
    assert sample.probes == ()
    assert sample.gaps == ()


def test_a_codec_operation_has_the_codecs_packets_and_the_agents_mos() -> None:
    probe = one()
    assert (probe.codec, probe.sent, probe.dscp, probe.agent_mos) == ("g711alaw", 1000, 46, 4.34)
    assert (probe.tag, probe.target, probe.is_active) == ("par-lyo", "10.0.0.1", True)
    assert probe.rtt_sum_s == pytest.approx(40.0)


def test_an_operation_without_a_codec_sends_its_own_number_of_packets() -> None:
    probe = one(codec=0, packets=100)
    assert (probe.codec, probe.sent) == (None, 100)


@pytest.mark.parametrize(("raw", "mos"), [(0, None), (1, 1.0), (100, 1.0), (None, None)])
def test_mos_zero_is_no_score_and_the_worst_has_two_spellings(
    raw: Value, mos: float | None
) -> None:
    assert one(mos=raw).agent_mos == mos


@pytest.mark.parametrize(("precision", "rtt_s"), [(2, 40.0), (1, 40_000.0), (None, 40_000.0)])
def test_the_unit_is_the_operations_own(precision: Value, rtt_s: float) -> None:
    assert one(precision=precision).rtt_sum_s == pytest.approx(rtt_s)


def test_a_sum_beyond_32_bits_uses_its_high_word() -> None:
    assert one(rtt_sum=1, rtt_sum_high=2).rtt_sum_s == pytest.approx((2 * 2**32 + 1) * 1e-6)


@pytest.mark.parametrize(("raw", "in_sync"), [(1, True), (2, False), (0, False), (None, None)])
def test_a_clock_state_outside_the_mib_is_not_in_sync(raw: Value, in_sync: bool | None) -> None:  # noqa: FBT001  a case, not a switch
    assert one(ntp=raw).clocks_in_sync is in_sync


@pytest.mark.parametrize("cells", [{"state": 5}, {"status": 2}])
def test_an_operation_that_is_not_scheduled_is_idle(cells: dict[str, Value]) -> None:
    assert not one(**cells).is_active


def test_an_operation_that_has_not_run_has_no_run() -> None:
    assert one(stamp=0).run_uptime_s is None


def test_a_nexus_row_without_jitter_columns_measures_no_jitter() -> None:
    values = recorded_values("librenms/nxos_n9504-7.0.snmprec") | {(*MIB, 2, 1, 1, 4, 11): 9}
    (probe,) = derive(None, PLAN.read(answers(PLAN, values))).probes
    assert not isinstance(probe.forward.jitter_s, Measured)
    assert probe.grade is Grade.C


def test_a_good_run_read_from_the_agent_is_graded_as_one() -> None:
    (probe,) = derive(None, PLAN.read(answers(PLAN, synthetic()))).probes
    assert probe.forward.delay_s == Measured(pytest.approx(0.020))  # type: ignore[arg-type]
    assert probe.reasons == (Reason.CLOCK_OUT_OF_SYNC, Reason.RTT_HALVED)
    assert probe.grade is Grade.B
    assert probe.forward.jitter_s != NotMeasured(Reason.NOT_PROVIDED)
