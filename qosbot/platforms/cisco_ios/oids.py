"""What is read from a router with IOS or IOS-XE, and how its answers become a sample."""

from dataclasses import dataclass

from qosbot.domain.samples import AgentClock, DeviceSample
from qosbot.platforms.probes import cbqos, if_mib, rttmon
from qosbot.platforms.probes.varbinds import (
    ENGINE_BOOTS,
    ENGINE_ID,
    ENGINE_TIME,
    SYS_UPTIME,
    number,
)
from qosbot.ports.polling import Answers, Oid, Walked

RUNNING_LAST_CHANGED: Oid = (1, 3, 6, 1, 4, 1, 9, 9, 43, 1, 1, 1, 0)
"""ccmHistoryRunningLastChanged: an edit renumbers policies and restarts their counters."""

_TICKS_PER_S = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CiscoIosPlan:
    """The reading plan; it has no state."""

    scalars: tuple[Oid, ...] = (
        SYS_UPTIME,
        ENGINE_ID,
        ENGINE_BOOTS,
        ENGINE_TIME,
        if_mib.TABLE_LAST_CHANGE,
        RUNNING_LAST_CHANGED,
    )
    stamps: tuple[Oid, ...] = (if_mib.TABLE_LAST_CHANGE, RUNNING_LAST_CHANGED)
    tables: tuple[Oid, ...] = (*if_mib.TABLES, *rttmon.TABLES, *cbqos.TABLES)

    def rows(self, discovered: Walked) -> tuple[tuple[Oid, ...], ...]:
        """Return interfaces, probes and classes, each read as a whole."""
        return (*if_mib.rows(discovered), *rttmon.rows(discovered), *cbqos.rows(discovered))

    def read(self, answers: Answers) -> DeviceSample:
        """Return the sample."""
        interfaces, odd_interfaces = if_mib.read(answers)
        probes, odd_probes = rttmon.read(answers)
        classes, odd_classes = cbqos.read(answers)
        return DeviceSample(
            device=answers.device,
            taken_at=answers.taken_at,
            clock=_clock(answers),
            interfaces=interfaces,
            classes=classes,
            probes=probes,
            gaps=(*answers.gaps, *odd_interfaces, *odd_probes, *odd_classes),
        )


def _clock(answers: Answers) -> AgentClock:
    engine_id = answers.scalars.get(ENGINE_ID)
    return AgentClock(
        uptime_s=(number(answers.scalars.get(SYS_UPTIME)) or 0) / _TICKS_PER_S,
        engine_boots=number(answers.scalars.get(ENGINE_BOOTS)),
        engine_time_s=number(answers.scalars.get(ENGINE_TIME)),
        engine_id=engine_id.hex() if isinstance(engine_id, bytes) else None,
    )
