"""Powers and roots of the E-model's formulas, by products, square roots and exponentials.

numpy's general power costs more than twice an exponential and ten times a square root; the
formulas have some twenty powers, so they are what a score costs.  All is in float64.
"""

import math

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Numbers = float | FloatArray

_LN_10 = math.log(10.0)
_TINY = 1e-300


def power_of_db(level_db: Numbers) -> FloatArray:
    """Return 10^(level / 10)."""
    return np.asarray(np.exp(np.multiply(level_db, _LN_10 / 10)))


def lg(number: Numbers) -> FloatArray:
    """Return the logarithm to base 10."""
    return np.asarray(np.log(number) * (1 / _LN_10))


def squared(number: Numbers, times: int) -> FloatArray:
    """Return a number squared so many times: x^2, x^4, x^8 and so on."""
    power = np.asarray(number)
    for _ in range(times):
        power = power * power
    return power


def square_rooted(number: Numbers, times: int) -> FloatArray:
    """Return the square root, taken so many times."""
    root = np.asarray(number)
    for _ in range(times):
        root = np.sqrt(root)
    return root


def raised(base: Numbers, power: Numbers) -> FloatArray:
    """Return base^power for bases of 0 and more and powers above 0."""
    return np.asarray(np.exp(np.log(np.maximum(base, _TINY)) * power))
