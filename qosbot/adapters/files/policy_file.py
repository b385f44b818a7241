"""policy.yaml as it is now: an edit counts from the next look, without a restart."""

import logging
from pathlib import Path

from qosbot.adapters.files.policy import read_policy
from qosbot.adapters.files.sources import Sources
from qosbot.domain.inventory import Limits, Mode, Policy, Risk

log = logging.getLogger(__name__)

UNREADABLE = Policy(
    mode=dict.fromkeys(Risk, Mode.OBSERVE),
    approvers=dict.fromkeys(Risk, ()),
    windows=(),
    time_zone="UTC",
    limits=Limits(),
    is_readable=False,
)
"""What holds while the file cannot be read: nothing may be done, and what waits goes on waiting."""


class PolicyFile:
    """Reads the policy of a directory again whenever its file has changed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._seen: tuple[int, int, int] | str | None = "never"
        self._policy = UNREADABLE

    def policy(self) -> Policy:
        """Return the policy of now; a wrong file is logged once and permits nothing."""
        stamp = self._stamp()
        if stamp != self._seen:
            is_gone = stamp is None and self._seen != "never"
            self._policy, self._seen = self._gone() if is_gone else self._read(), stamp
        return self._policy

    def _stamp(self) -> tuple[int, int, int] | None:
        try:
            found = (self._directory / "policy.yaml").stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _gone(self) -> Policy:
        """Return what holds without a file that was there: editors move it away to save it."""
        log.error("policy.yaml is gone: nothing may be done")
        return UNREADABLE

    def _read(self) -> Policy:
        sources = Sources(directory=self._directory)
        policy = read_policy(sources)
        if sources.problems:
            problems = [str(problem) for problem in sources.problems]
            log.error("policy.yaml is wrong: nothing may be done", extra={"problems": problems})
            return UNREADABLE
        if self._seen != "never":
            modes = {risk.value: mode.value for risk, mode in policy.mode.items()}
            log.info("policy.yaml was read again", extra={"mode": modes})
        return policy
