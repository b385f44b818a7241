"""One id finds every record of an incident, from the alarm to the last line that was typed."""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from qosbot.adapters.logs import JsonLines
from qosbot.domain.approvals import Choice, Decision
from qosbot.domain.intents import ConfigChange, Intent
from qosbot.domain.inventory import Device, Inventory, Mode, Risk
from qosbot.domain.remediation import Remediation, State
from qosbot.domain.timers import CONFIRM_LEFT_S
from qosbot.ports.configuring import ApplyResult, DeviceConfig
from qosbot.workflows.incidents import answering, incident_at_hand
from qosbot.workflows.outside import Outside
from qosbot.workflows.remediate import decide, tick
from qosbot.workflows.watch import look
from tests.domain.situations import POLICY
from tests.workflows.change_fakes import ReadOnlySession
from tests.workflows.test_watch import AnyLine, Tower

log = logging.getLogger("qosbot.fake.ssh")


@dataclass
class Router(ReadOnlySession):
    """Does as it is told, and tells of it as an adapter does, which knows of no alarm."""

    is_changed: bool = False
    pending_s: float | None = None

    def read(self, device: Device) -> DeviceConfig:
        config = super().read(device)
        return replace(config, running=f"{device.name} changed") if self.is_changed else config

    def apply(self, device: Device, change: ConfigChange, *, revert_after_min: int) -> ApplyResult:
        del change
        self.is_changed, self.pending_s = True, 60.0 * revert_after_min
        log.info("typed", extra={"device": device.name})
        return ApplyResult(lines=())

    def undo(self, device: Device, change: ConfigChange) -> ApplyResult:
        del change
        self.is_changed = False
        log.info("typed", extra={"device": device.name})
        return ApplyResult(lines=())

    def revert_pending_s(self, device: Device) -> float | None:
        del device
        return self.pending_s

    def confirm(self, device: Device) -> None:
        del device
        self.pending_s = None

    def preflight(self, device: Device) -> str:
        del device
        return ""


class OneWord(AnyLine):
    """Reads what the router says, as `WordPlatform` renders it."""

    def fingerprint(self, running: str, intent: Intent) -> str:
        return f"{running} {type(intent).__name__}"

    def holds(self, intent: Intent, running: str) -> bool:
        del intent
        return running.endswith("changed")

    def undone(self, change: ConfigChange, running: str) -> bool:
        del change
        return not running.endswith("changed")

    def only_ours(self, change: ConfigChange, before: str, running: str) -> bool | None:
        del change, before, running
        return True


@dataclass
class Incident:
    """A branch that suffers, its router, and all that is written of it."""

    tower: Tower
    router: Router
    records: list[Mapping[str, Any]]

    @property
    def outside(self) -> Outside:
        sessions, dialects = self.router, {"cisco_ios": OneWord()}
        return replace(self.tower.lookout.outside, sessions=sessions, dialects=dialects)

    @property
    def plan(self) -> Remediation:
        (plan,) = self.tower.plans
        return plan

    def is_now(self, state: State) -> bool:
        return self.plan.state is state

    def look(self, runs: int, *, is_bad: bool = True) -> None:
        for _ in range(runs):
            self.tower.poll(is_bad=is_bad)
            look(replace(self.tower.lookout, outside=self.outside))

    def remediate(self) -> None:
        tick(self.outside, self.tower.clock, worker="w", lease_s=60.0)

    def decision(self, by: str) -> Decision:
        now, plan = self.tower.clock.now(), self.plan
        return Decision(
            remediation=plan.id,
            choice=Choice.APPROVE,
            by=by,
            at=now,
            plan_hash=plan.proposal.plan_hash,
        )

    def approve(self) -> None:
        given = self.decision("cli:ana")
        assert decide(self.plan, given, self.outside).decision == given

    def keep_decision(self, by: str) -> None:
        """Keep a decision as it was made a while ago."""
        self.tower.record.decided[self.plan.id] = self.decision(by)

    def told(self, message: str) -> list[Mapping[str, Any]]:
        return [one for one in self.records if one["message"] == message]


class Lines(logging.Handler):
    """Keeps records as they would stand in the log."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[Mapping[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def incident(caplog: pytest.LogCaptureFixture) -> Iterator[Incident]:
    caplog.set_level(logging.INFO, "qosbot")
    tower, lines = Tower(), Lines()
    lines.setFormatter(JsonLines())
    policy = replace(
        POLICY, mode=dict.fromkeys(Risk, Mode.PROPOSE), approvers=dict.fromkeys(Risk, ("cli:ana",))
    )
    tower.network = replace(tower.network, policy=policy)
    logging.getLogger("qosbot").addHandler(lines)
    try:
        yield Incident(tower=tower, router=Router(), records=lines.lines)
    finally:
        logging.getLogger("qosbot").removeHandler(lines)


def test_one_id_leads_from_the_alarm_to_the_undo_and_to_the_end(incident: Incident) -> None:
    incident.look(3)
    incident.approve()
    incident.remediate()
    assert incident.is_now(State.VERIFYING)
    incident.tower.poll()  # time goes by, and no run proves anything
    incident.router.pending_s = CONFIRM_LEFT_S + 1
    incident.remediate()
    incident.look(5, is_bad=False)
    assert incident.is_now(State.ROLLED_BACK)

    (alarm,) = incident.tower.record.known
    found = [one["message"] for one in incident.records if one.get("incident") == alarm]
    assert list(dict.fromkeys(found)) == [
        "alarm raised",
        "finding considered",
        "proposed",
        "decision kept",
        "decided",
        "remediation moved",
        "typed",
        "alarm cleared",
    ]
    # Nothing of the incident is missing from what its id finds.
    for message in found:
        assert {one.get("incident") for one in incident.told(message)} == {alarm}


def test_what_an_alarm_says_is_enough_to_know_where_and_how_bad(incident: Incident) -> None:
    incident.look(3)
    (raised,) = incident.told("alarm raised")
    assert (raised["level"], raised["paths"]) == ("INFO", ["par-lyo"])
    assert 1.0 < raised["mos"] < 3.5


def test_a_proposal_and_a_decision_say_what_and_who(incident: Incident) -> None:
    incident.look(3)
    incident.approve()
    incident.remediate()
    (proposed,) = incident.told("proposed")
    (decided,) = incident.told("decided")
    assert (proposed["device"], proposed["remediation"]) == ("lyon", incident.plan.id)
    assert (decided["choice"], decided["by"]) == ("approve", "cli:ana")


def test_a_decision_is_told_when_it_is_taken_and_not_while_it_waits(incident: Incident) -> None:
    incident.look(3)
    group = dict.fromkeys(Risk, ("slack-group:T1/S1",))
    incident.tower.network = with_approvers(incident, group)
    incident.keep_decision(by="slack:T1/U1")
    for _ in range(3):
        incident.remediate()
        incident.tower.clock.at += timedelta(seconds=20)
    assert (incident.is_now(State.AWAITING_DECISION), incident.told("decided")) == (True, [])
    incident.tower.network = with_approvers(incident, dict.fromkeys(Risk, ("slack:T1/U1",)))
    incident.remediate()
    assert [one["by"] for one in incident.told("decided")] == ["slack:T1/U1"]


def with_approvers(incident: Incident, named: Mapping[Risk, tuple[str, ...]]) -> Inventory:
    network = incident.tower.network
    return replace(network, policy=replace(network.policy, approvers=named))


def test_work_for_nobody_in_particular_has_no_incident(incident: Incident) -> None:
    with answering("a-1"):
        assert incident_at_hand() == "a-1"
        with answering("a-2"):
            log.info("inner")
        log.info("outer")
    log.info("after")
    found = [one.get("incident") for one in incident.records]
    assert found == ["a-2", "a-1", None]
