"""A bot in a process of its own that is killed when the lab, or its record, shows a moment."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from qosbot.bootstrap import Records, open_records
from qosbot.domain.remediation import Remediation
from qosbot.lab.control import request
from qosbot.settings import read_settings
from tests.end_to_end.site import Site, site
from tests.until import until

ROOT = Path(__file__).resolve().parents[2]
DEVICE = "lyo-ce1"
PERSON = "alice"
ENDED = frozenset(
    {
        "done",
        "rolled_back",
        "stuck",
        "expired",
        "withdrawn",
        "stale",
        "refused",
        "rejected",
        "observed",
    }
)
POLICY = f"""\
mode: {{low: propose, medium: propose, high: propose}}
approvers:
  low: [cli:{PERSON}]
  medium: [cli:{PERSON}]
  high: [cli:{PERSON}]
"""
_VOLATILE = ("! Last configuration change at", "! NVRAM config last updated at", "Current config")
_OFTEN_S = 0.002
_START_WITHIN_S = 60.0

ARM, END, CONFIRM, SAVE = "configure terminal revert", "end", "configure confirm", "write memory"

LAST = "service-policy output"
"""The last line of the change that these plays make."""

Moment = Callable[["Play"], bool]
"""Whether it has come; asked again and again."""


@dataclass(frozen=True)
class Configs:
    """What a device runs and would boot with, without the lines that only say when."""

    running: str
    startup: str


@dataclass(frozen=True)
class Ending:
    """All that must be the same however often the bot was killed."""

    state: str
    outcome: str | None
    is_saved: bool | None
    diff: str
    decided_by: str
    configs: Configs


@dataclass
class Play:
    """One remediation in a lab of its own, from a congested link to its end."""

    site: Site
    name: str = ""
    before: "Configs | None" = None
    """What the device ran when the remediation was approved."""
    seen_before: int = 0
    """Lines that it had received then."""
    approved_at: float = 0.0
    """By the test's own clock."""
    _bot: "subprocess.Popen[bytes] | None" = None

    def start(self) -> Self:
        """Start the bot, which goes on where the record says."""
        assert self._bot is None
        with (self.site.directory / "bot.log").open("ab") as log:
            self._bot = subprocess.Popen(
                [sys.executable, "-m", "tests.end_to_end.keeper"],
                cwd=self.site.directory,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=log,
                stderr=log,
            )
        return self

    def kill(self) -> None:
        """End the bot as a power cut would; nothing of it gets to say goodbye."""
        assert self._bot is not None
        self._bot.kill()
        self._bot.wait(_START_WITHIN_S)
        self._bot = None

    def propose(self) -> Self:
        """Congest the branch and wait for the proposal."""
        self.site.ctl("load", "path=par-lyo", "direction=backward", "data_bps=4800000")
        self.name = until(self._awaiting, 120.0, f"a proposal; see {self.site.directory}/bot.log")
        return self

    def _awaiting(self) -> str:
        found = self.open_plans()
        return found[0].id if found else ""

    def open_plans(self) -> tuple[Remediation, ...]:
        """Return what was proposed and has not ended."""
        if not self._database.exists():
            return ()
        with self._records() as records:
            return records.decisions.remediations(only_open=True)

    def approve(self) -> Self:
        self.seen_before, self.before = len(self.received()), self.configs()
        self.approved_at = time.monotonic()
        answer = self.site.qosbot("approve", self.name, "--as", PERSON)
        assert answer.code == 0, answer.err
        return self

    def lines(self) -> list[str]:
        """Return what the device was typed since the approval, in order."""
        return self.received()[self.seen_before :]

    def received(self, device: str = DEVICE) -> list[str]:
        """Return every line that a device was ever typed."""
        answer = request(self._lab, "show", what="received", device=device)
        received = answer["received"]
        assert isinstance(received, list)
        return [line["line"].strip() for line in received]

    @property
    def _lab(self) -> Path:
        return self.site.directory / ".qosbot" / "lab" / "lab.json"

    def state(self) -> str:
        """Return where the record says that it stands."""
        with self._records() as records:
            found = records.decisions.remediation(self.name)
        return "" if found is None else found.state.value

    def _records(self) -> AbstractContextManager[Records]:
        return open_records(read_settings(database=self._database))

    @property
    def _database(self) -> Path:
        return self.site.directory / ".qosbot" / "qosbot.db"

    def record(self) -> dict[str, Any]:
        answer = self.site.qosbot("show", self.name, "--json")
        assert answer.code == 0, answer.err
        shown: dict[str, Any] = answer.json()
        return shown

    def kill_at(self, moment: Moment, within_s: float = 90.0) -> int:
        """Kill the bot at a moment, or fail if it does not come.

        A busy machine kills late, so what that costs is told by what the device has received:

        Returns:
            The configuration sessions that the rest takes: one if lines are left, else none.
        """
        end = time.monotonic() + within_s
        while not moment(self):
            assert time.monotonic() < end, f"the moment did not come: {self.lines()}"
            time.sleep(_OFTEN_S)  # the moment shows in a file only
        self.kill()
        lines = self.lines()
        is_armed = any(line.startswith(ARM) for line in lines)
        return int(is_armed and not any(line.startswith(LAST) for line in lines))

    def finish(self, within_s: float = 120.0) -> Ending:
        """Wait until the record says that it came to its end."""

        log = self.site.directory / "bot.log"
        until(lambda: self.state() in ENDED, within_s, f"an end; see {log}")
        shown = self.record()
        answer = self.site.qosbot("history", "verify")
        assert answer.code == 0, answer.err
        return Ending(
            state=shown["state"],
            outcome=shown["outcome"],
            is_saved=shown["is_saved"],
            diff=shown["proposal"]["change"]["diff"],
            decided_by=shown["decided_by"],
            configs=self.configs(),
        )

    def configs(self) -> Configs:
        """Return the device's configurations as the lab knows them."""
        shown = request(self._lab, "show", what="config", device=DEVICE)
        return Configs(running=_lasting(shown["running"]), startup=_lasting(shown["startup"]))

    def let_the_timer_run_out(self) -> None:
        """Step the lab past the minutes that the device's own timer was armed with."""
        armed = next(line for line in self.lines() if line.startswith(ARM))
        self.site.step(60.0 * int(armed.split()[-1]) + 1.0)

    def close(self) -> None:
        if self._bot is not None:
            self.kill()


def _lasting(config: object) -> str:
    lines = str(config).splitlines()
    return "\n".join(line for line in lines if not line.startswith(_VOLATILE))


@contextmanager
def play(directory: Path) -> Iterator[Play]:
    """Start a lab with a bot whose proposals a person must approve; end both."""
    with site(directory) as here:
        (directory / "inventory" / "policy.yaml").write_text(POLICY)
        paths = directory / "inventory" / "paths.yaml"
        # Each probe run that an alarm or a judgement waits for takes 5 s.
        paths.write_text(paths.read_text().replace("hold_runs: 3", "hold_runs: 2"))
        here.step(30)  # the probes have run a few times
        one = Play(site=here)
        try:
            yield one.start()
        finally:
            one.close()


def typed(start: str) -> Moment:
    """Return the moment when the device receives a line that starts so, for the first time."""
    return lambda one: any(line.startswith(start) for line in one.lines())


def after(start: str, more: int) -> Moment:
    """Return the moment when the device received so many lines more than one that starts so."""

    def has_come(one: Play) -> bool:
        lines = one.lines()
        found = [at for at, line in enumerate(lines) if line.startswith(start)]
        return bool(found) and len(lines) - 1 - found[0] >= more

    return has_come


def recorded(state: str) -> Moment:
    """Return the moment when the record says that a state was reached."""
    return lambda one: one.state() == state


def passed(seconds: float) -> Moment:
    """Return the moment so long after the approval, whatever goes on."""
    return lambda one: time.monotonic() >= one.approved_at + seconds


@dataclass(frozen=True)
class Typed:
    """How often the device was typed what begins or ends a change."""

    armed: int
    entered: int
    """Configuration sessions that armed nothing."""
    confirmed: int
    saved: int


def counted(lines: Sequence[str]) -> Typed:
    return Typed(
        armed=sum(line.startswith(ARM) for line in lines),
        entered=sum(line == "configure terminal" for line in lines),
        confirmed=sum(line == CONFIRM for line in lines),
        saved=sum(line == SAVE for line in lines),
    )
