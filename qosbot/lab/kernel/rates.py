"""What each class of a policy is sure of, and how much at once exceeds a rate: pure numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qosbot.lab.policies import PolicyClass, Rate, parts_of_the_rest

BURST_S = 0.05
PRIORITY_BURST_S = 0.2
"""IOS's own for `priority` without a burst; also what carriers allow an EF contract here."""
LEAST_SURE_BPS = 8.0
"""HTB's least rate: nothing; such a class has what others leave."""
_LEAST_BURST_BYTES = 3028
_LEAST_BPS = 8000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a policy has to share, in bit/s."""

    limit_bps: float
    """What its parent may send at most."""
    reference_bps: float
    """What percents are percents of."""
    sure_bps: float
    """What its parent may send whatever others do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRates:
    """The rates of a class, in bit/s."""

    ceil_bps: float
    wanted_bps: float
    """What its lines say, at most its ceiling; what it borrows goes by that."""
    sure_bps: float
    """What it may send whatever others do: as much of that as fits into its parent."""

    def room(self) -> Room:
        """Return what a policy nested in the class has to share."""
        return Room(limit_bps=self.ceil_bps, reference_bps=self.ceil_bps, sure_bps=self.sure_bps)


def policing_burst(bps: float, burst_s: float) -> int:
    """Return how many bytes a policer of a rate lets pass at once."""
    return max(round(bps / 8 * burst_s), _LEAST_BURST_BYTES)


def shares_of(
    classes: Sequence[PolicyClass], reference: float, limit_bps: float
) -> dict[str, float]:
    """Return what each class without priority is sure of, in bit/s.

    What nobody reserved is split by the classes without a `bandwidth`; a share of what is left is
    one of that.
    """
    reserved = sum(_bps(cls.priority, reference) for cls in classes if cls.is_priority)
    reserved += sum(_bps(cls.bandwidth, reference) for cls in classes)
    left = max(limit_bps - reserved, 0.0)
    rest = [cls for cls in classes if not cls.is_priority]
    parts = parts_of_the_rest([cls.bandwidth for cls in rest])
    return {
        cls.name: left * part + _bps(cls.bandwidth, reference)
        for cls, part in zip(rest, parts, strict=True)
    }


def rates_of(classes: Sequence[PolicyClass], room: Room) -> Mapping[str, ClassRates]:
    """Return the rates of the classes that have a queue.

    HTB lets a class send at its own rate whatever its parents have left, so rates that add up to
    more than the parent's would make a line faster than it is.  They are cut to fit: first those
    of the classes without priority, as a strict scheduler does.
    """
    shares = shares_of(classes, room.reference_bps, room.limit_bps)
    ceils = {cls.name: _ceil_bps(cls, room.limit_bps) for cls in classes}
    wanted = {
        cls.name: max(
            min(_priority_bps(cls, room) if cls.is_priority else shares[cls.name], ceils[cls.name]),
            _LEAST_BPS,
        )
        for cls in classes
    }
    first = sum(wanted[cls.name] for cls in classes if cls.is_priority)
    others = sum(wanted.values()) - first
    for_first = min(1.0, room.sure_bps / first) if first else 1.0
    for_others = min(1.0, max(room.sure_bps - first, 0.0) / others) if others else 1.0
    return {
        cls.name: ClassRates(
            ceil_bps=ceils[cls.name],
            wanted_bps=wanted[cls.name],
            sure_bps=max(
                wanted[cls.name] * (for_first if cls.is_priority else for_others), LEAST_SURE_BPS
            ),
        )
        for cls in classes
    }


def _priority_bps(cls: PolicyClass, room: Room) -> float:
    return cls.priority.bps(room.reference_bps) if cls.priority else room.limit_bps


def _ceil_bps(cls: PolicyClass, limit_bps: float) -> float:
    is_shaped = cls.shape is not None and not cls.is_priority
    ceil = min(cls.shape.bps(limit_bps), limit_bps) if is_shaped and cls.shape else limit_bps
    return max(ceil, _LEAST_BPS)


def _bps(rate: Rate | None, reference: float) -> float:
    return rate.bps(reference) if rate is not None else 0.0
