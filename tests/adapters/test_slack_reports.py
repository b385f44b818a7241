"""A night's audit in Slack, over its own protocol: a summary, and the report below it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from qosbot.adapters.sql import SqlAudits
from qosbot.domain.audit.nights import Changes
from qosbot.domain.messages import report_letters
from qosbot.ports.auditing import Collection
from tests.adapters.slack_desk import Json, SlackDesk, slack_desk
from tests.domain.audit.audit_builders import device_audit, finding, network_audit
from tests.needs import needs

pytestmark = pytest.mark.slow


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SlackDesk]:
    needs("patience")
    with slack_desk(tmp_path / "qosbot.db") as one:
        yield one


def audited(desk: SlackDesk) -> None:
    """Keep an audit as the night does; its one finding says what Slack would obey."""
    broken = finding("QUE-01", "<!channel>", evidence=("priority <script>", "10.77.66.55"))
    audit = network_audit(
        device_audit(broken, device="<!channel>"),
        began_at=desk.world.clock.at,
        changes=Changes(new=(broken,)),
    )
    letters = report_letters(audit.id, desk.world.clock.at)
    nothing = Collection(configs={}, unread={})
    SqlAudits(desk.database).keep(audit, nothing, letters=letters)


def reports(desk: SlackDesk) -> list[Json]:
    return [one for one in desk.messages() if "Network audit: 1 critical" in str(one["text"])]


def files(desk: SlackDesk) -> list[str]:
    return [
        str(file["name"])
        for one in desk.messages()
        for file in one.get("files") or ()
        if str(file["name"]).endswith(".html")
    ]


def test_a_night_is_one_message_with_its_report_as_a_file(desk: SlackDesk) -> None:
    audited(desk)
    desk.tick(10)
    (report,) = reports(desk)
    assert "1 new, 0 worse, 0 fixed" in str(report["blocks"])
    assert "<!channel>" not in str(report["blocks"])
    (name,) = files(desk)
    assert name.startswith("network-audit-")
    (shared,) = (one for one in desk.messages() if one.get("files"))
    assert shared["thread_ts"] == report["ts"]


def test_a_report_that_was_taken_unnoticed_stands_once_after_a_restart(desk: SlackDesk) -> None:
    desk.slack.end("chat.postMessage", "close")
    audited(desk)
    desk.tick(3)
    desk.restart()
    desk.tick(80)
    assert len(reports(desk)) == 1
    assert len(files(desk)) == 1
