"""The packets of calls and of UDP data: RTP, with when and as which of its stream each was sent.

Data has the same header as voice, so that one receiver keeps the same record of both.
"""

import struct
from dataclasses import dataclass

from qosbot.lab.given import BadRequestError
from qosbot.lab.sla import CODEC_PAYLOAD_BYTES

HEADER = struct.Struct("!BBHIIQI")
"""RTP (RFC 3550, 5.1), then in the payload CLOCK_MONOTONIC in ns and the count from zero."""

UDP_IP_BYTES = 28
RTP_BYTES = 12
SAMPLES_PER_S = 8000

_VERSION_2 = 0x80
_CODEC_PACKET_TIME_S = 0.02
_PAYLOAD_TYPES = {"g711ulaw": 0, "g711alaw": 8, "g729a": 18}
"""RFC 3551, table 4."""
_DATA_PAYLOAD_TYPE = 96
_HALF = 16
LARGEST_GROUP = LARGEST_STREAM = (1 << _HALF) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """What a packet says of itself."""

    ssrc: int
    count: int
    """How many of its stream were sent before it; its RTP sequence number, without the wrap."""
    sent_ns: int
    """CLOCK_MONOTONIC when it was handed to the kernel."""
    age_s: float
    """How far into its stream it belongs, by its RTP timestamp."""


def voice_payload_bytes(codec: str, packet_time_s: float) -> int:
    """Return the payload of a voice packet.

    Raises:
        BadRequestError: if there is no such codec, or no room for the time of sending.
    """
    if codec not in CODEC_PAYLOAD_BYTES:
        raise BadRequestError(
            f"codec must be one of {', '.join(CODEC_PAYLOAD_BYTES)}, not {codec!r}"
        )
    octets = round(CODEC_PAYLOAD_BYTES[codec] * packet_time_s / _CODEC_PACKET_TIME_S)
    if octets < HEADER.size - RTP_BYTES:
        raise BadRequestError(
            f"{codec} of {packet_time_s * 1000:g} ms has {octets} bytes, too few for the time of "
            f"sending; choose a longer packet time"
        )
    return octets


def payload_type(codec: str) -> int:
    """Return the RTP payload type of a codec; that of data for the empty one."""
    return _PAYLOAD_TYPES.get(codec, _DATA_PAYLOAD_TYPE)


def ssrc(group: int, stream: int) -> int:
    """Return the SSRC of a stream: its group in the upper half, its number in the lower."""
    return group << _HALF | stream


def group_of(source: int) -> int:
    """Return the group of a stream by its SSRC."""
    return source >> _HALF


def stream_of(source: int) -> int:
    """Return the number of a stream in its group by its SSRC."""
    return source & (1 << _HALF) - 1


def write_header(buffer: bytearray, packet: Packet, kind: int) -> None:
    """Write the header of a packet of a payload type at the front of a buffer."""
    timestamp = round(packet.age_s * SAMPLES_PER_S) & 0xFFFFFFFF
    HEADER.pack_into(
        buffer,
        0,
        _VERSION_2,
        kind,
        packet.count & 0xFFFF,
        timestamp,
        packet.ssrc,
        packet.sent_ns,
        packet.count,
    )


def read_packet(octets: bytes) -> Packet | None:
    """Return what a packet says of itself; None if it is not one of ours."""
    if len(octets) < HEADER.size:
        return None
    version, _, sequence, timestamp, source, sent_ns, count = HEADER.unpack_from(octets)
    if version != _VERSION_2 or sequence != count & 0xFFFF:
        return None
    return Packet(ssrc=source, count=count, sent_ns=sent_ns, age_s=timestamp / SAMPLES_PER_S)
