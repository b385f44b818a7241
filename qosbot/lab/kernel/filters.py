"""Class maps and access lists as nftables chains: pure, a configuration in and rules out.

A class map and an access list is a chain each.  It leaves its answer in the packet's mark: 1, it
matches; 0, it does not.  So every nesting, negation and `deny` means here what it means on IOS.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

from qosbot.lab.matching import AclRule, Classifier, ClassMap, Match

_PROTOCOLS = {
    "icmp": 1,
    "igmp": 2,
    "tcp": 6,
    "udp": 17,
    "gre": 47,
    "esp": 50,
    "ahp": 51,
    "eigrp": 88,
    "ospf": 89,
    "pim": 103,
}
_ALL_PORTS = (0, 65535)
_ANY_ADDRESS = 0xFFFFFFFF
MOST_NESTED = 6
"""Class maps inside each other.  nft refuses 16 jumps in a row, those through policies included."""
_YES, _NO = "meta mark set 1", "meta mark set 0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A named list of rules."""

    name: str
    rules: tuple[str, ...]
    hook: str = ""
    """What makes it a base chain; empty: others go to it."""

    def text(self) -> str:
        """Return it as nft reads it."""
        lines = [self.hook, *self.rules] if self.hook else list(self.rules)
        inner = "".join(f"  {line}\n" for line in lines)
        return f" chain {self.name} {{\n{inner} }}\n"


class Filters:
    """Names the chains that a policy needs, and yields them, each after those it jumps to."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier
        self._chains: dict[tuple[str, str], Chain] = {}

    @property
    def chains(self) -> tuple[Chain, ...]:
        """Return the chains that were asked for."""
        return tuple(self._chains.values())

    def class_map(self, name: str, within: tuple[str, ...] = ()) -> str:
        """Return the name of the chain that says whether a class map takes a packet.

        A class map that is not defined, or that is nested in itself or too deep, takes nothing.
        """
        known = self._classifier.class_map(name)
        is_too_deep = name in within or len(within) >= MOST_NESTED
        if known is None or not known.matches or is_too_deep:
            return self._chain("none", "", [_NO])
        # One chain a depth: else one that was made at the top could stand below any number.
        asked = f"{len(within)} {name}"
        if ("class", asked) not in self._chains:
            rules = list(self._deciding(known, (*within, name)))
            return self._chain("class", asked, rules)
        return self._chains["class", asked].name

    def _deciding(self, known: ClassMap, within: tuple[str, ...]) -> Iterator[str]:
        for match in known.matches:
            yield from self._match(match, within)
            yield f"meta mark {0 if known.is_match_all else 1} return"

    def _match(self, match: Match, within: tuple[str, ...]) -> Iterator[str]:
        yield _NO
        if match.kind == "unknown":
            return
        if match.kind == "any":
            yield _YES
        elif match.kind == "dscp":
            yield f"{_dscps(match.dscps)} {_YES}"
        elif match.kind == "access-group":
            yield f"jump {self._access_list(match.name)}"
        else:
            yield f"jump {self.class_map(match.name, within)}"
        if match.is_negated:
            yield "meta mark set meta mark xor 1"

    def _access_list(self, name: str) -> str:
        known = ("acl", name)
        if known not in self._chains:
            rules = dict(self._classifier.acls).get(name, ())
            return self._chain("acl", name, [_NO, *_entries(rules)])
        return self._chains[known].name

    def _chain(self, kind: str, name: str, rules: Iterable[str]) -> str:
        # A name on IOS may have signs that nft does not take.
        made = Chain(name=f"{kind}{len(self._chains)}", rules=tuple(rules))
        return self._chains.setdefault((kind, name), made).name


def _entries(rules: Iterable[AclRule]) -> Iterator[str]:
    for rule in rules:
        condition = _condition(rule)
        if condition is not None:
            yield " ".join([*condition, _YES if rule.permits else _NO, "return"])


def _condition(rule: AclRule) -> list[str] | None:
    """Return what an entry asks of a packet; None if no packet can have it."""
    parts: list[str] = []
    if rule.protocol != "ip":
        number = rule.protocol if rule.protocol.isdigit() else _PROTOCOLS.get(rule.protocol)
        if number is None:
            return None
        parts.append(f"ip protocol {number}")
    for side, (address, wildcard) in (("saddr", rule.source), ("daddr", rule.destination)):
        mask = ~wildcard & _ANY_ADDRESS
        if mask:
            parts.append(f"ip {side} & {IPv4Address(mask)} == {IPv4Address(address & mask)}")
    for side, ports in (("sport", rule.source_ports), ("dport", rule.destination_ports)):
        first, last = ports
        if ports == _ALL_PORTS:
            continue
        if rule.protocol not in {"tcp", "udp"} or first > last:
            return None
        parts.append(f"th {side} {first}-{last}" if first < last else f"th {side} {first}")
    if rule.dscps:
        parts.append(_dscps(rule.dscps))
    return parts


def _dscps(values: Iterable[int]) -> str:
    return f"ip dscp {{ {', '.join(str(value) for value in sorted(values))} }}"
