import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.lab.slack.mrkdwn import mentions, mentions_of, plain, shown
from tests.lab.slack_app import mrkdwn, section
from tests.lab.slack_app import plain as plain_object

NAMES = {"U1": "alice", "S1": "voice-oncall", "C1": "voice-alarms", "channel": "channel"}


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("<!channel> and <@U1>, <@U1|al>", ("channel", "U1")),
        ("<!here> <!everyone>", ("here", "everyone")),
        ("<!subteam^S1|@voice-oncall>", ("S1",)),
        ("`<!channel>`", ("channel",)),
        ("@channel &lt;!channel&gt; &lt;@U1&gt;", ()),
        ("&amp;lt;!channel&amp;gt;", ()),
        ("<https://example.org|<!channel>", ("channel",)),
        ("<#C1> <!date^1^{date}|x> <!unknown>", ()),
    ],
)
def test_only_control_sequences_mention(text: str, whom: tuple[str, ...]) -> None:
    assert mentions(text) == whom


def test_blocks_mention_through_mrkdwn_and_never_through_plain_text() -> None:
    quiet: dict[str, object] = {"type": "header", "text": plain_object("<!channel>")}
    field: dict[str, object] = {"type": "section", "fields": [mrkdwn("<@U1>")]}
    assert mentions_of("hi", [quiet]) == ()
    assert mentions_of("<!here>", [field, section("<!channel>")]) == ("here", "U1", "channel")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("*bold* _it_ ~no~", "<b>bold</b> <i>it</i> <s>no</s>"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("`a *b* &lt;`", "<code>a *b* &lt;</code>"),
        ("```a\nb```", "<pre>a\nb</pre>"),
        ("&gt; said", "<blockquote>said</blockquote>"),
        ("a\nb", "a<br>b"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("&lt;b&gt; &amp;amp;", "&lt;b&gt; &amp;amp;"),
        ("<@U1>", '<span class="mention">@alice</span>'),
        ("<!subteam^S1>", '<span class="mention">@voice-oncall</span>'),
        ("<#C1>", '<span class="mention">#voice-alarms</span>'),
        ("<!date^86400^{date_num} {time}|x>", "1970-01-02 12:00 AM"),
        ("<!date^86400^{date_short}|x>", "Jan 2, 1970"),
        ("<!date^soon^{date}|later>", "later"),
        ("<!date^0^{week}|fallback>", "fallback"),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        (":white_check_mark: :nothing:", "\u2705 :nothing:"),
    ],
)
def test_a_person_sees_what_slack_would_draw(text: str, seen: str) -> None:
    assert seen in shown(text, NAMES)


def test_a_link_opens_elsewhere_and_shows_its_label() -> None:
    drawn = shown('<https://example.org/?a=1&amp;b="|*label* &lt;>', NAMES)
    assert 'href="https://example.org/?a=1&amp;b=&quot;"' in drawn
    assert 'rel="noreferrer noopener"' in drawn
    assert ">*label* &lt;</a>" in drawn


def test_plain_text_is_never_parsed() -> None:
    assert plain("*a* <!channel>") == "*a* &lt;!channel&gt;"


OURS = re.compile(
    r"</?(b|i|s|br|code|pre|blockquote|time|span|a)"
    r"( (class|href|rel|target|title)=\"[^\"<>]*\")*>"
)
MARKUP = st.text("<>!@&;|^`*_~:/\"'\n ab1{}lgtchannedUhttps", max_size=60)


def escaped(text: str) -> str:
    """As Slack tells apps to escape what they did not write."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@given(st.one_of(st.text(), MARKUP))
def test_escaped_text_never_mentions_anybody(text: str) -> None:
    assert mentions(escaped(text)) == ()
    assert 'class="mention"' not in shown(escaped(text), NAMES)


@given(st.one_of(st.text(), MARKUP))
def test_only_our_own_tags_are_ever_drawn(text: str) -> None:
    rest = OURS.sub("", shown(text, NAMES))
    assert "<" not in rest
    assert ">" not in rest
