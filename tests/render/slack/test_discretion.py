"""What may leave the network at each level of disclosure."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.domain.alarms import AffectedWay, Alarm, AlarmState
from qosbot.domain.considerations import Consideration
from qosbot.domain.findings import Cause, Evidence, Finding
from qosbot.domain.history import Entry, Step, append
from qosbot.domain.intents import (
    AddClassMatch,
    AttachVoicePolicy,
    ConfigChange,
    Intent,
    PreferCodec,
    SetPriority,
)
from qosbot.domain.inventory import Direction, LinkId
from qosbot.domain.messages import Disclosure
from qosbot.domain.metrics import Grade
from qosbot.domain.remediation import Event, Remediation, State
from qosbot.domain.samples import FlowDirection
from qosbot.domain.verification import Outcome
from qosbot.ports.keeping import ScoreRow
from qosbot.render import slack
from qosbot.render.slack.attachments import evidence_of
from qosbot.render.slack.discretion import Discretion
from tests.domain.builders import NOON
from tests.domain.remedies import PREDICTION, figures, sound
from tests.render.slack.remediations import approval, carded, rewritten, typical, whole

CANARY = "zq"
"""Begins every name and line that must stay inside; in no path's name and no word of ours."""
DEVICE, PORT, LINE, ADDRESS = "zq-ce1", "zqGi0/1", "zq priority 600", "10.77.66.55"
TALE = f"{DEVICE} {PORT} at {ADDRESS}: {LINE}"
PATH = AffectedWay(path="paris-lyon", direction=Direction.FORWARD)
LINK = LinkId(device=DEVICE, interface=PORT)
CLASS = ("zqWAN", "zqVOICE")
INTENTS: tuple[Intent, ...] = (
    SetPriority(interface=PORT, class_path=CLASS, priority_bps=6e5, reference_bps=2e6),
    AttachVoicePolicy(interface=PORT, priority_bps=6e5, reference_bps=2e6),
    AddClassMatch(interface=PORT, class_path=CLASS, dscp=46),
    PreferCodec(dial_peer=7, codec="zqcodec"),
)
READ = Evidence(
    device=DEVICE,
    interface=PORT,
    direction=FlowDirection.OUT,
    class_path=CLASS,
    counter="drop_ratio",
    value=0.1,
    at=NOON,
)
FOUND = Finding(
    cause=Cause.VOICE_CLASS_TOO_SMALL,
    link=LINK,
    direction=FlowDirection.OUT,
    class_path=CLASS,
    ways=(PATH,),
    evidence=(READ,),
    grade=Grade.A,
    words=TALE,
)


def telling(state: State, intent: Intent = INTENTS[0], **changed: object) -> Remediation:
    """A remediation each of whose texts gives the network away."""
    change = ConfigChange(
        device=DEVICE,
        intent=intent,
        apply=(LINE,),
        undo=(f"no {LINE}",),
        diff=f"+{LINE}\n-no {LINE} {ADDRESS}\n",
        is_verified_syntax=False,
        interruption=TALE,
    )
    made = rewritten(
        typical(state=state),
        findings=(FOUND, replace(FOUND, cause=Cause.UNEXPLAINED)),
        change=change,
        site="zqsite",
        blast_radius=(PATH.path,),
        revert_mechanism=TALE,
        cautions=(TALE,),
        prediction=replace(PREDICTION, because=TALE),
    )
    return replace(
        made,
        affected=(PATH,),
        before=replace(figures(ways=(sound(PATH, mos=2.1, at=NOON),)), link=LINK),
        remark=TALE,
        reasons=(TALE,),
        foreign_edit=TALE,
        outcome=Outcome.NO_EFFECT,
        typed_at=NOON,
        **changed,  # type: ignore[arg-type]  # any field, by its name
    )


def told(remediation: Remediation, level: Disclosure) -> Iterator[str]:
    """All that is ever said of a remediation, but what is in the pixels of a plot."""
    said = replace(approval(remediation), words=TALE)
    yield whole(carded(remediation, disclosure=level))
    yield whole(carded(remediation, disclosure=level, decision=said, votes=(said,), quorum=2))
    history = steps()
    yield whole(slack.details_view(remediation, history, disclosure=level))
    yield whole(slack.reject_view(remediation))
    for entry in history:
        post = slack.note(entry, disclosure=level)
        yield "" if post is None else whole(post)
    yield slack.why_text(remediation, disclosure=level)


def steps() -> tuple[Entry, ...]:
    made = [
        Step(at=NOON, event=event, state="applying", by="qosbot", words=TALE)
        for event in ("propose", *Event, f"{CANARY} unknown")
    ]
    return append("p1", None, made)


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize("state", State)
def test_a_summary_names_no_device_interface_address_or_line(state: State, intent: Intent) -> None:
    for text in told(telling(state, intent), Disclosure.SUMMARY):
        assert CANARY not in text.lower()
        assert ADDRESS not in text


@pytest.mark.parametrize("state", State)
def test_a_summary_names_the_path_and_the_command_to_look(state: State) -> None:
    text = whole(carded(telling(state), disclosure=Disclosure.SUMMARY))
    assert "paris-lyon" in text
    assert "qosbot show p1" in text


def test_the_canary_sings_where_names_may_be_told() -> None:
    for level in (Disclosure.LINES, Disclosure.FULL):
        for text in told(telling(State.AWAITING_DECISION), level):
            assert not text or CANARY in text or "qosbot_reject_reason" in text


def test_addresses_leave_only_in_full() -> None:
    waiting = telling(State.AWAITING_DECISION)
    assert not any(ADDRESS in text for text in told(waiting, Disclosure.LINES))
    assert any(ADDRESS in text for text in told(waiting, Disclosure.FULL))


def test_at_a_summary_the_plot_is_the_only_file() -> None:
    waiting = telling(State.AWAITING_DECISION)
    assert slack.texts(waiting, disclosure=Disclosure.SUMMARY) == ()
    plot = slack.plot(
        waiting, disclosure=Disclosure.SUMMARY, scores={}, drops=[(NOON, 0.1)], thresholds={}
    )
    assert plot.name == "p1.png"
    assert CANARY not in plot.title


@pytest.mark.parametrize("level", Disclosure)
def test_at_a_summary_a_plot_names_paths_only(level: Disclosure) -> None:
    waiting, mos = telling(State.AWAITING_DECISION), {PATH.path: 3.5}
    row = ScoreRow(at=NOON, mos_forward=2.0, mos_backward=4.0, reason="")
    drawn = evidence_of(
        waiting,
        Discretion(level=level),
        scores={PATH.path: [row]},
        drops=[(NOON, 0.1)],
        thresholds=mos,
    )
    assert (CANARY in repr(drawn)) is (level is not Disclosure.SUMMARY)
    assert drawn.thresholds == mos
    assert list(drawn.scores) == [PATH.path]


def alarm(state: AlarmState) -> Alarm:
    return Alarm(
        id="a-1",
        state=state,
        bottleneck=LINK,
        ways=(PATH,),
        raised_at=NOON,
        cleared_at=NOON,
        mos_worst=2.0,
        mos_latest=2.5,
    )


@pytest.mark.parametrize("state", AlarmState)
def test_an_alarm_at_a_summary_names_no_place(state: AlarmState) -> None:
    considered = Consideration(
        alarm="a-1", at=NOON, finding=FOUND, verdict="refused", words=TALE, proposal=""
    )
    one = alarm(state)
    level = Disclosure.SUMMARY
    alone = slack.alarm_post(one, [considered], disclosure=level, threshold=3.5)
    for post in (alone, slack.storm_post([one], disclosure=level)):
        assert CANARY not in whole(post).lower()
        assert "paris-lyon" in whole(post)


SECRETS = ("snmp-server community hunter2 RO", "enable secret 5 $1$abcd$hunter2", "psk = hunter2")


@pytest.mark.parametrize("level", [Disclosure.LINES, Disclosure.FULL])
@pytest.mark.parametrize("line", SECRETS)
def test_a_secret_never_leaves(line: str, level: Disclosure) -> None:
    waiting = typical(remark=line)
    change = replace(waiting.proposal.change, diff=f"+{line}\n", undo=(f"no {line}",))
    found = replace(waiting.proposal.findings[0], words=line)
    waiting = rewritten(waiting, change=change, findings=(found,), cautions=(line,))
    attached = slack.texts(waiting, disclosure=level)
    assert not any("hunter2" in text for text in told(waiting, level))
    assert not any(b"hunter2" in one.content for one in attached)


@settings(deadline=None, derandomize=True)
@given(st.integers(1, 7), st.ip_addresses(v=4))
def test_an_address_where_a_long_text_is_cut_is_not_shown_in_part(seen: int, by: object) -> None:
    run = "1" + (".1" * 100)[seen - 158 :]
    shown = Discretion(level=Disclosure.LINES).name(f"{run} {by}{' and more' * 100}", 20)
    assert shown == "[address] …"


@settings(deadline=None, derandomize=True)
@given(st.ip_addresses(), st.sampled_from(("", "\u200b", "\x00", "\u202e")))
def test_nothing_unseen_hides_an_address_from_the_mask(address: object, unseen: str) -> None:
    text = str(address)
    discreet = Discretion(level=Disclosure.LINES)
    hidden = f"at {text[:3]}{unseen}{text[3:]}."
    shown = discreet.name(hidden, 200)
    # A `::` by itself is no address of anybody, and neither is what is left of `::1`.
    assert text not in shown or re.fullmatch(r"::", text)
