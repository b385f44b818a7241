"""What people are told, how much of it, and what goes first."""

from enum import StrEnum


class Disclosure(StrEnum):
    """How much of the network may leave it for a chat."""

    SUMMARY = "summary"
    """No configuration line, address, interface or host name; it names the command to look."""
    LINES = "lines"
    """Names and lines, with secrets and addresses masked."""
    FULL = "full"
    """Addresses too; secrets stay masked."""
