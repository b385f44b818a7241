"""Takes values out of a tree and notes all that is wrong instead of stopping at the first.

A getter that was given None returns None in silence: its absence is on record already.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence

from qosbot.adapters.files.tree import Listing, Mapping, Node, Scalar
from qosbot.adapters.files.units import Dimension, quantity
from qosbot.domain.errors import Problem

_LONGEST_SHOWN = 60
_INTEGER = re.compile(r"[-+]?\d{1,12}", re.ASCII)
_DECIMAL = re.compile(r"[-+]?\d{1,9}(\.\d{1,9})?", re.ASCII)


class Checker:
    """Checks one file.

    Where `may_hold_secrets`, no message quotes the file: a password in the wrong place is
    the likeliest mistake there.
    """

    def __init__(
        self, file: str, problems: list[Problem], *, may_hold_secrets: bool = False
    ) -> None:
        self.file = file
        self._problems = problems
        self._may_hold_secrets = may_hold_secrets

    def report(self, line: int, what: str, hint: str = "") -> None:
        """Note a problem."""
        self._problems.append(Problem(file=self.file, line=line, what=what, hint=hint))

    def shown(self, text: str) -> str:
        """Return a text in quotes with a space before, or nothing where it may be a secret."""
        if self._may_hold_secrets:
            return ""
        cut = text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 3] + "..."
        return " '" + "".join(char if char.isprintable() else "?" for char in cut) + "'"

    def entries(self, node: Node | None, what: str) -> Iterator[tuple[Scalar, Node]]:
        """Yield key and value of a mapping, each key once; repeated keys are noted."""
        if node is None:
            return
        if not isinstance(node, Mapping):
            self.report(node.line, f"{what} must be a mapping", "write `key: value` lines")
            return
        first: dict[str, int] = {}
        for key, value in node.entries:
            if key.text in first:
                self.report(
                    key.line,
                    f"duplicate key{self.shown(key.text)} in {what}",
                    f"it stands on line {first[key.text]} already; keep one",
                )
                continue
            first[key.text] = key.line
            yield key, value

    def fields(
        self,
        node: Node | None,
        what: str,
        *,
        required: Sequence[str] = (),
        optional: Sequence[str] = (),
    ) -> dict[str, Node]:
        """Return the known keys of a mapping; unknown and missing ones are noted."""
        known = (*required, *optional)
        found: dict[str, Node] = {}
        for key, value in self.entries(node, what):
            if key.text in known:
                found[key.text] = value
            else:
                unknown = f"unknown key{self.shown(key.text)} in {what}"
                self.report(key.line, unknown, nearest(key.text, known))
        if isinstance(node, Mapping):
            for name in required:
                if name not in found:
                    self.report(node.line, f"{what} has no {name}", f"add `{name}:`")
        return found

    def items(self, node: Node | None, what: str) -> tuple[Node, ...] | None:
        """Return the items of a list that is not empty."""
        if node is None:
            return None
        if not isinstance(node, Listing) or not node.items:
            self.report(node.line, f"{what} must be a list of at least one", "write `[one, two]`")
            return None
        return node.items

    def text(self, node: Node | None, what: str) -> str | None:
        """Return a text that is not empty and not a number."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.report(node.line, f"{what} must be a text, not a list or mapping")
            return None
        if node.is_empty or not node.text.strip():
            self.report(node.line, f"{what} is empty", "write a text")
            return None
        if not node.is_text:
            self.report(node.line, f"{what} must be a text", "put it in quotes")
            return None
        if not node.text.isprintable():
            self.report(node.line, f"{what} holds a line break or control character", "remove it")
            return None
        return node.text

    def matching(
        self, node: Node | None, what: str, pattern: re.Pattern[str], form: str
    ) -> str | None:
        """Return a text that `pattern` matches as a whole; `form` says how it should look."""
        text = self.text(node, what)
        if text is None or node is None or pattern.fullmatch(text):
            return text
        self.report(node.line, f"{what}{self.shown(text)} is not {form}", f"write {form}")
        return None

    def choice(self, node: Node | None, what: str, known: Collection[str]) -> str | None:
        """Return one of the known words."""
        if node is None:
            return None
        # A number is looked at as it is written: SNMP `version: 3`.
        text = node.text if isinstance(node, Scalar) else ""
        if text in known:
            return text
        self.report(
            node.line, f"{what}{self.shown(text)} is not one that is known", nearest(text, known)
        )
        return None

    def integer(self, node: Node | None, what: str, low: int, high: int) -> int | None:
        """Return a whole number in low..high, written without quotes."""
        if node is None:
            return None
        if isinstance(node, Scalar) and not node.is_text and _INTEGER.fullmatch(node.text):
            value = int(node.text)
            if low <= value <= high:
                return value
        self.report(node.line, f"{what} must be a whole number from {low} to {high}")
        return None

    def decimal(self, node: Node | None, what: str, low: float, high: float) -> float | None:
        """Return a number in low..high, written without quotes."""
        if node is None:
            return None
        if isinstance(node, Scalar) and not node.is_text and _DECIMAL.fullmatch(node.text):
            value = float(node.text)
            if low <= value <= high:
                return value
        self.report(node.line, f"{what} must be a number from {low:g} to {high:g}")
        return None

    def quantity(
        self, node: Node | None, what: str, dimension: Dimension, limits: tuple[str, str]
    ) -> float | None:
        """Return a quantity in SI units within `limits`, which are written with their units."""
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.report(node.line, f"{what} must be {dimension.name}", dimension.advice())
            return None
        try:
            value = quantity(node.text, dimension)
        except ValueError as error:
            self.report(node.line, f"{what}{self.shown(node.text)} {error}", dimension.advice())
            return None
        low, high = limits
        if quantity(low, dimension) <= value <= quantity(high, dimension):
            return value
        self.report(node.line, f"{what}{self.shown(node.text)} is not from {low} to {high}")
        return None


def nearest(text: str, known: Iterable[str]) -> str:
    """Return a hint: the known word that looks most like `text`, or some of the known."""
    names = sorted(set(known))
    # The comparison is quadratic, so a line of any length is cut first.
    close = difflib.get_close_matches(text[:_LONGEST_SHOWN], names, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    if not names:
        return "there is none"
    few = ", ".join(names[:12])
    return f"known: {few}" + (", ..." if len(names) > 12 else "")  # noqa: PLR2004 - 12 as above
