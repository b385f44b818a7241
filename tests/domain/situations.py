"""A situation in which nothing stands in the way, so that a test shows only what does."""

from dataclasses import replace
from datetime import datetime, timedelta

from qosbot.domain.alarms import AlarmState
from qosbot.domain.approvals import Choice, Decision
from qosbot.domain.inventory import Layer2, Limits, Link, Mode, Policy, Risk
from qosbot.domain.proposals import Proposal
from qosbot.domain.rules import Controls, PastChange
from qosbot.domain.situations import Situation, Terms
from tests.domain.builders import NOON
from tests.domain.remedies import LINK, proposal

POLICY = Policy(
    mode={Risk.LOW: Mode.AUTO, Risk.MEDIUM: Mode.PROPOSE, Risk.HIGH: Mode.OBSERVE},
    approvers={Risk.LOW: ("cli:ana",), Risk.MEDIUM: ("cli:ana", "cli:bob"), Risk.HIGH: ()},
    windows=(),
    time_zone="UTC",
    limits=Limits(),
)
CIRCUIT = Link(
    id=LINK,
    layer2=Layer2.ETHERNET,
    rate_out_bps=2_000_000,
    rate_in_bps=2_000_000,
    ef_contract_bps=640_000,
    circuit="c1",
)
TERMS = Terms(
    allowed_lines=(r"policy-map \S+", r"class \S+", r"priority \d+"),
    least_timer_min=1,
    most_timer_min=120,
)


def decided(
    plan: Proposal | None = None,
    *,
    by: str = "cli:ana",
    choice: Choice = Choice.APPROVE,
    at: datetime = NOON,
) -> Decision:
    plan = plan or proposal()
    return Decision(remediation=plan.id, choice=choice, by=by, at=at, plan_hash=plan.plan_hash)


def past(
    *,
    name: str = "p0",
    device: str = "lyo-ce1",
    site: str = "lyo",
    paths: tuple[str, ...] = ("lyo-nic",),
    risk: Risk = Risk.LOW,
    started_ago: timedelta = timedelta(hours=2),
    finished_ago: timedelta | None = timedelta(hours=2),
    is_in_hand: bool = False,
    is_by_policy: bool = True,
    has_failed: bool = False,
) -> PastChange:
    return PastChange(
        remediation=name,
        device=device,
        site=site,
        paths=paths,
        risk=risk,
        is_by_policy=is_by_policy,
        started_at=NOON - started_ago,
        finished_at=None if finished_ago is None else NOON - finished_ago,
        is_in_hand=is_in_hand,
        has_failed=has_failed,
    )


CLEAR = Situation(
    now=NOON,
    policy=POLICY,
    controls=Controls(),
    has_kill_switch=False,
    proposal=proposal(),
    mode=Mode.PROPOSE,
    decision=decided(),
    alarms={"a1": AlarmState.RAISED},
    link=CIRCUIT,
    past=(),
    terms=TERMS,
    revert_after_min=6,
    fingerprint="untouched",
    pending_revert_s=None,
    is_saved=True,
)


def situation(**changed: object) -> Situation:
    """Return a situation; a decision follows the proposal unless it is given."""
    plan = changed.get("proposal")
    if isinstance(plan, Proposal) and "decision" not in changed:
        changed["decision"] = decided(plan)
    return replace(CLEAR, **changed)  # type: ignore[arg-type]  # any field, by its name
