"""Rules about probes: they are marked as voice, answered, and few enough."""

from collections.abc import Iterator

from qosbot.domain.audit.facts import AuditFacts, ProbeOperation
from qosbot.domain.audit.findings import Severity
from qosbot.domain.audit.frame import Breach, Rule, Unjudged
from qosbot.domain.policies import EF

MOST_PACKETS_A_MINUTE = 5000
"""Five codec runs of 1000 packets a minute: as much as 1.7 calls without an end."""
MOST_OF_THE_TIME = 0.5
"""Of its period that a probe may run."""
_USUAL_PERIOD_S = 60.0
_KINDS = frozenset({"udp-jitter", "jitter dest-ipaddr"})
_NO_PROBE = Unjudged(why="needs a udp-jitter probe in the configuration")


def _voice_probes(facts: AuditFacts) -> list[ProbeOperation]:
    """Return probes that measure voice; one that is marked for another class does not."""
    return [
        one
        for one in facts.services.probes.values()
        if one.kind in _KINDS and (one.codec is not None or not one.tos or one.tos >> 2 == EF)
    ]


def _lines(one: ProbeOperation, facts: AuditFacts) -> tuple[str, ...]:
    for head in (f"ip sla {one.number}", f"ip sla monitor {one.number}", f"rtr {one.number}"):
        if found := facts.quote(head, *_KINDS, "type ", "tos", "frequency"):
            return found
    return (f"ip sla {one.number}",)


def _marked(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    probes = _voice_probes(facts)
    if not probes:
        yield _NO_PROBE
    for one in probes:
        where = f"ip sla {one.number}"
        if one.tos is None or one.tos >> 2 != EF:
            said = "no tos: it measures best effort" if not one.tos else f"tos {one.tos} is not EF"
            yield Breach(where=where, evidence=(*_lines(one, facts), said))
        if not one.is_scheduled:
            yield Breach(
                where=where,
                evidence=(*_lines(one, facts), "no schedule starts it"),
                fix=f"Start it: `ip sla schedule {one.number} life forever start-time now`.",
            )


def _answered(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    probes = _voice_probes(facts)
    if not probes and not facts.services.has_responder:
        yield _NO_PROBE
    elif not facts.services.ntp_servers and facts.services.is_whole:
        heads = [_lines(one, facts)[0] for one in probes] or ["ip sla responder"]
        yield Breach(
            where="ntp",
            evidence=(*heads, "no ntp server: delay in one way is not measured"),
            fix="Name the time servers that the far end has too: `ntp server ADDRESS`.",
        )
    else:
        yield Unjudged(why="needs the responder of the far end, and NTP in sync at both")


def _load(facts: AuditFacts) -> Iterator[Breach | Unjudged]:
    running = [one for one in facts.services.probes.values() if one.kind in _KINDS]
    if not running:
        yield _NO_PROBE
        return
    total = 0.0
    for one in running:
        packets = _packets(one)
        period_s = one.frequency_s or _USUAL_PERIOD_S
        total += packets * 60 / period_s
        run_s = packets * (one.interval_s or 0.020)
        if run_s > MOST_OF_THE_TIME * period_s:
            yield Breach(
                where=f"ip sla {one.number}",
                evidence=(
                    *_lines(one, facts),
                    f"a run takes {run_s:.0f} s of each {period_s:.0f} s",
                ),
            )
    if total > MOST_PACKETS_A_MINUTE and len(running) > 1:
        heads = [_lines(one, facts)[0] for one in running]
        yield Breach(
            where="ip sla",
            evidence=(*heads, f"{total:.0f} packets a minute, {MOST_PACKETS_A_MINUTE} are usual"),
        )


def _packets(one: ProbeOperation) -> int:
    """Return the packets of a run: IOS sends 1000 with a codec, and ten without."""
    if one.packets is not None:
        return one.packets
    return 1000 if one.codec is not None else 10


RULES = (
    Rule(
        id="SLA-01",
        severity=Severity.MEDIUM,
        title="Probes of voice run, and are marked EF",
        meaning="Without the mark of voice a probe measures the queue of the rest.",
        evidence="udp-jitter operations, their tos and schedule",
        source="Cisco IOS IP SLAs command reference",
        fix="Say `tos 184` in the operation.",
        check=_marked,
    ),
    Rule(
        id="SLA-02",
        severity=Severity.MEDIUM,
        title="Probes are answered, and both clocks are right",
        meaning="Without a responder there is nothing, without NTP no delay in one way.",
        evidence="udp-jitter operations, responder and ntp lines; the far end's state",
        source="Cisco IOS IP SLAs command reference",
        fix="Say `ip sla responder` at the far end, and `ntp server` at both.",
        check=_answered,
    ),
    Rule(
        id="SLA-03",
        severity=Severity.LOW,
        title="Probes are few enough",
        meaning="A run with a codec is a call: many at once take the place of calls.",
        evidence="packets, intervals and frequencies of udp-jitter operations",
        source="operators' practice",
        fix="Lower the packets of a run, or run less often and not all at once.",
        check=_load,
    ),
)
