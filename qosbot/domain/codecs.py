"""Voice codecs: what each costs in quality, in delay and in bandwidth."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

IP_UDP_RTP_BYTES = 40
"""IPv4 20, UDP 8, RTP 12 bytes a packet."""


class Confidence(StrEnum):
    """How well a constant is backed."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One codec with one way to conceal losses; the two belong together."""

    key: str
    """What `paths.yaml` calls it."""
    name: str
    ie: float
    """Equipment impairment without loss, on the narrowband R scale."""
    bpl: float | None
    """Packet-loss robustness for losses in percent; None where nobody has published one."""
    bit_rate_bps: float
    frame_s: float
    look_ahead_s: float
    rtp_clock_hz: int
    source: str
    confidence: Confidence

    def payload_bytes(self, packet_time_s: float) -> int:
        """Return the payload of one packet.

        Raises:
            ValueError: if `packet_time_s` is not one or more whole frames of whole bytes.
        """
        frames = packet_time_s / self.frame_s
        size_bytes = self.bit_rate_bps * packet_time_s / 8
        if round(frames) < 1 or not (_is_whole(frames) and _is_whole(size_bytes)):
            raise ValueError(
                f"packet_time_s {packet_time_s:g} must be a multiple of the {self.frame_s:g} s "
                f"frame of {self.name}"
            )
        return round(size_bytes)

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


_TABLES = "ITU-T G.113 Appendix I, tables I.1 and I.4"

CODECS: Mapping[str, Codec] = MappingProxyType(
    {
        codec.key: codec
        for codec in (
            Codec(
                key="g711",
                name="G.711 with PLC",
                ie=0.0,
                bpl=25.1,
                bit_rate_bps=64_000,
                frame_s=0.000125,
                look_ahead_s=0.0,
                rtp_clock_hz=8000,
                source=f"{_TABLES}: concealment of G.711 Appendix I, given for 10 ms packets",
                confidence=Confidence.HIGH,
            ),
            Codec(
                key="g711-noplc",
                name="G.711 without PLC",
                ie=0.0,
                bpl=4.3,
                bit_rate_bps=64_000,
                frame_s=0.000125,
                look_ahead_s=0.0,
                rtp_clock_hz=8000,
                source=f"{_TABLES}: given for 10 ms packets",
                confidence=Confidence.HIGH,
            ),
            Codec(
                key="g729a",
                name="G.729A with VAD",
                ie=11.0,
                bpl=19.0,
                bit_rate_bps=8_000,
                frame_s=0.010,
                look_ahead_s=0.005,
                rtp_clock_hz=8000,
                source=f"{_TABLES}: given for 20 ms packets",
                confidence=Confidence.HIGH,
            ),
        )
    }
)
"""Every codec that a path may name, by key."""
