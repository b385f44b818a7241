"""The arguments of a Web API call, whether they came as a form or as JSON."""

import json
from collections.abc import Mapping

from qosbot.lab.slack.refusals import Json, RefusedError

_YES = frozenset({"1", "true"})


class Arguments:
    """Arguments by name; an empty or null one counts as not given."""

    def __init__(self, given: Mapping[str, object]) -> None:
        self._given = {
            name: value for name, value in given.items() if value is not None and value != ""
        }
        self._taken: set[str] = {"token"}

    def _value(self, name: str) -> object:
        self._taken.add(name)
        return self._given.get(name)

    def has(self, name: str) -> bool:
        """Return whether the argument was given."""
        return self._value(name) is not None

    def text(self, name: str) -> str:
        """Return the argument as text, empty if it was not given."""
        value = self._value(name)
        if value is None:
            return ""
        if isinstance(value, bool | dict | list):
            raise RefusedError("invalid_arguments", f"must provide a string [{name}]")
        return str(value)

    def needed(self, name: str) -> str:
        """Return the argument as text.

        Raises:
            RefusedError: `invalid_arguments` if it was not given.
        """
        text = self.text(name)
        if not text:
            raise RefusedError("invalid_arguments", f"missing required field: {name}")
        return text

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return the argument as true or false."""
        value = self._value(name)
        return default if value is None else str(value).lower() in _YES

    def whole(self, name: str, default: int) -> int:
        """Return the argument as a whole number."""
        value = self._value(name)
        if value is None:
            return default
        try:
            return int(str(value))
        except ValueError:
            raise RefusedError("invalid_arguments", f"must provide an integer [{name}]") from None

    def structure(self, name: str, otherwise: str) -> object:
        """Return the argument as what its JSON says, None if it was not given.

        Args:
            name: of the argument; a form carries it as JSON text, a JSON body as it is.
            otherwise: the error if that text is not JSON.
        """
        value = self._value(name)
        if not isinstance(value, str):
            return value
        try:
            structure: object = json.loads(value)
        except (ValueError, RecursionError):
            raise RefusedError(otherwise) from None
        return structure

    def given(self) -> Json:
        """Return everything that was given but the token, for the log of calls."""
        return {name: value for name, value in self._given.items() if name != "token"}

    def ignored(self) -> list[str]:
        """Return the arguments that nobody took; Slack passes over those without a word."""
        return sorted(set(self._given) - self._taken)
