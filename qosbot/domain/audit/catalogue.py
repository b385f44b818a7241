"""All rules, in the order in which they are documented."""

from qosbot.domain.audit import depths, queueing, references, trust
from qosbot.domain.audit.frame import Rule

RULES: tuple[Rule, ...] = (
    *trust.RULES,
    *queueing.RULES,
    *depths.RULES,
    *references.RULES,
)
