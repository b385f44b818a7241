"""How long a device's revert timer has to run, so that it never crosses what we do."""

import math

LEAST_TIMER_MIN = 5
CONFIRM_LEFT_S = 45.0
"""With less time left on the device's timer a confirm is not sent: it could cross the revert."""
VERIFY_MARGIN_S = 60.0
_ROUNDING = 1e-9


def verify_s(*, runs: int, probe_period_s: float, poll_interval_s: float) -> float:
    """Return how long it takes to see `runs` new probe runs, with a margin, in seconds."""
    return runs * probe_period_s + 2 * poll_interval_s + VERIFY_MARGIN_S


def revert_after_min(*, apply_s: float, verifying_s: float) -> int:
    """Return the minutes to arm the revert timer with: whole ones, and at least 5."""
    return max(LEAST_TIMER_MIN, math.ceil((apply_s + verifying_s) / 60 - _ROUNDING))
