"""Remedies as an operator writes them down: for which cause, what to do, how far, at what risk."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from qosbot.domain.findings import Cause, Finding
from qosbot.domain.inventory import Risk

DEFAULT_PRIORITY_SHARE = 0.33
DEFAULT_SHAPE_SHARE = 0.95


class Remedy(StrEnum):
    """What a playbook does; each is an intent that a platform renders or refuses."""

    ATTACH_VOICE_POLICY = "attach_voice_policy"
    SET_PRIORITY = "set_priority"
    ADD_CLASS_MATCH = "add_class_match"
    PREFER_CODEC = "prefer_codec"


ANSWERS = {
    Cause.NO_POLICY: (Remedy.ATTACH_VOICE_POLICY,),
    Cause.VOICE_CLASS_TOO_SMALL: (Remedy.SET_PRIORITY, Remedy.PREFER_CODEC),
    Cause.CLASS_MATCHES_NOTHING: (Remedy.ADD_CLASS_MATCH,),
}
"""Which remedies can answer a cause at all, in the order in which they are tried."""


class RiskFactor(StrEnum):
    """What makes a change riskier than its playbook says."""

    NO_REVERT_TIMER = "no_revert_timer"
    """The device would not go back by itself."""
    ENCRYPTED = "encrypted"
    """A queue before encryption reorders packets, which the peer's replay window then drops."""
    UNKNOWN_CONTRACT = "unknown_contract"
    SHARED_POLICY = "shared_policy"
    """The policy or class is at work elsewhere too."""
    UNVERIFIED_SYNTAX = "unverified_syntax"
    UNKNOWN_INTERRUPTION = "unknown_interruption"
    SHAPER = "shaper"


ALWAYS_RAISES = frozenset({RiskFactor.NO_REVERT_TIMER, RiskFactor.ENCRYPTED})
"""These raise the tier whatever a playbook says."""

NEEDS_A_PERSON = frozenset(
    {
        RiskFactor.NO_REVERT_TIMER,
        RiskFactor.ENCRYPTED,
        RiskFactor.UNKNOWN_CONTRACT,
        RiskFactor.UNVERIFIED_SYNTAX,
        RiskFactor.UNKNOWN_INTERRUPTION,
    }
)
"""With any of these nothing is applied without a person, whatever the mode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessRule:
    """What has to be so after the change for it to be kept."""

    same_load_ratio: float = 0.2
    """The offered load may differ by this much from the alarm's."""
    worse_drop_ratio: float = 0.001
    """No other class may drop this much more than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """One remedy."""

    name: str
    summary: str
    cause: Cause
    remedy: Remedy
    codec: str | None = None
    """What to prefer, a key of `codecs.CODECS`; for `prefer_codec` alone."""
    priority_share: float = DEFAULT_PRIORITY_SHARE
    """The policy's limit holds too; the lesser of the two counts."""
    shape_share: float = DEFAULT_SHAPE_SHARE
    """Of the circuit's rate, where a port is faster than its circuit."""
    risk: Risk
    raised_by: frozenset[RiskFactor] = frozenset()
    success: SuccessRule = field(default_factory=SuccessRule)

    def __post_init__(self) -> None:
        """Reject a remedy that cannot answer the cause, and a codec where none belongs."""
        if self.remedy not in ANSWERS.get(self.cause, ()):
            raise ValueError(f"{self.remedy} is no answer to {self.cause}")
        if (self.codec is not None) != (self.remedy is Remedy.PREFER_CODEC):
            raise ValueError(f"{self.remedy} and codec {self.codec} do not go together")

    def risk_with(self, factors: Collection[RiskFactor]) -> Risk:
        """Return the tier, one step higher for each factor that raises it."""
        tiers = list(Risk)
        steps = len(set(factors) & (ALWAYS_RAISES | self.raised_by))
        return tiers[min(tiers.index(self.risk) + steps, len(tiers) - 1)]


def playbooks_for(finding: Finding, playbooks: Sequence[Playbook]) -> tuple[Playbook, ...]:
    """Return the playbooks that answer a finding, in the order in which to try them."""
    order = ANSWERS.get(finding.cause, ())
    fitting = [one for one in playbooks if one.cause is finding.cause]
    return tuple(sorted(fitting, key=lambda one: (order.index(one.remedy), one.name)))
