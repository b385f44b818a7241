"""A precaution says what it answers; it predicts nothing, names no alarm, and never helped."""

import json
from dataclasses import replace

import pytest

from qosbot.domain.messages import Disclosure
from qosbot.domain.playbooks import SuccessRule
from qosbot.domain.remediation import Remediation, State
from qosbot.domain.verification import Outcome
from qosbot.render.proposal import proposal_text
from qosbot.render.slack import (
    check,
    details_view,
    pending_text,
    reject_view,
    texts,
    why_text,
)
from tests.domain.builders import NOON
from tests.domain.remedies import FOUND, NEIGHBOUR, WAY, figures, precaution, sound
from tests.render.slack.remediations import LATER, buttons, carded, pieces, typical, whole

CALM = figures(ways=(sound(WAY, mos=4.21, at=NOON), sound(NEIGHBOUR, mos=4.3, at=NOON)))
NEVER = ("alarm", "Alarm", "elped", "voice got better", "None", "nan")


def cautious(**changed: object) -> Remediation:
    plan = precaution(replace(typical().proposal, success=SuccessRule()))
    given = {"affected": (), "before": CALM, **changed}
    return replace(typical(), proposal=plan, **given)  # type: ignore[arg-type]  # by name


def ended(state: State, outcome: Outcome) -> Remediation:
    return cautious(
        state=state,
        outcome=outcome,
        typed_at=NOON,
        watched=(replace(CALM, taken_at=LATER),),
        reasons=("nothing got worse; whether it helps shows under load",),
        is_saved=True,
        finished_at=LATER,
    )


ENDS = (
    ended(State.DONE, Outcome.HARMLESS),
    ended(State.SAVING, Outcome.HARMLESS),
    ended(State.CONFIRMING, Outcome.HARMLESS),
    ended(State.ROLLED_BACK, Outcome.HURT),
    cautious(state=State.WITHDRAWN),
    cautious(state=State.OBSERVED),
    cautious(state=State.VERIFYING, typed_at=NOON),
)


def header(remediation: Remediation, disclosure: Disclosure = Disclosure.LINES) -> str:
    post = carded(remediation, disclosure=disclosure)
    return str(next(pieces(post.blocks[0]["text"]))["text"])


def test_an_open_card_names_the_finding_and_asks_for_a_decision() -> None:
    post = carded(cautious())
    said = whole(post)
    assert header(cautious()) == "Decision needed: precaution for QUE-01, par-ce1"
    for words in (
        "*Audit finding*",
        f"QUE-01 is broken at {FOUND.where.replace('>', '&gt;')}",
        "none: nobody suffers yet",
        "4.21 (4.11 to 4.31), forward",
        "unless nothing got worse",
        "2 directions of 2 paths",
    ):
        assert words in said
    assert {"qosbot_approve", "qosbot_reject"} <= buttons(post)
    check(post)


@pytest.mark.parametrize("disclosure", list(Disclosure))
@pytest.mark.parametrize("one", [cautious(), *ENDS], ids=lambda one: str(one.state))
def test_no_card_of_it_names_an_alarm_or_a_help(one: Remediation, disclosure: Disclosure) -> None:
    post = carded(one, disclosure=disclosure)
    check(post)
    assert [word for word in NEVER if word in whole(post)] == []


def test_as_a_summary_neither_device_nor_place_leaves_the_network() -> None:
    said = whole(carded(cautious(), disclosure=Disclosure.SUMMARY))
    assert header(cautious(), Disclosure.SUMMARY) == "Decision needed: precaution for QUE-01"
    for name in ("par-ce1", "Gi0/1", "WAN"):
        assert name not in said


def test_what_stayed_says_that_it_did_no_harm_and_no_more() -> None:
    said = whole(carded(ended(State.DONE, Outcome.HARMLESS)))
    assert "Nothing got worse, and it stays; whether it helps shows under load." in said
    assert header(ended(State.SAVING, Outcome.HARMLESS)).startswith("Harmless: ")


def test_answers_and_windows_tell_the_finding_and_predict_nothing() -> None:
    waiting = pending_text([cautious()], now=LATER)
    assert "precaution for QUE-01" in waiting
    why = why_text(cautious(), disclosure=Disclosure.LINES)
    assert "Audit finding: Critical: QUE-01 is broken at" in why
    window = json.dumps(details_view(cautious(), (), disclosure=Disclosure.LINES))
    assert "bandwidth 300" in window
    rejecting = json.dumps(reject_view(cautious()))
    assert "the finding stays" in rejecting
    for said in (waiting, why, window, rejecting):
        assert "redicted" not in said
        assert "alarm" not in said
    assert len(texts(cautious(), disclosure=Disclosure.LINES)) == 2


def test_show_prints_the_finding_its_lines_and_by_what_it_is_judged() -> None:
    lines = proposal_text(cautious(), ()).splitlines()
    assert f"why       a precaution: audit finding {FOUND.id}, critical" in lines
    assert "  read    bandwidth 300" in lines
    assert "predicts  nothing: nobody suffers yet; whether it helps shows under load" in lines
    stays = next(line for line in lines if line.startswith("stays"))
    assert "nothing sounds worse" in stays
    assert "alarm" not in "\n".join(lines)
