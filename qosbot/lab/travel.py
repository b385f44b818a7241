"""A flow on its way through the network."""

from dataclasses import dataclass, field

from qosbot.lab.load import Flow
from qosbot.lab.matching import Packet
from qosbot.lab.queueing import Effect, Offer
from qosbot.lab.routes import Stage
from qosbot.lab.topology import FRAME_BYTES, Port


@dataclass(slots=True, kw_only=True)
class Travel:
    """A flow on its way: what is left of it, and what has become of its packets."""

    flow: Flow
    dscp: int
    effect: Effect = field(default_factory=Effect)
    fixed_s: float = 0.0
    """Serialization and propagation, the same for every packet."""
    hops: list[tuple[Stage, Effect]] = field(default_factory=list)

    @property
    def packets_per_s(self) -> float:
        """What arrives here."""
        return self.flow.packets_per_s * (1 - self.effect.loss)

    def seen(self) -> Packet:
        """Return what a classifier sees here."""
        packet = self.flow.packet
        return Packet(
            dscp=self.dscp,
            protocol=packet.protocol,
            source=packet.source,
            destination=packet.destination,
            source_ports=packet.source_ports,
            destination_ports=packet.destination_ports,
        )

    def meet(self, stage: Stage, effect: Effect) -> None:
        """Let a stage have its effect."""
        self.effect = self.effect.then(effect)
        if effect.dscp is not None:
            self.dscp = effect.dscp
        self.hops.append((stage, effect))


def line_bytes(travel: Travel, port: Port) -> float:
    """Return the size of its packets on a line, as IF-MIB counts."""
    return travel.flow.ip_bytes + FRAME_BYTES[port.layer2]


def offers_of(here: list[Travel], port: Port, framing: int | None = None) -> list[Offer]:
    """Return what wants to pass, in the bytes of `framing` or else of the line."""
    extra = FRAME_BYTES[port.layer2] if framing is None else framing
    return [
        Offer(
            packet=travel.seen(),
            packets_per_s=travel.packets_per_s,
            packet_bytes=travel.flow.ip_bytes + extra,
            flows=travel.flow.flows,
            burstiness=travel.flow.burstiness,
        )
        for travel in here
    ]
