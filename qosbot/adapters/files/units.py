"""Quantities with their units, as a person writes them: `20 Mbit/s`, `15 min`, `33 %`."""

import re
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

_FORM = re.compile(r"(\d{1,12}(?:\.\d{1,9})?) *(\D.{0,19})", re.ASCII)
_NUMBER = re.compile(r"[-+]?[\d.,_]+(?:[eE][-+]?\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """A kind of quantity, the units it may be written in and one example of each."""

    name: str
    units: MappingProxyType[str, Decimal]
    example: str

    def advice(self) -> str:
        """Return what to write instead."""
        return f"write {self.name} like `{self.example}` ({', '.join(self.units)})"


RATE = Dimension(
    name="a rate",
    units=MappingProxyType(
        {
            "bit/s": Decimal(1),
            "kbit/s": Decimal(10**3),
            "Mbit/s": Decimal(10**6),
            "Gbit/s": Decimal(10**9),
        }
    ),
    example="20 Mbit/s",
)
TIME = Dimension(
    name="a time",
    units=MappingProxyType(
        {"ms": Decimal("0.001"), "s": Decimal(1), "min": Decimal(60), "h": Decimal(3600)}
    ),
    example="20 ms",
)
SHARE = Dimension(name="a share", units=MappingProxyType({"%": Decimal("0.01")}), example="33 %")


def quantity(text: str, dimension: Dimension) -> float:
    """Return a quantity in SI units: bit/s, seconds, or a ratio.

    `Mbps`, `MB/s` and the like are refused: each is read as bits by some and bytes by others.

    Raises:
        ValueError: with what is wrong; it never quotes `text`.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        bare = _NUMBER.fullmatch(text.strip())
        raise ValueError("has no unit" if bare else f"is not {dimension.name}")
    number, unit = match.groups()
    factor = dimension.units.get(unit)
    if factor is not None:
        return float(Decimal(number) * factor)
    for other in (RATE, TIME, SHARE):
        if unit in other.units:
            raise ValueError(f"is {other.name} where {dimension.name} is needed")
    raise ValueError("has a unit that is not known")
