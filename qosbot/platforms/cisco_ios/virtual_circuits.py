"""ATM circuits, channels and frame-relay map-classes: how fast one is, how it cuts packets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from qosbot.platforms.cisco_ios.sections import Section
from qosbot.platforms.cisco_ios.tree import Heads

_MAP_CLASS = "map-class frame-relay "
_RATE = re.compile(
    r"(?:vbr-nrt|vbr-rt|cbr|ubr) (?P<peak>\d+)(?: (?P<mean>\d+)(?: (?P<cells>\d+))?)?"
)
_CONTROLLER = re.compile(r"controller (?:T1|E1) (?P<slot>\S+)")
_CHANNEL = re.compile(
    r"channel-group (?P<number>\d{1,2}) timeslots (?P<slots>[\d,-]{1,80})"
    r"(?: speed (?P<kbps>56|64))?"
)
_USUAL_SLOT_KBPS = 64
_FRAGMENT = re.compile(r"frame-relay fragment (?P<bytes>\d+).*")

_SHAPES = re.compile(r"frame-relay (?:cir|mincir|bc|be|fragment)\b.*")
_SHAPES_KNOWN = re.compile(
    r"frame-relay (?:(?:cir|mincir|bc|be)(?: in| out)? \d+|fragment \d+(?: end-to-end| switched)?)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitRate:
    """What an ATM circuit may send."""

    mean_bps: float
    """In the long run; at most, where nothing else is said."""
    burst_cells: int | None


def is_rate(text: str) -> bool:
    """Return whether a line says how fast an ATM circuit is."""
    return _RATE.fullmatch(text) is not None


def rate(section: Section) -> CircuitRate | None:
    """Return the rate of an interface's one ATM circuit; None where it has none or several."""
    if "pvc" not in section.below:
        return None
    circuits = [line for line in section.children if line.text.startswith("pvc ")]
    if len(circuits) != 1:
        return None
    said = (_RATE.fullmatch(line.text) for line in circuits[0].children)
    found = next((one for one in said if one is not None), None)
    if found is None:
        return None
    return CircuitRate(
        mean_bps=int(found["mean"] or found["peak"]) * 1e3,
        burst_cells=int(found["cells"]) if found["cells"] else None,
    )


def strange(section: Section) -> list[Section]:
    """Return the lines of a map-class about its rate and its fragments that are not understood."""
    return [
        line
        for line in section.children
        if _SHAPES.fullmatch(line.text) and not _SHAPES_KNOWN.fullmatch(line.text)
    ]


def map_classes(heads: Heads) -> dict[str, Section]:
    """Return frame-relay map-classes by name."""
    named = (one for one in heads["map-class"] if one.text.startswith(_MAP_CLASS))
    return {one.text.removeprefix(_MAP_CLASS): one for one in named}


def fragment_bytes(section: Section, shapes: Mapping[str, Section]) -> int | None:
    """Return the fragments of the frame-relay map-class that an interface names."""
    for line in section.descendants():
        if line.text.startswith(("frame-relay class ", "class ")):
            shape = shapes.get(line.text.rpartition(" ")[2])
            for below in shape.children if shape is not None else ():
                if (found := _FRAGMENT.fullmatch(below.text)) is not None:
                    return int(found["bytes"])
    return None


def channels(heads: Heads) -> dict[str, float]:
    """Return the rates of the serial interfaces that channels of a T1 or E1 make, in bit/s."""
    found: dict[str, float] = {}
    for section in heads["controller"]:
        head = _CONTROLLER.fullmatch(section.text)
        for line in section.children if head is not None else ():
            if head is None or (said := _CHANNEL.fullmatch(line.text)) is None:
                continue
            kbps = int(said["kbps"] or _USUAL_SLOT_KBPS)
            found[f"Serial{head['slot']}:{said['number']}"] = 1e3 * kbps * _count(said["slots"])
    return found


def _count(slots: str) -> int:
    """Return how many timeslots a list such as `1-15,17` has."""
    spans = [part.partition("-") for part in slots.split(",")]
    return sum(
        int(last or first) - int(first) + 1
        for first, _, last in spans
        if first.isdigit() and (last or first).isdigit()
    )
