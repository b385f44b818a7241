"""Show commands of the modular QoS CLI."""

from collections.abc import Iterator

from qosbot.lab.cli import mqc
from qosbot.lab.cli.grammar import NoSuchNameError
from qosbot.lab.cli.tree import Entry
from qosbot.lab.cli.values import dscp_number, interface
from qosbot.lab.cli.view import View
from qosbot.lab.observed import ClassCounters

_BURST_S = 0.2
"""A priority class without a burst of its own may send 200 ms of its rate at once."""
_SHAPE_INTERVAL_S = 0.004
_QUEUE_LIMIT_PACKETS = 64
_FLOWS_SHARE = 4
"""A flow may hold a quarter of its class's queue."""


def policy_map_interface(view: View, words: tuple[str, ...]) -> str:
    """Return `show policy-map interface [X [input|output] [class C]]`.

    Raises:
        NoSuchNameError: if there is no such interface.
    """
    rest = list(words[3:])
    wanted = ""
    if rest and rest[0] not in {"input", "output", "class"}:
        wanted = (
            interface("".join(rest[: 2 if len(rest) > 1 and rest[1][0].isdigit() else 1])) or ""
        )
        rest = rest[2:] if len(rest) > 1 and rest[1][0].isdigit() else rest[1:]
    if wanted and view.root.child("interface", wanted) is None:
        raise NoSuchNameError
    direction = rest.pop(0) if rest and rest[0] in {"input", "output"} else ""
    klass = rest[1] if rest else ""
    counted = {(c.interface, c.direction, c.path): c for c in view.classes()}
    lines: list[str] = []
    shown = ""
    for attached in mqc.attachments(view.root):
        if wanted not in {"", attached.interface} or direction not in {"", attached.direction}:
            continue
        if shown != attached.interface:
            shown = attached.interface
            lines += [f" {shown} ", ""]
        lines += [f"  Service-policy {attached.direction}: {attached.policy}", ""]
        block = _Block(view, attached, counted, klass)
        lines += block.policy(attached.policy, (), view.rate_bps(shown), 4)
    return "\n".join(lines)


class _Block:
    """The output for one attachment."""

    def __init__(
        self,
        view: View,
        attached: mqc.Attachment,
        counted: dict[tuple[str, str, tuple[str, ...]], ClassCounters],
        klass: str,
    ) -> None:
        self._view = view
        self._attached = attached
        self._counted = counted
        self._class = klass
        section = view.root.child("interface", attached.interface)
        load = section.child("load-interval") if section is not None else None
        seconds = int(load.words()[1]) if load is not None else 300
        self._interval = f"{seconds // 60} minute" if seconds % 60 == 0 else f"{seconds} second"

    def policy(self, name: str, above: tuple[str, ...], rate_bps: float, indent: int) -> list[str]:
        """Return a policy's classes, first what its priority classes share."""
        lines = self._priority_queue(name, above, indent)
        sections = mqc.classes(self._view.root, name)
        if all(section.slot[1] != "class-default" for section in sections):
            sections.append(Entry(line="class class-default", slot=("class", "class-default")))
        for section in sections:
            if self._class in {"", section.slot[1]} or above:
                lines += self._one(section, (*above, name, section.slot[1]), rate_bps, indent)
        return lines

    def _counters(self, path: tuple[str, ...]) -> ClassCounters:
        key = (self._attached.interface, self._attached.direction, path)
        return self._counted.get(key) or ClassCounters(
            interface=key[0], direction=key[1], path=path, offered_packets=0, offered_bytes=0,
            sent_packets=0, sent_bytes=0, dropped_packets=0, dropped_bytes=0,
            queue_depth_packets=0, queue_depth_bytes=0, offered_rate_bps=0.0, drop_rate_bps=0.0,
        )  # fmt: skip

    def _priority_queue(self, name: str, above: tuple[str, ...], indent: int) -> list[str]:
        found = [
            self._counters((*above, name, section.slot[1]))
            for section in mqc.classes(self._view.root, name)
            if section.child("priority") is not None
        ]
        if not found:
            return []
        pad = " " * (indent + 2)
        return [
            " " * indent + "queue stats for all priority classes:",
            pad + "Queueing",
            *_queue(pad, f"{_QUEUE_LIMIT_PACKETS} packets", found),
            "",
        ]

    def _one(
        self, section: Entry, path: tuple[str, ...], rate_bps: float, indent: int
    ) -> list[str]:
        name, pad = section.slot[1], " " * (indent + 2)
        counters = self._counters(path)
        lines = [
            " " * indent + f"Class-map: {name} ({_match_kind(self._view.root, name)})  ",
            pad + f"{counters.offered_packets} packets, {counters.offered_bytes} bytes",
            pad + f"{self._interval} offered rate {_rate(counters.offered_rate_bps)}, "
            f"drop rate {_rate(counters.drop_rate_bps)}",
            *(pad + f"Match: {match}" for match in matches(self._view.root, name)),
            *self._actions(section, counters, rate_bps, pad),
            "",
        ]
        child = mqc.nested(section)
        if child:
            inner_bps = mqc.shaped_rate(section, rate_bps) or rate_bps
            lines += [pad + f"Service-policy : {child}", ""]
            lines += self.policy(child, path, inner_bps, indent + 4)
        return lines

    def _actions(
        self, section: Entry, counters: ClassCounters, rate_bps: float, pad: str
    ) -> Iterator[str]:
        said = {entry.slot[0]: entry for entry in section.children}
        if "priority" in said:
            yield pad + _priority(said["priority"], rate_bps, counters.dropped_packets)
        elif said.keys() & {"bandwidth", "shape", "fair-queue", "queue-limit", "random-detect"} or (
            section.slot[1] == "class-default" and self._attached.direction == "output"
        ):
            limit = said["queue-limit"].line[12:] if "queue-limit" in said else "64 packets"
            yield pad + "Queueing"
            yield from _queue(pad, limit, [counters], flows="fair-queue" in said)
        if "bandwidth" in said:
            yield pad + _bandwidth(said["bandwidth"], rate_bps)
        if "shape" in said:
            cir = int(mqc.shaped_rate(section, rate_bps))
            burst = int(cir * _SHAPE_INTERVAL_S)
            kind = said["shape"].words()[1]
            yield pad + f"shape ({kind}) cir {cir}, bc {burst}, be {burst}"
            yield pad + f"target shape rate {cir}"
        if "police" in said:
            yield from _police(said["police"], counters, pad)
        for entry in section.under("set"):
            words = [word for word in entry.words()[1:] if word != "ip"]
            yield pad + "QoS Set"
            yield pad + f"  {words[0]} {words[1]}"
            yield pad + f"    Packets marked {counters.sent_packets}"


def policy_map(view: View, words: tuple[str, ...]) -> str:
    """Return `show policy-map [NAME]`."""
    lines: list[str] = []
    for section in view.root.under("policy-map"):
        if words[2:] and section.slot[1] != words[2]:
            continue
        lines.append(f"  Policy Map {section.slot[1]}")
        for klass in section.under("class"):
            lines.append(f"    Class {klass.slot[1]}")
            lines += [line for entry in klass.children for line in _defined(entry)]
        lines.append("")
    if words[2:] and not lines:
        return f"% policy map {words[2]} not configured"
    return "\n".join(lines)


def class_map(view: View, words: tuple[str, ...]) -> str:
    """Return `show class-map [NAME]`."""
    lines: list[str] = []
    sections: list[tuple[str, str]] = [("match-any", "class-default")]
    sections += [(entry.words()[1], entry.slot[1]) for entry in view.root.under("class-map")]
    for number, (kind, name) in enumerate(sections):
        if words[2:] and name != words[2]:
            continue
        lines.append(f" Class Map {kind} {name} (id {number})")
        lines += [f"   Match {match} " for match in matches(view.root, name)] or ["   Match none "]
        lines.append("")
    return "\n".join(lines)


def matches(root: Entry, name: str) -> list[str]:
    """Return a class's matches as the show commands word them."""
    section = root.child("class-map", name)
    if name == "class-default":
        return ["any "]
    found = []
    for entry in section.under("match") if section is not None else ():
        words = entry.words()[1:]
        if "dscp" in words:
            at = words.index("dscp") + 1
            values = [f"{value} ({dscp_number(value)})" for value in words[at:]]
            said = " ".join([*words[:at], *values])
            found.append(said if "ip" in words else f" {said}")
        elif "precedence" in words:
            at = words.index("precedence") + 1
            found.append(" ".join(words[:at]) + "".join(f" {value} " for value in words[at:]))
        else:
            found.append(" ".join(words))
    return found


def _match_kind(root: Entry, name: str) -> str:
    section = root.child("class-map", name)
    return section.words()[1] if section is not None else "match-any"


def _rate(rate_bps: float) -> str:
    return f"{round(rate_bps):04d} bps"


def _queue(pad: str, limit: str, found: list[ClassCounters], *, flows: bool = False) -> list[str]:
    depth = sum(counters.queue_depth_packets for counters in found)
    drops = sum(counters.dropped_packets for counters in found)
    sent = sum(counters.sent_packets for counters in found)
    sent_bytes = sum(counters.sent_bytes for counters in found)
    said, zeros = ("/flowdrops", "0/0") if flows else ("", "0")
    lines = [
        f"{pad}queue limit {limit}",
        f"{pad}(queue depth/total drops/no-buffer drops{said}) {depth}/{drops}/{zeros}",
        f"{pad}(pkts output/bytes output) {sent}/{sent_bytes}",
    ]
    if flows:
        per_flow = int(limit.split(maxsplit=1)[0]) // _FLOWS_SHARE
        lines.append(f"{pad}Fair-queue: per-flow queue limit {per_flow} packets")
    return lines


def _priority(entry: Entry, rate_bps: float, drops: int) -> str:
    words = entry.words()[1:]
    if words[:1] == ["level"]:
        words = words[2:]
    if not words:
        return f"Priority: Strict, b/w exceed drops: {drops}"
    if words[0] == "percent":
        kbps = int(rate_bps * int(words[1]) / 100_000)
        said, more = f"{words[1]}% ({kbps} kbps)", words[2:]
    else:
        kbps = int(words[0])
        said, more = f"{kbps} kbps", words[1:]
    burst = int(more[0]) if more else int(kbps * 1000 * _BURST_S / 8)
    return f"Priority: {said}, burst bytes {burst}, b/w exceed drops: {drops}"


def _bandwidth(entry: Entry, rate_bps: float) -> str:
    words = entry.words()[1:]
    if words[0] == "remaining":
        return f"bandwidth remaining {words[-1]}%" if words[1] == "percent" else entry.line
    if words[0] == "percent":
        return f"bandwidth {words[1]}% ({int(rate_bps * int(words[1]) / 100_000)} kbps)"
    return f"bandwidth {words[0]} kbps"


def _police(entry: Entry, counters: ClassCounters, pad: str) -> Iterator[str]:
    words = entry.words()
    yield pad + "police:"
    rate = f"{words[3]} %" if words[2] == "percent" else f"{words[2]} bps, bc {words[4]} bytes"
    yield pad + f"    cir {rate}"
    for name, packets, octets in (
        ("conform", counters.sent_packets, counters.sent_bytes),
        ("exceed", counters.dropped_packets, counters.dropped_bytes),
    ):
        action = entry.child(f"{name}-action")
        yield pad + f"  {name}ed {packets} packets, {octets} bytes; actions:"
        yield pad + f"    {' '.join(action.words()[1:]) if action is not None else 'transmit'} "
    offered, dropped = counters.offered_rate_bps, counters.drop_rate_bps
    yield pad + f"  conformed {_rate(offered - dropped)}, exceeded {_rate(dropped)}"


def _defined(entry: Entry) -> list[str]:
    """Return how `show policy-map` words one action."""
    words = entry.words()
    if words[0] == "shape":
        kind = "Average" if words[1] == "average" else "Peak"
        rate = f"{words[3]}%" if words[2] == "percent" else f"{words[2]} (bps)"
        return [f"      {kind} Rate Traffic Shaping", f"      cir {rate}"]
    if words[0] in {"priority", "bandwidth"} and words[-1].isdigit():
        unit = "(%)" if "percent" in words else "(kbps)"
        said = " ".join(word for word in words if word != "percent")
        return [f"      {said} {unit}"]
    inner = [f"        {child.line} " for child in entry.children]
    return [f"      {' '.join(words)}", *inner]
