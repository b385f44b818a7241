"""Block Kit's blocks: what a message or a view may hold, and what Slack adds to it.

Source: Slack's Block Kit reference; the total, from reports of refused messages (slackapi/bolt-js
issues 2509 and 2867): one block of 13 297 characters passed and each further divider cost 125.
"""

import json
from collections.abc import Callable, Iterator, Sequence

from qosbot.lab.slack.elements import (
    BUTTON,
    CHOICES,
    IMAGE_ELEMENT,
    LONGEST_ID,
    LONGEST_URL,
    NOT_EMULATED,
    OVERFLOW,
    TEXT_INPUT,
    any_text,
    plain_text,
)
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.schema import Check, array, at, by_type, flag, link, record, text

MOST_IN_MESSAGE = 50
MOST_IN_VIEW = 100
LARGEST_TOTAL = 13_000
_COST_OF_A_BLOCK = 90
"""What a block costs beyond its own characters as JSON; a divider then costs about 125."""

_TYPE = text(LONGEST_ID)
_BLOCK_ID = {"block_id": text(LONGEST_ID)}
_INTERACTIVE = {"button": BUTTON, "overflow": OVERFLOW, **CHOICES}
_ACCESSORY = by_type({**_INTERACTIVE, "image": IMAGE_ELEMENT}, NOT_EMULATED)


def _context_element(value: object, pointer: str) -> Iterator[str]:
    is_image = isinstance(value, dict) and value.get("type") == "image"
    yield from (IMAGE_ELEMENT if is_image else any_text(2000))(value, pointer)


def _section(value: object, pointer: str) -> Iterator[str]:
    fields = {
        "text": any_text(3000),
        "fields": array(any_text(2000), 10),
        "accessory": _ACCESSORY,
        "expand": flag,
    }
    yield from record({"type": _TYPE}, fields | _BLOCK_ID)(value, pointer)
    if isinstance(value, dict) and not value.keys() & {"text", "fields"}:
        yield at(pointer, "must provide either text or fields")


def _input(value: object, pointer: str) -> Iterator[str]:
    fields = {
        "type": _TYPE,
        "label": plain_text(2000),
        "element": by_type({"plain_text_input": TEXT_INPUT, **CHOICES}, NOT_EMULATED),
    }
    more = {"hint": plain_text(2000), "optional": flag, "dispatch_action": flag}
    yield from record(fields, more | _BLOCK_ID)(value, pointer)


_IN_MESSAGES: dict[str, Check] = {
    "header": record({"type": _TYPE, "text": plain_text(150)}, _BLOCK_ID),
    "section": _section,
    "divider": record({"type": _TYPE}, _BLOCK_ID),
    "context": record({"type": _TYPE, "elements": array(_context_element, 10)}, _BLOCK_ID),
    "actions": record(
        {"type": _TYPE, "elements": array(by_type(_INTERACTIVE, NOT_EMULATED), 25)}, _BLOCK_ID
    ),
    "image": record(
        {"type": _TYPE, "alt_text": text(2000), "image_url": link(LONGEST_URL)},
        {"title": plain_text(2000)} | _BLOCK_ID,
    ),
    "input": _input,
}
_UNSUPPORTED = frozenset(
    {"rich_text", "video", "file", "call", "markdown", "table", "context_actions", "plan", "card"}
)
_MESSAGE = array(by_type(_IN_MESSAGES, _UNSUPPORTED), MOST_IN_MESSAGE, 0)
_VIEW = array(by_type(_IN_MESSAGES, _UNSUPPORTED), MOST_IN_VIEW, 0)


def complaints(blocks: Sequence[object], pointer: str, *, in_view: bool = False) -> list[str]:
    """Return what is wrong with the blocks of a message or view, nothing if all is well."""
    found = list((_VIEW if in_view else _MESSAGE)(list(blocks), pointer))
    return found or [*_repeated(blocks, pointer)]


def _repeated(blocks: Sequence[object], pointer: str) -> Iterator[str]:
    """Yield a complaint for each block_id, or action_id of one block, that is there twice."""
    seen: set[object] = set()
    for number, block in enumerate(blocks):
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if block_id is not None and block_id in seen:
            yield at(f"{pointer}/{number}/block_id", f'"block_id" {block_id} already exists')
        seen.add(block_id)
        ids = [element.get("action_id") for element in elements_of(block)]
        for action_id in {one for one in ids if one is not None and ids.count(one) > 1}:
            yield at(f"{pointer}/{number}", f'"action_id" {action_id} already exists')


def elements_of(block: object) -> list[Json]:
    """Return what a person can use in a block: buttons, selects, inputs."""
    if not isinstance(block, dict):
        return []
    inside = block.get("elements") if block.get("type") == "actions" else None
    found = inside if isinstance(inside, list) else [block.get("accessory"), block.get("element")]
    return [one for one in found if isinstance(one, dict) and one.get("type") != "image"]


def checked(blocks: object) -> list[Json]:
    """Return the blocks of a message.

    Raises:
        RefusedError: `invalid_blocks_format`, `invalid_blocks` or `msg_blocks_too_long`.
    """
    if not isinstance(blocks, list):
        raise RefusedError("invalid_blocks_format")
    found = complaints(blocks, "/blocks")
    if found:
        raise RefusedError("invalid_blocks", *found, errors=found)
    if total(blocks) > LARGEST_TOTAL:
        raise RefusedError("msg_blocks_too_long")
    return [block for block in blocks if isinstance(block, dict)]


def total(blocks: Sequence[object]) -> int:
    """Return what the blocks of a message cost, in characters."""
    compact = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in blocks]
    return sum(len(one) + _COST_OF_A_BLOCK for one in compact)


def filled(blocks: Sequence[Json], new_id: Callable[[], str]) -> list[Json]:
    """Return blocks as Slack gives them back: each has a block_id, each element an action_id."""
    return [
        _filled({name: inner for name, inner in block.items() if inner is not None}, new_id)
        for block in blocks
    ]


def _filled(block: Json, new_id: Callable[[], str]) -> Json:
    whole_block: Json = {"type": block["type"], "block_id": block.get("block_id") or new_id()}
    for name, value in block.items():
        if name in {"accessory", "element"} and isinstance(value, dict):
            whole_block[name] = _with_action_id(value, new_id)
        elif name == "elements" and block["type"] == "actions" and isinstance(value, list):
            whole_block[name] = [_with_action_id(one, new_id) for one in value]
        elif name != "block_id":
            whole_block[name] = _text_filled(value)
    return whole_block


def _with_action_id(element: Json, new_id: Callable[[], str]) -> Json:
    if element["type"] == "image":
        return element
    known = {name: _text_filled(value) for name, value in element.items() if value is not None}
    return known if "action_id" in known else {**known, "action_id": new_id()}


def _text_filled(value: object) -> object:
    """Return text objects with the defaults that Slack writes into them."""
    if isinstance(value, list):
        return [_text_filled(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "plain_text":
        return {"emoji": True} | value
    if value.get("type") == "mrkdwn":
        return {"verbatim": False} | value
    return {name: _text_filled(inner) for name, inner in value.items()}
