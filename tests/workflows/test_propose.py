"""Each finding becomes one proposal or one reason; no device is changed on the way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from qosbot.domain.alarms import Alarm, AlarmState
from qosbot.domain.diagnosis import diagnose
from qosbot.domain.findings import Finding
from qosbot.domain.ground import NoPlan, Refused
from qosbot.domain.intents import AttachVoicePolicy, PreferCodec, SetPriority
from qosbot.domain.inventory import Inventory, Mode, Risk
from qosbot.domain.metrics import DeviceMetrics, Grade
from qosbot.domain.playbooks import Playbook, Remedy, RiskFactor, SuccessRule
from qosbot.domain.policies import DialPeer, InterfaceConfig, QosPolicy
from qosbot.domain.proposals import Proposal
from qosbot.domain.sightings import Scene
from qosbot.workflows.draft import ConfigReader, Desk
from qosbot.workflows.propose import Considered, Verdict, propose
from tests.domain.builders import NOON
from tests.domain.policy_builders import bare, configured, voice_class
from tests.domain.test_diagnosis import BACK, lyon, scene
from tests.domain.test_planning import ATTACH, ENLARGE, MATCH, playbook
from tests.domain.voice_builders import LYON, NANTES, inventory, link, path, traffic_class
from tests.workflows.change_fakes import ReadOnlySession, WordPlatform

CODEC = playbook(Remedy.PREFER_CODEC, risk=Risk.MEDIUM)
BOOKS = (ATTACH, ENLARGE, MATCH, CODEC)
SMALL = lyon(traffic_class("Gi0/1", calls=12, drop_ratio=0.12))


def alarm(finding: Finding, name: str = "a-1", *, mos: float = 2.0) -> Alarm:
    return Alarm(
        id=name,
        state=AlarmState.RAISED,
        bottleneck=finding.link,
        ways=finding.ways,
        raised_at=NOON,
        cleared_at=None,
        mos_worst=mos,
        mos_latest=mos,
    )


@dataclass
class Office:
    """A desk with good defaults, and the session to look at afterwards."""

    scene: Scene
    policy: QosPolicy
    platform: WordPlatform
    session: ReadOnlySession
    books: Sequence[Playbook] = BOOKS
    busy: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    is_stopped: bool = False

    def propose(
        self,
        alarms: Sequence[Alarm] | None = None,
        findings: Mapping[str, Sequence[Finding]] = {},
    ) -> tuple[Considered, ...]:
        found = diagnose([BACK], self.scene)
        return propose(alarms or [alarm(found[0])], findings or {"a-1": found}, self.desk, NOON)

    @property
    def desk(self) -> Desk:
        return Desk(
            scene=self.scene,
            playbooks=self.books,
            session=self.session,
            platforms={"cisco_ios": self.platform},
            calm={},
            busy=self.busy,
            answered=self.answered,
            is_stopped=self.is_stopped,
        )

    def proposal(self) -> Proposal:
        (one,) = self.propose()
        assert one.proposal is not None, one.words
        return one.proposal

    def refusal(self) -> Refused:
        (one,) = self.propose()
        assert one.verdict is Verdict.REFUSED
        assert one.words
        assert one.refused is not None
        return one.refused


def office(
    seen: DeviceMetrics | None = None,
    policy: QosPolicy | None = None,
    *,
    network: Inventory | None = None,
    silent: tuple[str, ...] = (),
    **platform: bool | str,
) -> Office:
    policy = policy or bare()
    made = WordPlatform(policies={"lyon": policy, "nantes": policy})
    return Office(
        scene=scene(seen or lyon(), network=network),
        policy=policy,
        platform=replace(made, **platform),  # type: ignore[arg-type]  # a test names real fields
        session=ReadOnlySession(silent=silent),
    )


def test_congestion_without_a_policy_becomes_a_proposal_with_all_a_person_needs() -> None:
    made = office().proposal()
    assert isinstance(made.change.intent, AttachVoicePolicy)
    assert (made.alarms, made.playbook, made.site) == (("a-1",), "attach-voice-policy", "lyo")
    assert (made.risk, made.grade, made.blast_radius) == (Risk.LOW, Grade.A, ("par-lyo",))
    assert made.fingerprint == "lyon AttachVoicePolicy"
    assert made.expires_at - made.created_at == timedelta(minutes=15)
    assert made.prediction is not None
    assert made.prediction.mos_after > made.prediction.mos_before + 1
    assert made.revert_mechanism.startswith("the device's own timer")
    assert made.cautions == ()


def test_the_same_moment_gives_the_same_id_and_hash_and_another_does_not() -> None:
    one, again = office().proposal(), office().proposal()
    assert (one.id, one.plan_hash) == (again.id, again.plan_hash)
    wider = office(SMALL, configured(voice_class())).proposal()
    assert wider.id != one.id


def test_a_proposal_carries_the_rule_of_its_playbook() -> None:
    rule = SuccessRule(same_load_ratio=0.07, worse_drop_ratio=0.0)
    ours, usual = office(), office()
    ours.books = (replace(ATTACH, success=rule),)
    assert ours.proposal().success == rule
    assert ours.proposal().plan_hash != usual.proposal().plan_hash


def test_a_small_class_is_enlarged() -> None:
    made = office(SMALL, configured(voice_class())).proposal()
    assert isinstance(made.change.intent, SetPriority)


def narrow(*, mode: Mode = Mode.PROPOSE) -> Inventory:
    """A network in which the calls to Lyon need more than its contract."""
    return inventory(links={LYON: link(LYON, contract_bps=1e6)}, mode=mode)


PEER = DialPeer(tag=10, codec_class=1)


def test_a_class_that_may_not_grow_is_answered_with_another_codec() -> None:
    made = office(SMALL, configured(voice_class(), dial_peers=(PEER,)), network=narrow())
    proposal = made.proposal()
    assert proposal.change.intent == PreferCodec(dial_peer=10, codec="g729a")
    assert (proposal.playbook, proposal.risk) == ("prefer-codec", Risk.MEDIUM)
    assert proposal.prediction is not None
    assert "new calls only" in proposal.prediction.because
    assert made.session.read_from == ["lyon"]


def test_another_codec_is_never_tried_where_priority_may_grow() -> None:
    made = office(SMALL, configured(voice_class(), dial_peers=(PEER,)), refuses=True)
    assert made.refusal() is Refused.UNSUPPORTED


def test_a_codec_that_costs_more_than_it_removes_is_not_proposed() -> None:
    little = lyon(traffic_class("Gi0/1", calls=12, drop_ratio=0.02))
    made = office(little, configured(voice_class(), dial_peers=(PEER,)), network=narrow())
    made.scene = scene(little, network=narrow(), loss=0.02)
    assert made.refusal() is Refused.DOES_NOT_PAY


def test_a_refused_codec_leaves_the_reason_why_priority_may_not_grow() -> None:
    made = office(SMALL, configured(voice_class()), network=narrow())
    (one,) = made.propose()
    assert one.refused is Refused.NOT_OURS_TO_TOUCH
    first, second = one.words.split("; ", maxsplit=1)
    assert first.startswith("12 calls need 1.17 Mbit/s on lyon Gi0/1, but the carrier's contract")
    assert second


@pytest.mark.parametrize("seen", [None, SMALL, lyon(traffic_class("Gi0/1", calls=40))])
def test_while_the_kill_switch_is_there_no_device_is_read(seen: DeviceMetrics | None) -> None:
    made = office(seen)
    made.is_stopped = True
    (one,) = made.propose()
    assert (one.refused, one.words) == (Refused.STOPPED, "the kill-switch file is there")
    assert made.session.read_from == []


def test_a_reader_that_is_stopped_logs_in_nowhere() -> None:
    made = office()
    made.is_stopped = True
    refused = ConfigReader(made.desk).running("lyon")
    assert isinstance(refused, NoPlan)
    assert refused.reason is Refused.STOPPED
    assert made.session.read_from == []


def test_poor_data_is_refused_without_a_look_at_any_device() -> None:
    made = office()
    made.scene = scene(lyon(), without="hub")
    assert made.refusal() is Refused.DATA
    assert made.session.read_from == []


def test_what_is_no_matter_of_qos_is_refused_without_a_look_at_any_device() -> None:
    made = office(lyon(traffic_class("Gi0/1", calls=40, drop_ratio=0.3)))
    assert made.refusal() is Refused.NOT_QOS
    assert made.session.read_from == []


def test_a_cause_without_a_playbook_is_refused() -> None:
    made = office()
    made.books = (ENLARGE,)
    assert made.refusal() is Refused.NO_PLAYBOOK


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"refuses": True}, Refused.UNSUPPORTED),
        ({"holds_all": True}, Refused.CONTRADICTED),
        ({"silent": ("lyon",)}, Refused.UNREACHABLE),
        ({"policy": configured(voice_class())}, Refused.CONTRADICTED),
    ],
)
def test_what_the_device_says_may_stop_a_proposal(
    changes: dict[str, object], reason: Refused
) -> None:
    assert office(**changes).refusal() is reason  # type: ignore[arg-type]  # real parameters


def test_a_device_that_is_only_polled_gets_no_proposal() -> None:
    network = inventory()
    devices = {name: replace(one, ssh=None) for name, one in network.devices.items()}
    made = office(network=replace(network, devices=devices))
    assert made.refusal() is Refused.UNREACHABLE


def test_observing_says_what_would_be_proposed() -> None:
    made = office(network=inventory(mode=Mode.OBSERVE))
    (one,) = made.propose()
    assert one.verdict is Verdict.WOULD_PROPOSE
    assert one.proposal is not None
    assert "observes" in one.words


@pytest.mark.parametrize(
    ("changes", "risk", "caution"),
    [
        ({"is_verified": False}, Risk.LOW, "unverified syntax"),
        ({"interruption": "unknown"}, Risk.LOW, "what calls in progress notice"),
        ({"policy": bare(has_archive=False)}, Risk.MEDIUM, "cannot go back by itself"),
        (
            {"policy": bare(InterfaceConfig(name="Gi0/1", has_crypto=True))},
            Risk.MEDIUM,
            "replay drops",
        ),
        (
            {"network": inventory(links={LYON: link(LYON, contract_bps=None)})},
            Risk.LOW,
            "contract is not known",
        ),
    ],
)
def test_what_needs_a_person_is_never_of_grade_a(
    changes: dict[str, object], risk: Risk, caution: str
) -> None:
    made = office(**changes).proposal()  # type: ignore[arg-type]  # real parameters
    assert (made.grade, made.risk) == (Grade.B, risk)
    assert caution in made.cautions[0]


def test_a_factor_of_the_playbook_raises_the_tier_that_is_proposed() -> None:
    made = office(network=inventory(links={LYON: link(LYON, contract_bps=None)}))
    made.books = (replace(ATTACH, raised_by=frozenset({RiskFactor.UNKNOWN_CONTRACT})),)
    assert made.proposal().risk is Risk.MEDIUM


def test_a_device_with_a_change_under_way_is_left_alone_and_not_read() -> None:
    made = office()
    made.busy = ("lyon",)
    assert made.refusal() is Refused.BUSY
    assert made.session.read_from == []


def test_one_device_gets_one_proposal_for_the_worse_of_two_alarms() -> None:
    made = office()
    (found,) = diagnose([BACK], made.scene)
    alarms = [alarm(found, "a-1", mos=2.5), alarm(found, "a-2", mos=1.5)]
    first, second = made.propose(alarms, {"a-1": [found], "a-2": [found]})
    assert (first.alarm, first.verdict) == ("a-2", Verdict.PROPOSED)
    assert (second.alarm, second.refused) == ("a-1", Refused.BUSY)
    assert made.session.read_from == ["lyon"]


def test_an_alarm_that_is_answered_or_cleared_is_not_considered() -> None:
    made = office()
    (found,) = diagnose([BACK], made.scene)
    cleared = replace(alarm(found), state=AlarmState.CLEARED, cleared_at=NOON)
    assert made.propose([cleared], {"a-1": [found]}) == ()
    made.answered = ("a-1",)
    assert made.propose() == ()


def test_a_branch_without_a_gateway_that_is_ours_gets_no_codec() -> None:
    network = inventory(
        links={LYON: link(LYON, contract_bps=1e6)},
        paths=(path("par-lyo", LYON), path("par-nan", NANTES)),
    )
    made = office(SMALL, configured(voice_class()), network=network)
    assert made.refusal() is Refused.NOT_OURS_TO_TOUCH
