"""What a sender sends: each stream with its schedule, its socket and its count."""

import socket
import time
from dataclasses import dataclass

from qosbot.lab.kernel.traffic.packet import (
    HEADER,
    RTP_BYTES,
    UDP_IP_BYTES,
    Packet,
    group_of,
    payload_type,
    stream_of,
    voice_payload_bytes,
    write_header,
)
from qosbot.lab.kernel.traffic.patterns import Pattern, due_times
from qosbot.lab.kernel.traffic.sockets import Where

LEAST_IP_BYTES = UDP_IP_BYTES + HEADER.size
_NS = 1_000_000_000
_SKIP_AFTER_NS = _NS // 2
_WANDER_S = 0.01
"""Of a packet of voice: telephones are not in step, and what a policer drops is not for ever the
same call's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where packets go, and by the socket that marks them."""

    to: Where
    through: socket.socket


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What a stream is made of."""

    pattern: Pattern
    ip_bytes: int
    """Of a packet, at the network layer."""
    codec: str = ""
    """Empty: data."""
    packets: int | None = None
    """After how many it ends."""
    seconds: float | None = None
    """After how long it ends."""


def voice(codec: str, packet_time_s: float) -> Spec:
    """Return one direction of a call.

    Raises:
        BadRequestError: if there is no such codec, or its packets are too small.
    """
    octets = voice_payload_bytes(codec, packet_time_s) + RTP_BYTES + UDP_IP_BYTES
    pattern = Pattern(packets_per_s=1 / packet_time_s, wander_s=_WANDER_S)
    return Spec(pattern=pattern, ip_bytes=octets, codec=codec)


class Stream:
    """A stream that is being sent."""

    def __init__(self, source: int, spec: Spec, route: Route, *, seed: str, began_ns: int) -> None:
        """Begin a stream; its first packet is due within its first gap."""
        self.ssrc = source
        self.spec = spec
        self.route = route
        self.began_ns = began_ns
        self.sent = 0
        """Packets that were due and given to the kernel, whether it took them or not."""
        self.failed = 0
        self.stalls = 0
        """How often this process came so late that the rest of the stream moved back in time."""
        self.is_ended = False
        self._kind = payload_type(spec.codec)
        self._buffer = bytearray(spec.ip_bytes - UDP_IP_BYTES)
        self._due = due_times(spec.pattern, seed)
        self._shift_ns = 0
        self.due_ns = self._next_ns()

    def _next_ns(self) -> int:
        return self.began_ns + self._shift_ns + round(next(self._due) * _NS)

    @property
    def is_over(self) -> bool:
        """Whether its limit is reached."""
        spec = self.spec
        if spec.packets is not None and self.sent >= spec.packets:
            return True
        return spec.seconds is not None and self.due_ns - self.began_ns > spec.seconds * _NS

    def send(self, now_ns: int) -> str:
        """Send the packet that is due; return why the kernel did not take it, or nothing."""
        late_ns = now_ns - self.due_ns
        if late_ns > _SKIP_AFTER_NS:
            # Nobody talks faster after a standstill: what is overdue is not sent all at once.
            self.stalls += 1
            self._shift_ns += late_ns
        sent_ns = time.monotonic_ns()
        packet = Packet(
            ssrc=self.ssrc,
            count=self.sent,
            sent_ns=sent_ns,
            age_s=(sent_ns - self.began_ns) / _NS,
        )
        write_header(self._buffer, packet, self._kind)
        self.sent += 1
        why = ""
        try:
            self.route.through.sendto(self._buffer, self.route.to)
        except OSError as error:
            self.failed += 1
            why = error.strerror or "input/output error"
        self.due_ns = self._next_ns()
        return why

    def account(self) -> dict[str, object]:
        """Return what the sender says of the stream, for people and for the receiver."""
        return {
            "group": group_of(self.ssrc),
            "stream": stream_of(self.ssrc),
            "codec": self.spec.codec,
            "ip_bytes": self.spec.ip_bytes,
            "began_ns": self.began_ns,
            "sent": self.sent,
            "failed": self.failed,
            "stalls": self.stalls,
        }
