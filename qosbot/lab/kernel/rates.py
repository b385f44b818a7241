"""What each class of a policy is sure of, and how much at once exceeds a rate: pure numbers."""

from collections.abc import Sequence

from qosbot.lab.policies import PolicyClass, Rate

BURST_S = 0.05
PRIORITY_BURST_S = 0.2
"""IOS's own for `priority` without a burst; also what carriers allow an EF contract here."""
_LEAST_BURST_BYTES = 3028


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
    relative = {
        cls.name: cls.bandwidth.amount
        for cls in rest
        if cls.bandwidth is not None and cls.bandwidth.unit.startswith("remaining")
    }
    without = [cls for cls in rest if cls.bandwidth is None]
    shares: dict[str, float] = {}
    whole = max(sum(relative.values()), 100.0 if relative else 0.0)
    for cls in rest:
        if cls.name in relative:
            shares[cls.name] = left * relative[cls.name] / whole
        elif cls.bandwidth is not None:
            shares[cls.name] = cls.bandwidth.bps(reference)
    left -= sum(shares[name] for name in relative)
    for cls in without:
        shares[cls.name] = max(left, 0.0) / len(without)
    return shares


def _bps(rate: Rate | None, reference: float) -> float:
    return rate.bps(reference) if rate is not None else 0.0
