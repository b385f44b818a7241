import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import (
    ActionsBlock,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    InputBlock,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
    PlainTextInputElement,
    SectionBlock,
)

from qosbot.lab.slack.blocks import LARGEST_TOTAL, checked, complaints, filled, total
from qosbot.lab.slack.ids import Ids
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.views import checked_view
from tests.lab.slack_app import actions, button, modal, mrkdwn, plain, section, text_input

CONFIRM = {
    "title": plain("Apply?"),
    "text": mrkdwn("On *2* devices"),
    "confirm": plain("Apply"),
    "deny": plain("Not yet"),
}


def confirm(**more: object) -> dict[str, object]:
    return button("reject", confirm=CONFIRM | more)


def select(**more: object) -> dict[str, object]:
    options = [{"text": plain("30 min"), "value": "30"}]
    return {"type": "static_select", "action_id": "snooze", "options": options} | more


GOOD = [
    {"type": "header", "text": plain("x" * 150)},
    section("x" * 3000),
    {"type": "section", "fields": [mrkdwn("x" * 2000)] * 10},
    {"type": "section", "text": plain("a"), "accessory": button(url="https://example.org")},
    {"type": "divider"},
    {"type": "context", "elements": [mrkdwn("x")] * 10},
    actions(button(value="x" * 2000, style="danger"), confirm(style="danger"), select()),
    actions(*[button(f"b{number}") for number in range(25)]),
    text_input(),
    {"type": "image", "image_url": "https://example.org/a.png", "alt_text": "a plot"},
]


@pytest.mark.parametrize("block", GOOD, ids=lambda block: str(block["type"]))
def test_what_slack_takes_is_taken(block: Json) -> None:
    assert complaints([block], "/blocks") == []


def test_what_the_sdks_own_models_make_is_taken() -> None:
    asks = ConfirmObject(title="Apply?", text=MarkdownTextObject(text="*2* devices"))
    row = [
        ButtonElement(text="Approve", action_id="a", value="r1", style="primary", confirm=asks),
        OverflowMenuElement(action_id="s", options=[Option(label=t, value=t) for t in "xy"]),
    ]
    built = [
        HeaderBlock(text="MOS 3.1"),
        SectionBlock(text="*cause*", fields=["*MOS*", "3.1"]),
        ContextBlock(elements=[MarkdownTextObject(text="plan `7f3a`")]),
        DividerBlock(),
        ActionsBlock(elements=row),
        InputBlock(label="Why", element=PlainTextInputElement(action_id="w", multiline=True)),
    ]
    assert complaints([block.to_dict() for block in built], "/blocks") == []


BAD = [
    ({"type": "marquee"}, "unsupported type: marquee"),
    ({}, "missing required field: type"),
    ("text", "missing required field: type"),
    ({"type": "rich_text", "elements": []}, "this emulator does not"),
    ({"type": "header", "text": mrkdwn("a")}, "must be one of: plain_text"),
    ({"type": "header", "text": plain("x" * 151)}, "less than 151 characters"),
    ({"type": "header", "text": plain("")}, "more than 0 characters"),
    ({"type": "header"}, "missing required field: text"),
    ({"type": "section"}, "either text or fields"),
    (section("x" * 3001), "less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ({"type": "section", "fields": [mrkdwn("x")] * 11}, "no more than 10 items"),
    ({"type": "section", "fields": [mrkdwn("x" * 2001)]}, "less than 2001"),
    ({"type": "section", "text": "bare"}, "missing required field: type"),
    (section("a") | {"colour": "red"}, "invalid additional property: colour"),
    (section("a") | {"block_id": "x" * 256}, "less than 256"),
    ({"type": "divider", "text": plain("a")}, "invalid additional property: text"),
    ({"type": "context", "elements": [mrkdwn("x")] * 11}, "no more than 10 items"),
    ({"type": "context", "elements": [button()]}, "unsupported type: button"),
    (actions(), "no fewer than 1 items"),
    (actions(*[button(f"b{number}") for number in range(26)]), "no more than 25 items"),
    (actions(button("x" * 256)), "less than 256"),
    (actions(button() | {"text": plain("x" * 76)}), "less than 76"),
    (actions(button() | {"text": mrkdwn("a")}), "must be one of: plain_text"),
    (actions(button(value="x" * 2001)), "less than 2001"),
    (actions(button(url="https://" + "x" * 2993)), "less than 3001"),
    (actions(button(url="javascript:alert(1)")), "must be a valid URL"),
    (actions(button(style="default")), "must be one of: primary, danger"),
    (actions(button(icon="x")), "invalid additional property: icon"),
    (actions(confirm(title=plain("x" * 101))), "less than 101"),
    (actions(confirm(text=plain("x" * 301))), "less than 301"),
    (actions(confirm(confirm=plain("x" * 31))), "less than 31"),
    (actions(confirm(deny=plain("x" * 31))), "less than 31"),
    (actions(select(options=[])), "no fewer than 1 items"),
    (actions({"type": "datepicker", "action_id": "d"}), "this emulator does not"),
    (actions(button("same"), button("same")), '"action_id" same already exists'),
]


@pytest.mark.parametrize(("block", "says"), BAD)
def test_what_slack_refuses_is_refused_with_where_and_why(block: object, says: str) -> None:
    with pytest.raises(RefusedError) as caught:
        checked([block])
    assert caught.value.error == "invalid_blocks"
    assert says in caught.value.messages[0]
    assert "json-pointer:/blocks/0" in caught.value.messages[0]


def test_a_message_has_fifty_blocks_and_a_view_a_hundred() -> None:
    fifty = [{"type": "divider"}] * 50
    assert complaints(fifty, "/blocks") == []
    assert "no more than 50 items" in complaints([*fifty, section("a")], "/blocks")[0]
    assert complaints(fifty * 2, "/view/blocks", in_view=True) == []
    assert complaints(fifty * 2 + fifty[:1], "/view/blocks", in_view=True)


def test_a_block_id_is_there_once() -> None:
    twice = [section("a") | {"block_id": "same"}] * 2
    assert '"block_id" same already exists' in complaints(twice, "/blocks")[0]


def test_the_blocks_of_a_message_are_too_long_together() -> None:
    four: list[Json] = [section("x" * 2500)] * 4
    fits = LARGEST_TOTAL - total([*four, section("")])
    assert checked([*four, section("x" * fits)])
    with pytest.raises(RefusedError, match="msg_blocks_too_long"):
        checked([*four, section("x" * (fits + 1))])


def test_slack_fills_in_what_was_left_out() -> None:
    made = filled([actions(button(), {"type": "button", "text": plain("b")})], Ids(1).short)
    elements = made[0]["elements"]
    assert made[0]["block_id"]
    assert isinstance(elements, list)
    assert elements[0]["text"]["emoji"] is True
    assert elements[1]["action_id"]


@pytest.mark.parametrize(
    ("view", "says"),
    [
        (modal(title=plain("x" * 25)), "less than 25"),
        (modal(submit=plain("x" * 25)), "less than 25"),
        (modal(close=plain("x" * 25)), "less than 25"),
        (modal(private_metadata="x" * 3001), "less than 3001"),
        (modal(callback_id="x" * 256), "less than 256"),
        (modal(type="home"), "must be one of: modal"),
        (modal(submit=None), "`submit` is required"),
        (modal(colour="red"), "invalid additional property: colour"),
        (modal({"type": "marquee"}), "/view/blocks/0/type"),
        ({"type": "modal", "title": plain("a")}, "missing required field: blocks"),
    ],
)
def test_a_view_that_slack_refuses_is_refused(view: Json, says: str) -> None:
    with pytest.raises(RefusedError) as caught:
        checked_view(view, Ids(1))
    assert caught.value.error == "invalid_arguments"
    assert says in " ".join(caught.value.messages)


def test_a_view_that_is_too_large_is_refused() -> None:
    large = modal(*[section("é" * 3000)] * 60, submit=None)
    with pytest.raises(RefusedError, match="view_too_large"):
        checked_view(large, Ids(1))


WORDS = st.sampled_from(
    ["type", "text", "section", "actions", "elements", "button", "action_id", "block_id", "fields"]
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), WORDS, st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=4)),
)


@given(JSON)
def test_nonsense_is_refused_and_never_breaks_the_check(nonsense: object) -> None:
    found = complaints([nonsense], "/blocks")
    if not found:
        assert all(block["block_id"] for block in filled(checked([nonsense]), Ids(1).short))
        return
    with pytest.raises(RefusedError, match="invalid_blocks"):
        checked([nonsense])


@given(JSON)
def test_no_nonsense_is_a_view(nonsense: object) -> None:
    with pytest.raises(RefusedError):
        checked_view(nonsense, Ids(1))
