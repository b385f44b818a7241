"""Rules about running a device: a change can be taken back, and what happened has a time."""

from collections.abc import Iterator

from qosbot.domain.audit.facts import AuditFacts
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged

_PART = Unjudged(why="needs the whole configuration: this names no device and no release")


def _rollback(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    if facts.services.has_archive_path:
        return
    if not facts.services.is_whole:
        yield _PART
        return
    said = facts.quote("archive", "path", "maximum", "log config") or ("no archive",)
    yield Breach(where="archive", evidence=(*said, "no path to keep configurations at"))


def _unsaved(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    found = facts.services.unsaved
    if found is None:
        yield Unjudged(why="needs the startup configuration")
    elif found:
        yield Breach(where="startup-config", evidence=(*found, "how long ago is not known here"))


def _times(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    services = facts.services
    if not services.is_whole:
        yield _PART
        return
    if not services.ntp_servers:
        yield Breach(
            where="ntp",
            evidence=("no ntp server",),
            fix="Name two time servers: `ntp server ADDRESS`.",
        )
    if not services.has_log_timestamps:
        yield Breach(
            where="service timestamps",
            evidence=("no `service timestamps log datetime`",),
            fix="Say `service timestamps log datetime msec localtime show-timezone`.",
        )


RULES = (
    Rule(
        id="OPS-01",
        severity=Severity.HIGH,
        title="A change can be rolled back",
        meaning="Without an archive the device cannot go back by itself when a change cuts it off.",
        evidence="archive and its path",
        source="Cisco, Configuration Replace and Configuration Rollback",
        fix="Say `archive`, and in it `path flash:archive` and `maximum 14`.",
        check=_rollback,
    ),
    Rule(
        id="OPS-02",
        severity=Severity.MEDIUM,
        title="What runs is what starts",
        meaning="A change that was not saved is gone after the next power cut.",
        evidence="the times of the last change and of the last save, above the configuration",
        source="operators' practice",
        fix="Look at the difference, then save.",
        check=_unsaved,
    ),
    Rule(
        id="OPS-03",
        severity=Severity.MEDIUM,
        title="Clocks are set, and the log says when",
        meaning="Without the time nobody can tell which event broke which call.",
        evidence="ntp server and service timestamps lines",
        source="operators' practice",
        fix="Configure NTP and timestamps.",
        check=_times,
    ),
)
