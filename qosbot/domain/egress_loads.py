"""How busy an interface was on its way out over a week: what a shaper must not fall below."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

BIN = timedelta(minutes=5)
"""What a rate is a mean over; the usual grain of a 95th percentile in billing and planning."""

WINDOW = timedelta(days=7)
"""A week, so that no busy weekday is left out."""

_PERCENTILE = 95.0
_KNOWN_RATIO = 0.9
"""Bins of the window that must have been measured; the busiest hours must not hide in a gap."""

_MEASURED_RATIO = 0.5
"""Of a bin, for its mean to stand for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressLoad:
    """What left by an interface in one bin of time."""

    from_at: datetime
    """Its start; a whole number of bins since 1970."""

    rate_bps: float
    """Mean over what was measured of it; bit/s."""

    measured_s: float


def busiest_bps(loads: Sequence[EgressLoad], now: datetime) -> float | None:
    """Return the 95th percentile of the last 7 days in bit/s; None: not known.

    It is not known where more than a tenth of the bins were not measured.  The percentile is a
    rate that was seen, never one between two.
    """
    since = now - WINDOW
    rates = {
        one.from_at: one.rate_bps
        for one in loads
        if since <= one.from_at <= now and one.measured_s >= _MEASURED_RATIO * BIN.total_seconds()
    }
    if len(rates) < _KNOWN_RATIO * (WINDOW / BIN):
        return None
    return float(np.percentile(list(rates.values()), _PERCENTILE, method="higher"))
