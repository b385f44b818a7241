"""What stands between a plan and a device."""

from dataclasses import replace
from datetime import timedelta

import pytest

from qosbot.domain.alarms import AlarmState
from qosbot.domain.approvals import POLICY as BY_POLICY
from qosbot.domain.approvals import Choice
from qosbot.domain.guardrails import plan_refusals, start_refusals
from qosbot.domain.intents import AddClassMatch, AttachVoicePolicy, Intent, PreferCodec
from qosbot.domain.inventory import Limits, Link, LinkId, Mode, Risk, Window
from qosbot.domain.metrics import Grade
from qosbot.domain.precautions import Standing
from qosbot.domain.proposals import Proposal
from qosbot.domain.rules import Controls, Guard
from qosbot.domain.situations import Situation
from qosbot.domain.timers import revert_after_min, verify_s
from tests.domain.remedies import LINK, RAISED, VOICE_PATH, change, precaution, proposal
from tests.domain.situations import CIRCUIT, POLICY, TERMS, decided, past, situation


def guards(one: Situation) -> list[Guard]:
    return [refusal.guard for refusal in start_refusals(one)]


def plan(intent: Intent) -> Situation:
    return situation(proposal=proposal(changes=change(intent=intent)))


def test_a_sound_plan_meets_no_refusal() -> None:
    assert start_refusals(situation()) == ()
    assert plan_refusals(situation()) == ()


def test_the_kill_switch_and_the_pause_stop_every_start() -> None:
    assert guards(situation(has_kill_switch=True)) == [Guard.KILL_SWITCH]
    assert guards(situation(controls=Controls(paused_by="cli:ana"))) == [Guard.PAUSED]


UNREADABLE = replace(
    POLICY,
    is_readable=False,
    mode={},
    approvers={},
    limits=Limits(priority_share=0.01, changes_per_site_per_day=0),
    windows=(Window(days=frozenset(), start_minute=0, end_minute=1),),
)
"""The values of a policy that was not read mean nothing, so they are as bad as can be."""


def test_while_the_policy_cannot_be_read_nothing_starts_and_nothing_is_refused_for_good() -> None:
    (refusal,) = start_refusals(situation(policy=UNREADABLE))
    assert (refusal.guard, refusal.is_final) == (Guard.POLICY, False)
    assert "policy.yaml" in refusal.words
    by_policy = situation(policy=UNREADABLE, decision=decided(by=BY_POLICY))
    assert guards(by_policy) == [Guard.POLICY]


def test_what_does_not_rest_on_the_policy_refuses_without_it() -> None:
    expired = situation(policy=UNREADABLE, now=proposal().expires_at)
    assert guards(expired) == [Guard.POLICY, Guard.EXPIRY]
    assert plan_refusals(situation(policy=UNREADABLE)) == ()


def test_nothing_starts_without_an_approval() -> None:
    assert guards(situation(decision=None)) == [Guard.DECISION]
    rejected = decided(choice=Choice.REJECT)
    assert guards(situation(decision=rejected)) == [Guard.DECISION]


def test_the_right_to_approve_is_checked_again_at_the_start() -> None:
    assert guards(situation(decision=decided(by="cli:gone"))) == [Guard.APPROVER]


def test_an_approval_of_another_plan_starts_nothing() -> None:
    other = replace(decided(), plan_hash="another")
    assert guards(situation(decision=other)) == [Guard.PLAN]


def test_nothing_starts_after_expiry() -> None:
    expires_at = proposal().expires_at
    assert guards(situation(now=expires_at - timedelta(microseconds=1))) == []
    assert guards(situation(now=expires_at)) == [Guard.EXPIRY]


@pytest.mark.parametrize("alarms", [{}, {"a1": AlarmState.CLEARED}, {"a2": AlarmState.RAISED}])
def test_nothing_starts_once_the_alarm_has_cleared(alarms: dict[str, AlarmState]) -> None:
    assert guards(situation(alarms=alarms)) == [Guard.ALARM]


def test_one_alarm_of_several_that_is_still_raised_is_enough() -> None:
    two = replace(proposal(), alarms=("a0", "a1"))
    assert guards(situation(proposal=two)) == []


def cautious(**changed: object) -> Situation:
    """Return a situation of a precaution, which answers no alarm."""
    return situation(proposal=precaution(), alarms={}, **{"finding": Standing.STANDS, **changed})


def test_a_precaution_needs_no_alarm_but_its_finding() -> None:
    assert guards(cautious()) == []
    for gone in (Standing.GONE, Standing.ACCEPTED):
        (refusal,) = start_refusals(cautious(finding=gone))
        assert (refusal.guard, refusal.is_final) == (Guard.FINDING, True)


def test_a_finding_that_could_not_be_judged_is_waited_for_and_starts_nothing() -> None:
    (refusal,) = start_refusals(cautious(finding=Standing.UNKNOWN))
    assert (refusal.guard, refusal.is_final) == (Guard.FINDING, False)


def test_before_the_device_is_read_the_finding_does_not_refuse() -> None:
    assert guards(cautious(finding=None)) == []


def test_what_answers_an_alarm_is_not_asked_for_a_finding() -> None:
    assert guards(situation(finding=Standing.GONE)) == []


@pytest.mark.parametrize("plan", [precaution(), proposal()])
def test_a_link_that_left_the_inventory_after_the_plan_is_not_touched(plan: Proposal) -> None:
    # Neither its circuit nor its contract would bound the change any more.
    planned = replace(plan, links=(LINK,))
    seen = {"proposal": planned, "finding": Standing.STANDS}
    assert start_refusals(situation(**seen)) == ()
    (refusal,) = start_refusals(situation(**seen, link=None))
    assert (refusal.guard, refusal.is_final) == (Guard.PLAN, True)
    assert "does not know par-ce1 Gi0/1 any more" in refusal.words


def test_a_path_that_came_over_the_link_after_the_plan_is_not_put_at_stake() -> None:
    known = cautious().proposal.blast_radius
    assert guards(cautious(paths=known)) == []
    (refusal,) = start_refusals(cautious(paths=(*known, "par-new")))
    assert (refusal.guard, refusal.is_final) == (Guard.PLAN, True)
    assert refusal.words.startswith("par-new crosses it since")


@pytest.mark.parametrize(
    ("plan", "words"), [(precaution(), "planned afresh"), (proposal(), "diagnosed afresh")]
)
def test_what_expired_says_how_it_comes_again(plan: Proposal, words: str) -> None:
    seen = {"proposal": plan, "finding": Standing.STANDS, "now": plan.expires_at}
    (refusal,) = start_refusals(situation(**seen))
    assert refusal.words.endswith(words)


def test_no_policy_grants_a_precaution_whatever_the_mode() -> None:
    granted = cautious(decision=decided(precaution(), by=BY_POLICY))
    assert Guard.NEEDS_PERSON in guards(granted)


@pytest.mark.parametrize(
    ("changed", "guard"),
    [
        ({"has_kill_switch": True}, Guard.KILL_SWITCH),
        ({"controls": Controls(paused_by="cli:ana")}, Guard.PAUSED),
        ({"mode": Mode.OBSERVE}, Guard.MODE),
        ({"decision": None}, Guard.DECISION),
        ({"now": proposal().expires_at}, Guard.EXPIRY),
        ({"fingerprint": "moved"}, Guard.FINGERPRINT),
        ({"past": (past(device="par-ce1", is_in_hand=True),)}, Guard.ONE_CHANGE),
        ({"past": (past(name="p8", site="par"), past(name="p9", site="par"))}, Guard.BUDGET),
        ({"link": replace(CIRCUIT, rate_out_bps=1_000_000)}, Guard.PRIORITY_SHARE),
        ({"link": replace(CIRCUIT, ef_contract_bps=500_000)}, Guard.EF_CONTRACT),
        ({"terms": replace(TERMS, allowed_lines=())}, Guard.COMMANDS),
        ({"revert_after_min": 121}, Guard.TIMER),
        ({"pending_revert_s": 60.0}, Guard.FOREIGN_TIMER),
    ],
)
def test_no_guard_is_loosened_for_a_precaution(changed: dict[str, object], guard: Guard) -> None:
    assert guards(cautious(**changed)) == [guard]


def test_nothing_is_typed_on_a_configuration_that_moved() -> None:
    assert guards(situation(fingerprint="moved")) == [Guard.FINGERPRINT]


@pytest.mark.parametrize("unknown", ["fingerprint", "is_saved", "pending_revert_s"])
def test_what_is_not_read_yet_does_not_refuse(unknown: str) -> None:
    assert guards(situation(**{unknown: None})) == []


def test_observe_starts_nothing_now_or_when_it_was_proposed() -> None:
    observed = replace(POLICY, mode={Risk.LOW: Mode.OBSERVE})
    assert guards(situation(policy=observed)) == [Guard.MODE]
    assert guards(situation(policy=replace(POLICY, mode={}))) == [Guard.MODE]
    assert guards(situation(mode=Mode.OBSERVE)) == [Guard.MODE]


def test_nothing_starts_outside_of_the_windows() -> None:
    # The situation is at noon.
    def only(start_hour: int) -> Situation:
        window = Window(
            days=frozenset(range(7)), start_minute=start_hour * 60, end_minute=start_hour * 60 + 60
        )
        return situation(policy=replace(POLICY, windows=(window,)))

    assert guards(only(12)) == []
    assert guards(only(13)) == [Guard.WINDOW]


def test_a_device_has_one_change_at_a_time() -> None:
    busy = past(device="par-ce1", is_in_hand=True)
    assert guards(situation(past=(busy,))) == [Guard.ONE_CHANGE]
    assert guards(situation(past=(replace(busy, is_in_hand=False),))) == []
    assert guards(situation(past=(replace(busy, device="lyo-ce1"),))) == []
    assert guards(situation(past=(replace(busy, remediation="p1"),))) == []


def test_a_site_has_its_budget_whoever_approves() -> None:
    made = (past(name="p8", site="par"), past(name="p9", site="par"))
    assert guards(situation(past=made)) == [Guard.BUDGET]
    itself = (made[0], replace(made[1], remediation="p1"))
    assert guards(situation(past=itself)) == []


def test_only_a_person_may_shorten_the_cool_down() -> None:
    hot = (past(paths=("par-lyo",), finished_ago=timedelta(minutes=1)),)
    assert guards(situation(past=hot)) == []
    assert guards(situation(past=hot, decision=decided(by=BY_POLICY))) == [Guard.COOL_DOWN]


def test_a_change_does_not_cool_down_after_itself() -> None:
    itself = past(name="p1", paths=("par-lyo",), finished_ago=None)
    assert guards(situation(past=(itself,), decision=decided(by=BY_POLICY))) == []


def test_poor_data_change_nothing() -> None:
    assert guards(situation(proposal=proposal(grade=Grade.C))) == [Guard.GRADE]
    assert guards(situation(proposal=proposal(grade=Grade.B))) == []


def test_priority_stays_within_its_share_of_the_circuit() -> None:
    assert guards(plan(replace(RAISED, priority_bps=640_000))) == []
    just, over = replace(RAISED, priority_bps=660_000), replace(RAISED, priority_bps=660_001)
    rich = replace(CIRCUIT, ef_contract_bps=1_000_000)
    assert guards(replace(plan(just), link=rich)) == []
    assert guards(replace(plan(over), link=rich)) == [Guard.PRIORITY_SHARE]


def test_the_reference_rate_is_the_least_of_what_really_leaves() -> None:
    def shares(reference_bps: float, shape_bps: float | None, priority_bps: float) -> list[Guard]:
        intent = AttachVoicePolicy(
            interface="Gi0/1",
            priority_bps=priority_bps,
            reference_bps=reference_bps,
            shape_bps=shape_bps,
        )
        return guards(plan(intent))

    # 33 % of the port would be 33 Mbit/s; of the circuit it is 660 kbit/s; of the shaper 330.
    assert shares(1e8, None, 1e6) == [Guard.PRIORITY_SHARE, Guard.EF_CONTRACT]
    assert shares(1e8, 1_000_000, 400_000) == [Guard.PRIORITY_SHARE]
    assert shares(1_000_000, None, 400_000) == [Guard.PRIORITY_SHARE]
    assert shares(1e8, 2_000_000, 400_000) == []


def test_a_change_off_the_links_is_held_to_its_own_reference_rate() -> None:
    over = replace(plan(replace(RAISED, priority_bps=660_001)), link=None)
    assert guards(over) == [Guard.PRIORITY_SHARE]


def test_priority_stays_within_the_carriers_contract() -> None:
    assert guards(situation(link=replace(CIRCUIT, ef_contract_bps=600_000))) == []
    assert guards(situation(link=replace(CIRCUIT, ef_contract_bps=599_999))) == [Guard.EF_CONTRACT]


@pytest.mark.parametrize("link", [None, replace(CIRCUIT, ef_contract_bps=None)])
def test_with_an_unknown_contract_a_person_decides(link: object) -> None:
    assert guards(situation(link=link)) == []
    assert guards(situation(link=link, decision=decided(by=BY_POLICY))) == [Guard.NEEDS_PERSON]


SHARED = replace(RAISED, may_touch_others=True)
SPARE = replace(CIRCUIT, id=LinkId(device="par-ce1", interface="Gi0/2"))


@pytest.mark.parametrize(
    ("spare", "found"),
    [
        (SPARE, []),
        (replace(SPARE, rate_out_bps=1_800_000), [Guard.PRIORITY_SHARE]),
        (replace(SPARE, rate_out_bps=1_900_000), []),
        (replace(SPARE, ef_contract_bps=599_999), [Guard.EF_CONTRACT]),
        (replace(SPARE, ef_contract_bps=600_000), []),
    ],
)
def test_a_shared_policy_is_held_to_the_share_and_contract_of_every_link(
    spare: Link, found: list[Guard]
) -> None:
    assert guards(replace(plan(SHARED), links=(spare,))) == found


@pytest.mark.parametrize("others", [(), (replace(SPARE, ef_contract_bps=None),)])
def test_with_an_unknown_contract_elsewhere_a_person_decides(others: tuple[Link, ...]) -> None:
    assert guards(replace(plan(SHARED), links=others)) == []
    by_policy = replace(plan(SHARED), links=others, decision=decided(by=BY_POLICY))
    assert Guard.NEEDS_PERSON in guards(by_policy)
    alone = replace(plan(RAISED), decision=decided(by=BY_POLICY))
    assert guards(alone) == []


def test_an_exceeded_contract_is_said_before_an_unknown_one() -> None:
    unknown = replace(CIRCUIT, ef_contract_bps=None)
    tight = replace(SPARE, ef_contract_bps=100_000)
    by_policy = situation(
        proposal=proposal(changes=change(intent=SHARED)),
        decision=decided(proposal(changes=change(intent=SHARED)), by=BY_POLICY),
        link=unknown,
        links=(tight,),
    )
    (refusal,) = start_refusals(by_policy)
    assert refusal.guard is Guard.EF_CONTRACT
    assert refusal.words.endswith("100,000 bit/s on par-ce1 Gi0/2")


@pytest.mark.parametrize(
    "intent",
    [
        AddClassMatch(interface="Gi0/1", class_path=VOICE_PATH, dscp=46),
        PreferCodec(dial_peer=10, codec="g729a"),
    ],
)
def test_a_change_without_a_priority_needs_no_contract(intent: Intent) -> None:
    unknown = replace(plan(intent), link=None, decision=None)
    assert guards(unknown) == [Guard.DECISION]


@pytest.mark.parametrize("lines", ["apply", "undo"])
def test_only_allowed_commands_are_typed_or_taken_back(lines: str) -> None:
    strange = replace(change(), **{lines: ("policy-map WAN", " reload in 5", " reload in 5")})  # type: ignore[arg-type]
    (refusal,) = start_refusals(situation(proposal=proposal(changes=strange)))
    assert refusal.guard is Guard.COMMANDS
    assert refusal.words == "not on the list of allowed commands: reload in 5"


def test_an_allowed_command_is_allowed_whole() -> None:
    sly = change(apply=("priority 600 ; reload",))
    assert guards(situation(proposal=proposal(changes=sly))) == [Guard.COMMANDS]


@pytest.mark.parametrize("lines", ["apply", "undo"])
def test_without_lines_or_without_their_undo_nothing_starts(lines: str) -> None:
    empty = replace(change(), **{lines: ()})  # type: ignore[arg-type]  # lines
    assert guards(situation(proposal=proposal(changes=empty))) == [Guard.COMMANDS]


@pytest.mark.parametrize(("minutes", "fits"), [(0, False), (1, True), (120, True), (121, False)])
def test_the_timer_must_fit_the_device(minutes: int, *, fits: bool) -> None:
    assert (guards(situation(revert_after_min=minutes)) == []) is fits
    assert (plan_refusals(situation(revert_after_min=minutes)) == ()) is fits


def test_somebody_elses_timer_is_waited_for() -> None:
    (refusal,) = start_refusals(situation(pending_revert_s=90.0))
    assert (refusal.guard, refusal.is_final) == (Guard.FOREIGN_TIMER, False)


def test_only_a_person_starts_beside_edits_that_are_not_saved() -> None:
    assert guards(situation(is_saved=False)) == []
    by_policy = situation(is_saved=False, decision=decided(by=BY_POLICY))
    assert guards(by_policy) == [Guard.NEEDS_PERSON]


def test_every_refusal_is_shown() -> None:
    worst = situation(
        has_kill_switch=True,
        controls=Controls(paused_by="cli:ana"),
        decision=None,
        fingerprint="moved",
        terms=replace(TERMS, most_timer_min=5),
    )
    assert guards(worst) == [
        Guard.KILL_SWITCH,
        Guard.PAUSED,
        Guard.DECISION,
        Guard.TIMER,
        Guard.FINGERPRINT,
    ]


def test_what_waiting_may_cure_is_not_final() -> None:
    cured = situation(
        has_kill_switch=True,
        controls=Controls(paused_by="cli:ana"),
        pending_revert_s=9.0,
        past=(past(device="par-ce1", is_in_hand=True),),
    )
    assert not any(refusal.is_final for refusal in start_refusals(cured))
    expired = situation(now=proposal().expires_at)
    assert all(refusal.is_final for refusal in start_refusals(expired))


@pytest.mark.parametrize(
    ("apply_s", "verifying_s", "minutes"),
    [(0, 0, 5), (30, 270, 5), (30, 270.1, 6), (60, 300, 6), (61, 300, 7), (60, 7140, 120)],
)
def test_the_timer_is_in_whole_minutes_and_at_least_five(
    apply_s: float, verifying_s: float, minutes: int
) -> None:
    assert revert_after_min(apply_s=apply_s, verifying_s=verifying_s) == minutes


def test_verifying_takes_its_probe_runs_two_polls_and_a_minute() -> None:
    assert verify_s(runs=3, probe_period_s=60, poll_interval_s=30) == 300.0
