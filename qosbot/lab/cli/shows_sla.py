"""Show commands of IP SLA."""

from collections.abc import Mapping

from qosbot.lab.cli.dates import stamp
from qosbot.lab.cli.spelling import CODEC_PAYLOAD_OCTETS
from qosbot.lab.cli.tree import Entry
from qosbot.lab.cli.view import View
from qosbot.lab.observed import SlaRun

_NO_ADDRESS = "0.0.0.0"  # noqa: S104  # what IOS prints, nothing binds to it
_OK = 1
Four = tuple[int, int, int, int]
"""Count, sum, minimum, maximum, in microseconds."""

_RETURN_CODES = {_OK: "OK", 4: "Timeout", 6: "No connection"}


def statistics(view: View, words: tuple[str, ...]) -> str:
    """Return `show ip sla statistics [N]`."""
    lines = ["IPSLAs Latest Operation Statistics", ""]
    runs = view.sla_runs()
    for entry in _operations(view, words[4:]):
        number = int(entry.slot[2])
        lines += [f"IPSLA operation id: {number}", f"Type of operation: {_kind(entry)}"]
        run = runs.get(number)
        if run is None:
            lines += [
                "\tLatest RTT: Unknown", "Latest operation start time: ",
                "Latest operation return code: Unknown", "Number of successes: Unknown",
                "Number of failures: Unknown", "Operation time to live: 0", "",
            ]  # fmt: skip
        else:
            lines += [*_run(entry, run), "", ""]
    return "\n".join(lines)


def configuration(view: View, words: tuple[str, ...]) -> str:
    """Return `show ip sla configuration [N]`."""
    lines = ["IP SLAs Infrastructure Engine-III"]
    return "\n".join(
        [*lines, *(_configured(view, entry) for entry in _operations(view, words[4:]))]
    )


def _configured(view: View, entry: Entry) -> str:
    probe = entry.child("udp-jitter") or entry.child("icmp-echo")
    typed = probe.words() if probe is not None else ["", "-", "0"]
    options = dict(zip(typed[3::2], typed[4::2], strict=False))
    scheduled = view.root.child("ip", "sla", "schedule", entry.slot[2]) is not None
    started = "Start Time already passed" if scheduled else "Pending trigger"
    return (
        f"Entry number: {entry.slot[2]}\n"
        f"Owner: {_value(entry, 'owner', '')}\n"
        f"Tag: {_value(entry, 'tag', '')}\n"
        f"Operation timeout (milliseconds): {_value(entry, 'timeout', '5000')}\n"
        f"Type of operation to perform: {_kind(entry)}\n"
        f"Target address/Source address: {typed[1]}/{options.get('source-ip', _NO_ADDRESS)}\n"
        f"Target port/Source port: {typed[2]}/{options.get('source-port', '0')}\n"
        f"Type Of Service parameter: 0x{int(_value(entry, 'tos', '0')):X}\n"
        f"{_packets(options)}\n"
        "Verify data: No\n"
        f"Operation Stats Precision : {_value(entry, 'precision', 'milliseconds')}\n"
        f"Vrf Name: {_value(entry, 'vrf', '')}\n"
        "Control Packets: enabled\n"
        "Schedule:\n"
        f"   Operation frequency (seconds): {_value(entry, 'frequency', '60')}\n"
        f"   Next Scheduled Start Time: {started}\n"
        "   Group Scheduled : FALSE\n"
        "   Randomly Scheduled : FALSE\n"
        f"   Life (seconds): {'Forever' if scheduled else '3600'}\n"
        "   Entry Ageout (seconds): never\n"
        "   Recurring (Starting Everyday): FALSE\n"
        f"   Status of entry (SNMP RowStatus): {'Active' if scheduled else 'notInService'}\n"
        f"Threshold (milliseconds): {_value(entry, 'threshold', '5000')}\n"
    )


def _packets(options: Mapping[str, str]) -> str:
    if "codec" not in options:
        count, interval = options.get("num-packets", "10"), options.get("interval", "20")
        return (
            "Request size (ARR data portion): 32\n"
            f"Packet Interval (milliseconds)/Number of packets: {interval}/{count}"
        )
    size = options.get("codec-size", str(CODEC_PAYLOAD_OCTETS[options["codec"]]))
    return (
        f"Codec Type: {options['codec']}\n"
        f"Codec Number Of Packets: {options.get('codec-numpackets', '1000')}\n"
        f"Codec Packet Size: {size}\n"
        f"Codec Interval (milliseconds): {options.get('codec-interval', '20')}\n"
        f"Advantage Factor: {options.get('advantage-factor', '0')}"
    )


def summary(view: View, _: tuple[str, ...]) -> str:
    """Return `show ip sla summary`."""
    lines = [
        "IPSLAs Latest Operation Summary",
        "Codes: * active, ^ inactive, ~ pending",
        "All Stats are in milliseconds. Stats with u are in microseconds",
        "",
        "ID           Type        Destination       Stats       Return      Last",
        "                                                       Code        Run ",
        "-----------------------------------------------------------------------",
    ]
    runs = view.sla_runs()
    for entry in _operations(view, ()):
        number = entry.slot[2]
        run = runs.get(int(number))
        scheduled = view.root.child("ip", "sla", "schedule", number) is not None
        target = entry.children[0].words()[1] if entry.children else "-"
        code = _RETURN_CODES.get(run.sense, "Unknown") if run is not None else "Unknown"
        rtt = f"RTT={_milliseconds(_mean_rtt(run))}" if run is not None and run.received else "-"
        ago = f"{round(view.now - run.finished_at)} seconds ago" if run is not None else "-"
        mark = "*" if scheduled else "^"
        lines.append(f"{mark + number:<13}{_kind(entry):<12}{target:<18}{rtt:<12}{code:<12}{ago}")
    return "\n".join(lines)


def responder(view: View, _: tuple[str, ...]) -> str:
    """Return `show ip sla responder`."""
    on = view.root.child("ip", "sla", "responder") is not None
    state = "Enabled" if on else "Disabled"
    return f"General IP SLA Responder on Control port 1967\nGeneral IP SLA Responder is: {state}\n"


def _operations(view: View, numbers: tuple[str, ...]) -> list[Entry]:
    return [
        entry
        for entry in view.root.under("ip", "sla")
        if len(entry.slot) == 3 and entry.slot[2].isdigit()  # noqa: PLR2004  # ip sla N
        and (not numbers or entry.slot[2] in numbers)
    ]  # fmt: skip


def _kind(entry: Entry) -> str:
    return entry.children[0].slot[0] if entry.children else "undefined"


def _value(entry: Entry, name: str, default: str) -> str:
    found = entry.child(name)
    return found.line[len(name) + 1 :] if found is not None else default


def _mean_rtt(run: SlaRun) -> float:
    return run.rtt_sum_us / run.received if run.received else 0.0


def _milliseconds(microseconds: float) -> int:
    return round(microseconds / 1000)


def _duration_s(entry: Entry) -> float:
    """Return how long a run sends."""
    probe = entry.child("udp-jitter")
    if probe is None:
        return 0.0
    options = dict(zip(probe.words()[3::2], probe.words()[4::2], strict=False))
    kind = "codec-" if "codec" in options else ""
    packets = options.get("codec-numpackets" if kind else "num-packets", "1000" if kind else "10")
    return int(packets) * int(options.get(f"{kind}interval", "20")) / 1000


def _three(low: float, total: float, count: int, high: float, unit_us: int) -> str:
    """Return minimum, mean and maximum in the operation's unit."""
    values = (low, total / count if count else 0, high)
    return "/".join(str(round(value / unit_us)) for value in values)


def _jitter(positives: Four, negatives: Four, unit_us: int) -> tuple[int, str]:
    """Return the number of jitter samples of a direction and their extremes and mean."""
    count = positives[0] + negatives[0]
    low = min((side[2] for side in (positives, negatives) if side[0]), default=0)
    high = max(positives[3], negatives[3])
    return count, _three(low, positives[1] + negatives[1], count, high, unit_us)


def _run(entry: Entry, run: SlaRun) -> list[str]:
    unit = f"{_value(entry, 'precision', 'milliseconds')}"
    unit_us = 1 if unit == "microseconds" else 1000
    count_sd, jitter_sd = _jitter(run.positives_sd, run.negatives_sd, unit_us)
    count_ds, jitter_ds = _jitter(run.positives_ds, run.negatives_ds, unit_us)
    count, good = run.one_way_count, run.sense == _OK
    rtt = _three(run.rtt_min_us, run.rtt_sum_us, run.received, run.rtt_max_us, unit_us)
    to = _three(run.one_way_min_sd_us, run.one_way_sum_sd_us, count, run.one_way_max_sd_us, unit_us)
    fro = _three(
        run.one_way_min_ds_us, run.one_way_sum_ds_us, count, run.one_way_max_ds_us, unit_us
    )
    latest = f"{rtt.split('/')[1]} {unit}"
    return [
        f"\tLatest RTT: {latest if good else 'NoConnection/Busy/Timeout'}",
        f"Latest operation start time: {stamp(run.finished_at - _duration_s(entry))}",
        f"Latest operation return code: {_RETURN_CODES.get(run.sense, 'Unknown')}",
        "RTT Values:",
        f"\tNumber Of RTT: {run.received}\t\tRTT Min/Avg/Max: {rtt} {unit}",
        "Latency one-way time:",
        f"\tNumber of Latency one-way Samples: {count}",
        f"\tSource to Destination Latency one way Min/Avg/Max: {to} {unit}",
        f"\tDestination to Source Latency one way Min/Avg/Max: {fro} {unit}",
        "Jitter Time:",
        f"\tNumber of SD Jitter Samples: {count_sd}",
        f"\tNumber of DS Jitter Samples: {count_ds}",
        f"\tSource to Destination Jitter Min/Avg/Max: {jitter_sd} {unit}",
        f"\tDestination to Source Jitter Min/Avg/Max: {jitter_ds} {unit}",
        *_losses(run),
        f"Number of successes: {run.runs if good else max(0, run.runs - 1)}",
        f"Number of failures: {0 if good else 1}",
        "Operation time to live: Forever",
    ]


def _losses(run: SlaRun) -> list[str]:
    mos = f"{run.mos_hundredths / 100:.2f}" if run.mos_hundredths else "0"
    return [
        "Over Threshold:",
        "\tNumber Of RTT Over Threshold: 0 (0%)",
        "Packet Loss Values:",
        f"\tLoss Source to Destination: {run.loss_sd}",
        f"\tSource to Destination Loss Periods Number: {min(run.loss_sd, 1)}",
        f"\tLoss Destination to Source: {run.loss_ds}",
        f"\tDestination to Source Loss Periods Number: {min(run.loss_ds, 1)}",
        f"\tOut Of Sequence: {run.out_of_sequence}\tTail Drop: {run.missing}",
        f"\tPacket Late Arrival: {run.late}\tPacket Skipped: 0",
        "Voice Score Values:",
        f"\tCalculated Planning Impairment Factor (ICPIF): {run.icpif}",
        f"\tMean Opinion Score (MOS): {mos}",
    ]
