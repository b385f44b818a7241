import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.render.cleaning import clean
from qosbot.render.slack.actions import parse_routing_key, routing_key
from qosbot.render.slack.discretion import minutes
from qosbot.render.slack.text import escape, escape_code, fit, listed
from tests.render.slack.remediations import rewritten, typical
from tests.render.slack.strategies import hostile


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("<https://x.example|par-ce1>", "&lt;https://x.example|par-ce1&gt;"),
        ("AT&T", "AT&amp;T"),
        ("voice_class_1", "voice_class_1"),
        ("since 12:00:05 UTC", "since 12:00:05 UTC"),
        ("one\ntwo", "one two"),
    ],
)
def test_markup_is_shown_and_plain_names_stay_as_they_are(text: str, shown: str) -> None:
    assert escape(text) == shown


@pytest.mark.parametrize("text", ["`x`", "*x*", "~x~", "_x_", ":tada:", "@channel", "@HERE"])
def test_what_has_no_escape_is_replaced_by_a_look_alike(text: str) -> None:
    assert len(escape(text)) == len(text)
    assert not escape(text).startswith(text[0])


@given(hostile | st.text())
def test_escaping_twice_changes_nothing_more(text: str) -> None:
    assert escape(escape(text)) == escape(text)
    assert escape_code(escape_code(text)) == escape_code(text)


@given(st.text(st.characters(categories=("Cc", "Cf", "Zl", "Zp"))))
def test_nothing_unseen_is_left(text: str) -> None:
    assert clean(f"a{text}b").replace(" ", "") == "ab"


@given(hostile | st.text(), st.integers(1, 60))
def test_what_is_cut_says_so_and_no_entity_is_cut_in_two(text: str, limit: int) -> None:
    escaped = escape(text)
    shown = fit(escaped, limit)
    assert len(shown) <= limit
    assert shown == escaped or shown.endswith("…")
    assert shown.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "").count("&") == 0


@pytest.mark.parametrize(
    "text", ["voice_in_wan", ":white_check_mark: done", "a_1_b_2_c", "x *b* ~c~"]
)
def test_a_cut_makes_no_formatting_of_what_was_none(text: str) -> None:
    escaped = escape(text)
    for limit in range(1, len(escaped)):
        assert escape(fit(escaped, limit)) == fit(escaped, limit)


def test_a_list_says_how_many_it_leaves_out() -> None:
    assert listed(["a", "b", "c"], 3) == "a, b, c"
    assert listed(["a", "b", "c"], 1) == "a and 2 more"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0 s"), (45, "45 s"), (60, "1 min"), (3900, "1 h 05 min"), (183_600, "2 d 3 h")],
)
def test_a_length_of_time_is_told_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert minutes(seconds) == words


def test_a_routing_key_comes_back_as_it_went() -> None:
    remediation = typical()
    key = routing_key(remediation)
    assert parse_routing_key(key) == ("p1", remediation.proposal.plan_hash[:16])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "p1",
        "p1:",
        ":0123456789abcdef",
        "p1:0123456789abcde",
        "p1:0123456789abcdef0",
        "p1:0123456789ABCDEF",
        "p1:0123456789abcdef\n",
        " p1:0123456789abcdef",
        "../p1:0123456789abcdef",
        "p1:p1:0123456789abcdef",
        "p\u0661:0123456789abcdef",
        "p1:\u0660123456789abcdef",
        "p" * 65 + ":0123456789abcdef",
    ],
)
def test_what_is_no_key_gives_none(text: str) -> None:
    assert parse_routing_key(text) is None


@given(st.text())
def test_no_text_breaks_the_reading_of_a_key(text: str) -> None:
    found = parse_routing_key(text)
    assert found is None or f"{found[0]}:{found[1]}" == text


def test_an_id_that_could_not_come_back_is_not_sent() -> None:
    with pytest.raises(ValueError, match="is no id of a remediation"):
        routing_key(rewritten(typical(), id="p1:x"))
