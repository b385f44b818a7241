"""IP SLA udp-jitter operations: CISCO-RTTMON-MIB, which each system implements another part of.

Rows of other operations are never read as jitter: NX-OS fills them with zeros.  A column that is
missing (IOS XR has neither averages nor MOS) stays missing; sums and counts carry the result.
"""

from typing import NamedTuple

from qosbot.domain.samples import ProbeSample
from qosbot.platforms.probes.varbinds import (
    column,
    counter,
    number,
    text,
    uptime_s,
    wide_counter,
)
from qosbot.ports.polling import Answers, Oid, Walked

_MIB: Oid = (1, 3, 6, 1, 4, 1, 9, 9, 42, 1)
_ADMIN, _ECHO = (*_MIB, 2, 1, 1), (*_MIB, 2, 2, 1)
_OPER, _LATEST, _JITTER = (*_MIB, 2, 9, 1), (*_MIB, 2, 10, 1), (*_MIB, 5, 2, 1)

TAG, TYPE, FREQUENCY, LONG_TAG = (*_ADMIN, 3), (*_ADMIN, 4), (*_ADMIN, 6), (*_ADMIN, 12)
TARGET, TOS, PACKETS = (*_ECHO, 2), (*_ECHO, 9), (*_ECHO, 18)
CODEC, CODEC_PACKETS, PRECISION = (*_ECHO, 27), (*_ECHO, 30), (*_ECHO, 37)
TABLES: tuple[Oid, ...] = (
    TAG,
    TYPE,
    FREQUENCY,
    LONG_TAG,
    TARGET,
    TOS,
    PACKETS,
    CODEC,
    CODEC_PACKETS,
    PRECISION,
)

_UDP_JITTER = 9
_MICROSECONDS = 2
_ROW_STATUS, _STATE, _SENSE, _TIME = (*_ADMIN, 9), (*_OPER, 10), (*_LATEST, 2), (*_LATEST, 5)
_JITTER_SENSE = (*_JITTER, 31)
_ROW_ACTIVE = 1
_STATE_ACTIVE = 6
_IN_SYNC = 1
_CODECS = {1: "g711ulaw", 2: "g711alaw", 3: "g729a"}
_TICKS_PER_S = 100


class _Way(NamedTuple):
    """The columns of one direction in the table of the latest jitter results."""

    loss: int
    positives: tuple[int, int]
    """Number and sum of delay increases."""
    negatives: tuple[int, int]
    one_way_sum: tuple[int, int]
    """High and low word."""
    one_way_min: int


_SD = _Way(26, (8, 9), (13, 14), (55, 33), 35)
_DS = _Way(27, (18, 19), (23, 24), (57, 37), 39)
_REPLIES, _RTT_SUM, _RTT_MIN, _RTT_MAX = 1, (53, 2), 4, 5
_OUT_OF_SEQUENCE, _MISSING, _LATE, _ONE_WAY_COUNT = 28, 29, 30, 41
_MOS, _ICPIF, _NTP_STATE = 42, 43, 51
_WORST_MOS = 1
"""The MIB says 1 for the worst although the scale is hundredths; agents may say 1 or 100."""

_JITTER_COLUMNS: tuple[int, ...] = (
    _REPLIES,
    *_RTT_SUM,
    _RTT_MIN,
    _RTT_MAX,
    *(cell for way in (_SD, _DS) for cell in (way.loss, *way.positives, *way.negatives)),
    *(cell for way in (_SD, _DS) for cell in (*way.one_way_sum, way.one_way_min)),
    _OUT_OF_SEQUENCE,
    _MISSING,
    _LATE,
    _ONE_WAY_COUNT,
    _MOS,
    _ICPIF,
    _NTP_STATE,
)


def operations(discovered: Walked) -> tuple[int, ...]:
    """Return the numbers of the udp-jitter operations."""
    types = column(discovered, TYPE)
    return tuple(
        index[0]
        for index, kind in types.items()
        if kind == _UDP_JITTER and len(index) == 1 and index[0] > 0
    )


def rows(discovered: Walked) -> tuple[tuple[Oid, ...], ...]:
    """Return each operation's latest run with the stamp that tells the run."""
    return tuple(
        (
            (*_TIME, operation),
            (*_SENSE, operation),
            (*_STATE, operation),
            (*_ROW_STATUS, operation),
            (*_JITTER_SENSE, operation),
            *((*_JITTER, wanted, operation) for wanted in _JITTER_COLUMNS),
        )
        for operation in operations(discovered)
    )


def read(answers: Answers) -> tuple[tuple[ProbeSample, ...], tuple[str, ...]]:
    """Return the operations that answered, and what could not be read, in words."""
    samples, gaps = [], []
    for operation in operations(answers.discovered):
        at_s = uptime_s(answers, *_TIME, operation)
        if at_s is None:
            continue
        if at_s != uptime_s(answers, *_JITTER, _NTP_STATE, operation):
            gaps.append(f"operation {operation} was read in pieces, maybe of two runs")
            continue
        samples.append(_sample(answers, operation, at_s))
    return tuple(samples), tuple(gaps)


def _sample(answers: Answers, operation: int, at_s: float) -> ProbeSample:
    discovered = answers.discovered
    index = (operation,)
    unit_s = 1e-6 if column(discovered, PRECISION).get(index) == _MICROSECONDS else 1e-3
    tos = number(column(discovered, TOS).get(index))
    codec = _CODECS.get(number(column(discovered, CODEC).get(index)) or 0)
    sent = column(discovered, CODEC_PACKETS if codec else PACKETS).get(index)
    frequency = number(column(discovered, FREQUENCY).get(index))
    stamp = counter(answers, *_TIME, operation)

    def cell(wanted: int) -> int | None:
        return counter(answers, *_JITTER, wanted, operation)

    def seconds(units: int | None) -> float | None:
        return None if units is None else units * unit_s

    def long_sum(words: tuple[int, int]) -> float | None:
        high, low = ((*_JITTER, word, operation) for word in words)
        return seconds(wide_counter(answers, high, low))

    def changes(way: _Way, part: int) -> int | None:
        up, down = cell(way.positives[part]), cell(way.negatives[part])
        return None if up is None or down is None else up + down

    sense = counter(answers, *_SENSE, operation)
    return ProbeSample(
        operation=operation,
        tag=text(column(discovered, LONG_TAG).get(index))
        or text(column(discovered, TAG).get(index)),
        target=_address(column(discovered, TARGET).get(index)),
        dscp=None if tos is None else tos >> 2,
        codec=codec,
        is_active=_is_active(answers, operation),
        frequency_s=float(frequency) if frequency else None,
        run_uptime_s=stamp / _TICKS_PER_S if stamp else None,
        uptime_s=at_s,
        sense=cell(31) if sense is None else sense,
        resolution_s=unit_s,
        sent=number(sent) or None,
        received=cell(_REPLIES),
        rtt_sum_s=long_sum(_RTT_SUM),
        rtt_min_s=seconds(cell(_RTT_MIN)),
        rtt_max_s=seconds(cell(_RTT_MAX)),
        loss_sd=cell(_SD.loss),
        loss_ds=cell(_DS.loss),
        missing=cell(_MISSING),
        late=cell(_LATE),
        out_of_sequence=cell(_OUT_OF_SEQUENCE),
        jitter_sum_sd_s=seconds(changes(_SD, 1)),
        jitter_count_sd=changes(_SD, 0),
        jitter_sum_ds_s=seconds(changes(_DS, 1)),
        jitter_count_ds=changes(_DS, 0),
        one_way_count=cell(_ONE_WAY_COUNT),
        one_way_sum_sd_s=long_sum(_SD.one_way_sum),
        one_way_sum_ds_s=long_sum(_DS.one_way_sum),
        one_way_min_sd_s=seconds(cell(_SD.one_way_min)),
        one_way_min_ds_s=seconds(cell(_DS.one_way_min)),
        clocks_in_sync=_in_sync(cell(_NTP_STATE)),
        agent_mos=_mos(cell(_MOS)),
        agent_icpif=cell(_ICPIF),
    )


def _is_active(answers: Answers, operation: int) -> bool:
    status, state = (
        counter(answers, *_ROW_STATUS, operation),
        counter(answers, *_STATE, operation),
    )
    return status in {None, _ROW_ACTIVE} and state in {None, _STATE_ACTIVE}


def _in_sync(state: int | None) -> bool | None:
    """Return None where there is no such column; NX-OS answers 0, which the MIB does not have."""
    return None if state is None else state == _IN_SYNC


def _mos(hundredths: int | None) -> float | None:
    """Return the agent's MOS; 0 is "not computed", never a bad score."""
    if not hundredths:
        return None
    return 1.0 if hundredths == _WORST_MOS else hundredths / 100


def _address(raw: object) -> str:
    """Return the target; other address families as hex."""
    if not isinstance(raw, bytes) or not raw:
        return ""
    if len(raw) == 4:  # noqa: PLR2004  octets of an IPv4 address
        return ".".join(str(octet) for octet in raw)
    return raw.hex(":")
