"""The rule about transmit rings: what is in one is past every queue."""

from collections.abc import Iterator

from qosbot.domain.audit.facts import AuditFacts, InterfaceFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.audit.rates import interface_reference
from qosbot.domain.audit.underlays import below_dialers
from qosbot.domain.samples import FlowDirection

_SLOW_BPS = 2e6
_MOST_RING = 3
_SERIAL = ("Serial", "ATM", "BRI", "Async", "Cellular")


def _long_ring(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    if not facts.traits.may_lack_hqf:
        # IOS-XE forwards in hardware that has no ring to shorten.
        return
    seen: set[str] = set()
    is_any = False
    for one, _ in facts.at_work(FlowDirection.OUT):
        is_any = True
        name = one.interface or ""
        if name.startswith("Dialer"):
            name = below_dialers(facts).get(name, name)
        port = facts.interfaces.get(name)
        if port is None or port.name in seen or not port.name.startswith(_SERIAL):
            continue
        seen.add(port.name)
        yield from _ring_of(port, facts)
    if not is_any:
        yield Unjudged(why="needs a QoS policy at work on the way out")


def _ring_of(port: InterfaceFacts, facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    where = f"interface {port.name}"
    rate_bps = interface_reference(facts, port.name).bps or _cell_bps(port, facts)
    if rate_bps is None:
        yield Unjudged(why="needs the rate of the line", where=where)
        return
    rings = [_ring(port.name, facts), _ring(port.name.partition(".")[0], facts)]
    has = next((one for one in rings if one is not None), None)
    if rate_bps <= _SLOW_BPS and (has is None or has > _MOST_RING):
        kept = ("interface ", "bandwidth", "vbr", "tx-ring-limit", "service-policy output")
        said = (line for line in facts.interface_lines(port.name) if line.startswith(kept))
        why = "no tx-ring-limit" if has is None else f"{has} full packets wait behind the queues"
        yield Breach(where=where, evidence=(*said, why))


def _ring(name: str, facts: AuditFacts) -> int | None:
    """Return the ring's length, said for the interface or for a circuit on it."""
    found = (line for line in facts.interface_lines(name) if line.startswith("tx-ring-limit "))
    return next((int(word) for line in found if (word := line.split()[1]).isdecimal()), None)


def _cell_bps(port: InterfaceFacts, facts: AuditFacts) -> float | None:
    for line in facts.interface_lines(port.name):
        words = line.split()
        if words[0] in {"vbr-nrt", "vbr-rt", "cbr", "ubr"} and words[1:2] and words[1].isdecimal():
            return 1e3 * int(words[1])
    return None


QUE_10 = Rule(
    id="QUE-10",
    severity=Severity.MEDIUM,
    title="The ring behind the queues is short on slow lines",
    meaning="What is in the transmit ring is past the priority queue: at 512 kbit/s each full "
    "packet there costs voice 23 ms.",
    evidence="tx-ring-limit of serial and ATM interfaces up to 2 Mbit/s, with a policy",
    source="Cisco, Understanding and Tuning the tx-ring-limit Value",
    fix="Set `tx-ring-limit 3` on the interface, or on its PVC.",
    check=_long_ring,
)
