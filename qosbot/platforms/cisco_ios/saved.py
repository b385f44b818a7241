"""What IOS prints above a configuration: when it was last changed, and when it was saved."""

import re
from datetime import datetime, timedelta

_WHEN = (
    r"(?P<time>\d\d:\d\d:\d\d) (?P<zone>\S+) \w{3} (?P<month>\w{3}) +(?P<day>\d{1,2})"
    r" (?P<year>\d{4})"
)
_CHANGED = re.compile(rf"^! Last configuration change at {_WHEN}", re.MULTILINE)
_SAVED = re.compile(rf"^! NVRAM config last updated at {_WHEN}", re.MULTILINE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SOON = timedelta(minutes=10)
_ABOVE = 2000
"""Characters; both lines stand at the very top."""


def unsaved(running: str) -> tuple[str, ...] | None:
    """Return the two lines if it was changed after it was saved, none if not; None: not said.

    Who saves and then leaves the configuration mode has changed it once more by the clock of
    IOS, so a change that soon after says nothing.
    """
    top = running[:_ABOVE].replace("\r", "")
    if "! Last configuration change at " not in top:
        return None
    changed, kept = _CHANGED.search(top), _SAVED.search(top)
    if changed is None or kept is None or changed["zone"] != kept["zone"]:
        return None
    changed_at, kept_at = _moment(changed), _moment(kept)
    if changed_at is None or kept_at is None:
        return None
    if timedelta() < changed_at - kept_at <= _SOON:
        return None
    return (changed[0], kept[0]) if changed_at > kept_at else ()


def _moment(found: re.Match[str]) -> datetime | None:
    """Return a moment, its zone left aside; None for one that no calendar has."""
    if found["month"] not in _MONTHS:
        return None
    date = f"{found['year']}-{_MONTHS.index(found['month']) + 1:02}-{int(found['day']):02}"
    try:
        return datetime.fromisoformat(f"{date}T{found['time']}+00:00")
    except ValueError:
        return None
