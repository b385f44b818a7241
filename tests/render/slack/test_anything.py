"""Whatever a message is made of, Slack takes it, and obeys nothing that stands in it."""

import json
from collections.abc import Iterator, Mapping, Sequence

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from qosbot.domain.alarms import Alarm
from qosbot.domain.approvals import Choice, Decision
from qosbot.domain.considerations import Consideration
from qosbot.domain.history import Entry
from qosbot.domain.messages import Disclosure
from qosbot.domain.remediation import Remediation, State
from qosbot.domain.rules import Controls
from qosbot.ports.messaging import Post
from qosbot.render import slack
from qosbot.render.slack import actions
from tests.render.slack.remediations import LATER, buttons, carded, forged, marked_up, whole
from tests.render.slack.strategies import (
    alarms,
    considerations,
    decisions,
    disclosures,
    histories,
    hostile,
    people,
    remediations,
)

SIDES = settings(
    deadline=None,
    derandomize=True,
    # A failure is as clear unshrunk, and shrinking such large values takes minutes.
    phases=[Phase.explicit, Phase.generate],
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
_TEXT = 3000


def is_sound(message: Post | Mapping[str, object]) -> None:
    """Assert what holds of everything that is sent."""
    slack.check(message)
    assert forged(message) == []
    texts = marked_up(message.blocks if isinstance(message, Post) else message)
    assert all(text.count("```") in {0, 2} for text in texts), "a block of code is closed"
    assert json.loads(whole(message))
    whole(message).encode()  # half a pair of surrogates would fail here
    if isinstance(message, Post):
        assert message.text.strip()
        assert "\n" not in message.text or len(message.blocks) == 1
        for block in Block.parse_all(json.loads(json.dumps(message.blocks))):
            block.to_dict()  # the SDK's own opinion of lengths
    else:
        View(**json.loads(json.dumps(message))).to_dict()


@SIDES
@given(remediations(), st.none() | decisions(), st.lists(decisions(), max_size=4), disclosures)
def test_a_card_is_sound_in_every_state(
    remediation: Remediation,
    decision: Decision | None,
    votes: Sequence[Decision],
    disclosure: Disclosure,
) -> None:
    is_sound(carded(remediation, decision=decision, votes=votes, quorum=2, disclosure=disclosure))


@SIDES
@given(remediations(), st.none() | decisions())
def test_only_what_waits_for_a_decision_can_be_decided(
    remediation: Remediation, decision: Decision | None
) -> None:
    shown = buttons(carded(remediation, decision=decision))
    is_awaiting = remediation.state is State.AWAITING_DECISION
    is_approved = decision is not None and decision.choice is Choice.APPROVE
    is_over = remediation.action is None and remediation.state is not State.STUCK
    offered: set[str] = set() if is_over else {actions.DETAILS}
    if is_awaiting and decision is None:
        offered |= {actions.APPROVE, actions.REJECT}
    if remediation.state is State.APPROVED or (is_awaiting and is_approved):
        offered |= {actions.REJECT}
    assert shown == offered


@SIDES
@given(remediations(), histories(), disclosures)
def test_windows_are_sound(
    remediation: Remediation, history: Sequence[Entry], disclosure: Disclosure
) -> None:
    is_sound(slack.details_view(remediation, history, disclosure=disclosure))
    is_sound(slack.reject_view(remediation))


@SIDES
@given(histories(), disclosures)
def test_notes_are_sound_and_one_line(history: Sequence[Entry], disclosure: Disclosure) -> None:
    for post in (slack.note(entry, disclosure=disclosure) for entry in history):
        if post is not None:
            is_sound(post)
            assert "\n" not in post.text


@SIDES
@given(alarms, st.lists(considerations, max_size=6), disclosures, st.none() | st.just(3.5))
def test_an_alarm_is_sound(
    alarm: Alarm,
    considered: Sequence[Consideration],
    disclosure: Disclosure,
    threshold: float | None,
) -> None:
    is_sound(slack.alarm_post(alarm, considered, disclosure=disclosure, threshold=threshold))


@SIDES
@given(st.lists(alarms, max_size=3), st.sampled_from((1, 70)), disclosures)
def test_a_storm_is_sound(some: list[Alarm], times: int, disclosure: Disclosure) -> None:
    is_sound(slack.storm_post(some * times, disclosure=disclosure))


def _answers(remediation: Remediation, alarm: Alarm, by: str, words: str) -> Iterator[str]:
    controls = Controls(paused_by=by)
    yield slack.status_text(
        remediations=[remediation] * 30,
        alarms=[alarm],
        controls=controls,
        poll_age_s=3.0,
        has_kill_switch=True,
    )
    yield slack.pending_text([remediation] * 30, now=LATER)
    yield slack.path_text(words, None, alarms=[alarm], threshold=3.5)
    for level in Disclosure:
        yield slack.why_text(remediation, disclosure=level)
    yield slack.help_text()
    yield words


@SIDES
@given(remediations(), alarms, people, hostile)
def test_answers_are_sound(remediation: Remediation, alarm: Alarm, by: str, words: str) -> None:
    for text in _answers(remediation, alarm, by, words):
        post = slack.answer_post(text)
        slack.check(post)
        assert forged(post) == []
        if text is not words:
            assert len(text) <= _TEXT
            assert post.text == text.strip(), "an answer is escaped once only"
