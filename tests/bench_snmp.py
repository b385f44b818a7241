"""What a poll of one device costs in CPU, with each engine, against an agent in its own process."""

import os
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from qosbot.adapters.snmp.engine import Engine
from qosbot.adapters.snmp.gufo_engine import GufoEngine
from qosbot.adapters.snmp.poller import SnmpPoller
from qosbot.adapters.snmp.pysnmp_engine import PysnmpEngine
from qosbot.domain.inventory import SnmpAccess
from qosbot.platforms import PLATFORMS
from tests.contracts.agents import V2C, V3, device, net_snmp

ENGINES: Mapping[str, Callable[[], Engine]] = {"gufo": GufoEngine, "pysnmp": PysnmpEngine}
ACCESSES: Mapping[str, SnmpAccess] = {"v2c": V2C, "v3": V3}


class _StandingClock:
    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC)


def bench_snmp() -> dict[str, float]:
    """Return CPU seconds of this process for a poll of a device.

    By engine, SNMP version and whether the agent has the stamps that spare a walk of its tables.
    """
    found = {}
    for walked_always in (False, True):
        with (
            tempfile.TemporaryDirectory() as directory,
            net_snmp(Path(directory), walked_always=walked_always) as port,
        ):
            for name, engine in ENGINES.items():
                for version, access in ACCESSES.items():
                    what = "walk" if walked_always else "steady"
                    found[f"{name}_{version}_{what}_cpu_s_per_device_poll"] = _cpu_s(
                        engine(), port, access
                    )
    return found


def _cpu_s(engine: Engine, port: int, access: SnmpAccess) -> float:
    is_fast = isinstance(engine, GufoEngine)
    count, polls = (10, 20) if is_fast else (2, 3)
    poller = SnmpPoller(engine, PLATFORMS, _StandingClock())
    devices = [device(port, name=f"r{n}", snmp=access) for n in range(count)]
    try:
        poller.poll(devices, deadline_s=60.0)
        before = os.times()
        for _ in range(polls):
            poll = poller.poll(devices, deadline_s=60.0)
            if poll.silent:
                raise RuntimeError(f"devices fell silent: {poll.silent}")
        after = os.times()
    finally:
        poller.close()
    used_s = after.user + after.system - before.user - before.system
    return round(used_s / polls / count, 6)
