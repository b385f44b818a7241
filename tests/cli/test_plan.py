"""What `plan --from-audit` refuses before it asks any device, each in one line."""

from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qosbot.adapters.sql import SqlAudits, SqlDecisions, opened
from qosbot.cli import app
from qosbot.cli.door import Exit
from qosbot.domain.audit.findings import AuditFinding, Status
from qosbot.domain.history import Step
from qosbot.ports.auditing import Collection
from tests.adapters.test_inventory_examples import lay_out
from tests.domain.audit.audit_builders import device_audit, finding, network_audit
from tests.domain.builders import NOON
from tests.domain.remedies import change, proposal, remediation

PORT = "interface GigabitEthernet0/1"
PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
CLASS = f"{PORT} > policy WAN > class VOICE"


@dataclass
class Desk:
    directory: Path
    database: Path

    @property
    def stop(self) -> Path:
        """Return where the kill switch would be."""
        return self.database.with_name("STOP")

    def keep(self, *found: AuditFinding) -> None:
        """Keep what an audit has found."""
        with closing(opened(self.database)) as database:
            audit = network_audit(device_audit(*found, device=found[0].device))
            SqlAudits(database).keep(audit, Collection(configs={}, unread={}))

    def plan(self, name: str, *more: str) -> tuple[int, str]:
        """Return the exit code and all that was printed."""
        place = ["--inventory", str(self.directory), "--database", str(self.database)]
        elsewhere = {"QOSBOT_PLAYBOOKS": str(PLAYBOOKS), "QOSBOT_KILL_SWITCH": str(self.stop)}
        line = ["plan", "--from-audit", name, *place, *more]
        ended = CliRunner().invoke(app, line, env=elsewhere)
        return ended.exit_code, ended.output

    def refused(self, one: AuditFinding) -> str:
        self.keep(one)
        code, said = self.plan(one.id)
        assert code == Exit.REFUSED
        assert said.count("\n") == 1
        assert said.startswith(f"{one.id} ({one.rule} on {one.device}): ")
        return said


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(lay_out(tmp_path), tmp_path / "qosbot.db")


@pytest.mark.parametrize("name", ["", "QUE-01", "017EF29AF204", "017ef29af20", "017ef29af2041"])
def test_what_is_no_id_of_a_finding_is_wrong_use(desk: Desk, name: str) -> None:
    desk.keep(finding())
    code, said = desk.plan(name)
    assert code == Exit.WRONG_USE
    assert "twelve hex digits" in said


def test_an_id_that_no_audit_has_found_says_where_ids_are(desk: Desk) -> None:
    desk.keep(finding())
    code, said = desk.plan("0" * 12)
    assert code == Exit.WRONG_USE
    assert "no audit has found anything with the id 000000000000" in said
    assert "`qosbot audit --json`" in said


def test_without_a_database_nothing_was_ever_found(desk: Desk) -> None:
    code, said = desk.plan("0" * 12)
    assert code == Exit.OUTSIDE
    assert "there is no database" in said


def test_what_no_intent_fixes_is_told_with_what_to_do_by_hand(desk: Desk) -> None:
    said = desk.refused(finding("QUE-03", "nan-ce1", where=CLASS, fix="Give it a rate."))
    assert said.endswith("by hand: Give it a rate.\n")


def test_what_the_inventory_accepts_is_left_alone(desk: Desk) -> None:
    one = replace(finding("QUE-01", "nan-ce1", where=CLASS), status=Status.ACCEPTED)
    assert "the inventory accepts it" in desk.refused(one)


def test_a_place_that_is_no_link_of_the_inventory_is_refused(desk: Desk) -> None:
    said = desk.refused(finding("MRK-01", "nan-ce1", where="interface Serial0/9"))
    assert "links.yaml does not know nan-ce1 Serial0/9" in said


def test_a_link_that_nobody_polled_lately_is_refused(desk: Desk) -> None:
    said = desk.refused(finding("MRK-01", "lyo-ce1", where=PORT))
    assert "what happens there is not measured: lyo-ce1 did not answer" in said


def test_a_device_with_a_proposal_that_waits_is_busy(desk: Desk) -> None:
    plan = proposal(changes=change(device="lyo-ce1"), expires_at=datetime(2200, 1, 1, tzinfo=UTC))
    step = Step(at=NOON, event="propose", state="awaiting_decision", by="qosbot", words="x")
    with SqlDecisions.open(desk.database) as record:
        record.add(remediation(proposal=plan), step)
    said = desk.refused(finding("MRK-01", "lyo-ce1", where=PORT))
    assert "p1 is under way or waits on lyo-ce1" in said


def test_under_the_kill_switch_nothing_is_planned(desk: Desk) -> None:
    desk.stop.touch()
    assert "kill-switch" in desk.refused(finding("MRK-01", "lyo-ce1", where=PORT))
