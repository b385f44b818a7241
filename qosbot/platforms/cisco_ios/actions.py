"""What a policy-map does to a class: each line of it as one more fact."""

import re
from collections.abc import Callable, Mapping
from typing import TypedDict

from qosbot.domain.policies import Share
from qosbot.platforms.cisco_ios.words import dscp, precedence


class Read(TypedDict, total=False):
    """The fields of `PolicyClass` that were read."""

    priority: Share | None
    is_priority: bool
    bandwidth: Share | None
    bandwidth_remaining_ratio: float
    shape: Share
    police: Share | None
    set_dscp: int
    child: str
    queue_limit_packets: int
    has_fair_queue: bool
    has_random_detect: bool
    priority_level: int | None
    has_police: bool
    police_burst_bytes: float | None
    police_burst_s: float | None
    police_actions: tuple[tuple[str, str], ...]
    shape_burst_bits: float | None
    bandwidth_remaining_weight: int
    queue_limit_s: float
    queue_limit_bytes: int
    set_values: tuple[tuple[str, str], ...]
    other: tuple[str, ...]


_RATE = r"(?P<value>\d+)(?P<unit>[kmg]?)"
_ACCOUNT = r"(?: account (?:dot1q|qinq|user-defined)\b.*)?"
_ACTION = (
    r"(?:transmit|drop|policed-dscp-transmit|set-[a-z0-9-]+-transmit"
    r"(?: (?!(?:conform|exceed|violate)-action)\S+)*)"
)
_PRIORITY = re.compile(
    r"priority(?P<level> level \d)?(?:(?P<percent> percent)? (?P<value>\d+)(?P<more> \d+)?)?"
)
_BANDWIDTH = re.compile(
    r"bandwidth (?:(?P<unit>percent|remaining percent|remaining ratio) )?(?P<value>\d+)"
    rf"(?P<more>{_ACCOUNT})"
)
_SHAPE = re.compile(
    rf"shape (?P<kind>average|peak) (?P<percent>percent )?{_RATE}"
    rf"(?P<more>(?: (?P<bc>\d+)(?P<ms> ms)?(?: \d+(?: ms)?)?)?{_ACCOUNT})"
)
_POLICE = re.compile(
    rf"police (?:cir |rate )?(?P<percent>percent )?{_RATE}(?: (?P<scale>bps|kbps|mbps|gbps|pps))?"
    r"(?P<more>(?: (?:bc |burst )?(?P<burst>\d+)(?P<ms> ms)?(?: (?P<kilo>k)?(?:bytes?|packets))?"
    r"(?: (?:(?:be|peak-burst|pir(?: percent)?|peak-rate(?: percent)?) )?\d+[kmg]?"
    r"(?: (?:ms|bytes|bps|packets))?)*)?"
    r"(?: (?:pir|peak-rate)(?: percent)? \d+[kmg]?(?: [bp]ps)?(?: (?:be|peak-burst) \d+"
    r"(?: (?:ms|bytes|packets))?)?)?"
    rf"(?P<actions>(?: (?:conform|exceed|violate)-action {_ACTION})*))"
)
_POLICE_SHARED = re.compile(r"police (?:aggregate \S+|flow(?: mask \S+)? \d+(?: .*)?)")
_POLICE_ACTION = re.compile(rf"(?P<when>conform|exceed|violate)-action (?P<what>{_ACTION})")
_QUEUE_LIMIT = re.compile(r"queue-limit (?P<value>\d+)(?: (?P<unit>packets|bytes|ms|us))?")
_SET = re.compile(
    r"set (?P<what>(?:ip )?(?:dscp|precedence)|cos(?:-inner)?|qos-group|discard-class|atm-clp|fr-de"
    r"|mpls experimental(?: imposition| topmost)?|traffic-class|vlan inner)"
    r"(?P<value>(?: [\w-]+)?(?: table \S+)?)"
)
_KNOWN = re.compile(
    r"random-detect(?: (?:dscp|precedence|prec|discard-class|cos|clp|atm-clp|mpls-exp)-based"
    r"(?: aggregate.*| percent)?|"
    r" (?:dscp|precedence|discard-class|cos|clp) \S+(?: \d+(?: (?:ms|us|bytes|packets))?){1,3}"
    r"| (?:dscp|precedence|cos) (?:values? )?\S+ percent \d+ \d+"
    r"| ecn| exponential-weighting-constant \d+| (?:precedence|dscp) values? .*| aggregate.*)"
    r"|fair-queue(?: \d+|(?: (?:queue-limit|flow|individual-limit|dynamic-queues) \d+)+"
    r"| pre-classify)"
    r"|queue-limit (?:dscp|cos|precedence|discard-class|atm clp)"
    r"(?: values)?(?: [a-z0-9]+)+(?: percent)? \d+(?: (?:ms|us|bytes|packets))?"
    r"|queue-limit percent \d+|queue-limit atm clp \d+|queue-buffers ratio \d+|drop|account"
    r"|netflow-sampler \S+|compress(?:ion)? header ip(?: rtp| tcp)?"
    r"|shape (?:fecn-adapt|adaptive \d+|max-buffers \d+)|estimate bandwidth.*"
    r"|trust (?:dscp|cos|ip-precedence|precedence|device .*)"
    r"|description .*|dbl|admit cac \S+|conform-color \S+(?: exceed-color \S+)?"
    r"|set (?:ip )?(?:dscp|precedence) tunnel \S+|set wlan user-priority \S+(?: table \S+)?"
    r"|set (?:qos-group mpls experimental topmost|mpls experimental (?:imposition|topmost)"
    r" qos-group)(?: table \S+)?"
    r"|police \d+ pps.*"
)
_COPIED = {
    "dscp": ("cos", "qos-group", "dscp", "precedence"),
    "precedence": ("cos", "qos-group"),
    "cos": ("dscp", "precedence", "cos", "qos-group"),
    "qos-group": ("dscp", "precedence", "mpls", "cos"),
    "atm-clp": ("",),
    "fr-de": ("",),
}
"""Which fields a value may be copied from, as it is or by a table; "": it is set to one."""
_PERCENT = 100.0
_TIMES = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}
_SCALES = {None: 1.0, "bps": 1.0, "kbps": 1e3, "mbps": 1e6, "gbps": 1e9}
_LIMIT_UNITS_S = {"ms": 1e-3, "us": 1e-6}


def read(held: Read, text: str) -> bool:
    """Put what one line more says into a class; return whether it was understood."""
    action = _ACTIONS.get(text.partition(" ")[0])
    after = action(held, text) if action is not None else None
    if after is not None:
        held.update(after)
        return True
    held["other"] = (*held.get("other", ()), text)
    return _KNOWN.fullmatch(text) is not None


def _with_priority(held: Read, text: str) -> Read | None:
    found = _PRIORITY.fullmatch(text)
    if found is None:
        return None
    share = None
    if found["value"] is not None:
        share = _share(float(found["value"]), percent=found["percent"] is not None, unit_bps=1000.0)
    said = f"{found['level'] or ''}{found['more'] or ''}".strip()
    return Read(
        is_priority=True,
        # `priority level 1` and `priority percent 30` may stand on lines of their own.
        priority=share or held.get("priority"),
        priority_level=int(found["level"][-1]) if found["level"] else held.get("priority_level"),
        other=(*held.get("other", ()), f"priority {said}") if said else held.get("other", ()),
    )


def _with_bandwidth(held: Read, text: str) -> Read | None:
    found = _BANDWIDTH.fullmatch(text)
    if found is None:
        return None
    other = (*held.get("other", ()), text) if found["more"] else held.get("other", ())
    if found["unit"] == "remaining percent":
        ratio = int(found["value"]) / _PERCENT
        return Read(bandwidth_remaining_ratio=ratio, other=other)
    if found["unit"] == "remaining ratio":
        weight = int(found["value"])
        return Read(bandwidth_remaining_weight=weight, other=(*held.get("other", ()), text))
    share = _share(float(found["value"]), percent=found["unit"] == "percent", unit_bps=1000.0)
    return Read(bandwidth=share, other=other)


def _with_shape(held: Read, text: str) -> Read | None:
    found = _SHAPE.fullmatch(text)
    if found is None:
        return None
    share = _share(int(found["value"]) * _TIMES[found["unit"]], percent=bool(found["percent"]))
    plain = found["kind"] == "average" and not found["more"]
    return Read(
        shape=share,
        shape_burst_bits=float(found["bc"]) if found["bc"] and not found["ms"] else None,
        other=held.get("other", ()) if plain else (*held.get("other", ()), text),
    )


def _with_police(held: Read, text: str) -> Read | None:
    if _POLICE_SHARED.fullmatch(text) is not None:
        return Read(has_police=True, other=(*held.get("other", ()), text))
    found = _POLICE.fullmatch(text)
    if found is None:
        return None
    share = None
    if found["scale"] != "pps":
        rate = int(found["value"]) * _TIMES[found["unit"]] * _SCALES[found["scale"]]
        share = _share(rate, percent=bool(found["percent"]))
    whole = bool(found["more"]) or share is None
    burst = float(found["burst"] or 0) * (1e3 if found["kilo"] else 1.0) or None
    said = f"police{found['more']}" if share is not None else text
    return Read(
        has_police=True,
        police=share,
        police_burst_bytes=burst if not found["ms"] else None,
        police_burst_s=burst / 1e3 if burst and found["ms"] else None,
        police_actions=_police_actions(found["actions"]),
        other=(*held.get("other", ()), said) if whole else held.get("other", ()),
    )


def _with_police_action(held: Read, text: str) -> Read | None:
    if not held.get("has_police") or _POLICE_ACTION.fullmatch(text) is None:
        return None
    actions = (*held.get("police_actions", ()), *_police_actions(text))
    return Read(police_actions=actions, other=(*held.get("other", ()), text))


def _police_actions(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((one["when"], one["what"]) for one in _POLICE_ACTION.finditer(text))


def _with_mark(held: Read, text: str) -> Read | None:
    found = _SET.fullmatch(text)
    if found is None:
        return None
    field, value = found["what"].removeprefix("ip "), found["value"].strip()
    values = (*held.get("set_values", ()), (field, value))
    number = dscp(value) if field == "dscp" else None
    if number is not None:
        return Read(set_dscp=number, set_values=values)
    is_number = value.isascii() and value.isdigit() and field != "dscp"
    is_precedence = field == "precedence" and precedence(value) is not None
    if not (is_number or is_precedence or value.split(" ")[0] in _COPIED.get(field, ())):
        return None
    return Read(set_values=values, other=(*held.get("other", ()), text))


def _with_child(held: Read, text: str) -> Read | None:
    del held
    _, *rest = text.split()
    return Read(child=rest[0]) if len(rest) == 1 else None


def _with_queue_limit(held: Read, text: str) -> Read | None:
    found = _QUEUE_LIMIT.fullmatch(text)
    if found is None:
        return None
    value, unit = int(found["value"]), found["unit"]
    if unit in {None, "packets"}:
        return Read(queue_limit_packets=value)
    other = (*held.get("other", ()), text)
    if unit == "bytes":
        return Read(queue_limit_bytes=value, other=other)
    return Read(queue_limit_s=value * _LIMIT_UNITS_S[unit], other=other)


def _with_fair_queue(held: Read, text: str) -> Read | None:
    if text != "fair-queue" and _KNOWN.fullmatch(text) is None:
        return None
    other = held.get("other", ()) if text == "fair-queue" else (*held.get("other", ()), text)
    return Read(has_fair_queue=True, other=other)


def _with_random_detect(held: Read, text: str) -> Read | None:
    if text != "random-detect" and _KNOWN.fullmatch(text) is None:
        return None
    other = held.get("other", ()) if text == "random-detect" else (*held.get("other", ()), text)
    return Read(has_random_detect=True, other=other)


def _share(value: float, *, percent: bool, unit_bps: float = 1.0) -> Share:
    if percent:
        return Share(ratio=value / _PERCENT)
    return Share(bps=value * unit_bps)


_ACTIONS: Mapping[str, Callable[[Read, str], Read | None]] = {
    "priority": _with_priority,
    "bandwidth": _with_bandwidth,
    "shape": _with_shape,
    "police": _with_police,
    "conform-action": _with_police_action,
    "exceed-action": _with_police_action,
    "violate-action": _with_police_action,
    "set": _with_mark,
    "service-policy": _with_child,
    "queue-limit": _with_queue_limit,
    "fair-queue": _with_fair_queue,
    "random-detect": _with_random_detect,
}
