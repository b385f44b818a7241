"""The system group, the engine, IF-MIB, EtherLike-MIB and the configuration's time stamps."""

from collections.abc import Callable

from qosbot.lab.mib import (
    Layout,
    Oid,
    Reading,
    Row,
    Rows,
    Value,
    counter32,
    counter64,
    fixed,
    gauge,
    integer,
    octets,
    oid,
    ticks,
    truth,
)
from qosbot.lab.observed import InterfaceCounters
from qosbot.lab.topology import LOOPBACK, Layer2, Node

SYSTEM: Oid = (1, 3, 6, 1, 2, 1, 1)
ENGINE: Oid = (1, 3, 6, 1, 6, 3, 10, 2, 1)
IF_NUMBER: Oid = (1, 3, 6, 1, 2, 1, 2, 1, 0)
IF_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 2, 2, 1)
IFX_ENTRY: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1)
IF_TABLE_LAST_CHANGE: Oid = (1, 3, 6, 1, 2, 1, 31, 1, 5, 0)
DOT3_STATS: Oid = (1, 3, 6, 1, 2, 1, 10, 7, 2, 1)
CONFIG_MAN: Oid = (1, 3, 6, 1, 4, 1, 9, 9, 43, 1, 1)

BOOTS_BEFORE = 12
"""How often the agents had started before the lab did."""

SOFTWARE = (
    "Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M), Version 15.7(3)M8,"
    " RELEASE SOFTWARE (fc1)"
)
PLATFORM: Oid = (1, 3, 6, 1, 4, 1, 9, 1, 1045)
_SHORT = {"GigabitEthernet": "Gi", "Serial": "Se", "Loopback": "Lo", "FastEthernet": "Fa"}
_ETHERNET, _PPP_SERIAL, _LOOPBACK = 6, 22, 24
_BOOT_S = 4.0
"""How long after a boot the interface table is complete."""


def engine_id(device: Node) -> bytes:
    """Return the device's engine id: Cisco's number, then its own text."""
    return bytes.fromhex("8000000904") + device.name.encode()


def short_name(interface: str) -> str:
    """Return an interface's ifName: `Gi0/1` for `GigabitEthernet0/1`."""
    for long, short in _SHORT.items():
        if interface.startswith(long):
            return short + interface[len(long) :]
    return interface


def indexes(layout: Layout) -> dict[str, int]:
    """Return the ifIndex of each interface; physical ones change places with each boot.

    IOS keeps them over a reload only with `snmp-server ifindex persist`.
    """
    if layout.numbers is not None:
        return dict(layout.numbers)
    ports = [port.name for port in layout.node.ports]
    turn = 0 if layout.config.keeps_indexes else (layout.boots - 1) % len(ports)
    order = ports[turn:] + ports[:turn]
    order += [known.name for known in layout.config.interfaces if known.name not in ports]
    if LOOPBACK not in order:
        order.append(LOOPBACK)
    return {name: number for number, name in enumerate(order, start=1)}


def rows(layout: Layout) -> Rows:
    """Return the rows that every device has."""
    found: Rows = {}
    found |= _system(layout)
    numbers = indexes(layout)
    found[IF_NUMBER] = fixed(integer(len(numbers)))
    changed_s = _BOOT_S + layout.boots / 100
    found[IF_TABLE_LAST_CHANGE] = fixed(ticks(changed_s))
    for name, number in numbers.items():
        found |= _interface(layout, name, number)
    found[*CONFIG_MAN, 1, 0] = lambda reading: _stamp(reading, saved=False)
    found[*CONFIG_MAN, 2, 0] = lambda reading: _stamp(reading, saved=True)
    return found


def _stamp(reading: Reading, *, saved: bool) -> Value:
    stamps = reading.stamps
    if stamps is None:
        return ticks(0)
    at = stamps.running_last_saved if saved else stamps.running_last_changed
    return ticks(reading.since_boot(at))


def _system(layout: Layout) -> Rows:
    engine = engine_id(layout.node)
    return {
        (*SYSTEM, 1, 0): fixed(octets(SOFTWARE)),
        (*SYSTEM, 2, 0): fixed(oid(PLATFORM)),
        (*SYSTEM, 3, 0): lambda reading: ticks(reading.uptime_s()),
        (*SYSTEM, 4, 0): fixed(octets("")),
        (*SYSTEM, 5, 0): fixed(octets(layout.config.hostname or layout.device)),
        (*SYSTEM, 6, 0): fixed(octets(layout.node.site)),
        (*SYSTEM, 7, 0): fixed(integer(78)),
        (*ENGINE, 1, 0): fixed(octets(engine)),
        (*ENGINE, 2, 0): fixed(integer(BOOTS_BEFORE + layout.boots)),
        (*ENGINE, 3, 0): lambda reading: integer(int(reading.uptime_s())),
        (*ENGINE, 4, 0): fixed(integer(1500)),
    }


def _counted(
    name: str, read: Callable[[InterfaceCounters], int], encode: Callable[[int], Value]
) -> Row:
    return lambda reading: encode(read(reading.interface(name)))


def _interface(layout: Layout, name: str, number: int) -> Rows:
    known = layout.config.interface(name)
    ports = {port.name: port for port in layout.node.ports}
    port = ports.get(name)
    speed_bps = known.bandwidth_bps or (port.rate_out_bps if port else 8e9)
    status = 2 if known.is_shut else 1
    kind = _LOOPBACK
    if port is not None:
        kind = _ETHERNET if port.layer2 is Layer2.ETHERNET else _PPP_SERIAL
    count = _Counts(name)
    table = {
        1: fixed(integer(number)),
        2: fixed(octets(name)),
        3: fixed(integer(kind)),
        4: fixed(integer(1500 if port else 1514)),
        5: fixed(gauge(speed_bps)),
        7: fixed(integer(status)),
        8: fixed(integer(status)),
        9: fixed(ticks(_BOOT_S)),
        10: count("in_octets"),
        11: count("in_packets"),
        13: count("in_discards"),
        14: count("in_errors"),
        15: fixed(counter32(0)),
        16: count("out_octets"),
        17: count("out_packets"),
        19: count("out_discards"),
        20: count("out_errors"),
    }
    extended = {
        1: fixed(octets(short_name(name))),
        6: count("in_octets", counter64),
        7: count("in_packets", counter64),
        8: fixed(counter64(0)),
        9: fixed(counter64(0)),
        10: count("out_octets", counter64),
        11: count("out_packets", counter64),
        12: fixed(counter64(0)),
        13: fixed(counter64(0)),
        15: fixed(gauge(speed_bps / 1e6)),
        17: fixed(truth(holds=port is not None)),
        18: fixed(octets(known.description)),
        19: fixed(ticks(0)),
    }
    found: Rows = {(*IF_ENTRY, column, number): row for column, row in table.items()}
    found |= {(*IFX_ENTRY, column, number): row for column, row in extended.items()}
    if kind == _ETHERNET:
        found[*DOT3_STATS, 2, number] = fixed(counter32(0))
        found[*DOT3_STATS, 3, number] = count("crc_errors")
        found[*DOT3_STATS, 8, number] = fixed(counter32(0))
        found[*DOT3_STATS, 19, number] = fixed(integer(3))
    return found


class _Counts:
    """Makes rows of one interface's counters."""

    def __init__(self, interface: str) -> None:
        self._interface = interface

    def __call__(self, name: str, encode: Callable[[int], Value] = counter32) -> Row:
        return _counted(self._interface, lambda counters: int(getattr(counters, name)), encode)
