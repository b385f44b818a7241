"""The traffic's programs as whoever starts them sees them: orders in, lines out."""

import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

Line = dict[str, object]
MODULE = (sys.executable, "-m", "qosbot.lab.kernel.traffic")
_WITHIN_S = 60.0


class Running:
    """A program that runs, and what it has printed."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self._rest = b""
        self._lines: list[Line] = []
        self.ports = self._ports()

    def _ports(self) -> list[int]:
        ports = self.hear("ready")["ports"]
        assert isinstance(ports, list)
        return ports

    def tell(self, do: str, **order: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"do": do} | order).encode() + b"\n")
        self.process.stdin.flush()

    def hear(self, event: str, **facts: object) -> Line:
        """Return the next line about an event of which these facts hold; a refusal ends it."""
        while True:
            for number, line in enumerate(self._lines):
                if line["event"] == event and facts.items() <= line.items():
                    return self._lines.pop(number)
            assert self._read(), f"ended without {event}"
            refused = [line for line in self._lines if line["event"] == "refused" != event]
            assert not refused, refused

    def ask(self, do: str, event: str) -> Line:
        self.tell(do)
        return self.hear(event)

    def _read(self) -> bool:
        out = self.process.stdout
        assert out is not None
        assert select.select([out], [], [], _WITHIN_S)[0], "says nothing"
        octets = os.read(out.fileno(), 65536)
        *lines, self._rest = (self._rest + octets).split(b"\n")
        self._lines += [json.loads(line) for line in lines]
        return bool(octets)

    def end(self) -> int:
        """Close its input and return the code that it ends with."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        while self._read():
            pass
        return self.process.wait(_WITHIN_S)


@contextmanager
def running(program: str, *arguments: str, within: Sequence[str] = ()) -> Iterator[Running]:
    """Run a program until the block ends."""
    command = [*within, *MODULE, program, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


def figures(receiver: Running, group: int) -> Line:
    """Return what a receiver has counted of a group all in all, zeros before there is any."""
    groups = receiver.ask("show", "shown")["groups"]
    assert isinstance(groups, list)
    found = [known for known in groups if known["group"] == group]
    return found[0] if found else {"received": 0, "lost": 0}
