"""IP SLA udp-jitter operations, as a running configuration describes them."""

from dataclasses import dataclass, replace

CODEC_PAYLOAD_BYTES = {"g711ulaw": 160, "g711alaw": 160, "g729a": 20}

_RTP_BYTES, _UDP_IP_BYTES = 12, 28
_CODEC_PACKETS, _PLAIN_PACKETS = 1000, 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaOperation:
    """One operation; what the line does not say has IOS's default."""

    number: int
    target: str = ""
    """Empty: not a udp-jitter operation."""
    port: int = 0
    source: str = ""
    codec: str = ""
    packets: int = _PLAIN_PACKETS
    interval_s: float = 0.02
    payload_bytes: int = 32
    tos: int = 0
    frequency_s: float = 60.0
    timeout_s: float = 5.0
    threshold_s: float = 5.0
    is_microseconds: bool = False
    tag: str = ""
    owner: str = ""
    is_scheduled: bool = False

    @property
    def ip_bytes(self) -> int:
        """The size of a probe packet at the network layer."""
        rtp = _RTP_BYTES if self.codec else 0
        return self.payload_bytes + rtp + _UDP_IP_BYTES

    @property
    def duration_s(self) -> float:
        """How long a run sends."""
        return self.packets * self.interval_s

    @property
    def dscp(self) -> int:
        """The class that its packets ask for."""
        return self.tos >> 2


def parse_operation_line(  # noqa: PLR0911 - one case per line
    known: SlaOperation, words: list[str]
) -> SlaOperation:
    """Return the operation with one more line of its section applied."""
    match words:
        case ["udp-jitter", target, port, *rest] if port.isdigit():
            return _jitter(replace(known, target=target, port=int(port)), rest)
        case ["tos", value] if value.isdigit():
            return replace(known, tos=int(value))
        case ["frequency", value] if value.isdigit():
            return replace(known, frequency_s=float(value))
        case ["timeout", value] if value.isdigit():
            return replace(known, timeout_s=float(value) / 1000)
        case ["threshold", value] if value.isdigit():
            return replace(known, threshold_s=float(value) / 1000)
        case ["precision", unit]:
            return replace(known, is_microseconds=unit == "microseconds")
        case ["tag", *text]:
            return replace(known, tag=" ".join(text))
        case ["owner", *text]:
            return replace(known, owner=" ".join(text))
    return known


def _jitter(known: SlaOperation, words: list[str]) -> SlaOperation:
    options = dict(zip(words[::2], words[1::2], strict=False))
    codec = options.get("codec", "")
    packets = options.get("codec-numpackets") or options.get("num-packets")
    interval_ms = options.get("codec-interval") or options.get("interval") or "20"
    payload = options.get("codec-size") or CODEC_PAYLOAD_BYTES.get(codec, known.payload_bytes)
    default_packets = _CODEC_PACKETS if codec else _PLAIN_PACKETS
    return replace(
        known,
        source=options.get("source-ip", ""),
        codec=codec,
        packets=int(packets or default_packets),
        interval_s=int(interval_ms) / 1000,
        payload_bytes=int(payload),
    )
