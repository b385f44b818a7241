"""Interfaces: IF-MIB (RFC 2863) and the frame check errors of EtherLike-MIB (RFC 3635).

Which counters an interface has is found per column and index: some agents serve ifXTable in part.
"""

from collections import Counter
from collections.abc import Mapping

from qosbot.domain.samples import InterfaceSample
from qosbot.platforms.probes.varbinds import column, counter, number, text, uptime_s
from qosbot.ports.polling import Answers, Oid, Value, Walked

_IF: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
_IFX: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
_FCS: Oid = (1, 3, 6, 1, 2, 1, 10, 7, 2, 1, 3)

TABLE_LAST_CHANGE: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 5, 0)

DESCR, SPEED = (*_IF, 2), (*_IF, 5)
NAME, HC_IN_OCTETS, HIGH_SPEED, ALIAS = (*_IFX, 1), (*_IFX, 6), (*_IFX, 15), (*_IFX, 18)
TABLES: tuple[Oid, ...] = (DESCR, SPEED, NAME, HC_IN_OCTETS, HIGH_SPEED, ALIAS)
"""ifHCInOctets is walked to learn which rows have 64-bit counters."""

_STATUS, _DISCONTINUITY = (*_IF, 8), (*_IFX, 19)
_IN_DISCARDS, _OUT_DISCARDS, _IN_ERRORS, _OUT_ERRORS = (
    (*_IF, 13),
    (*_IF, 19),
    (*_IF, 14),
    (*_IF, 20),
)
_SMALL: tuple[Oid, ...] = (
    _STATUS,
    _DISCONTINUITY,
    _IN_DISCARDS,
    _OUT_DISCARDS,
    _IN_ERRORS,
    _OUT_ERRORS,
    _FCS,
)
_WIDE_IN_PACKETS, _WIDE_OUT_PACKETS = (
    tuple((*_IFX, n) for n in (7, 8, 9)),
    tuple((*_IFX, n) for n in (11, 12, 13)),
)
_WIDE_OCTETS: tuple[Oid, Oid] = ((*_IFX, 6), (*_IFX, 10))
_NARROW_IN_PACKETS, _NARROW_OUT_PACKETS = (
    tuple((*_IF, n) for n in (11, 12)),
    tuple((*_IF, n) for n in (17, 18)),
)
_NARROW_OCTETS: tuple[Oid, Oid] = ((*_IF, 10), (*_IF, 16))

_PINNED_BPS = 2**32 - 1
"""ifSpeed says this for everything faster."""
_UP = 1
_SHOWN = 80


def names(discovered: Walked) -> tuple[dict[Oid, str], tuple[str, ...]]:
    """Return the interfaces' names by index, and which names were refused, in words.

    The name is ifDescr, which is the name in the configuration, or else ifName.  Two interfaces
    of one name are both left out: nobody could say which of them a link means.
    """
    descriptions, short_names = column(discovered, DESCR), column(discovered, NAME)
    found = {
        index: text(descriptions.get(index)) or text(short_names.get(index))
        for index in dict.fromkeys([*descriptions, *short_names])
    }
    uses = Counter(found.values())
    refused = tuple(
        f"{count} interfaces are called {name[:_SHOWN]!r}; none of them is used"
        for name, count in sorted(uses.items())
        if name and count > 1
    )
    return {index: name for index, name in found.items() if name and uses[name] == 1}, refused


def rows(discovered: Walked) -> tuple[tuple[Oid, ...], ...]:
    """Return the counters of every interface with a name of its own."""
    known, _ = names(discovered)
    wide = column(discovered, HC_IN_OCTETS)
    return tuple(_row(index, is_wide=index in wide) for index in known)


def _row(index: Oid, *, is_wide: bool) -> tuple[Oid, ...]:
    octets, packets = _traffic(is_wide=is_wide)
    columns = (*octets, *packets[0], *packets[1], *_SMALL)
    return tuple((*oid, *index) for oid in columns)


def _traffic(*, is_wide: bool) -> tuple[tuple[Oid, Oid], tuple[tuple[Oid, ...], tuple[Oid, ...]]]:
    if is_wide:
        return _WIDE_OCTETS, (_WIDE_IN_PACKETS, _WIDE_OUT_PACKETS)
    return _NARROW_OCTETS, (_NARROW_IN_PACKETS, _NARROW_OUT_PACKETS)


def read(answers: Answers) -> tuple[tuple[InterfaceSample, ...], tuple[str, ...]]:
    """Return the interfaces that answered, and what could not be read, in words."""
    known, gaps = names(answers.discovered)
    wide = column(answers.discovered, HC_IN_OCTETS)
    samples = []
    for index, name in known.items():
        is_wide = index in wide
        at_s = uptime_s(answers, *_traffic(is_wide=is_wide)[0][0], *index)
        if at_s is not None:
            samples.append(_sample(answers, index, name, is_wide=is_wide, at_s=at_s))
    return tuple(samples), gaps


def _sample(
    answers: Answers, index: Oid, name: str, *, is_wide: bool, at_s: float
) -> InterfaceSample:
    octets, packets = _traffic(is_wide=is_wide)
    bits = 64 if is_wide else 32
    discovered = answers.discovered
    return InterfaceSample(
        interface=name,
        uptime_s=at_s,
        index=index[0],
        alias=text(column(discovered, ALIAS).get(index)),
        speed_bps=_speed_bps(column(discovered, SPEED), column(discovered, HIGH_SPEED), index),
        is_up=counter(answers, *_STATUS, *index) == _UP,
        discontinuity_ticks=counter(answers, *_DISCONTINUITY, *index),
        in_octets=counter(answers, *octets[0], *index),
        out_octets=counter(answers, *octets[1], *index),
        in_packets=_sum(answers, packets[0], index, bits),
        out_packets=_sum(answers, packets[1], index, bits),
        in_discards=counter(answers, *_IN_DISCARDS, *index),
        out_discards=counter(answers, *_OUT_DISCARDS, *index),
        in_errors=counter(answers, *_IN_ERRORS, *index),
        out_errors=counter(answers, *_OUT_ERRORS, *index),
        fcs_errors=counter(answers, *_FCS, *index),
        octets_bits=bits,
    )


def _sum(answers: Answers, columns: tuple[Oid, ...], index: Oid, bits: int) -> int | None:
    """Return unicast and other packets together; the sum wraps where its parts do.

    An agent may lack the counters of multicast and broadcast, not those of unicast.
    """
    unicast, *others = (counter(answers, *oid, *index) for oid in columns)
    if unicast is None:
        return None
    return (unicast + sum(other or 0 for other in others)) % (1 << bits)


def _speed_bps(
    speeds: Mapping[Oid, Value], high_speeds: Mapping[Oid, Value], index: Oid
) -> float | None:
    """Return ifSpeed, which is exact, unless it is pinned or 0; then ifHighSpeed, in Mbit/s."""
    speed, high_speed = number(speeds.get(index)), number(high_speeds.get(index))
    if speed and speed < _PINNED_BPS:
        return float(speed)
    return high_speed * 1e6 if high_speed else None
