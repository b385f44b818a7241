"""What is really so in the lab, for people and tests; the bot never sees this."""

import math
from dataclasses import asdict

from qosbot.lab.arguments import Arguments
from qosbot.lab.calls import by_codec, codec_now
from qosbot.lab.lab import Lab
from qosbot.lab.topology import NODE, PATHS, Direction
from qosbot.lab.travel import Travel

Answer = dict[str, object]

_SUBJECTS = ("network", "device", "config", "received", "path")


def show(lab: Lab, arguments: Arguments) -> Answer:
    """Return the truth about one subject.

    Raises:
        BadRequestError: if the subject does not exist.
    """
    what = arguments.choice("what", _SUBJECTS, "network")
    now = lab.clock.now()
    if what == "network":
        arguments.done()
        return _network(lab, now)
    if what == "path":
        path = arguments.path()
        arguments.done()
        calls = {"calls": spoken_calls(lab, now)[path]}
        flows = _path(lab, path, now, hops=True)
        return {"now": now, "path": path} | calls | flows
    device = arguments.device()
    arguments.done()
    if what == "device":
        return _device(lab, device, now)
    if what == "config":
        known = lab.devices[device]
        return {
            "now": now,
            "device": device,
            "running": known.running_config(now),
            "startup": known.startup_config(),
        }
    lines = [
        {"at": at, "session": session, "line": line}
        for at, session, line in lab.devices[device].received
    ]
    return {"now": now, "device": device, "received": lines}


def spoken_calls(lab: Lab, now: float) -> dict[str, Answer]:
    """Return the calls of each path, by codec, and who decides on the codec of the next."""
    segment = lab.network.segment(now)
    conditions = segment.conditions
    configs = dict(zip(NODE, conditions.configs, strict=True))
    mix = dict(by_codec(conditions.load, segment.talk))
    return {
        path: {
            "number": calls.number,
            "codec": codec_now(path, calls, configs),
            "codec_from": "load" if calls.codec else PATHS[path].gateway or "load",
            "hold_s": calls.hold_s,
            "dscp": calls.dscp,
            "in_progress": dict(mix[path]),
        }
        for path, calls in conditions.load.calls
    }


def _network(lab: Lab, now: float) -> Answer:
    return {
        "now": now,
        "devices": list(NODE),
        "paths": {path: _path(lab, path, now, hops=False) for path in PATHS},
        "faults": {
            "crc": [
                {"device": device, "interface": interface, "ratio": ratio}
                for (device, interface), ratio in lab.network.corruption.items()
            ],
            "silent-agent": sorted(lab.silent),
            "frozen-probe": [
                {"device": device, "operation": operation, "since": since}
                for (device, operation), since in lab.network.frozen.items()
            ],
            "no-ntp": sorted(lab.network.unsynchronised),
        },
        "load": {
            "calls": spoken_calls(lab, now),
            "data": [
                {"path": path, "direction": way.value, "name": name} | asdict(data)
                for (path, way, name), data in lab.network.load.data
            ],
            "links": [
                {"link": f"{device} {interface}", "direction": side, "name": name} | asdict(data)
                for (device, interface, side, name), data in lab.network.load.links
            ],
        },
    }


def _path(lab: Lab, path: str, now: float, *, hops: bool) -> Answer:
    if lab.receivers is not None:
        return {way.value: lab.receivers.flows(path, way) for way in Direction}
    answer: Answer = {}
    state = lab.network.state(now)
    for way in Direction:
        answer[way.value] = [
            _travel(travel, hops=hops)
            for travel in state.travels
            if (travel.flow.path, travel.flow.direction) == (path, way)
        ]
    return answer


def _travel(travel: Travel, *, hops: bool) -> Answer:
    flow, effect = travel.flow, travel.effect
    answer: Answer = {
        "kind": flow.kind,
        "name": flow.name,
        **({"codec": flow.codec, "calls": flow.flows} if flow.codec else {}),
        "offered_bps": flow.packets_per_s * flow.ip_bytes * 8,
        "dscp_sent": flow.packet.dscp,
        "dscp_received": travel.dscp,
        "loss_ratio": effect.loss,
        "delay_s": travel.fixed_s + effect.delay_s,
        "delay_deviation_s": math.sqrt(max(effect.variance_s2, 0.0)),
    }
    if hops:
        answer["hops"] = [
            {
                "step": stage.step.value,
                "device": stage.device,
                "interface": stage.interface,
                "loss_ratio": met.loss,
                "delay_s": met.delay_s,
                "delay_deviation_s": math.sqrt(max(met.variance_s2, 0.0)),
            }
            for stage, met in travel.hops
        ]
    return answer


def _device(lab: Lab, device: str, now: float) -> Answer:
    network = lab.network
    return {
        "now": now,
        "device": device,
        "booted_at": network.booted_at(device),
        "interfaces": {
            port.name: asdict(network.interface_counters(device, port.name, now))
            for port in NODE[device].ports
        },
        "classes": [asdict(known) for known in network.class_counters(device, now)],
        "probes": [asdict(run) for run in network.sla_runs(device, now)],
    }
