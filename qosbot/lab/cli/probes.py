"""What IOS refuses of probes and voice: a running probe's edit, a codec in two places."""

from qosbot.lab.cli import refusals
from qosbot.lab.cli.mqc import Change
from qosbot.lab.cli.tree import Entry, resolve

_TIMEOUT_MS = _THRESHOLD_MS = 5000
_FREQUENCY_S = 60


def refusal(before: Entry, after: Entry, change: Change) -> str:
    """Return why IOS refuses a change of a probe, a codec list or a dial-peer; else nothing."""
    section = change.path[0] if change.path else change.slot
    if section[:2] == ("ip", "sla"):
        return _refused_probe(before, after, change)
    if change.removes:
        return ""
    parent = resolve(before, change.path)
    if change.mode == "config-class" and parent is not None:
        return _refused_codec(parent, change)
    if change.mode == "config-dial-peer" and parent is not None:
        return _refused_dial_peer(parent, change)
    return ""


def _refused_codec(held: Entry, change: Change) -> str:
    codec = change.line.split()[3]
    for entry in held.children:
        _, _, preference, other, *_ = entry.words()
        if other == codec and entry.slot != change.slot:
            return refusals.CODEC_TWICE.format(codec=codec, preference=preference)
    return ""


def _refused_dial_peer(held: Entry, change: Change) -> str:
    other = {("codec",): ("voice-class", "codec"), ("voice-class", "codec"): ("codec",)}
    slot = other.get(change.slot, ())
    taken = bool(slot) and held.child(*slot) is not None
    return refusals.CODEC_OR_CLASS.format(held=" ".join(slot)) if taken else ""


def _refused_probe(before: Entry, after: Entry, change: Change) -> str:
    section = change.path[0] if change.path else change.slot
    if section[2] in {"responder", "schedule"}:
        operation = before.child("ip", "sla", section[-1])
        idle = section[2] == "responder" or change.removes
        known = operation is not None and bool(operation.children)
        return "" if idle or known else refusals.NO_ENTRY
    if change.removes and not change.path:
        return ""
    if before.child("ip", "sla", "schedule", section[-1]) is not None:
        return refusals.RUNNING_ENTRY
    operation = after.child("ip", "sla", section[-1])
    return _refused_timing(operation) if operation is not None else ""


def _refused_timing(operation: Entry) -> str:
    timeout_ms = _number(operation, "timeout", _TIMEOUT_MS)
    if _number(operation, "frequency", _FREQUENCY_S) * 1000 < timeout_ms:
        return refusals.FREQUENCY_BELOW_TIMEOUT
    if _number(operation, "threshold", _THRESHOLD_MS) > timeout_ms:
        return refusals.THRESHOLD_ABOVE_TIMEOUT
    return ""


def _number(operation: Entry, name: str, default: int) -> int:
    entry = operation.child(name)
    return int(entry.words()[1]) if entry is not None else default
