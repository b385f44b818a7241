"""Reading what was given from outside: each value has a type and a range, or a clear no."""

from collections.abc import Mapping


class BadRequestError(Exception):
    """A request that the lab does not understand; nothing was changed."""


class Given:
    """The arguments of one request; what is not taken by the end is a mistake."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = dict(values)

    def text(self, name: str, default: str | None = None) -> str:
        """Take a text; without a default it must be there."""
        value = self._values.pop(name, default)
        if value is None:
            raise BadRequestError(f"{name} is missing")
        if not isinstance(value, str):
            raise BadRequestError(f"{name} must be text, not {value!r}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Take a list of texts; it must be there."""
        values = self._values.pop(name, None)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise BadRequestError(f"{name} must be a list of texts, not {values!r}")
        return tuple(values)

    def objects(self, name: str) -> "tuple[Given, ...]":
        """Take a list of objects; it must be there."""
        values = self._values.pop(name, None)
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise BadRequestError(f"{name} must be a list of objects, not {values!r}")
        return tuple(Given(value) for value in values)

    def choice(self, name: str, choices: tuple[str, ...], default: str | None = None) -> str:
        """Take one of some words."""
        value = self.text(name, default)
        if value not in choices:
            raise BadRequestError(f"{name} must be one of {', '.join(choices)}, not {value!r}")
        return value

    def number(self, name: str, default: float | None, *, low: float, high: float) -> float:
        """Take a number within a range; without a default it must be there."""
        value = self._values.pop(name, default)
        if value is None:
            raise BadRequestError(f"{name} is missing")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise BadRequestError(f"{name} must be a number, not {value!r}")
        if not low <= value <= high:
            raise BadRequestError(f"{name} must be from {low:g} to {high:g}, not {value:g}")
        return float(value)

    def whole(self, name: str, default: int | None, *, low: int, high: int) -> int:
        """Take a whole number within a range."""
        value = self.number(name, default, low=low, high=high)
        if value != int(value):
            raise BadRequestError(f"{name} must be a whole number, not {value:g}")
        return int(value)

    def flag(self, name: str) -> bool:
        """Take true or false; false if it is not there."""
        value = self._values.pop(name, False)
        if not isinstance(value, bool):
            raise BadRequestError(f"{name} must be true or false, not {value!r}")
        return value

    def has(self, name: str) -> bool:
        """Return whether an argument was given and not yet taken."""
        return name in self._values

    def done(self) -> None:
        """Refuse what nobody took: a misspelt argument must not be ignored."""
        if self._values:
            raise BadRequestError(f"unknown argument: {', '.join(sorted(self._values))}")
