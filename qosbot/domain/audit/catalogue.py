"""All rules, in the order in which they are documented."""

from qosbot.domain.audit import queueing, references
from qosbot.domain.audit.frame import Rule

RULES: tuple[Rule, ...] = (*queueing.RULES, *references.RULES)
