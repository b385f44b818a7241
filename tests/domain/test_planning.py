"""A remedy stays within its bounds, and the configuration has the last word."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.domain.capacity import expected_ef
from qosbot.domain.diagnosis import diagnose_way
from qosbot.domain.findings import Cause, Finding
from qosbot.domain.ground import Ground, NoPlan, Planned, Refused
from qosbot.domain.intents import AddClassMatch, AttachVoicePolicy, SetPriority
from qosbot.domain.inventory import Link, LinkId, Risk
from qosbot.domain.metrics import ClassMetrics, Measured
from qosbot.domain.planning import plan_at_link
from qosbot.domain.playbooks import Playbook, Remedy, RiskFactor, playbooks_for
from qosbot.domain.policies import InterfaceConfig, PolicyClass, PolicyMap, QosPolicy, Share
from qosbot.domain.samples import FlowDirection
from tests.domain.policy_builders import bare, configured, voice_class
from tests.domain.test_diagnosis import BACK, BLIND, FULL, lyon, scene
from tests.domain.voice_builders import LYON, inventory, link, metrics, path, traffic_class

NEED_BPS = 12 * 85_600.0 * 1.05


def playbook(remedy: Remedy = Remedy.SET_PRIORITY, **changes: object) -> Playbook:
    causes = {
        Remedy.ATTACH_VOICE_POLICY: Cause.NO_POLICY,
        Remedy.ADD_CLASS_MATCH: Cause.CLASS_MATCHES_NOTHING,
    }
    made = Playbook(
        name=remedy.replace("_", "-"),
        summary="",
        cause=causes.get(remedy, Cause.VOICE_CLASS_TOO_SMALL),
        remedy=remedy,
        codec="g729a" if remedy is Remedy.PREFER_CODEC else None,
        risk=Risk.LOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test names real fields


ATTACH = playbook(Remedy.ATTACH_VOICE_POLICY)
ENLARGE = playbook()
MATCH = playbook(Remedy.ADD_CLASS_MATCH)


def ground(
    running: QosPolicy,
    *,
    at: Link | None = None,
    speed_bps: float = 4e6,
    busiest_out_bps: float | None = None,
    others: tuple[Link, ...] = (),
    calls: int = 12,
) -> Ground:
    at = at or link(LYON)
    network = inventory(
        links={one.id: one for one in (at, *others)},
        paths=(path("par-lyo", LYON, busy_hour_calls=calls),),
    )
    return Ground(
        inventory=network,
        link=at,
        running=running,
        load=expected_ef(network, at, FlowDirection.OUT, {}),
        speed_bps=speed_bps,
        busiest_out_bps=busiest_out_bps,
    )


def found(*classes: ClassMetrics) -> Finding:
    return diagnose_way(BACK, scene(lyon(*classes)))


TOO_SMALL = found(traffic_class("Gi0/1", calls=12, drop_ratio=0.12))
NO_POLICY = found()
NO_MATCH = found(*BLIND)


def plan(book: Playbook, finding: Finding, on: Ground) -> Planned:
    planned = plan_at_link(book, finding, on)
    assert isinstance(planned, Planned), planned
    return planned


def reason(book: Playbook, finding: Finding, on: Ground) -> Refused:
    refused = plan_at_link(book, finding, on)
    assert isinstance(refused, NoPlan), refused
    assert refused.words
    return refused.reason


def test_a_class_that_is_too_small_gets_what_the_calls_need() -> None:
    planned = plan(ENLARGE, TOO_SMALL, ground(configured(voice_class())))
    assert planned.intent == SetPriority(
        interface="Gi0/1",
        class_path=("WAN", "VOICE"),
        priority_bps=NEED_BPS,
        reference_bps=4e6,
    )
    assert (planned.device, planned.paths, planned.factors) == ("lyon", ("par-lyo",), frozenset())


@pytest.mark.parametrize(
    "at", [link(LYON, rate_bps=3e6), link(LYON, contract_bps=1e6), link(LYON, contract_bps=1.09e6)]
)
def test_a_need_beyond_the_share_or_the_contract_is_not_a_matter_of_priority(at: Link) -> None:
    on = ground(configured(voice_class()), at=at)
    assert reason(ENLARGE, TOO_SMALL, on) is Refused.NEED_EXCEEDS_BOUNDS
    on = ground(bare(), at=at, busiest_out_bps=1e6)
    assert reason(ATTACH, NO_POLICY, on) is Refused.NEED_EXCEEDS_BOUNDS


def test_the_lesser_of_playbook_and_policy_bounds_counts() -> None:
    tight = playbook(priority_share=0.2)
    loose = playbook(priority_share=0.9)
    on = ground(configured(voice_class()))
    assert reason(tight, TOO_SMALL, on) is Refused.NEED_EXCEEDS_BOUNDS
    narrow = ground(configured(voice_class()), at=link(LYON, rate_bps=3e6))
    assert reason(loose, TOO_SMALL, narrow) is Refused.NEED_EXCEEDS_BOUNDS


def test_other_priority_classes_count_towards_the_bound() -> None:
    video = PolicyClass(name="VIDEO", is_priority=True, priority=Share(bps=400_000))
    on = ground(configured(video, voice_class()))
    assert reason(ENLARGE, TOO_SMALL, on) is Refused.NEED_EXCEEDS_BOUNDS


@given(
    st.integers(1, 60),
    st.floats(5e5, 5e7),
    st.one_of(st.none(), st.floats(1e5, 5e7)),
    st.floats(8, 5000),
)
def test_no_priority_ever_passes_share_or_contract(
    calls: int, rate_bps: float, contract_bps: float | None, kbps: float
) -> None:
    at = link(LYON, rate_bps=rate_bps, contract_bps=contract_bps)
    for book, finding, running in (
        (ENLARGE, TOO_SMALL, configured(voice_class(kbps=kbps))),
        (ATTACH, NO_POLICY, bare()),
    ):
        planned = plan_at_link(book, finding, ground(running, at=at, calls=calls, speed_bps=1e9))
        if isinstance(planned, NoPlan):
            continue
        intent = planned.intent
        assert isinstance(intent, SetPriority | AttachVoicePolicy)
        assert intent.priority_bps <= 0.33 * rate_bps
        if contract_bps is not None:
            assert intent.priority_bps * 87_200 / 85_600 <= contract_bps * (1 + 1e-9)


def test_a_class_that_has_what_it_needs_is_not_enlarged() -> None:
    for kbps in (1100.0, None):
        on = ground(configured(voice_class(kbps=kbps)))
        assert reason(ENLARGE, TOO_SMALL, on) is Refused.LARGE_ENOUGH


def test_more_voice_than_expected_is_a_question_and_not_a_change() -> None:
    more = found(traffic_class("Gi0/1", calls=13.5, drop_ratio=0.12))
    on = ground(configured(voice_class()))
    assert reason(ENLARGE, more, on) is Refused.MORE_THAN_EXPECTED


def test_a_policer_in_the_class_is_not_ours_to_touch() -> None:
    on = ground(configured(voice_class(police_kbps=500)))
    assert reason(ENLARGE, TOO_SMALL, on) is Refused.NOT_OURS_TO_TOUCH


def test_a_configuration_that_contradicts_the_counters_stops_everything() -> None:
    assert reason(ENLARGE, TOO_SMALL, ground(bare())) is Refused.CONTRADICTED
    on = ground(configured(PolicyClass(name="OTHER")))
    assert reason(ENLARGE, TOO_SMALL, on) is Refused.CONTRADICTED
    on = ground(configured(voice_class()))
    assert reason(ATTACH, NO_POLICY, on) is Refused.CONTRADICTED
    shut = ground(bare(InterfaceConfig(name="Gi0/1", is_shutdown=True)))
    assert reason(ATTACH, NO_POLICY, shut) is Refused.CONTRADICTED


def test_a_policy_on_a_link_that_we_do_not_know_is_not_ours_to_touch() -> None:
    on = ground(configured(voice_class(), attached_to=("Gi0/1", "Gi0/9")))
    assert reason(ENLARGE, TOO_SMALL, on) is Refused.NOT_OURS_TO_TOUCH


def test_a_shared_policy_is_said_and_riskier() -> None:
    spare = link(LinkId(device="lyon", interface="Gi0/2"))
    on = ground(configured(voice_class(), attached_to=("Gi0/1", "Gi0/2")), others=(spare,))
    planned = plan(ENLARGE, TOO_SMALL, on)
    assert isinstance(planned.intent, SetPriority)
    assert planned.intent.may_touch_others
    assert RiskFactor.SHARED_POLICY in planned.factors
    assert "lyon Gi0/2" in planned.cautions[-1]


SPARE = LinkId(device="lyon", interface="Gi0/2")
BOTH = ("Gi0/1", "Gi0/2")


@pytest.mark.parametrize(
    "spare",
    [
        link(SPARE, contract_bps=200_000),
        link(SPARE, contract_bps=1.09e6),
        link(SPARE, rate_bps=3e6),
        link(SPARE, rate_bps=3e6, contract_bps=None),
    ],
)
def test_a_shared_policy_stays_within_the_share_and_contract_of_every_link(spare: Link) -> None:
    on = ground(configured(voice_class(), attached_to=BOTH), others=(spare,))
    assert reason(ENLARGE, TOO_SMALL, on) is Refused.NOT_OURS_TO_TOUCH


def test_other_priority_classes_count_on_the_links_that_share_a_policy_too() -> None:
    video = PolicyClass(name="VIDEO", is_priority=True, priority=Share(bps=300_000))
    running = configured(video, voice_class(), attached_to=BOTH)
    wide = link(LYON, rate_bps=8e6)
    on = ground(running, at=wide, speed_bps=8e6, others=(link(SPARE),))
    assert reason(ENLARGE, TOO_SMALL, on) is Refused.NOT_OURS_TO_TOUCH
    on = ground(running, at=wide, speed_bps=8e6, others=(link(SPARE, rate_bps=8e6),))
    assert isinstance(plan(ENLARGE, TOO_SMALL, on).intent, SetPriority)


def test_a_percentage_is_more_on_a_faster_link_that_shares_the_policy() -> None:
    held = PolicyClass(name="VOICE", is_priority=True, priority=Share(ratio=0.1))
    fast = link(SPARE, rate_bps=1e8, contract_bps=2e6)
    on = ground(configured(held, attached_to=BOTH), others=(fast,))
    assert reason(ENLARGE, TOO_SMALL, on) is Refused.NOT_OURS_TO_TOUCH
    on = ground(configured(voice_class(), attached_to=BOTH), others=(fast,))
    assert isinstance(plan(ENLARGE, TOO_SMALL, on).intent, SetPriority)


def test_a_shaper_above_the_class_bounds_it_on_the_link_that_shares_the_policy() -> None:
    running = configured(voice_class(), attached_to=BOTH)
    outer = PolicyClass(name="class-default", shape=Share(bps=2e6), child="WAN")
    shaped = replace(
        running,
        policy_maps={**running.policy_maps, "OUT": PolicyMap(name="OUT", classes=(outer,))},
        attachments=(running.attachments[0], replace(running.attachments[1], policy="OUT")),
    )
    assert isinstance(plan(ENLARGE, TOO_SMALL, ground(running, others=(link(SPARE),))), Planned)
    refused = reason(ENLARGE, TOO_SMALL, ground(shaped, others=(link(SPARE),)))
    assert refused is Refused.NOT_OURS_TO_TOUCH


@pytest.mark.parametrize(("book", "finding"), [(ENLARGE, TOO_SMALL), (MATCH, NO_MATCH)])
def test_an_unknown_contract_of_a_link_that_shares_the_policy_needs_a_person(
    book: Playbook, finding: Finding
) -> None:
    dscp = (46,) if book is ENLARGE else (24,)
    running = configured(voice_class(), attached_to=BOTH, dscp=dscp)
    on = ground(running, others=(link(SPARE, contract_bps=None),))
    planned = plan(book, finding, on)
    assert planned.factors == {RiskFactor.UNKNOWN_CONTRACT, RiskFactor.SHARED_POLICY}
    assert any("the contract of lyon Gi0/2" in one for one in planned.cautions)
    assert planned.links == (LYON, SPARE)


def test_a_match_at_work_on_a_link_that_we_do_not_know_needs_a_person() -> None:
    on = ground(configured(voice_class(), attached_to=BOTH, dscp=(24,)))
    assert RiskFactor.UNKNOWN_CONTRACT in plan(MATCH, NO_MATCH, on).factors


def test_encryption_on_a_link_that_shares_the_policy_is_a_risk_here_too() -> None:
    port = InterfaceConfig(name="Gi0/2", has_crypto=True)
    running = configured(voice_class(), attached_to=BOTH, port=port)
    assert (
        RiskFactor.ENCRYPTED
        in plan(ENLARGE, TOO_SMALL, ground(running, others=(link(SPARE),))).factors
    )


def test_a_congested_port_gets_a_policy_without_a_shaper() -> None:
    planned = plan(ATTACH, NO_POLICY, ground(bare()))
    assert planned.intent == AttachVoicePolicy(
        interface="Gi0/1", priority_bps=NEED_BPS, reference_bps=4e6
    )


FAST = diagnose_way(BACK, scene(metrics("lyon", replace(FULL, out_discard_ratio=Measured(0.0)))))
"""The port drops nothing, so the queue is the carrier's."""


def test_a_port_faster_than_its_circuit_needs_a_shaper_below_the_circuit_s_rate() -> None:
    at = link(LYON)
    planned = plan(ATTACH, FAST, ground(bare(), at=at, speed_bps=1e9, busiest_out_bps=3.7e6))
    assert isinstance(planned.intent, AttachVoicePolicy)
    assert planned.intent.shape_bps == planned.intent.reference_bps == 0.95 * 4e6
    assert RiskFactor.SHAPER in planned.factors


@pytest.mark.parametrize("busiest_out_bps", [None, 3.9e6])
def test_a_shaper_never_goes_below_what_the_port_was_seen_to_carry(
    busiest_out_bps: float | None,
) -> None:
    on = ground(bare(), speed_bps=1e9, busiest_out_bps=busiest_out_bps)
    assert reason(ATTACH, FAST, on) is Refused.SHAPER_GUARD


def test_a_port_with_more_than_one_circuit_never_gets_a_shaper() -> None:
    neighbour = replace(link(LinkId(device="lyon", interface="Gi0/1.20")), circuit="OTHER-1")
    on = ground(bare(), speed_bps=1e9, busiest_out_bps=1e6, others=(neighbour,))
    assert reason(ATTACH, FAST, on) is Refused.SHAPER_GUARD


def test_a_drop_on_the_port_shows_that_it_is_full_whatever_speed_is_configured() -> None:
    on = ground(bare(InterfaceConfig(name="Gi0/1", bandwidth_bps=4e6)))
    planned = plan(ATTACH, NO_POLICY, on)
    assert isinstance(planned.intent, AttachVoicePolicy)
    assert planned.intent.shape_bps is None


def test_a_class_that_cannot_match_ef_gets_the_match() -> None:
    on = ground(configured(voice_class(kbps=1500), dscp=(46, 24), match_all=True))
    planned = plan(MATCH, NO_MATCH, on)
    assert planned.intent == AddClassMatch(interface="Gi0/1", class_path=("WAN", "VOICE"), dscp=46)
    assert planned.cautions == ()


def test_a_class_that_matches_ef_means_that_the_marking_is_lost() -> None:
    on = ground(configured(voice_class()))
    assert reason(MATCH, NO_MATCH, on) is Refused.MARKING_LOST


def test_a_class_behind_one_that_takes_ef_gets_no_match() -> None:
    first = PolicyClass(name="VOICE", is_priority=True)
    second = replace(NO_MATCH, class_path=("WAN", "LATER"))
    on = ground(configured(first, PolicyClass(name="LATER", is_priority=True)))
    assert reason(MATCH, second, on) is Refused.CONTRADICTED


def test_a_class_of_other_matches_is_for_a_person() -> None:
    running = configured(voice_class())
    on = ground(replace(running, class_maps={}))
    assert reason(MATCH, NO_MATCH, on) is Refused.NOT_OURS_TO_TOUCH


def test_a_match_for_a_class_without_room_says_so() -> None:
    on = ground(configured(voice_class(kbps=300), dscp=(24,)))
    assert "of the 1.08 Mbit/s" in plan(MATCH, NO_MATCH, on).cautions[0]


@pytest.mark.parametrize(
    ("port", "has_archive", "contract_bps", "factor"),
    [
        (InterfaceConfig(name="Gi0/1", has_crypto=True), True, 2e6, RiskFactor.ENCRYPTED),
        (InterfaceConfig(name="Gi0/1", is_tunnel=True), True, 2e6, RiskFactor.ENCRYPTED),
        (None, False, 2e6, RiskFactor.NO_REVERT_TIMER),
        (None, True, None, RiskFactor.UNKNOWN_CONTRACT),
    ],
)
def test_what_makes_a_change_riskier_is_named_with_a_caution(
    port: InterfaceConfig | None,
    has_archive: bool,  # noqa: FBT001 - a parameter of the cases
    contract_bps: float | None,
    factor: RiskFactor,
) -> None:
    running = bare(port, has_archive=has_archive)
    planned = plan(ATTACH, NO_POLICY, ground(running, at=link(LYON, contract_bps=contract_bps)))
    assert planned.factors == {factor}
    assert len(planned.cautions) == 1


def test_each_factor_that_counts_raises_the_tier_by_one() -> None:
    book = playbook(raised_by=frozenset({RiskFactor.SHARED_POLICY}))
    assert book.risk_with({RiskFactor.SHAPER}) is Risk.LOW
    assert book.risk_with({RiskFactor.SHARED_POLICY}) is Risk.MEDIUM
    assert book.risk_with({RiskFactor.ENCRYPTED}) is Risk.MEDIUM
    assert book.risk_with(set(RiskFactor)) is Risk.HIGH


def test_a_remedy_that_cannot_answer_a_cause_is_not_a_playbook() -> None:
    for cause in set(Cause) - {Cause.VOICE_CLASS_TOO_SMALL}:
        with pytest.raises(ValueError, match="no answer"):
            playbook(cause=cause)
    with pytest.raises(ValueError, match="do not go together"):
        playbook(codec="g729a")


def test_more_priority_is_tried_before_another_codec() -> None:
    books = (playbook(Remedy.PREFER_CODEC), ENLARGE, ATTACH)
    assert [one.remedy for one in playbooks_for(TOO_SMALL, books)] == [
        Remedy.SET_PRIORITY,
        Remedy.PREFER_CODEC,
    ]
    assert playbooks_for(replace(TOO_SMALL, cause=Cause.FOREIGN_EF), books) == ()
