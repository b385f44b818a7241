"""The audit over a lab's real SSH, by the verb and by the night."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from qosbot.adapters.sql import SqlAudits, opened
from tests.end_to_end.site import Site, site
from tests.end_to_end.test_serve import serving
from tests.lab.running import RunningLab
from tests.needs import needs
from tests.until import until

pytestmark = pytest.mark.slow

DEVICES = 7
WRONG = ["policy-map WAN-OUT", "class VOICE", "no priority percent 33", "bandwidth percent 33"]
RIGHT = ["policy-map WAN-OUT", "class VOICE", "no bandwidth percent 33", "priority percent 33"]


@pytest.fixture(autouse=True)
def _patience() -> None:
    needs("patience")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    needs("patience")
    with site(tmp_path_factory.mktemp("site")) as started:
        yield started


@pytest.fixture
def lab(running: Site) -> Iterator[Site]:
    yield running
    running.forget()


def type_in(lab: Site, device: str, lines: list[str]) -> None:
    directory = lab.directory / ".qosbot" / "lab"
    published = json.loads((directory / "lab.json").read_text())
    RunningLab(directory, published).configure(device, lines)


def audited(lab: Site, *arguments: str, code: int = 0) -> Any:  # noqa: ANN401  a test looks into it
    answer = lab.qosbot("audit", "--json", *arguments)
    assert answer.code == code, answer.err
    return answer.json()


class Links(HTMLParser):
    """Whatever a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        self.found += [value for name, value in attrs if name in {"src", "href", "srcset"}]


def test_what_somebody_breaks_is_new_and_what_they_mend_is_fixed(lab: Site) -> None:
    first = audited(lab)
    assert first["summary"]["devices"] == DEVICES
    assert (first["since"], first["summary"]["new"]) == (None, 0)
    type_in(lab, "nan-ce1", WRONG)
    try:
        broken = audited(lab, "--fail-on", "critical", code=3)
    finally:
        type_in(lab, "nan-ce1", RIGHT)
    assert broken["since"] == first["began_at"]
    assert [one["rule"] for one in broken["findings"] if one["change"] == "new"] == ["QUE-01"]
    (change,) = broken["config_changes"]
    assert "-  priority percent 33" in change["diff"]
    mended = audited(lab)
    assert [one["rule"] for one in mended["fixed"]] == ["QUE-01"]


def test_files_show_no_secret_and_load_nothing(lab: Site) -> None:
    html, markdown = lab.directory / "report.html", lab.directory / "report.md"
    answer = lab.qosbot("audit", "--html", str(html), "--markdown", str(markdown))
    assert answer.code == 0, answer.err
    texts = (html.read_text(), markdown.read_text(), answer.out)
    assert [secret for secret in lab.secrets() for text in texts if secret in text] == []
    links = Links()
    links.feed(texts[0])
    assert links.found == []
    assert "bor-ce1" in texts[1]


def test_under_the_kill_switch_no_device_is_read(lab: Site) -> None:
    stop = lab.directory / ".qosbot" / "STOP"
    stop.touch()
    try:
        answer = lab.qosbot("audit")
    finally:
        stop.unlink()
    assert answer.code == 5
    assert "no device is touched" in answer.err


def test_a_file_that_cannot_be_written_is_said_before_a_device_is_asked(lab: Site) -> None:
    answer = lab.qosbot("audit", "--html", "nowhere/report.html")
    assert answer.code == 2
    assert "its directory does not exist" in answer.err
    assert not (lab.directory / ".qosbot" / "qosbot.db").exists()


def test_a_wrong_password_is_tried_on_two_devices_and_no_more(lab: Site) -> None:
    defaults = lab.directory / "inventory" / "defaults.yaml"
    sound = defaults.read_text()
    defaults.write_text(sound.replace("${file:../.qosbot/lab/ssh_password}", "${env:ROTATED}"))
    try:
        answer = lab.qosbot("audit", "--json", ROTATED="another one")
    finally:
        defaults.write_text(sound)
    assert answer.code == 3
    why = [one["why"] for one in answer.json()["unread"]]
    assert sum("refused the credentials" in one for one in why) == 2
    assert sum("was not asked" in one for one in why) == DEVICES - 2


def test_a_night_that_was_missed_and_killed_is_made_up_for_once(lab: Site) -> None:
    database = lab.directory / ".qosbot" / "qosbot.db"
    with closing(opened(database)) as made:
        SqlAudits(made).end(datetime.now(tz=UTC) - timedelta(days=3))  # noqa: TID251  a past night
    with serving(lab) as killed:
        until(lambda: killed.lines("night began"), 60.0)
        killed.process.kill()
        killed.process.wait()
        assert killed.lines("audit done") == []
    with serving(lab) as served:
        (done,) = until(lambda: served.lines("audit done"), 60.0)
        assert (done["devices"], done["unread"]) == (DEVICES, 0)
        assert served.told_to_stop() == 0
    with serving(lab) as again:
        until(lambda: again.ask("/readyz")[1]["ticks"]["audit"]["runs"])
        assert again.lines("audit done") == []
        assert again.told_to_stop() == 0
    with closing(opened(database)) as kept:
        (_, night) = SqlAudits(kept).nights()
    assert (night.tries, night.is_over) == (2, True)
