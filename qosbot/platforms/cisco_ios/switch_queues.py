"""The queues that a port of a Catalyst 4500 has of its own; no rule judges them yet."""

import re

from qosbot.platforms.cisco_ios.sections import Section

_QUEUE = re.compile(r"tx-queue [1-4]")
_BELOW = re.compile(r"(?:bandwidth|shape)(?: percent)? \d+(?: (?:k|m|g)?bps)?|priority high")


def is_understood(section: Section) -> bool:
    """Return whether all that a queue's section says is known."""
    return _QUEUE.fullmatch(section.text) is not None and all(
        _BELOW.fullmatch(line.text) for line in section.children
    )
