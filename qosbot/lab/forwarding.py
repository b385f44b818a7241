"""The whole network for one unchanging moment: every flow through every stage, in order."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from qosbot.lab.carrier import carrier_in, carrier_out
from qosbot.lab.class_state import ClassState
from qosbot.lab.load import Flow, Load, probe_flow, voice_and_data
from qosbot.lab.matching import Packet
from qosbot.lab.mqc import DeviceConfig
from qosbot.lab.queueing import Effect
from qosbot.lab.routes import Stage, Step, stages
from qosbot.lab.scheduler import Scheduler
from qosbot.lab.sla import SlaOperation
from qosbot.lab.topology import CLASS_BYTES, NODE, Direction, Port, circuit_at
from qosbot.lab.travel import Travel, line_bytes, offers_of

ORDER = stages()

Attachment = tuple[str, str, str]
"""Device, interface, `input` or `output`."""


@dataclass(slots=True, kw_only=True)
class Rates:
    """What an interface counts each second."""

    in_octets: float = 0.0
    out_octets: float = 0.0
    in_packets: float = 0.0
    out_packets: float = 0.0
    out_discards: float = 0.0
    in_errors: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkState:
    """Rates and effects that hold as long as nothing changes."""

    interfaces: Mapping[tuple[str, str], Rates]
    classes: Mapping[Attachment, tuple[ClassState, ...]]
    travels: tuple[Travel, ...]

    def find(self, kind: str, name: str, direction: Direction, path: str = "") -> Travel | None:
        """Return the travel of a flow; None if nothing of the kind is sent."""
        for travel in self.travels:
            flow = travel.flow
            if (flow.kind, flow.name, flow.direction) == (kind, name, direction) and (
                not path or flow.path == path
            ):
                return travel
        return None


def probe_site(source: str, target: str) -> tuple[str, Direction] | None:
    """Return the branch between two devices and which way leads to the target; None: no way."""
    near, far = NODE[source].site, NODE[target].site
    if near == far:
        return None
    if near == "par":
        return far, Direction.FORWARD
    return (near, Direction.BACKWARD) if far == "par" else None


def device_of(address: str, configs: Mapping[str, DeviceConfig]) -> str | None:
    """Return the device that has an address on an interface that is up; None if there is none."""
    for name, config in configs.items():
        for interface in config.interfaces:
            if address and interface.address == address and not interface.is_shut:
                return name
    return None


def probes(
    configs: Mapping[str, DeviceConfig],
) -> Iterable[tuple[str, SlaOperation, str, Direction]]:
    """Yield each scheduled operation that has a way to go: device, operation, site, way out."""
    for device, config in configs.items():
        for operation in config.operations:
            target = device_of(operation.target, configs)
            if not operation.is_scheduled or target is None:
                continue
            found = probe_site(device, target)
            if found is not None:
                yield device, operation, *found


def probe_name(device: str, operation: int) -> str:
    """Return the name of an operation's flows."""
    return f"{device} {operation}"


def evaluate(
    configs: Mapping[str, DeviceConfig],
    load: Load,
    corruption: Mapping[tuple[str, str], float],
    mix: Mapping[str, Mapping[str, int]],
) -> NetworkState:
    """Return the state of the network under configurations, a load and bad lines.

    Args:
        configs: by device, every device of the topology.
        load: what is sent.
        corruption: by device and interface, the ratio of arriving packets that fail their check.
        mix: by path, how many calls there are by codec.
    """
    travels = [Travel(flow=flow, dscp=flow.packet.dscp) for flow in voice_and_data(load, mix)]
    for device, operation, site, out in probes(configs):
        cycle_s = max(operation.frequency_s, operation.duration_s)
        for way in Direction:
            flow = probe_flow(
                site=site,
                way=way,
                name=probe_name(device, operation.number),
                dscp=operation.dscp,
                port=operation.port,
                ip_bytes=operation.ip_bytes,
                packets_per_s=operation.packets / cycle_s,
                source=operation.source or NODE[device].loopback,
                target=operation.target,
            )
            if out is Direction.BACKWARD:
                flow = _swapped(flow)
            travels.append(Travel(flow=flow, dscp=flow.packet.dscp))
    place = _Places(configs, corruption)
    for stage in ORDER:
        here = [travel for travel in travels if stage in travel.flow.stages]
        place.pass_through(stage, here)
    return NetworkState(interfaces=place.interfaces, classes=place.classes, travels=tuple(travels))


def _swapped(flow: Flow) -> Flow:
    """Return the flow with its addresses exchanged: the probe's source is at the branch."""
    packet = flow.packet
    turned = Packet(
        dscp=packet.dscp,
        protocol=packet.protocol,
        source=packet.destination,
        destination=packet.source,
        source_ports=packet.source_ports,
        destination_ports=packet.destination_ports,
    )
    return Flow(
        kind=flow.kind,
        path=flow.path,
        direction=flow.direction,
        name=flow.name,
        stages=flow.stages,
        packet=turned,
        packets_per_s=flow.packets_per_s,
        ip_bytes=flow.ip_bytes,
        flows=flow.flows,
        burstiness=flow.burstiness,
    )


class _Places:
    """Applies stages and keeps what interfaces and classes count."""

    def __init__(
        self,
        configs: Mapping[str, DeviceConfig],
        corruption: Mapping[tuple[str, str], float],
    ) -> None:
        self._configs = configs
        self._corruption = corruption
        self.interfaces = {
            (node.name, port.name): Rates() for node in NODE.values() for port in node.ports
        }
        self.classes: dict[Attachment, tuple[ClassState, ...]] = {}

    def pass_through(self, stage: Stage, here: list[Travel]) -> None:
        """Let all that is here pass the stage."""
        port = NODE[stage.device].port(stage.interface)
        if stage.step is Step.IN:
            self._arrive(stage, port, here)
        elif stage.step is Step.OUT:
            self._leave(stage, port, here)
        else:
            circuit = circuit_at(stage.device, stage.interface)
            if circuit is None:
                raise ValueError(f"{stage.device} {stage.interface} ends no circuit")
            entering = stage.step is Step.CARRIER_IN
            act = carrier_in if entering else carrier_out
            for travel, effect in zip(here, act(circuit, port, here), strict=True):
                travel.meet(stage, effect)
                travel.fixed_s += circuit.leg_delay_s

    def _arrive(self, stage: Stage, port: Port, here: list[Travel]) -> None:
        config = self._configs[stage.device]
        interface = config.interface(stage.interface)
        rates = self.interfaces[stage.device, stage.interface]
        bad = self._corruption.get((stage.device, stage.interface), 0.0)
        arriving = [travel.packets_per_s for travel in here]
        loss = 1.0 if interface.is_shut else bad
        for travel in here:
            travel.meet(stage, Effect(loss=loss))
        if not interface.is_shut:
            rates.in_errors += sum(arriving) * bad
            for travel in here:
                rates.in_packets += travel.packets_per_s
                rates.in_octets += travel.packets_per_s * line_bytes(travel, port)
        if interface.policy_in:
            scheduler = Scheduler(config, offers_of(here, port, CLASS_BYTES[port.layer2]))
            outcome = scheduler.mark_and_police(interface.policy_in, range(len(here)))
            self.classes[stage.device, stage.interface, "input"] = outcome.classes
            for at, effect in outcome.effects.items():
                here[at].meet(stage, effect)

    def _leave(self, stage: Stage, port: Port, here: list[Travel]) -> None:
        config = self._configs[stage.device]
        interface = config.interface(stage.interface)
        rates = self.interfaces[stage.device, stage.interface]
        offers = offers_of(here, port, CLASS_BYTES[port.layer2])
        class_bps = sum(offer.bps for offer in offers)
        line_bps = sum(travel.packets_per_s * line_bytes(travel, port) * 8 for travel in here)
        # The scheduler counts fewer bytes than the line, so the line's rate is less to it.
        scale = class_bps / line_bps if line_bps else 1.0
        outcome = Scheduler(config, offers).schedule(
            interface.policy_out,
            range(len(here)),
            rate_bps=port.rate_out_bps * scale,
            reference_bps=interface.bandwidth_bps or port.rate_out_bps,
        )
        if interface.policy_out:
            self.classes[stage.device, stage.interface, "output"] = outcome.classes
        for at, travel in enumerate(here):
            offered = travel.packets_per_s
            effect = Effect(loss=1.0) if interface.is_shut else outcome.effects[at]
            travel.meet(stage, effect)
            travel.fixed_s += line_bytes(travel, port) * 8 / port.rate_out_bps
            rates.out_discards += offered * effect.loss
            rates.out_packets += travel.packets_per_s
            rates.out_octets += travel.packets_per_s * line_bytes(travel, port)
