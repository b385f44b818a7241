"""What a bot that serves is made of: ticks, a pool for slow work, and whether both are well."""

from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Protocol

from qosbot.domain.audit.schedule import Nightly


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """Something that is done again and again; never twice at the same time."""

    name: str
    interval_s: float
    work: Callable[[], object]
    follows: str = ""
    """The tick at whose end this one begins, besides its interval; it does not begin sooner."""
    stuck_after_s: float = 60.0
    """How long one run may take before a person should look."""
    nightly: Nightly | None = None
    """A time of day at which it comes, too; its interval makes up for one that was missed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TickState:
    """How a tick has gone since the process began."""

    tick: Tick
    began_s: float | None = None
    """When it began last, on a clock that nobody sets."""
    is_running: bool = False
    runs: int = 0
    missed: int = 0
    """Came so late that they were left out."""
    skipped: int = 0
    """Left out because the one before still ran."""
    failed: int = 0
    failed_in_a_row: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One piece of work for a pool."""

    name: str
    """No two pieces of one name are at work or wait at the same time."""
    do: Callable[[], object]
    """May return a piece that is to be done next, in a lane of its own; nobody else's of its name
    comes in between."""
    is_urgent: bool = False
    """Goes before others, and has threads of its own when those of all others hang."""
    lane: str = ""
    """Pieces of one lane are done one after the other; empty: beside any other."""
    context: Context = field(default_factory=copy_context, repr=False)
    """What its records belong to, as it was when the piece was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolState:
    """What a pool has in hand, and how it went since the process began."""

    in_flight: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    oldest_began_s: float | None = None
    """Of what is in flight, on a clock that nobody sets."""
    done: int = 0
    failed: int = 0
    failed_in_a_row: int = 0


class Pool(Protocol):
    """Does pieces of work beside each other."""

    def offer(self, work: Work) -> bool:
        """Take a piece unless one of its name is in hand or the pool stops; return at once.

        One that waits already becomes urgent where the new one is.
        """
        ...

    def is_stopping(self) -> bool:
        """Return whether work should end at its next safe point."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Whether one thing is as it must be; it names no device and quotes nothing."""

    is_met: bool
    why: str = ""
    age_s: float | None = None
    """How old what it rests on is."""


Check = Callable[[], Condition]
"""Looks now; it may be asked from any thread, and should not wait."""
