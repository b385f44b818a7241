"""Policy maps as values, and the lines that a class of one can have."""

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
            return replace(known, queue_limit=(float(amount), unit[0] if unit else "packets"))
        case ["fair-queue", *_]:
            return replace(known, fair_queue=True)
        case ["service-policy", name]:
            return replace(known, child=name)
    return known


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
        is_marking = action in {"set-dscp-transmit", "set-prec-transmit"}
        dscp = next(iter(parse_dscps(mark)), None) if is_marking else None
        if word == "conform-action":
            police = replace(police, conform_dscp=dscp)
        elif word == "exceed-action":
            police = replace(police, exceed_dscp=dscp, exceed_drops=action == "drop")
    return police
