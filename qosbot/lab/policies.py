"""Policy maps as values, and the lines that a class of one can have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qosbot.lab.matching import parse_dscps

CLASS_DEFAULT = "class-default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A rate as configured: absolute, a share of the reference rate, or of what is left over."""

    amount: float
    unit: str
    """`bps`, `percent`, `remaining percent` or `remaining ratio`."""

    def bps(self, reference_bps: float) -> float:
        """Return the rate; a share of what is left is not one, so it counts as zero."""
        if self.unit == "bps":
            return self.amount
        return reference_bps * self.amount / 100 if self.unit == "percent" else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Police:
    """A policer; what exceeds is dropped, sent, or sent with another mark."""

    rate: Rate
    conform_dscp: int | None = None
    exceed_dscp: int | None = None
    exceed_drops: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyClass:
    """A class of a policy and its actions."""

    name: str
    is_priority: bool = False
    priority: Rate | None = None
    """None in a priority class: bounded by nothing."""
    priority_level: int = 1
    bandwidth: Rate | None = None
    shape: Rate | None = None
    police: Police | None = None
    set_dscp: int | None = None
    queue_limit: tuple[float, str] | None = None
    """Amount with `packets`, `bytes` or `ms`."""
    fair_queue: bool = False
    child: str = ""

    @property
    def has_queue(self) -> bool:
        """Whether the class gets a queue of its own rather than class-default's."""
        return bool(
            self.is_priority
            or self.bandwidth
            or self.shape
            or self.fair_queue
            or self.child
            or self.name == CLASS_DEFAULT
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyMap:
    """A policy: its classes in order, class-default always last."""

    name: str
    classes: tuple[PolicyClass, ...]

    @property
    def queues(self) -> bool:
        """Whether any class of it schedules; if none does, the interface's own queue remains."""
        return any(
            cls.is_priority or cls.bandwidth or cls.shape or cls.fair_queue or cls.child
            for cls in self.classes
        )


def parts_of_the_rest(bandwidths: Sequence[Rate | None]) -> list[float]:
    """Return which part of what nobody reserved each class has, of those without priority.

    Percents of it are what they say, and who says nothing shares what they leave.  Ratios are to
    each other, and 1 where nothing is said.
    """
    said = {rate.unit for rate in bandwidths if rate is not None}
    is_silent = [rate is None for rate in bandwidths]
    relative = [
        rate.amount if rate is not None and rate.unit.startswith("remaining") else 0.0
        for rate in bandwidths
    ]
    if "remaining ratio" in said:
        weights = [1.0 if silent else own for silent, own in zip(is_silent, relative, strict=True)]
        return [weight / sum(weights) for weight in weights]
    whole = max(sum(relative), 100.0)
    left = (whole - sum(relative)) / max(sum(is_silent), 1)
    return [
        (left if silent else own) / whole for silent, own in zip(is_silent, relative, strict=True)
    ]


def parse_action(  # noqa: C901, PLR0911 - one case per line that IOS has
    known: PolicyClass, words: list[str]
) -> PolicyClass:
    """Return the class with one more line of its section applied."""
    match words:
        case ["priority", "level", level, *rest]:
            rate = _rate(rest, 1000.0)
            return replace(known, is_priority=True, priority=rate, priority_level=_number(level, 1))
        case ["priority", *rest]:
            return replace(known, is_priority=True, priority=_rate(rest, 1000.0))
        case ["bandwidth", *rest]:
            return replace(known, bandwidth=_rate(rest, 1000.0))
        case ["shape", "average" | "peak", *rest]:
            return replace(known, shape=_rate(rest, 1.0))
        case ["police", *rest]:
            return replace(known, police=_police(rest))
        case ["conform-action" | "exceed-action" | "violate-action", *_] if known.police:
            return replace(known, police=_police_actions(known.police, words))
        case ["set", "dscp", value] | ["set", "ip", "dscp", value]:
            return replace(known, set_dscp=next(iter(parse_dscps([value])), None))
        case ["set", "precedence", value] | ["set", "ip", "precedence", value]:
            return replace(known, set_dscp=8 * _number(value, 0))
        case ["queue-limit", amount, *unit] if amount.isdigit():
            return replace(known, queue_limit=_queue_limit(float(amount), unit))
        case ["fair-queue", *_]:
            return replace(known, fair_queue=True)
        case ["service-policy", name]:
            return replace(known, child=name)
    return known


def _queue_limit(amount: float, unit: list[str]) -> tuple[float, str]:
    if unit[:1] == ["us"]:
        return amount / 1000, "ms"
    return amount, unit[0] if unit else "packets"


def _number(word: str, otherwise: int) -> int:
    return int(word) if word.isdigit() else otherwise


def _rate(words: list[str], bps_per_unit: float) -> Rate | None:
    match words:
        case ["percent", share, *_] if share.isdigit():
            return Rate(amount=float(share), unit="percent")
        case ["remaining", "percent" | "ratio" as unit, share, *_] if share.isdigit():
            return Rate(amount=float(share), unit=f"remaining {unit}")
        case [amount, *_] if amount.isdigit():
            return Rate(amount=float(amount) * bps_per_unit, unit="bps")
    return None


def _police(words: list[str]) -> Police | None:
    while words and words[0] in {"cir", "rate"}:
        words = words[1:]
    rate = _rate(words, 1.0)
    return None if rate is None else _police_actions(Police(rate=rate), words)


def _police_actions(police: Police, words: list[str]) -> Police:
    for at, word in enumerate(words):
        if not word.endswith("-action") or at + 1 >= len(words):
            continue
        action, mark = words[at + 1], words[at + 2 : at + 3]
        dscp = None
        if action == "set-dscp-transmit":
            dscp = next(iter(parse_dscps(mark)), None)
        elif action == "set-prec-transmit":
            dscp = next((8 * int(value) for value in mark if value.isdigit()), None)
        if word == "conform-action":
            police = replace(police, conform_dscp=dscp)
        elif word == "exceed-action":
            police = replace(police, exceed_dscp=dscp, exceed_drops=action == "drop")
    return police
