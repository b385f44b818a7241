"""What is kept of audits: each configuration once, each night once, the last of each device."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from qosbot.adapters.sql import SqlAudits, SqlOutbox, opened
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.nights import Changes, ConfigChange, NetworkAudit, Worsened
from qosbot.domain.messages import report_letters
from qosbot.ports.auditing import CollectedConfig, Collection
from tests.domain.audit.audit_builders import device_audit, empty_day, finding, network_audit
from tests.domain.builders import NOON

DAY = timedelta(days=1)
NOTHING = Collection(configs={}, unread={})


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    return tmp_path / "qosbot.db"


@pytest.fixture
def audits(database_file: Path) -> Iterator[SqlAudits]:
    with closing(opened(database_file)) as database:
        yield SqlAudits(database)


def read(text: str, at: datetime, device: str = "r1") -> Collection:
    config = CollectedConfig(device=device, text=text, read_at=at)
    return Collection(configs={device: config}, unread={})


def audit(night: int = 0, **changed: object) -> NetworkAudit:
    severity = changed.pop("severity", Severity.CRITICAL)
    found = finding(severity=severity, evidence=(f"night {night}",))
    return network_audit(device_audit(found), began_at=NOON + night * DAY, **changed)


def test_an_audit_is_read_as_it_was_kept(audits: SqlAudits) -> None:
    found = audit(
        changes=Changes(
            new=(finding(),), worse=(Worsened(finding=finding(), before=Severity.LOW),)
        ),
        config_changes=(ConfigChange(device="r1", before_at=NOON, diff=("+ line",)),),
        days=(empty_day(),),
    )
    audits.keep(found, NOTHING)
    assert audits.audit(found.id) == found
    assert audits.audit("audit-of-nobody") is None


def test_a_configuration_is_kept_again_only_where_it_changed(audits: SqlAudits) -> None:
    for night in (0, 1):
        audits.keep(audit(night), read("one", NOON + night * DAY))
    kept = audits.configs()["r1"]
    assert (kept.text, kept.since, kept.read_at) == ("one", NOON, NOON + DAY)
    audits.keep(audit(2), read("two", NOON + 2 * DAY))
    kept = audits.configs()["r1"]
    assert (kept.text, kept.since, kept.read_at) == ("two", NOON + 2 * DAY, NOON + 2 * DAY)
    audits.delete_before(NOON + 5 * DAY)
    assert audits.configs()["r1"].text == "two"


def test_the_last_audit_of_a_device_is_the_last_in_which_it_was_read(audits: SqlAudits) -> None:
    audits.keep(audit(0), NOTHING)
    audits.keep(network_audit(device_audit(device="r2"), began_at=NOON + DAY), NOTHING)
    last = audits.last()
    assert {name: one.began_at for name, one in last.items()} == {"r1": NOON, "r2": NOON + DAY}
    assert last["r1"].device == audit(0).devices[0]


def test_a_night_is_compared_with_nights_and_not_with_what_was_asked_for_in_between(
    audits: SqlAudits,
) -> None:
    audits.keep(audit(0), NOTHING)
    audits.keep(audit(1, is_nightly=False), NOTHING)
    assert audits.last()["r1"].began_at == NOON


def test_a_night_is_over_with_its_audit_whatever_the_process_does_next(
    audits: SqlAudits, database_file: Path
) -> None:
    assert [audits.begin(NOON), audits.begin(NOON)] == [1, 2]
    audits.keep(audit(), NOTHING, due_at=NOON)
    with closing(opened(database_file)) as again:
        (night,) = SqlAudits(again).nights()
    assert (night.due_at, night.tries, night.is_over) == (NOON, 2, True)


def test_what_is_told_of_a_night_is_kept_with_it(audits: SqlAudits, database_file: Path) -> None:
    found = audit()
    audits.keep(found, NOTHING, letters=report_letters(found.id, NOON))
    with closing(opened(database_file)) as database:
        outbox = SqlOutbox(database)
        # The file waits for the message that it belongs to.
        assert [one.id for one in outbox.due(NOON)] == [f"report:{found.id}"]


def test_old_audits_are_forgotten_but_not_the_last_of_a_device(audits: SqlAudits) -> None:
    for night in range(3):
        audits.keep(audit(night), NOTHING, due_at=NOON + night * DAY)
    gone = replace(device_audit(device="r2"))
    audits.keep(network_audit(gone, began_at=NOON - DAY), NOTHING, due_at=NOON - DAY)
    audits.delete_before(NOON + 9 * DAY)
    assert audits.audit(audit(0).id) is None
    assert audits.audit(audit(1).id) is None
    assert {name: one.began_at for name, one in audits.last().items()} == {
        "r1": NOON + 2 * DAY,
        "r2": NOON - DAY,
    }
    assert [one.due_at for one in audits.nights()] == [NOON + 2 * DAY]


def test_a_finding_is_had_by_its_id_as_the_newest_audit_that_has_it_found_it(
    audits: SqlAudits,
) -> None:
    for night in (0, 2, 1):
        audits.keep(audit(night), NOTHING)
    audits.keep(network_audit(device_audit(), began_at=NOON + 3 * DAY), NOTHING)
    found = audits.finding(finding().id)
    assert found is not None
    assert found.evidence == ("night 2",)
    assert audits.finding("0" * 12) is None


def test_a_finding_of_a_newer_version_does_not_hide_what_an_older_audit_found(
    audits: SqlAudits, database_file: Path
) -> None:
    for night in (0, 1):
        audits.keep(audit(night), NOTHING)
    newer = "UPDATE audit_findings SET document = '{}' WHERE document LIKE '%night 1%'"
    with closing(sqlite3.connect(database_file)) as plain, plain:
        plain.execute(newer)
    found = audits.finding(finding().id)
    assert found is not None
    assert found.evidence == ("night 0",)
