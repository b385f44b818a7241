import pytest

from qosbot.lab.observed import SlaRun
from qosbot.lab.probes import voice_score
from qosbot.lab.startup import STARTUP
from qosbot.lab.topology import Direction
from tests.lab.steady import START, Site

CORE = "par-core1"


def run(site: Site, at: float, operation: int = 101) -> SlaRun:
    return next(known for known in site.network.sla_runs(CORE, at) if known.operation == operation)


def test_a_probe_has_a_result_as_soon_as_the_lab_starts() -> None:
    latest = run(Site(), START)
    assert latest.sense == 1
    assert latest.finished_at <= START
    assert latest.received == 100
    assert latest.mos_hundredths == 434


def test_a_result_is_the_same_whoever_asks_and_when() -> None:
    one, other = Site(), Site()
    finished = run(one, START + 50)
    run(other, START + 3)
    assert run(other, START + 50) == finished
    assert run(other, finished.finished_at + 4.9) == finished
    assert run(other, finished.finished_at + 5.001).runs == finished.runs + 1


def test_other_packets_are_drawn_for_each_run() -> None:
    site = Site()
    assert run(site, START).rtt_sum_us != run(site, START + 5).rtt_sum_us


def test_congestion_is_seen_in_its_direction_only() -> None:
    site = Site()
    site.congest("par-lyo", Direction.BACKWARD, 4.5e6, START + 1)
    latest = run(site, START + 30)
    assert latest.loss_ds > 5
    assert latest.loss_sd == 0
    assert latest.received == 100 - latest.loss_ds - latest.loss_sd
    assert latest.mos_hundredths < 300


def test_a_change_in_the_middle_of_a_run_touches_the_packets_after_it_only() -> None:
    site = Site()
    before = run(site, START)
    start = before.finished_at - 2.1 + 10
    site.congest("par-lyo", Direction.BACKWARD, 40e6, start + 1.0)
    latest = run(site, start + 2.2)
    assert 25 <= latest.loss_ds <= 50


def test_the_sums_are_those_of_the_packets() -> None:
    latest = run(Site(), START)
    count, total, least, most = latest.positives_sd
    assert count + latest.negatives_sd[0] <= 99
    assert count * least <= total <= count * most
    assert latest.one_way_sum_sd_us + latest.one_way_sum_ds_us <= latest.rtt_sum_us
    assert latest.rtt_min_us * 100 <= latest.rtt_sum_us <= latest.rtt_max_us * 100


def test_without_a_responder_there_is_no_measurement() -> None:
    site = Site(lyo_ce1=STARTUP["lyo-ce1"].replace("ip sla responder\n", ""))
    latest = run(site, START)
    assert (latest.sense, latest.received, latest.mos_hundredths) == (6, 0, 0)


def test_a_target_that_nobody_has_times_out() -> None:
    site = Site(lyo_ce1=STARTUP["lyo-ce1"].replace("10.255.1.1", "10.255.1.99"))
    assert run(site, START).sense == 4


def test_without_clocks_in_sync_there_is_no_one_way_delay() -> None:
    site = Site()
    site.network.set_ntp("lyo-ce1", START + 1, in_sync=False)
    latest = run(site, START + 30)
    assert (latest.clocks_in_sync, latest.one_way_count, latest.one_way_sum_sd_us) == (False, 0, 0)
    assert latest.received == 100
    assert run(site, START + 30, 102).clocks_in_sync


def test_a_frozen_probe_keeps_its_last_result_until_it_is_thawed() -> None:
    site = Site()
    site.network.freeze_probe(CORE, 101, START + 10)
    frozen = run(site, START + 60)
    assert frozen == run(site, START + 10)
    site.network.thaw_probe(CORE, 101)
    assert run(site, START + 60).runs > frozen.runs


def test_a_probe_that_is_not_marked_measures_best_effort() -> None:
    marked, unmarked = Site(), Site(par_core1=STARTUP[CORE].replace(" tos 184\n", ""))
    for site in (marked, unmarked):
        site.congest("par-nan", Direction.BACKWARD, 3e6, START + 1)
    assert run(marked, START + 30, 102).one_way_max_ds_us < 20_000
    assert run(unmarked, START + 30, 102).one_way_max_ds_us > 100_000


@pytest.mark.parametrize(
    ("codec", "loss", "expected"),
    [("g711ulaw", 0.0, (434, 1)), ("g711ulaw", 0.1, (100, 93)), ("", 0.0, (0, 0))],
)
def test_the_agents_own_score_is_ciscos(codec: str, loss: float, expected: tuple[int, int]) -> None:
    assert voice_score(codec, loss, 0.02) == expected
