"""Whether a policy fits its interface, by the arithmetic that IOS itself uses.

An edit that no longer fits is not only refused: IOS takes the policy off the interfaces that it
is attached to (command reference, usage guidelines of `policy-map`).  So it is asked before.
"""

from collections.abc import Sequence

from qosbot.domain.policies import PolicyClass, PolicyMap, QosPolicy
from qosbot.domain.samples import FlowDirection

_ROUNDING_BPS = 1.0


def misfit(policy: QosPolicy, interface: str, reference_bps: float) -> str:
    """Return which class of the attached output policy no longer fits; empty if all do.

    `reference_bps` is the rate of the interface where its configuration does not say one.
    """
    attached = policy.attached(interface, FlowDirection.OUT)
    if attached is None:
        return ""
    section = policy.interfaces[interface]
    rate_bps = section.bandwidth_bps or reference_bps
    return _overbooked(policy, attached, rate_bps, section.reservable_ratio)


def reference(policy: QosPolicy, interface: str, class_path: Sequence[str]) -> float | None:
    """Return the rate in bit/s that a share in the last class is a share of.

    None where the configuration does not say it: then it is the rate of the port.
    """
    rate_bps = policy.interfaces[interface].bandwidth_bps
    for name, class_name in zip(class_path[:-2:2], class_path[1:-2:2], strict=True):
        held = policy.policy_maps.get(name)
        section = held.find(class_name) if held is not None else None
        if section is not None:
            rate_bps = _inner(section, rate_bps)
    return rate_bps


def _inner(section: PolicyClass, rate_bps: float | None) -> float | None:
    for share in (section.shape, section.priority, section.bandwidth):
        if share is not None:
            return share.bps if share.bps is not None or rate_bps is None else share.of(rate_bps)
    return rate_bps


def _overbooked(policy: QosPolicy, held: PolicyMap, rate_bps: float, ratio: float) -> str:
    left_bps = rate_bps * ratio
    for section in held.classes:
        share = section.priority or section.bandwidth
        wanted_bps = share.of(rate_bps) if share is not None else 0.0
        if wanted_bps > left_bps + _ROUNDING_BPS:
            return (
                f"class {section.name} of policy {held.name} would reserve "
                f"{wanted_bps / 1000:.0f} kbit/s of {left_bps / 1000:.0f} kbit/s that are left"
            )
        left_bps -= wanted_bps
        child = policy.policy_maps.get(section.child or "")
        inner_bps = _inner(section, rate_bps)
        if child is not None and inner_bps is not None:
            below = _overbooked(policy, child, inner_bps, ratio)
            if below:
                return below
    return ""
