"""Block Kit as HTML, the way a person sees it in Slack; everything from outside is escaped."""

import json
from collections.abc import Callable, Mapping
from html import escape

from qosbot.lab.slack.mrkdwn import Names, plain, shown
from qosbot.lab.slack.refusals import Json

Use = Mapping[str, str]
"""What tells the server which message or view an element is part of."""


def objects(value: object) -> list[Json]:
    """Return the objects of a list, nothing if it is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def draw_text(value: object, names: Names) -> str:
    """Return a text object, or an mrkdwn text, as HTML."""
    if isinstance(value, dict):
        text = str(value.get("text", ""))
        return shown(text, names) if value.get("type") == "mrkdwn" else plain(text)
    return shown(str(value or ""), names)


def draw_blocks(blocks: list[Json], names: Names, use: Use, held: Json | None = None) -> str:
    """Return the blocks of a message or view.

    Args:
        blocks: as Slack stores them, each with its block_id.
        names: to show for ids.
        use: which message or view they are part of.
        held: what the inputs of a view hold, by block_id and action_id.
    """
    drawn = ""
    for block in blocks:
        draw = _BLOCKS[str(block["type"])]
        inside = _inside(held, block["block_id"])
        body = draw(block, names, {**use, "block_id": str(block["block_id"])}, inside)
        drawn += f'<div class="block {block["type"]}">{body}</div>'
    return drawn


def _inside(held: object, name: object) -> Json:
    value = held.get(name) if isinstance(held, dict) else None
    return value if isinstance(value, dict) else {}


def _header(block: Json, names: Names, _use: Use, _held: Json) -> str:
    return f"<h2>{draw_text(block['text'], names)}</h2>"


def _section(block: Json, names: Names, use: Use, held: Json) -> str:
    text = f"<p>{draw_text(block['text'], names)}</p>" if "text" in block else ""
    cells = "".join(f"<div>{draw_text(one, names)}</div>" for one in objects(block.get("fields")))
    fields = f'<div class="fields">{cells}</div>' if cells else ""
    accessory = block.get("accessory")
    side = draw_element(accessory, names, use, held) if isinstance(accessory, dict) else ""
    return f'<div class="words">{text}{fields}</div>{side}'


def _divider(_block: Json, _names: Names, _use: Use, _held: Json) -> str:
    return "<hr>"


def _context(block: Json, names: Names, _use: Use, _held: Json) -> str:
    return "".join(
        _image(one, names, {}, {})
        if one["type"] == "image"
        else f"<span>{draw_text(one, names)}</span>"
        for one in objects(block["elements"])
    )


def _actions(block: Json, names: Names, use: Use, held: Json) -> str:
    return "".join(draw_element(one, names, use, held) for one in objects(block["elements"]))


def _image(block: Json, names: Names, _use: Use, _held: Json) -> str:
    # An image from elsewhere is named, not fetched: this page speaks to nobody else.
    title = draw_text(block["title"], names) if "title" in block else ""
    alt, where = escape(str(block.get("alt_text", ""))), escape(str(block.get("image_url", "")))
    return f'{title}<span class="picture" title="{where}">{alt}</span>'


def _input(block: Json, names: Names, use: Use, held: Json) -> str:
    element = block["element"]
    drawn = draw_element(element, names, use, held) if isinstance(element, dict) else ""
    optional = ' <span class="muted">(optional)</span>' if block.get("optional") else ""
    hint = f'<p class="muted">{draw_text(block["hint"], names)}</p>' if "hint" in block else ""
    label = f"<label>{draw_text(block['label'], names)}{optional}</label>"
    wrong = f'<p class="wrong" data-wrong="{escape(str(block["block_id"]))}"></p>'
    return f"{label}{drawn}{hint}{wrong}"


_BLOCKS: dict[str, Callable[[Json, Names, Use, Json], str]] = {
    "header": _header,
    "section": _section,
    "divider": _divider,
    "context": _context,
    "actions": _actions,
    "image": _image,
    "input": _input,
}


def draw_element(element: Json, names: Names, use: Use, held: Json) -> str:
    """Return something that a person can use."""
    kind = str(element["type"])
    if kind == "image":
        return _image(element, names, use, held)
    action_id = str(element["action_id"])
    where = escape(json.dumps({**use, "action_id": action_id}))
    confirm = element.get("confirm")
    asks = _confirm(confirm, names) if isinstance(confirm, dict) else ""
    drawn = _DRAWN[kind](element, names, where, _inside(held, action_id))
    return f'<span class="control">{drawn}{asks}</span>'


def _confirm(confirm: Json, names: Names) -> str:
    style = escape(str(confirm.get("style", "primary")))
    return (
        f"<template><h3>{draw_text(confirm['title'], names)}</h3>"
        f"<p>{draw_text(confirm['text'], names)}</p><footer>"
        f'<button class="el" data-deny>{draw_text(confirm["deny"], names)}</button>'
        f'<button class="el {style}" data-agree>{draw_text(confirm["confirm"], names)}</button>'
        "</footer></template>"
    )


def _button(element: Json, names: Names, where: str, _held: Json) -> str:
    style, url = escape(str(element.get("style", ""))), escape(str(element.get("url", "")))
    label = draw_text(element["text"], names)
    return f'<button class="el {style}" data-use="{where}" data-url="{url}">{label}</button>'


def _options(element: Json) -> list[Json]:
    grouped = [
        one for group in objects(element.get("option_groups")) for one in objects(group["options"])
    ]
    return objects(element.get("options")) + grouped


def _chosen(held: Json, name: str) -> set[str]:
    value = held.get(name)
    found = objects(value) if isinstance(value, list) else objects([value])
    return {str(one["value"]) for one in found}


def _select(element: Json, names: Names, where: str, held: Json) -> str:
    placeholder = element.get("placeholder", "…" if element["type"] == "overflow" else "Choose")
    picked = _chosen(held, "selected_option")
    listed = "".join(
        f'<option value="{escape(str(one["value"]))}"'
        f"{' selected' if one['value'] in picked else ''}>{draw_text(one['text'], names)}</option>"
        for one in _options(element)
    )
    return (
        f'<select data-use="{where}" class="{element["type"]}">'
        f'<option value="">{draw_text(placeholder, names)}</option>{listed}</select>'
    )


def _boxes(element: Json, names: Names, where: str, held: Json) -> str:
    is_many = element["type"] == "checkboxes"
    picked = _chosen(held, "selected_options" if is_many else "selected_option")
    kind = "checkbox" if is_many else "radio"
    return (
        f'<span class="boxes" data-use="{where}">'
        + "".join(
            f'<label><input type="{kind}" name="{escape(str(element["action_id"]))}" '
            f'value="{escape(str(one["value"]))}"{" checked" if one["value"] in picked else ""}> '
            f"{draw_text(one['text'], names)}</label>"
            for one in _options(element)
        )
        + "</span>"
    )


def _text_input(element: Json, _names: Names, where: str, held: Json) -> str:
    held_text = escape(str(held.get("value") or ""))
    hint = element.get("placeholder")
    text = escape(str(hint["text"])) if isinstance(hint, dict) else ""
    longest = f' maxlength="{element["max_length"]}"' if "max_length" in element else ""
    if element.get("multiline"):
        return f'<textarea data-use="{where}" placeholder="{text}"{longest}>{held_text}</textarea>'
    return f'<input data-use="{where}" placeholder="{text}" value="{held_text}"{longest}>'


_DRAWN: dict[str, Callable[[Json, Names, str, Json], str]] = {
    "button": _button,
    "static_select": _select,
    "overflow": _select,
    "checkboxes": _boxes,
    "radio_buttons": _boxes,
    "plain_text_input": _text_input,
}
