"""What access lists and applications say of the packets in a class: voice, signalling, data.

Many classes and rules ask the same of one list, and lists are long: answers are kept.
"""

import re
from functools import lru_cache

_SAYS_EF = re.compile(r"permit .*\b(?:dscp (?:ef|46)|precedence (?:critical|5))\b.*")
"""By all six bits, or by the upper three, which older lists go by."""
_SAYS_RTP = re.compile(
    r"permit udp .*\b(?:range (?P<first>\d+) (?P<last>\d+)|gt (?P<below>\d+))\b.*"
)
_RTP_FIRST, _RTP_LAST = 16384, 32767
"""Where Cisco's gateways and phones send RTP."""
_SHARED_PORTS, _LEAST_PORT = 1000, 2048
"""A range with as many of those ports, or with none beside them, is meant for RTP: lists are
written wider (8000-48198 for border elements, 10000-20000 for other exchanges).  One that begins
below is meant for all that is UDP."""
_SIGNALLING_PORTS = frozenset(
    {
        "sip", "5060", "5061", "skinny", "2000", "2001", "2002", "2443", "mgcp", "2427", "2428",
        "h323", "1718", "1719", "1720",
    }
)  # fmt: skip
"""SIP, SCCP, MGCP and H.323, in clear and secured (IANA)."""
_SIGNALLING = re.compile(r"(?:sip|sip-tls|skinny|sccp|mgcp|h323|h225\S*|h245|telephony-signaling)")
_ANYTHING = re.compile(r"permit (?:any|(?:ip|ipv6|udp|tcp) any any)(?: log\S*)?")
_NAMES_PORTS = re.compile(r" (?:eq|range|gt|lt|neq) ")
_KEPT = 256
"""Lists whose answers are kept, which is more than a device has."""


@lru_cache(maxsize=_KEPT)
def says_voice(entries: tuple[str, ...]) -> bool:
    """Return whether a list permits EF or the ports of RTP."""
    return any(_entry_says_voice(one) for one in entries)


def _entry_says_voice(entry: str) -> bool:
    if _SAYS_EF.fullmatch(entry) is not None:
        return True
    ports = _SAYS_RTP.fullmatch(entry)
    if ports is None:
        return False
    if ports["below"]:
        # Without an upper end it has to begin where RTP does.
        return _RTP_FIRST <= int(ports["below"]) + 1 <= _RTP_LAST
    first, last = int(ports["first"]), int(ports["last"])
    shared = min(last, _RTP_LAST) - max(first, _RTP_FIRST) + 1
    return first >= _LEAST_PORT and shared >= min(_SHARED_PORTS, last - first + 1) > 0


@lru_cache(maxsize=_KEPT)
def says_signalling(entries: tuple[str, ...]) -> bool:
    """Return whether a list permits the ports of call signalling."""
    return any(
        one.startswith("permit ")
        and _NAMES_PORTS.search(one) is not None
        and not _SIGNALLING_PORTS.isdisjoint(one.split())
        for one in entries
    )


def is_signalling_protocol(name: str) -> bool:
    """Return whether the device recognises call signalling by this name."""
    return _SIGNALLING.fullmatch(name.partition(" ")[0]) is not None


@lru_cache(maxsize=_KEPT)
def takes_data(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Return the entries that no telephone alone can need: all there is, or TCP."""
    return tuple(
        one
        for one in entries
        if _ANYTHING.fullmatch(one) is not None or one.startswith("permit tcp ")
    )


@lru_cache(maxsize=_KEPT)
def may_take_udp(entries: tuple[str, ...]) -> bool:
    """Return whether voice could be among what is permitted."""
    return any(one.startswith("permit ") and not one.startswith("permit tcp ") for one in entries)


@lru_cache(maxsize=_KEPT)
def is_of_ports(entries: tuple[str, ...]) -> bool:
    """Return whether every entry that permits something names a port, or a range of them."""
    return all(" eq " in one or " range " in one for one in entries if one.startswith("permit"))
