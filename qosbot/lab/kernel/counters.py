"""What the kernel has counted of links, queues and filters, as values."""

import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from qosbot.lab.kernel.compiler import FIFO
from qosbot.lab.kernel.namespaces import Namespace
from qosbot.lab.kernel.netlink import NETFILTER, Netlink, attributes, text_of

# Of the kernel's linux/rtnetlink.h, if_link.h and gen_stats.h ...
_GET_LINKS, _GET_QDISCS = 18, 38
_LINK, _QUEUE = struct.Struct("=BxHiII"), struct.Struct("=BBHiIII")
_NAME, _LINK_STATISTICS = 3, 23
_STATS64 = struct.Struct("=QQQQ")
"""Packets received and sent, bytes received and sent."""
_KIND, _STATISTICS = 1, 7
_BASIC_COUNTS, _QUEUE_COUNTS, _LONG_PACKETS = 1, 3, 8
_BASIC, _HELD, _LONG = struct.Struct("=QI"), struct.Struct("=III"), struct.Struct("=Q")
_FIFOS = {"pfifo", "bfifo", "pfifo_head_drop"}

# ... and of linux/netfilter/nf_tables.h, whose numbers are big-endian.
_GET_OBJECTS = 10 << 8 | 19
_ANY_FAMILY = bytes(4)
_OBJECT_TABLE, _OBJECT_NAME, _OBJECT_TYPE, _OBJECT_DATA = 1, 2, 3, 4
_COUNTER = struct.pack(">I", 1)
_OCTETS, _PACKETS = 1, 2
_BIG = struct.Struct(">Q")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkCount:
    """What an interface has counted since it was made."""

    in_octets: int
    in_packets: int
    out_octets: int
    out_packets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCount:
    """What the fifo of one HTB class has counted since it was made."""

    sent_octets: int
    sent_packets: int
    dropped_packets: int
    held_octets: int
    held_packets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleCount:
    """A named counter of nftables."""

    packets: int
    octets: int


class Counters:
    """All counters of a namespace."""

    def __init__(self, inside: Namespace) -> None:
        """Open the ways to them.

        Args:
            inside: whose counters.
        """
        self._routing = Netlink(inside, socket.NETLINK_ROUTE)
        self._filters = Netlink(inside, NETFILTER)

    def rules(self) -> Mapping[tuple[str, str], RuleCount]:
        """Return the named counters of nftables by table and name."""
        payloads = self._filters.dump(_GET_OBJECTS, _ANY_FAMILY)
        return dict(filter(None, map(_rule, payloads)))

    def queues(self, devices: Mapping[int, str]) -> Mapping[str, Mapping[int, QueueCount]]:
        """Return the counts of fifos by device and HTB class."""
        found: dict[str, dict[int, QueueCount]] = {}
        for payload in self._routing.dump(_GET_QDISCS, _QUEUE.pack(0, 0, 0, 0, 0, 0, 0)):
            _, _, _, index, handle, _, _ = _QUEUE.unpack_from(payload)
            known = attributes(payload[_QUEUE.size :])
            if index in devices and text_of(known[_KIND]) in _FIFOS:
                counts = found.setdefault(devices[index], {})
                counts[(handle >> 16) - FIFO] = _queue(attributes(known[_STATISTICS]))
        return found

    def links(self) -> Mapping[int, tuple[str, LinkCount]]:
        """Return the name and the counts of each device by its index."""
        found: dict[int, tuple[str, LinkCount]] = {}
        for payload in self._routing.dump(_GET_LINKS, _LINK.pack(0, 0, 0, 0, 0)):
            _, _, index, _, _ = _LINK.unpack_from(payload)
            known = attributes(payload[_LINK.size :])
            received, sent, in_octets, out_octets = _STATS64.unpack_from(known[_LINK_STATISTICS])
            found[index] = (
                text_of(known[_NAME]),
                LinkCount(
                    in_octets=in_octets,
                    in_packets=received,
                    out_octets=out_octets,
                    out_packets=sent,
                ),
            )
        return found

    def close(self) -> None:
        """Let go of the ways."""
        self._routing.close()
        self._filters.close()


def _rule(payload: bytes) -> tuple[tuple[str, str], RuleCount] | None:
    known = attributes(payload[len(_ANY_FAMILY) :])
    if known.get(_OBJECT_TYPE) != _COUNTER:
        return None
    counts = attributes(known[_OBJECT_DATA])
    (octets,), (packets,) = _BIG.unpack(counts[_OCTETS]), _BIG.unpack(counts[_PACKETS])
    key = (text_of(known[_OBJECT_TABLE]), text_of(known[_OBJECT_NAME]))
    return key, RuleCount(packets=packets, octets=octets)


def _queue(known: Mapping[int, bytes]) -> QueueCount:
    sent_octets, sent_packets = _BASIC.unpack_from(known[_BASIC_COUNTS])
    if _LONG_PACKETS in known:
        (sent_packets,) = _LONG.unpack_from(known[_LONG_PACKETS])
    held_packets, held_octets, dropped = _HELD.unpack_from(known[_QUEUE_COUNTS])
    return QueueCount(
        sent_octets=sent_octets,
        sent_packets=sent_packets,
        dropped_packets=dropped,
        held_octets=held_octets,
        held_packets=held_packets,
    )
