"""Which port a tunnel, a dialer or a call leaves by."""

from functools import lru_cache

from qosbot.domain.audit.facts import AuditFacts

_NOT_PORTS = ("Loopback", "Vlan")
_WITH_MASK, _OCTETS = 4, 4
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
    address = f"ip address {source} "
    return next(
        (
            name
            for name in facts.interfaces
            if not name.startswith(_NOT_PORTS)
            and any(line.startswith(address) for line in facts.interface_lines(name))
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
    for port in facts.ports_up():
        if not port.has_ipv4:
            continue
        lines = facts.interface_lines(port.name)
        for words in [line.split() for line in lines if line.startswith("ip address ")]:
            if len(words) < _WITH_MASK:
                continue
            own, mask = _address(words[2]), _address(words[3])
            if own is not None and mask:
                found.append((port.name, own & mask, mask))
    return tuple(found)
