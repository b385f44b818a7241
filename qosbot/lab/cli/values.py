"""The values that IOS spells in its own way: code points, interfaces, addresses."""

import ipaddress
import re
from collections.abc import Mapping

from qosbot.lab.cli.grammar import Accept

DSCP: Mapping[str, int] = {
    "default": 0,
    **{f"cs{n}": 8 * n for n in range(1, 8)},
    **{f"af{c}{d}": 8 * c + 2 * d for c in range(1, 5) for d in range(1, 4)},
    "ef": 46,
}
"""RFC 2474, RFC 2597, RFC 3246; IOS prints these names and numbers for all else."""

_DSCP_NAMES = {number: name for name, number in DSCP.items()}

PRECEDENCE = ("routine", "priority", "immediate", "flash", "flash-override", "critical",
              "internet", "network")  # fmt: skip

KINDS = (
    "Loopback", "Embedded-Service-Engine", "Tunnel", "Port-channel", "Multilink",
    "Virtual-Template",
    "FastEthernet", "GigabitEthernet", "TenGigabitEthernet", "Ethernet", "Serial", "ATM", "Dialer",
    "Null", "Vlan", "Virtual-Access",
)  # fmt: skip
"""Interface kinds in the order in which the running configuration lists them."""

_INTERFACE = re.compile(r"([a-z-]+)\s*(\d+(?:/\d+)*(?:\.\d+)?(?::\d+)?)", re.IGNORECASE)


def dscp(token: str) -> str | None:
    """Return the name of a code point given by name or number, the number where none is."""
    if token.isascii() and token.isdigit():
        number = int(token)
        return _DSCP_NAMES.get(number, str(number)) if number < 64 else None  # noqa: PLR2004  # six bits
    return token.lower() if token.lower() in DSCP else None


def dscp_number(name: str) -> int:
    """Return the code point of a canonical name."""
    return DSCP[name] if name in DSCP else int(name)


def precedence(token: str) -> str | None:
    """Return a precedence as the number that the configuration shows."""
    if token in set("01234567"):
        return token
    return str(PRECEDENCE.index(token.lower())) if token.lower() in PRECEDENCE else None


def interface(token: str) -> str | None:
    """Return the full name of an interface; `gi0/1` and `Gi0/1` are GigabitEthernet0/1."""
    match = _INTERFACE.fullmatch(token)
    if match is None:
        return None
    kinds = [kind for kind in KINDS if kind.lower().startswith(match[1].lower())]
    return f"{kinds[0]}{match[2]}" if kinds else None


def interface_order(name: str) -> tuple[int, tuple[int, ...]]:
    """Return where an interface stands in the running configuration."""
    match = _INTERFACE.fullmatch(name)
    if match is None:
        return (len(KINDS), ())
    numbers = tuple(int(number) for number in re.findall(r"\d+", match[2]))
    return (KINDS.index(match[1]) if match[1] in KINDS else len(KINDS), numbers)


def short(name: str) -> str:
    """Return the two-letter form that some tables print."""
    return re.sub(r"^([A-Z][a-z])[A-Za-z-]*", r"\1", name)


def _kind(token: str) -> str | None:
    found = [kind for kind in KINDS if kind.lower().startswith(token.lower())]
    return found[0] if found and not token[-1].isdigit() else None


def _unit(token: str) -> str | None:
    return token if re.fullmatch(r"\d+(/\d+)*(\.\d+)?(:\d+)?", token) else None


def _address(token: str) -> str | None:
    try:
        return str(ipaddress.IPv4Address(token))
    except ValueError:
        return None


def _host(token: str) -> str | None:
    if re.fullmatch(r"[\d.]+", token):
        return _address(token)
    return token if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", token) else None


def _port(token: str) -> str | None:
    if token.isascii() and token.isdigit():
        return str(int(token)) if int(token) < 65536 else None  # noqa: PLR2004  # 16 bits
    return token.lower() if re.fullmatch(r"[a-z][a-z0-9-]*", token, re.IGNORECASE) else None


def _word(token: str) -> str | None:
    return token


PARAMETERS: Mapping[str, Accept] = {
    "<word>": _word,
    "<line>": _word,
    "<ip>": _address,
    "<host>": _host,
    "<dscp>": dscp,
    "<precedence>": precedence,
    "<interface>": interface,
    "<kind>": _kind,
    "<unit>": _unit,
    "<port>": _port,
}
