"""From alarms and their causes to proposals: reads configurations, changes nothing.

Where nothing is proposed the reason is a result too, so that an operator is never left to guess.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from qosbot.domain.alarms import Alarm, AlarmState
from qosbot.domain.findings import Finding
from qosbot.domain.ground import NoPlan, Refused
from qosbot.domain.inventory import Mode
from qosbot.domain.proposals import Proposal
from qosbot.workflows.draft import ConfigReader, Desk, Draft
from qosbot.workflows.incidents import answering

log = logging.getLogger(__name__)


class Verdict(StrEnum):
    """What became of a finding."""

    PROPOSED = "proposed"
    WOULD_PROPOSE = "would_propose"
    """The policy observes at this tier of risk."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A finding of an alarm and what became of it."""

    alarm: str
    finding: Finding
    verdict: Verdict
    proposal: Proposal | None
    refused: Refused | None
    words: str


def propose(
    alarms: Sequence[Alarm], findings: Mapping[str, Sequence[Finding]], desk: Desk, now: datetime
) -> tuple[Considered, ...]:
    """Return what becomes of each finding; at most one proposal an alarm and a device.

    Configurations are read once a device; a caller that looks often names what was considered
    already in `answered`, so that devices are not logged in to for nothing.
    """
    reader = ConfigReader(desk)
    results: list[Considered] = []
    busy = set(desk.busy)
    for alarm in sorted(alarms, key=lambda one: (one.mos_worst, one.id)):
        if alarm.state is not AlarmState.RAISED or alarm.id in desk.answered:
            continue
        with answering(alarm.id):
            for finding in findings.get(alarm.id, ()):
                draft = Draft(alarm=alarm, finding=finding, desk=desk, reader=reader, now=now)
                result = _consider(draft, busy)
                _tell(result)
                results.append(result)
                if result.proposal is not None:
                    busy.add(result.proposal.change.device)
                    break
    return tuple(results)


def _tell(one: Considered) -> None:
    log.info(
        "finding considered",
        extra={"alarm": one.alarm, "cause": one.finding.cause, "verdict": one.verdict},
    )


def _consider(draft: Draft, busy: Collection[str]) -> Considered:
    found = draft.write(busy)
    if isinstance(found, NoPlan):
        return Considered(
            alarm=draft.alarm.id,
            finding=draft.finding,
            verdict=Verdict.REFUSED,
            proposal=None,
            refused=found.reason,
            words=found.words,
        )
    observes = draft.desk.scene.inventory.policy.mode[found.risk] is Mode.OBSERVE
    return Considered(
        alarm=draft.alarm.id,
        finding=draft.finding,
        verdict=Verdict.WOULD_PROPOSE if observes else Verdict.PROPOSED,
        proposal=found,
        refused=None,
        words=f"the policy observes at {found.risk} risk" if observes else "",
    )
