"""Words for a MOS: five bands whose lower ends an operator may move."""

from dataclasses import astuple, dataclass
from enum import StrEnum
from itertools import pairwise


class Band(StrEnum):
    """How good a score is, in one word."""

    EXCELLENT = "Excellent"
    GOOD = "Good"
    FAIR = "Fair"
    POOR = "Poor"
    UNACCEPTABLE = "Unacceptable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """The least MOS of each band; what is below the last is unacceptable.

    Raises:
        ValueError: if the ends do not fall, or leave the scale.
    """

    excellent: float = 4.3
    good: float = 4.0
    fair: float = 3.5
    poor: float = 3.0

    def __post_init__(self) -> None:
        """Reject bands that overlap or that nothing can reach."""
        ends = (4.5, *astuple(self), 1.0)
        if not all(higher >= lower for higher, lower in pairwise(ends)) or not (
            self.excellent > self.good > self.fair > self.poor
        ):
            raise ValueError(
                f"the bands must fall from at most 4.5 to at least 1, not "
                f"{', '.join(f'{end:g}' for end in astuple(self))}"
            )

    def of(self, mos: float) -> Band:
        """Return the band of a score."""
        ends = zip(Band, astuple(self), strict=False)
        return next((band for band, least in ends if mos >= least), Band.UNACCEPTABLE)
