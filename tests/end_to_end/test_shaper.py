"""Where the port is faster than its circuit, a shaper brings the queue home from the carrier."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from qosbot.domain.egress_loads import BIN, WINDOW
from qosbot.domain.intents import AttachVoicePolicy
from tests.end_to_end.killing import Play, play
from tests.lab.running import RunningLab
from tests.needs import needs
from tests.until import until

pytestmark = pytest.mark.slow

DEVICE, PORT = "lil-ce1", "GigabitEthernet0/1"
CIRCUIT_BPS = 10e6


def take_the_shaper_off(one: Play) -> None:
    directory = one.site.directory / ".qosbot" / "lab"
    lab = RunningLab(directory, json.loads((directory / "lab.json").read_text()))
    lines = (f"interface {PORT}", "no service-policy output WAN-SHAPER")
    shown = lab.configure(DEVICE, [*lines, "end", "write memory", "configure terminal"])
    assert "%" not in shown, shown


def newest_us(database: Path) -> int:
    """Return when the newest five minutes of the port began; 0: it was never polled."""
    query = "SELECT max(from_us) FROM egress_loads WHERE device = ? AND interface = ?"
    with closing(sqlite3.connect(database, timeout=30.0)) as connection:
        try:
            return connection.execute(query, (DEVICE, PORT)).fetchone()[0] or 0
        except sqlite3.OperationalError:
            return 0  # the tables are not made yet


def remember_a_week(database: Path, rate_bps: float) -> None:
    newest = until(lambda: newest_us(database), 60.0, "a second poll")
    bin_us = BIN // timedelta(microseconds=1)
    rows = [
        (DEVICE, PORT, newest - n * bin_us, rate_bps * 300.0, 300.0)
        for n in range(1, WINDOW // BIN)
    ]
    with closing(sqlite3.connect(database, timeout=30.0)) as connection, connection:
        connection.executemany("INSERT INTO egress_loads VALUES (?, ?, ?, ?, ?)", rows)


def test_a_shaper_is_proposed_once_a_week_is_known_and_helps(tmp_path: Path) -> None:
    needs("patience")
    with play(tmp_path) as one:
        database = tmp_path / ".qosbot" / "qosbot.db"
        take_the_shaper_off(one)
        remember_a_week(database, 6e6)
        one.site.ctl("load", "path=par-lil", "direction=backward", "data_bps=11000000")
        plans = until(one.open_plans, 120.0, f"a proposal; see {tmp_path}/bot.log")
        intent = plans[0].proposal.change.intent
        assert isinstance(intent, AttachVoicePolicy)
        assert (plans[0].device, intent.shape_bps) == (DEVICE, 0.95 * CIRCUIT_BPS)
        one.name = plans[0].id
        one.approve()
        ending = one.finish()
        assert (ending.state, ending.outcome) == ("done", "helped"), one.record()
        assert f"shape average {intent.shape_bps:.0f}" in ending.diff
