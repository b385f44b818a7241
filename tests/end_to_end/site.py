"""A site of its own for each test run: the example inventory, the lab, and the verbs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qosbot.cli.init import init

QOSBOT = [sys.executable, "-m", "qosbot"]


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    def json(self) -> Any:  # noqa: ANN401  a test looks into it as it pleases
        return json.loads(self.out)


@dataclass(frozen=True)
class Site:
    """A directory in which the lab runs and the verbs are called as a user calls them."""

    directory: Path
    faults: list[tuple[str, ...]] = field(default_factory=list)

    def qosbot(self, *arguments: str, **environment: str) -> Answer:
        done = subprocess.run(
            [*QOSBOT, *arguments],
            cwd=self.directory,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def ctl(self, *arguments: str) -> Any:  # noqa: ANN401
        answer = self.qosbot("lab", "ctl", *arguments)
        assert answer.code == 0, answer.err
        return answer.json()

    def fault(self, *arguments: str) -> None:
        self.ctl("fault", *arguments)
        self.faults.append(arguments)

    def mend(self) -> None:
        """End every fault that was set by `fault`."""
        while self.faults:
            self.ctl("fault", *self.faults.pop(), "clear=true")

    def step(self, seconds: float) -> None:
        self.ctl("clock", f"step_s={seconds:g}")

    def paths(self, *, poll: bool = True) -> dict[str, Any]:
        if poll:
            self.qosbot("poll")
        return {path["path"]: path for path in self.qosbot("paths", "--json").json()["paths"]}

    def forget(self) -> None:
        """Let the next verb start with an empty database."""
        for path in (self.directory / ".qosbot").glob("qosbot.db*"):
            path.unlink()

    def secrets(self) -> list[str]:
        lab = self.directory / ".qosbot" / "lab"
        names = ("ssh_password", "snmp_community", "snmp_auth_key", "snmp_priv_key")
        return [(lab / name).read_text().strip() for name in names]


@contextmanager
def site(directory: Path) -> Iterator[Site]:
    """Start a lab in `directory` and end it."""
    init(directory)
    with subprocess.Popen(
        [*QOSBOT, "lab", "--until-eof"],
        cwd=directory,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            ready = json.loads(process.stdout.readline())
            assert len(ready["devices"]) >= 6
            yield Site(directory)
        finally:
            process.terminate()
