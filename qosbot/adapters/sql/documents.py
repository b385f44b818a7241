"""Domain values as JSON text and back, exactly.

The shape follows the types of the dataclasses' fields, so a new field needs no code here.  A
document from before a field existed is read with the field's default; without one it is refused.
"""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

CLASS = "="
"""Names the class where a field may hold one of several; no field can be called so."""

_SCALARS: dict[type, tuple[type, ...]] = {
    str: (str,),
    bool: (bool,),
    int: (int,),
    float: (float, int),
}


class UnreadableDocumentError(ValueError):
    """A stored document does not have the shape of the class asked for."""


class _Form(NamedTuple):
    """How one type is written as JSON and read again."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def dump(value: object) -> str:
    """Return a dataclass as JSON."""
    kind: Any = type(value)
    written = _form(kind).write(value)
    return json.dumps(written, separators=(",", ":"), default=lambda number: number.tolist())


def load(kind: type[T], text: str) -> T:
    """Return the dataclass that `dump` wrote.

    Raises:
        UnreadableDocumentError: if the text is not that of a `kind`.
    """
    form = _form(kind)  # type: ignore[arg-type]  # classes are hashable; mypy doubts it
    try:
        value: T = form.read(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableDocumentError(f"not a {kind.__name__}: {error}") from error
    return value


@cache
def _form(kind: Any) -> _Form:  # noqa: ANN401 - a type of any shape
    if kind in _SCALARS:
        return _scalar(_SCALARS[kind])
    if get_origin(kind) in {Union, UnionType}:
        return _union(get_args(kind))
    if get_origin(kind) is tuple:
        return _tuple(get_args(kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _Form(write=lambda member: member.value, read=kind)
    if kind is datetime:
        return _Form(write=datetime.isoformat, read=datetime.fromisoformat)
    if isinstance(kind, type) and is_dataclass(kind):
        return _record(kind)
    # A type that was added to a kept value without saying here how it is written.
    raise NotImplementedError(f"documents cannot hold a {kind}")


def _scalar(accepted: tuple[type, ...]) -> _Form:
    def read(given: Any) -> Any:  # noqa: ANN401 - whatever JSON held
        if type(given) not in accepted:
            raise TypeError(f"{given!r} is not a {accepted[0].__name__}")
        return given

    return _Form(write=_same, read=read)


def _same(value: T) -> T:
    return value


def _union(members: tuple[Any, ...]) -> _Form:
    forms = {member: _form(member) for member in members if member is not NoneType}
    if len(forms) == 1:
        (inner,) = forms.values()
        return _Form(
            write=_same
            if inner.write is _same
            else lambda value: None if value is None else inner.write(value),
            read=lambda given: None if given is None else inner.read(given),
        )
    by_name = {member.__name__: form.read for member, form in forms.items()}
    by_class = {member: (member.__name__, form.write) for member, form in forms.items()}

    def write(value: Any) -> dict[str, Any]:  # noqa: ANN401 - one of the members
        name, write_fields = by_class[type(value)]
        written: dict[str, Any] = write_fields(value)
        written[CLASS] = name
        return written

    return _Form(write=write, read=lambda given: by_name[given[CLASS]](given))


def _tuple(items: tuple[Any, ...]) -> _Form:
    if items[1:] != (...,):
        # The same for a tuple whose places mean different things.
        raise NotImplementedError(f"documents cannot hold a tuple of {items}")
    inner = _form(items[0])

    def read(given: Any) -> tuple[Any, ...]:  # noqa: ANN401 - whatever JSON held
        if not isinstance(given, list):
            raise TypeError(f"{given!r} is not a list")
        return tuple(inner.read(item) for item in given)

    return _Form(write=lambda value: [inner.write(item) for item in value], read=read)


def _record(kind: type[Any]) -> _Form:
    hints = get_type_hints(kind)
    forms = [(field.name, _form(hints[field.name])) for field in fields(kind)]
    # Most fields are numbers and texts, and thousands of them are written in every poll.
    as_is = [name for name, form in forms if form.write is _same]
    others = [(name, form.write) for name, form in forms if form.write is not _same]

    def write(value: Any) -> dict[str, Any]:  # noqa: ANN401 - a `kind`
        written = {name: getattr(value, name) for name in as_is}
        for name, write_field in others:
            written[name] = write_field(getattr(value, name))
        return written

    def read(given: Any) -> Any:  # noqa: ANN401 - whatever JSON held
        return kind(**{name: form.read(given[name]) for name, form in forms if name in given})

    return _Form(write=write, read=read)
