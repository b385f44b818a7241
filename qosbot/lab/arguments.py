"""Reading the arguments of a request from outside: each has a type and a range, or a clear no."""

from collections.abc import Mapping

from qosbot.lab.mib_interfaces import short_name
from qosbot.lab.topology import NODE, PATHS


class BadRequestError(Exception):
    """A request that the lab does not understand; nothing was changed."""


class Arguments:
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

    def device(self, default: str | None = None) -> str:
        """Take a device of the lab."""
        return self.choice("device", tuple(NODE), default)

    def path(self) -> str:
        """Take a voice path of the lab."""
        return self.choice("path", tuple(PATHS))

    def interface(self, device: str) -> str:
        """Take a physical interface of a device, by its long or its short name."""
        wanted = self.text("interface")
        names = [port.name for port in NODE[device].ports]
        for name in names:
            if wanted.lower() in {name.lower(), short_name(name).lower()}:
                return name
        raise BadRequestError(f"{device} has {', '.join(names)}, not {wanted!r}")

    def link(self) -> tuple[str, str]:
        """Take a link, written `device interface`."""
        device, _, interface = self.text("link").partition(" ")
        inner = Arguments({"device": device, "interface": interface})
        known = inner.device()
        return known, inner.interface(known)

    def done(self) -> None:
        """Refuse what nobody took: a misspelt argument must not be ignored."""
        if self._values:
            raise BadRequestError(f"unknown argument: {', '.join(sorted(self._values))}")
