"""Where the demo plays: a site and a lab in a temporary directory, and a bot that serves it."""

import json
import logging
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from qosbot.bootstrap import open_bot
from qosbot.cli.demo.network import Network
from qosbot.cli.demo.office import PERSON, Office
from qosbot.cli.demo.pace import MODEL, Pace
from qosbot.cli.demo.terminal import Terminal
from qosbot.cli.init import init
from qosbot.domain.errors import QosbotError
from qosbot.domain.inventory import Mode
from qosbot.service import serving
from qosbot.settings import Settings, read_settings

if TYPE_CHECKING:
    from qosbot.bootstrap import Bot

_ENDS_WITHIN_S = 20.0
_POLICY = """\
mode: {{low: {low}, medium: propose, high: propose}}
approvers: {{low: [{people}], medium: [{people}], high: [{people}]}}
limits: {{changes_per_site_per_day: 100, cool_down: 1 min}}
"""


class StageError(QosbotError):
    """What the demo plays on did not start."""

    hint = "run it by itself to see why"


class Errors(logging.Handler):
    """Keeps what goes wrong in the bot's ticks, which nobody would see else."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record's message and its error."""
        error = getattr(record, "error", "")
        self.seen.append(f"{record.getMessage()}: {error}" if error else record.getMessage())


@dataclass(slots=True, kw_only=True)
class Stage:
    """The site, its lab, and the bot that serves it; what is looked at is looked at from here."""

    directory: Path
    is_interactive: bool
    network: Network
    terminal: Terminal
    office: Office
    errors: Errors
    pace: Pace = MODEL
    stranger_waits: bool = True
    """Whether somebody who may not still has to try; once is enough."""
    _serving: ExitStack = field(default_factory=ExitStack)
    _bot: "Bot | None" = None

    @property
    def inventory(self) -> Path:
        """Return the directory of the inventory."""
        return self.directory / "inventory"

    @property
    def database(self) -> Path:
        """Return the file of the database."""
        return self.directory / "demo.db"

    @property
    def bot(self) -> "Bot":
        """Return a bot beside the one that serves, as a verb opens one."""
        if self._bot is None:
            raise ValueError("nothing is served yet")
        return self._bot

    def serve(self) -> None:
        """Begin to measure, propose and remediate, as `qosbot serve` does."""
        settings = self._settings()
        bot = self._serving.enter_context(open_bot(settings))
        self._serving.enter_context(serving(bot))
        self._bot = self._serving.enter_context(open_bot(settings))

    def stop(self) -> None:
        """Let the ticks finish and serve no more; the database has all there is to know."""
        self._bot = None
        self._serving.close()

    def expect_calls(self, path: str, calls: int) -> None:
        """Write into the inventory how many calls a path has in its busy hour; serve it anew."""
        self.stop()
        file = self.inventory / "paths.yaml"
        text = file.read_text(encoding="utf-8")
        pattern = rf"(^{re.escape(path)}:\n(?:[ \t].*\n)*?[ \t]+busy_hour_calls: )\d+"
        edited, count = re.subn(pattern, rf"\g<1>{calls}", text, count=1, flags=re.MULTILINE)
        if not count:
            raise LookupError(f"{file} has no busy_hour_calls of {path}")
        file.write_text(edited, encoding="utf-8")
        self.serve()

    def _settings(self) -> Settings:
        """Return intervals that fit three minutes; production has floors well above them."""
        poll_interval_s = self.pace.poll_interval_s
        return read_settings(inventory=self.inventory, database=self.database).model_copy(
            update={
                "playbooks": self.directory / "playbooks",
                "kill_switch": self.directory / "STOP",
                "poll_interval_s": poll_interval_s,
                # The first poll walks every table, which takes a busy machine some seconds.
                "poll_deadline_s": 3 * poll_interval_s,
                "remediate_interval_s": 1.0,
                "retry_s": 2.0,
                "reconsider_s": 5.0,
                # Calls of the lab last 10 s, and a probe run 2 s.
                "codec_settle_s": 15.0,
                "witness_interval_s": poll_interval_s / 2,
                **self.office.settings(),
            }
        )


@contextmanager
def staged(*, seed: int, is_interactive: bool, pace: Pace = MODEL) -> Iterator[Stage]:
    """Yield a stage with a running lab and workspace; all is ended and removed afterwards.

    Raises:
        StageError: if there is nothing to play in.
    """
    with tempfile.TemporaryDirectory(prefix="qosbot-demo-") as name, _errors() as errors:
        directory = Path(name)
        init(directory)
        low = Mode.PROPOSE if is_interactive else Mode.AUTO
        lab, slack = directory / ".qosbot" / "lab", directory / ".qosbot" / "slack"
        seeded = ("--seed", str(seed))
        with (
            _running("lab", "--dir", str(lab), *seeded, *pace.lab_options),
            _running("slack-sim", "--dir", str(slack), *seeded) as workspace,
        ):
            office = Office(workspace)
            people = f"cli:{PERSON}, {office.decider}"
            policy = _POLICY.format(low=low, people=people)
            (directory / "inventory" / "policy.yaml").write_text(policy, encoding="utf-8")
            stage = Stage(
                directory=directory,
                is_interactive=is_interactive,
                network=Network(lab / "lab.json"),
                terminal=Terminal(lab),
                office=office,
                errors=errors,
                pace=pace,
            )
            try:
                yield stage
            finally:
                stage.stop()


@contextmanager
def _errors() -> Iterator[Errors]:
    """Keep the bot's errors, and everybody's records off the screen."""
    errors, silent = Errors(), logging.NullHandler()
    ours, root = logging.getLogger("qosbot"), logging.getLogger()
    ours.addHandler(errors)
    root.addHandler(silent)
    try:
        yield errors
    finally:
        ours.removeHandler(errors)
        root.removeHandler(silent)


@contextmanager
def _running(verb: str, *options: str) -> Iterator[Mapping[str, object]]:
    """Run one of our verbs as a process of its own, yield what it publishes, and end it."""
    command = [sys.executable, "-m", "qosbot", verb, *options]
    # In a session of its own a Ctrl-C reaches the demo alone, which ends the others last; and
    # should the demo be killed, they see the end of their input.
    process = subprocess.Popen(  # noqa: S603  our own program
        [*command, "--until-eof"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        ready = process.stdout.readline() if process.stdout else ""
        if not ready:
            raise StageError(f"`qosbot {verb}` did not start")
        yield json.loads(ready)
    finally:
        process.terminate()
        try:
            process.wait(timeout=_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in filter(None, (process.stdin, process.stdout)):
            pipe.close()
