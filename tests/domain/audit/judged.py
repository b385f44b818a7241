"""Rules are shown on configurations as a device prints them."""

from dataclasses import replace

from qosbot.domain.audit.catalogue import RULES
from qosbot.domain.audit.context import AuditContext
from qosbot.domain.audit.findings import AuditFinding, DeviceAudit, NotJudged
from qosbot.domain.audit.frame import judge
from qosbot.platforms import AUDITED

CLEAN = """\
class-map match-any VOICE
 match dscp ef
class-map match-any SIGNAL
 match dscp cs3
policy-map QUEUES
 class VOICE
  priority percent 30
 class SIGNAL
  bandwidth percent 5
 class class-default
  fair-queue
policy-map SHAPER
 class class-default
  shape average 9500000
  service-policy QUEUES
interface GigabitEthernet0/1
 ip address 192.0.2.1 255.255.255.252
 service-policy output SHAPER
"""
PORT = "interface GigabitEthernet0/1"
SHAPER = f"{PORT} > policy SHAPER > class class-default > policy QUEUES"


def altered(*pairs: tuple[str, str], text: str = CLEAN) -> str:
    """Return a configuration with lines exchanged; each must be there once."""
    for old, new in pairs:
        assert text.count(f"{old}\n") == 1, old
        text = text.replace(f"{old}\n", f"{new}\n" if new else "")
    return text


def audited(text: str, context: AuditContext | None = None) -> DeviceAudit:
    facts = AUDITED["cisco_ios"](text, "r1")
    return judge(replace(facts, context=context), RULES)


def findings(rule: str, text: str, context: AuditContext | None = None) -> list[AuditFinding]:
    return [one for one in audited(text, context).findings if one.rule == rule]


def unjudged(rule: str, text: str, context: AuditContext | None = None) -> list[NotJudged]:
    return [one for one in audited(text, context).not_judged if one.rule == rule]
