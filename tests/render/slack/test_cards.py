from dataclasses import replace
from datetime import timedelta

import pytest

from qosbot.domain.approvals import Choice
from qosbot.domain.intents import AddClassMatch, AttachVoicePolicy, Intent, PreferCodec
from qosbot.domain.messages import Disclosure
from qosbot.domain.remediation import Remediation, State
from qosbot.domain.verification import Outcome
from qosbot.ports.messaging import Post
from qosbot.render.slack import Stake, card, check
from qosbot.render.slack.actions import APPROVE, DETAILS, REJECT
from tests.domain.builders import NOON
from tests.domain.remedies import NEIGHBOUR, WAY, figures, silent, sound
from tests.render.slack.remediations import (
    LATER,
    MENTION,
    approval,
    buttons,
    carded,
    decided_by,
    marked_up,
    pieces,
    rewritten,
    typical,
    whole,
)

TRIED = figures(
    at=LATER, ways=(sound(WAY, mos=4.12, at=LATER), sound(NEIGHBOUR, mos=4.2, at=LATER))
)


def read(post: Post) -> str:
    """A card from top to bottom as a person reads it."""
    return "\n".join(str(one["text"]) for one in pieces(post.blocks) if "verbatim" in one)


def header(post: Post) -> str:
    return str(next(pieces(post.blocks[0]["text"]))["text"])


def in_code(post: Post) -> list[str]:
    text = next(text for text in marked_up(post.blocks) if "```" in text)
    return text.split("```")[1].strip("\n").split("\n")


def with_diff(lines: list[str]) -> Remediation:
    waiting = typical()
    return rewritten(waiting, change=replace(waiting.proposal.change, diff="\n".join(lines)))


def test_an_open_card_says_all_that_a_decision_needs() -> None:
    post = carded(typical())
    text = read(post)
    assert header(post) == "Decision needed: MOS 2.10 on par-lyo"
    for words in (
        "2.10 (2.00 to 2.20), forward",
        "4.10 (3.90 to 4.30)",
        "12.0% loss · 8 ms jitter · 60 ms delay",
        "grade A",
        "1 direction of 1 path",
        "drops 12.0 % of 500 kbit/s",
        "Give class WAN / VOICE on par-ce1 Gi0/1 strict priority for 600 kbit/s of 2 Mbit/s.",
        "-  priority 300\n+  priority 600",
        "3 lines, exact",
        "*Risk* low",
        "2 paths: par-lyo, par-nic",
        "after 6 min unless voice got better",
        "*Calls may notice* none",
        typical().proposal.plan_hash[:16],
    ):
        assert words in text


def test_the_line_for_a_notification_says_what_is_asked_and_until_when() -> None:
    assert carded(typical()).text == (
        "Decision needed: MOS 2.10 on par-lyo, until 2026-03-02 12:15 UTC · p1"
    )


def test_a_card_says_what_the_inventory_says_of_threshold_and_calls() -> None:
    post = carded(typical(), stake=Stake(threshold_mos=3.6, busy_hour_calls=12))
    assert header(post) == "Decision needed: MOS 2.10 (threshold 3.60) on par-lyo"
    assert "1 direction of 1 path; 12 calls in the busy hour" in read(post)
    assert post.text.startswith("Decision needed: MOS 2.10 (threshold 3.60) on par-lyo")


def test_the_expiry_is_shown_in_the_zone_of_each_reader() -> None:
    assert "<!date^1772453700^{time}|12:15 UTC> (12 min left at 12:03:00 UTC)" in read(
        carded(typical())
    )


def test_a_card_past_its_expiry_says_that_a_click_no_longer_counts() -> None:
    post = card(
        typical(),
        votes=(),
        decision=None,
        quorum=1,
        disclosure=Disclosure.LINES,
        now=NOON + timedelta(hours=1),
    )
    assert "a click no longer counts" in read(post)


def test_approve_asks_again_and_names_device_risk_and_the_way_back() -> None:
    (approve,) = [
        one for one in pieces(carded(typical()).blocks) if one.get("action_id") == APPROVE
    ]
    confirm = approve["confirm"]
    assert isinstance(confirm, dict)
    asked = f"{confirm['title']['text']} {confirm['text']['text']}"
    for words in ("par-ce1", "risk low", "goes back by itself after 6 min"):
        assert words in asked


def test_a_device_without_a_timer_is_said_to_stay_as_it_is() -> None:
    post = carded(rewritten(typical(), revert_mechanism="none: it would not go back"))
    assert "*Goes back by itself* no:" in read(post)
    assert "It would NOT go back by itself." in whole(post)


def test_eight_lines_of_a_change_are_shown_and_the_rest_is_counted() -> None:
    post = carded(with_diff(["--- a", "+++ b", " context", *(f"+ line {i}" for i in range(500))]))
    assert in_code(post) == [f"+ line {number}" for number in range(8)]
    assert "492 more lines: see the diff in the thread" in read(post)


def test_a_long_line_is_cut_visibly() -> None:
    (line,) = in_code(carded(with_diff(["+" + "x" * 900])))
    assert len(line) < 200
    assert line.endswith("…")


def test_a_line_cannot_close_the_block_of_code_it_stands_in() -> None:
    post = carded(with_diff(["+description ``` <!channel> *now*"]))
    (line,) = in_code(post)
    assert "`" not in line
    assert line.endswith("&lt;!channel&gt; *now*")


def test_of_forty_paths_the_first_are_named_and_the_rest_counted() -> None:
    post = carded(rewritten(typical(), blast_radius=tuple(f"path-{i}" for i in range(40))))
    assert "40 paths: path-0, path-1, path-2, path-3, path-4 and 35 more" in read(post)


def test_unverified_syntax_is_said() -> None:
    change = replace(typical().proposal.change, is_verified_syntax=False)
    assert "*Syntax* unverified" in read(carded(rewritten(typical(), change=change)))


@pytest.mark.parametrize(
    ("intent", "words"),
    [
        (
            AttachVoicePolicy(
                interface="Gi0/1", priority_bps=6e5, reference_bps=2e6, shape_bps=2e6
            ),
            "Attach a policy to par-ce1 Gi0/1 that serves voice first with 600 kbit/s, shaped to",
        ),
        (
            AddClassMatch(interface="Gi0/1", class_path=("WAN", "VOICE"), dscp=46),
            "Let class WAN / VOICE on par-ce1 Gi0/1 match DSCP 46.",
        ),
        (
            PreferCodec(dial_peer=10, codec="g729a"),
            "Let new calls of dial-peer 10 on par-ce1 prefer g729a.",
        ),
    ],
)
def test_every_intent_is_one_sentence(intent: Intent, words: str) -> None:
    change = replace(typical().proposal.change, intent=intent)
    assert words in read(carded(rewritten(typical(), change=change)))


def test_where_several_must_agree_the_card_says_who_did() -> None:
    votes = (approval(typical()), approval(typical()))
    post = carded(typical(), votes=votes, quorum=2)
    assert f"approved by 1 of 2 different people: {MENTION}" in read(post)


def test_a_vote_for_another_plan_is_not_counted() -> None:
    vote = replace(approval(typical()), plan_hash="0" * 64)
    assert "approved by 0 of 2" in read(carded(typical(), votes=(vote,), quorum=2))


def test_once_decided_the_card_says_by_whom() -> None:
    post = carded(typical(), decision=approval(typical()))
    assert f"approved by {MENTION}, 2026-03-02 12:00 UTC" in read(post)
    assert post.text.startswith("Approved")


def test_a_change_on_trial_says_until_when_the_device_waits() -> None:
    tried = decided_by(typical(state=State.VERIFYING, typed_at=NOON, watched=(TRIED,)))
    post = carded(tried)
    assert "goes back by itself at about 12:06:00 UTC" in read(post)
    assert "4.12; at the alarm 2.10" in read(post)


def test_done_says_who_when_why_and_what_it_did() -> None:
    done = decided_by(
        typical(
            state=State.DONE,
            typed_at=NOON,
            watched=(TRIED,),
            outcome=Outcome.HELPED,
            reasons=("the voice class matches 300 packets/s",),
            is_saved=True,
            finished_at=LATER,
        )
    )
    text = read(carded(done))
    assert (
        f"approved by {MENTION}, 2026-03-02 12:00 UTC · ended 2026-03-02 12:03 UTC · "
        "helped, MOS 2.10 → 4.12, saved\nwhy: the voice class matches 300 packets/s"
    ) in text


def test_a_change_left_unsaved_says_what_a_reload_would_do() -> None:
    done = typical(state=State.DONE, is_saved=False, typed_at=NOON)
    assert "left unsaved: a reload would lose the change" in read(carded(done))


def test_mos_after_is_that_of_the_last_run_that_was_measured() -> None:
    lost = figures(at=LATER, ways=(silent(WAY),))
    done = typical(state=State.DONE, typed_at=NOON, watched=(TRIED, lost))
    assert header(carded(done)) == "Done: MOS 2.10 → 4.12 on par-lyo"


def test_of_two_runs_since_the_change_the_later_one_counts() -> None:
    later = figures(at=LATER, ways=(sound(WAY, mos=3.9, at=LATER),))
    done = typical(state=State.DONE, typed_at=NOON, watched=(TRIED, later))
    assert header(carded(done)) == "Done: MOS 2.10 → 3.90 on par-lyo"


def test_what_was_rolled_back_claims_no_better_voice() -> None:
    tried = typical(state=State.ROLLED_BACK, typed_at=NOON, watched=(TRIED,))
    post = carded(replace(tried, outcome=Outcome.INCONCLUSIVE))
    assert header(post) == "Rolled back: MOS 2.10 on par-lyo"
    assert "*MOS on trial*\n4.12" in read(post)
    assert "inconclusive, MOS 2.10 → 4.12 on trial" in read(post)


def test_what_was_never_typed_has_no_mos_after() -> None:
    assert "after" not in read(carded(typical(state=State.EXPIRED)))


def test_a_rejection_says_who_and_why() -> None:
    said_no = replace(approval(typical()), choice=Choice.REJECT, words="not during the meeting")
    rejected = typical(state=State.REJECTED, decided_by=said_no.by, decided_at=said_no.at)
    text = read(carded(rejected, decision=said_no))
    assert f"rejected by {MENTION}" in text
    assert "why: not during the meeting" in text


def test_who_stopped_an_approved_change_is_not_taken_for_its_approver() -> None:
    stopped = decided_by(typical(state=State.REJECTED, asked_by="cli:bob"))
    text = read(carded(stopped))
    assert f"approved by {MENTION}" in text
    assert "rejected by bob (command line)" in text


@pytest.mark.parametrize(
    ("state", "words"),
    [(State.SETTLED, "settled by"), (State.ROLLED_BACK, "rollback asked for by")],
)
def test_who_asked_for_an_end_is_on_the_card(state: State, words: str) -> None:
    text = read(carded(decided_by(typical(state=state, asked_by="cli:bob"))))
    assert f"{words} bob (command line)" in text


def test_a_reason_names_nobody_as_who_ended_it() -> None:
    for remark in ("reject by cli:eve", "rollback_asked by T0TEAM/U0EVIL"):
        text = read(carded(typical(state=State.REJECTED, remark=remark)))
        assert "rejected by" not in text
        assert "rollback asked for" not in text
        assert "<@U0EVIL>" not in text


def test_what_was_approved_can_be_stopped_until_it_begins() -> None:
    yes = approval(typical())
    no = replace(yes, choice=Choice.REJECT)
    approved, waiting = decided_by(typical(state=State.APPROVED)), typical()
    for post in (carded(approved, decision=yes), carded(waiting, decision=yes)):
        assert buttons(post) == {REJECT, DETAILS}
    assert buttons(carded(waiting, decision=no)) == {DETAILS}
    assert buttons(carded(decided_by(typical(state=State.APPLYING)), decision=yes)) == {DETAILS}


def test_an_end_that_nobody_decided_says_so() -> None:
    post = carded(typical(state=State.WITHDRAWN, remark="the alarm has cleared by itself"))
    assert "nobody decided" in read(post)
    assert "why: the alarm has cleared by itself" in read(post)


def test_observe_says_what_it_would_have_done() -> None:
    text = read(carded(typical(state=State.OBSERVED)))
    assert "this is what would have been done" in text
    assert "+  priority 600" in text
    assert "rollback" not in text


def test_stuck_calls_a_person_with_the_undo_to_type() -> None:
    stuck = typical(state=State.STUCK, typed_at=NOON, remark="the undo was not taken")
    post = carded(stuck)
    text = read(post)
    assert header(post).startswith("A person is needed")
    assert in_code(post) == ["policy-map WAN", " class VOICE", "  priority 300"]
    for words in ("Log in to par-ce1", "the undo was not taken", "qosbot settle p1"):
        assert words in text


def test_a_long_undo_ends_with_how_much_is_missing() -> None:
    change = replace(typical().proposal.change, undo=("x" * 100,) * 500)
    post = carded(rewritten(typical(state=State.STUCK), change=change))
    shown = len(in_code(post))
    assert f"{500 - shown} more lines: see the undo in the thread" in read(post)


@pytest.mark.parametrize("sign", ["&", '"', "\\", "x", "x\n"])
def test_a_card_of_the_longest_of_everything_is_within_the_limits(sign: str) -> None:
    long = sign * 3000
    change = replace(
        typical().proposal.change, device=long, diff=f"+{long}\n" * 20, undo=(long,) * 20
    )
    finding = replace(typical().proposal.findings[0], words=long)
    grown = rewritten(
        typical(remark=long, reasons=(long,) * 20, foreign_edit=long, outcome=Outcome.HURT),
        change=change,
        findings=(finding,) * 10,
        blast_radius=(long,) * 40,
        cautions=(long,) * 20,
        revert_mechanism=long,
    )
    for state in State:
        check(carded(replace(grown, state=state)))


def test_a_sentence_that_begins_with_a_device_leaves_its_name_as_it_is() -> None:
    found = replace(typical().proposal.findings[0], words="par-ce1 Gi0/1 drops voice")
    shown = whole(carded(rewritten(typical(), findings=(found,))))
    assert "*Cause*\\npar-ce1 Gi0/1 drops voice." in shown
    found = replace(found, words="class WAN drops voice")
    assert "*Cause*\\nClass WAN" in whole(carded(rewritten(typical(), findings=(found,))))
