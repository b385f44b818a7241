"""A finding of an audit becomes one proposal or one reason; no device is changed on the way."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from random import Random

import pytest

from qosbot.domain.audit.findings import AuditFinding, DeviceAudit, Severity, Status
from qosbot.domain.egress_loads import BIN, WINDOW, EgressLoad
from qosbot.domain.errors import DeviceUnreachableError
from qosbot.domain.ground import NoPlan, Refused
from qosbot.domain.intents import AddClassMatch, AttachVoicePolicy, SetPriority
from qosbot.domain.inventory import Device, Inventory, Link, LinkId, Mode, ProbeId, Risk
from qosbot.domain.metrics import ClassMetrics, DeviceMetrics, Grade, Reason
from qosbot.domain.playbooks import Playbook, Remedy
from qosbot.domain.remediation import Remediation, State
from qosbot.judging import Judge, judge_as_read
from qosbot.platforms import DIALECTS
from qosbot.ports.configuring import DeviceConfig
from qosbot.workflows.finding_now import Planner
from qosbot.workflows.outside import Outside
from qosbot.workflows.precaution import plan
from qosbot.workflows.watch import Sources
from tests.domain.builders import NOON, run
from tests.domain.remedies import change, precaution, proposal, remediation
from tests.domain.test_planning import ATTACH, ENLARGE, MATCH, playbook
from tests.domain.voice_builders import (
    LYON,
    healthy,
    interface,
    inventory,
    link,
    metrics,
    path,
    traffic_class,
)
from tests.workflows.change_fakes import ReadOnlySession
from tests.workflows.fakes import FakeClock, FakeStore
from tests.workflows.world import FakeDecisions, Fuse

CODEC = playbook(Remedy.PREFER_CODEC, risk=Risk.MEDIUM)
BOOKS = (ATTACH, ENLARGE, MATCH, CODEC)
HEAD = "hostname lyon\narchive\n path flash:archive\n maximum 14\nusername ana secret s3cr3t\n"
PORT = "interface Gi0/1\n bandwidth 4000\n ip address 192.0.2.1 255.255.255.0\n"
VOICE = "class-map match-any VOICE\n match dscp {dscp}\n"
QUEUES = "policy-map WAN\n class VOICE\n  {voice}\n class class-default\n  fair-queue\n"
ATTACHED = " service-policy output WAN\n"


def config(voice: str = "bandwidth percent 30", dscp: str = "ef", *, more: str = "") -> str:
    return HEAD + VOICE.format(dscp=dscp) + QUEUES.format(voice=voice) + more + PORT + ATTACHED


FAST = " speed 1000\n"
BARE = HEAD + PORT + FAST
CLASS = "interface Gi0/1 > policy WAN > class VOICE"


@dataclass
class OneConfig(ReadOnlySession):
    """Answers one configuration for whatever device."""

    text: str = ""

    def read(self, device: Device) -> DeviceConfig:
        self.read_from.append(device.name)
        if device.name in self.silent:
            raise DeviceUnreachableError(device.name, 10)
        return DeviceConfig(running=self.text, startup=self.text, read_at=NOON, changed_stamp="1")


@dataclass
class Overtaken(OneConfig):
    """While the device is read somebody else plans a change of it."""

    decisions: FakeDecisions = field(default_factory=lambda: FakeDecisions(Fuse()))
    is_precaution: bool = False

    def read(self, device: Device) -> DeviceConfig:
        other = proposal(name="other", changes=change(device=device.name))
        other = precaution(other) if self.is_precaution else other
        self.decisions.add(remediation(proposal=other))
        return super().read(device)


@dataclass
class FallsSilent(OneConfig):
    """While the device is read the probes' runs are lost."""

    store: FakeStore = field(default_factory=FakeStore)

    def read(self, device: Device) -> DeviceConfig:
        self.store.runs = {}
        return super().read(device)


@dataclass
class Stubborn:
    """Finds of every configuration what it found of the first."""

    judge: Judge
    first: DeviceAudit | None = None

    def __call__(self, device: Device, running: str) -> DeviceAudit | None:
        self.first = self.first or self.judge(device, running)
        return self.first


@dataclass
class Blind:
    """Judges the first configuration only."""

    judge: Judge
    has_judged: bool = False

    def __call__(self, device: Device, running: str) -> DeviceAudit | None:
        found = None if self.has_judged else self.judge(device, running)
        self.has_judged = True
        return found


@dataclass
class Desk:
    """A planner with good defaults, and what is to look at afterwards."""

    text: str
    network: Inventory = field(default_factory=inventory)
    classes: tuple[ClassMetrics, ...] = (traffic_class("Gi0/1", calls=2),)
    store: FakeStore = field(init=False)
    session: OneConfig = field(init=False)
    decisions: FakeDecisions = field(default_factory=lambda: FakeDecisions(Fuse()))
    books: tuple[Playbook, ...] = BOOKS
    is_stopped: bool = False
    judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        self.judge = judge_as_read(lambda: self.network)
        self.session = OneConfig(text=self.text)
        self.store = FakeStore()
        self.store.runs = {one: (run(probe=one, age_s=1.0),) for one in self.probes}
        self.poll(metrics("lyon", interface("Gi0/1"), classes=self.classes))

    @property
    def probes(self) -> set[ProbeId]:
        return {one.probe for one in self.network.paths.values()}

    def poll(self, *changed: DeviceMetrics) -> None:
        probes = tuple(run(probe=one, age_s=1.0) for one in self.probes)
        core = metrics("core", interface("Gi0/1"), probes=probes)
        held = healthy() | {one.device: one for one in (core, *changed)}
        self.store.polls = [(list(held.values()), {})]

    @property
    def planner(self) -> Planner:
        return Planner(
            sources=Sources(inventory=self.network, store=self.store, platforms=DIALECTS),
            outside=Outside(
                inventory=self.network,
                sessions=self.session,
                decisions=self.decisions,
                dialects=DIALECTS,
                has_kill_switch=lambda: self.is_stopped,
                figures=lambda _: None,
                poll_interval_s=30.0,
                audit=self.judge,
            ),
            playbooks=self.books,
            clock=FakeClock(),
        )

    def plan(self, finding: AuditFinding) -> Remediation | NoPlan:
        return plan(finding, self.planner)

    def made(self, rule: str, where: str = CLASS) -> Remediation:
        found = self.plan(of(rule, where))
        assert isinstance(found, Remediation), found
        return found

    def refused(self, rule: str = "QUE-01", where: str = CLASS) -> NoPlan:
        found = self.plan(of(rule, where))
        assert isinstance(found, NoPlan), found
        assert "\n" not in found.words
        return found


def of(rule: str, where: str = CLASS, device: str = "lyon") -> AuditFinding:
    return AuditFinding(
        rule=rule,
        severity=Severity.CRITICAL,
        device=device,
        where=where,
        evidence=("as it was last night",),
        fix="Mend it.",
    )


def test_a_voice_class_without_priority_gets_what_its_calls_need() -> None:
    made = Desk(config()).made("QUE-01")
    proposal = made.proposal
    intent = proposal.change.intent
    assert isinstance(intent, SetPriority)
    assert (intent.interface, intent.class_path) == ("Gi0/1", ("WAN", "VOICE"))
    assert "  priority percent 30" in proposal.change.apply
    assert (made.state, made.mode, made.affected) == (State.AWAITING_DECISION, Mode.PROPOSE, ())
    assert (proposal.alarms, proposal.findings, proposal.prediction) == ((), (), None)
    assert (proposal.grade, proposal.blast_radius) == (Grade.A, ("par-lyo",))


def test_a_precaution_carries_what_is_found_now_and_no_secret() -> None:
    precaution = Desk(config()).made("QUE-01").proposal.precaution
    assert precaution is not None
    assert (precaution.finding, precaution.rule) == (of("QUE-01").id, "QUE-01")
    assert "bandwidth percent 30" in precaution.evidence
    assert "s3cr3t" not in str(precaution)
    assert precaution.words.endswith("; it wants: Voice has a strict priority queue")


def test_a_voice_class_that_is_too_small_for_the_calls_is_enlarged() -> None:
    made = Desk(config("priority percent 10")).made("QUE-04", "interface Gi0/1 > policy WAN")
    assert isinstance(made.proposal.change.intent, SetPriority)


def test_a_class_without_46_comes_to_match_it() -> None:
    desk = Desk(config("priority percent 30", dscp="cs5"))
    made = desk.made("MRK-02")
    assert made.proposal.change.intent == AddClassMatch(
        interface="Gi0/1", class_path=("WAN", "VOICE"), dscp=46
    )


def week(busiest_bps: float) -> tuple[EgressLoad, ...]:
    bins = int(WINDOW / BIN)
    return tuple(
        EgressLoad(from_at=NOON - n * BIN, rate_bps=busiest_bps, measured_s=300.0)
        for n in range(1, bins)
    )


@pytest.mark.parametrize("rule", ["MRK-01", "SHP-01"])
def test_a_port_without_a_policy_that_is_faster_than_its_circuit_gets_one_with_a_shaper(
    rule: str,
) -> None:
    desk = Desk(BARE, classes=())
    desk.store.loads = {LYON: week(1e6)}
    made = desk.made(rule, "interface Gi0/1")
    intent = made.proposal.change.intent
    assert isinstance(intent, AttachVoicePolicy)
    assert intent.shape_bps == pytest.approx(0.95 * 4e6)


def test_without_a_week_of_what_leaves_there_is_no_shaper() -> None:
    refused = Desk(BARE, classes=()).refused("SHP-01", "interface Gi0/1")
    assert refused.reason is Refused.SHAPER_GUARD


def test_a_port_that_has_a_policy_is_nobodys_to_rebuild() -> None:
    refused = Desk(config() + FAST).refused("SHP-01", "interface Gi0/1")
    assert "policy WAN is attached there" in refused.words


@pytest.mark.parametrize(
    ("rule", "where"), [("QUE-03", CLASS), ("COD-01", "dial-peer 10"), ("OPS-01", "")]
)
def test_what_no_intent_fixes_is_told_with_what_to_do_by_hand_and_nobody_is_asked(
    rule: str, where: str
) -> None:
    desk = Desk(config())
    refused = desk.refused(rule, where)
    assert refused.reason is Refused.NO_INTENT
    assert refused.words.endswith("by hand: Mend it.")
    assert desk.session.read_from == []


def test_what_is_accepted_is_left_alone() -> None:
    desk = Desk(config())
    found = desk.plan(replace(of("QUE-01"), status=Status.ACCEPTED))
    assert isinstance(found, NoPlan)
    assert "the inventory accepts it" in found.words


def test_what_was_fixed_since_needs_no_change() -> None:
    refused = Desk(config("priority percent 30")).refused()
    assert refused.reason is Refused.MENDED
    assert "fixed since" in refused.words


def test_what_cannot_be_judged_any_more_is_not_planned() -> None:
    no_class = HEAD + "policy-map WAN\n class class-default\n  fair-queue\n" + PORT + ATTACHED
    assert Desk(no_class).refused().reason is Refused.DATA


def test_an_interface_that_is_no_link_of_the_inventory_is_refused() -> None:
    refused = Desk(config()).refused("QUE-01", CLASS.replace("Gi0/1", "Gi0/9"))
    assert "links.yaml does not know lyon Gi0/9" in refused.words


def test_a_device_that_left_the_inventory_is_refused() -> None:
    found = Desk(config()).plan(of("QUE-01", device="gone"))
    assert isinstance(found, NoPlan)
    assert "gone is not in the inventory any more" in found.words


def test_a_link_that_no_path_crosses_is_refused_for_nobody_would_notice_harm() -> None:
    network = inventory(paths=(path("par-nan", LinkId(device="nantes", interface="Se0/0")),))
    refused = Desk(config(), network=network).refused()
    assert "nobody would notice harm" in refused.words


def test_a_path_over_it_that_is_not_measured_is_refused_for_harm_could_not_be_seen() -> None:
    desk = Desk(config())
    desk.store.runs = {}
    refused = desk.refused()
    assert refused.reason is Refused.DATA
    assert "par-lyo crosses it and is not measured" in refused.words


def test_what_it_would_be_compared_with_must_be_known_or_it_could_never_stay() -> None:
    desk = Desk(config())
    desk.session = FallsSilent(text=config(), store=desk.store)
    refused = desk.refused()
    assert refused.reason is Refused.DATA
    assert "par-lyo forward, par-lyo backward sounds is not known" in refused.words


def test_a_device_that_was_not_polled_lately_is_not_logged_in_to() -> None:
    desk = Desk(config())
    old = NOON - timedelta(hours=1)
    desk.poll(metrics("lyon", interface("Gi0/1"), classes=desk.classes, taken_at=old))
    assert desk.refused().reason is Refused.DATA
    assert desk.session.read_from == []


def test_data_of_grade_c_carry_no_change() -> None:
    desk = Desk(config())
    desk.poll(
        metrics("lyon", interface("Gi0/1"), classes=desk.classes, reasons=(Reason.PARTIAL_WALK,))
    )
    assert desk.refused().reason is Refused.DATA


def test_more_ef_than_the_calls_explain_is_not_rewarded() -> None:
    desk = Desk(config(), classes=(traffic_class("Gi0/1", calls=40),))
    assert desk.refused().reason is Refused.MORE_THAN_EXPECTED


def test_a_need_beyond_the_contract_is_refused() -> None:
    network = inventory()
    small = replace(network.links[LYON], ef_contract_bps=500e3)
    desk = Desk(config(), network=replace(network, links={**network.links, LYON: small}))
    assert desk.refused().reason is Refused.NEED_EXCEEDS_BOUNDS


def test_without_a_playbook_nothing_is_proposed_and_a_codec_is_none() -> None:
    desk = Desk(config())
    desk.books = (CODEC,)
    assert desk.refused().reason is Refused.NO_PLAYBOOK


def test_a_silent_device_is_told() -> None:
    desk = Desk(config())
    desk.session.silent = ("lyon",)
    assert desk.refused().reason is Refused.UNREACHABLE


def test_a_device_with_a_proposal_that_waits_is_busy() -> None:
    desk = Desk(config())
    first = desk.made("QUE-01")
    refused = desk.refused()
    assert (refused.reason, desk.session.read_from) == (Refused.BUSY, ["lyon"])
    assert first.id in refused.words


def test_a_device_that_is_stuck_is_busy_until_a_person_settles_it() -> None:
    desk = Desk(config())
    other = proposal(name="other", changes=change(device="lyon"))
    kept = desk.decisions.add(remediation(proposal=other, state=State.STUCK))
    assert desk.refused().reason is Refused.BUSY
    desk.decisions.save(replace(kept, state=State.SETTLED))
    assert desk.made("QUE-01").state is State.AWAITING_DECISION


@pytest.mark.parametrize("is_precaution", [True, False])
def test_a_device_for_which_another_plans_meanwhile_is_busy(*, is_precaution: bool) -> None:
    desk = Desk(config())
    desk.session = Overtaken(text=config(), decisions=desk.decisions, is_precaution=is_precaution)
    assert desk.refused().reason is Refused.BUSY
    assert [one.state for one in desk.decisions.kept.values()] == [State.AWAITING_DECISION]


def test_under_the_kill_switch_no_device_is_read() -> None:
    desk = Desk(config())
    desk.is_stopped = True
    assert desk.refused().reason is Refused.STOPPED
    assert desk.session.read_from == []


def test_while_the_policy_cannot_be_read_nothing_is_proposed() -> None:
    network = inventory()
    broken = replace(network, policy=replace(network.policy, is_readable=False))
    assert Desk(config(), network=broken).refused().reason is Refused.STOPPED


def test_a_change_after_which_the_audit_would_find_what_is_as_bad_is_not_proposed() -> None:
    refused = Desk(config("priority percent 10", dscp="cs5")).refused("MRK-02")
    assert refused.reason is Refused.FAILS_ON_PAPER
    assert "QUE-04 at interface Gi0/1 > policy WAN" in refused.words


def test_a_change_that_would_not_mend_the_finding_is_not_proposed() -> None:
    desk = Desk(config("bandwidth percent 30"))
    desk.judge = Stubborn(judge_as_read(lambda: desk.network))
    refused = desk.refused()
    assert refused.reason is Refused.FAILS_ON_PAPER
    assert "would be broken still" in refused.words


def test_a_change_whose_effect_could_not_be_judged_is_not_proposed() -> None:
    desk = Desk(config("bandwidth percent 30"))
    desk.judge = Blind(judge_as_read(lambda: desk.network))
    refused = desk.refused()
    assert (refused.reason, "could not be judged" in refused.words) == (
        Refused.FAILS_ON_PAPER,
        True,
    )


def test_a_policy_that_observes_keeps_it_as_observed() -> None:
    made = Desk(config(), network=inventory(mode=Mode.OBSERVE)).made("QUE-01")
    assert (made.state, made.mode) == (State.OBSERVED, Mode.OBSERVE)


def test_a_policy_of_auto_asks_a_person() -> None:
    made = Desk(config(), network=inventory(mode=Mode.AUTO)).made("QUE-01")
    assert (made.state, made.mode) == (State.AWAITING_DECISION, Mode.PROPOSE)


def test_what_it_is_judged_against_are_all_paths_over_the_link() -> None:
    made = Desk(config()).made("QUE-01")
    assert made.before.link == LYON
    assert {one.way.path for one in made.before.ways} == {"par-lyo"}
    assert all(one.mos is not None for one in made.before.ways)


def drawn(dice: Random) -> tuple[Desk, Link, float]:
    """Return a branch of some rates and calls whose class is too small, with its bandwidth."""
    rate = dice.choice([512e3, 1e6, 2e6, 4e6, 10e6, dice.randint(300, 9000) * 1e3])
    kbps, calls = dice.choice([int(rate / 1e3), dice.randint(300, 9000)]), dice.randint(1, 12)
    contract = dice.choice([None, 0.33 * rate, calls * 87.2e3 * dice.uniform(1.05, 1.4)])
    held = link(LYON, rate_bps=rate, contract_bps=contract)
    network = inventory(links={LYON: held}, paths=(path("par-lyo", LYON, busy_hour_calls=calls),))
    share = dice.choice(["percent 1", "8"])
    text = config(f"priority {share}").replace("bandwidth 4000", f"bandwidth {kbps}")
    return Desk(text, network=network), held, kbps * 1e3


def test_what_is_typed_never_goes_beyond_a_third_of_the_rate_or_the_carriers_contract() -> None:
    # More is asked for than the need, for a device says less; at the bounds it must not be more.
    dice, made = Random(7), 0  # noqa: S311 - draws cases, no secret
    for _ in range(60):
        desk, held, reference_bps = drawn(dice)
        found = desk.plan(of("QUE-04", "interface Gi0/1 > policy WAN"))
        if isinstance(found, NoPlan):
            continue
        made += 1
        dialect = DIALECTS["cisco_ios"]
        after = dialect.parse(dialect.with_lines(desk.text, found.proposal.change.apply))
        voice = after.policy_maps["WAN"].find("VOICE")
        assert voice is not None
        assert voice.priority is not None
        given_bps = voice.priority.of(reference_bps)
        assert given_bps <= 0.33 * min(reference_bps, held.rate_out_bps)
        on_the_line_bps = given_bps * 87.2 / 85.6
        assert held.ef_contract_bps is None or on_the_line_bps <= held.ef_contract_bps
    assert made > 10
