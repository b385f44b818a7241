"""`qosbot serve` as a process: it says truly whether it is well, and ends when it is told to."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.site import QOSBOT, Site, site
from tests.needs import needs
from tests.until import until

pytestmark = pytest.mark.slow

ENDS_WITHIN_S = 60.0
SILENT = ("kind=silent-agent", "device=bor-ce1")


@dataclass
class Served:
    process: "subprocess.Popen[bytes]"
    log: Path

    def lines(self, message: str) -> list[Mapping[str, Any]]:
        lines = self.log.read_text().splitlines(keepends=True)
        found = [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]
        return [one for one in found if one["message"].startswith(message)]

    def port(self) -> int:
        (line,) = until(lambda: self.lines("serving"), what=f"serving; see {self.log}")
        return urlsplit(str(line["web"])).port or 0

    def ask(self, path: str) -> tuple[int, Mapping[str, Any]]:
        connection = HTTPConnection("127.0.0.1", self.port(), timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def is_ready(self) -> bool:
        return self.ask("/readyz")[0] == 200

    def told_to_stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(ENDS_WITHIN_S)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site")) as started:
        yield started


@pytest.fixture
def lab(running: Site) -> Iterator[Site]:
    """The lab as it started, for a bot that has not polled it yet."""
    yield running
    running.mend()
    running.forget()


@contextmanager
def serving(lab: Site, **environment: str) -> Iterator[Served]:
    log = lab.directory / "serve.log"
    with (
        log.open("wb") as file,
        subprocess.Popen(
            [*QOSBOT, "serve"],
            cwd=lab.directory,
            env={**os.environ, "QOSBOT_WEB_PORT": "0", **environment},
            stderr=file,
        ) as process,
    ):
        try:
            yield Served(process, log)
        finally:
            process.kill()


def test_it_becomes_ready_and_ends_when_it_is_told(lab: Site) -> None:
    with serving(lab) as served:
        until(served.is_ready)
        code, body = served.ask("/readyz")
        assert (code, body["process"]) == (200, served.process.pid)
        until(lambda: served.ask("/readyz")[1]["ticks"]["assess"]["runs"])
        assert served.ask("/healthz")[0] == 200
        assert served.told_to_stop() == 0
        assert [line["signal"] for line in served.lines("stopping")] == ["SIGTERM"]
        assert served.lines("stopped")


def test_the_verb_health_asks_the_process_of_this_database(lab: Site) -> None:
    needs("patience")
    with serving(lab) as served:
        until(served.is_ready)
        port = str(served.port())
        ready = lab.qosbot("health", QOSBOT_WEB_PORT=port)
        assert (ready.code, ready.out) == (0, "ready; ticks: 0 missed, 0 skipped, 0 failed\n")
        # Where it cannot be asked, the database is.
        assert lab.qosbot("health", QOSBOT_WEB_PORT="off").out.startswith("last poll ")
        (lab.directory / ".qosbot" / "qosbot.db.lock").write_text("1")
        assert lab.qosbot("health", QOSBOT_WEB_PORT=port).out.startswith("last poll ")


def test_what_is_wrong_is_named_and_no_device_is(lab: Site) -> None:
    policy = lab.directory / "inventory" / "policy.yaml"
    sound = policy.read_text()
    with serving(lab) as served:
        until(served.is_ready)
        policy.write_text("mode: {low: sometimes}\n")
        try:
            code, body = served.ask("/readyz")
            health = lab.qosbot("health", QOSBOT_WEB_PORT=str(served.port()))
        finally:
            policy.write_text(sound)
        assert code == 503
        assert [name for name, one in body["checks"].items() if not one["ok"]] == [
            "inventory",
            "policy",
        ]
        assert health.code == 3
        assert "policy: problems in its files: 1; `qosbot check` names them" in health.err
        hosts = (lab.directory / "inventory" / "hosts.yaml").read_text()
        devices = re.findall(r"^([\w-]+):", hosts, re.MULTILINE)
        assert "lyo-ce1" in devices
        assert not [name for name in devices if name in json.dumps(body)]
        assert served.is_ready()


def test_a_database_or_a_lock_that_was_taken_away_is_named(lab: Site) -> None:
    needs("patience")
    database = lab.directory / ".qosbot" / "qosbot.db"
    away = database.with_name("away.db")
    with serving(lab) as served:
        until(served.is_ready)
        database.rename(away)
        code, body = served.ask("/readyz")
        assert (code, body["checks"]["database"]["ok"]) == (503, False)
        until(lambda: served.lines("tick failed"))
        away.rename(database)
        assert served.ask("/readyz")[1]["checks"]["database"]["ok"]
        database.with_name("qosbot.db.lock").unlink()
        code, body = served.ask("/readyz")
        assert (code, body["checks"]["lock"]["ok"]) == (503, False)
        assert served.told_to_stop() == 0


def test_what_hangs_keeps_it_no_longer_than_it_may(lab: Site) -> None:
    needs("patience")
    lab.fault(*SILENT)
    with serving(lab, QOSBOT_STOP_WITHIN_S="1") as served:
        served.port()
        assert served.told_to_stop() == 3
        (left,) = served.lines("left where it was")
        assert left["ticks"] == ["measure"]


def test_told_twice_it_ends_at_once(lab: Site) -> None:
    needs("patience")
    lab.fault(*SILENT)
    with serving(lab) as served:
        served.port()
        served.process.send_signal(signal.SIGTERM)
        until(lambda: served.lines("stopping"))
        assert served.process.poll() is None
        assert served.told_to_stop() == -signal.SIGTERM
        assert not served.lines("stopped")


def test_a_port_that_is_taken_is_one_line_and_nothing_is_begun(lab: Site) -> None:
    needs("patience")
    with serving(lab) as served:
        port = str(served.port())
        arguments = ("serve", "--database", "other.db")
        answer = lab.qosbot(*arguments, QOSBOT_WEB_PORT=port)
    assert answer.code == 2
    assert not (lab.directory / "other.db").exists()
    assert f"QOSBOT_WEB_PORT: 127.0.0.1 port {port} cannot be had" in answer.err
    assert "Traceback" not in answer.err
