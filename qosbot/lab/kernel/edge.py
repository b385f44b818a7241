"""The carrier's two edges as `tc` commands and nftables tables: pure; no router reaches them.

Where a site sends, EF beyond the contract is dropped, then, if the port is faster than the
circuit, whatever exceeds the circuit.  Where it receives, EF up to the contract comes first, the
rest waits in one queue.
"""

from collections.abc import Iterator

from qosbot.lab.kernel.compiler import policing, queue_commands, table_name
from qosbot.lab.kernel.filters import Chain
from qosbot.lab.kernel.queues import ROOT, Limit, Queue
from qosbot.lab.kernel.rates import PRIORITY_BURST_S, policing_burst
from qosbot.lab.kernel.wiring import carrier_port
from qosbot.lab.topology import FRAME_BYTES, Circuit, Port

QUEUE_PACKETS = 128
_EF, _REST = ROOT + 1, ROOT + 2
_HEADER_BYTES = 14
_IS_EF = "ip dscp 46"


def intake(site: str) -> str:
    """Return the carrier's device through which all passes that a site sends."""
    return f"in-{site}"


def ip_commands(site: str) -> list[str]:
    """Return the `ip` commands that make a site's intake."""
    return [f"link add name {intake(site)} type ifb", f"link set dev {intake(site)} up"]


def tc_commands(circuit: Circuit, port: Port) -> Iterator[str]:
    """Yield the `tc` commands of a site's circuit."""
    device = carrier_port(circuit.site)
    yield f"qdisc add dev {device} handle ffff: ingress"
    yield (
        f"filter add dev {device} parent ffff: protocol all u32 match u32 0 0"
        f" action mirred egress redirect dev {intake(circuit.site)}"
    )
    rate = circuit.rate_in_bps
    contract = min(circuit.ef_contract_bps, rate)
    line_bytes = FRAME_BYTES[port.layer2] - _HEADER_BYTES
    stab = f" stab overhead {line_bytes} linklayer ethernet" if line_bytes else ""
    yield f"qdisc add dev {device} root handle 1:{stab} htb default {_REST:x}"
    for queue in (
        Queue(minor=ROOT, parent=0, rate_bps=rate, ceil_bps=rate),
        Queue(
            minor=_EF,
            parent=ROOT,
            rate_bps=contract,
            ceil_bps=rate,
            limit=Limit(amount=QUEUE_PACKETS),
            burst_bytes=policing_burst(contract, PRIORITY_BURST_S),
        ),
        Queue(
            minor=_REST,
            parent=ROOT,
            rate_bps=max(rate - contract, rate / 100),
            ceil_bps=rate,
            priority=1,
            limit=Limit(amount=QUEUE_PACKETS),
        ),
    ):
        yield from queue_commands(device, queue)


def nft_tables(circuit: Circuit, port: Port) -> str:
    """Return the input to nft that polices a site's circuit."""
    police = [f"{_IS_EF} {policing(circuit.ef_contract_bps, PRIORITY_BURST_S)} counter drop"]
    if port.rate_out_bps > circuit.rate_out_bps:
        police.append(f"{policing(circuit.rate_out_bps)} counter drop")
    deliver = [
        f"{_IS_EF} {policing(circuit.ef_contract_bps, PRIORITY_BURST_S)} counter drop",
        f"{_IS_EF} meta priority set 1:{_EF:x} accept",
        f"meta priority set 1:{_REST:x}",
    ]
    return "".join(
        _table(device, rules)
        for device, rules in ((intake(circuit.site), police), (carrier_port(circuit.site), deliver))
    )


def _table(device: str, rules: list[str]) -> str:
    hook = f'type filter hook egress device "{device}" priority 0; policy accept;'
    chain = Chain(name="edge", hook=hook, rules=tuple(rules))
    return f"table netdev {table_name(device)} {{\n{chain.text()}}}\n"
