"""What a receiver counts of a stream: gaps with a grace, delay, jitter; values without sockets."""

import math
from collections import Counter, deque
from dataclasses import dataclass, field

from qosbot.lab.kernel.traffic.packet import Packet

GIVEN_UP_KEPT = 4096
"""Of how many lost packets a stream knows, so that they are late and not doubles if they come."""

_BUCKET_NS = 100_000
_NS = 1e9
_SMOOTHING = 16
"""RFC 3550, 6.4.1."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """Sums over packets; two of them add up."""

    received: int = 0
    """Each packet once, those out of order included, late ones not."""
    lost: int = 0
    """Not there when their grace ended, whether they came later or not."""
    late: int = 0
    """Came after they had been counted as lost."""
    out_of_order: int = 0
    """Came after a later one of their stream, within the grace."""
    duplicates: int = 0
    ip_bytes: int = 0
    delay_sum_ns: int = 0
    delay_squares_ns2: int = 0
    delay_least_ns: int = 0
    delay_most_ns: int = 0
    jitter_sum_ns: float = 0.0
    """Over the packets, of the running estimate of RFC 3550."""
    variation_sum_ns: int = 0
    """Of the changes of delay from a packet to the next that arrived, without their sign."""
    variations: int = 0
    delays: Counter[int] = field(default_factory=Counter)
    """Packets by delay, in steps of 0.1 ms."""
    marks: Counter[int] = field(default_factory=Counter)
    """Packets by the DSCP with which they came."""

    def add(self, other: "Tally") -> None:
        """Count what another has counted, too."""
        if other.received:
            least = other.delay_least_ns
            self.delay_least_ns = min(self.delay_least_ns, least) if self.received else least
            most = other.delay_most_ns
            self.delay_most_ns = max(self.delay_most_ns, most) if self.received else most
        self.received += other.received
        self.lost += other.lost
        self.late += other.late
        self.out_of_order += other.out_of_order
        self.duplicates += other.duplicates
        self.ip_bytes += other.ip_bytes
        self.delay_sum_ns += other.delay_sum_ns
        self.delay_squares_ns2 += other.delay_squares_ns2
        self.jitter_sum_ns += other.jitter_sum_ns
        self.variation_sum_ns += other.variation_sum_ns
        self.variations += other.variations
        self.delays.update(other.delays)
        self.marks.update(other.marks)

    def quantile_s(self, share: float) -> float | None:
        """Return the delay that a share of the packets did not exceed, to 0.1 ms."""
        left = share * self.received
        for bucket in sorted(self.delays):
            left -= self.delays[bucket]
            if left <= 0:
                return (bucket + 1) * _BUCKET_NS / _NS
        return None

    def _deviation_s(self) -> float:
        mean_ns = self.delay_sum_ns / self.received
        # In whole numbers up to here: the squares are far beyond what a float holds exactly.
        variance_ns2 = self.delay_squares_ns2 / self.received - mean_ns**2
        return math.sqrt(max(variance_ns2, 0.0)) / _NS

    def figures(self) -> dict[str, object]:
        """Return the counts and means, in seconds; null where nothing was measured."""
        judged, got = self.received + self.lost, self.received
        return {
            "received": got,
            "lost": self.lost,
            "loss_ratio": self.lost / judged if judged else None,
            "late": self.late,
            "out_of_order": self.out_of_order,
            "duplicates": self.duplicates,
            "ip_bytes": self.ip_bytes,
            "dscp": {str(dscp): packets for dscp, packets in sorted(self.marks.items())},
            "delay_mean_s": self.delay_sum_ns / got / _NS if got else None,
            "delay_deviation_s": self._deviation_s() if got else None,
            "delay_min_s": self.delay_least_ns / _NS if got else None,
            "delay_max_s": self.delay_most_ns / _NS if got else None,
            "delay_p50_s": self.quantile_s(0.5),
            "delay_p95_s": self.quantile_s(0.95),
            "delay_p99_s": self.quantile_s(0.99),
            "jitter_s": self.jitter_sum_ns / got / _NS if got else None,
            "variation_s": (
                self.variation_sum_ns / self.variations / _NS if self.variations else None
            ),
        }


class StreamRecord:
    """One stream as it arrives: which packets are missing, since when, and for good.

    Times are CLOCK_MONOTONIC in ns and never fall from call to call.
    """

    def __init__(self, first: int, *, began_ns: int, grace_ns: int) -> None:
        """Begin a record.

        Args:
            first: the count of the first packet that is expected.
            began_ns: when the stream began, by its own account.
            grace_ns: how long a missing packet may still come.
        """
        self.began_ns = began_ns
        self.total, self.window = Tally(), Tally()
        self.jitter_ns = 0.0
        self._next = first
        self._grace_ns = grace_ns
        self._missing: dict[int, int] = {}
        self._given_up: dict[int, None] = {}
        self._told: deque[tuple[int, int]] = deque()
        self._last_delay_ns: int | None = None
        self._latest_sent_ns = 0

    def is_earlier_than(self, packet: Packet) -> bool:
        """Return whether a packet is of another stream that began anew under the same SSRC."""
        return packet.count < self._next and packet.sent_ns > self._latest_sent_ns > 0

    def arrived(self, packet: Packet, arrived_ns: int, *, ip_bytes: int, dscp: int) -> None:
        """Count a packet."""
        self.settle(arrived_ns)
        count, window = packet.count, self.window
        if count == self._next:
            self._next += 1
        elif count > self._next:
            until_ns = arrived_ns + self._grace_ns
            for missing in range(self._next, count):
                self._missing[missing] = until_ns
            self._next = count + 1
        elif count in self._missing:
            del self._missing[count]
            window.out_of_order += 1
        elif count in self._given_up:
            del self._given_up[count]
            window.late += 1
            return
        else:
            window.duplicates += 1
            return
        self._latest_sent_ns = max(self._latest_sent_ns, packet.sent_ns)
        window.ip_bytes += ip_bytes
        window.marks[dscp] += 1
        self._measure(arrived_ns - packet.sent_ns)

    def _measure(self, delay_ns: int) -> None:
        window = self.window
        if not window.received:
            window.delay_least_ns = window.delay_most_ns = delay_ns
        elif delay_ns < window.delay_least_ns:
            window.delay_least_ns = delay_ns
        elif delay_ns > window.delay_most_ns:
            window.delay_most_ns = delay_ns
        window.received += 1
        window.delay_sum_ns += delay_ns
        window.delay_squares_ns2 += delay_ns * delay_ns
        window.delays[delay_ns // _BUCKET_NS] += 1
        if self._last_delay_ns is not None:
            change_ns = abs(delay_ns - self._last_delay_ns)
            self.jitter_ns += (change_ns - self.jitter_ns) / _SMOOTHING
            window.variation_sum_ns += change_ns
            window.variations += 1
        window.jitter_sum_ns += self.jitter_ns
        self._last_delay_ns = delay_ns

    def told(self, sent: int, now_ns: int) -> None:
        """Take the sender's word that it had sent so many packets; each has its grace from now."""
        self._told.append((sent, now_ns + self._grace_ns))

    def settle(self, now_ns: int) -> None:
        """Count as lost whatever has had its grace."""
        while self._missing:
            count, until_ns = next(iter(self._missing.items()))
            if until_ns > now_ns:
                break
            del self._missing[count]
            self._give_up(count)
        while self._told and self._told[0][1] <= now_ns:
            sent, _ = self._told.popleft()
            for count in range(self._next, sent):
                self._give_up(count)
            self._next = max(self._next, sent)

    def _give_up(self, count: int) -> None:
        self.window.lost += 1
        self._given_up[count] = None
        if len(self._given_up) > GIVEN_UP_KEPT:
            del self._given_up[next(iter(self._given_up))]

    def close_window(self) -> Tally:
        """Return what was counted since the last time, and add it to the total."""
        closed = self.window
        self.total.add(closed)
        self.window = Tally()
        return closed
