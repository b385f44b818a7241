"""What an input may be: refused by name and range where it is not."""

from collections.abc import Mapping

import numpy as np

from qosbot.domain.powers import Numbers


def refuse_outliers(connection: object, limits: Mapping[str, tuple[float, float]]) -> None:
    """Raise a ValueError that names the first input outside its limits, and its range."""
    for name, (low, high) in limits.items():
        given = getattr(connection, name)
        if given is not None and np.any(np.less(given, low) | np.greater(given, high)):
            raise ValueError(
                f"{name} must be in {low:g} to {high:g}, not {_outlier(given, low, high):g}"
            )


def _outlier(given: Numbers, low: float, high: float) -> float:
    values = np.atleast_1d(np.asarray(given, dtype=np.float64))
    return float(values[(values < low) | (values > high)][0])
