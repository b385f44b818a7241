"""Voice codecs: what each costs in quality, in delay and in bandwidth.

Here are the codecs that a voice path may name; `codec_table` has all that can be scored.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from qosbot.domain.scales import Scale

IP_UDP_RTP_BYTES = 40
"""IPv4 20, UDP 8, RTP 12 bytes a packet."""

PESSIMISTIC_BPL = 4.3
"""That of G.711 without any concealment: nothing that conceals is less robust."""


class Confidence(StrEnum):
    """How well a constant is backed."""

    HIGH = "high"
    """Two or more independent sources."""
    MEDIUM = "medium"
    """One good source, or derived and checked."""
    LOW = "low"
    """From memory, or by one source that had to interpret: what rests on it is provisional."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a number is from."""

    source: str
    confidence: Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One codec with one way to conceal losses; the two belong together."""

    key: str
    """What `paths.yaml` and `--codec` call it."""
    name: str
    scale: Scale = Scale.CQE
    """The scale of its band, on which its Ie is and its scores are."""
    ie: float
    """Equipment impairment without loss, on the R scale of its band."""
    ie_from: Provenance
    bpl: float | None
    """Packet-loss robustness for losses in percent; None where nobody has published one."""
    bpl_from: Provenance
    """Where there is none: what stands behind the provisional one."""
    provisional_bpl: float = PESSIMISTIC_BPL
    """Stands in for an unpublished Bpl where the operator allows that; its score says so."""
    bit_rate_bps: float
    """As carried, padding of a frame to whole octets included where RTP has it."""
    frame_s: float
    look_ahead_s: float
    delay_from: Provenance
    packet_time_s: float = 0.020
    """The usual one."""
    frame_overhead_bits: int = 0
    packet_overhead_bits: int = 0
    payload_from: Provenance
    rtp_clock_hz: int
    clock_from: Provenance

    @property
    def is_provisional(self) -> bool:
        """Return whether a score without loss rests on a number of low confidence."""
        return self.ie_from.confidence is Confidence.LOW

    def payload_bytes(self, packet_time_s: float) -> int:
        """Return the payload of one packet, padded to whole bytes.

        Raises:
            ValueError: if `packet_time_s` is not one or more whole frames.
        """
        frames = packet_time_s / self.frame_s
        if round(frames) < 1 or not _is_whole(frames):
            raise ValueError(
                f"packet_time_s {packet_time_s:g} must be a multiple of the {self.frame_s:g} s "
                f"frame of {self.name}"
            )
        frame_bits = self.bit_rate_bps * self.frame_s + self.frame_overhead_bits
        size_bytes = (self.packet_overhead_bits + round(frames) * frame_bits) / 8
        return round(size_bytes) if _is_whole(size_bytes) else math.ceil(size_bytes)

    def per_call_bps(self, packet_time_s: float, layer2_overhead_bytes: int) -> float:
        """Return the rate of one direction of a call over IPv4, silence not suppressed.

        `layer2_overhead_bytes` is what the observer counts a packet: 18 for an Ethernet header
        with its check sequence, 14 without, 0 at the IP layer.

        Raises:
            ValueError: if `packet_time_s` does not hold whole frames, or the overhead is negative.
        """
        if layer2_overhead_bytes < 0:
            raise ValueError(f"layer2_overhead_bytes {layer2_overhead_bytes} must not be negative")
        packet = self.payload_bytes(packet_time_s) + IP_UDP_RTP_BYTES + layer2_overhead_bytes
        return packet * 8 / packet_time_s


def _is_whole(number: float) -> bool:
    return abs(number - round(number)) < 1e-6  # noqa: PLR2004 - far under a byte or a frame


def high(source: str) -> Provenance:
    """Return a provenance of high confidence."""
    return Provenance(source=source, confidence=Confidence.HIGH)


def medium(source: str) -> Provenance:
    """Return a provenance of medium confidence."""
    return Provenance(source=source, confidence=Confidence.MEDIUM)


def low(source: str) -> Provenance:
    """Return a provenance of low confidence."""
    return Provenance(source=source, confidence=Confidence.LOW)


TABLE_I_1 = high("ITU-T G.113 Appendix I, table I.1")
RTP_PROFILE = high("RFC 3551")
VENDOR_RATES = high("RFC 3551; agrees with the rates per call that vendors publish")


def table_i_4(conditions: str) -> Provenance:
    """Return where one of the five published narrowband Bpl is from."""
    return high(f"ITU-T G.113 Appendix I, table I.4: {conditions}")


_G711_DELAY = high("ITU-T G.711: one sample")

CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        codec.key: codec
        for codec in (
            Codec(
                key="g711",
                name="G.711 with PLC",
                ie=0.0,
                ie_from=TABLE_I_1,
                bpl=25.1,
                bpl_from=table_i_4("concealment of G.711 Appendix I, given for 10 ms packets"),
                bit_rate_bps=64_000,
                frame_s=0.000125,
                look_ahead_s=0.0,
                delay_from=_G711_DELAY,
                payload_from=VENDOR_RATES,
                rtp_clock_hz=8000,
                clock_from=RTP_PROFILE,
            ),
            Codec(
                key="g711-noplc",
                name="G.711 without PLC",
                ie=0.0,
                ie_from=TABLE_I_1,
                bpl=4.3,
                bpl_from=table_i_4("no concealment, given for 10 ms packets"),
                bit_rate_bps=64_000,
                frame_s=0.000125,
                look_ahead_s=0.0,
                delay_from=_G711_DELAY,
                payload_from=VENDOR_RATES,
                rtp_clock_hz=8000,
                clock_from=RTP_PROFILE,
            ),
            Codec(
                key="g729a",
                name="G.729A with VAD",
                ie=11.0,
                ie_from=TABLE_I_1,
                bpl=19.0,
                bpl_from=table_i_4("its own concealment, given for 20 ms packets"),
                bit_rate_bps=8_000,
                frame_s=0.010,
                look_ahead_s=0.005,
                delay_from=medium("ITU-T G.729"),
                payload_from=VENDOR_RATES,
                rtp_clock_hz=8000,
                clock_from=RTP_PROFILE,
            ),
        )
    }
)
"""Every codec that a path may name, by key."""
