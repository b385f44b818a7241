"""Two network namespaces with a veth between them and a queue at one end, made and taken off."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from tests.needs import program

NEAR, FAR = "10.99.0.1", "10.99.0.2"
_NUMBERS = count()


def _do(tool: str, *words: str) -> str:
    done = subprocess.run(
        [program(tool), *words], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout


class Bottleneck:
    """The way from the near namespace to the far one."""

    def __init__(self, name: str) -> None:
        self.near, self.far = f"{name}-near", f"{name}-far"
        for space in (self.near, self.far):
            _do("ip", "netns", "add", space)
        _do(
            "ip",
            "-n",
            self.near,
            "link",
            "add",
            "wan",
            "type",
            "veth",
            "peer",
            "wan",
            "netns",
            self.far,
        )
        for number, (space, address) in enumerate(((self.near, NEAR), (self.far, FAR)), 1):
            # Nothing but the test's own packets is to meet the queue.
            self._within(space, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
            _do("ip", "-n", space, "link", "set", "wan", "address", f"02:00:00:00:00:0{number}")
            _do("ip", "-n", space, "address", "add", f"{address}/30", "dev", "wan")
            _do("ip", "-n", space, "link", "set", "wan", "up")
        known = ("02:00:00:00:00:02", "nud", "permanent", "dev", "wan")
        _do("ip", "-n", self.near, "neighbour", "replace", FAR, "lladdr", *known)
        known = ("02:00:00:00:00:01", "nud", "permanent", "dev", "wan")
        _do("ip", "-n", self.far, "neighbour", "replace", NEAR, "lladdr", *known)

    def close(self) -> None:
        for space in (self.near, self.far):
            subprocess.run(
                [program("ip"), "netns", "delete", space], capture_output=True, check=False
            )

    def within(self, space: str) -> tuple[str, ...]:
        """Return what starts a program in one of the namespaces."""
        return (program("ip"), "netns", "exec", space)

    def _within(self, space: str, *words: str) -> None:
        subprocess.run([*self.within(space), *words], capture_output=True, timeout=60, check=True)

    def queue(self, *words: str) -> None:
        """Configure the queue on the near end."""
        _do("tc", "-n", self.near, *words[:2], "dev", "wan", *words[2:])

    def first_in_first_out(self, rate: str, packets: int) -> None:
        """Queue everything in one queue."""
        self.queue("qdisc", "replace", "root", "handle", "1:", "htb", "default", "20")
        self.queue("class", "add", "parent", "1:", "classid", "1:20", "htb", "rate", rate)
        limit = ("limit", str(packets))
        self.queue("qdisc", "add", "parent", "1:20", "handle", "20:", "pfifo", *limit)

    def voice_first(self, rate: str, packets: int) -> None:
        """Queue DSCP 46 apart and serve it first, up to half of the rate for sure."""
        self.queue("qdisc", "replace", "root", "handle", "1:", "htb", "default", "20")
        self.queue("class", "add", "parent", "1:", "classid", "1:1", "htb", "rate", rate)
        for minor, order in (("10", "0"), ("20", "1")):
            share = ("htb", "rate", "1mbit", "ceil", rate, "prio", order)
            self.queue("class", "add", "parent", "1:1", "classid", f"1:{minor}", *share)
            limit = ("limit", str(packets))
            self.queue(
                "qdisc", "add", "parent", f"1:{minor}", "handle", f"{minor}:", "pfifo", *limit
            )
        match = ("u32", "match", "ip", "dsfield", "0xb8", "0xfc", "flowid", "1:10")
        self.queue("filter", "add", "parent", "1:", "protocol", "ip", *match)

    def dropped(self) -> int:
        """Return how many packets the leaf queues have dropped, by the kernel's own counters."""
        shown = json.loads(_do("tc", "-n", self.near, "-s", "-j", "qdisc", "show", "dev", "wan"))
        return sum(known["drops"] for known in shown if known["kind"] == "pfifo")


@contextmanager
def bottleneck() -> Iterator[Bottleneck]:
    """Make a bottleneck; nothing is left of it after the block."""
    known = Bottleneck(f"qosbot-test-{os.getpid()}-{next(_NUMBERS)}")
    try:
        yield known
    finally:
        known.close()
