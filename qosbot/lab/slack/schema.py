"""A small language to say what a JSON value must look like; it complains in Slack's words.

A check takes a value and its JSON pointer, and yields one complaint for each thing that is wrong.
"""

from collections.abc import Callable, Iterator, Mapping

Check = Callable[[object, str], Iterator[str]]


def at(pointer: str, complaint: str) -> str:
    """Return a complaint that says where, as Slack does."""
    return f"{complaint} [json-pointer:{pointer}]"


def text(longest: int, shortest: int = 1) -> Check:
    """Accept text of so many characters."""

    def check(value: object, pointer: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield at(pointer, "must provide a string")
        elif len(value) > longest:
            yield at(pointer, f"must be less than {longest + 1} characters")
        elif len(value) < shortest:
            yield at(pointer, f"must be more than {shortest - 1} characters")

    return check


def link(longest: int) -> Check:
    """Accept an address that Slack would open."""
    known = ("http://", "https://", "mailto:", "tel:", "slack://")

    def check(value: object, pointer: str) -> Iterator[str]:
        yield from text(longest)(value, pointer)
        if isinstance(value, str) and not value.lower().startswith(known):
            yield at(pointer, "must be a valid URL")

    return check


def flag(value: object, pointer: str) -> Iterator[str]:
    """Accept true and false."""
    if not isinstance(value, bool):
        yield at(pointer, "must provide a boolean")


def whole(low: int, high: int) -> Check:
    """Accept a whole number between two bounds, both included."""

    def check(value: object, pointer: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield at(pointer, "must provide an integer")
        elif not low <= value <= high:
            yield at(pointer, f"must be from {low} to {high}")

    return check


def one_of(*values: str) -> Check:
    """Accept one of some words."""

    def check(value: object, pointer: str) -> Iterator[str]:
        if value not in values:
            yield at(pointer, f"must be one of: {', '.join(values)}")

    return check


def array(item: Check, most: int, least: int = 1) -> Check:
    """Accept a list of so many items."""

    def check(value: object, pointer: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield at(pointer, "must provide an array")
            return
        if len(value) > most:
            yield at(pointer, f"no more than {most} items allowed")
        if len(value) < least:
            yield at(pointer, f"no fewer than {least} items allowed")
        for number, one in enumerate(value):
            yield from item(one, f"{pointer}/{number}")

    return check


def record(needed: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Accept an object with these fields and no others."""
    known = {**needed, **(optional or {})}

    def check(value: object, pointer: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield at(pointer, "must provide an object")
            return
        for name in needed:
            if name not in value:
                yield at(pointer, f"missing required field: {name}")
        for name, inner in value.items():
            if name not in known:
                yield at(pointer, f"invalid additional property: {name}")
            elif inner is not None:
                yield from known[name](inner, f"{pointer}/{name}")

    return check


def by_type(checks: Mapping[str, Check], unsupported: frozenset[str] = frozenset()) -> Check:
    """Accept an object of one of some types.

    Args:
        checks: what each type must look like.
        unsupported: types that Slack has and this emulator lacks; they are refused as such.
    """

    def check(value: object, pointer: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str):
            yield at(pointer, "missing required field: type")
        elif kind in unsupported:
            yield at(f"{pointer}/type", f"Slack has the type {kind}, this emulator does not")
        elif kind not in checks:
            yield at(f"{pointer}/type", f"unsupported type: {kind}")
        else:
            yield from checks[kind](value, pointer)

    return check
