"""What a rule is, and how a device is judged by many.

A rule is data and one small check.  A check yields a `Breach` for each place that breaks the
rule, and `Unjudged` where the evidence is not there; if it yields nothing the rule is passed, so
it never keeps silent about what it could not see.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import (
    AuditFinding,
    DeviceAudit,
    NotJudged,
    Severity,
    Status,
)

_KEPT = 1024
"""What is not judged that is kept: most of it is the same on each device."""


class Breach(NamedTuple):
    """A place that breaks the rule; what is None is as the rule has it."""

    # A tuple, as the next one is: a night makes hundreds for each device, three times as fast as
    # a frozen dataclass.
    where: str
    evidence: tuple[str, ...]
    severity: Severity | None = None
    fix: str | None = None


class Unjudged(NamedTuple):
    """A place, or the whole device, that the rule could not judge."""

    why: str
    where: str = ""


Check = Callable[[AuditFacts], Iterable[Breach | Unjudged]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the audit."""

    id: str
    severity: Severity
    title: str
    """What should be so, as a sentence."""
    meaning: str
    """What goes wrong where it is not so."""
    evidence: str
    """What is read to judge it."""
    source: str
    fix: str
    check: Check


def needs(what: str) -> Check:
    """Return the check of a rule that no configuration can answer."""
    said = (Unjudged(why=f"needs {what}"),)

    def check(facts: AuditFacts) -> Iterable[Breach | Unjudged]:
        del facts
        return said

    return check


def judge(facts: AuditFacts, rules: Sequence[Rule]) -> DeviceAudit:
    """Return what the rules say of a device.

    Two breaches of one rule at one place are one finding, as bad as the worse of them.
    """
    findings: list[AuditFinding] = []
    not_judged: list[NotJudged] = []
    passed: list[str] = []
    for rule in rules:
        said = tuple(rule.check(facts))
        if not said:
            passed.append(rule.id)
            continue
        broken: dict[str, AuditFinding] = {}
        unjudged: dict[Unjudged, None] = {}
        for one in said:
            if isinstance(one, Unjudged):
                unjudged[one] = None
                continue
            found = _finding(one, rule, facts)
            held = broken.get(one.where)
            broken[one.where] = found if held is None else _merged(held, found)
        findings += broken.values()
        not_judged += [_not_judged(rule.id, one) for one in unjudged]
    findings.sort(key=lambda one: (-one.severity.rank, one.rule, one.where))
    return DeviceAudit(
        device=facts.device,
        platform=facts.platform,
        findings=tuple(findings),
        not_judged=tuple(not_judged),
        not_understood=facts.not_understood,
        passed=tuple(passed),
    )


@lru_cache(maxsize=_KEPT)
def _not_judged(rule: str, said: Unjudged) -> NotJudged:
    return NotJudged(rule=rule, why=said.why, where=said.where)


def _finding(one: Breach, rule: Rule, facts: AuditFacts) -> AuditFinding:
    found = AuditFinding(
        rule=rule.id,
        severity=one.severity or rule.severity,
        device=facts.device,
        where=one.where,
        evidence=one.evidence,
        fix=one.fix or rule.fix,
    )
    if facts.context is None or not facts.context.accepted:
        return found
    if found.id not in facts.context.accepted:
        return found
    return AuditFinding(
        rule=found.rule,
        severity=found.severity,
        device=found.device,
        where=found.where,
        evidence=(*found.evidence, f"accepted: {facts.context.accepted[found.id]}"),
        fix=found.fix,
        status=Status.ACCEPTED,
    )


def _merged(held: AuditFinding, found: AuditFinding) -> AuditFinding:
    worse = held if held.severity.rank >= found.severity.rank else found
    evidence = tuple(dict.fromkeys(held.evidence + found.evidence))
    return AuditFinding(
        rule=held.rule,
        severity=worse.severity,
        device=held.device,
        where=held.where,
        evidence=evidence,
        fix=worse.fix,
        status=held.status,
    )
