"""Which packets a class map takes: DSCP, precedence and access lists, as IOS reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

DSCP_NAMES = {
    "default": 0,
    "cs1": 8,
    "af11": 10,
    "af12": 12,
    "af13": 14,
    "cs2": 16,
    "af21": 18,
    "af22": 20,
    "af23": 22,
    "cs3": 24,
    "af31": 26,
    "af32": 28,
    "af33": 30,
    "cs4": 32,
    "af41": 34,
    "af42": 36,
    "af43": 38,
    "cs5": 40,
    "ef": 46,
    "cs6": 48,
    "cs7": 56,
}
EF = DSCP_NAMES["ef"]

PRECEDENCE_NAMES = {
    "routine": 0,
    "priority": 1,
    "immediate": 2,
    "flash": 3,
    "flash-override": 4,
    "critical": 5,
    "internet": 6,
    "network": 7,
}

PORT_NAMES = {"sip": 5060, "www": 80, "ftp": 21, "ssh": 22, "domain": 53, "tftp": 69, "snmp": 161}

_PORT_END = 65535


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """What a classifier can see of a flow; the ports are a range that the flow's calls use."""

    dscp: int
    protocol: str
    source: str
    destination: str
    source_ports: tuple[int, int]
    destination_ports: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AclRule:
    """One entry of an access list."""

    permits: bool
    protocol: str = "ip"
    source: tuple[int, int] = (0, 0xFFFFFFFF)
    """Address and wildcard."""
    destination: tuple[int, int] = (0, 0xFFFFFFFF)
    source_ports: tuple[int, int] = (0, _PORT_END)
    destination_ports: tuple[int, int] = (0, _PORT_END)
    dscps: frozenset[int] = frozenset()
    """Empty: any."""

    def covers(self, packet: Packet) -> bool:
        """Return whether the whole flow is what this entry describes."""
        return (
            self.protocol in {"ip", packet.protocol}
            and (not self.dscps or packet.dscp in self.dscps)
            and _is_near(packet.source, self.source)
            and _is_near(packet.destination, self.destination)
            and _is_within(packet.source_ports, self.source_ports)
            and _is_within(packet.destination_ports, self.destination_ports)
        )


def _is_near(address: str, pattern: tuple[int, int]) -> bool:
    wanted, wildcard = pattern
    return (int(IPv4Address(address)) | wildcard) == (wanted | wildcard)


def _is_within(ports: tuple[int, int], wanted: tuple[int, int]) -> bool:
    return wanted[0] <= ports[0] and ports[1] <= wanted[1]


Acls = Mapping[str, tuple[AclRule, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One `match` line; a line that the lab does not know takes nothing."""

    text: str
    """As configured, without `match`; the MIB shows it."""
    kind: str
    """`dscp`, `access-group`, `class-map`, `any` or `unknown`."""
    dscps: frozenset[int] = frozenset()
    name: str = ""
    is_negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassMap:
    """A named set of match lines."""

    name: str
    is_match_all: bool
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Classifier:
    """The class maps and access lists of one device."""

    class_maps: tuple[ClassMap, ...]
    acls: tuple[tuple[str, tuple[AclRule, ...]], ...]

    def class_map(self, name: str) -> ClassMap | None:
        """Return a class map; None if it is not defined."""
        return next((known for known in self.class_maps if known.name == name), None)

    def takes(self, name: str, packet: Packet, within: tuple[str, ...] = ()) -> bool:
        """Return whether the class map `name`, in those that it is nested in, takes the packet.

        An undefined class map takes nothing, nor does one without a match line, nor one that is
        nested in itself, however far down.  Match-all of two different DSCP lines takes nothing:
        no packet carries two values.
        """
        known = self.class_map(name)
        if known is None or not known.matches or name in within:
            return False
        hits = (self._hits(match, packet, (*within, name)) for match in known.matches)
        return all(hits) if known.is_match_all else any(hits)

    def _hits(self, match: Match, packet: Packet, within: tuple[str, ...]) -> bool:
        if match.kind == "unknown":
            return False
        if match.kind == "any":
            hit = True
        elif match.kind == "dscp":
            hit = packet.dscp in match.dscps
        elif match.kind == "access-group":
            hit = self._permits(match.name, packet)
        else:
            hit = self.takes(match.name, packet, within)
        return hit != match.is_negated

    def _permits(self, name: str, packet: Packet) -> bool:
        for rule in dict(self.acls).get(name, ()):
            if rule.covers(packet):
                return rule.permits
        return False


def parse_match(words: list[str]) -> Match:
    """Return the match of a line's words after `match`."""
    text = " ".join(words)
    is_negated = bool(words) and words[0] == "not"
    if is_negated:
        words = words[1:]
    if words[:1] == ["ip"] and words[1:2] in (["dscp"], ["precedence"]):
        words = words[1:]
    match words:
        case ["any", *_]:
            return Match(text=text, kind="any", is_negated=is_negated)
        case ["dscp", *values]:
            return _valued(text, parse_dscps(values), is_negated=is_negated)
        case ["precedence", *values]:
            wanted = _precedences(values)
            return _valued(text, wanted, is_negated=is_negated)
        case ["access-group", "name", name] | ["access-group", name]:
            return Match(text=text, kind="access-group", name=name, is_negated=is_negated)
        case ["class-map", name]:
            return Match(text=text, kind="class-map", name=name, is_negated=is_negated)
    return Match(text=text, kind="unknown")


def _valued(text: str, dscps: frozenset[int], *, is_negated: bool) -> Match:
    kind = "dscp" if dscps else "unknown"
    return Match(text=text, kind=kind, dscps=dscps, is_negated=is_negated)


def parse_dscps(values: list[str]) -> frozenset[int]:
    """Return DSCP values written as names or numbers; what is neither is left out."""
    return frozenset(
        int(value) if value.isdigit() else DSCP_NAMES[value]
        for value in values
        if value.isdigit() or value in DSCP_NAMES
    )


def _precedences(values: list[str]) -> frozenset[int]:
    wanted = {
        int(value) if value.isdigit() else PRECEDENCE_NAMES[value]
        for value in values
        if value.isdigit() or value in PRECEDENCE_NAMES
    }
    return frozenset(dscp for dscp in range(64) if dscp >> 3 in wanted)


def parse_rule(words: list[str], *, is_standard: bool) -> AclRule | None:
    """Return the entry of an access list from its words; None if it says nothing to a classifier.

    A leading sequence number is skipped.  An entry with a condition that the lab does not know
    matches nothing, so it is left out.
    """
    if words and words[0].isdigit():
        words = words[1:]
    if not words or words[0] not in {"permit", "deny"}:
        return None
    permits, rest = words[0] == "permit", words[1:]
    try:
        if is_standard:
            source, rest = _address(rest)
            return AclRule(permits=permits, source=source)
        protocol, rest = rest[0], rest[1:]
        source, rest = _address(rest)
        source_ports, rest = _ports(rest)
        destination, rest = _address(rest)
        destination_ports, rest = _ports(rest)
        dscps, rest = _marks(rest)
    except (IndexError, ValueError, KeyError):
        return None
    if [word for word in rest if word not in {"log", "log-input"}]:
        return None
    return AclRule(
        permits=permits,
        protocol=protocol,
        source=source,
        destination=destination,
        source_ports=source_ports,
        destination_ports=destination_ports,
        dscps=dscps,
    )


def _address(words: list[str]) -> tuple[tuple[int, int], list[str]]:
    if words[0] == "any":
        return (0, 0xFFFFFFFF), words[1:]
    if words[0] == "host":
        return (int(IPv4Address(words[1])), 0), words[2:]
    address = int(IPv4Address(words[0]))
    if len(words) > 1 and words[1].count(".") == 3:  # noqa: PLR2004 - dots of an address
        return (address, int(IPv4Address(words[1]))), words[2:]
    return (address, 0), words[1:]


def _ports(words: list[str]) -> tuple[tuple[int, int], list[str]]:
    if not words or words[0] not in {"eq", "range", "gt", "lt"}:
        return (0, _PORT_END), words
    first = _port(words[1])
    if words[0] == "range":
        return (first, _port(words[2])), words[3:]
    spans = {"eq": (first, first), "gt": (first + 1, _PORT_END), "lt": (0, first - 1)}
    return spans[words[0]], words[2:]


def _port(word: str) -> int:
    return int(word) if word.isdigit() else PORT_NAMES[word]


def _marks(words: list[str]) -> tuple[frozenset[int], list[str]]:
    if not words or words[0] not in {"dscp", "precedence"}:
        return frozenset(), words
    values = parse_dscps([words[1]]) if words[0] == "dscp" else _precedences([words[1]])
    if not values:
        raise ValueError(words[1])
    return values, words[2:]
