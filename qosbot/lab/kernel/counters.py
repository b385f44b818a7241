"""What `ip`, `tc` and `nft` print of their counters, as values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from qosbot.lab.kernel.compiler import FIFO


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


def link_counts(text: str) -> Mapping[str, LinkCount]:
    """Return the counts by device from `ip -j -s link show`."""
    return {
        link["ifname"]: LinkCount(
            in_octets=link["stats64"]["rx"]["bytes"],
            in_packets=link["stats64"]["rx"]["packets"],
            out_octets=link["stats64"]["tx"]["bytes"],
            out_packets=link["stats64"]["tx"]["packets"],
        )
        for link in json.loads(text)
    }


def queue_counts(text: str) -> Mapping[str, Mapping[int, QueueCount]]:
    """Return the counts by device and HTB class from `tc -j -s qdisc show`."""
    found: dict[str, dict[int, QueueCount]] = {}
    for one in json.loads(text):
        if one["kind"] not in {"pfifo", "bfifo", "pfifo_head_drop"}:
            continue
        minor = int(one["handle"].rstrip(":"), 16) - FIFO
        found.setdefault(one["dev"], {})[minor] = QueueCount(
            sent_octets=one["bytes"],
            sent_packets=one["packets"],
            dropped_packets=one["drops"],
            held_octets=one["backlog"],
            held_packets=one["qlen"],
        )
    return found


def rule_counts(text: str) -> Mapping[tuple[str, str], RuleCount]:
    """Return the counts by table and counter from `nft -j list counters`."""
    return {
        (one["counter"]["table"], one["counter"]["name"]): RuleCount(
            packets=one["counter"]["packets"], octets=one["counter"]["bytes"]
        )
        for one in json.loads(text)["nftables"]
        if "counter" in one
    }
