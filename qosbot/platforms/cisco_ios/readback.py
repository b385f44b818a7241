"""Whether a running configuration does what an intent asks, however it is written."""

from qosbot.domain.intents import AddClassMatch, AttachVoicePolicy, Intent, PreferCodec, SetPriority
from qosbot.domain.policies import EF, DscpMatch, PolicyClass, QosPolicy
from qosbot.domain.samples import FlowDirection
from qosbot.platforms.cisco_ios.codec import preferences
from qosbot.platforms.cisco_ios.fits import reference
from qosbot.platforms.cisco_ios.policy import parse
from qosbot.platforms.cisco_ios.priority import PERCENT_MAY_FALL_SHORT
from qosbot.platforms.cisco_ios.words import CODECS

_ROUNDING = 0.005
"""Of what was asked; kbit/s are whole numbers."""


def holds(intent: Intent, running: str) -> bool:
    """Return whether what the intent asks for is configured, and is at work where it asks."""
    policy = parse(running)
    match intent:
        case AttachVoicePolicy():
            return _is_attached(intent, policy)
        case SetPriority():
            held = _class_at(policy, intent.interface, intent.class_path)
            whole_bps = reference_of(policy, intent.interface, intent.class_path)
            return held is not None and _gives(
                held, intent.priority_bps, whole_bps or intent.reference_bps
            )
        case AddClassMatch():
            held = _class_at(policy, intent.interface, intent.class_path)
            return held is not None and matches(policy, held.name, intent.dscp)
        case PreferCodec():
            return _is_preferred(intent, policy)


def matches(policy: QosPolicy, class_map: str, dscp: int) -> bool:
    """Return whether packets of a code point are certain to be in a class."""
    held = policy.class_maps.get(class_map)
    if held is None:
        return False
    values = held.dscp_values
    if values is not None:
        return dscp in values
    if held.match_all:
        return False
    return any(isinstance(match, DscpMatch) and dscp in match.values for match in held.matches)


def reference_of(policy: QosPolicy, interface: str, class_path: tuple[str, ...]) -> float | None:
    """Return what a share in the last class is a share of, None where nothing says it."""
    return reference(policy, interface, class_path) if interface in policy.interfaces else None


def _is_attached(intent: AttachVoicePolicy, policy: QosPolicy) -> bool:
    attached = policy.attached(intent.interface, FlowDirection.OUT)
    if attached is None:
        return False
    if intent.shape_bps is not None and not any(
        one.shape is not None and one.shape.bps == int(intent.shape_bps) for one in attached.classes
    ):
        return False
    for path, held in policy.classes_under(attached):
        queue = policy.policy_maps[path[-2]]
        first = next((one for one in queue.classes if matches(policy, one.name, EF)), None)
        whole_bps = reference_of(policy, intent.interface, path) or intent.reference_bps
        if first == held and _gives(held, intent.priority_bps, whole_bps):
            return True
    return False


def _class_at(policy: QosPolicy, interface: str, class_path: tuple[str, ...]) -> PolicyClass | None:
    attached = policy.attached(interface, FlowDirection.OUT)
    if attached is None:
        return None
    return next((held for path, held in policy.classes_under(attached) if path == class_path), None)


def _gives(held: PolicyClass, priority_bps: float, whole_bps: float) -> bool:
    """Return whether a class has this priority, as exactly as IOS can say it."""
    if held.priority is None or held.police is not None:
        return False
    given_bps = held.priority.of(whole_bps)
    short = PERCENT_MAY_FALL_SHORT if held.priority.ratio is not None else _ROUNDING
    return priority_bps * (1 - short) - 1000 <= given_bps <= priority_bps * (1 + _ROUNDING)


def _is_preferred(intent: PreferCodec, policy: QosPolicy) -> bool:
    peer = policy.dial_peers.get(intent.dial_peer)
    known = CODECS.get(intent.codec, ())
    if peer is None:
        return False
    order = preferences(policy, peer)
    return bool(order) and order[0].split()[0] in known
