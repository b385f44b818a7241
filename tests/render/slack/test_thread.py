"""What stands in the thread of a card, and in the windows that it opens."""

import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest

from qosbot.domain.history import Entry, Step, append
from qosbot.domain.messages import Disclosure
from qosbot.domain.remediation import State
from qosbot.ports.messaging import Attachment
from qosbot.render.slack import check, details_view, note, plot, reject_view, texts
from qosbot.render.slack.actions import REASON_ACTION, REASON_BLOCK, REJECT_REASON, routing_key
from tests.domain.builders import NOON
from tests.render.slack.remediations import MENTION, marked_up, pieces, rewritten, typical

LINES = Disclosure.LINES


def entry(event: str, words: str = "", by: str = "qosbot", late_s: float = 5.0) -> Entry:
    at = NOON + timedelta(seconds=late_s)
    (made,) = append("p1", None, [Step(at=at, event=event, state="x", by=by, words=words)])
    return made


def said(event: str, words: str = "", *, by: str = "qosbot", level: Disclosure = LINES) -> str:
    post = note(entry(event, words, by), disclosure=level)
    assert post is not None
    return post.text


@pytest.mark.parametrize("event", ["watch", "type", "undo"])
def test_a_step_that_tells_nobody_anything_is_not_told(event: str) -> None:
    assert note(entry(event), disclosure=LINES) is None


def test_a_step_is_one_line_with_its_time_and_words() -> None:
    assert said("wait", "no window is open") == "12:00:05 UTC · waits: no window is open"


def test_a_step_of_a_person_names_them() -> None:
    told = said("approve", "looks right", by="T0TEAM/U0GOOD")
    assert told == f"12:00:05 UTC · approved by {MENTION}: looks right"
    assert said("settle", by="cli:ana").endswith("settled by ana (command line)")


@pytest.mark.parametrize(
    ("event", "words", "told"),
    [
        ("approve", f"approved by cli:ana; plan {'ab' * 32}", f"plan {'ab' * 8}"),
        ("settle", "settle by cli:ana", ""),
        ("undone", "undone: running as it was before", "running as it was before"),
        ("saved", "saved", ""),
    ],
)
def test_a_step_says_nothing_twice(event: str, words: str, told: str) -> None:
    line = said(event, words, by="cli:ana")
    assert line.count("ana") == (0 if event in {"undone", "saved"} else 1)
    assert line.count(event.removesuffix("e")) == 1
    assert line.endswith(told)


def test_at_a_summary_only_the_kind_of_a_step_is_told() -> None:
    told = said("lines_refused", "`x` was refused on par-ce1", level=Disclosure.SUMMARY)
    assert told == "12:00:05 UTC · a line was refused; going back"


def test_an_event_that_is_not_known_yet_is_still_told() -> None:
    assert said("teleported", "to lyon").endswith("teleported: to lyon")


def attached(level: Disclosure = LINES, **changed: object) -> dict[str, Attachment]:
    waiting = typical()
    plan = rewritten(waiting, change=replace(waiting.proposal.change, **changed))  # type: ignore[arg-type]
    picture = plot(plan, disclosure=level, scores={}, drops=(), thresholds={})
    return {one.name: one for one in (*texts(plan, disclosure=level), picture)}


def test_diff_undo_and_plot_lie_in_the_thread() -> None:
    made = attached()
    assert list(made) == ["p1.diff", "p1-undo.txt", "p1.png"]
    assert made["p1.diff"].content == b"-  priority 300\n+  priority 600\n"
    assert made["p1-undo.txt"].content == b"policy-map WAN\n class VOICE\n  priority 300\n"
    assert made["p1.png"].content.startswith(b"\x89PNG")


def test_a_file_that_had_to_be_masked_says_so_and_where_the_whole_is() -> None:
    content = attached(undo=("ip route 10.0.0.0 255.0.0.0 Null0",))["p1-undo.txt"].content
    head, line = content.decode().splitlines()
    assert head == "! masked for a chat: `qosbot show p1` prints it whole"
    assert line == "ip route [address] [address] Null0"


def test_in_full_the_undo_is_exact() -> None:
    line = "ip route 10.0.0.0 255.0.0.0 Null0"
    made = attached(Disclosure.FULL, undo=(line,))
    assert made["p1-undo.txt"].content.decode() == f"{line}\n"


def test_a_file_is_never_empty() -> None:
    assert attached(undo=())["p1-undo.txt"].content == b"! there is nothing in it\n"


def test_a_card_is_drawn_without_waiting_for_the_plots_to_be_loaded() -> None:
    seen = "import sys, qosbot.render.slack; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", seen], check=True, capture_output=True, text=True)
    assert done.stdout == "False\n"


def details(*entries: Entry) -> str:
    view = details_view(typical(), entries, disclosure=LINES)
    check(view)
    return "\n".join(marked_up(view))


def test_the_details_say_what_was_read_where_and_when() -> None:
    assert "• par-ce1 Gi0/1 out WAN / VOICE: drop_ratio = 0.12 at 12:00:00 UTC" in details()


def test_the_details_show_diff_undo_and_what_happened() -> None:
    text = details(entry("propose", "the voice class drops 12 %"))
    for words in ("+  priority 600", "  priority 300", "12:00:05 UTC · proposed: the voice class"):
        assert words in text


def test_details_that_find_no_room_are_counted() -> None:
    steps = [Step(at=NOON, event="wait", state="x", by="qosbot", words=f"{n}") for n in range(100)]
    told = details(*append("p1", None, steps))
    assert "…60 earlier steps: `qosbot show p1`\n12:00:00 UTC · waits: 60\n" in told
    waiting = typical()
    change = replace(waiting.proposal.change, diff="+ a line\n" * 500)
    found = replace(
        waiting.proposal.findings[0], evidence=waiting.proposal.findings[0].evidence * 30
    )
    view = details_view(rewritten(waiting, change=change, findings=(found,)), (), disclosure=LINES)
    text = "\n".join(marked_up(view))
    assert "…350 more lines: `qosbot show p1`" in text
    assert "…80 more readings: `qosbot show p1`" in text


@pytest.mark.parametrize("state", State)
def test_details_can_be_asked_for_in_every_state(state: State) -> None:
    check(details_view(typical(state=state), (), disclosure=LINES))


def test_a_rejection_asks_why_and_knows_what_for() -> None:
    view = reject_view(typical())
    assert view["callback_id"] == REJECT_REASON
    assert view["private_metadata"] == routing_key(typical())
    (asked,) = [one for one in pieces(view) if one.get("type") == "input"]
    assert asked["block_id"] == REASON_BLOCK
    (element,) = [one for one in pieces(asked) if one.get("type") == "plain_text_input"]
    assert element["action_id"] == REASON_ACTION
