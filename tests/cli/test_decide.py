"""What is said to who decides at the command line."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qosbot.adapters.sql import SqlDecisions
from qosbot.cli import app
from qosbot.cli.door import Exit
from qosbot.domain.history import Step
from qosbot.domain.inventory import Risk
from qosbot.domain.remediation import Remediation, State
from tests.adapters.test_inventory_examples import lay_out
from tests.domain.builders import NOON
from tests.domain.remedies import proposal, remediation
from tests.workflows.world import raised


@dataclass
class Desk:
    """An inventory in which ana and bob may, and a record with one open proposal."""

    directory: Path
    database: Path

    def says(self, *line: str) -> tuple[int, str]:
        """Return the exit code and all that was printed."""
        place = ["--inventory", str(self.directory), "--database", str(self.database)]
        ended = CliRunner().invoke(app, [*line, *place])
        return ended.exit_code, ended.output

    def one(self) -> Remediation:
        with SqlDecisions.open(self.database) as record:
            found = record.remediation("p1")
        assert found is not None
        return found

    def begin(self) -> None:
        """Let it be under way, as a serving bot would."""
        with SqlDecisions.open(self.database) as record:
            found = record.remediation("p1")
            assert found is not None
            begun = replace(found, state=State.APPLYING, started_at=NOON)
            record.save(begun, Step(at=NOON, event="start", state="applying", by="x", words=""))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    directory, database = lay_out(tmp_path), tmp_path / "qosbot.db"
    policy = directory / "policy.yaml"
    named = "approvers: {low: [cli:ana, cli:bob]}\n"
    text = policy.read_text().replace("low: observe", "low: propose")
    policy.write_text(text.replace("# approvers:\n", named))
    plan = proposal(expires_at=datetime(2200, 1, 1, tzinfo=UTC))
    with SqlDecisions.open(database) as record:
        record.keep_alarms([raised()])
        step = Step(at=NOON, event="propose", state="awaiting_decision", by="qosbot", words="x")
        record.add(remediation(proposal=plan), step)
    return Desk(directory, database)


def test_a_rejection_by_verb_stops_what_was_approved(desk: Desk) -> None:
    code, said = desk.says("approve", "p1", "--as", "ana")
    assert code == 0
    assert "you approved it" in said
    assert desk.says("reject", "p1", "--as", "bob", "--because", "wrong link") == (
        0,
        "p1: you stopped it; nothing will be changed\n",
    )
    stopped = desk.one()
    assert (stopped.state, stopped.asked_by) == (State.REJECTED, "cli:bob")
    assert stopped.remark.startswith("wrong link")
    with SqlDecisions.open(desk.database) as record:
        assert record.broken_link("p1") is None


def test_a_rejection_by_verb_that_comes_too_late_says_what_to_do(desk: Desk) -> None:
    desk.begin()
    code, said = desk.says("reject", "p1", "--as", "ana")
    assert code == Exit.REFUSED
    assert "it is applying; your command changed nothing" in said
    assert "qosbot rollback p1 takes it back" in said


def test_who_may_not_decide_stops_nothing(desk: Desk) -> None:
    desk.says("approve", "p1", "--as", "ana")
    code, said = desk.says("reject", "p1", "--as", "eve")
    assert (code, desk.one().state) == (Exit.REFUSED, State.AWAITING_DECISION)
    assert "cli:eve may not decide" in said


def test_a_resume_by_verb_says_where_auto_is_on_again(desk: Desk) -> None:
    with SqlDecisions.open(desk.database) as record:
        record.switch_auto_off(Risk.LOW, "2 changes failed")
    code, said = desk.says("resume", "--as", "bob")
    assert code == 0
    assert "off for low risk" in said
    assert desk.says("resume", "--as", "eve")[0] == Exit.REFUSED
