"""What a program reads that decides: an object where it was done, a code where it was not."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from qosbot.adapters.sql import SqlDecisions
from qosbot.bootstrap import SystemClock
from qosbot.cli import app
from qosbot.cli.door import Exit
from qosbot.cli.init import init
from qosbot.domain.history import Step
from qosbot.domain.inventory import Risk
from qosbot.domain.remediation import Event, State, advance
from tests.domain.remedies import proposal, remediation

POLICY = "mode: {low: propose}\napprovers: {low: [cli:ana, cli:bob]}\nquorum: {low: 2}\n"
PLAN = "p1"
STUCK = (Event.APPROVE, Event.START, Event.TYPE, Event.LINES_REFUSED, Event.GIVE_UP)


@dataclass(frozen=True)
class Place:
    """An inventory and a database with one proposal for which two people must be."""

    directory: Path

    @property
    def database(self) -> Path:
        return self.directory / "qosbot.db"

    def verb(self, *words: str, has_inventory: bool = True) -> Result:
        inventory = ("--inventory", str(self.directory / "inventory")) if has_inventory else ()
        options = ("--database", str(self.database), "--json")
        return CliRunner().invoke(app, [*words, *inventory, *options])

    def answer(self, *words: str, has_inventory: bool = True) -> Any:  # noqa: ANN401 - JSON
        done = self.verb(*words, has_inventory=has_inventory)
        assert done.exit_code == Exit.DONE, done.stderr
        return json.loads(done.stdout)

    def get_stuck(self) -> None:
        now = SystemClock().now()
        with SqlDecisions.open(self.database) as record:
            kept = record.remediation(PLAN)
            assert kept is not None
            for event in STUCK:
                kept = advance(kept, event, now)
            step = Step(at=now, event="give_up", state=kept.state, by="qosbot", words="")
            record.save(kept, step)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    init(tmp_path)
    lab = tmp_path / ".qosbot" / "lab"
    lab.mkdir(parents=True)
    for name in ("ssh_password", "snmp_auth_key", "snmp_priv_key", "snmp_community"):
        (lab / name).write_text("secretsecret")
        (lab / name).chmod(0o600)
    defaults = tmp_path / "inventory" / "defaults.yaml"
    overlay = "  endpoints: ../.qosbot/lab/lab.json\n"
    assert overlay in defaults.read_text()
    defaults.write_text(defaults.read_text().replace(overlay, ""))
    (tmp_path / "inventory" / "policy.yaml").write_text(POLICY)
    place = Place(tmp_path)
    now = SystemClock().now()
    plan = proposal(expires_at=now + timedelta(hours=1))
    step = Step(at=now, event="propose", state=State.AWAITING_DECISION, by="qosbot", words="")
    with SqlDecisions.open(place.database) as record:
        record.add(remediation(proposal=plan), step)
    return place


def test_an_approval_tells_who_approved_and_what_was_decided(place: Place) -> None:
    first = place.answer("approve", PLAN, "--as", "ana")
    assert (first["id"], first["state"], first["decision"]) == (PLAN, "awaiting_decision", None)
    assert [one["by"] for one in first["votes"]] == ["cli:ana"]
    second = place.answer("approve", PLAN, "--as", "bob")
    assert second["decision"]["choice"] == "approve"
    assert {second["decision"]["by"], *second["decision"]["others"]} == {"cli:ana", "cli:bob"}
    assert second["words"]


def test_a_plan_that_waits_tells_the_hash_that_an_approval_will_be_bound_to(place: Place) -> None:
    shown = place.answer("show", PLAN, has_inventory=False)
    with SqlDecisions.open(place.database) as record:
        found = record.remediation(PLAN)
    assert found is not None
    assert shown["plan_hash"] == found.proposal.plan_hash


def test_a_rejection_tells_its_reason(place: Place) -> None:
    told = place.answer("reject", PLAN, "--as", "ana", "--because", "not in the fair")
    assert told["decision"]["choice"] == "reject"
    assert told["decision"]["words"].startswith("not in the fair")


def test_what_is_refused_prints_no_object_and_keeps_its_code(place: Place) -> None:
    for verb, code in (("approve", Exit.REFUSED), ("rollback", Exit.REFUSED)):
        done = place.verb(verb, PLAN, "--as", "eve")
        assert (done.exit_code, done.stdout) == (code, "")
        assert "cli:eve" in done.stderr
    unknown = place.verb("settle", "p-none", "--as", "ana")
    assert (unknown.exit_code, unknown.stdout) == (Exit.WRONG_USE, "")


@pytest.mark.parametrize(("verb", "state"), [("settle", "settled"), ("rollback", "rolling_back")])
def test_what_a_person_asks_for_tells_the_state_after_it(
    place: Place, verb: str, state: str
) -> None:
    place.get_stuck()
    told = place.answer(verb, PLAN, "--as", "ana")
    assert (told["id"], told["state"]) == (PLAN, state)


def test_the_switches_tell_how_they_stand(place: Place) -> None:
    with SqlDecisions.open(place.database) as record:
        record.switch_auto_off(Risk.LOW, "2 changes failed")
    paused = place.answer("pause", "--as", "ana", has_inventory=False)
    assert paused["paused_by"] == "cli:ana"
    assert paused["auto_off"] == {"low": "2 changes failed"}
    resumed = place.answer("resume", "--as", "ana")
    assert (resumed["paused_by"], resumed["auto_off"]) == (None, {})


def test_a_history_that_is_broken_is_named_and_its_code_kept(place: Place) -> None:
    whole = place.answer("history", "verify", has_inventory=False)
    assert whole == {"histories": 1, "broken": {}}
    with closing(sqlite3.connect(place.database)) as connection, connection:
        connection.execute("UPDATE history SET done_by = 'm'")
    done = place.verb("history", "verify", has_inventory=False)
    assert done.exit_code == Exit.INCOMPLETE
    told = json.loads(done.stdout)
    assert (told["histories"], list(told["broken"])) == (1, [PLAN])
    assert told["broken"][PLAN]["words"] in done.stderr
