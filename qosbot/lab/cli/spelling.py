"""How IOS spells in the configuration what was typed: names for numbers, defaults left out.

A speller takes the words that were understood and their slot, and returns the line to show with
the slot that it sets; a line of None says that this is the default, which is not shown.
"""

from collections.abc import Callable, Sequence

from qosbot.lab.cli.grammar import Parsed
from qosbot.lab.cli.tree import Slot
from qosbot.lab.cli.values import dscp, dscp_number

Spelled = tuple[str | None, Slot]
Speller = Callable[[Parsed], Spelled]

POLICE_BURST_S = 0.25
"""IOS's default burst of a policer is a quarter of a second of its rate."""
POLICE_LEAST_BURST_OCTETS = 1500

CODEC_PAYLOAD_OCTETS = {"g711alaw": 172, "g711ulaw": 172, "g729a": 32}
"""Default request sizes of a simulated codec, RTP header included (IP SLA command reference)."""

_JITTER_OPTIONS = (
    "source-ip", "source-port", "control", "codec", "codec-numpackets", "codec-size",
    "codec-interval", "advantage-factor", "num-packets", "interval",
)  # fmt: skip
_JITTER_DEFAULTS = {
    "codec-numpackets": "1000",
    "codec-interval": "20",
    "num-packets": "10",
    "interval": "20",
    "control": "enable",
}


def plain(parsed: Parsed) -> Spelled:
    """Return the words as they are."""
    return " ".join(parsed.words), parsed.slot


def quiet(*defaults: str) -> Speller:
    """Return a speller for a command whose default values are not shown."""

    def spell(parsed: Parsed) -> Spelled:
        line = " ".join(parsed.words)
        return (None if line in defaults else line), parsed.slot

    return spell


def named_interface(parsed: Parsed) -> Spelled:
    """Join the kind and the unit that were typed apart."""
    return f"interface {''.join(parsed.words[1:])}", ("interface", "".join(parsed.words[1:]))


def class_map(parsed: Parsed) -> Spelled:
    """Name the map in the slot; its kind may change, and is match-all if nothing is said."""
    *kind, name = parsed.words[1:]
    return f"class-map {kind[0] if kind else 'match-all'} {name}", ("class-map", name)


def policy_class(parsed: Parsed) -> Spelled:
    """Leave out where the class was put: its place shows it."""
    return " ".join(parsed.slot), parsed.slot


def value_list(parsed: Parsed) -> Spelled:
    """Put a blank on each side of every value, as IOS does, in ascending order."""
    words = list(parsed.words)
    start = next(i for i, word in enumerate(words) if word in {"dscp", "precedence", "cos"}) + 1
    if start < len(words) and words[start - 1] == "dscp":
        values = sorted(set(words[start:]), key=dscp_number)
    else:
        values = sorted(set(words[start:]), key=int)
    line = " ".join(words[:start]) + "".join(f" {value} " for value in values)
    return line, (*words[:start], *values)


def queue_limit(parsed: Parsed) -> Spelled:
    """Say the unit, which is packets unless another was typed."""
    line = " ".join(parsed.words)
    return (line if parsed.words[-1].isalpha() else f"{line} packets"), parsed.slot


def police(parsed: Parsed) -> Spelled:
    """Write the rate as `cir` and its burst in octets; the actions are lines of their own."""
    words = [word for word in parsed.words[1:] if word not in {"cir", "bc", "bps"}]
    actions = next((i for i, word in enumerate(words) if word.endswith("-action")), len(words))
    numbers = words[:actions]
    if numbers[0] == "rate":
        numbers = numbers[1:]
    if numbers[0] == "percent":
        return f"police cir percent {' '.join(numbers[1:])}", parsed.slot
    rate, *more = numbers
    burst = more.pop(0) if more and more[0].isdigit() else ""
    if more and more[0].isdigit():
        more.insert(0, "be")
    least = max(POLICE_LEAST_BURST_OCTETS, int(int(rate) * POLICE_BURST_S / 8))
    return " ".join(["police cir", rate, "bc", burst or str(least), *more]), parsed.slot


def police_actions(parsed: Parsed) -> list[str]:
    """Return the action lines below a policer; what is not said transmits, then drops."""
    found = {"conform-action": "transmit", "exceed-action": "drop"}
    kind = ""
    for word in parsed.words:
        if word.endswith("-action"):
            kind, found[word] = word, ""
        elif kind:
            found[kind] = f"{found[kind]} {word}".strip()
    return [f"{kind} {action}" for kind, action in found.items()]


def udp_jitter(parsed: Parsed) -> Spelled:
    """Put the options in IOS's order and leave out those that say the default."""
    words = list(parsed.words)
    options = dict(zip(words[3::2], words[4::2], strict=True))
    codec = options.get("codec", "")
    defaults = {**_JITTER_DEFAULTS, "codec-size": str(CODEC_PAYLOAD_OCTETS.get(codec, ""))}
    shown = [
        f"{name} {options[name]}"
        for name in _JITTER_OPTIONS
        if name in options and options[name] != defaults.get(name)
    ]
    return " ".join([*words[:3], *shown]), parsed.slot


def schedule(parsed: Parsed) -> Spelled:
    """Show the life, then the start."""
    life, start, more = "", "", []
    rest = list(parsed.words[4:])
    while rest:
        word = rest.pop(0)
        if word == "life":
            life = f"life {rest.pop(0)}"
        elif word == "start-time":
            start = " ".join([word, rest.pop(0)])
            start += f" {rest.pop(0)}" if start.endswith("after") else ""
        else:
            more.append(word)
    shown = ["ip sla schedule", parsed.words[3], *more, life, start]
    return " ".join(word for word in shown if word), parsed.slot


def access_entry(parsed: Parsed) -> Spelled:
    """Align the protocol as IOS does and name the code point that was given as a number."""
    words = list(parsed.words)
    if words[0].isdigit():
        words = words[1:]
    return access_line(words), tuple(words)


def numbered_access(parsed: Parsed) -> Spelled:
    """Spell an entry of a numbered list in its one line."""
    words = list(parsed.words)
    return f"access-list {words[1]} {access_line(words[2:])}", tuple(words)


def access_line(words: Sequence[str]) -> str:
    """Return an access entry's text."""
    shown = list(words)
    for i, word in enumerate(shown[:-1]):
        if word == "dscp":
            shown[i + 1] = dscp(shown[i + 1]) or shown[i + 1]
    return " ".join(["deny  " if shown[0] == "deny" else shown[0], *shown[1:]])
