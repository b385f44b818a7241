"""Reading what the control API is asked for; a bad request is answered with one clear line."""

from collections.abc import Mapping


class BadControlError(Exception):
    """The control API cannot do that; the message is one line."""


class Fields:
    """The fields of one request; each is taken once, and what nobody took is refused."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self._given = dict(given)

    def text(self, name: str, default: str | None = None) -> str:
        """Take a text."""
        value = self._given.pop(name, default)
        if not isinstance(value, str):
            raise BadControlError(f"{name} must be text")
        return value

    def whole(self, name: str, default: int) -> int:
        """Take a whole number that is not negative."""
        value = self._given.pop(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise BadControlError(f"{name} must be a whole number, 0 or more")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Take true or false."""
        value = self._given.pop(name, default)
        if not isinstance(value, bool):
            raise BadControlError(f"{name} must be true or false")
        return value

    def maybe_flag(self, name: str) -> bool | None:
        """Take true, false or nothing."""
        return self.flag(name, default=False) if self._given.get(name) is not None else None

    def texts(self, name: str) -> list[str]:
        """Take a list of texts."""
        value = self._given.pop(name, None)
        if not isinstance(value, list):
            raise BadControlError(f"{name} must be a list of texts")
        return [str(one) for one in value]

    def table(self, name: str) -> dict[str, object]:
        """Take an object."""
        value = self._given.pop(name, {})
        if not isinstance(value, dict):
            raise BadControlError(f"{name} must be an object")
        return value

    def anything(self, name: str) -> object:
        """Take whatever is there."""
        return self._given.pop(name, None)

    def done(self) -> None:
        """Refuse what nobody took: a misspelt field must not be ignored."""
        left = sorted(name for name, value in self._given.items() if value is not None)
        if left:
            raise BadControlError(f"unknown field: {', '.join(left)}")
