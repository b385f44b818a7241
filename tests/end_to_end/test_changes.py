"""What people see and decide: one change from alarm to saved and back, and one rejected.

The story is played once, by a serving bot and a real lab; each test looks at a part of it.
"""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qosbot.domain.remediation import State
from tests.end_to_end.killing import PERSON, Configs, Ending, Play, play
from tests.end_to_end.site import Answer, Site
from tests.needs import needs
from tests.until import until

pytestmark = pytest.mark.slow

LYON, BORDEAUX = "lyo-ce1", "bor-ce1"


@pytest.fixture(autouse=True, scope="module")
def _patience() -> None:
    needs("patience")


@dataclass(frozen=True)
class Story:
    """What the verbs answered, in the order of the fields."""

    site: Site
    kept: str
    """The id of the proposal for Lyon."""
    refused: str
    """The id of the proposal for Bordeaux."""
    alarms: tuple[Answer, Answer]
    """As text and as JSON, like those below."""
    proposals: tuple[Answer, Answer]
    shown: tuple[Answer, Answer]
    stranger: Answer
    paused: Answer
    held: str
    """What an approved change waited for."""
    resumed: Answer
    rejected: Answer
    second: Answer
    done: Ending
    rolled_back: Ending
    before: Configs
    bordeaux: list[str]
    """Every line that the device received whose change was rejected."""


def both(site: Site, *verb: str) -> tuple[Answer, Answer]:
    return site.qosbot(*verb), site.qosbot(*verb, "--json")


def decide(site: Site, verb: str, name: str, person: str = PERSON) -> Answer:
    because = ("--because", "as in the drill") if verb in {"approve", "reject"} else ()
    return site.qosbot(verb, name, "--as", person, *because)


def proposals(one: Play) -> dict[str, str]:
    """Return the ids of the proposals for both devices, once both are there."""
    found = {plan.device: plan.id for plan in one.open_plans()}
    return found if {LYON, BORDEAUX} <= set(found) else {}


def held_by(one: Play) -> str:
    """Return what an approved change waits for; empty if it does not wait yet."""
    plan = next(plan for plan in one.open_plans() if plan.id == one.name)
    return plan.remark if plan.state is State.APPROVED and plan.due_at is not None else ""


def told(one: Play) -> Story:
    site = one.site
    for path, rate in (("par-lyo", 4_800_000), ("par-bor", 2_600_000)):
        site.ctl("load", f"path={path}", "direction=backward", f"data_bps={rate}")
    names = until(lambda: proposals(one), 120.0, f"two proposals; see {site.directory}/bot.log")
    one.name, other = names[LYON], names[BORDEAUX]
    seen = both(site, "alarms"), both(site, "proposals"), both(site, "show", one.name)
    stranger = decide(site, "approve", one.name, "mallory")
    paused = site.qosbot("pause", "--as", PERSON)
    one.approve()
    before = one.configs()
    held = until(lambda: held_by(one), 30.0, "a change that waits")
    resumed = site.qosbot("resume", "--as", PERSON)
    rejected, second = decide(site, "reject", other), decide(site, "approve", other)
    done = one.finish()
    assert decide(site, "rollback", one.name).code == 0
    until(lambda: one.state() != "done", 30.0, "the rollback")
    return Story(
        site=site,
        kept=one.name,
        refused=other,
        alarms=seen[0],
        proposals=seen[1],
        shown=seen[2],
        stranger=stranger,
        paused=paused,
        held=held,
        resumed=resumed,
        rejected=rejected,
        second=second,
        done=done,
        rolled_back=one.finish(),
        before=before,
        bordeaux=one.received(BORDEAUX),
    )


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with play(tmp_path_factory.mktemp("story")) as one:
        yield told(one)


def test_an_alarm_names_its_link_its_paths_and_what_became_of_it(story: Story) -> None:
    text, as_json = story.alarms
    assert (text.code, as_json.code) == (0, 0)
    assert f"{LYON} GigabitEthernet0/1" in text.out
    assert story.kept in text.out
    places = {one["alarm"]["bottleneck"]["device"] for one in as_json.json()["alarms"]}
    assert places == {LYON, BORDEAUX}


def test_open_proposals_are_listed_with_their_state(story: Story) -> None:
    text, as_json = story.proposals
    assert (text.code, as_json.code) == (0, 0)
    assert story.kept in text.out
    states = {one["id"]: one["state"] for one in as_json.json()["proposals"]}
    assert states == dict.fromkeys((story.kept, story.refused), "awaiting_decision")


def test_a_proposal_shows_why_what_its_undo_and_what_happened(story: Story) -> None:
    text, as_json = story.shown
    shown = as_json.json()
    assert (text.code, shown["id"], shown["state"]) == (0, story.kept, "awaiting_decision")
    assert shown["plan_hash"][:16] in text.out
    for line in (*shown["proposal"]["change"]["undo"], shown["proposal"]["findings"][0]["words"]):
        assert line.strip() in text.out
    assert [one["step"]["event"] for one in shown["history"]] == ["propose"]


def test_who_is_no_approver_decides_nothing(story: Story) -> None:
    assert story.stranger.code == 5
    assert "cli:mallory" in story.stranger.err


def test_an_approved_change_waits_while_changes_are_paused(story: Story) -> None:
    assert (story.paused.code, story.resumed.code) == (0, 0)
    assert story.held == f"changes are paused by cli:{PERSON}"


def test_a_change_that_helped_is_saved(story: Story) -> None:
    done = story.done
    assert (done.state, done.outcome, done.is_saved) == ("done", "helped", True)
    assert done.decided_by == f"cli:{PERSON}"
    assert "service-policy output" in done.configs.running
    assert done.configs.running == done.configs.startup


def test_a_rollback_leaves_the_device_as_it_was_even_after_a_reload(story: Story) -> None:
    assert story.rolled_back.state == "rolled_back"
    assert story.rolled_back.configs == story.before


def test_a_rejected_change_touches_nothing(story: Story) -> None:
    assert story.rejected.code == 0
    record = story.site.qosbot("show", story.refused, "--json").json()
    assert (record["state"], record["decided_by"]) == ("rejected", f"cli:{PERSON}")
    assert record["remark"].startswith("as in the drill")
    assert "show running-config" in story.bordeaux
    assert not [line for line in story.bordeaux if line.startswith(("configure", "write", "copy"))]


def test_a_second_decision_does_not_overrule_the_first(story: Story) -> None:
    assert story.second.code == 5
    assert story.second.err.strip()


@pytest.mark.parametrize("verb", ["approve", "reject", "settle"])
def test_what_has_ended_takes_no_decision(story: Story, verb: str) -> None:
    answer = decide(story.site, verb, story.refused)
    assert answer.code == 5
    assert "rejected" in answer.err
    assert answer.out == ""


@pytest.mark.parametrize("verb", ["show", "approve", "reject", "rollback", "settle", "history"])
def test_an_id_that_nobody_has_is_wrong_use(story: Story, verb: str) -> None:
    answer = story.site.qosbot(verb, "p-none")
    assert (answer.code, answer.out) == (2, "")
    assert "p-none" in answer.err
    assert "hint:" in answer.err


def test_the_history_tells_everything_in_order(story: Story) -> None:
    text, as_json = both(story.site, "history", story.kept)
    events = [one["step"]["event"] for one in as_json.json()[story.kept]]
    assert [one for one in events if one not in {"watch", "wait"}] == [
        *("propose", "approve", "start", "type", "lines_taken", "in_force"),
        *("helped", "confirmed", "saved", "rollback_asked", "undo", "undone"),
    ]
    assert text.code == as_json.code == 0
    assert f"cli:{PERSON}" in text.out


def test_the_log_has_one_id_from_the_alarm_to_the_lines_that_were_typed(story: Story) -> None:
    lines = (story.site.directory / "bot.log").read_text().splitlines()
    records = [json.loads(line) for line in lines if line.startswith("{")]
    proposed = [one for one in records if one.get("remediation") == story.kept]
    (incident,) = {one.get("incident") for one in proposed}
    messages = [one["message"] for one in records if one.get("incident") == incident]
    assert list(dict.fromkeys(messages))[:6] == [
        *("alarm raised", "finding considered", "proposed", "decided", "remediation moved"),
        "change applied",
    ]
    typed = [one for one in records if one["message"] in {"change applied", "change undone"}]
    assert {one["device"] for one in typed} == {LYON}
    assert [one.get("incident") for one in typed] == [incident, incident]


def test_every_proposal_is_listed_with_all(story: Story) -> None:
    every = story.site.qosbot("proposals", "--all", "--json").json()["proposals"]
    assert {story.kept, story.refused} <= {one["id"] for one in every}


def test_a_history_that_somebody_changed_is_found_out(story: Story, tmp_path: Path) -> None:
    whole = story.site.qosbot("history", "verify")
    assert (whole.code, whole.err) == (0, "")
    copy = tampered(story.site.directory / ".qosbot" / "qosbot.db", tmp_path / "copy.db")
    broken = story.site.qosbot("history", "verify", "--database", str(copy))
    assert broken.code == 3
    assert story.kept in broken.err


def tampered(database: Path, copy: Path) -> Path:
    """Return a copy in which another person approved."""
    for suffix in ("", "-wal"):
        source = database.with_name(database.name + suffix)
        if source.exists():
            shutil.copy(source, copy.with_name(copy.name + suffix))
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE history SET done_by = 'm' WHERE done_by = ?", (f"cli:{PERSON}",))
    return copy


def test_without_a_database_the_verbs_say_what_to_do(tmp_path: Path) -> None:
    answers: dict[str, Any] = {
        verb: Site(tmp_path).qosbot(verb, "--json") for verb in ("alarms", "proposals", "history")
    }
    assert {answer.code for answer in answers.values()} == {4}
    assert all("hint:" in answer.err for answer in answers.values())
