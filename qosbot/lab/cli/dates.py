"""Times as IOS prints them; the lab's routers all live in UTC."""

from datetime import UTC, datetime

_MINUTE_S, _HOUR_S, _DAY_S, _WEEK_S = 60, 3600, 86400, 604800


def stamp(at: float) -> str:
    """Return a Unix time as `10:15:30 UTC Sun Nov 22 2026`."""
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S UTC %a %b ") + _day(at)


def stamp_ms(at: float) -> str:
    """Return a Unix time with its milliseconds, as `show clock` prints it."""
    moment = datetime.fromtimestamp(at, UTC)
    milliseconds = moment.microsecond // 1000
    return moment.strftime(f"%H:%M:%S.{milliseconds:03d} UTC %a %b ") + _day(at)


def file_stamp(at: float) -> str:
    """Return a Unix time as it stands in the name of an archive file."""
    moment = datetime.fromtimestamp(at, UTC)
    day = f"{moment.day:2d}".replace(" ", "-")
    return moment.strftime(f"%b-{day}-%H-%M-%S.") + f"{moment.microsecond // 1000:03d}"


def span(seconds: float) -> str:
    """Return a duration in words: `1 week, 2 days, 3 hours, 4 minutes`."""
    left = int(seconds)
    parts = []
    for size, name in (
        (_WEEK_S, "week"), (_DAY_S, "day"), (_HOUR_S, "hour"), (_MINUTE_S, "minute"),
    ):  # fmt: skip
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}{'s' if count > 1 else ''}")
    return ", ".join(parts) or "0 minutes"


def countdown(seconds: float) -> str:
    """Return a duration as `4 minutes and 50 seconds`."""
    minutes, rest = divmod(max(0, round(seconds)), _MINUTE_S)
    said = [f"{minutes} minute{'s' if minutes != 1 else ''}"] if minutes else []
    if rest or not minutes:
        said.append(f"{rest} second{'s' if rest != 1 else ''}")
    return " and ".join(said)


def _day(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment.day} {moment.year}"
