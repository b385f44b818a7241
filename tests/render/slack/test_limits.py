from collections.abc import Mapping

import pytest

from qosbot.ports.messaging import Post
from qosbot.render.slack import check, reject_view
from qosbot.render.slack.blocks import Block, actions, button, confirmation, context, section
from tests.render.slack.remediations import typical


def text(size: int, kind: str = "mrkdwn") -> Block:
    return {"type": kind, "text": "x" * size}


def post(*blocks: Block, words: str = "x") -> Post:
    return Post(text=words, blocks=blocks)


def pressed(**changed: object) -> Block:
    return {**button("Go", "go", "v"), **changed}


def asked(**changed: object) -> Block:
    return pressed(confirm={**confirmation("t", "t", yes="y", no="n"), **changed})


def view(**changed: object) -> Mapping[str, object]:
    return {**reject_view(typical()), **changed}


PLAIN = "plain_text"
BEYOND = [
    (post(words=""), "text: 0"),
    (post(words="x" * 4001), "text: 4001"),
    (post(*[section("x")] * 51), "51 blocks"),
    (post(*[section("x" * 3000)] * 5), "characters in all blocks"),
    (post({"type": "section", "text": text(3001)}), r"block 0 \(section\) text: 3001"),
    (post({"type": "section", "text": text(0)}), r"block 0 \(section\) text: 0"),
    (post({"type": "section", "fields": [text(1)] * 11}), "11 fields"),
    (post({"type": "section", "fields": [text(2001)]}), "field: 2001"),
    (post(section("x"), {"type": "header", "text": text(151, PLAIN)}), r"block 1 .* text: 151"),
    (post({"type": "context", "elements": [text(1)] * 11}), "11 elements"),
    (post({"type": "context", "elements": []}), "0 elements"),
    (post(actions(*[pressed(action_id=f"a{i}") for i in range(26)])), "26 elements"),
    (post(actions(pressed(action_id="x" * 256))), "action_id: 256"),
    (post(actions(pressed(), pressed())), "action_id go is that of"),
    (post({**section("x"), "block_id": "x" * 256}), "block_id: 256"),
    (post(*[{**section("x"), "block_id": "b"}] * 2), "block_id b is that of"),
    (post(actions(pressed(text=text(76, PLAIN)))), "button text: 76"),
    (post(actions(pressed(value="x" * 2001))), "button value: 2001"),
    (post(actions(pressed(url="x" * 3001))), "button url: 3001"),
    (post(actions(asked(title=text(101, PLAIN)))), "confirm title: 101"),
    (post(actions(asked(text=text(301, PLAIN)))), "confirm text: 301"),
    (post(actions(asked(confirm=text(31, PLAIN)))), "confirm confirm: 31"),
    (post(actions(asked(deny=text(31, PLAIN)))), "confirm deny: 31"),
    (view(title=text(25, PLAIN)), "view title: 25"),
    (view(private_metadata="x" * 3001), "view private_metadata: 3001"),
    (view(blocks=[section("x")] * 101), "101 blocks"),
    (view(blocks=[]), "0 blocks"),
]


@pytest.mark.parametrize(("message", "words"), BEYOND)
def test_what_slack_refuses_is_refused_by_name_and_figure(
    message: Post | Mapping[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        check(message)


def test_what_is_just_within_the_limits_passes() -> None:
    check(post(*[context("x")] * 50))
    check(post(section("x" * 3000), {"type": "header", "text": text(150, PLAIN)}))
    check(post(actions(pressed(value="x" * 2000, text=text(75, PLAIN)))))
    check(view())


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ValueError, match=r"text: 0.*; block 0"):
        check(post({"type": "section", "text": text(3001)}, words=""))
