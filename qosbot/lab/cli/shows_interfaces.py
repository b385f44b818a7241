"""Show commands of the interfaces."""

import ipaddress
import zlib

from qosbot.lab.cli.grammar import NoSuchNameError
from qosbot.lab.cli.tree import Entry
from qosbot.lab.cli.values import interface, short
from qosbot.lab.cli.view import View
from qosbot.lab.observed import InterfaceCounters

_FULL_LOAD = 255
_HARDWARE = {
    "GigabitEthernet": ("iGbE, address is {mac} (bia {mac})", "ARPA", 10),
    "Loopback": ("Loopback", "LOOPBACK", 5000),
    "Serial": ("GT96K Serial", "HDLC", 20000),
}
"""Hardware, encapsulation and delay in microseconds by kind of interface."""


def interfaces(view: View, words: tuple[str, ...]) -> str:
    """Return `show interfaces [X]`.

    Raises:
        NoSuchNameError: if there is no such interface.
    """
    wanted = interface("".join(words[2:])) if words[2:] else ""
    shown = [section for section in view.interfaces() if wanted in {"", section.slot[1]}]
    if not shown:
        raise NoSuchNameError
    return "\n".join(_one(view, section) for section in shown)


def ip_interface_brief(view: View, _: tuple[str, ...]) -> str:
    """Return `show ip interface brief`."""
    lines = ["Interface                  IP-Address      OK? Method Status                Protocol"]
    for section in view.interfaces():
        state = "administratively down" if _is_down(section) else "up"
        method = "NVRAM " if section.child("ip", "address") is not None else "unset "
        lines.append(
            f"{section.slot[1]:<26} {_address(section)[0]:<15} YES {method} {state:<21} "
            f"{'down' if _is_down(section) else 'up'}    "
        )
    return "\n".join(lines)


def description(view: View, _: tuple[str, ...]) -> str:
    """Return `show interfaces description`."""
    lines = ["Interface                      Status         Protocol Description"]
    for section in view.interfaces():
        said = section.child("description")
        name, down = short(section.slot[1]), _is_down(section)
        lines.append(
            f"{name:<30} {'admin down' if down else 'up':<14} {'down' if down else 'up':<8} "
            f"{said.line[12:] if said is not None else ''}"
        )
    return "\n".join(lines)


def _is_down(section: Entry) -> bool:
    return section.child("shutdown") is not None


def _address(section: Entry) -> tuple[str, str]:
    """Return the address and the same with its prefix length."""
    entry = section.child("ip", "address")
    words = entry.words() if entry is not None else []
    if len(words) < 4:  # noqa: PLR2004  # ip address A M
        return "unassigned", ""
    network = ipaddress.IPv4Interface(f"{words[2]}/{words[3]}")
    return words[2], f"{words[2]}/{network.network.prefixlen}"


def _mac(view: View, name: str) -> str:
    """Return a hardware address that stays the same for a device and interface."""
    digest = f"{zlib.crc32(f'{view.device.name} {name}'.encode()):08x}"
    return f"5254.{digest[:4]}.{digest[4:]}"


def _one(view: View, section: Entry) -> str:
    name, rate_bps = section.slot[1], view.rate_bps(section.slot[1])
    down, said = _is_down(section), section.child("description")
    kind = next((kind for kind in _HARDWARE if name.startswith(kind)), "GigabitEthernet")
    hardware, encapsulation, delay_us = _HARDWARE[kind]
    head = (
        f"{name} is {'administratively down' if down else 'up'}, "
        f"line protocol is {'down' if down else 'up'}\n"
        f"  Hardware is {hardware.format(mac=_mac(view, name))}"
    )
    lines = [head]
    if said is not None:
        lines.append(f"  Description: {said.line[12:]}")
    if address := _address(section)[1]:
        lines.append(f"  Internet address is {address}")
    counters = view.counters(name)
    load = [
        min(_FULL_LOAD, max(1, round(_FULL_LOAD * rate / rate_bps)))
        for rate in (counters.out_rate_bps, counters.in_rate_bps)
    ]
    lines.append(
        f"  MTU 1500 bytes, BW {round(rate_bps / 1000)} Kbit/sec, DLY {delay_us} usec,\n"
        f"     reliability 255/255, txload {load[0]}/255, rxload {load[1]}/255\n"
        f"  Encapsulation {encapsulation}, loopback not set\n"
        "  Keepalive set (10 sec)"
    )
    if encapsulation == "ARPA":
        speed = round(view.device.rates.get(name, rate_bps) / 1e6)
        lines.append(
            f"  Full Duplex, {speed}Mbps, media type is RJ45\n"
            "  output flow-control is unsupported, input flow-control is unsupported\n"
            "  ARP type: ARPA, ARP Timeout 04:00:00"
        )
    return "\n".join([*lines, _traffic(section, counters)])


def _traffic(section: Entry, counters: InterfaceCounters) -> str:
    interval = section.child("load-interval")
    seconds = int(interval.words()[1]) if interval is not None else 300
    span = f"{seconds // 60} minute" if seconds % 60 == 0 else f"{seconds} second"
    policed = section.child("service-policy", "output") is not None
    packets = [round(rate) for rate in (counters.in_rate_pps, counters.out_rate_pps)]
    return (
        "  Last input 00:00:00, output 00:00:00, output hang never\n"
        '  Last clearing of "show interface" counters never\n'
        "  Input queue: 0/75/0/0 (size/max/drops/flushes); "
        f"Total output drops: {counters.out_discards}\n"
        f"  Queueing strategy: {'Class-based queueing' if policed else 'fifo'}\n"
        "  Output queue: 0/40 (size/max)\n"
        f"  {span} input rate {round(counters.in_rate_bps)} bits/sec, {packets[0]} packets/sec\n"
        f"  {span} output rate {round(counters.out_rate_bps)} bits/sec, {packets[1]} packets/sec\n"
        f"     {counters.in_packets} packets input, {counters.in_octets} bytes, 0 no buffer\n"
        "     Received 0 broadcasts (0 IP multicasts)\n"
        "     0 runts, 0 giants, 0 throttles\n"
        f"     {counters.in_errors} input errors, {counters.crc_errors} CRC, 0 frame, 0 overrun, "
        "0 ignored\n"
        "     0 watchdog, 0 multicast, 0 pause input\n"
        f"     {counters.out_packets} packets output, {counters.out_octets} bytes, 0 underruns\n"
        f"     {counters.out_errors} output errors, 0 collisions, 1 interface resets\n"
        "     0 unknown protocol drops\n"
        "     0 babbles, 0 late collision, 0 deferred\n"
        "     0 lost carrier, 0 no carrier, 0 pause output\n"
        "     0 output buffer failures, 0 output buffers swapped out"
    )
