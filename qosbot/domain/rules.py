"""Who may do what, when and how much: the owner's policy, and what a person switched since."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from qosbot.domain.inventory import Mode, Policy, Risk, Window
from qosbot.domain.metrics import Grade
from qosbot.domain.proposals import Proposal

FAILURES_UNTIL_AUTO_IS_OFF = 2
_DAY = timedelta(days=1)


class Guard(StrEnum):
    """What can stand in the way of a change."""

    KILL_SWITCH = "kill_switch"
    PAUSED = "paused"
    POLICY = "policy"
    MODE = "mode"
    DECISION = "decision"
    APPROVER = "approver"
    PLAN = "plan"
    EXPIRY = "expiry"
    ALARM = "alarm"
    FINDING = "finding"
    FINGERPRINT = "fingerprint"
    WINDOW = "window"
    ONE_CHANGE = "one_change"
    BUDGET = "budget"
    COOL_DOWN = "cool_down"
    GRADE = "grade"
    NEEDS_PERSON = "needs_person"
    PRIORITY_SHARE = "priority_share"
    EF_CONTRACT = "ef_contract"
    COMMANDS = "commands"
    TIMER = "timer"
    FOREIGN_TIMER = "foreign_timer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a change may not be made, in words with figures."""

    guard: Guard
    words: str
    is_final: bool = True
    """False where waiting may help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What people switched by hand, and what switched itself off for a person to look at."""

    paused_by: str = ""
    """Empty: not paused."""
    auto_off: Mapping[Risk, str] = field(default_factory=dict)
    """Why changes of a tier are no longer made without a person."""
    auto_on_at: Mapping[Risk, datetime] = field(default_factory=dict)
    """When a person last allowed it again; failures before do not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange:
    """A change that was started, whatever came of it."""

    remediation: str
    device: str
    site: str
    paths: tuple[str, ...]
    risk: Risk
    is_by_policy: bool
    started_at: datetime
    finished_at: datetime | None
    is_in_hand: bool
    """The device may not be as it was; no other change may start there."""
    has_failed: bool
    """It had no effect, hurt, or could not be made."""


def mode_of(policy: Policy, proposal: Proposal, controls: Controls) -> Mode:
    """Return what may be done about a proposal; auto falls back to asking a person.

    So does a policy that cannot be read: to observe would end what it may permit again.
    """
    if not policy.is_readable:
        return Mode.PROPOSE
    mode = policy.mode.get(proposal.risk, Mode.OBSERVE)
    if mode is Mode.AUTO and any(needs_person(proposal, controls)):
        return Mode.PROPOSE
    return mode


def needs_person(proposal: Proposal, controls: Controls) -> Iterator[Refusal]:
    """Say why a proposal is never granted in advance, whatever the mode."""
    change = proposal.change
    reasons = (
        (proposal.precaution is not None, "a precaution answers no alarm"),
        (proposal.risk is not Risk.LOW, f"its risk is {proposal.risk}, not low"),
        (proposal.grade is not Grade.A, f"its data are of grade {proposal.grade}, not A"),
        (not change.is_verified_syntax, "its syntax is not backed by a recorded session"),
        (change.interruption == "unknown", "what calls will notice is unknown"),
        (
            proposal.risk in controls.auto_off,
            f"auto is off: {controls.auto_off.get(proposal.risk, '')}",
        ),
    )
    for applies, words in reasons:
        if applies:
            yield Refusal(guard=Guard.NEEDS_PERSON, words=f"a person must decide: {words}")


def policy_refusal(policy: Policy) -> Refusal | None:
    """Refuse for now while nobody can tell what the owner permits."""
    if policy.is_readable:
        return None
    words = (
        "policy.yaml cannot be read: nothing is approved or started until it is right "
        "(`qosbot check` says what is wrong)"
    )
    return Refusal(guard=Guard.POLICY, words=words, is_final=False)


def window_refusal(policy: Policy, now: datetime) -> Refusal | None:
    """Refuse outside of every window; without windows any time will do."""
    local = now.astimezone(ZoneInfo(policy.time_zone))
    if not policy.windows or any(_is_open(window, local) for window in policy.windows):
        return None
    words = f"no window is open at {local:%A %H:%M} {policy.time_zone}"
    return Refusal(guard=Guard.WINDOW, words=words, is_final=False)


def _is_open(window: Window, local: datetime) -> bool:
    minute = local.hour * 60 + local.minute
    return local.weekday() in window.days and window.start_minute <= minute < window.end_minute


def budget_refusal(
    policy: Policy, site: str, past: Iterable[PastChange], now: datetime
) -> Refusal | None:
    """Refuse once a site had its changes in 24 hours, however good the reasons."""
    limit = policy.limits.changes_per_site_per_day
    made = sum(one.site == site and one.started_at > now - _DAY for one in past)
    if made < limit:
        return None
    words = f"site {site} had {made} changes in 24 h, and {limit} are allowed"
    return Refusal(guard=Guard.BUDGET, words=words, is_final=False)


def cool_down_refusal(
    policy: Policy, proposal: Proposal, past: Iterable[PastChange], now: datetime
) -> Refusal | None:
    """Refuse while an earlier change on one of the paths is too fresh."""
    paths = set(proposal.blast_radius)
    for one in past:
        age_s = (now - (one.finished_at or now)).total_seconds()
        if paths & set(one.paths) and age_s < policy.limits.cool_down_s:
            names = ", ".join(sorted(paths & set(one.paths)))
            words = (
                f"{names} was changed {age_s / 60:.0f} min ago, and "
                f"{policy.limits.cool_down_s / 60:.0f} min must pass"
            )
            return Refusal(guard=Guard.COOL_DOWN, words=words, is_final=False)
    return None


def auto_off_because(risk: Risk, past: Iterable[PastChange], controls: Controls) -> str:
    """Return why auto must be switched off for a tier; empty: it need not be."""
    since = controls.auto_on_at.get(risk)
    failed = sorted(
        one.remediation
        for one in past
        if one.risk is risk
        and one.is_by_policy
        and one.has_failed
        and (since is None or one.started_at > since)
    )
    if len(failed) < FAILURES_UNTIL_AUTO_IS_OFF:
        return ""
    return f"{len(failed)} changes made without a person failed: {', '.join(failed)}"
