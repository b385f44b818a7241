"""Reading typed values out of what an agent answered; whatever is strange is None."""

from collections.abc import Mapping

from qosbot.ports.polling import Answers, Oid, Value, Walked

SYS_UPTIME: Oid = (1, 3, 6, 1, 2, 1, 1, 3, 0)
ENGINE_ID: Oid = (1, 3, 6, 1, 6, 3, 10, 2, 1, 1, 0)
ENGINE_BOOTS: Oid = (1, 3, 6, 1, 6, 3, 10, 2, 1, 2, 0)
ENGINE_TIME: Oid = (1, 3, 6, 1, 6, 3, 10, 2, 1, 3, 0)

_MAX_TEXT = 255


def number(value: Value) -> int | None:
    """Return a counter, gauge or integer that is not negative."""
    return value if isinstance(value, int) and value >= 0 else None


def text(value: Value) -> str:
    """Return a display string without its padding; bytes that are no UTF-8 are read as Latin-1."""
    if not isinstance(value, bytes):
        return ""
    raw = value.split(b"\0", 1)[0][:_MAX_TEXT]
    try:
        decoded = raw.decode("utf-8")
    except UnicodeDecodeError:
        decoded = raw.decode("latin-1")
    return "".join(letter for letter in decoded if letter.isprintable()).strip()


def column(discovered: Walked, oid: Oid) -> Mapping[Oid, Value]:
    """Return a walked column, empty if the agent does not have it."""
    return discovered.get(oid, {})


def counter(answers: Answers, *oid: int) -> int | None:
    """Return one of the instances read, as a number."""
    value, _ = answers.counters.get(oid, (None, 0.0))
    return number(value)


def wide_counter(answers: Answers, high: Oid, low: Oid) -> int | None:
    """Return a 64-bit value that the agent serves as two words; a missing high word is 0."""
    low_word = counter(answers, *low)
    if low_word is None:
        return None
    return ((counter(answers, *high) or 0) << 32) + low_word


def uptime_s(answers: Answers, *oid: int) -> float | None:
    """Return the agent's uptime in the PDU that carried an instance; None if it was not read."""
    if oid not in answers.counters:
        return None
    return answers.counters[oid][1]
