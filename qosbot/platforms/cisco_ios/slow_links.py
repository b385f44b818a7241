"""How a slow link cuts, bundles and compresses, as an `interface` section says it."""

import re
from typing import TypedDict


class Read(TypedDict, total=False):
    """The fields of `InterfaceFacts` that were read."""

    fragment_delay_s: float
    fragment_bytes: int
    multilink_group: str
    has_interleave: bool
    has_rtp_compression: bool


_FRAGMENT = re.compile(
    r"ppp multilink fragment (?:delay (?P<ms>\d+)|size (?P<bytes>\d+)|disable)|ppp multilink "
    r"(?P<interleave>interleave)|ppp multilink fragment-delay (?P<old_ms>\d+)"
)
_BUNDLE = re.compile(r"(?:ppp multilink group|multilink-group) (?P<number>\d+)")
_RELAY = re.compile(r"frame-relay fragment (?P<bytes>\d+).*")
_COMPRESSION = re.compile(
    r"(?:frame-relay )?ip rtp (?:header-compression|compression-connections)\b.*"
)


def bundle(found: Read, text: str) -> bool:
    """Read which multilink bundle a line is part of; return whether the words say it."""
    said = _BUNDLE.fullmatch(text)
    if said is None:
        return False
    found["multilink_group"] = said["number"]
    return True


def ppp(found: Read, text: str) -> bool:
    """Read how PPP bundles and cuts packets; return whether the words say it."""
    if bundle(found, text):
        return True
    multilink = _FRAGMENT.fullmatch(text)
    if multilink is None:
        return False
    if multilink["interleave"]:
        found["has_interleave"] = True
    elif (ms := multilink["ms"] or multilink["old_ms"]) is not None:
        found["fragment_delay_s"] = int(ms) / 1e3
    elif multilink["bytes"]:
        found["fragment_bytes"] = int(multilink["bytes"])
    return True


def compression(found: Read, text: str) -> bool:
    """Read whether headers of RTP are compressed; return whether the words say it."""
    if _COMPRESSION.fullmatch(text) is None:
        return False
    found["has_rtp_compression"] = True
    return True


def relay(found: Read, text: str) -> bool:
    """Read how frame-relay cuts packets or compresses; return whether the words say it."""
    if compression(found, text):
        return True
    said = _RELAY.fullmatch(text)
    if said is None:
        return False
    found["fragment_bytes"] = int(said["bytes"])
    return True
