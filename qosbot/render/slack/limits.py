"""What Slack refuses for its size, found before it is sent.

Source: Block Kit reference; the total of a message is not documented there, and Slack answers
`msg_blocks_too_long` beyond about 13 000 characters.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import chain

from qosbot.ports.messaging import Post

TOTAL = 13_000
"""Of the blocks of a message, as JSON: more than any way of counting their text gives."""
TEXT = 4000
"""Beyond it Slack advises against `text`."""

_MESSAGE_BLOCKS, _VIEW_BLOCKS, _VIEW_BYTES = 50, 100, 250_000
_TEXT_OBJECT = 3000
_LENGTHS: Mapping[tuple[str, str], int] = {
    ("header", "text"): 150,
    ("section", "text"): _TEXT_OBJECT,
    ("button", "text"): 75,
    ("button", "value"): 2000,
    ("button", "url"): 3000,
    ("confirm", "title"): 100,
    ("confirm", "text"): 300,
    ("confirm", "confirm"): 30,
    ("confirm", "deny"): 30,
    ("input", "label"): 2000,
    ("input", "hint"): 2000,
    ("plain_text_input", "placeholder"): 150,
    ("modal", "title"): 24,
    ("modal", "submit"): 24,
    ("modal", "close"): 24,
    ("modal", "private_metadata"): 3000,
    ("modal", "callback_id"): 255,
}
"""By the kind of a piece and the field of it, in characters."""
_NUMBERS: Mapping[tuple[str, str], int] = {
    ("section", "fields"): 10,
    ("context", "elements"): 10,
    ("actions", "elements"): 25,
}
_FIELD, _ID = 2000, 255

Piece = Mapping[str, object]


def check(message: Post | Piece) -> None:
    """Refuse a message or a view that Slack would refuse.

    Raises:
        ValueError: with every block, field and figure that is beyond its limit.
    """
    found = list(_of_post(message) if isinstance(message, Post) else _of_view(message))
    if found:
        raise ValueError("; ".join(found))


def _of_post(post: Post) -> Iterator[str]:
    yield from _length("text", post.text, TEXT)
    if len(post.blocks) > _MESSAGE_BLOCKS:
        yield f"{len(post.blocks)} blocks, and {_MESSAGE_BLOCKS} are allowed"
    total = len(json.dumps([*post.blocks], ensure_ascii=False, separators=(",", ":")))
    if total > TOTAL:
        yield f"{total} characters in all blocks, and {TOTAL} are allowed"
    yield from _of_blocks(post.blocks)


def _of_view(view: Piece) -> Iterator[str]:
    blocks = _pieces(view.get("blocks"))
    if not 1 <= len(blocks) <= _VIEW_BLOCKS:
        yield f"{len(blocks)} blocks, and 1 to {_VIEW_BLOCKS} are allowed"
    size = len(json.dumps(view).encode())
    if size > _VIEW_BYTES:
        yield f"{size} bytes, and {_VIEW_BYTES} are allowed"
    yield from _fields_of("view", str(view.get("type")), view)
    yield from _of_blocks(blocks)


def _of_blocks(blocks: tuple[Piece, ...]) -> Iterator[str]:
    seen: dict[tuple[str, object], str] = {}
    for number, block in enumerate(blocks):
        where = f"block {number} ({block.get('type')})"
        for piece in _walk(block):
            yield from _ids(where, piece, seen)
        yield from _of_piece(where, block)


def _of_piece(where: str, piece: Piece) -> Iterator[str]:
    """Check a block or an element, and what it holds."""
    kind = str(piece.get("type"))
    yield from _fields_of(where, kind, piece)
    for (owner, name), most in _NUMBERS.items():
        if owner == kind and name in piece:
            count = len(_pieces(piece[name]))
            if not 1 <= count <= most:
                yield f"{where}: {count} {name}, and 1 to {most} are allowed"
    for field in _pieces(piece.get("fields")):
        yield from _length(f"{where} field", field.get("text"), _FIELD)
    for inner in chain(_pieces(piece.get("elements")), _pieces([piece.get("element")])):
        if "text" in inner and not isinstance(inner["text"], Mapping):
            yield from _length(f"{where} {inner.get('type')}", inner["text"], _TEXT_OBJECT)
        else:
            yield from _of_piece(f"{where} {inner.get('type')}", inner)
    for confirm in _pieces([piece.get("confirm")]):
        yield from _fields_of(f"{where} confirm", "confirm", confirm)


def _fields_of(where: str, kind: str, piece: Piece) -> Iterator[str]:
    for (owner, name), most in _LENGTHS.items():
        if owner == kind and name in piece:
            value = piece[name]
            text = value.get("text") if isinstance(value, Mapping) else value
            yield from _length(f"{where} {name}", text, most)


def _ids(where: str, piece: Piece, seen: dict[tuple[str, object], str]) -> Iterator[str]:
    for name in ("block_id", "action_id"):
        value = piece.get(name)
        if value is None:
            continue
        yield from _length(f"{where} {name}", value, _ID)
        if (name, value) in seen:
            yield f"{where}: {name} {value} is that of {seen[name, value]} too"
        seen[name, value] = where


def _length(where: str, text: object, most: int) -> Iterator[str]:
    size = len(text) if isinstance(text, str) else 0
    if not 1 <= size <= most:
        yield f"{where}: {size} characters, and 1 to {most} are allowed"


def _walk(piece: Piece) -> Iterator[Piece]:
    """Yield a piece and every piece within it."""
    yield piece
    for value in piece.values():
        for inner in _pieces(value if isinstance(value, (list, tuple)) else [value]):
            yield from _walk(inner)


def _pieces(value: object) -> tuple[Piece, ...]:
    items = value if isinstance(value, (list, tuple)) else ()
    return tuple(one for one in items if isinstance(one, Mapping))
