"""Where a voice class can't grow to the need: let new calls take a codec that needs less.

The blast radius of such a change is a dial-peer, not a link, so it is planned only where it is
beyond doubt whose calls the dial-peer carries.
"""

import re
from collections.abc import Mapping

from qosbot.domain.findings import Finding
from qosbot.domain.ground import CAUTIONS, NoPlan, Planned, Refused
from qosbot.domain.intents import PreferCodec
from qosbot.domain.inventory import Inventory, VoicePath
from qosbot.domain.playbooks import Playbook, RiskFactor
from qosbot.domain.policies import DialPeer, QosPolicy

_FAMILY = re.compile(r"g\.?(\d{3})", re.IGNORECASE)
"""Vendors spell laws and annexes in their own ways; the recommendation's number they share."""


def gateways(finding: Finding, inventory: Inventory) -> Mapping[str, str]:
    """Return the devices that may hold the dial-peer, each with the path whose calls it carries.

    They stand at a site where one path ends and no other, so that no one else's calls are there.
    """
    ends: dict[str, list[str]] = {}
    for path in inventory.paths.values():
        for site in _end_sites(path, inventory):
            ends.setdefault(site, []).append(path.name)
    affected = {one.path for one in finding.ways}
    own = {site: names[0] for site, names in ends.items() if len(names) == 1}
    return {
        device.name: own[device.site]
        for device in inventory.devices.values()
        if own.get(device.site) in affected and device.ssh is not None
    }


def _end_sites(path: VoicePath, inventory: Inventory) -> set[str]:
    hops = (path.forward.egress[0], path.backward.egress[0])
    return {inventory.devices[link.device].site for hop in hops for link in hop.any_of}


def plan_codec(
    playbook: Playbook, finding: Finding, inventory: Inventory, running: Mapping[str, QosPolicy]
) -> Planned | NoPlan:
    """Return which dial-peer should prefer the playbook's codec.

    Args:
        playbook: one that prefers a codec.
        finding: what it answers.
        inventory: the paths.
        running: the configuration of each device that `gateways` names.

    Raises:
        ValueError: if the playbook names no codec.
    """
    if playbook.codec is None:
        raise ValueError(f"{playbook.name} prefers no codec")
    carried = gateways(finding, inventory)
    found = [
        (device, peer)
        for device, policy in sorted(running.items())
        if device in carried
        for peer in policy.dial_peers.values()
        if _prefers(peer, policy, inventory.paths[carried[device]].codec)
    ]
    if len(found) != 1:
        peers = ", ".join(f"{device} {peer.tag}" for device, peer in found) or "none"
        words = (
            f"it takes one dial-peer that carries these calls and may be changed; found: {peers}"
        )
        return NoPlan(reason=Refused.NOT_OURS_TO_TOUCH, words=words)
    device, peer = found[0]
    if _family(playbook.codec) == _family(inventory.paths[carried[device]].codec):
        words = f"dial-peer {peer.tag} on {device} prefers such a codec already"
        return NoPlan(reason=Refused.LARGE_ENOUGH, words=words)
    lost = not running[device].has_archive
    return Planned(
        device=device,
        intent=PreferCodec(dial_peer=peer.tag, codec=playbook.codec),
        paths=(carried[device],),
        factors=frozenset({RiskFactor.NO_REVERT_TIMER} if lost else set()),
        cautions=(
            "new calls only: calls in progress keep their codec",
            *([CAUTIONS[RiskFactor.NO_REVERT_TIMER]] if lost else []),
        ),
    )


def _prefers(peer: DialPeer, policy: QosPolicy, codec: str) -> bool:
    """Return whether a dial-peer may be changed and prefers a codec of this family now."""
    if peer.is_protected:
        return False
    first = peer.codec or ""
    if peer.codec_class is not None:
        held = policy.codec_classes.get(peer.codec_class)
        first = min(held.preferences)[1] if held is not None and held.preferences else ""
    return _family(first) is not None and _family(first) == _family(codec)


def _family(codec: str) -> str | None:
    match = _FAMILY.match(codec)
    return match.group(1) if match is not None else None
