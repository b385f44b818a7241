"""Show commands of the system, its configurations and its archive."""

from qosbot.lab.cli import diff, refusals
from qosbot.lab.cli.config import text_of, with_defaults
from qosbot.lab.cli.dates import countdown, span, stamp, stamp_ms
from qosbot.lab.cli.tree import render
from qosbot.lab.cli.values import interface
from qosbot.lab.cli.view import View

_NVRAM_OCTETS = 262144
_FIRST_VTY = 388
_SECTIONS = ("interface", "class-map", "policy-map")


def running_config(view: View, words: tuple[str, ...]) -> str:
    """Return `show running-config`, whole or of one section."""
    if words[2:] and words[2] in _SECTIONS:
        name = "".join(words[3:])
        if words[2] == "interface":
            name = interface(name) or name
        body = _part(view, words[2], name)
    else:
        body = _stamps(view) + "\n".join(text_of(view.root).splitlines()[1:]) + "\n"
    size = len(body.encode())
    return f"Building configuration...\n\nCurrent configuration : {size} bytes\n{body}"


def startup_config(view: View, _: tuple[str, ...]) -> str:
    """Return `show startup-config`."""
    text = view.device.startup_config()
    return f"Using {len(text.encode())} out of {_NVRAM_OCTETS} bytes\n{text}"


def version(view: View, _: tuple[str, ...]) -> str:
    """Return `show version`."""
    device = view.device
    ports = [sum(name.startswith(kind) for name in device.rates) for kind in ("Gig", "Serial")]
    head = (
        "Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M), Version 15.7(3)M8, "
        "RELEASE SOFTWARE (fc1)\n"
        "Technical Support: http://www.cisco.com/techsupport\n\n"
        "ROM: System Bootstrap, Version 15.0(1r)M16, RELEASE SOFTWARE (fc1)\n\n"
        f"{device.host_name} uptime is {span(view.now - device.booted_at)}\n"
        "System returned to ROM by reload\n"
        f"System restarted at {stamp(device.booted_at)}\n"
        'System image file is "flash0:c2900-universalk9-mz.SPA.157-3.M8.bin"\n'
        "Last reload type: Normal Reload\n"
        "Last reload reason: Reload Command\n\n"
        "Cisco CISCO2911/K9 (revision 1.0) with 483328K/40960K bytes of memory.\n"
        f"Processor board ID FLAB{sum(device.host_name.encode()):04d}Q0S\n"
        f"{ports[0]} Gigabit Ethernet interfaces"
    )
    lines = [head]
    if ports[1]:
        lines.append(f"{ports[1]} Serial(sync/async) interface{'s' if ports[1] > 1 else ''}")
    lines.append(
        "DRAM configuration is 64 bits wide with parity enabled.\n"
        "255K bytes of non-volatile configuration memory.\n"
        "250880K bytes of ATA System CompactFlash 0 (Read/Write)\n\n"
        "Configuration register is 0x2102\n"
    )
    return "\n".join(lines)


def clock(view: View, _: tuple[str, ...]) -> str:
    """Return `show clock`."""
    return stamp_ms(view.now)


def users(view: View, _: tuple[str, ...]) -> str:
    """Return `show users`."""
    lines = ["    Line       User       Host(s)              Idle       Location"]
    for number, user in sorted(view.device.terminals.items()):
        mark = "*" if view.line == f"vty {number}" else " "
        lines.append(
            f"{mark} {_FIRST_VTY + number} vty {number:<5} {user:<10} "
            f"{'idle':<20} 00:00:00 127.0.0.1"
        )
    lines += ["", "  Interface    User               Mode         Idle     Peer Address"]
    return "\n".join(lines)


def processes_cpu(view: View, _: tuple[str, ...]) -> str:
    """Return `show processes cpu`; the lab's routers are never busy."""
    ticks = int(view.now - view.device.booted_at)
    return (
        "CPU utilization for five seconds: 3%/1%; one minute: 3%; five minutes: 3%\n"
        " PID Runtime(ms)     Invoked      uSecs   5Sec   1Min   5Min TTY Process \n"
        f"   1 {0:>11} {ticks // 60:>11} {0:>10}  0.00%  0.00%  0.00%   0 Chunk Manager    \n"
        f"   2 {ticks:>11} {ticks // 5:>11} {5:>10}  0.07%  0.05%  0.05%   0 Load Meter       \n"
    )


def privilege(_: View, __: tuple[str, ...]) -> str:
    """Return `show privilege`."""
    return "Current privilege level is 15"


def archive(view: View, _: tuple[str, ...]) -> str:
    """Return `show archive`."""
    section = view.root.child("archive")
    path = section.child("path") if section is not None else None
    if section is None or path is None:
        return "Archive feature not enabled"
    maximum = section.child("maximum")
    names = view.device.archives
    lines = [
        f"The maximum archive configurations allowed is {maximum.words()[1] if maximum else 10}.",
        f"There are currently {len(names)} archive configurations saved.",
        f"The next archive file will be named {path.words()[1]}-<timestamp>-{len(names)}",
        " Archive #  Name",
    ]
    for i, name in enumerate(names, start=1):
        recent = " <- Most Recent" if i == len(names) else ""
        lines.append(f"   {i:<9}{name}{recent}")
    return "\n".join(lines)


def rollback_timer(view: View, _: tuple[str, ...]) -> str:
    """Return `show archive config rollback timer`."""
    revert = view.device.revert
    if revert is None:
        return refusals.NOTHING_PENDING
    return (
        f"Time configured(or reconfigured): {stamp(revert.armed_at)}\n"
        f"Timer type: {'idle' if revert.idle else 'absolute'} timer\n"
        f"Timer value: {revert.minutes} min\n"
        f"User: {revert.user}"
    )


def differences(view: View, words: tuple[str, ...]) -> str:
    """Return `show archive config differences [A [B]]`; A is compared with B or what runs."""
    names = [*words[4:], *("nvram:startup-config", "system:running-config")[len(words[4:]) :]]
    texts = [stored(view, name) for name in names]
    for name, text in zip(names, texts, strict=True):
        if text is None:
            return f"%Error opening {name} (No such file or directory)"
    return diff.contextual(texts[0] or "", texts[1] or "")


def show_reload(view: View, _: tuple[str, ...]) -> str:
    """Return `show reload`."""
    reload = view.device.scheduled_reload
    if reload is None:
        return "No reload is scheduled."
    reason = f"\nReload reason: {reload.reason}" if reload.reason else ""
    return (
        f"Reload scheduled for {stamp(reload.due)} (in {countdown(reload.due - view.now)}) "
        f"by {reload.user} on {view.line.replace(' ', '')} (127.0.0.1){reason}"
    )


def stored(view: View, name: str) -> str | None:
    """Return the text of a stored configuration, None where there is none of that name."""
    if name in {"system:running-config", "running-config"}:
        return text_of(view.root)
    if name in {"nvram:startup-config", "startup-config"}:
        return view.device.startup_config()
    files = view.device.files
    return files.get(name, files.get(name.replace(":/", ":"), files.get(f"flash:{name}")))


def _stamps(view: View) -> str:
    device = view.device
    lines = ["!"]
    if device.running_last_changed > device.booted_at:
        by = f" by {device.changed_by}" if device.changed_by else ""
        lines.append(f"! Last configuration change at {stamp(device.running_last_changed)}{by}")
    if device.saved_by:
        at = stamp(device.running_last_saved)
        lines.append(f"! NVRAM config last updated at {at} by {device.saved_by}")
    return "\n".join([*lines, *(["!"] if len(lines) > 1 else []), ""])


def _part(view: View, kind: str, name: str) -> str:
    found = [
        e
        for e in with_defaults(view.root).children
        if e.slot[0] == kind and name in {"", e.slot[-1]}
    ]
    lines = ["!"]
    for entry in found:
        lines += [entry.line, *render(entry.children)]
    return "\n".join([*lines, "end", ""])
