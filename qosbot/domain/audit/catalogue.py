"""All rules, in the order in which they are documented."""

from qosbot.domain.audit import (
    admission,
    codec_rules,
    depths,
    links,
    operations,
    policing,
    probing,
    queueing,
    references,
    reservations,
    shaping,
    trust,
)
from qosbot.domain.audit.frame import Rule

RULES: tuple[Rule, ...] = (
    *trust.RULES,
    *queueing.RULES,
    *reservations.RULES,
    *depths.RULES,
    *shaping.RULES,
    *policing.RULES,
    *links.RULES,
    *admission.RULES,
    *codec_rules.RULES,
    *probing.RULES,
    *operations.RULES,
    *references.RULES,
)
