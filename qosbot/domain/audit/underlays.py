"""Which port a tunnel, a dialer or a call leaves by."""

from functools import lru_cache

from qosbot.domain.audit.facts import AuditFacts

_NOT_PORTS = ("Loopback", "Vlan")
_OCTETS = 4
_KEPT = 64
"""Addresses that are kept as numbers; most of those that recur are masks."""
_POOL = "dialer pool "
_MEMBERS = ("dialer pool-member ", "pppoe-client dial-pool-number ")


def below_tunnel(source: str, facts: AuditFacts) -> str:
    """Return the interface that a tunnel leaves by; empty where its source does not say."""
    if source in facts.interfaces:
        return "" if source.startswith(_NOT_PORTS) else source
    if not source[:1].isdigit():
        return ""
    return next(
        (
            name
            for name, addresses in facts.addresses.items()
            if not name.startswith(_NOT_PORTS) and any(source == own for own, _ in addresses)
        ),
        "",
    )


@lru_cache(maxsize=2)
def below_dialers(facts: AuditFacts) -> dict[str, str]:
    """Return the one port that each dialer leaves by; one with several or none is not there."""
    members: dict[str, set[str]] = {}
    for name in facts.interfaces:
        if name.startswith("Dialer"):
            continue
        for line in facts.interface_lines(name):
            for head in _MEMBERS:
                if line.startswith(head):
                    members.setdefault(line.removeprefix(head).split()[0], set()).add(name)
    found: dict[str, str] = {}
    for name in facts.interfaces:
        if not name.startswith("Dialer"):
            continue
        lines = facts.interface_lines(name)
        pools = [line.removeprefix(_POOL) for line in lines if line.startswith(_POOL)]
        ports = {one for pool in pools for one in members.get(pool, ())}
        if len(ports) == 1:
            found[name] = ports.pop()
    return found


def leaves_by(target: str, facts: AuditFacts) -> str | None:
    """Return the interface in whose own network a `session target` is; None where it is in none."""
    address = _address(target.removeprefix("ipv4:").partition(":")[0])
    if address is None:
        return None
    for name, first, mask in _networks(facts):
        if address & mask == first:
            return name
    return None


@lru_cache(maxsize=_KEPT)
def _address(text: str) -> int | None:
    """Return an address of IPv4 as a number; None if it is none."""
    try:
        octets = bytes(map(int, text.split(".")))
    except ValueError:
        return None
    return int.from_bytes(octets, "big") if len(octets) == _OCTETS else None


@lru_cache(maxsize=2)
def _networks(facts: AuditFacts) -> tuple[tuple[str, int, int], ...]:
    """Return the network of each interface that is up: its name, its first address, its mask."""
    found: list[tuple[str, int, int]] = []
    for name, addresses in facts.addresses.items():
        if facts.is_shutdown(name):
            continue
        for own, mask in addresses:
            first, ones = _address(own), _address(mask)
            if first is not None and ones:
                found.append((name, first & ones, ones))
    return tuple(found)
