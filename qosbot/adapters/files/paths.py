"""paths.yaml: voice paths, each two directions over links, one probe, one codec."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from qosbot.adapters.files.checker import Checker, nearest
from qosbot.adapters.files.elements import NAME, NAME_FORM
from qosbot.adapters.files.sources import Sources
from qosbot.adapters.files.tree import Mapping as TreeMapping
from qosbot.adapters.files.tree import Node
from qosbot.adapters.files.units import TIME
from qosbot.domain.inventory import Hop, LinkId, ProbeId, Route, Thresholds, VoicePath

_KEYS = ("forward", "backward", "probe", "codec", "packet_time", "busy_hour_calls")
_PACKET_TIMES = ("5 ms", "120 ms")
_JITTER_BUFFERS = ("0 ms", "1 s")
_DEFAULT_JITTER_BUFFER_S = 0.040
_HIGHEST_OPERATION = 2**31 - 1
_MOST_CALLS = 1_000_000
_LOWEST_MOS, _HIGHEST_MOS = 1.0, 4.5
_MOST_RUNS = 100
_LINK_FORM = "write `DEVICE INTERFACE` as in links.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a path may refer to.

    `devices`, `sites` and `links` are empty where their file could not be read; then nothing is
    said of what refers to them, since what is wrong with the file is on record.
    """

    devices: Collection[str]
    sites: Mapping[str, str]
    links: Collection[LinkId]
    codecs: Collection[str]


def read_paths(sources: Sources, known: Known) -> dict[str, VoicePath]:
    """Return the paths of paths.yaml; what is wrong goes to `sources.problems`."""
    node, check = sources.open("paths.yaml", required=True)
    paths: dict[str, VoicePath] = {}
    probes: dict[ProbeId, str] = {}
    if isinstance(node, TreeMapping) and not node.entries:
        check.report(node.line, "there is no path", "name one; see the example")
    for key, value in check.entries(node, "paths.yaml"):
        name = key.text
        if not NAME.fullmatch(name):
            check.report(key.line, f"path{check.shown(name)} is not {NAME_FORM}", "rename it")
            continue
        reader = _PathReader(name, check, known)
        path = reader.read(value)
        probe = reader.probe
        if probe is not None:
            other = probes.setdefault(probe, name)
            if other != name:
                what = f"path {name} has the probe of {other}: {probe.device} {probe.operation}"
                check.report(reader.probe_line, what, "each path needs a probe of its own")
        if path is not None:
            paths[name] = path
    return paths


class _PathReader:
    def __init__(self, name: str, check: Checker, known: Known) -> None:
        self._what = f"path {name}"
        self._name = name
        self._check = check
        self._known = known
        self.probe: ProbeId | None = None
        self.probe_line = 1

    def read(self, node: Node) -> VoicePath | None:
        check = self._check
        fields = check.fields(
            node, self._what, required=_KEYS, optional=("jitter_buffer", "thresholds")
        )
        forward = self._route(fields.get("forward"), "forward")
        backward = self._route(fields.get("backward"), "backward")
        self._read_probe(fields.get("probe"))
        codec = check.choice(fields.get("codec"), "codec", self._known.codecs)
        packet_time = check.quantity(fields.get("packet_time"), "packet_time", TIME, _PACKET_TIMES)
        buffer: float | None = _DEFAULT_JITTER_BUFFER_S
        if "jitter_buffer" in fields:
            buffer = check.quantity(fields["jitter_buffer"], "jitter_buffer", TIME, _JITTER_BUFFERS)
        calls = check.integer(fields.get("busy_hour_calls"), "busy_hour_calls", 1, _MOST_CALLS)
        thresholds = self._thresholds(fields.get("thresholds"))
        if forward is not None and backward is not None:
            self._compare_ends(forward, backward, fields["backward"].line)
        if forward is None or backward is None or self.probe is None or thresholds is None:
            return None
        if codec is None or packet_time is None or buffer is None or calls is None:
            return None
        return VoicePath(
            name=self._name,
            forward=forward,
            backward=backward,
            probe=self.probe,
            codec=codec,
            packet_time_s=packet_time,
            jitter_buffer_s=buffer,
            busy_hour_calls=calls,
            thresholds=thresholds,
        )

    def _route(self, node: Node | None, direction: str) -> Route | None:
        what = f"{direction} of {self._what}"
        fields = self._check.fields(node, what, required=("egress", "ingress"))
        items = self._check.items(fields.get("egress"), f"egress of {what}")
        hops = [(item.line, self._hop(item)) for item in items or ()]
        ingress = self._hop(fields["ingress"]) if "ingress" in fields else None
        seen: set[LinkId] = set()
        for line, hop in hops:
            for link in hop.any_of if hop else ():
                if link in seen:
                    hint = "a direction crosses a link once"
                    self._check.report(line, f"{what} leaves twice by {link}", hint)
                seen.add(link)
        egress = tuple(hop for _, hop in hops if hop is not None)
        if ingress is None or not egress or len(egress) < len(hops):
            return None
        if _devices(egress[-1]) & _devices(ingress):
            self._check.report(
                fields["ingress"].line,
                f"{what} arrives on the device that it leaves last",
                "ingress is the link of the far device",
            )
            return None
        return Route(egress=egress, ingress=ingress)

    def _hop(self, node: Node) -> Hop | None:
        if not isinstance(node, TreeMapping):
            link = self._link(node)
            return Hop(any_of=(link,)) if link else None
        fields = self._check.fields(node, "the hop", required=("any_of",))
        items = self._check.items(fields.get("any_of"), "any_of") or ()
        links = [self._link(item) for item in items]
        found = tuple(link for link in links if link is not None)
        return Hop(any_of=found) if found and len(found) == len(links) else None

    def _link(self, node: Node) -> LinkId | None:
        text = self._check.text(node, "a link")
        if text is None:
            return None
        device, _, interface = text.partition(" ")
        link = LinkId(device=device, interface=interface.strip())
        if link in self._known.links or (interface and not self._known.links):
            return link
        what = f"there is no link{self._check.shown(text)} in links.yaml"
        hint = nearest(text, map(str, self._known.links)) if interface else _LINK_FORM
        self._check.report(node.line, what, hint)
        return None

    def _read_probe(self, node: Node | None) -> None:
        check = self._check
        fields = check.fields(node, f"probe of {self._what}", required=("device", "operation"))
        device = check.text(fields.get("device"), "probe's device")
        operation = check.integer(fields.get("operation"), "operation", 1, _HIGHEST_OPERATION)
        if device is not None and self._known.devices and device not in self._known.devices:
            what = f"probe's device{check.shown(device)} is not in hosts.yaml"
            check.report(fields["device"].line, what, nearest(device, self._known.devices))
        elif device is not None and operation is not None and node is not None:
            self.probe = ProbeId(device=device, operation=operation)
            self.probe_line = node.line

    def _thresholds(self, node: Node | None) -> Thresholds | None:
        if node is None:
            return Thresholds()
        check = self._check
        keys = ("raise_below", "clear_above", "hold_runs")
        fields = check.fields(node, f"thresholds of {self._what}", optional=keys)
        values: dict[str, float | int | None] = {}
        for key in fields.keys() & {"raise_below", "clear_above"}:
            values[key] = check.decimal(fields[key], key, _LOWEST_MOS, _HIGHEST_MOS)
        if "hold_runs" in fields:
            values["hold_runs"] = check.integer(fields["hold_runs"], "hold_runs", 1, _MOST_RUNS)
        if None in values.values():
            return None
        default = Thresholds()
        raise_below = values.get("raise_below") or default.raise_below
        clear_above = values.get("clear_above") or default.clear_above
        if clear_above <= raise_below:
            check.report(
                node.line,
                f"clear_above {clear_above:g} is not above raise_below {raise_below:g}",
                "an alarm would flap; leave 0.2 between them",
            )
            return None
        return Thresholds(
            raise_below=raise_below,
            clear_above=clear_above,
            hold_runs=int(values.get("hold_runs") or default.hold_runs),
        )

    def _compare_ends(self, forward: Route, backward: Route, line: int) -> None:
        """Note a direction that begins at another site than the one where the other ends."""
        ends = (
            ("backward", backward.egress[0], "forward", forward.ingress),
            ("forward", forward.egress[0], "backward", backward.ingress),
        )
        for leaving, first, arriving, last in ends:
            begins = {self._known.sites.get(device, "") for device in _devices(first)}
            arrives = {self._known.sites.get(device, "") for device in _devices(last)}
            if "" in begins | arrives or begins & arrives:
                continue
            self._check.report(
                line,
                f"{self._what}: {leaving} begins at site {min(begins)}, "
                f"{arriving} ends at site {min(arrives)}",
                "the two directions join the same two sites",
            )


def _devices(hop: Hop) -> set[str]:
    return {link.device for link in hop.any_of}
