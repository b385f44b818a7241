"""Values as JSON-ready trees, with one form for each kind so that a reader can rely on it.

A metric is a number where it was measured, else `{"not_measured": reason}` or
`{"invalid": reason}`; a time is ISO 8601 in UTC; an absent value is null.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum

from qosbot.domain.inventory import Secret
from qosbot.domain.metrics import Invalid, Measured, NotMeasured

JsonTree = None | bool | int | float | str | list["JsonTree"] | dict[str, "JsonTree"]


def tree(value: object) -> JsonTree:  # noqa: C901, PLR0911  one line for each kind
    """Return a value of the domain as a tree of JSON's own types.

    Raises:
        TypeError: for a kind that has no agreed form.
    """
    match value:
        case Measured():
            return tree(value.value)
        case NotMeasured():
            return {"not_measured": value.reason.value}
        case Invalid():
            return {"invalid": value.reason.value}
        case Secret():
            return "***"
        case Enum():
            return tree(value.value)
        case None | bool() | int() | str():
            return value
        case float():
            # JSON has no NaN; an unknown number is null like any other absent value.
            return value if math.isfinite(value) else None
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="milliseconds")
        case Mapping():
            return {str(key): tree(item) for key, item in value.items()}
        case tuple() | list() | frozenset() | set():
            return [tree(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {field.name: tree(getattr(value, field.name)) for field in fields(value)}
        case _:
            raise TypeError(f"{type(value).__name__} has no form in JSON")
