"""The truth table in the docs is what was measured, and says of its loads what they are."""

import json
import re
from pathlib import Path

from qosbot.lab.load import IP_BYTES, PACKET_TIME_S
from qosbot.lab.startup import STARTUP
from qosbot.lab.topology import FRAME_BYTES, NODE
from tests.lab_truth import CASES, table

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "lab-truth.md").read_text(encoding="utf-8")
ROWS = json.loads((DOCS / "lab-truth.json").read_text(encoding="utf-8"))


def test_the_table_is_that_of_the_raw_data_case_by_case() -> None:
    assert [row["name"] for row in ROWS] == [case.name for case in CASES]
    assert table(ROWS) in TEXT


def test_little_overload_is_as_little_as_is_said() -> None:
    port = NODE["lyo-ce1"].port("GigabitEthernet0/1")
    frame = FRAME_BYTES[port.layer2]
    probe = 100 / 5 * 8 * (200 + frame)
    assert "frequency 5" in STARTUP["par-core1"]
    loads = []
    for case in CASES[1:3]:
        voice = case.calls / PACKET_TIME_S * 8 * (IP_BYTES["g711ulaw"] + frame)
        data = case.data_bps * (800 + frame) / 800
        loads.append(round(100 * (voice + data + probe) / port.rate_out_bps))
    assert re.search(rf"at {loads[0]} and {loads[1]} % of load", TEXT), loads
