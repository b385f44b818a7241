"""The stages that packets pass between Paris and a branch, and the order among all of them."""

from dataclasses import dataclass
from enum import StrEnum

from qosbot.lab.topology import (
    CIRCUITS,
    CORE,
    GATEWAY,
    HUB,
    HUB_CIRCUIT,
    LAN,
    NODES,
    PATHS,
    WAN,
    Direction,
)


class Step(StrEnum):
    """What happens to packets at one place."""

    IN = "in"
    """They arrive on an interface: line errors, then its input policy."""
    OUT = "out"
    """They leave by an interface: its output policy and its queue."""
    CARRIER_IN = "carrier-in"
    """The carrier polices what a site sends."""
    CARRIER_OUT = "carrier-out"
    """The carrier queues what a site receives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One place that packets pass; for the carrier's, `device` and `interface` are the site's."""

    step: Step
    device: str
    interface: str


def _at(step: Step, device: str, interface: str) -> Stage:
    return Stage(step=step, device=device, interface=interface)


def _branch_lan(site: str, direction: Direction) -> tuple[Stage, ...]:
    device = CIRCUITS[site].device
    behind = [node.name for node in NODES if node.site == site and node.name != device]
    if direction is Direction.FORWARD:
        return (
            _at(Step.OUT, device, LAN),
            *(_at(Step.IN, gateway, LAN) for gateway in behind),
        )
    return (
        *(_at(Step.OUT, gateway, LAN) for gateway in behind),
        _at(Step.IN, device, LAN),
    )


def route(site: str, direction: Direction) -> tuple[Stage, ...]:
    """Return the stages between the core's LAN and a branch's, in the order that packets pass."""
    circuit = CIRCUITS[site]
    branch, hub = (circuit.device, circuit.interface), (HUB, HUB_CIRCUIT.interface)
    if direction is Direction.FORWARD:
        return (
            _at(Step.IN, CORE, LAN),
            _at(Step.OUT, CORE, WAN),
            _at(Step.IN, HUB, LAN),
            _at(Step.OUT, *hub),
            _at(Step.CARRIER_IN, *hub),
            _at(Step.CARRIER_OUT, *branch),
            _at(Step.IN, *branch),
            *_branch_lan(site, direction),
        )
    return (
        *_branch_lan(site, direction),
        _at(Step.OUT, *branch),
        _at(Step.CARRIER_IN, *branch),
        _at(Step.CARRIER_OUT, *hub),
        _at(Step.IN, *hub),
        _at(Step.OUT, HUB, LAN),
        _at(Step.IN, CORE, WAN),
        _at(Step.OUT, CORE, LAN),
    )


def probe_route(site: str, direction: Direction) -> tuple[Stage, ...]:
    """Return the stages that a probe passes: the core and the branch's edge are its ends."""
    ends = {(CORE, LAN), (CIRCUITS[site].device, LAN), (GATEWAY, LAN)}
    return tuple(
        stage for stage in route(site, direction) if (stage.device, stage.interface) not in ends
    )


def stages() -> tuple[Stage, ...]:
    """Return every stage once, each after all that feed it."""
    ordered: dict[Stage, None] = {}
    routes = [[route(path.site, way) for path in PATHS.values()] for way in Direction]
    for same_way in routes:
        # The shared stages stand first on the way out and last on the way back.
        pending = [list(stages) for stages in same_way]
        while any(pending):
            for stages in pending:
                while stages and not _is_awaited(stages[0], stages, pending):
                    ordered[stages.pop(0)] = None
    return tuple(ordered)


def _is_awaited(stage: Stage, own: list[Stage], pending: list[list[Stage]]) -> bool:
    return any(stage in other[1:] for other in pending if other is not own)
