"""The only lines that are ever sent to a device; anything else is refused before it is sent.

A line that no rule knows may be harmless, and is refused all the same.
"""

import re
from dataclasses import dataclass

PREFIX = "QOSBOT-"
"""Begins the name of every object that we make, and of every one that we delete."""

_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.:-]{0,39}"
_OURS = rf"{PREFIX}[A-Z0-9-]{{1,32}}"
_INTERFACE = r"[A-Z][A-Za-z-]*\d+(?:/\d+)*(?:\.\d+)?(?::\d+)?"
_DSCP = r"(?:ef|default|cs[1-7]|af[1-4][1-3]|[1-5]?\d|6[0-3])"
_CODEC = r"[a-z][a-z0-9-]+(?: bytes \d+)?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """One kind of line."""

    pattern: re.Pattern[str]
    is_backed: bool
    """Whether a recorded configuration or session of a real device shows this command."""


def _line(pattern: str, *, is_backed: bool = True) -> Allowed:
    return Allowed(pattern=re.compile(pattern), is_backed=is_backed)


CONFIGURATION = (
    _line(rf"class-map match-(?:any|all) {_NAME}"),
    _line(rf"(?:no )?match (?:ip )?dscp {_DSCP}(?: {_DSCP}){{0,7}}"),
    _line(rf"policy-map (?:type queueing )?{_NAME}"),
    _line(rf"class (?:type queuing )?{_NAME}"),
    _line(r"(?:no )?priority(?: level \d)? percent \d{1,3}"),
    _line(r"(?:no )?priority(?: level \d)? \d{1,8}"),
    _line(r"(?:no )?bandwidth percent \d{1,3}"),
    _line(r"(?:no )?bandwidth \d{1,8}"),
    _line(r"fair-queue"),
    _line(r"shape average \d{4,11}"),
    _line(rf"service-policy {_OURS}"),
    _line(rf"interface {_INTERFACE}"),
    _line(rf"(?:no )?service-policy output {_OURS}"),
    _line(rf"no policy-map {_OURS}"),
    _line(rf"no class-map match-any {_OURS}"),
    _line(r"(?:no )?voice class codec \d{1,5}"),
    _line(rf"codec preference \d{{1,2}} {_CODEC}"),
    _line(r"dial-peer voice \d{1,10} voip"),
    _line(r"(?:no )?voice-class codec \d{1,5}"),
    _line(r"(?:no )?voice-class codec \d{1,5} offer-all", is_backed=False),
    _line(rf"(?:no )?codec {_CODEC}"),
)

EXEC = tuple(
    re.compile(pattern)
    for pattern in (
        r"terminal (?:length 0|width 511)",
        r"show (?:running-config|startup-config|clock|privilege|users|reload|version)",
        r"show archive",
        r"show archive config rollback timer",
        r"show archive config differences",
        r"configure terminal(?: revert timer \d{1,3})?",
        r"configure (?:confirm|revert now|revert timer \d{1,3})",
        r"write memory",
        r"end",
        r"exit",
    )
)


def rule_for(line: str) -> Allowed | None:
    """Return the rule that allows a configuration line, None where none does."""
    text = line.strip(" ")
    return next((one for one in CONFIGURATION if one.pattern.fullmatch(text)), None)


def may_execute(line: str) -> bool:
    """Return whether a line may be sent outside the configuration mode."""
    return any(pattern.fullmatch(line) for pattern in EXEC)
