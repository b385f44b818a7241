"""Advice is given for design and for departures; an alarm it is not."""

from datetime import datetime, timedelta

from qosbot.domain.advisories import Advisory, AdvisoryKind
from qosbot.domain.alarms import AffectedWay
from qosbot.domain.detection import Calm, WayState
from qosbot.domain.grouping import Detection
from qosbot.domain.inventory import Direction
from qosbot.domain.metrics import Reason
from qosbot.domain.paths import Unmeasured
from qosbot.ports.keeping import ScoreRow
from qosbot.workflows.advise import Baselines, advise
from tests.domain.builders import NOON, run
from tests.domain.voice_builders import LYON, bad_run, inventory, path, scored
from tests.workflows.fakes import FakeStore

NOW = NOON + timedelta(minutes=40)
PATH = path("par-lyo", LYON)


def calm(delay_s: float, *directions: Direction) -> Detection:
    states = [
        WayState(
            way=AffectedWay(path="par-lyo", direction=direction),
            calm=Calm(delay_s=delay_s, jitter_s=0.001),
        )
        for direction in directions
    ]
    return Detection(ways=tuple(states))


def row(at: datetime, mos: float | None) -> ScoreRow:
    return ScoreRow(at=at, mos_forward=mos, mos_backward=4.4, reason="")


def hour(mos: float, *, days_back: int = 1, hour_off: int = 0) -> list[ScoreRow]:
    start = NOON - timedelta(days=days_back) + timedelta(hours=hour_off)
    return [row(start + timedelta(minutes=5 * n), mos) for n in range(12)]


def advice(
    *rows: ScoreRow, detection: Detection | None = None, is_bad: bool = False
) -> tuple[Advisory, ...]:
    probe_run = bad_run(probe=PATH.probe) if is_bad else run(probe=PATH.probe)
    return advise(
        inventory(paths=(PATH,)),
        [scored(PATH, probe_run, now=NOON)],
        store=FakeStore(history={"par-lyo": rows}),
        detection=detection or Detection(),
        now=NOW,
    )


def test_a_path_as_usual_needs_no_advice() -> None:
    assert advice(*hour(4.3), detection=calm(0.02, *Direction)) == ()


def test_a_codec_that_cannot_reach_the_floor_at_its_calm_delay_is_a_matter_of_design() -> None:
    (one,) = advice(detection=calm(0.4, *Direction))
    assert one.kind is AdvisoryKind.DESIGN
    assert "that is its design" in one.words


def test_as_long_as_one_calm_delay_is_unknown_design_is_not_judged() -> None:
    assert advice(detection=calm(0.4, Direction.FORWARD)) == ()


def test_leaving_the_baseline_of_this_hour_is_an_advisory() -> None:
    (one,) = advice(*hour(4.3, days_back=2), *hour(4.3), is_bad=True)
    assert one.kind is AdvisoryKind.DEPARTURE
    assert "4.30 that is usual at this hour (2 days before)" in one.words


def test_other_hours_and_today_are_no_baseline() -> None:
    others = [*hour(4.3, hour_off=-1), *hour(4.3, hour_off=1), *hour(4.3, days_back=0)]
    assert advice(*others, is_bad=True) == ()


def test_what_is_not_measured_has_departed_from_nothing() -> None:
    unmeasured = Unmeasured(path="par-lyo", reason=Reason.STALE)
    store = FakeStore(history={"par-lyo": hour(4.3)})
    network = inventory(paths=(PATH,))
    assert advise(network, [unmeasured], store=store, detection=Detection(), now=NOW) == ()


def test_what_was_not_measured_is_no_baseline() -> None:
    holes = [row(NOON - timedelta(days=1) + timedelta(minutes=n), None) for n in range(30)]
    assert advice(*holes, is_bad=True) == ()


def test_what_is_usual_is_read_once_an_hour() -> None:
    store = FakeStore(history={"par-lyo": hour(4.3)})
    baselines = Baselines(store)
    first = baselines.of("par-lyo", NOW)
    assert first is not None
    assert (first.mos, first.days) == (4.3, 1)
    store.history = {}
    assert baselines.of("par-lyo", NOW + timedelta(minutes=19)) is first
    assert baselines.of("par-lyo", NOW + timedelta(minutes=20)) is None
