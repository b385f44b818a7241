"""Look after look: what is found is kept, proposed once, and answered again when it is time."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from qosbot.domain.advisories import standing
from qosbot.domain.alarms import AffectedWay, Alarm, AlarmState
from qosbot.domain.approvals import Choice, Decision
from qosbot.domain.considerations import Consideration
from qosbot.domain.egress_loads import BIN, WINDOW, EgressLoad
from qosbot.domain.ground import Refused
from qosbot.domain.grouping import Detection
from qosbot.domain.history import Step
from qosbot.domain.intents import AttachVoicePolicy
from qosbot.domain.inventory import Device, Direction, Inventory, Mode, Thresholds
from qosbot.domain.metrics import DeviceMetrics, InterfaceMetrics
from qosbot.domain.paths import Unmeasured
from qosbot.domain.remediation import Remediation, State
from qosbot.domain.situations import Terms
from qosbot.domain.timers import VERIFY_MARGIN_S
from qosbot.ports.configuring import DeviceConfig
from qosbot.ports.keeping import DeviceState, ScoreRow
from qosbot.workflows.advise import Baselines
from qosbot.workflows.outside import Outside
from qosbot.workflows.watch import Looked, Lookout, Sources, figures_since, judged_by, look
from tests.domain.builders import NOON, run
from tests.domain.policy_builders import bare
from tests.domain.remedies import change, precaution, proposal, remediation
from tests.domain.test_diagnosis import FULL, lyon
from tests.domain.test_planning import ATTACH
from tests.domain.voice_builders import LYON, bad_run, healthy, interface, inventory, traffic_class
from tests.workflows.change_fakes import ReadOnlySession, WordPlatform
from tests.workflows.fakes import FakeClock, FakeStore
from tests.workflows.world import Died, FakeDecisions, FakeDialect, Fuse

RUN_S = 5.0
BACK = AffectedWay(path="par-lyo", direction=Direction.BACKWARD)
AGAIN_S = 300.0


class AnyLine(FakeDialect):
    """A dialect that lets everything be typed; nothing is, here."""

    terms = Terms(allowed_lines=(r".*",), least_timer_min=1, most_timer_min=120)


@dataclass
class FakeMemory:
    """What the last look left; the process can die just before it is kept."""

    left: Detection = field(default_factory=Detection)
    said: dict[str, list[Consideration]] = field(default_factory=dict)
    dies: bool = False

    def detection(self) -> Detection:
        return self.left

    def keep_detection(self, detection: Detection, at: datetime) -> None:
        del at
        if self.dies:
            self.dies = False
            raise Died
        self.left = detection

    def considerations(self) -> tuple[Consideration, ...]:
        return tuple(one for found in self.said.values() for one in found)

    def forget_considerations(self, before: datetime) -> None:
        self.said = {
            name: [one for one in found if one.at >= before] for name, found in self.said.items()
        }

    def keep_considerations(self, considered: Sequence[Consideration]) -> None:
        self.said |= {one.alarm: [] for one in considered}
        for one in considered:
            self.said[one.alarm].append(one)


def logged(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str, str]]:
    """Return what was logged of advisories: level, message, kind."""
    return [
        (one.levelname, one.getMessage(), str(vars(one)["kind"]))
        for one in caplog.records
        if one.getMessage().startswith("advisory")
    ]


@dataclass
class Tower:
    """A network that is polled after each probe run, and someone who looks at it."""

    network: Inventory = field(default_factory=inventory)
    clock: FakeClock = field(default_factory=FakeClock)
    store: FakeStore = field(default_factory=FakeStore)
    memory: FakeMemory = field(default_factory=FakeMemory)
    record: FakeDecisions = field(default_factory=lambda: FakeDecisions(Fuse()))
    session: ReadOnlySession = field(default_factory=ReadOnlySession)
    platform: WordPlatform = field(default_factory=lambda: WordPlatform(policies={"lyon": bare()}))
    baselines: Baselines = field(init=False)
    number: int = 0
    is_stopped: bool = False
    bad_port: InterfaceMetrics = FULL
    dialect: FakeDialect = field(default_factory=AnyLine)

    def __post_init__(self) -> None:
        self.baselines = Baselines(self.store)

    @property
    def lookout(self) -> Lookout:
        outside = Outside(
            inventory=self.network,
            sessions=self.session,
            decisions=self.record,
            dialects={"cisco_ios": self.dialect},
            has_kill_switch=lambda: self.is_stopped,
            figures=lambda _: None,
            poll_interval_s=RUN_S,
        )
        return Lookout(
            sources=Sources(
                inventory=self.network, store=self.store, platforms={"cisco_ios": self.platform}
            ),
            memory=self.memory,
            baselines=self.baselines,
            outside=outside,
            playbooks=(ATTACH,),
            clock=self.clock,
            reconsider_s=AGAIN_S,
            codec_settle_s=180.0,
        )

    def poll(self, *, is_bad: bool = True) -> None:
        """Let every probe run once more, and the pollers bring it."""
        self.number += 1
        now = self.clock.at = NOON + timedelta(seconds=RUN_S * self.number)
        at = {"run_stamp_s": RUN_S * self.number, "run_at": now - timedelta(seconds=1)}
        for path in self.network.paths.values():
            worse = is_bad and path.name == BACK.path
            new = bad_run(probe=path.probe) if worse else run(probe=path.probe)
            new = replace(new, **at)  # type: ignore[arg-type]  # fields, by their names
            self.store.runs[path.probe] = (new, *self.store.runs.get(path.probe, ()))
        branch = lyon() if is_bad else lyon(traffic_class("Gi0/1", calls=8), full=False)
        if is_bad:
            branch = replace(branch, interfaces=(self.bad_port,))
        rows = healthy() | {"lyon": branch}
        latest = {probe.device: found[:1] for probe, found in self.store.runs.items()}
        probes = tuple(found[0] for found in self.store.runs.values())
        rows |= {name: replace(rows[name], probes=probes) for name in latest}
        self.store.polls.append(([replace(one, taken_at=now) for one in rows.values()], {}))

    def look(self) -> Looked:
        return look(self.lookout)

    def watch(self, runs: int = 1, *, is_bad: bool = True) -> Looked:
        """Poll and look, as often as there are new runs; return the last look."""
        for _ in range(runs):
            self.poll(is_bad=is_bad)
            found = self.look()
        return found

    @property
    def alarms(self) -> list[Alarm]:
        return [one for one in self.record.known.values() if one.state is AlarmState.RAISED]

    @property
    def plans(self) -> tuple[Remediation, ...]:
        return self.record.remediations()

    def end(self, state: State, at: datetime) -> None:
        """Let the one remediation come to an end, as `remediate` would."""
        (plan,) = self.plans
        was_typed = state in {State.DONE, State.ROLLED_BACK}
        typed_at = at if was_typed else None
        ended = replace(plan, state=state, typed_at=typed_at, finished_at=at)
        self.record.save(ended, Step(at=at, event="end", state=state, by="qosbot", words=""))


def test_while_the_kill_switch_is_there_nothing_is_read_and_nothing_proposed() -> None:
    tower = Tower(is_stopped=True)
    assert tower.watch(3).submitted == ()
    assert tower.alarms
    assert tower.session.read_from == []
    assert tower.plans == ()


def test_while_the_policy_cannot_be_read_nothing_is_proposed_and_then_it_is_at_once() -> None:
    tower = Tower()
    right = tower.network
    tower.network = replace(right, policy=replace(right.policy, mode={}, is_readable=False))
    assert tower.watch(3).considered == ()
    assert tower.alarms
    tower.network = right
    (plan,) = tower.look().submitted
    assert plan.state is State.AWAITING_DECISION


def test_what_raises_an_alarm_becomes_one_proposal_that_waits() -> None:
    tower = Tower()
    assert tower.watch(2).submitted == ()
    (plan,) = tower.watch().submitted
    (alarm,) = tower.alarms
    assert (alarm.bottleneck, alarm.ways) == (LYON, (BACK,))
    assert (plan.state, plan.device) == (State.AWAITING_DECISION, "lyon")
    assert (plan.proposal.alarms, plan.affected) == ((alarm.id,), (BACK,))
    assert plan == tower.record.remediation(plan.id)


def a_week(rate_bps: float) -> list[EgressLoad]:
    bins = range(WINDOW // BIN)
    return [EgressLoad(from_at=NOON - n * BIN, rate_bps=rate_bps, measured_s=300.0) for n in bins]


def test_a_port_faster_than_its_circuit_gets_a_shaper_once_its_week_is_known() -> None:
    beyond = interface("Gi0/1", out_bps=4.55e6)
    tower = Tower(bad_port=beyond)
    looked = tower.watch(4)
    assert (tower.plans, looked.considered) == ((), ())
    (said,) = {one.words for found in tower.memory.said.values() for one in found}
    assert "its busiest rate of 7 days is not known" in said
    tower = Tower(bad_port=beyond, store=FakeStore(loads={LYON: a_week(3.0e6)}))
    tower.watch(4)
    (plan,) = tower.plans
    intent = plan.proposal.change.intent
    assert isinstance(intent, AttachVoicePolicy)
    assert intent.shape_bps == 0.95 * 4e6


def test_what_was_at_the_alarm_is_kept_to_judge_by() -> None:
    (plan,) = Tower().watch(3).submitted
    assert plan.before.link == LYON
    (back,) = (one for one in plan.before.ways if one.way == BACK)
    assert back.mos is not None
    assert back.mos < 3.5
    assert {one.way.path for one in plan.before.ways} == set(judged_by(plan.proposal))
    assert (plan.runs_needed, plan.verify_s) == (3, 3 * RUN_S + 2 * RUN_S + VERIFY_MARGIN_S)


def test_a_change_is_judged_by_the_paths_that_suffer_and_by_all_that_it_touches() -> None:
    touched = ("par-lyo", "par-nan", "par-nic")
    assert judged_by(proposal(paths=touched)) == touched


def test_a_link_whose_device_left_the_inventory_has_no_figures_any_more() -> None:
    tower = Tower()
    (plan,) = tower.watch(3).submitted
    sources = tower.lookout.sources
    assert figures_since(sources, plan, tower.clock.at, RUN_S) is not None
    for absent in (
        replace(sources, platforms={}),
        replace(sources, inventory=replace(tower.network, devices={}, paths={})),
    ):
        assert figures_since(absent, plan, tower.clock.at, RUN_S) is None


def test_a_device_is_read_and_never_changed() -> None:
    # Anything but reading raises in this session.
    tower = Tower()
    tower.watch(6)
    assert tower.session.read_from == ["lyon"]


def test_looking_twice_at_the_same_polls_adds_nothing() -> None:
    tower = Tower()
    tower.watch(3)
    kept = tower.memory.left, tower.alarms, tower.plans
    found = tower.look()
    assert (found.considered, found.submitted) == ((), ())
    assert (tower.memory.left, tower.alarms, tower.plans) == kept


@dataclass
class Busy(FakeStore):
    """A store into which polls fall while it is read."""

    falling: int = 0
    fallen: int = 0
    readings: int = 0

    def latest_metrics(self, devices: Collection[str]) -> Mapping[str, DeviceMetrics]:
        found = super().latest_metrics(devices)
        self.readings += 1
        if self.fallen < self.falling:
            self.fallen += 1
        return found

    def device_states(self) -> Mapping[str, DeviceState]:
        at = NOON + timedelta(seconds=self.fallen)
        return {"r": DeviceState(device="r", polled_at=at, answered_at=at, silent="")}


@pytest.mark.parametrize(("falling", "looks"), [(0, 1), (1, 2), (100, 5)])
def test_what_a_poll_fell_into_is_read_again_and_not_for_ever(falling: int, looks: int) -> None:
    tower = Tower(store=Busy(falling=falling))
    tower.watch(is_bad=False)
    assert isinstance(tower.store, Busy)
    assert tower.store.readings == 2 * looks  # of the probes' devices, then of all
    assert len(tower.store.scores) == 1


def test_an_alarm_is_answered_once_while_its_answer_is_open() -> None:
    tower = Tower()
    tower.watch(3)
    tower.clock.at += timedelta(seconds=10 * AGAIN_S)
    assert tower.look().considered == ()
    assert len(tower.plans) == 1


@pytest.mark.parametrize("state", [State.ROLLED_BACK, State.REJECTED])
@pytest.mark.parametrize(("after_s", "plans"), [(-1.0, 1), (0.0, 2)])
def test_what_was_tried_or_rejected_is_left_alone_for_the_cool_down(
    state: State, after_s: float, plans: int
) -> None:
    tower = Tower()
    tower.watch(3)
    tower.end(state, tower.clock.at)
    cool_down_s = tower.network.policy.limits.cool_down_s
    tower.number += int((cool_down_s + after_s * RUN_S) / RUN_S) - 1
    tower.watch()
    assert len(tower.plans) == plans


@pytest.mark.parametrize("state", [State.EXPIRED, State.STALE, State.WITHDRAWN])
def test_what_nobody_answered_is_diagnosed_afresh_before_the_cool_down(state: State) -> None:
    tower = Tower()
    tower.watch(3)
    tower.end(state, tower.clock.at)
    tower.number += int(AGAIN_S / RUN_S)
    tower.watch()
    assert len(tower.plans) == 2


@pytest.mark.parametrize(("after_s", "times"), [(AGAIN_S - RUN_S, 1), (AGAIN_S, 2)])
def test_what_was_refused_is_considered_again_after_a_while(after_s: float, times: int) -> None:
    tower = Tower(session=ReadOnlySession(silent=("lyon",)))
    (refused,) = tower.watch(3).considered
    assert refused.proposal is None
    (said,) = tower.memory.considerations()
    assert (said.verdict, said.words, said.proposal) == ("refused", refused.words, "")
    tower.number += int(after_s / RUN_S) - 1
    tower.watch()
    assert tower.session.read_from == ["lyon"] * times


def test_a_device_with_an_open_change_gets_no_second_one() -> None:
    tower = Tower()
    tower.watch(3)
    (plan,) = tower.plans
    other = replace(plan, proposal=replace(plan.proposal, id="p-other", alarms=("a-other",)))
    tower.record.kept = {"p-other": other}
    tower.memory.said = {}
    found = tower.watch()
    assert [one.proposal for one in found.considered] == [None]
    assert found.submitted == ()


def waiting_precaution(device: str) -> Remediation:
    plan = precaution(proposal(name="other", changes=change(device=device)))
    return remediation(proposal=plan)


@dataclass
class Overtaken(ReadOnlySession):
    """While a device is read a person plans a precaution for it, and maybe decides on it."""

    is_decided: bool = False

    record: FakeDecisions = field(default_factory=lambda: FakeDecisions(Fuse()))

    def read(self, device: Device) -> DeviceConfig:
        plan = waiting_precaution(device.name)
        self.record.add(replace(plan, state=State.APPROVED) if self.is_decided else plan)
        return super().read(device)


def test_a_device_for_which_a_precaution_is_approved_meanwhile_gets_no_second_change() -> None:
    tower = Tower()
    tower.session = Overtaken(record=tower.record, is_decided=True)
    found = tower.watch(3)
    assert [(one.proposal, one.refused) for one in found.considered] == [(None, Refused.BUSY)]
    assert [one.id for one in tower.plans] == ["other"]
    assert found.submitted == ()


@pytest.mark.parametrize("is_there_before", [True, False])
def test_a_precaution_that_waits_for_a_decision_gives_way_to_what_answers_an_alarm(
    *, is_there_before: bool
) -> None:
    tower = Tower()
    if is_there_before:
        tower.record.add(waiting_precaution("lyon"))
    else:
        tower.session = Overtaken(record=tower.record)
    (submitted,) = tower.watch(3).submitted
    ended = tower.record.kept["other"]
    assert (submitted.device, submitted.state) == ("lyon", State.AWAITING_DECISION)
    assert (ended.device, ended.state) == ("lyon", State.WITHDRAWN)
    assert submitted.id in ended.remark


@pytest.mark.parametrize(
    ("tower", "ends"),
    [
        (lambda: Tower(network=inventory(mode=Mode.OBSERVE)), State.OBSERVED),
        (lambda: Tower(dialect=FakeDialect()), State.REFUSED),  # it lets no such line be typed
    ],
)
def test_a_precaution_stays_beside_what_ends_as_soon_as_it_is_proposed(
    tower: Callable[[], Tower], ends: State
) -> None:
    seen = tower()
    seen.record.add(waiting_precaution("lyon"))
    (made,) = seen.watch(3).submitted
    assert made.state is ends
    assert seen.record.kept["other"].state is State.AWAITING_DECISION


def test_a_precaution_on_another_device_stays() -> None:
    tower = Tower()
    tower.record.add(waiting_precaution("paris"))
    assert tower.watch(3).submitted
    assert tower.record.kept["other"].state is State.AWAITING_DECISION


def test_a_device_with_a_precaution_that_was_approved_is_not_even_read() -> None:
    tower = Tower()
    tower.record.add(replace(waiting_precaution("lyon"), state=State.APPROVED))
    assert [one.refused for one in tower.watch(3).considered] == [Refused.BUSY]
    assert tower.session.read_from == []


def test_a_precaution_that_somebody_has_approved_meanwhile_is_not_taken_away() -> None:
    tower = Tower()
    tower.record.add(waiting_precaution("lyon"))
    plan = tower.record.kept["other"].proposal
    yes = Decision(
        remediation="other",
        choice=Choice.APPROVE,
        by="ana",
        at=NOON,
        plan_hash=plan.plan_hash,
    )
    tower.record.decide(yes)
    found = tower.watch(3)
    assert tower.record.kept["other"].state is State.AWAITING_DECISION
    assert [one.refused for one in found.considered] == [Refused.BUSY]


def test_a_look_that_dies_before_it_remembers_is_made_good_by_the_next() -> None:
    tower = Tower()
    tower.watch(2)
    tower.memory.dies = True
    with pytest.raises(Died):
        tower.watch()
    (alarm,) = tower.alarms
    tower.look()
    assert [one.id for one in tower.alarms] == [alarm.id]
    assert [plan.proposal.alarms for plan in tower.plans] == [(alarm.id,)]


def test_where_the_policy_observes_it_says_what_it_would_have_done() -> None:
    tower = Tower(network=inventory(mode=Mode.OBSERVE))
    (plan,) = tower.watch(3).submitted
    assert plan.state is State.OBSERVED
    assert "would have proposed" in plan.remark
    assert tower.record.remediations(only_open=True) == ()


def test_voice_that_is_well_again_clears_the_alarm_in_the_record() -> None:
    tower = Tower()
    (raised,) = tower.watch(3).detected.raised
    (cleared,) = tower.watch(3, is_bad=False).detected.cleared
    assert cleared.id == raised.id
    assert tower.record.known[raised.id].state is AlarmState.CLEARED


def test_every_look_keeps_a_score_for_every_path() -> None:
    tower = Tower()
    tower.watch(2)
    assert [[one.path for one in kept] for kept in tower.store.scores] == [
        ["par-lyo", "par-nan"]
    ] * 2


def test_before_the_first_poll_nothing_is_measured_and_nothing_raised() -> None:
    found = Tower().look()
    assert all(isinstance(one, Unmeasured) for one in found.scores)
    assert (found.detected.raised, found.considered, found.submitted) == ((), (), ())


def yesterday(mos: float) -> list[ScoreRow]:
    day = NOON - timedelta(days=1)
    return [
        ScoreRow(at=day + timedelta(minutes=n), mos_forward=mos, mos_backward=mos, reason="")
        for n in range(12)
    ]


def lenient(**thresholds: float) -> Inventory:
    """A network whose path is below what is usual, and above what raises an alarm."""
    network = inventory()
    path = replace(network.paths["par-lyo"], thresholds=Thresholds(**thresholds))  # type: ignore[arg-type]
    return replace(network, paths={**network.paths, "par-lyo": path})


def test_a_departure_is_logged_once_when_it_comes_and_once_when_it_goes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    tower = Tower(network=lenient(raise_below=1.1, clear_above=1.3))
    tower.store.history = {"par-lyo": yesterday(4.4)}
    tower.watch(2)
    assert logged(caplog) == []
    tower.watch(4)
    raised = ("WARNING", "advisory raised", "departure")
    assert (logged(caplog), tower.alarms) == ([raised], [])
    tower.watch(5, is_bad=False)
    assert logged(caplog) == [raised, ("INFO", "advisory over", "departure")]


def test_a_path_in_an_alarm_has_no_departure_beside_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    tower = Tower()
    tower.store.history = {"par-lyo": yesterday(4.4)}
    tower.watch(6)
    assert len(tower.alarms) == 1
    assert logged(caplog) == []


def test_a_design_is_logged_once_raises_no_alarm_and_goes_with_its_threshold(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    tower = Tower(network=lenient(raise_below=4.42, clear_above=4.45))
    tower.watch(6, is_bad=False)
    assert tower.alarms == []
    raised = ("INFO", "advisory raised", "design")
    assert logged(caplog) == [raised]
    assert [one.path for one in standing(tower.memory.left.advisories)] == ["par-lyo"]
    tower.network = inventory()
    tower.watch(2, is_bad=False)
    assert logged(caplog) == [raised, ("INFO", "advisory over", "design")]


def test_an_advisory_is_told_again_where_the_process_died_before_it_was_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    tower = Tower(network=lenient(raise_below=4.42, clear_above=4.45))
    tower.memory.dies = True
    with pytest.raises(Died):
        tower.watch(is_bad=False)
    tower.watch(3, is_bad=False)
    assert logged(caplog) == [("INFO", "advisory raised", "design")] * 2
