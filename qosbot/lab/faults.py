"""Faults that are set from outside and that a device shows to whoever talks to it."""

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class CliFaults:
    """What goes wrong in an SSH session; each entry is a regular expression on the typed line."""

    refuse: dict[str, str] = field(default_factory=dict)
    """Pattern to the text that the device answers instead of obeying."""
    reset_on: list[str] = field(default_factory=list)
    """A line that matches never takes effect: the connection is reset as it arrives."""
    reset_after: list[str] = field(default_factory=list)
    """A line that matches takes effect, then the connection is reset before the prompt."""
    prompt_delay_s: float = 0.0
