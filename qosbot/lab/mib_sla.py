"""CISCO-RTTMON-MIB for udp-jitter operations: configuration, state and the latest run."""

from collections.abc import Callable
from ipaddress import IPv4Address

from qosbot.lab.mib import (
    Layout,
    Oid,
    Reading,
    Row,
    Rows,
    Value,
    counter32,
    fixed,
    gauge,
    integer,
    octets,
    ticks,
    truth,
)
from qosbot.lab.observed import SlaRun
from qosbot.lab.sla import SlaOperation

RTTMON: Oid = (1, 3, 6, 1, 4, 1, 9, 9, 42)
CTRL_ADMIN: Oid = (*RTTMON, 1, 2, 1, 1)
ECHO_ADMIN: Oid = (*RTTMON, 1, 2, 2, 1)
SCHEDULE_ADMIN: Oid = (*RTTMON, 1, 2, 5, 1)
CTRL_OPER: Oid = (*RTTMON, 1, 2, 9, 1)
LATEST_RTT: Oid = (*RTTMON, 1, 2, 10, 1)
LATEST_JITTER: Oid = (*RTTMON, 1, 5, 2, 1)

JITTER_TYPE, JITTER_PROTOCOL = 9, 27
_FOREVER = 2147483647
_CODECS = {"": 0, "g711ulaw": 1, "g711alaw": 2, "g729a": 3}
_ACTIVE, _PENDING = 6, 4
_SENSE_OK, _SENSE_TIMEOUT, _SENSE_NOT_CONNECTED = 1, 4, 6
_WORD = 2**32
_CHANGES = (
    (6, "positives_sd"),
    (11, "negatives_sd"),
    (16, "positives_ds"),
    (21, "negatives_ds"),
)
"""The first of five columns for each sign and direction."""


def rows(layout: Layout) -> Rows:
    """Return the rows of a device's udp-jitter operations."""
    found: Rows = {}
    for operation in layout.config.operations:
        if not operation.target:
            continue
        for entry, columns in (
            (CTRL_ADMIN, _control(operation)),
            (ECHO_ADMIN, _echo(operation)),
            (SCHEDULE_ADMIN, _schedule(operation)),
            (CTRL_OPER, _state(operation)),
            (LATEST_RTT, _latest(operation)),
            (LATEST_JITTER, _jitter(operation)),
        ):
            for column, row in columns.items():
                found[*entry, column, operation.number] = row
    return found


def _control(operation: SlaOperation) -> dict[int, Row]:
    return {
        2: fixed(octets(operation.owner)),
        3: fixed(octets(operation.tag[:16])),
        4: fixed(integer(JITTER_TYPE)),
        5: fixed(integer(round(operation.threshold_s * 1000))),
        6: fixed(integer(round(operation.frequency_s))),
        7: fixed(integer(round(operation.timeout_s * 1000))),
        9: fixed(integer(1)),
        12: fixed(octets(operation.tag)),
    }


def _address(text: str) -> Value:
    return octets(IPv4Address(text).packed if text else b"")


def _echo(operation: SlaOperation) -> dict[int, Row]:
    has_codec = bool(operation.codec)
    interval_ms = round(operation.interval_s * 1000)
    return {
        1: fixed(integer(JITTER_PROTOCOL)),
        2: fixed(_address(operation.target)),
        3: fixed(integer(operation.payload_bytes if not has_codec else 32)),
        5: fixed(integer(operation.port)),
        6: fixed(_address(operation.source)),
        7: fixed(integer(0)),
        8: fixed(truth(holds=True)),
        9: fixed(integer(operation.tos)),
        # With a codec these two are not the effective values; 28 to 30 are.
        17: fixed(integer(20 if has_codec else interval_ms)),
        18: fixed(integer(10 if has_codec else operation.packets)),
        26: fixed(octets("")),
        27: fixed(integer(_CODECS.get(operation.codec, 0))),
        28: fixed(integer(interval_ms if has_codec else 0)),
        29: fixed(integer(operation.payload_bytes if has_codec else 0)),
        30: fixed(integer(operation.packets if has_codec else 0)),
        31: fixed(integer(0)),
        37: fixed(integer(2 if operation.is_microseconds else 1)),
    }


def _schedule(operation: SlaOperation) -> dict[int, Row]:
    return {
        1: fixed(integer(_FOREVER)),
        2: fixed(ticks(1 if operation.is_scheduled else 0)),
    }


Seen = Callable[[SlaRun], Value]


def _of_run(operation: SlaOperation, read: Seen, before: Value) -> Row:
    """Return a row of the latest run; `before` until there is one."""

    def row(reading: Reading) -> Value:
        run = reading.run(operation.number)
        return before if run is None else read(run)

    return row


def _state(operation: SlaOperation) -> dict[int, Row]:
    def when(*senses: int) -> Row:
        return _of_run(operation, lambda run: truth(holds=run.sense in senses), truth(holds=False))

    return {
        5: when(_SENSE_NOT_CONNECTED),
        6: when(_SENSE_TIMEOUT),
        7: when(),
        8: _of_run(operation, lambda run: integer(run.runs), integer(0)),
        10: fixed(integer(_ACTIVE if operation.is_scheduled else _PENDING)),
    }


def _latest(operation: SlaOperation) -> dict[int, Row]:
    unit_us = 1 if operation.is_microseconds else 1000

    def finished(reading: Reading) -> Value:
        run = reading.run(operation.number)
        return ticks(0 if run is None else reading.since_boot(run.finished_at))

    return {
        1: _of_run(operation, lambda run: gauge(_mean(run) // unit_us), gauge(0)),
        2: _of_run(operation, lambda run: integer(run.sense), integer(0)),
        3: fixed(integer(0)),
        4: fixed(octets("")),
        5: finished,
        6: fixed(_address(operation.target)),
    }


def _mean(run: SlaRun) -> int:
    return run.rtt_sum_us // run.received if run.received else 0


def _jitter(operation: SlaOperation) -> dict[int, Row]:
    unit = 1 if operation.is_microseconds else 1000
    gauges: dict[int, Callable[[SlaRun], int]] = {
        1: lambda run: run.received,
        2: lambda run: run.rtt_sum_us // unit % _WORD,
        3: lambda run: run.rtt_sum2_us // unit**2 % _WORD,
        4: lambda run: run.rtt_min_us // unit,
        5: lambda run: run.rtt_max_us // unit,
        26: lambda run: run.loss_sd,
        27: lambda run: run.loss_ds,
        28: lambda run: run.out_of_sequence,
        29: lambda run: run.missing,
        30: lambda run: run.late,
        33: lambda run: run.one_way_sum_sd_us // unit % _WORD,
        35: lambda run: run.one_way_min_sd_us // unit,
        36: lambda run: run.one_way_max_sd_us // unit,
        37: lambda run: run.one_way_sum_ds_us // unit % _WORD,
        39: lambda run: run.one_way_min_ds_us // unit,
        40: lambda run: run.one_way_max_ds_us // unit,
        41: lambda run: run.one_way_count,
        42: lambda run: run.mos_hundredths,
        43: lambda run: run.icpif,
        46: lambda run: _average(unit, *_both(run, "sd"), *_both(run, "ds")),
        47: lambda run: _average(unit, *_both(run, "sd")),
        48: lambda run: _average(unit, *_both(run, "ds")),
        49: lambda run: run.one_way_sum_sd_us // unit // max(run.one_way_count, 1),
        50: lambda run: run.one_way_sum_ds_us // unit // max(run.one_way_count, 1),
        53: lambda run: run.rtt_sum_us // unit // _WORD,
        54: lambda run: run.rtt_sum2_us // unit**2 // _WORD,
        55: lambda run: run.one_way_sum_sd_us // unit // _WORD,
        57: lambda run: run.one_way_sum_ds_us // unit // _WORD,
        59: lambda _: 0,
    }
    for first, way in _CHANGES:
        gauges |= _changes(first, way, unit)
    rows: dict[int, Row] = {
        column: _of_run(operation, _as_gauge(read), gauge(0)) for column, read in gauges.items()
    }
    rows[31] = _of_run(operation, lambda run: integer(run.sense), integer(0))
    rows[32] = fixed(octets(""))
    rows[51] = _of_run(operation, lambda run: integer(1 if run.clocks_in_sync else 2), integer(2))
    rows[52] = fixed(counter32(0))
    return rows


def _as_gauge(read: Callable[[SlaRun], int]) -> Seen:
    return lambda run: gauge(read(run))


def _changes(first: int, way: str, unit: int) -> dict[int, Callable[[SlaRun], int]]:
    """Return the columns Min, Max, Num and Sum of one sign and direction, in that order."""

    def of(run: SlaRun) -> tuple[int, int, int, int]:
        count, total, least, most = getattr(run, way)
        return int(count), int(total), int(least), int(most)

    return {
        first: lambda run: of(run)[2] // unit,
        first + 1: lambda run: of(run)[3] // unit,
        first + 2: lambda run: of(run)[0],
        first + 3: lambda run: of(run)[1] // unit,
    }


def _both(run: SlaRun, way: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return getattr(run, f"positives_{way}"), getattr(run, f"negatives_{way}")


def _average(unit: int, *changes: tuple[int, ...]) -> int:
    """Return the mean size of the delays' changes, as IOS counts: unchanged ones not at all."""
    count = sum(change[0] for change in changes)
    return sum(change[1] for change in changes) // unit // count if count else 0
