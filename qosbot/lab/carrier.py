"""What the carrier does at the two edges of its network; no configuration of ours reaches it."""

from qosbot.lab.matching import EF
from qosbot.lab.queueing import Effect, residual, single_queue
from qosbot.lab.topology import Circuit, Port
from qosbot.lab.travel import Travel, offers_of

CARRIER_QUEUE_PACKETS = 128
"""What the carrier's edge keeps for a site beyond its EF queue; carriers do not tell."""


def _excess(offered_bps: float, allowed_bps: float) -> float:
    return max(1 - allowed_bps / offered_bps, 0.0) if offered_bps else 0.0


def carrier_in(circuit: Circuit, port: Port, here: list[Travel]) -> list[Effect]:
    """Police what the site sends: EF beyond its contract, then everything beyond the circuit.

    The second policer is blind: it does not know voice from data, which is why a port that is
    faster than its circuit needs a shaper.
    """
    offers = offers_of(here, port)
    ef_bps = sum(offer.bps for offer in offers if offer.packet.dscp == EF)
    ef_loss = _excess(ef_bps, circuit.ef_contract_bps)
    left_bps = sum(offer.bps * (1 - ef_loss if offer.packet.dscp == EF else 1) for offer in offers)
    blind = 0.0
    if port.rate_out_bps > circuit.rate_out_bps:
        blind = _excess(left_bps, circuit.rate_out_bps)
    return [
        Effect(loss=ef_loss if offer.packet.dscp == EF else 0.0).then(Effect(loss=blind))
        for offer in offers
    ]


def carrier_out(circuit: Circuit, port: Port, here: list[Travel]) -> list[Effect]:
    """Queue what the site receives: EF first, up to its contract; the rest shares what is left."""
    offers = offers_of(here, port)
    voice = [offer for offer in offers if offer.packet.dscp == EF]
    rest = [offer for offer in offers if offer.packet.dscp != EF]
    ef_bps = sum(offer.bps for offer in voice)
    ef_loss = _excess(ef_bps, circuit.ef_contract_bps)
    left_bps = circuit.rate_in_bps - ef_bps * (1 - ef_loss)
    rest_bps = sum(offer.bps for offer in rest)
    rest_packets = sum(offer.packets_per_s for offer in rest)
    mean_bytes = rest_bps / 8 / rest_packets if rest_packets else 0.0
    busy = min(rest_bps, left_bps) / circuit.rate_in_bps
    ef = Effect(loss=ef_loss).then(residual(busy, mean_bytes, circuit.rate_in_bps))
    ef_rate_bps = max(circuit.rate_in_bps, ef_bps * (1 - ef_loss) * 1.01)
    first = iter(single_queue(voice, ef_rate_bps, CARRIER_QUEUE_PACKETS))
    others = iter(single_queue(rest, left_bps, CARRIER_QUEUE_PACKETS))
    return [ef.then(next(first)) if offer.packet.dscp == EF else next(others) for offer in offers]
