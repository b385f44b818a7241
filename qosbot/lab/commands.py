"""What can be done to a running lab from outside: load, fault, clock and show."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from qosbot.lab.arguments import Arguments, BadRequestError
from qosbot.lab.lab import Lab, SteppedClock
from qosbot.lab.load import (
    CODEC_ALIASES,
    DATA_BURSTINESS,
    DATA_FLOWS,
    DATA_PACKET_BYTES,
    IP_BYTES,
    RANDOM,
    SHAPES,
    TCP,
    Calls,
    Data,
    default_load,
)
from qosbot.lab.topology import CORE, NODE, PATHS, Direction, circuit_at
from qosbot.lab.truth import show, spoken_calls

Answer = dict[str, object]

_MOST_BPS = 1e10
_GATEWAY = "gateway"
_CONGESTION = "congestion"
_OVERLOAD = 1.25
"""How much data a congestion brings, as a multiple of the link's rate."""


def obey(lab: Lab, command: str, values: Mapping[str, object]) -> Answer:
    """Do what a request says and return what there is to say about it.

    Raises:
        BadRequestError: if it is not understood; nothing was changed.
    """
    handlers: dict[str, Callable[[Lab, Arguments], Answer]] = {
        "load": _load,
        "fault": _fault,
        "clock": _clock,
        "show": show,
    }
    if command not in handlers:
        raise BadRequestError(f"unknown command {command!r}; there are {', '.join(handlers)}")
    return handlers[command](lab, Arguments(values))


def _clock(lab: Lab, arguments: Arguments) -> Answer:
    step_s = arguments.number("step_s", 0.0, low=0.0, high=400 * 86400.0)
    arguments.done()
    if step_s:
        if not isinstance(lab.clock, SteppedClock):
            raise BadRequestError("this lab's clock cannot be stepped")
        lab.clock.step(step_s)
    return {"now": lab.clock.now()}


def _load(lab: Lab, arguments: Arguments) -> Answer:
    now = lab.clock.now()
    if arguments.flag("reset"):
        arguments.done()
        lab.network.set_load(default_load(), now)
    elif arguments.has("link"):
        _load_link(lab, arguments, now)
    else:
        _load_path(lab, arguments, now)
    return {"now": now, "load": _spoken_load(lab)}


def _load_path(lab: Lab, arguments: Arguments, now: float) -> None:
    path = arguments.path()
    load = lab.network.load
    directions = ("forward", "backward", "both")
    direction = arguments.choice("direction", directions, "both")
    ways = tuple(Direction) if direction == "both" else (Direction(direction),)
    name = arguments.text("name", "data")
    if any(arguments.has(known) for known in ("calls", "codec", "voice_dscp", "hold_s")):
        load = load.with_calls(path, _calls(path, dict(load.calls)[path], arguments))
    changes = _changes(lab, arguments)
    for way in ways if changes else ():
        key = (path, way, name)
        load = load.with_data(key, replace(dict(load.data).get(key, Data(bps=0.0)), **changes))
    arguments.done()
    lab.network.set_load(load, now)


def _load_link(lab: Lab, arguments: Arguments, now: float) -> None:
    device, interface = arguments.link()
    side = arguments.choice("direction", ("out", "in"), "out")
    name = arguments.text("name", "data")
    key = (device, interface, side, name)
    known = dict(lab.network.load.links).get(key, Data(bps=0.0))
    data = replace(known, **_changes(lab, arguments))
    if data.shape == TCP:
        raise BadRequestError("tcp goes along a path from host to host, not on one link")
    arguments.done()
    lab.network.set_load(lab.network.load.with_link(key, data), now)


def _calls(path: str, known: Calls, arguments: Arguments) -> Calls:
    gateway = PATHS[path].gateway
    codec, hold_s = known.codec, known.hold_s
    if arguments.has("codec"):
        chosen = (*IP_BYTES, *CODEC_ALIASES, *([_GATEWAY] if gateway else []))
        codec = arguments.choice("codec", chosen)
        codec = "" if codec == _GATEWAY else CODEC_ALIASES.get(codec, codec)
    if arguments.has("hold_s"):
        if not gateway:
            raise BadRequestError(f"hold_s is for paths through a gateway, not for {path}")
        hold_s = arguments.number("hold_s", None, low=1.0, high=86400.0)
    return Calls(
        number=arguments.whole("calls", known.number, low=0, high=10_000),
        codec=codec,
        packet_time_s=known.packet_time_s,
        dscp=arguments.whole("voice_dscp", known.dscp, low=0, high=63),
        hold_s=hold_s,
    )


def _changes(lab: Lab, arguments: Arguments) -> dict[str, Any]:
    """Take what is said about data; what is not said stays as it is."""
    changes: dict[str, Any] = {}
    for name, field, low, high in (
        ("data_bps", "bps", 0, _MOST_BPS),
        ("burstiness", "burstiness", 0, 100),
    ):
        if arguments.has(name):
            changes[field] = arguments.number(name, None, low=low, high=high)
    for name, least, most in (
        ("packet_bytes", 40, 1500),
        ("dscp", 0, 63),
        ("flows", 1, 10_000),
        ("burst_packets", 1, 1000),
    ):
        if arguments.has(name):
            changes[name] = arguments.whole(name, None, low=least, high=most)
    if arguments.has("shape"):
        shape = arguments.choice("shape", SHAPES)
        if shape != RANDOM and lab.receivers is None:
            raise BadRequestError(
                f"the queueing model knows random data only; {shape} is for the lab on real"
                " queues, `qosbot lab --kernel`"
            )
        changes["shape"] = shape
    return changes


def _spoken_load(lab: Lab) -> Answer:
    load = lab.network.load
    return {
        "calls": spoken_calls(lab, lab.clock.now()),
        "data": [
            {"path": path, "direction": way.value, "name": name, "bps": d.bps, "dscp": d.dscp}
            for (path, way, name), d in load.data
        ],
        "links": [
            {"link": f"{device} {interface}", "direction": side, "name": name, "bps": d.bps}
            for (device, interface, side, name), d in load.links
        ],
    }


def _fault(lab: Lab, arguments: Arguments) -> Answer:
    kind = arguments.choice("kind", tuple(_FAULTS))
    clear = arguments.flag("clear")
    _FAULTS[kind](lab, arguments, clear)
    return {"now": lab.clock.now(), "kind": kind, "set": not clear}


def _congestion(lab: Lab, arguments: Arguments, clear: bool) -> None:  # noqa: FBT001 - one shape for all faults
    device = arguments.device()
    interface = arguments.interface(device)
    side = arguments.choice("direction", ("out", "in"), "out")
    port = NODE[device].port(interface)
    circuit = circuit_at(device, interface)
    rate_bps = port.rate_out_bps if side == "out" else port.rate_in_bps
    if circuit is not None:
        sold_bps = circuit.rate_out_bps if side == "out" else circuit.rate_in_bps
        rate_bps = min(rate_bps, sold_bps)
    known = Data(
        bps=rate_bps * _OVERLOAD,
        packet_bytes=DATA_PACKET_BYTES,
        burstiness=DATA_BURSTINESS,
        flows=DATA_FLOWS,
    )
    data = Data(bps=0.0) if clear else replace(known, **_changes(lab, arguments))
    if data.shape == TCP:
        raise BadRequestError("tcp goes along a path from host to host, not on one link")
    arguments.done()
    key = (device, interface, side, _CONGESTION)
    lab.network.set_load(lab.network.load.with_link(key, data), lab.clock.now())


def _crc(lab: Lab, arguments: Arguments, clear: bool) -> None:  # noqa: FBT001 - as above
    device = arguments.device()
    interface = arguments.interface(device)
    ratio = arguments.number("ratio", 0.02, low=0.0, high=1.0)
    arguments.done()
    lab.network.set_corruption(device, interface, 0.0 if clear else ratio, lab.clock.now())


def _silent_agent(lab: Lab, arguments: Arguments, clear: bool) -> None:  # noqa: FBT001 - as above
    device = arguments.device()
    arguments.done()
    (lab.silent.discard if clear else lab.silent.add)(device)


def _reboot(lab: Lab, arguments: Arguments, clear: bool) -> None:  # noqa: FBT001 - as above
    device = arguments.device()
    arguments.done()
    if clear:
        raise BadRequestError("a reboot cannot be undone")
    lab.devices[device].reload(lab.clock.now())


def _frozen_probe(lab: Lab, arguments: Arguments, clear: bool) -> None:  # noqa: FBT001 - as above
    device = arguments.device(CORE)
    operation = arguments.whole("operation", None, low=1, high=2**31 - 1)
    arguments.done()
    now = lab.clock.now()
    known = {known.number for known in lab.network.config(device, now).operations}
    if operation not in known:
        spoken = ", ".join(map(str, sorted(known))) or "none"
        raise BadRequestError(f"{device} has the operations {spoken}, not {operation}")
    if clear:
        lab.network.thaw_probe(device, operation)
    else:
        lab.network.freeze_probe(device, operation, now)


def _no_ntp(lab: Lab, arguments: Arguments, clear: bool) -> None:  # noqa: FBT001 - as above
    device = arguments.device()
    arguments.done()
    lab.network.set_ntp(device, lab.clock.now(), in_sync=clear)


def _pattern(arguments: Arguments) -> str:
    pattern = arguments.text("pattern")
    try:
        re.compile(pattern)
    except re.error as error:
        raise BadRequestError(f"pattern is not a regular expression: {error}") from None
    return pattern


def _refuse_command(lab: Lab, arguments: Arguments, clear: bool) -> None:  # noqa: FBT001 - as above
    faults = lab.devices[arguments.device()].faults
    if clear:
        faults.refuse.clear()
        return
    pattern = _pattern(arguments)
    text = arguments.text("text", "Command authorization failed.")
    arguments.done()
    faults.refuse[pattern] = text


def _reset_connection(lab: Lab, arguments: Arguments, clear: bool) -> None:  # noqa: FBT001 - as above
    faults = lab.devices[arguments.device()].faults
    if clear:
        faults.reset_on.clear()
        faults.reset_after.clear()
        return
    pattern = _pattern(arguments)
    when = arguments.choice("when", ("before", "after"), "before")
    arguments.done()
    (faults.reset_on if when == "before" else faults.reset_after).append(pattern)


def _slow_prompt(lab: Lab, arguments: Arguments, clear: bool) -> None:  # noqa: FBT001 - as above
    faults = lab.devices[arguments.device()].faults
    delay_s = arguments.number("delay_s", 5.0, low=0.0, high=600.0)
    arguments.done()
    faults.prompt_delay_s = 0.0 if clear else delay_s


_FAULTS: dict[str, Callable[[Lab, Arguments, bool], None]] = {
    "congestion": _congestion,
    "crc": _crc,
    "silent-agent": _silent_agent,
    "reboot": _reboot,
    "frozen-probe": _frozen_probe,
    "refuse-command": _refuse_command,
    "reset-connection": _reset_connection,
    "slow-prompt": _slow_prompt,
    "no-ntp": _no_ntp,
}
