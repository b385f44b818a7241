"""What a `match` line of a class-map says."""

import re

from qosbot.domain.policies import (
    AclMatch,
    AnyMatch,
    ClassMatch,
    CosMatch,
    Match,
    OtherMatch,
    ProtocolMatch,
    QosGroupMatch,
    RtpPortMatch,
)
from qosbot.platforms.cisco_ios.words import dscp_match

_GROUP = re.compile(r"access-group (?:name )?(?P<name>\S+)")
_CLASS = re.compile(r"class-map (?P<name>\S+)")
_NUMBERS = re.compile(r"(?P<kind>cos|qos-group)(?P<values>(?: [0-7])+|(?<=group)(?: \d+)+)")
_RTP = re.compile(r"ip rtp (?P<first>\d+) (?P<range>\d+)")
_PROTOCOL = re.compile(r"protocol (?P<name>\S.*)")
_OTHER = re.compile(
    r"cos inner(?: \d)+|vlan (?:inner )?[\d ,-]+|(?:input|output)-interface \S+(?: \S+)?"
    r"|discard-class \d+|mpls experimental(?: topmost)?(?: \d)+"
    r"|packet length(?: (?:min|max) \d+)+|(?:source|destination)-address mac \S+"
    r"|fr-de|fr-dlci [\d ,-]+|atm-clp|atm-vci [\d ,-]+|atm oam|non-client-nrt|wlan .*|flow pdp"
    r"|(?:application|application-group|traffic-class|security-group|field|start|metadata) \S.*"
)


def match(text: str) -> tuple[Match, bool]:
    """Return what is matched, given the words after `match`, and whether it was understood."""
    found = dscp_match(text.split()) or _named(text) or _numbered(text)
    if found is not None:
        return found, True
    return OtherMatch(text=text), _OTHER.fullmatch(text) is not None


def _named(text: str) -> Match | None:
    if text == "any":
        return AnyMatch()
    if (group := _GROUP.fullmatch(text)) is not None:
        return AclMatch(name=group["name"])
    if (nested := _CLASS.fullmatch(text)) is not None:
        return ClassMatch(name=nested["name"])
    protocol = _PROTOCOL.fullmatch(text)
    return ProtocolMatch(name=protocol["name"]) if protocol is not None else None


def _numbered(text: str) -> Match | None:
    if (rtp := _RTP.fullmatch(text)) is not None:
        first = int(rtp["first"])
        return RtpPortMatch(first=first, last=first + int(rtp["range"]))
    numbers = _NUMBERS.fullmatch(text)
    if numbers is None:
        return None
    values = frozenset(map(int, numbers["values"].split()))
    is_cos = numbers["kind"] == "cos"
    return CosMatch(values=values) if is_cos else QosGroupMatch(values=values)
