"""The lab on the kernel leaves the machine alone, and nothing of it stays."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.lab.running import RunningLab, running_lab
from tests.needs import needs, program
from tests.until import until

pytestmark = pytest.mark.slow

NAME = "1.3.6.1.2.1.2.2.1.8.3"
"""ifOperStatus of a router's second port."""


def said(*command: str) -> str:
    """Return what a program prints about the machine's own network."""
    path = program(command[0])
    return subprocess.run([path, *command[1:]], capture_output=True, text=True, check=True).stdout


def settings() -> dict[str, str]:
    """Return every setting of the machine's network, but for what counts traffic."""
    found = {}
    for path in Path("/proc/sys/net").rglob("*"):
        with suppress(OSError, UnicodeDecodeError):
            if path.is_file() and not path.name.endswith("_count"):
                found[str(path)] = path.read_text()
    return found


def outside() -> dict[str, object]:
    """Return all that a lab could have touched in the machine's own namespace."""
    return {
        "links": [
            {key: link[key] for key in ("ifname", "flags", "mtu", "qdisc", "operstate")}
            for link in json.loads(said("ip", "-j", "link"))
        ],
        "addresses": said("ip", "-o", "addr"),
        "rules": said("ip", "-j", "rule"),
        "routes": said("ip", "-j", "route", "show", "table", "all"),
        "neighbours permanent": said("ip", "-j", "neigh", "show", "nud", "permanent"),
        "queues": said("tc", "-j", "qdisc", "show"),
        "filters": said("nft", "-j", "list", "ruleset"),
        "named namespaces": said("ip", "netns", "list"),
        "settings": settings(),
    }


def held(pid: int) -> set[str]:
    """Return the network namespaces that a process holds by descriptor."""
    found = set()
    for path in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            link = str(path.readlink())
            if link.startswith("net:"):
                found.add(link)
    return found


def inhabitants(namespaces: set[str]) -> set[int]:
    """Return the processes that live in one of some namespaces."""
    found = set()
    for path in Path("/proc").iterdir():
        with suppress(OSError):
            if path.name.isdigit() and str((path / "ns" / "net").readlink()) in namespaces:
                found.add(int(path.name))
    return found


@contextmanager
def killed_lab(directory: Path) -> Iterator[tuple[RunningLab, "subprocess.Popen[str]"]]:
    """Run a lab that the test kills itself."""
    command = [sys.executable, "-m", "qosbot.lab", "--kernel", "--dir", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield RunningLab(directory, json.loads(process.stdout.readline())), process
        finally:
            process.kill()
            process.wait()


def test_nothing_outside_the_lab_s_own_namespaces_changes(tmp_path: Path) -> None:
    needs("kernel")
    before = outside()
    with running_lab(tmp_path / "lab", "--kernel") as lab:
        assert lab.snmp("lyo-ce1", [NAME]) == [1]
        during = outside()
    after = outside()
    for what, was in before.items():
        assert during[what] == was, what
        assert after[what] == was, what


def test_a_killed_lab_leaves_nothing_and_its_neighbour_alone(tmp_path: Path) -> None:
    needs("kernel")
    with (
        running_lab(tmp_path / "neighbour", "--kernel") as neighbour,
        killed_lab(tmp_path / "killed") as (lab, process),
    ):
        namespaces = held(process.pid) - {str(Path("/proc/self/ns/net").readlink())}
        assert len(namespaces) > 10
        until(lambda: len(inhabitants(namespaces)) > 10, what="programs in its namespaces")
        assert lab.snmp("lyo-ce1", [NAME]) == [1]
        os.kill(process.pid, signal.SIGKILL)
        until(lambda: not inhabitants(namespaces), what="no program in a killed lab's namespaces")
        assert neighbour.snmp("lyo-ce1", [NAME]) == [1]


def test_a_lab_that_ends_takes_its_programs_with_it(tmp_path: Path) -> None:
    needs("kernel")
    with running_lab(tmp_path / "lab", "--kernel") as lab:
        pid = lab.known["pid"]
        namespaces = held(pid) - {str(Path("/proc/self/ns/net").readlink())}
    assert not inhabitants(namespaces)
    assert not (tmp_path / "lab").exists()


def test_without_root_it_ends_with_one_line_that_says_what_it_needs(tmp_path: Path) -> None:
    needs("kernel")
    tmp_path.chmod(0o777)
    command = [program("unshare"), "--user", sys.executable, "-m", "qosbot.lab", "--kernel"]
    ended = subprocess.run(
        [*command, "--dir", str(tmp_path / "lab")], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "needs root, network namespaces" in ended.stderr
