"""The lab's own reading of a voice gateway: which dial-peer carries a call, and by which codec."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

CALLED = "2001"
"""A number in Paris.  It finds the dial-peer of a call to it, and that of a call from it too: an
incoming call without `incoming called-number` is matched by its caller (IOS voice guide)."""

DEFAULT_CODEC = "g729r8"
"""Of a VoIP dial-peer that names none (IOS voice command reference, `codec`)."""

SPOKEN_IN_PARIS: Mapping[str, str] = {
    "g711ulaw": "g711ulaw",
    "g711alaw": "g711alaw",
    "g729r8": "g729a",
    "g729br8": "g729a",
}
"""What the other end of a call understands: the name in IOS to the name in the load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DialPeer:
    """A dial-peer; what is not configured has IOS's default."""

    tag: int
    is_voip: bool
    pattern: str = ""
    target: str = ""
    preference: int = 0
    is_shut: bool = False
    codec: str = DEFAULT_CODEC
    codec_list: str = ""
    """The tag of its `voice class codec`; empty: it has the one codec."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecList:
    """A `voice class codec`: slots and names."""

    tag: str
    preferences: tuple[tuple[int, str], ...] = ()


def parse_dial_peer_line(  # noqa: PLR0911 - one case per line
    known: DialPeer, words: Sequence[str]
) -> DialPeer:
    """Return the dial-peer with one more line of its section applied."""
    match words:
        case ["destination-pattern", pattern]:
            return replace(known, pattern=pattern)
        case ["session", "target", target]:
            return replace(known, target=target)
        case ["preference", number] if number.isdigit():
            return replace(known, preference=int(number))
        case ["shutdown"]:
            return replace(known, is_shut=True)
        case ["codec", name, *_]:
            return replace(known, codec=name)
        case ["voice-class", "codec", tag, *_]:
            return replace(known, codec_list=tag)
    return known


def parse_codec_line(known: CodecList, words: Sequence[str]) -> CodecList:
    """Return the codec list with one more line of its section applied."""
    match words:
        case ["codec", "preference", slot, name, *_] if slot.isdigit():
            return replace(known, preferences=(*known.preferences, (int(slot), name)))
    return known


def new_call_codec(peers: Sequence[DialPeer], lists: Sequence[CodecList]) -> str:
    """Return the codec of a call that starts now, by its name in the load.

    It is the first preference that the other end understands.  Empty: there is no dial-peer for
    the call, or no codec in common, or a list that is not defined; the call does not come up.
    """
    peer = _carrying(peers)
    if peer is None:
        return ""
    names = [peer.codec]
    if peer.codec_list:
        held = (known for known in lists if known.tag == peer.codec_list)
        names = [name for known in held for _, name in sorted(known.preferences)]
    return next((SPOKEN_IN_PARIS[name] for name in names if name in SPOKEN_IN_PARIS), "")


def _carrying(peers: Sequence[DialPeer]) -> DialPeer | None:
    """Return the dial-peer that IOS hunts first: most digits matched, preference, as written."""
    fit = [
        peer
        for peer in peers
        if peer.is_voip and peer.target and not peer.is_shut and _matches(peer.pattern)
    ]
    return min(fit, key=lambda peer: (-_explicit(peer.pattern), peer.preference), default=None)


def _matches(pattern: str) -> bool:
    """Return whether a pattern matches the called number from its first digit on."""
    text = pattern.removeprefix("+").replace(",", "")
    if not re.fullmatch(r"(?:[0-9.T#*]|\[[0-9-]+\])+\$?", text):
        return False
    try:
        return re.match(text.replace("*", r"\*").replace("T", ".*"), CALLED) is not None
    except re.error:
        return False


def _explicit(pattern: str) -> int:
    """Return how many digits a pattern names one by one."""
    return len(re.findall(r"\d", re.sub(r"\[[^]]*\]", "", pattern)))
