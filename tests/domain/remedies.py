"""Proposals, remediations and figures with good defaults."""

from dataclasses import replace
from datetime import datetime, timedelta

from qosbot.domain.alarms import AffectedWay
from qosbot.domain.audit.findings import AuditFinding, Severity
from qosbot.domain.figures import ClassFigures, Figures, WayFigures
from qosbot.domain.findings import Cause, Finding
from qosbot.domain.intents import ConfigChange, Intent, SetPriority
from qosbot.domain.inventory import Direction, LinkId, Mode, Risk
from qosbot.domain.metrics import Grade
from qosbot.domain.proposals import Precaution, Prediction, Proposal
from qosbot.domain.remediation import Remediation
from qosbot.domain.samples import FlowDirection
from tests.domain.builders import NOON

LINK = LinkId(device="par-ce1", interface="Gi0/1")
WAY = AffectedWay(path="par-lyo", direction=Direction.FORWARD)
NEIGHBOUR = AffectedWay(path="par-nic", direction=Direction.FORWARD)
VOICE_PATH = ("WAN", "VOICE")
DATA_PATH = ("WAN", "class-default")
GOLD_PATH = ("WAN", "GOLD")
RAISED = SetPriority(
    interface="Gi0/1", class_path=VOICE_PATH, priority_bps=600_000, reference_bps=2_000_000
)


PREDICTION = Prediction(
    mos_before=2.1, mos_after=4.1, mos_after_low=3.9, mos_after_high=4.3, because="no drops"
)
FOUND = AuditFinding(
    rule="QUE-01",
    severity=Severity.CRITICAL,
    device="par-ce1",
    where="interface Gi0/1 > policy WAN > class VOICE",
    evidence=("policy-map WAN", "class VOICE", "bandwidth 300", "no priority"),
    fix="Replace `bandwidth` by `priority percent N` in the voice class.",
)
PRECAUTION = Precaution(
    finding=FOUND.id,
    rule=FOUND.rule,
    severity=FOUND.severity,
    where=FOUND.where,
    title="Voice has a strict priority queue",
    evidence=FOUND.evidence,
)


def change(
    *,
    intent: Intent = RAISED,
    device: str = "par-ce1",
    apply: tuple[str, ...] = ("policy-map WAN", " class VOICE", "  priority 600"),
    undo: tuple[str, ...] = ("policy-map WAN", " class VOICE", "  priority 300"),
    is_verified_syntax: bool = True,
    interruption: str = "none",
) -> ConfigChange:
    return ConfigChange(
        device=device,
        intent=intent,
        apply=apply,
        undo=undo,
        diff="-  priority 300\n+  priority 600\n",
        is_verified_syntax=is_verified_syntax,
        interruption=interruption,
    )


def proposal(
    *,
    name: str = "p1",
    changes: ConfigChange | None = None,
    risk: Risk = Risk.LOW,
    grade: Grade = Grade.A,
    site: str = "par",
    paths: tuple[str, ...] = ("par-lyo",),
    fingerprint: str = "untouched",
    expires_at: datetime = NOON + timedelta(minutes=15),
) -> Proposal:
    return Proposal(
        id=name,
        alarms=("a1",),
        findings=(
            Finding(
                cause=Cause.VOICE_CLASS_TOO_SMALL,
                link=LINK,
                direction=FlowDirection.OUT,
                class_path=VOICE_PATH,
                ways=(WAY,),
                evidence=(),
                grade=grade,
                words="the voice class drops 12 %",
            ),
        ),
        playbook="enlarge-voice-class",
        change=changes or change(),
        prediction=PREDICTION,
        risk=risk,
        grade=grade,
        site=site,
        blast_radius=paths,
        revert_mechanism="configure replace",
        fingerprint=fingerprint,
        created_at=NOON,
        expires_at=expires_at,
    )


def precaution(plan: Proposal | None = None) -> Proposal:
    """Return a proposal that answers a finding of an audit, and no alarm."""
    plan = plan or proposal()
    return replace(plan, alarms=(), findings=(), prediction=None, precaution=PRECAUTION)


def sound(way: AffectedWay, *, mos: float, at: datetime, doubt: float = 0.1) -> WayFigures:
    return WayFigures(way=way, run_at=at, mos=mos, mos_low=mos - doubt, mos_high=mos + doubt)


def silent(way: AffectedWay) -> WayFigures:
    return WayFigures(way=way, run_at=None, mos=None, mos_low=None, mos_high=None)


def traffic(
    path: tuple[str, ...] = VOICE_PATH,
    *,
    offered_bps: float = 500_000,
    offered_pps: float = 300,
    drop_ratio: float = 0.0,
) -> ClassFigures:
    return ClassFigures(
        interface="Gi0/1",
        class_path=path,
        is_voice=path == VOICE_PATH,
        is_leaf=True,
        is_catch_all=path == DATA_PATH,
        offered_bps=offered_bps,
        offered_pps=offered_pps,
        drop_bps=drop_ratio * offered_bps,
        drop_ratio=drop_ratio,
        backlog_bytes=0.0,
    )


DATA = traffic(DATA_PATH, offered_bps=1_900_000, drop_ratio=0.1)
GOLD = traffic(GOLD_PATH, offered_bps=100_000)


def figures(
    *,
    at: datetime = NOON,
    voice: ClassFigures | None = None,
    data: ClassFigures = DATA,
    gold: ClassFigures = GOLD,
    offered_bps: float | None = 2_500_000,
    is_congested: bool | None = True,
    ways: tuple[WayFigures, ...] | None = None,
) -> Figures:
    return Figures(
        taken_at=at,
        since=at - timedelta(seconds=30),
        link=LINK,
        offered_bps=offered_bps,
        is_congested=is_congested,
        classes=(traffic(drop_ratio=0.2) if voice is None else voice, data, gold),
        ways=(sound(WAY, mos=2.1, at=at), sound(NEIGHBOUR, mos=4.2, at=at))
        if ways is None
        else ways,
    )


REMEDIATION = Remediation(
    proposal=proposal(),
    mode=Mode.PROPOSE,
    affected=(WAY,),
    before=figures(),
    runs_needed=3,
    verify_s=300.0,
    revert_after_min=6,
)


def remediation(**changed: object) -> Remediation:
    return replace(REMEDIATION, **changed)  # type: ignore[arg-type]  # any field, by its name
