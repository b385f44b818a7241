"""links.yaml: circuits with their rates, which belong to links and not to paths."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from qosbot.adapters.files.checker import Checker, nearest
from qosbot.adapters.files.elements import NAME, NAME_FORM
from qosbot.adapters.files.sources import Sources
from qosbot.adapters.files.tree import Node, Scalar
from qosbot.adapters.files.units import RATE
from qosbot.domain.inventory import Layer2, Link, LinkId

INTERFACE = re.compile(r"[A-Za-z][A-Za-z0-9/.:_-]{0,62}")
INTERFACE_FORM = "the interface as the running configuration names it"
_KEYS = ("device", "interface", "layer2", "rate_out", "rate_in", "ef_contract", "circuit")
_RATES = ("8 kbit/s", "1000 Gbit/s")
_CONTRACTS = ("0 bit/s", "1000 Gbit/s")
_UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """The links, and the lines of all that are named, rightly described or not."""

    lines: Mapping[LinkId, int]
    links: Mapping[LinkId, Link]


def read_links(sources: Sources, devices: Mapping[str, int]) -> Links:
    """Return the links of links.yaml; what is wrong goes to `sources.problems`.

    Where no device is known at all, hosts.yaml is the problem, and on record.
    """
    node, check = sources.open("links.yaml", required=True)
    lines: dict[LinkId, int] = {}
    links: dict[LinkId, Link] = {}
    for item in check.items(node, "links.yaml") or ():
        fields = check.fields(item, "the link", required=_KEYS, optional=("role",))
        link_id = _link_id(fields, devices, check)
        link = _link(fields, link_id, check)
        if link_id is None:
            continue
        if link_id in lines:
            what = f"duplicate link {link_id}"
            check.report(item.line, what, f"it stands on line {lines[link_id]} already; keep one")
            continue
        lines[link_id] = item.line
        if link is not None:
            links[link_id] = link
    return Links(lines=lines, links=links)


def _link_id(
    fields: Mapping[str, Node], devices: Mapping[str, int], check: Checker
) -> LinkId | None:
    device = check.text(fields.get("device"), "device")
    interface = check.matching(fields.get("interface"), "interface", INTERFACE, INTERFACE_FORM)
    if device is not None and devices and device not in devices:
        what = f"device{check.shown(device)} is not in hosts.yaml"
        check.report(fields["device"].line, what, nearest(device, devices))
    if device is None or interface is None:
        return None
    return LinkId(device=device, interface=interface)


def _link(fields: Mapping[str, Node], link_id: LinkId | None, check: Checker) -> Link | None:
    layer2 = check.choice(fields.get("layer2"), "layer2", tuple(Layer2))
    rate_out = check.quantity(fields.get("rate_out"), "rate_out", RATE, _RATES)
    rate_in = check.quantity(fields.get("rate_in"), "rate_in", RATE, _RATES)
    contract_node = fields.get("ef_contract")
    is_unknown = isinstance(contract_node, Scalar) and contract_node.text == _UNKNOWN
    contract = None
    if not is_unknown:
        contract = check.quantity(contract_node, "ef_contract", RATE, _CONTRACTS)
    circuit = check.text(fields.get("circuit"), "circuit")
    if rate_out is None or rate_in is None or layer2 is None or circuit is None:
        return None
    if contract is not None and contract_node is not None and contract > max(rate_out, rate_in):
        hint = f"write what the carrier sold as EF, or `{_UNKNOWN}`"
        check.report(contract_node.line, "ef_contract exceeds the rates of the link", hint)
        return None
    if link_id is None or (contract is None and not is_unknown):
        return None
    return Link(
        id=link_id,
        layer2=Layer2(layer2),
        rate_out_bps=rate_out,
        rate_in_bps=rate_in,
        ef_contract_bps=contract,
        circuit=circuit,
        role=check.matching(fields.get("role"), "role", NAME, NAME_FORM),
    )
