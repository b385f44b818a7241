"""Where policies are at work: ports that are up, how fast a port is, what shapes all of it."""

from dataclasses import dataclass
from functools import lru_cache

from qosbot.domain.audit.classes import CATCH_ALL, terms_of
from qosbot.domain.audit.context import Circuit
from qosbot.domain.audit.facts import AuditFacts, InterfaceFacts
from qosbot.domain.audit.rates import PlacedPolicy, Reference, placed
from qosbot.domain.audit.terms import DSCP_VALUES
from qosbot.domain.policies import PolicyClass

_NO_CIRCUIT = Circuit()


def is_up(facts: AuditFacts, interface: str | None) -> bool:
    """Return whether a port, and the one that it is part of, are not shut down."""
    return not facts.is_shutdown(interface)


def circuit(facts: AuditFacts, interface: str | None) -> Circuit:
    """Return what the inventory says of a port; nothing where it does not know it."""
    if facts.context is None or interface is None:
        return _NO_CIRCUIT
    return facts.context.circuits.get(interface, _NO_CIRCUIT)


def line_rate(facts: AuditFacts, interface: str) -> Reference | None:
    """Return how fast an Ethernet port sends; None for another kind, whose clock is its circuit."""
    ports = [facts.interfaces.get(one) for one in (interface, interface.partition(".")[0])]
    for port in ports:
        if port is not None and port.speed_bps is not None:
            return Reference(bps=port.speed_bps, source=f"speed of {port.name}")
    for port in ports:
        if port is not None and port.port_bps is not None:
            source = f"the most {port.name} can do"
            return Reference(bps=port.port_bps, source=source, is_exact=False)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaper:
    """A class that shapes, and whose packets leave by no other class."""

    place: PlacedPolicy
    held: PolicyClass
    bps: float | None
    """None: a percentage of what nobody knows."""
    is_whole: bool
    """All that leaves there is in it."""

    @property
    def where(self) -> str:
        """Return the place of the class."""
        return self.place.at(self.held)

    def evidence(self, facts: AuditFacts, *words: str) -> tuple[str, ...]:
        """Return the class's lines that begin with `shape` or these words, with their headers."""
        header = f"policy-map {self.place.policy.name}"
        return facts.quote(header, "shape", *words, within=f"class {self.held.name}")


@lru_cache(maxsize=2)
def shapers(facts: AuditFacts) -> tuple[Shaper, ...]:
    """Return the parent shapers at work on the way out: of a whole port, or of one site each.

    A class that is shaped beside other queues is none: it only limits itself.
    """
    found: list[Shaper] = []
    for one in placed(facts):
        if one.holder is not None:
            continue
        classes = one.policy.classes
        has_sites = any(held.shape is not None and held.child for held in classes)
        for held in classes:
            if held.shape is None:
                continue
            is_whole = takes_all(held, facts) and not any(
                _acts(other) for other in classes if other is not held
            )
            if is_whole or has_sites:
                known = one.reference.bps if one.reference.is_exact else None
                bps = held.shape.of(known or 0.0) if held.shape.ratio is None or known else None
                found.append(Shaper(place=one, held=held, bps=bps, is_whole=is_whole))
    return tuple(found)


def takes_all(held: PolicyClass, facts: AuditFacts) -> bool:
    """Return whether every packet can be in a class."""
    if held.name == CATCH_ALL:
        return True
    found = terms_of(held.name, facts) or ()
    return any(one.dscp == DSCP_VALUES and not one.conditions for one in found)


def _acts(held: PolicyClass) -> bool:
    return bool(
        held.is_priority
        or held.bandwidth is not None
        or held.shape is not None
        or held.child
        or held.has_police
        or held.has_fair_queue
    )


def port(facts: AuditFacts, interface: str | None) -> InterfaceFacts | None:
    """Return what a port says; None where a policy is on no port."""
    return facts.interfaces.get(interface) if interface else None
