from dataclasses import replace
from datetime import timedelta

from qosbot.domain.alarms import AffectedWay, Alarm, AlarmState
from qosbot.domain.considerations import Consideration
from qosbot.domain.inventory import Direction, LinkId, Risk
from qosbot.domain.messages import Disclosure
from qosbot.domain.metrics import Reason
from qosbot.domain.paths import Unmeasured
from qosbot.domain.remediation import State
from qosbot.domain.rules import Controls
from qosbot.domain.verification import Outcome
from qosbot.ports.messaging import Post
from qosbot.render.slack import (
    alarm_post,
    answer_post,
    check,
    help_text,
    path_text,
    pending_text,
    status_text,
    storm_post,
    why_text,
)
from tests.domain.builders import NOON, PATH, run, way
from tests.domain.voice_builders import scored
from tests.render.slack.remediations import LATER, marked_up, rewritten, typical

LINES = Disclosure.LINES
QUIET = Controls()


def alarm(name: str = "a-1", *, mos: float = 2.0, **changed: object) -> Alarm:
    made = Alarm(
        id=name,
        state=AlarmState.RAISED,
        bottleneck=LinkId(device="par-ce1", interface="Gi0/1"),
        ways=(AffectedWay(path="par-lyo", direction=Direction.FORWARD),),
        raised_at=NOON,
        cleared_at=None,
        mos_worst=mos,
        mos_latest=mos,
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # any field, by its name


def read(post: Post) -> str:
    check(post)
    return "\n".join(marked_up(post.blocks))


def considered(verdict: str, words: str = "", proposal: str = "") -> Consideration:
    return Consideration(
        alarm="a-1",
        at=NOON,
        finding=typical().proposal.findings[0],
        verdict=verdict,
        words=words,
        proposal=proposal,
    )


def test_an_alarm_says_how_bad_it_is_where_and_what_comes_of_it() -> None:
    one = considered("proposed", proposal="p1")
    post = alarm_post(alarm(), [one], disclosure=LINES, threshold=3.5)
    assert post.text == "Alarm: MOS 2.00 (threshold 3.50) on par-lyo"
    for words in ("par-ce1 Gi0/1", "drops 12.0 % of 500 kbit/s", "a change is proposed (p1)"):
        assert words in read(post)


def test_an_alarm_without_a_proposal_says_why() -> None:
    one = considered("refused", "no playbook answers foreign_ef")
    post = alarm_post(alarm(), [one], disclosure=LINES, threshold=None)
    assert "no change is proposed: no playbook answers foreign_ef" in read(post)


def test_an_alarm_of_which_nothing_is_known_yet_says_so() -> None:
    post = alarm_post(alarm(bottleneck=None), [], disclosure=LINES, threshold=None)
    assert "*Where* not known yet" in read(post)
    assert "not looked for yet" in read(post)


def test_an_alarm_that_cleared_says_after_how_long() -> None:
    over = alarm(state=AlarmState.CLEARED, cleared_at=NOON + timedelta(minutes=12))
    post = alarm_post(over, [], disclosure=LINES, threshold=3.5)
    assert post.text == "Cleared after 12 min: voice on par-lyo"
    assert "2.00 at worst" in read(post)


def test_a_storm_is_one_message_with_the_worst_first() -> None:
    many = [alarm(f"a-{n}", mos=1 + n / 100) for n in range(200)]
    post = storm_post(many[::-1], disclosure=LINES)
    lines = read(post).split("\n")
    assert post.text == "200 alarms: voice is below its threshold on 1 path"
    assert lines[0].startswith("MOS 1.00 on par-lyo, at par-ce1 Gi0/1, since 12:00 UTC")
    assert len(lines) == 21
    assert lines[20] == "…and 180 more: `qosbot alarms`"


def test_the_end_of_a_storm_is_told_as_one() -> None:
    ended = [alarm(f"a-{n}", state=AlarmState.CLEARED) for n in range(7)]
    assert storm_post(ended, disclosure=LINES).text == "Cleared: 7 alarms on 1 path"
    both = storm_post([*ended, alarm()], disclosure=LINES).text
    assert both == "1 alarm: voice is below its threshold on 1 path; 7 cleared"


def test_a_storm_of_twenty_hides_none() -> None:
    assert "more" not in read(storm_post([alarm()] * 20, disclosure=LINES))


def status(**changed: object) -> str:
    quiet = {"remediations": [], "alarms": [], "controls": QUIET, "poll_age_s": 12.0}
    asked = {**quiet, "has_kill_switch": False, **changed}
    return status_text(**asked)  # type: ignore[arg-type]  # any argument, by its name


def test_a_quiet_network_is_said_to_be_quiet() -> None:
    assert status() == (
        "Last poll 12 s ago\nNot paused\nAlarms: none\nWaiting for a decision: none\n"
        "Under way: none"
    )


def test_that_no_device_is_touched_comes_before_everything() -> None:
    first = "The kill-switch file is there: no device is touched\n"
    assert status(has_kill_switch=True) == first + status()


def test_who_needs_a_person_comes_first() -> None:
    text = status(
        remediations=[typical(), typical(state=State.STUCK), typical(state=State.VERIFYING)],
        alarms=[alarm(mos=2.5), alarm(mos=2.1), alarm(mos=1.0, state=AlarmState.CLEARED)],
        controls=Controls(paused_by="cli:ana", auto_off={Risk.LOW: "2 failed"}),
    )
    assert text.startswith("A person is needed: p1\n")
    for words in (
        "Paused by ana (command line)",
        "Changes of low risk need a person",
        "Alarms: 2, the worst with MOS 2.10 on par-lyo",
        "Waiting for a decision: p1",
        "Under way: p1",
    ):
        assert words in text


def test_never_polled_is_no_age() -> None:
    assert status(poll_age_s=None).startswith("Never polled yet")


def test_what_expires_first_is_the_first_that_waits() -> None:
    late, soon = typical(), rewritten(typical(), id="p2", expires_at=NOON + timedelta(minutes=5))
    text = pending_text([late, soon, typical(state=State.DONE)], now=LATER)
    assert text.split("\n") == [
        "p2: MOS 2.10 on par-lyo, predicted 4.10; risk low, grade A; expires in 2 min",
        "p1: MOS 2.10 on par-lyo, predicted 4.10; risk low, grade A; expires in 12 min",
    ]


def test_nothing_that_waits_is_said() -> None:
    assert pending_text([], now=NOON) == "Nothing waits for a decision."


def test_a_path_is_told_by_direction() -> None:
    score = scored(PATH, run(forward=way(loss_ratio=0.1, packets=1000)))
    text = path_text("par-lyo", score, alarms=[alarm()], threshold=3.5)
    assert text.startswith(f"par-lyo: MOS {score.mos:.2f} (forward), threshold 3.50; data of grade")
    assert "10 ms delay, 1 ms jitter, 10.0% loss" in text
    assert "Alarm since 2026-03-02 12:00 UTC, MOS 2.00 at worst" in text


def test_a_path_that_is_not_measured_says_why_and_claims_no_mos() -> None:
    text = path_text(
        "par-lyo", Unmeasured(path="par-lyo", reason=Reason.NO_PROBE), alarms=[], threshold=3.5
    )
    assert text == "par-lyo: not measured, no probe run is known; was its device polled?"


def test_a_path_that_is_none_of_ours_is_not_obeyed_but_shown() -> None:
    text = path_text("<!channel>", None, alarms=[], threshold=None)
    assert text == "There is no path &lt;!channel&gt;; qosbot paths lists them."


def test_why_tells_cause_change_prediction_and_outcome() -> None:
    done = typical(state=State.DONE, outcome=Outcome.HELPED, decided_by="T0TEAM/U0GOOD")
    text = why_text(done, disclosure=LINES)
    for words in (
        "Cause: Class WAN / VOICE on par-ce1 Gi0/1 drops",
        "Change: Give class WAN / VOICE",
        "Predicted: MOS 4.10, because no drops",
        "Decided by Slack user U0GOOD",
        "Outcome: helped",
    ):
        assert words in text


def test_every_word_of_the_command_is_in_its_help() -> None:
    for word in ("status", "pending", "path NAME", "why ID", "pause", "resume", "help"):
        assert f"/qosbot {word}" in help_text()


def test_an_answer_keeps_its_lines_and_is_never_empty() -> None:
    assert answer_post("one\ntwo <!channel>").text == "one\ntwo &lt;!channel&gt;"
    assert answer_post(" \n ").text == "Nothing to say."
    check(answer_post("&" * 9000))
