"""Which findings of an audit a known intent can fix, and what must be so before and after.

A rule is answered by the playbooks of a cause that alarms have too, within the same bounds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from qosbot.domain.audit.findings import AuditFinding, DeviceAudit, Severity, Status
from qosbot.domain.audit.nights import is_unjudged
from qosbot.domain.findings import Cause, Evidence, Finding
from qosbot.domain.ground import Ground, NoPlan, Refused, takes_ef
from qosbot.domain.inventory import LinkId
from qosbot.domain.metrics import Grade
from qosbot.domain.samples import FlowDirection

SAID_SHORT = 1.035
"""A device says priority in whole percents or kbit/s, up to 3 % less than was asked; an audit wants
all that the calls need."""

_VIDEO = frozenset({34, 36, 38})
"""AF4x, as RFC 4594 has interactive video marked; a frame of it is a burst of full packets."""

_ATTACHED = "service-policy output "

FASTER_PORT = "SHP-01"
"""The rule that says whether a port is faster than its circuit."""


class Reach(StrEnum):
    """How far a finding's place goes down."""

    PORT = "port"
    POLICY = "policy"
    CLASS = "class"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How a broken rule is answered."""

    cause: Cause
    """Whose playbooks answer it, those of codecs left out."""
    reach: Reach
    """Where the rule is broken at another depth, nothing answers it."""


ANSWERED: Mapping[str, Answer] = MappingProxyType(
    {
        "MRK-01": Answer(cause=Cause.NO_POLICY, reach=Reach.PORT),
        "MRK-02": Answer(cause=Cause.CLASS_MATCHES_NOTHING, reach=Reach.CLASS),
        "QUE-01": Answer(cause=Cause.VOICE_CLASS_TOO_SMALL, reach=Reach.CLASS),
        "QUE-04": Answer(cause=Cause.VOICE_CLASS_TOO_SMALL, reach=Reach.POLICY),
        FASTER_PORT: Answer(cause=Cause.NO_POLICY, reach=Reach.PORT),
    }
)
"""The rules that a known intent can fix, by their ids."""

WHY_NOT: Mapping[str, str] = MappingProxyType(
    {
        "QUE-03": "no recorded device shows that a bound can be taken off again",
        "COD-01": "a smaller codec sounds worse from the first call on, so only an alarm pays it",
    }
)
"""Why nothing answers a rule of which one could expect it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a rule is broken, as the places of findings say it."""

    interface: str
    path: tuple[str, ...]
    """Policy, class, policy, class ... from the attached policy down; empty: the port."""

    @property
    def reach(self) -> Reach:
        """Return how far down it goes."""
        if not self.path:
            return Reach.PORT
        return Reach.POLICY if len(self.path) % 2 else Reach.CLASS


def place_of(where: str) -> Place | None:
    """Return a place on an interface; None for one that is elsewhere, or on a part of a port."""
    first, *steps = where.split(" > ")
    kind, _, interface = first.partition(" ")
    words = [step.partition(" ") for step in steps]
    kinds = ["class" if i % 2 else "policy" for i in range(len(steps))]
    if kind != "interface" or [word for word, _, _ in words] != kinds:
        return None
    return Place(interface=interface, path=tuple(name for _, _, name in words))


def is_offered(finding: AuditFinding) -> bool:
    """Return whether a finding is of a kind that a known intent can fix."""
    answer, place = ANSWERED.get(finding.rule), place_of(finding.where)
    is_there = answer is not None and place is not None and place.reach is answer.reach
    return is_there and finding.status is Status.FAILED and not _is_taken(finding)


def _is_taken(finding: AuditFinding) -> bool:
    """Return whether a policy was attached where an intent would attach its own."""
    answer = ANSWERED.get(finding.rule)
    is_free = answer is None or answer.cause is not Cause.NO_POLICY
    return not is_free and any(line.startswith(_ATTACHED) for line in finding.evidence)


def why_not(finding: AuditFinding) -> str:
    """Return why no intent fixes a finding that is not offered."""
    if finding.status is Status.ACCEPTED:
        return "the inventory accepts it"
    if _is_taken(finding):
        return "the port had a policy when it was audited, and no known intent rebuilds one"
    known = WHY_NOT.get(finding.rule, "no known intent changes that")
    return "no known intent changes that at this place" if finding.rule in ANSWERED else known


def cause_at(
    finding: AuditFinding, ground: Ground, evidence: tuple[Evidence, ...], grade: Grade
) -> Finding | NoPlan:
    """Return a finding of an audit as a cause that playbooks answer, or why it is none.

    Args:
        finding: one that is offered.
        ground: what the plan stands on.
        evidence: what was counted at its place.
        grade: of what was counted.

    Raises:
        ValueError: if the finding is not offered.
    """
    answer, place = ANSWERED.get(finding.rule), place_of(finding.where)
    if answer is None or place is None:
        raise ValueError(f"{finding.rule} at {finding.where} is not offered")
    path = _class_path(place, ground)
    if isinstance(path, NoPlan):
        return path
    if answer.cause is Cause.CLASS_MATCHES_NOTHING and (why := _why_not_match(path[-1], ground)):
        return NoPlan(reason=Refused.UNSUPPORTED, words=why)
    return Finding(
        cause=answer.cause,
        link=ground.link.id,
        direction=FlowDirection.OUT,
        class_path=path,
        ways=(),
        evidence=evidence,
        grade=grade,
        words=f"{finding.rule} is broken at {finding.where}",
    )


def _why_not_match(name: str, ground: Ground) -> str:
    """Return why a class should not come to take EF; empty: it may."""
    if takes_ef(name, ground):
        return f"class {name} takes EF and more, and no known intent narrows a class"
    held = ground.running.class_maps.get(name)
    if held is not None and set(held.dscp_values or ()) & _VIDEO:
        return f"class {name} takes AF4x: voice would share its priority with what may be video"
    return ""


def _class_path(place: Place, ground: Ground) -> tuple[str, ...] | NoPlan:
    """Return the path to the class that is meant; empty where the port is."""
    if place.reach is Reach.CLASS:
        return place.path
    attached = ground.running.attached(place.interface, FlowDirection.OUT)
    if place.reach is Reach.PORT:
        if attached is None:
            return ()
        words = f"policy {attached.name} is attached there, and no known intent rebuilds a policy"
        return NoPlan(reason=Refused.UNSUPPORTED, words=words)
    policy = ground.running.policy_maps.get(place.path[-1])
    classes = policy.classes if policy is not None else ()
    voice = [one.name for one in classes if one.is_priority and takes_ef(one.name, ground)]
    if len(voice) != 1:
        found = ", ".join(voice) or "none"
        words = f"it takes one priority class that matches EF; found: {found}"
        return NoPlan(reason=Refused.NOT_OURS_TO_TOUCH, words=words)
    return (*place.path, voice[0])


def is_port_faster(audit: DeviceAudit, link: LinkId) -> bool | None:
    """Return whether an audit says that a port is faster than its circuit; None: it cannot."""
    where = f"interface {link.interface}"
    if any(one.rule == FASTER_PORT and one.where == where for one in audit.findings):
        return True
    return None if is_unjudged(FASTER_PORT, where, audit) else False


class Standing(StrEnum):
    """What an audit says of a finding of before."""

    STANDS = "stands"
    ACCEPTED = "accepted"
    GONE = "gone"
    """The rule was judged, and no longer fails at that place."""
    UNKNOWN = "unknown"


def standing_of(rule: str, where: str, name: str, audit: DeviceAudit | None) -> Standing:
    """Return whether a finding still stands.

    Args:
        rule: its rule.
        where: its place.
        name: its id.
        audit: of the configuration in question; None: it could not be judged.
    """
    if audit is None:
        return Standing.UNKNOWN
    found = next((one for one in audit.findings if one.id == name), None)
    if found is not None:
        return Standing.ACCEPTED if found.status is Status.ACCEPTED else Standing.STANDS
    return Standing.UNKNOWN if is_unjudged(rule, where, audit) else Standing.GONE


def new_findings(
    before: DeviceAudit, after: DeviceAudit, least: Severity
) -> tuple[AuditFinding, ...]:
    """Return what is found after and was not found before, or was less bad, from a severity up."""
    known = {one.id: one.severity.rank for one in before.findings}
    return tuple(
        one
        for one in after.findings
        if one.status is Status.FAILED
        and one.severity.is_at_least(least)
        and one.severity.rank > known.get(one.id, -1)
    )
