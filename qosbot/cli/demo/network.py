"""The lab as the demo sees it: what it does to it, and what is really so in it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from qosbot.cli.demo.expect import Truth
from qosbot.lab.control import request


class Network:
    """Requests to a running lab.

    Raises everywhere:
        LabError: if the lab does not answer, or refuses.
    """

    def __init__(self, published: Path) -> None:
        self._published = published
        self._first = self._show(what="network")
        self._faults: dict[str, list[dict[str, object]]] = {}

    def step(self, seconds: float) -> None:
        """Let time pass at once."""
        request(self._published, "clock", step_s=seconds)

    def now(self) -> float:
        """Return the lab's time."""
        return float(self._show(what="network")["now"])

    def do(self, path: str, command: str, arguments: Mapping[str, object]) -> None:
        """Make a request; a fault is remembered as one of a path, to be mended."""
        request(self._published, command, **arguments)
        if command == "fault":
            self._faults.setdefault(path, []).append(dict(arguments))

    def mend(self, path: str) -> None:
        """Give a path the load that it had when the lab started, and end its faults."""
        for arguments in self._faults.pop(path, []):
            kept = {key: value for key, value in arguments.items() if key != "ratio"}
            request(self._published, "fault", **kept, clear=True)
        load = self._first["load"]
        request(self._published, "load", path=path, calls=load["calls"][path]["number"])
        first = {(one["direction"], one["name"]): one["bps"] for one in _data(load, path)}
        now = _data(self._show(what="network")["load"], path)
        for way, name in {(one["direction"], one["name"]) for one in now} | set(first):
            bps = first.get((way, name), 0)
            arguments = {"path": path, "direction": way, "name": name, "data_bps": bps}
            request(self._published, "load", **arguments)

    def truth(self, path: str) -> Truth:
        """Return what is really so on a path."""
        shown = self._show(what="network")
        flows = [flow for way in ("forward", "backward") for flow in shown["paths"][path][way]]
        return Truth(
            voice_loss_ratio=_worst(flows, "voice"),
            data_loss_ratio=_worst(flows, "data"),
            voice_delay_s=max(_told(flows, "voice", "delay_s"), default=0.0),
            calls_by_codec=shown["load"]["calls"][path]["in_progress"],
        )

    def received(self, device: str, since: float) -> tuple[str, ...]:
        """Return the lines that were typed on a router since a time of the lab."""
        lines = self._show(what="received", device=device)["received"]
        return tuple(one["line"] for one in lines if one["at"] >= since)

    def _show(self, **arguments: object) -> dict[str, Any]:
        return request(self._published, "show", **arguments)


def _data(load: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    return [one for one in load["data"] if one["path"] == path]


def _worst(flows: list[dict[str, Any]], kind: str) -> float:
    return max(_told(flows, kind, "loss_ratio"), default=0.0)


def _told(flows: list[dict[str, Any]], kind: str, name: str) -> Iterator[float]:
    return (float(one[name]) for one in flows if one["kind"] == kind and one[name] is not None)
