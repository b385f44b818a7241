"""Where voice is queued on the way out, and whether a device shows that it carries any."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from qosbot.domain.audit.classes import CATCH_ALL, dscp_of, holds_ef, voice_in
from qosbot.domain.audit.context import Circuit
from qosbot.domain.audit.facts import Attached, AuditFacts
from qosbot.domain.audit.queueing import queueing
from qosbot.domain.audit.rates import PlacedPolicy
from qosbot.domain.policies import PolicyClass

_NAMED = re.compile(r"voi[cp]|rtp|real-?_?time|telephon|sig|sip|call|llq", re.IGNORECASE)
_SIGNALLING = frozenset({24, 26, 40})
"""CS3, AF31 and CS5: queues for call signalling are on a voice link."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The policies with queues that one `service-policy` puts to work."""

    attached: Attached
    policies: tuple[PlacedPolicy, ...]
    """Parents before children; at least one."""

    @property
    def where(self) -> str:
        """Return the place of the outermost policy that holds queues."""
        return self.policies[0].where

    def classes(self) -> Iterator[tuple[PlacedPolicy, PolicyClass]]:
        """Yield each class but the one for the rest, with the policy that it is in."""
        for one in self.policies:
            for held in one.policy.classes:
                if held.name != CATCH_ALL:
                    yield one, held


@lru_cache(maxsize=2)
def trees(facts: AuditFacts) -> tuple[Tree, ...]:
    """Return what queues on the way out, one tree for each place."""
    found: dict[Attached, list[PlacedPolicy]] = {}
    for one in queueing(facts):
        found.setdefault(one.attached, []).append(one)
    return tuple(
        Tree(attached=attached, policies=tuple(policies)) for attached, policies in found.items()
    )


def has_voice_class(tree: Tree, facts: AuditFacts) -> bool:
    """Return whether some class of a tree is meant for EF."""
    return any(voice_in(one.policy, facts) for one in tree.policies)


def why_voice(tree: Tree, facts: AuditFacts) -> str:
    """Return why a tree is meant to carry voice; empty where nothing says so."""
    circuit = circuit_of(tree.attached, facts)
    if circuit is not None and (circuit.calls or circuit.voice_need_bps):
        return "the inventory expects calls here"
    if circuit is not None and circuit.calls == 0:
        return ""
    is_strict = any(held.is_priority for _, held in tree.classes())
    if not is_strict and not _looks_like_voice(tree, facts) and _has_voice_anywhere(facts):
        # Voice goes out elsewhere, and nothing in these queues is meant for a call.
        return ""
    why = "it has a priority class" if is_strict else _why_voice_anywhere(facts)
    return f"taken for a voice link: {why}" if why else ""


def _looks_like_voice(tree: Tree, facts: AuditFacts) -> bool:
    return any(
        _NAMED.search(held.name) is not None or dscp_of(held.name, facts) & _SIGNALLING
        for _, held in tree.classes()
    )


@lru_cache(maxsize=2)
def _has_voice_anywhere(facts: AuditFacts) -> bool:
    return any(has_voice_class(one, facts) for one in trees(facts))


@lru_cache(maxsize=2)
def _why_voice_anywhere(facts: AuditFacts) -> str:
    policy = facts.policy
    if any(one.voice_vlan for one in facts.interfaces.values()):
        return "the device has voice VLANs"
    if any(one.is_voip for one in policy.dial_peers.values()):
        return "the device has VoIP dial-peers"
    if any(holds_ef(name, facts) for name in policy.class_maps):
        return "the device has a class for EF"
    return ""


def circuit_of(attached: Attached, facts: AuditFacts) -> Circuit | None:
    """Return what the inventory says of the link; None where it says nothing."""
    circuits = facts.context.circuits if facts.context is not None else {}
    return circuits.get(attached.interface or "")
