"""What a configuration mode is: its commands, and where each line stands among the others."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

from qosbot.lab.cli import spelling
from qosbot.lab.cli.grammar import Grammar, Parsed
from qosbot.lab.cli.values import PARAMETERS, interface_order

Key = tuple[int | str, ...]


def typed(_: Parsed) -> Key:
    """Keep the order in which lines were typed."""
    return ()


def by_number(parsed: Parsed) -> Key:
    """Order by the first number of the slot."""
    return (next((int(word) for word in parsed.slot if word.isdigit()), 0),)


def by_words(parsed: Parsed) -> Key:
    """Order by the words."""
    return parsed.words


def by_interface(parsed: Parsed) -> Key:
    """Order by kind of interface, then by unit."""
    kind, numbers = interface_order("".join(parsed.words[1:]))
    return (kind, *numbers)


def default_class_last(parsed: Parsed) -> Key:
    """Keep classes as typed, for the first match wins; class-default ends the list."""
    return (int(parsed.words[1] == "class-default"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One command of a configuration mode."""

    spec: str
    enters: str = ""
    """The mode of the section that it opens."""
    becomes: str = ""
    """The mode that the section it stands in goes over to."""
    spell: spelling.Speller = spelling.plain
    key: Callable[[Parsed], Key] = typed
    group: str = ""
    """Commands of one group are ordered among each other by their keys alone."""
    indent: int = 1
    apart: bool = False
    shows_no: bool = False
    """The configuration says `no ...` where it is off."""
    only_removed: bool = False
    """Known after `no` alone."""
    verbatim: bool = False
    """Shown as typed; `no` takes away every line that begins so."""


class Mode:
    """A configuration mode: its prompt and its commands."""

    def __init__(self, name: str, rules: Iterable[Rule]) -> None:
        self.name = name
        self.rules = tuple(rules)
        groups: dict[str, int] = {}
        self.ranks = [
            groups.setdefault(rule.group or rule.spec, rank) for rank, rule in enumerate(self.rules)
        ]

    @cached_property
    def grammar(self) -> Grammar:
        """The commands, compiled when first needed."""
        return Grammar([rule.spec for rule in self.rules], PARAMETERS)
