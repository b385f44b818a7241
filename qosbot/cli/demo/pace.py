"""How fast a demo may go: the model answers at once, real packets take real time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The times of a demo."""

    poll_interval_s: float
    probes_ran_s: float
    """How long the probes run before the first poll."""
    limit_s: float
    """The end of it all, however the scenarios stand."""
    patience: float = 1.0
    """By how much whatever is waited for may come later."""
    lab_options: tuple[str, ...] = ()


MODEL = Pace(poll_interval_s=2.0, probes_ran_s=30.0, limit_s=170.0)
"""The lab's queueing model; three minutes with what comes after."""

KERNEL = Pace(
    poll_interval_s=20.0,
    probes_ran_s=30.0,
    limit_s=800.0,
    patience=3.0,
    lab_options=("--kernel",),
)
"""Real queues, counters and probes: over shorter intervals than these, what a full line serves is
noise by more than the judgement of other classes allows."""
