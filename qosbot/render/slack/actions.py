"""What comes back from a card: the names of its buttons, and the key that they carry.

A key only says which remediation and which plan were looked at; it grants nothing.
"""

import re

from qosbot.domain.remediation import Remediation

APPROVE = "qosbot_approve"
REJECT = "qosbot_reject"
DETAILS = "qosbot_details"

REJECT_REASON = "qosbot_reject_reason"
"""The callback id of the modal that asks why."""
REASON_BLOCK = "qosbot_reason"
"""Where in the modal's state the reason stands: this block, then this action."""
REASON_ACTION = "qosbot_reason_text"

HASH_SHOWN = 16
"""How much of a plan's hash a key and a card carry."""
ID_LENGTH = 64

_ID = rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{ID_LENGTH - 1}}}"
_KEY = re.compile(rf"({_ID}):([0-9a-f]{{{HASH_SHOWN}}})", re.ASCII)


def routing_key(remediation: Remediation) -> str:
    """Return `ID:PLANHASHPREFIX16`, which `parse_routing_key` reads.

    Raises:
        ValueError: if the id is none of ours, so that no answer would be understood.
    """
    key = f"{remediation.id}:{remediation.proposal.plan_hash[:HASH_SHOWN]}"
    if _KEY.fullmatch(key) is None:
        raise ValueError(f"{remediation.id!r:.80} is no id of a remediation")
    return key


def parse_routing_key(text: str) -> tuple[str, str] | None:
    """Return the id and the prefix of the plan's hash; None for whatever is no key."""
    found = _KEY.fullmatch(text)
    return None if found is None else (found[1], found[2])
