"""The legs of calls: dial-peers that take part, and the codecs that they prefer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.codecs import IP_UDP_RTP_BYTES
from qosbot.domain.policies import DialPeer

USUAL_PACKET_TIME_S = 0.020


@dataclass(frozen=True, slots=True, kw_only=True)
class CodecWord:
    """What is known of a codec by the name that dial-peers use."""

    bit_rate_bps: float
    family: str
    """The beginning of our own name for it."""

    def packet_time_s(self, payload_bytes: int) -> float:
        """Return how much speech a packet holds."""
        return payload_bytes * 8 / self.bit_rate_bps

    def call_bps(self, layer2_bytes: int) -> float:
        """Return the rate of one direction of a call at 20 ms."""
        payload = self.bit_rate_bps * USUAL_PACKET_TIME_S / 8
        return (payload + IP_UDP_RTP_BYTES + layer2_bytes) * 8 / USUAL_PACKET_TIME_S


WORDS: Mapping[str, CodecWord] = {
    "g711ulaw": CodecWord(bit_rate_bps=64e3, family="g711"),
    "g711alaw": CodecWord(bit_rate_bps=64e3, family="g711"),
    "g722-64": CodecWord(bit_rate_bps=64e3, family="g722"),
    "g729r8": CodecWord(bit_rate_bps=8e3, family="g729"),
    "g729br8": CodecWord(bit_rate_bps=8e3, family="g729"),
    "g726r32": CodecWord(bit_rate_bps=32e3, family="g726"),
    "g726r24": CodecWord(bit_rate_bps=24e3, family="g726"),
    "g726r16": CodecWord(bit_rate_bps=16e3, family="g726"),
    "g728": CodecWord(bit_rate_bps=16e3, family="g728"),
}
"""Those whose packets hold bytes in proportion to their speech."""
DEFAULT_CODEC = "g729r8"
"""What IOS uses on a VoIP dial-peer that names no codec."""


@lru_cache(maxsize=2)
def peers(facts: AuditFacts) -> tuple[DialPeer, ...]:
    """Return the VoIP dial-peers that are not shut down."""
    peers = facts.policy.dial_peers.values()
    return tuple([one for one in peers if one.is_voip and not one.is_shutdown])


def codecs_of(one: DialPeer, facts: AuditFacts) -> tuple[str, ...]:
    """Return the codecs of a dial-peer as they stand, the preferred one first."""
    if one.codec_class is not None:
        return _lists(facts).get(one.codec_class, ())
    return (one.codec or DEFAULT_CODEC,)


@lru_cache(maxsize=2)
def _lists(facts: AuditFacts) -> Mapping[int, tuple[str, ...]]:
    return {
        tag: tuple([codec for _, codec in one.preferences])
        for tag, one in facts.policy.codec_classes.items()
    }


@lru_cache(maxsize=2)
def choices(facts: AuditFacts) -> frozenset[tuple[str, ...]]:
    """Return the codecs that the legs of a device have, each choice once."""
    return frozenset(unlike(peers(facts), facts))


def unlike(legs: Iterable[DialPeer], facts: AuditFacts) -> set[tuple[str, ...]]:
    """Return the codecs that some legs have, each choice once; most legs name the same list."""
    one_of_each = {(one.codec_class, one.codec): one for one in legs}.values()
    return {codecs_of(one, facts) for one in one_of_each}


def word_of(codec: str) -> CodecWord | None:
    """Return what is known of a codec as it stands, its options behind it."""
    return WORDS.get(codec.partition(" ")[0])


def leg_lines(one: DialPeer, facts: AuditFacts, *words: str) -> tuple[str, ...]:
    """Return the lines of a dial-peer that begin with these words, and of the list it names."""
    lines = facts.quote(f"dial-peer voice {one.tag} voip", *words)
    if one.codec_class is not None and "voice-class codec" in words:
        lines += facts.quote(f"voice class codec {one.codec_class}", "codec preference")
    return lines


def place_of(one: DialPeer) -> str:
    """Return how findings call a dial-peer."""
    return f"dial-peer {one.tag}"
