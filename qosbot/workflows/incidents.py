"""Which incident the work at hand answers, so that one id finds every record of it.

An incident's id is that of its alarm.  It belongs to the work and not to a value that is handed
on, so that an adapter's records carry it too, although an adapter does not know of alarms.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from qosbot.domain.proposals import Proposal

_INCIDENT: ContextVar[str] = ContextVar("qosbot_incident", default="")


@contextmanager
def answering(incident: str) -> Iterator[None]:
    """Let all that is done inside belong to an incident."""
    token = _INCIDENT.set(incident)
    try:
        yield
    finally:
        _INCIDENT.reset(token)


def incident_at_hand() -> str:
    """Return the incident that is worked on; empty where the work is nobody's in particular."""
    return _INCIDENT.get()


def incident_of(proposal: Proposal) -> str:
    """Return the incident that a proposal answers: its first alarm."""
    return next(iter(proposal.alarms), proposal.id)
