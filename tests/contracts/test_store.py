"""What every store promises, whatever it keeps things in."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC
from itertools import count
from pathlib import Path
from typing import TypeVar, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qosbot.adapters.sql import SqlStore
from qosbot.domain.egress_loads import EgressLoad
from qosbot.domain.inventory import LinkId, ProbeId
from qosbot.domain.metrics import Measured, Reason, derive
from qosbot.domain.paths import Unmeasured
from qosbot.domain.samples import (
    AgentClock,
    ClassSample,
    DeviceSample,
    InterfaceSample,
    ProbeSample,
)
from qosbot.ports.keeping import Store
from tests.contracts.store_values import at, class_metrics, metrics, path_score, run, sample

PROBE = ProbeId(device="r1", operation=10)
NUMBERS = count()
FINITE = st.floats(allow_nan=False)
FLOATS: dict[object, st.SearchStrategy[float | None]] = {
    float: FINITE,
    float | None: st.none() | FINITE,
}
T = TypeVar("T")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with SqlStore.open(tmp_path / "qosbot.db") as opened:
        yield opened


def stamps(store: Store, limit: int = 10, probe: ProbeId = PROBE) -> list[float | None]:
    runs = store.recent_probe_runs([probe], limit).get(probe, ())
    return [one.run_stamp_s for one in runs]


def some(kind: type[T]) -> st.SearchStrategy[T]:
    """Return any value of a dataclass, but no NaN, which does not equal itself."""
    hints = get_type_hints(kind)
    return st.builds(kind, **{name: FLOATS[hint] for name, hint in hints.items() if hint in FLOATS})


def device_samples() -> st.SearchStrategy[DeviceSample]:
    return st.builds(
        DeviceSample,
        taken_at=st.datetimes(timezones=st.just(UTC)),
        clock=some(AgentClock),
        interfaces=st.lists(some(InterfaceSample), max_size=3).map(tuple),
        classes=st.lists(some(ClassSample), max_size=3).map(tuple),
        probes=st.lists(some(ProbeSample), max_size=2).map(tuple),
    )


def test_the_store_is_one(store: SqlStore) -> None:
    typed: Store = store
    assert typed.device_states() == {}


def test_a_device_that_was_never_polled_has_no_baseline(store: Store) -> None:
    assert store.baseline(["r1"]) == {}
    assert store.baseline([]) == {}


def test_the_last_sample_of_each_device_is_its_baseline(store: Store) -> None:
    first, second, other = sample(), sample(minutes=1, octets=500), sample("r2")
    store.record_poll(at(0), [first, other], [], {})
    store.record_poll(at(1), [second], [], {})
    assert store.baseline(["r1", "r2", "r3"]) == {"r1": second, "r2": other}


def test_an_older_sample_does_not_replace_a_newer_baseline(store: Store) -> None:
    store.record_poll(at(1), [sample(minutes=1)], [], {})
    store.record_poll(at(0), [sample(minutes=0)], [], {})
    assert store.baseline(["r1"]) == {"r1": sample(minutes=1)}
    assert store.device_states()["r1"].polled_at == at(1)


@given(taken=device_samples())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50
)
def test_a_baseline_comes_back_exactly_as_it_was_taken(store: Store, taken: DeviceSample) -> None:
    one = replace(taken, device=f"{next(NUMBERS)} {taken.device}")
    store.record_poll(at(0), [one], [], {})
    assert store.baseline([one.device]) == {one.device: one}


def test_a_silent_device_keeps_its_baseline_and_its_last_answer(store: Store) -> None:
    store.record_poll(at(0), [sample()], [derive(None, sample())], {})
    store.record_poll(at(1), [], [], {"r1": "no answer", "r2": "no answer"})
    states = store.device_states()
    assert (states["r1"].polled_at, states["r1"].answered_at) == (at(1), at(0))
    assert states["r1"].silent == states["r2"].silent == "no answer"
    assert states["r2"].answered_at is None
    assert store.baseline(["r1"]) == {"r1": sample()}


def test_an_answer_ends_silence(store: Store) -> None:
    store.record_poll(at(0), [], [], {"r1": "no answer"})
    store.record_poll(at(1), [sample(minutes=1)], [], {})
    assert store.device_states()["r1"].silent == ""


def test_polling_twice_between_two_runs_of_a_probe_adds_nothing(store: Store) -> None:
    for minutes in range(3):
        # Our clock's idea of the run moves by a second from poll to poll.
        store.record_poll(
            at(minutes), [], [metrics(run(50.0, minutes=minutes / 60), minutes=minutes)], {}
        )
    assert stamps(store) == [50.0]


def test_the_newest_run_is_as_the_latest_poll_saw_it(store: Store) -> None:
    store.record_poll(at(0), [], [metrics(run(50.0))], {})
    stale = run(50.0, reasons=(Reason.STALE,))
    store.record_poll(at(9), [], [metrics(stale, minutes=9)], {})
    assert store.recent_probe_runs([PROBE], 1) == {PROBE: (stale,)}


def test_an_older_view_of_a_run_does_not_replace_a_newer_one(store: Store) -> None:
    stale = run(50.0, reasons=(Reason.STALE,))
    store.record_poll(at(9), [], [metrics(stale, minutes=9)], {})
    store.record_poll(at(0), [], [metrics(run(50.0))], {})
    assert store.recent_probe_runs([PROBE], 5) == {PROBE: (stale,)}


def test_runs_come_newest_first_up_to_the_limit(store: Store) -> None:
    for minutes in range(5):
        polled = metrics(run(60.0 * minutes, minutes=minutes), minutes=minutes)
        store.record_poll(at(minutes), [], [polled], {})
    assert stamps(store, limit=3) == [240.0, 180.0, 120.0]


def test_the_same_stamp_after_a_reboot_is_another_run(store: Store) -> None:
    store.record_poll(at(0), [], [metrics(run(50.0))], {})
    store.record_poll(at(5), [], [metrics(run(50.0, minutes=5), minutes=5)], {})
    assert stamps(store) == [50.0, 50.0]


def test_a_probe_that_never_ran_says_so_until_it_runs(store: Store) -> None:
    for minutes in (0, 1):
        store.record_poll(at(minutes), [], [metrics(run(None), minutes=minutes)], {})
    assert stamps(store) == [None]
    store.record_poll(at(2), [], [metrics(run(7.0, minutes=2), minutes=2)], {})
    assert stamps(store) == [7.0]


def test_a_probe_that_lost_its_run_in_a_reboot_shows_that_first(store: Store) -> None:
    store.record_poll(at(0), [], [metrics(run(50.0))], {})
    store.record_poll(at(1), [], [metrics(run(None), minutes=1)], {})
    assert stamps(store) == [None, 50.0]


def test_probes_are_told_apart_by_device_and_operation(store: Store) -> None:
    here = [ProbeId(device="r1", operation=1), ProbeId(device="r1", operation=2)]
    there = ProbeId(device="r2", operation=1)
    runs = [metrics(*(run(50.0, probe=one) for one in here))]
    runs.append(metrics(run(50.0, probe=there), device="r2"))
    store.record_poll(at(0), [], runs, {})
    found = store.recent_probe_runs([here[1], there, PROBE], 5)
    assert {probe: [one.probe for one in of] for probe, of in found.items()} == {
        here[1]: [here[1]],
        there: [there],
    }


def test_a_paths_history_is_its_scores_in_order_with_reasons_for_the_holes(store: Store) -> None:
    store.record_scores(at(0), [path_score(mos=4.0), path_score("other", mos=3.0)])
    store.record_scores(at(1), [Unmeasured(path="paris-lyon", reason=Reason.STALE)])
    store.record_scores(at(2), [path_score(mos=4.2)])
    history = store.score_history("paris-lyon", at(0))
    assert [row.at for row in history] == [at(0), at(1), at(2)]
    assert [row.mos_forward for row in history] == [4.0, None, 4.2]
    assert [row.mos_backward for row in history] == [3.5, None, 3.7]
    assert [row.reason for row in history] == ["", "stale", ""]
    assert store.score_history("paris-lyon", at(2)) == history[2:]
    assert store.score_history("paris-lyon", at(0), at(2)) == history[:2]


PORT = LinkId(device="r1", interface="Serial0/0")


def sent(store: Store, minutes: float, rate_bps: float, interval_s: float = 60.0) -> None:
    one = derive(sample(), sample(minutes=1)).interfaces[0]
    seen = replace(one, out_rate_bps=Measured(rate_bps), interval_s=Measured(interval_s))
    store.record_poll(at(minutes), [], [replace(metrics(minutes=minutes), interfaces=(seen,))], {})


def test_what_left_by_a_link_is_kept_as_the_mean_of_five_minutes(store: Store) -> None:
    for minutes, rate_bps in ((1, 1e6), (2, 3e6), (6, 5e6)):
        sent(store, minutes, rate_bps)
    other = replace(PORT, interface="Serial0/1")
    loads = store.egress_loads([PORT, other], at(0))
    assert loads[PORT] == (
        EgressLoad(from_at=at(0), rate_bps=2e6, measured_s=120.0),
        EgressLoad(from_at=at(5), rate_bps=5e6, measured_s=60.0),
    )
    assert loads[other] == ()
    assert store.egress_loads([PORT], at(1))[PORT] == loads[PORT][1:]


def test_what_left_over_long_is_shared_out_over_the_five_minutes_it_reaches_into(
    store: Store,
) -> None:
    sent(store, 12, 1e6, interval_s=11 * 60.0)
    loads = store.egress_loads([PORT], at(0))[PORT]
    assert [(one.from_at, one.measured_s) for one in loads] == [
        (at(0), 240.0),
        (at(5), 300.0),
        (at(10), 120.0),
    ]
    assert {one.rate_bps for one in loads} == {1e6}


def test_loads_outlive_other_history_and_go_when_they_are_told_to(store: Store) -> None:
    for minutes in (1, 6):
        sent(store, minutes, 1e6)
    store.delete_before(at(60))
    assert len(store.egress_loads([PORT], at(0))[PORT]) == 2
    store.delete_loads_before(at(5))
    assert [one.from_at for one in store.egress_loads([PORT], at(0))[PORT]] == [at(5)]


def test_what_a_class_dropped_comes_back_in_order_without_the_holes(store: Store) -> None:
    dropped = [class_metrics(ratio, minutes=n) for n, ratio in enumerate((0.25, None, 0.5))]
    store.record_poll(at(2), [], dropped, {})
    link = LinkId(device="r1", interface="Serial0/0")
    voice = ("WAN", "VOICE")
    assert store.drop_history(link, voice, at(0)) == ((at(0), 0.25), (at(2), 0.5))
    assert store.drop_history(link, voice, at(1)) == ((at(2), 0.5),)
    assert store.drop_history(link, ("WAN",), at(0)) == ()
    assert store.drop_history(replace(link, interface="Serial0/1"), voice, at(0)) == ()


def test_scoring_a_path_twice_at_one_time_keeps_one_point(store: Store) -> None:
    store.record_scores(at(0), [path_score(mos=4.0)])
    store.record_scores(at(0), [path_score(mos=4.1)])
    assert [row.mos_forward for row in store.score_history("paris-lyon", at(0))] == [4.1]


def test_old_history_is_forgotten_and_baselines_stay(store: Store) -> None:
    store.record_poll(at(0), [sample()], [metrics(run(50.0))], {})
    store.record_scores(at(0), [path_score()])
    store.record_poll(at(5), [sample("r2", minutes=5)], [metrics(run(350.0), minutes=5)], {})
    store.record_scores(at(5), [path_score()])
    store.delete_before(at(5))
    assert stamps(store) == [350.0]
    assert [row.at for row in store.score_history("paris-lyon", at(0))] == [at(5)]
    assert store.baseline(["r1"]) == {"r1": sample()}


def test_older_scores_are_thinned_and_forgotten_later_than_the_rest(store: Store) -> None:
    for minute in (0, 1, 9, 10, 11, 25, 30, 31):
        store.record_scores(at(minute), [path_score(), replace(path_score(), path="paris-nice")])
    for _ in range(2):
        store.delete_before(at(30), scores_since=at(1))
        for path in ("paris-lyon", "paris-nice"):
            kept = [row.at for row in store.score_history(path, at(0))]
            assert kept == [at(minute) for minute in (1, 10, 25, 30, 31)]


def test_scores_stay_at_least_as_long_as_the_rest(store: Store) -> None:
    for minute in (0, 4, 5):
        store.record_scores(at(minute), [path_score()])
    store.delete_before(at(4), scores_since=at(5))
    assert [row.at for row in store.score_history("paris-lyon", at(0))] == [at(4), at(5)]


def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        store.delete_before(at(0).replace(tzinfo=None))
