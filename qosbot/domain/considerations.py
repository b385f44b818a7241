"""What became of a finding, kept for people to look up."""

from dataclasses import dataclass
from datetime import datetime

from qosbot.domain.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Consideration:
    """A finding of an alarm, and whether a change was proposed for it."""

    alarm: str
    at: datetime
    finding: Finding
    verdict: str
    """`proposed`, `would_propose` or `refused`."""
    words: str
    """Why nothing was proposed; empty where something was."""
    proposal: str
    """Its id; empty where there is none."""

    @property
    def gist(self) -> tuple[str, ...]:
        """Return what people are told of it; the figures in a finding move from look to look."""
        return (self.finding.cause, self.verdict, self.words, self.proposal)
