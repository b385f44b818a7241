"""What a night costs: reading many routers over SSH, and judging what was read."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from qosbot.adapters.sql import SqlAudits, opened
from qosbot.adapters.ssh.collector import SshCollector
from qosbot.adapters.ssh.sessions import SshSessions
from qosbot.domain.audit.catalogue import RULES
from qosbot.domain.audit.findings import DeviceAudit
from qosbot.domain.audit.frame import judge
from qosbot.domain.inventory import Device
from qosbot.platforms import AUDITED
from qosbot.render.audit.pages import html
from qosbot.render.audit.report import report
from qosbot.workflows.audit import Auditor, audit
from tests.adapters.ssh_bench import device_at
from tests.bench_configs import branch_config, dense_config
from tests.workflows.fakes import FakeStore

DEVICES = 200
CONFIGS, LINES, ROUNDS = 20, 1000, 5
"""So many are of different sites: as many as `bench_configs` has addresses for."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(tz=UTC)  # noqa: TID251  what is measured is real time


@contextmanager
def routers(count: int, directory: Path) -> Iterator[list[Device]]:
    """Start routers in a process of their own; give the ways to them."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.lab.many_routers", str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            known = json.loads(process.stdout.readline())
            hosts = directory / "known_hosts"
            hosts.write_text(
                "".join(f"[127.0.0.1]:{port} {known['key']}\n" for port in known["ports"])
            )
            yield [device_at(port, hosts, f"r{n}") for n, port in enumerate(known["ports"])]
        finally:
            process.terminate()


def judged(device: Device, config: str) -> DeviceAudit:
    return judge(replace(AUDITED[device.platform](config, device.name), device=device.name), RULES)


def bench_night(count: int = DEVICES) -> dict[str, float]:
    """Return what a night of emulated devices takes, from the first session to the report."""
    with tempfile.TemporaryDirectory() as name, routers(count, Path(name)) as devices:
        with closing(opened(Path(name) / "qosbot.db")) as database:
            clock = SystemClock()
            auditor = Auditor(
                devices=devices,
                paths={},
                poll_interval_s=60.0,
                collector=SshCollector(
                    SshSessions(clock), clock, platforms=AUDITED, device_s=120.0
                ),
                judge=judged,
                audits=SqlAudits(database),
                store=FakeStore(),
                clock=clock,
            )
            began_s, before = time.perf_counter(), os.times()
            found = audit(auditor)
            took_s, after = time.perf_counter() - began_s, os.times()
        if found is None or found.unread:
            raise RuntimeError(f"not all routers were read: {found and found.unread}")
        page = html(report(found))
    cpu_s = after.user + after.system - before.user - before.system
    return {
        "night_devices": count,
        "night_s": round(took_s, 2),
        "night_s_per_device": round(took_s / count, 4),
        "night_cpu_s_per_device": round(cpu_s / count, 4),
        "night_report_kib": round(len(page.encode()) / 1024, 1),
    }


def bench_judging() -> dict[str, float]:
    """Return configurations of 1 000 lines parsed and judged for each second of one core.

    In seconds of processor time; the median of a few rounds, and the best of them, since a
    machine that others use slows processor time down as well.  No configuration is read twice:
    each has its own numbers and addresses, and one of eight contracts.  Classes, policies but for
    their rates, and ports of desks are those of all, as in a network of branches, and what is kept
    of them is found again.
    """
    figures: dict[str, float] = {"million_plain_additions_per_s": _yardstick()}
    for kind, config_of in (("branch", branch_config), ("dense", dense_config)):
        read_s, all_s = [], []
        for first in range(0, 2 * ROUNDS * CONFIGS, 2 * CONFIGS):
            to_read = [config_of(LINES, first + i) for i in range(CONFIGS)]
            to_judge = [config_of(LINES, first + CONFIGS + i) for i in range(CONFIGS)]
            began_s = time.process_time()
            for config in to_read:
                AUDITED["cisco_ios"](config, "router")
            read_s.append(time.process_time() - began_s)
            began_s = time.process_time()
            for config in to_judge:
                judge(AUDITED["cisco_ios"](config, "router"), RULES)
            all_s.append(time.process_time() - began_s)
        name = f"{kind}_configs_of_1000_lines"
        figures |= {
            f"{name}_parsed_per_s": round(CONFIGS / statistics.median(read_s)),
            f"{name}_audited_per_s": round(CONFIGS / statistics.median(all_s)),
            f"{name}_audited_per_s_best_round": round(CONFIGS / min(all_s)),
        }
    return figures


def _yardstick() -> float:
    """Return how fast this machine is with plain Python now, for figures of different hours."""
    took_s = []
    for _ in range(ROUNDS):
        began_s, total = time.process_time(), 0
        for number in range(1_000_000):
            total += number * number
        took_s.append(time.process_time() - began_s)
    return round(1 / statistics.median(took_s), 2)


def bench_audit() -> dict[str, float]:
    """Return all figures of an audit."""
    return {**bench_judging(), **bench_night()}


if __name__ == "__main__":
    print(json.dumps(bench_audit(), indent=2))  # noqa: T201
