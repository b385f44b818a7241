"""Which port a tunnel, a dialer or a call leaves by."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network

from qosbot.domain.audit.facts import AuditFacts

_NOT_PORTS = ("Loopback", "Vlan")
_WITH_MASK = 4
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
    try:
        address = IPv4Address(target.removeprefix("ipv4:").partition(":")[0])
    except ValueError:
        return None
    return next((name for name, network in _networks(facts) if address in network), None)


@lru_cache(maxsize=2)
def _networks(facts: AuditFacts) -> tuple[tuple[str, IPv4Network], ...]:
    found: list[tuple[str, IPv4Network]] = []
    for name in facts.interfaces:
        for line in facts.interface_lines(name) if not facts.is_shutdown(name) else ():
            words = line.split()
            if words[:2] != ["ip", "address"] or len(words) < _WITH_MASK:
                continue
            try:
                network = IPv4Network(f"{words[2]}/{words[3]}", strict=False)
            except ValueError:
                continue
            found.append((name, network))
    return tuple(found)
