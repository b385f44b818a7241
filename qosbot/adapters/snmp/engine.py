"""What the walker needs of an SNMP library, and the ways in which an agent can fail it.

An engine knows one library and nothing of plans, retries or sizes; those are the walker's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from qosbot.domain.errors import DeviceError
from qosbot.domain.inventory import Device
from qosbot.ports.polling import Oid, Value


class AgentError(DeviceError):
    """An agent did not do what was asked; the message is the reason that a person reads."""


class NoAnswerError(AgentError):
    """Nothing came back in time; asking again may help."""


class SilenceError(NoAnswerError):
    """None of so many requests was answered; `meaning` says what that may come from."""

    def __init__(self, after_s: float, *, requests: int = 1, meaning: str = "") -> None:
        waited = f"within {after_s:g} s"
        if requests > 1:
            waited = f"to {requests} requests of {after_s:g} s each"
        super().__init__(f"no answer {waited}{meaning}")
        self.after_s = after_s
        self.meaning = meaning


class NonsenseError(AgentError):
    """Something came back that is no answer; asking again may help."""


class DidNotFitError(AgentError):
    """The agent could not answer all that was asked at once; asking for less may help."""


class RefusedError(AgentError):
    """The agent does not let us in; asking again only fills its log."""


class End(Enum):
    """Whether more rows of a column follow a page."""

    MORE = "more"
    REACHED = "reached"
    UNSURE = "unsure"
    """The agent sent no row: the end of what it has, or an error that the engine can't tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer of a walk, with all rows inside the column and in the agent's order."""

    rows: tuple[tuple[Oid, Value], ...]
    end: End


class ColumnWalk(Protocol):
    """A walk over one column; after an error the same page is asked for again."""

    async def page(self) -> Page:
        """Return the next page.

        Raises:
            AgentError: as the kinds above.
        """
        ...


class Session(Protocol):
    """A conversation with one agent; one request at a time."""

    async def refresh(self) -> None:
        """Make ready for requests: SNMPv3 learns the agent's engine and its time.

        Raises:
            AgentError: as the kinds above.
        """
        ...

    async def get(self, oids: Sequence[Oid]) -> dict[Oid, Value]:
        """Return the instances that the agent has; others are missing or None.

        Raises:
            AgentError: as the kinds above.
        """
        ...

    def walk(self, column: Oid, repetitions: int) -> ColumnWalk:
        """Return a walk over a column, `repetitions` rows a page."""
        ...

    def close(self) -> None:
        """Give up the socket."""
        ...


class Engine(Protocol):
    """One SNMP library."""

    def session(self, device: Device, address: str, timeout_s: float) -> Session:
        """Return a session; nothing is sent yet.

        Args:
            device: whom to ask, and with what credentials.
            address: its numeric address.
            timeout_s: how long to wait for each answer.

        Raises:
            AgentError: if the address or a key can't be used.
        """
        ...
