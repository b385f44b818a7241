"""What the inventory knows of a device, as its audit needs it."""

from qosbot.domain.audit.context import AuditContext, Circuit
from qosbot.domain.capacity import COUNTED_BYTES, crossings, expected_ef
from qosbot.domain.codecs import CODECS
from qosbot.domain.inventory import Inventory, Link
from qosbot.domain.samples import FlowDirection


def context_of(inventory: Inventory, device: str) -> AuditContext:
    """Return the circuits at the interfaces of a device, and the calls that leave there."""
    links = (link for link in inventory.links.values() if link.id.device == device)
    return AuditContext(
        circuits={one.id.interface: _circuit(inventory, one) for one in links},
        accepted={one.id: f"{one.owner}: {one.reason}" for one in inventory.policy.accepted},
    )


def _circuit(inventory: Inventory, link: Link) -> Circuit:
    load = expected_ef(inventory, link, FlowDirection.OUT, {})
    kinds = {
        (path.codec, path.packet_time_s)
        for path, _ in crossings(inventory, link.id, FlowDirection.OUT)
    }
    # Of calls of several kinds there is no size of one.
    codec, packet_time_s = kinds.pop() if len(kinds) == 1 else (None, None)
    call_bps = None
    if codec is not None and packet_time_s is not None:
        call_bps = CODECS[codec].per_call_bps(packet_time_s, COUNTED_BYTES[link.layer2])
    return Circuit(
        rate_out_bps=link.rate_out_bps,
        ef_contract_bps=link.ef_contract_bps,
        voice_need_bps=load.counted_bps,
        calls=load.calls,
        call_bps=call_bps,
        codec=codec,
        packet_time_s=packet_time_s,
        role=link.role,
    )
