"""Remediations, alarms and histories in every state and of any text, hostile text included."""

import re
from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from qosbot.domain.alarms import AffectedWay, Alarm, AlarmState
from qosbot.domain.approvals import Choice, Decision
from qosbot.domain.audit.findings import Severity
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
from qosbot.domain.inventory import Direction, LinkId, Risk
from qosbot.domain.messages import Disclosure
from qosbot.domain.metrics import Grade
from qosbot.domain.proposals import Precaution
from qosbot.domain.remediation import Event, Remediation, State
from qosbot.domain.samples import FlowDirection
from qosbot.domain.verification import Outcome
from tests.domain.builders import NOON
from tests.domain.remedies import REMEDIATION, figures, precaution, proposal, sound
from tests.render.slack.remediations import LATER

_SNIPPETS = (
    "<!channel>",
    "<@U0EVIL>",
    "<https://evil.example|par-ce1>",
    "<!date^1^{time}|x>",
    "```",
    "`code`",
    "*bold* _sly_ ~gone~",
    ":white_check_mark:",
    "@channel @here",
    "&lt;!here&gt; & <",
    "\u202eright to left\u202c",
    "zero\u200bwidth",
    "two\nlines\r\nand\u2028three",
    "\x1b[31mred\x00",
    "half \ud800 a pair",
    "10.11.12.13",
    "2001:db8::beef",
    "snmp-server community s3cr3t RO",
    "T0TEAM/<@U0EVIL>",
    "x" * 300,
)
hostile = st.lists(st.sampled_from(_SNIPPETS) | st.text(max_size=40), max_size=4).map(" ".join)
_names = hostile.filter(bool)
_numbers = st.floats(0, 1e10, allow_nan=False)
_mos = st.floats(1, 4.5)
people = st.sampled_from(("T0TEAM/U0GOOD", "cli:ana", "policy", "qosbot")) | hostile
directions = st.sampled_from(Direction)
ways = st.builds(AffectedWay, path=_names, direction=directions)
links = st.builds(LinkId, device=hostile, interface=hostile)
times = st.integers(0, 3600).map(lambda late_s: NOON + timedelta(seconds=late_s))
_classes = st.lists(hostile, max_size=4).map(tuple)

_evidence = st.builds(
    Evidence,
    device=hostile,
    interface=hostile,
    direction=st.sampled_from(FlowDirection) | st.none(),
    class_path=_classes,
    counter=st.sampled_from(("drop_ratio", "forward_loss_ratio", "backward_jitter_s")) | hostile,
    value=_numbers,
    at=times,
)
findings = st.builds(
    Finding,
    cause=st.sampled_from(Cause),
    link=links | st.none(),
    direction=st.sampled_from(FlowDirection) | st.none(),
    class_path=_classes,
    ways=st.lists(ways, max_size=3).map(tuple),
    evidence=st.lists(_evidence, max_size=3).map(tuple) | _evidence.map(lambda one: (one,) * 90),
    grade=st.sampled_from(Grade),
    words=hostile,
)
_intents: st.SearchStrategy[Intent] = st.one_of(
    st.builds(
        AttachVoicePolicy,
        interface=hostile,
        priority_bps=_numbers,
        reference_bps=_numbers,
        shape_bps=_numbers | st.none(),
    ),
    st.builds(
        SetPriority,
        interface=hostile,
        class_path=_classes,
        priority_bps=_numbers,
        reference_bps=_numbers,
    ),
    st.builds(AddClassMatch, interface=hostile, class_path=_classes, dscp=st.integers(0, 63)),
    st.builds(PreferCodec, dial_peer=st.integers(1, 9999), codec=hostile),
)
_lines = st.lists(hostile, max_size=12).map(tuple) | hostile.map(lambda one: (one,) * 500)


def _as_diff(lines: tuple[str, ...]) -> str:
    return "\n".join(f"{'+-'[number % 2]}{line}" for number, line in enumerate(lines))


_changes = st.builds(
    ConfigChange,
    device=hostile,
    intent=_intents,
    apply=_lines,
    undo=_lines,
    diff=_lines.map(_as_diff),
    is_verified_syntax=st.booleans(),
    interruption=st.sampled_from(("none", "unknown")) | hostile,
)


_precautions = st.builds(
    Precaution,
    finding=hostile,
    rule=hostile,
    severity=st.sampled_from(Severity),
    where=hostile,
    title=hostile,
    evidence=_lines,
)


@st.composite
def remediations(draw: st.DrawFn) -> Remediation:
    """A remediation in any state, of any text, whether it fits together or not."""
    affected = draw(st.lists(ways, max_size=40).map(tuple))
    plan = replace(
        proposal(),
        id=draw(st.from_regex(r"p-[0-9a-f]{8}", fullmatch=True)),
        findings=tuple(draw(st.lists(findings, max_size=5))),
        change=draw(_changes),
        risk=draw(st.sampled_from(Risk)),
        grade=draw(st.sampled_from(Grade)),
        blast_radius=tuple(draw(st.lists(hostile, max_size=40))),
        revert_mechanism=draw(st.sampled_from(("none: no timer",)) | hostile),
        cautions=tuple(draw(st.lists(hostile, max_size=8))),
    )
    heard = tuple(sound(way, mos=draw(_mos), at=NOON) for way in affected)
    answered = draw(st.none() | _precautions)
    if answered is not None:
        plan = replace(precaution(plan), precaution=answered)
    return replace(
        REMEDIATION,
        proposal=plan,
        affected=affected if answered is None else (),
        before=figures(ways=heard),
        watched=(figures(at=LATER, ways=heard),) if draw(st.booleans()) else (),
        state=draw(st.sampled_from(State)),
        decided_by=draw(st.just("") | people),
        decided_at=draw(st.none() | times),
        plan_hash=plan.plan_hash if draw(st.booleans()) else "",
        typed_at=draw(st.none() | times),
        outcome=draw(st.none() | st.sampled_from(Outcome)),
        reasons=tuple(draw(st.lists(hostile, max_size=6))),
        finished_at=draw(st.none() | times),
        is_saved=draw(st.none() | st.booleans()),
        foreign_edit=draw(hostile),
        asked_by=draw(st.just("") | people),
        remark=draw(hostile | st.just("settle by cli:ana")),
    )


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    return Decision(
        remediation="p1",
        choice=draw(st.sampled_from(Choice)),
        by=draw(people),
        at=draw(times),
        plan_hash="",
        words=draw(hostile),
        others=tuple(draw(st.lists(people, max_size=6))),
    )


@st.composite
def histories(draw: st.DrawFn) -> tuple[Entry, ...]:
    step = st.builds(
        Step,
        at=times,
        event=st.sampled_from(("propose", *Event)) | hostile,
        state=st.sampled_from(State).map(str),
        by=people,
        words=hostile,
    )
    # Half a pair has no hash either, so the store never holds one.
    sound_text = step.filter(lambda one: not re.search("[\ud800-\udfff]", one.words + one.by))
    drawn = draw(st.lists(sound_text, max_size=6))
    return append("p1", None, drawn * draw(st.sampled_from((1, 20))))


alarms = st.builds(
    Alarm,
    id=hostile,
    state=st.sampled_from(AlarmState),
    bottleneck=links | st.none(),
    ways=st.lists(ways, max_size=40).map(tuple),
    raised_at=st.just(NOON),
    cleared_at=st.none() | times,
    mos_worst=_mos,
    mos_latest=_mos | st.none(),
)
considerations = st.builds(
    Consideration,
    alarm=hostile,
    at=times,
    finding=findings,
    verdict=st.sampled_from(("proposed", "refused")) | hostile,
    words=hostile,
    proposal=st.just("") | hostile,
)
disclosures = st.sampled_from(Disclosure)
