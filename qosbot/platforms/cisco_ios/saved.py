"""What IOS prints above a configuration: when it was last changed, and when it was saved."""

import re

_WHEN = (
    r"(?P<time>\d\d:\d\d:\d\d) (?P<zone>\S+) \w{3} (?P<month>\w{3}) +(?P<day>\d{1,2})"
    r" (?P<year>\d{4})"
)
_CHANGED = re.compile(rf"^! Last configuration change at {_WHEN}", re.MULTILINE)
_SAVED = re.compile(rf"^! NVRAM config last updated at {_WHEN}", re.MULTILINE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ABOVE = 2000
"""Characters; both lines stand at the very top."""


def unsaved(running: str) -> tuple[str, ...] | None:
    """Return the two lines if it was changed after it was saved, none if not; None: not said."""
    top = running[:_ABOVE].replace("\r", "")
    changed, kept = _CHANGED.search(top), _SAVED.search(top)
    if changed is None or kept is None or changed["zone"] != kept["zone"]:
        return None
    changed_at, kept_at = _moment(changed), _moment(kept)
    if changed_at is None or kept_at is None:
        return None
    return (changed[0], kept[0]) if changed_at > kept_at else ()


def _moment(found: re.Match[str]) -> str | None:
    """Return a moment as text that sorts by time; None for a month that is none."""
    if found["month"] not in _MONTHS:
        return None
    month = _MONTHS.index(found["month"])
    return f"{found['year']}-{month:02}-{int(found['day']):02} {found['time']}"
