"""The record of a receiver: streams and groups, second by second and all in all; no sockets."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from qosbot.lab.kernel.traffic.counting import StreamRecord, Tally
from qosbot.lab.kernel.traffic.packet import Packet, group_of, stream_of

Line = dict[str, object]
CLOSED_KEPT = 4096
"""Of how many streams a receiver knows that they have ended, so that a straggler is only late."""

_NS = 1_000_000_000
_SAME_BEGINNING_NS = 1_000_000
"""An RTP timestamp tells a beginning to 0.125 ms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a sender says of a stream."""

    ssrc: int
    began_ns: int
    sent: int
    is_ended: bool


@dataclass(slots=True)
class _Ended:
    record: StreamRecord
    until_ns: int


@dataclass(slots=True)
class _Group:
    window: Tally = field(default_factory=Tally)
    total: Tally = field(default_factory=Tally)


class Records:
    """What has arrived, by stream and by group, since listening began."""

    def __init__(self, *, listening_since_ns: int, grace_ns: int) -> None:
        """Begin with nothing.

        Args:
            listening_since_ns: a stream that began before is counted from its first packet on.
            grace_ns: how long a missing packet may still come.
        """
        self._since_ns = listening_since_ns
        self._grace_ns = grace_ns
        self._streams: dict[int, StreamRecord] = {}
        self._ended: dict[int, _Ended] = {}
        self._groups: dict[int, _Group] = {}
        self._closed: dict[int, int] = {}

    def arrived(self, packet: Packet, arrived_ns: int, *, ip_bytes: int, dscp: int) -> None:
        """Count a packet."""
        record = self._streams.get(packet.ssrc)
        if record is not None and record.is_earlier_than(packet):
            self._finish(packet.ssrc, record)
            record = None
        if record is None:
            began_ns = packet.sent_ns - round(packet.age_s * _NS)
            if self._is_closed(packet.ssrc, began_ns):
                self._group(packet.ssrc).window.late += 1
                return
            record = self._begin(packet.ssrc, began_ns, first_seen=packet.count)
        record.arrived(packet, arrived_ns, ip_bytes=ip_bytes, dscp=dscp)

    def _is_closed(self, source: int, began_ns: int) -> bool:
        """Return whether it is that stream of an SSRC whose record is closed."""
        closed_ns = self._closed.get(source)
        return closed_ns is not None and abs(began_ns - closed_ns) < _SAME_BEGINNING_NS

    def _begin(self, source: int, began_ns: int, *, first_seen: int) -> StreamRecord:
        first = 0 if began_ns >= self._since_ns else first_seen
        record = StreamRecord(first, began_ns=began_ns, grace_ns=self._grace_ns)
        self._streams[source] = record
        return record

    def told(self, known: Told, now_ns: int) -> None:
        """Take a sender's word; of an ended stream the record is closed after the grace."""
        record = self._streams.get(known.ssrc)
        if record is None:
            is_closed = self._is_closed(known.ssrc, known.began_ns)
            if is_closed or known.began_ns < self._since_ns:
                return
            record = self._begin(known.ssrc, known.began_ns, first_seen=0)
        record.told(known.sent, now_ns)
        if known.is_ended:
            self._ended[known.ssrc] = _Ended(record, now_ns + self._grace_ns)

    def _finish(self, source: int, record: StreamRecord) -> Line:
        self._collect(source, record)
        del self._streams[source]
        self._closed[source] = record.began_ns
        if len(self._closed) > CLOSED_KEPT:
            del self._closed[next(iter(self._closed))]
        return _of_stream(source, record)

    def _collect(self, source: int, record: StreamRecord) -> None:
        self._group(source).window.add(record.close_window())

    def _group(self, source: int) -> _Group:
        return self._groups.setdefault(group_of(source), _Group())

    def close_window(self, now_ns: int) -> Iterator[Line]:
        """Yield the figures of each group since the last time, and the streams that have ended."""
        for source, record in list(self._streams.items()):
            record.settle(now_ns)
            ended = self._ended.get(source)
            if ended is not None and ended.until_ns <= now_ns:
                del self._ended[source]
                if ended.record is record:
                    yield {"event": "ended"} | self._finish(source, record)
                    continue
            self._collect(source, record)
        for group, sums in sorted(self._groups.items()):
            window, sums.window = sums.window, Tally()
            sums.total.add(window)
            yield {"event": "window", "at_ns": now_ns, "group": group} | window.figures()

    def show(self) -> tuple[list[Line], list[Line]]:
        """Return the figures of each group and each running stream up to the last window's end."""
        groups: list[Line] = [
            {"group": group} | sums.total.figures() for group, sums in sorted(self._groups.items())
        ]
        streams = [_of_stream(source, record) for source, record in sorted(self._streams.items())]
        return groups, streams


def _of_stream(source: int, record: StreamRecord) -> Line:
    return {
        "group": group_of(source),
        "stream": stream_of(source),
        "began_ns": record.began_ns,
    } | record.total.figures()
