"""The second waist: a change that would help, and all that a person needs to decide on it."""

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import datetime

from qosbot.domain.audit.findings import Severity
from qosbot.domain.findings import Finding
from qosbot.domain.intents import ConfigChange
from qosbot.domain.inventory import LinkId, Risk
from qosbot.domain.metrics import Grade
from qosbot.domain.playbooks import SuccessRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the change is expected to do to the worst affected direction."""

    mos_before: float
    mos_after: float
    mos_after_low: float
    mos_after_high: float
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Precaution:
    """A finding of an audit, as it was when a change was planned that answers it."""

    finding: str
    """The finding's id, the same from night to night."""
    rule: str
    severity: Severity
    where: str
    """From the outside in, as in `interface Gi0/1 > policy WAN > class VOICE`."""
    title: str
    """What the rule wants, as a sentence."""
    evidence: tuple[str, ...]
    """Secrets masked."""

    @property
    def words(self) -> str:
        """Return what is found, in one sentence."""
        return f"{self.rule} is broken at {self.where}; it wants: {self.title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One change on one device, which answers alarms or, as a precaution, what an audit found."""

    id: str
    alarms: tuple[str, ...]
    findings: tuple[Finding, ...]
    playbook: str
    change: ConfigChange
    prediction: Prediction | None
    """None: nobody suffers, so there is nothing to get better."""
    risk: Risk
    grade: Grade
    site: str
    blast_radius: tuple[str, ...]
    """Every path that crosses what is touched."""
    revert_mechanism: str
    fingerprint: str
    """Of the touched sections of the configuration that this rests on."""
    created_at: datetime
    expires_at: datetime
    links: tuple[LinkId, ...] = ()
    """Every link whose policy is changed, that of the bottleneck first."""
    cautions: tuple[str, ...] = ()
    """What a person has to know before saying yes."""
    success: SuccessRule | None = None
    """What the change will be judged by; None: made before rules were kept, and judged by ours."""
    precaution: Precaution | None = None
    """What it answers where it answers no alarm."""

    @property
    def plan_hash(self) -> str:
        """Return what an approval is bound to: lines, place, footing, reason, rule of success."""
        content: dict[str, object] = {
            "id": self.id,
            "device": self.change.device,
            "apply": self.change.apply,
            "undo": self.change.undo,
            "fingerprint": self.fingerprint,
            "risk": self.risk.value,
            "expires_at": self.expires_at.isoformat(),
        }
        # Histories on record name the hashes of plans from before a rule was part of them.
        if self.success is not None:
            content["success"] = asdict(self.success)
        if self.precaution is not None:
            content["precaution"] = asdict(self.precaution)
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
