"""The record of alarms, remediations and decisions."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from qosbot.domain.alarms import Alarm
from qosbot.domain.approvals import Decision, anybody
from qosbot.domain.history import BrokenLink, Entry, Step
from qosbot.domain.inventory import Risk
from qosbot.domain.proposals import Proposal
from qosbot.domain.remediation import Remediation, State
from qosbot.domain.rules import Controls, PastChange


class Decisions(Protocol):
    """Keeps alarms, remediations, what people decided, and what was done about it.

    Every call is one transaction.
    """

    def keep_alarms(self, alarms: Sequence[Alarm]) -> None:
        """Keep alarms as they are now, by id."""
        ...

    def alarms(self, ids: Collection[str] | None = None) -> Mapping[str, Alarm]:
        """Return the alarms of these ids that are known; without ids those that are raised."""
        ...

    def add(self, remediation: Remediation, *steps: Step, if_idle: bool = False) -> Remediation:
        """Keep a new remediation with its proposal; return it with its first version.

        Args:
            remediation: one whose id nobody has had.
            steps: what happened.
            if_idle: whether it is refused where another waits or is under way on its device.

        Raises:
            StoreConflictError: if there is one with this id, or the device is not idle.
        """
        ...

    def save(
        self, remediation: Remediation, *steps: Step, if_undecided: bool = False
    ) -> Remediation:
        """Replace the version that was read, append to the history; return the new version.

        Args:
            remediation: as it is from now on, of the version that was read.
            steps: what happened.
            if_undecided: whether it is refused where a decision was made.

        Raises:
            StoreConflictError: if somebody saved it since, or decided though nobody may have, or
                another change is in hand on the same device.
        """
        ...

    def remediation(self, name: str) -> Remediation | None:
        """Return a remediation by its id."""
        ...

    def remediations(
        self,
        *,
        only_open: bool = False,
        states: Collection[State] | None = None,
        moved_since: datetime | None = None,
    ) -> tuple[Remediation, ...]:
        """Return the remediations that meet every condition, oldest first.

        Without any it returns all that there ever were, which takes seconds after some years.

        Args:
            only_open: those with something due.
            states: those in one of these.
            moved_since: those with a step in their history at this time or later.
        """
        ...

    def codecs_in_force(self) -> tuple[Proposal, ...]:
        """Return the codec changes that stayed (`qosbot.domain.in_force`), oldest first."""
        ...

    def due(self, now: datetime) -> tuple[Remediation, ...]:
        """Return those whose time has come, rollbacks first, then what is in hand."""
        ...

    def claim(self, name: str, worker: str, now: datetime, lease_s: float) -> bool:
        """Return whether `worker` now has a remediation for itself, for so long."""
        ...

    def release(self, name: str, worker: str) -> None:
        """Give a claim back; nothing if it is another's."""
        ...

    def decide(
        self, decision: Decision, *, quorum: int = 1, counts: Callable[[str], bool] = anybody
    ) -> Decision | None:
        """Keep the first decision on a remediation and return the one that stands.

        A rejection stands at once.  An approval stands once `quorum` people approved the same
        plan, each counted once, and only those whom `counts` lets through; until then it is a
        vote and None is returned.

        Raises:
            StoreConflictError: if the remediation is known and waits for no decision any more.
        """
        ...

    def votes(self, name: str) -> tuple[Decision, ...]:
        """Return the approvals of a remediation, one a person, in the order they were made."""
        ...

    def decision(self, name: str) -> Decision | None:
        """Return what was decided on a remediation."""
        ...

    def history(self, name: str) -> tuple[Entry, ...]:
        """Return what happened to a remediation, in order."""
        ...

    def broken_link(self, name: str) -> BrokenLink | None:
        """Return the first entry of a history that is not what was written, or None."""
        ...

    def heads(self) -> Mapping[str, str]:
        """Return the last hash of every history; empty where one is gone."""
        ...

    def past_changes(self) -> tuple[PastChange, ...]:
        """Return every change that was started."""
        ...

    def controls(self) -> Controls:
        """Return what is paused and what is switched off."""
        ...

    def pause(self, by: str) -> None:
        """Start no change until `resume`."""
        ...

    def resume(self, by: str) -> None:
        """Let changes start again."""
        ...

    def switch_auto_off(self, risk: Risk, why: str) -> None:
        """Ask a person for every change of a tier until `switch_auto_on`; the first why stays."""
        ...

    def switch_auto_on(self, risk: Risk, by: str, now: datetime) -> None:
        """Allow changes of a tier without a person again; earlier failures no longer count."""
        ...
