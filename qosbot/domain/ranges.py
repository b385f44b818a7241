"""What an input may be: refused by name and range where it is not."""

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np

from qosbot.domain.powers import FloatArray

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def refuse_outliers(
    connection: "DataclassInstance", limits: Mapping[str, tuple[float, float]]
) -> None:
    """Turn the inputs of a connection into float64, in which all is computed, and check them.

    None is let through where it is an input's default.

    Raises:
        ValueError: names the first input that is no number or outside its limits, and its range.
    """
    optional = {field.name for field in fields(connection) if field.default is None}
    for name, (low, high) in limits.items():
        given = getattr(connection, name)
        if given is None and name in optional:
            continue
        values = np.asarray(given)
        if values.dtype.kind not in "biuf":
            what = type(given).__name__
            raise ValueError(f"{name} must be numbers in {low:g} to {high:g}, not {what}")
        if values.dtype != np.float64 or not isinstance(given, float | np.ndarray):
            values = values.astype(np.float64)
            object.__setattr__(connection, name, values)
        outside = (values < low) | (values > high)
        if np.any(outside):
            outlier = in_full(_first(values, outside))
            raise ValueError(f"{name} must be in {low:g} to {high:g}, not {outlier}")


def _first(values: FloatArray, where: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    return float(np.atleast_1d(values)[np.atleast_1d(where)][0])


def in_full(value: float) -> str:
    """Return a number with as few digits as tell it from every other."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)
