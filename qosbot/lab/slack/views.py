"""Modals: what a view may hold, and the view that Slack makes of it."""

import json
from dataclasses import dataclass, field

from qosbot.lab.slack.blocks import complaints, elements_of, filled
from qosbot.lab.slack.elements import LONGEST_ID, plain_text
from qosbot.lab.slack.ids import Ids
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.schema import Check, flag, one_of, record, text

LARGEST_BYTES = 250_000
MOST_STACKED = 3


_FIELDS: dict[str, Check] = {
    "submit": plain_text(24),
    "close": plain_text(24),
    "private_metadata": text(3000, 0),
    "callback_id": text(LONGEST_ID, 0),
    "external_id": text(LONGEST_ID, 0),
    "clear_on_close": flag,
    "notify_on_close": flag,
    "submit_disabled": flag,
}
_VIEW = record(
    {
        "type": one_of("modal"),
        "title": plain_text(24),
        "blocks": lambda _value, _pointer: iter(()),
    },
    _FIELDS,
)


@dataclass(slots=True, kw_only=True)
class View:
    """A modal that a person has open."""

    id: str
    user: str
    definition: Json
    hash: str
    root: str
    previous: str | None = None
    values: dict[str, dict[str, Json]] = field(default_factory=dict)

    @property
    def blocks(self) -> list[Json]:
        """The blocks, each with its block_id."""
        blocks = self.definition["blocks"]
        return [one for one in blocks if isinstance(one, dict)] if isinstance(blocks, list) else []


def checked_view(view: object, ids: Ids) -> Json:
    """Return a view's definition with what Slack fills in.

    Raises:
        RefusedError: `invalid_arguments` or `view_too_large`.
    """
    if not isinstance(view, dict):
        raise RefusedError("invalid_arguments", "failed to match all allowed schemas [/view]")
    if len(json.dumps(view, ensure_ascii=False).encode()) > LARGEST_BYTES:
        raise RefusedError("view_too_large")
    blocks = view.get("blocks")
    found = list(_VIEW(view, "/view"))
    if not isinstance(blocks, list):
        found.append("must provide an array [json-pointer:/view/blocks]")
    else:
        found += complaints(blocks, "/view/blocks", in_view=True)
        has_input = any(isinstance(one, dict) and one.get("type") == "input" for one in blocks)
        if has_input and not view.get("submit"):
            found.append("`submit` is required when an `input` block is within the `blocks` array")
    if found:
        raise RefusedError("invalid_arguments", *found)
    given = {name: value for name, value in view.items() if value is not None}
    whole: Json = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "submit": None,
        "close": None,
    }
    return whole | given | {"blocks": filled(blocks if isinstance(blocks, list) else [], ids.short)}


def initial_values(definition: Json) -> dict[str, dict[str, Json]]:
    """Return what the inputs of a view hold before a person touches them."""
    values: dict[str, dict[str, Json]] = {}
    blocks = definition["blocks"]
    for block in blocks if isinstance(blocks, list) else []:
        for element in elements_of(block):
            if element["type"] in {"button", "overflow"}:
                continue
            held = _initial(element)
            values.setdefault(str(block["block_id"]), {})[str(element["action_id"])] = held
    return values


def _initial(element: Json) -> Json:
    kind = str(element["type"])
    if kind == "plain_text_input":
        return {"type": kind, "value": element.get("initial_value")}
    if kind == "checkboxes":
        return {"type": kind, "selected_options": element.get("initial_options") or []}
    return {"type": kind, "selected_option": element.get("initial_option")}
