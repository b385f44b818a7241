"""A remediation is a table: what may follow what, and what is due in each state.

No state lives in memory: whoever loads the row can go on.  `docs/states.md` is printed from the
table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from qosbot.domain.alarms import AffectedWay
from qosbot.domain.approvals import POLICY
from qosbot.domain.errors import IllegalTransitionError
from qosbot.domain.figures import Figures
from qosbot.domain.inventory import Mode
from qosbot.domain.proposals import Proposal
from qosbot.domain.rules import PastChange
from qosbot.domain.verification import Outcome


class State(StrEnum):
    """Where a remediation stands."""

    OBSERVED = "observed"
    """The mode is observe: it says what it would have done, and does nothing."""
    AWAITING_DECISION = "awaiting_decision"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    """The alarm cleared, the finding was mended, or something else goes first; nothing was done."""
    STALE = "stale"
    """The configuration is no longer the one that was approved."""
    REFUSED = "refused"
    """A guard forbids it for good."""
    APPLYING = "applying"
    READING_BACK = "reading_back"
    VERIFYING = "verifying"
    CONFIRMING = "confirming"
    SAVING = "saving"
    DONE = "done"
    """It stays: it helped, or as a precaution did no harm."""
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"
    STUCK = "stuck"
    """A person is needed; the undo text is in the message."""
    SETTLED = "settled"
    """A person said that the device is in order again."""


class Event(StrEnum):
    """What can happen to a remediation."""

    APPROVE = "approve"
    REJECT = "reject"
    EXPIRE = "expire"
    ALARM_CLEARED = "alarm_cleared"
    FINDING_GONE = "finding_gone"
    """What an audit had found is not there any more."""
    OUTRANKED = "outranked"
    """A precaution gives way to what answers an alarm on its device."""
    REFUSE = "refuse"
    FOUND_STALE = "found_stale"
    START = "start"
    TYPE = "type"
    """Saved before lines are typed, so that a restart knows that some may be in force."""
    LINES_TAKEN = "lines_taken"
    LINES_REFUSED = "lines_refused"
    IN_FORCE = "in_force"
    NOT_IN_FORCE = "not_in_force"
    WATCH = "watch"
    """Figures since the change were added; nothing is decided yet."""
    HELPED = "helped"
    NOT_HELPED = "not_helped"
    HARMLESS = "harmless"
    """Of a precaution, which is never said to have helped."""
    NOT_HARMLESS = "not_harmless"
    TOO_LATE = "too_late"
    """Too little time is left on the device's timer, or it has reverted."""
    FOREIGN_EDIT = "foreign_edit"
    CONFIRMED = "confirmed"
    SAVED = "saved"
    LEFT_UNSAVED = "left_unsaved"
    ROLLBACK_ASKED = "rollback_asked"
    UNDO = "undo"
    """Saved before the undo is typed."""
    UNDONE = "undone"
    GIVE_UP = "give_up"
    SETTLE = "settle"
    WAIT = "wait"
    """Nothing can be done yet, and the remark says why."""


class Action(StrEnum):
    """What is due in a state."""

    AWAIT = "await a decision"
    START = "check every guard again, then start"
    APPLY = "arm the timer and type the lines"
    READ_BACK = "read back what is in force"
    JUDGE = "judge, or wait for more probe runs"
    CONFIRM = "disarm the timer and keep the change"
    SAVE = "save, if nothing but ours would be saved"
    UNDO = "type the exact undo, read back, disarm the timer"


_S, _E = State, Event

TRANSITIONS: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (_S.AWAITING_DECISION, _E.APPROVE): _S.APPROVED,
        (_S.AWAITING_DECISION, _E.REJECT): _S.REJECTED,
        (_S.AWAITING_DECISION, _E.EXPIRE): _S.EXPIRED,
        (_S.AWAITING_DECISION, _E.ALARM_CLEARED): _S.WITHDRAWN,
        (_S.AWAITING_DECISION, _E.OUTRANKED): _S.WITHDRAWN,
        (_S.AWAITING_DECISION, _E.REFUSE): _S.REFUSED,
        (_S.AWAITING_DECISION, _E.WAIT): _S.AWAITING_DECISION,
        (_S.APPROVED, _E.START): _S.APPLYING,
        (_S.APPROVED, _E.REJECT): _S.REJECTED,
        (_S.APPROVED, _E.EXPIRE): _S.EXPIRED,
        (_S.APPROVED, _E.ALARM_CLEARED): _S.WITHDRAWN,
        (_S.APPROVED, _E.FINDING_GONE): _S.WITHDRAWN,
        (_S.APPROVED, _E.FOUND_STALE): _S.STALE,
        (_S.APPROVED, _E.REFUSE): _S.REFUSED,
        (_S.APPROVED, _E.WAIT): _S.APPROVED,
        # Nothing is in force yet when these happen.
        (_S.APPLYING, _E.EXPIRE): _S.EXPIRED,
        (_S.APPLYING, _E.ALARM_CLEARED): _S.WITHDRAWN,
        (_S.APPLYING, _E.FINDING_GONE): _S.WITHDRAWN,
        (_S.APPLYING, _E.FOUND_STALE): _S.STALE,
        (_S.APPLYING, _E.REFUSE): _S.REFUSED,
        (_S.APPLYING, _E.TYPE): _S.APPLYING,
        (_S.APPLYING, _E.LINES_TAKEN): _S.READING_BACK,
        (_S.APPLYING, _E.LINES_REFUSED): _S.ROLLING_BACK,
        (_S.APPLYING, _E.TOO_LATE): _S.ROLLING_BACK,
        (_S.APPLYING, _E.FOREIGN_EDIT): _S.ROLLING_BACK,
        (_S.APPLYING, _E.WAIT): _S.APPLYING,
        (_S.READING_BACK, _E.IN_FORCE): _S.VERIFYING,
        (_S.READING_BACK, _E.NOT_IN_FORCE): _S.ROLLING_BACK,
        (_S.READING_BACK, _E.TOO_LATE): _S.ROLLING_BACK,
        (_S.READING_BACK, _E.FOREIGN_EDIT): _S.ROLLING_BACK,
        (_S.READING_BACK, _E.WAIT): _S.READING_BACK,
        (_S.VERIFYING, _E.WATCH): _S.VERIFYING,
        (_S.VERIFYING, _E.HELPED): _S.CONFIRMING,
        (_S.VERIFYING, _E.NOT_HELPED): _S.ROLLING_BACK,
        (_S.VERIFYING, _E.HARMLESS): _S.CONFIRMING,
        (_S.VERIFYING, _E.NOT_HARMLESS): _S.ROLLING_BACK,
        (_S.VERIFYING, _E.TOO_LATE): _S.ROLLING_BACK,
        (_S.VERIFYING, _E.FOREIGN_EDIT): _S.ROLLING_BACK,
        (_S.VERIFYING, _E.ROLLBACK_ASKED): _S.ROLLING_BACK,
        (_S.VERIFYING, _E.WAIT): _S.VERIFYING,
        (_S.CONFIRMING, _E.CONFIRMED): _S.SAVING,
        (_S.CONFIRMING, _E.TOO_LATE): _S.ROLLING_BACK,
        (_S.CONFIRMING, _E.FOREIGN_EDIT): _S.ROLLING_BACK,
        (_S.CONFIRMING, _E.WAIT): _S.CONFIRMING,
        (_S.SAVING, _E.SAVED): _S.DONE,
        (_S.SAVING, _E.LEFT_UNSAVED): _S.DONE,
        (_S.SAVING, _E.NOT_IN_FORCE): _S.ROLLING_BACK,
        (_S.SAVING, _E.WAIT): _S.SAVING,
        (_S.DONE, _E.ROLLBACK_ASKED): _S.ROLLING_BACK,
        (_S.ROLLING_BACK, _E.UNDO): _S.ROLLING_BACK,
        (_S.ROLLING_BACK, _E.UNDONE): _S.ROLLED_BACK,
        (_S.ROLLING_BACK, _E.GIVE_UP): _S.STUCK,
        (_S.ROLLING_BACK, _E.WAIT): _S.ROLLING_BACK,
        (_S.STUCK, _E.ROLLBACK_ASKED): _S.ROLLING_BACK,
        (_S.STUCK, _E.SETTLE): _S.SETTLED,
    }
)
"""What may follow what; whatever is not here is illegal."""

ACTIONS: Mapping[State, Action] = MappingProxyType(
    {
        State.AWAITING_DECISION: Action.AWAIT,
        State.APPROVED: Action.START,
        State.APPLYING: Action.APPLY,
        State.READING_BACK: Action.READ_BACK,
        State.VERIFYING: Action.JUDGE,
        State.CONFIRMING: Action.CONFIRM,
        State.SAVING: Action.SAVE,
        State.ROLLING_BACK: Action.UNDO,
    }
)
"""What is due in a state; a state that is not here waits for nobody but a person."""

IN_HAND = frozenset(
    {
        State.APPLYING,
        State.READING_BACK,
        State.VERIFYING,
        State.CONFIRMING,
        State.SAVING,
        State.ROLLING_BACK,
        State.STUCK,
    }
)
"""The device is not as it was, or may not be: no other change may start there."""

APPLIED = IN_HAND | {State.DONE, State.ROLLED_BACK, State.SETTLED}
"""Something was started, whatever came of it."""

_FAILED = frozenset({State.ROLLED_BACK, State.STUCK, State.SETTLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigMark:
    """A device's configuration at one moment, as digests without volatile lines."""

    running: str
    startup: str

    @property
    def is_saved(self) -> bool:
        """Return whether the device would come back from a reload as it runs now."""
        return self.running == self.startup


@dataclass(frozen=True, slots=True, kw_only=True)
class Remediation:
    """A proposal on its way; the id is the proposal's."""

    proposal: Proposal
    mode: Mode
    affected: tuple[AffectedWay, ...]
    before: Figures
    """At the alarm: what the change will be judged against."""
    runs_needed: int
    verify_s: float
    """How long settling and N new probe runs take, with the polls that bring them."""
    revert_after_min: int
    settle_s: float = 0.0
    """What it takes until the change can show: for a codec, until calls are new ones."""
    state: State = State.AWAITING_DECISION
    version: int = 0
    due_at: datetime | None = None
    """Nothing is done before; None: now."""
    decided_by: str = ""
    decided_at: datetime | None = None
    plan_hash: str = ""
    """What was approved; it must be the proposal's."""
    started_at: datetime | None = None
    """When the device was claimed for it."""
    typed_at: datetime | None = None
    """When lines were first about to be typed; None: certainly none was."""
    changed_at: datetime | None = None
    config_before: ConfigMark | None = None
    config_after: ConfigMark | None = None
    watched: tuple[Figures, ...] = ()
    outcome: Outcome | None = None
    reasons: tuple[str, ...] = ()
    """What the outcome rests on."""
    finished_at: datetime | None = None
    is_saved: bool | None = None
    """Whether the change is in the startup configuration; None: not decided."""
    foreign_edit: str = ""
    """What somebody else did to the device meanwhile."""
    undo_from: State | None = None
    """Where the rollback began."""
    undo_began_at: datetime | None = None
    undo_attempts: int = 0
    is_undo_saved: bool = False
    """Whether the undo must be saved too, because the change was."""
    asked_by: str = ""
    """Who last asked for what only a person may: to stop it, a rollback, to settle it."""
    remark: str = ""
    """What it waits for, or why it ended, in words."""

    @property
    def id(self) -> str:
        """Return the proposal's id."""
        return self.proposal.id

    @property
    def device(self) -> str:
        """Return the one device that is changed."""
        return self.proposal.change.device

    @property
    def ways_at_stake(self) -> tuple[AffectedWay, ...]:
        """Return the ways that suffer; of a precaution all that cross what it touches."""
        return self.affected or tuple(one.way for one in self.before.ways)

    @property
    def action(self) -> Action | None:
        """Return what is due; None where only a person can go on."""
        return ACTIONS.get(self.state)


def past_change(remediation: Remediation) -> PastChange | None:
    """Return a remediation as the rules see it; None where nothing was started."""
    if remediation.started_at is None or remediation.state not in APPLIED:
        return None
    proposal, outcome = remediation.proposal, remediation.outcome
    return PastChange(
        remediation=remediation.id,
        device=remediation.device,
        site=proposal.site,
        paths=proposal.blast_radius,
        risk=proposal.risk,
        is_by_policy=remediation.decided_by == POLICY,
        started_at=remediation.started_at,
        finished_at=remediation.finished_at,
        is_in_hand=remediation.state in IN_HAND,
        has_failed=remediation.state in _FAILED
        and outcome not in {Outcome.HELPED, Outcome.HARMLESS, Outcome.INCONCLUSIVE},
    )


def advance(remediation: Remediation, event: Event, now: datetime) -> Remediation:
    """Return the remediation after an event; due at once, and its remark gone.

    Raises:
        IllegalTransitionError: if the table does not have the move.
    """
    state = TRANSITIONS.get((remediation.state, event))
    if state is None:
        raise IllegalTransitionError(remediation.id, remediation.state, event)
    moved = replace(remediation, state=state, due_at=None, remark="")
    if state is remediation.state:
        return moved
    if state is State.ROLLING_BACK:
        # Who asks again after a person was called has seen what others did.
        is_again = remediation.state is State.STUCK
        return replace(
            moved,
            undo_from=remediation.undo_from or remediation.state,
            undo_began_at=now,
            undo_attempts=0,
            finished_at=None,
            foreign_edit="" if is_again else remediation.foreign_edit,
        )
    return moved if state in ACTIONS else replace(moved, finished_at=now)
