"""`call threshold` and `call spike`: when a gateway takes no more calls."""

import re

from qosbot.domain.audit.facts import CallLimit

_BEGINS = ("call threshold ", "call spike ")
_SCOPE = r"call threshold (?:global|interface (?P<interface>\S+(?: \d\S*)?))"
_CALLS = re.compile(rf"{_SCOPE} (?:total-calls|int-calls) low \d+ high (?P<most>\d+)(?: .*)?")
_BANDWIDTH = re.compile(
    rf"{_SCOPE} int-bandwidth (?:class-map \S+ (?:l2-overhead \d+ )?)?low \d+ high (?P<most>\d+)"
    r"(?: .*)?"
)
_OTHERS = re.compile(
    rf"{_SCOPE} (?:cpu-5sec|cpu-avg|io-mem|proc-mem|total-mem) low \d+ high \d+(?: .*)?"
    r"|call threshold interface \S+(?: \d\S*)? int-bandwidth class-map \S+(?: l2-overhead \d+)?"
    r"(?: midcall-exceed)?"
    r"|call threshold poll-interval (?:cpu-average|memory) \d+"
    r"|call spike \d+(?: steps \d+ size \d+)?"
)


def is_meant(text: str) -> bool:
    """Return whether a line is about the admission of calls."""
    return text.startswith(_BEGINS)


def limit(text: str) -> CallLimit | None:
    """Return what a line admits; None for one that is about something else, or not understood."""
    calls, bandwidth = _CALLS.fullmatch(text), _BANDWIDTH.fullmatch(text)
    if calls is not None:
        name = calls["interface"]
        interface = name.replace(" ", "") if name else None
        return CallLimit(line=text, interface=interface, calls=int(calls["most"]))
    if bandwidth is not None:
        name = bandwidth["interface"]
        interface = name.replace(" ", "") if name else None
        return CallLimit(line=text, interface=interface, bps=int(bandwidth["most"]) * 1e3)
    return None


def is_understood(text: str) -> bool:
    """Return whether a line says what is known here, judged or not."""
    return limit(text) is not None or _OTHERS.fullmatch(text) is not None
