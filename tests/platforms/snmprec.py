"""Recordings of real agents (snmpsim's format), as values and as a poll without a network."""

import bz2
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from qosbot.domain.samples import DeviceSample
from qosbot.ports.polling import Oid, ReadingPlan, Value, Varbinds, Walked
from tests.needs import SHARED, needs

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SYS_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
_TEXT_TAGS = {"4", "68"}


def oid(dotted: str) -> Oid:
    return tuple(int(part) for part in dotted.strip(".").split("."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One line of a recording: the tag tells the ASN.1 type."""

    tag: str
    value: int | bytes | Oid


def cell(tag: str, raw: str) -> Cell:
    """Return the value of one line; a tag that ends in x has a hexadecimal value."""
    kind, is_hex = tag.removesuffix("x"), tag.endswith("x")
    if kind == "6":
        return Cell(tag=kind, value=oid(raw))
    if kind == "64":
        octets = bytes.fromhex(raw) if is_hex else bytes(int(part) for part in raw.split("."))
        return Cell(tag=kind, value=octets)
    if kind in _TEXT_TAGS:
        return Cell(tag=kind, value=bytes.fromhex(raw) if is_hex else raw.encode("latin-1"))
    return Cell(tag=kind, value=int(raw, 16) if is_hex else int(raw))


@cache
def recording(name: str) -> Sequence[tuple[Oid, Cell]]:
    """Return a recording's lines in the order of the file, which is not always that of OIDs."""
    needs("recordings")
    path = SHARED / "recordings" / name
    found = []
    for line in _lines(path):
        parts = line.rstrip("\n").split("|", 2)
        if len(parts) == 3 and parts[1].rstrip("x") != "5":
            found.append((oid(parts[0]), cell(parts[1], parts[2])))
    return found


def _lines(path: Path) -> list[str]:
    raw = bz2.decompress(path.read_bytes()) if path.suffix == ".bz2" else path.read_bytes()
    return raw.decode("latin-1").splitlines()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What a walker would have brought, had it asked the recorded agent."""

    device: str
    scalars: Varbinds
    discovered: Walked
    counters: Mapping[Oid, tuple[Value, float]]
    gaps: tuple[str, ...] = ()
    taken_at: datetime = field(default=NOON)


def answers(plan: ReadingPlan, values: Mapping[Oid, Value], *, device: str = "r1") -> Recorded:
    """Return a poll of the given values, all read at the recorded uptime."""
    uptime = values.get(SYS_UPTIME)
    uptime_s = uptime / 100 if isinstance(uptime, int) else 0.0
    discovered: dict[Oid, dict[Oid, Value]] = {table: {} for table in plan.tables}
    lengths = {len(table) for table in plan.tables}
    for at, value in values.items():
        for length in lengths:
            if at[:length] in discovered:
                discovered[at[:length]][at[length:]] = value
    return Recorded(
        device=device,
        scalars={at: values.get(at) for at in plan.scalars},
        discovered=discovered,
        counters={at: (values.get(at), uptime_s) for row in plan.rows(discovered) for at in row},
    )


def recorded_values(name: str) -> dict[Oid, Value]:
    return {at: one.value for at, one in recording(name)}


def read(plan: ReadingPlan, name: str) -> DeviceSample:
    """Return the sample that a plan makes of a recording."""
    return plan.read(answers(plan, recorded_values(name)))
