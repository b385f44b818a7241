"""What an audit found is mended before anybody suffers, and stays only where nothing got worse."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.killing import PERSON, Ending, Play, play, recorded
from tests.lab.running import RunningLab
from tests.needs import needs
from tests.until import until

pytestmark = pytest.mark.slow

DEVICE, PORT = "nan-ce1", "Serial0/0/0"
BROKEN = ("policy-map WAN-OUT", "class VOICE", "no priority percent 33", "bandwidth percent 33")
NOISE = ("kind=crc", f"device={DEVICE}", f"interface={PORT}", "ratio=0.2")
AUTO = f"mode: {{low: auto}}\napprovers: {{low: [cli:{PERSON}]}}\n"


def lab_of(one: Play) -> RunningLab:
    directory = one.site.directory / ".qosbot" / "lab"
    return RunningLab(directory, json.loads((directory / "lab.json").read_text()))


def break_it(one: Play) -> None:
    shown = lab_of(one).configure(DEVICE, [*BROKEN, "end", "write memory", "configure terminal"])
    assert "%" not in shown.replace("%SYS", ""), shown


def audited(one: Play) -> list[str]:
    """Return the ids of what an audit finds on the device by this rule."""
    answer = one.site.qosbot("audit", "--json")
    assert answer.code == 0, answer.err
    found = answer.json()["findings"]
    return [each["id"] for each in found if (each["rule"], each["device"]) == ("QUE-01", DEVICE)]


def planned(one: Play, name: str) -> dict[str, Any]:
    """Plan as soon as enough is measured; let a person look at it and approve."""

    def asked() -> str:
        answer = one.site.qosbot("plan", "--from-audit", name, "--json")
        # Refused until enough was measured; anything else would not get better.
        assert answer.code in {0, 5}, answer.err
        return answer.out if answer.code == 0 else ""

    made: dict[str, Any] = json.loads(until(asked, 120.0, "a plan"))
    one.name = made["id"]
    assert (one.state(), made["mode"]) == ("awaiting_decision", "propose")
    one.approve()
    return made


def ended(one: Play) -> Ending:
    ending = one.finish()
    # The policy is auto, and yet it was a person who decided.
    assert ending.decided_by == f"cli:{PERSON}"
    return ending


def test_a_precaution_is_put_back_where_a_path_gets_worse_and_kept_where_none_does(
    tmp_path: Path,
) -> None:
    needs("patience")
    with play(tmp_path) as one:
        break_it(one)
        (name,) = audited(one)
        (tmp_path / "inventory" / "policy.yaml").write_text(AUTO)
        made = planned(one, name)
        assert (made["proposal"]["alarms"], made["proposal"]["prediction"]) == ([], None)
        assert made["proposal"]["precaution"]["finding"] == name
        until(lambda: recorded("verifying")(one), 60.0, "a change on trial")
        one.site.fault(*NOISE)
        ending = ended(one)
        assert (ending.state, ending.outcome) == ("rolled_back", "hurt"), one.record()
        one.site.mend()
        assert audited(one) == [name]

        planned(one, name)
        ending = ended(one)
        assert (ending.state, ending.outcome, ending.is_saved) == ("done", "harmless", True), (
            one.record()
        )
        assert audited(one) == []
        refused = one.site.qosbot("plan", "--from-audit", name)
        assert (refused.code, "fixed since" in refused.err) == (5, True)
