"""How to hold a conversation with IOS: prompts, errors, and the words of its own safety net.

Everything here is data and pure functions; the SSH adapter does the talking.  Prompts are never
guessed from what comes: each mode has its own pattern, made from the host name that the device
showed when it let us in.
"""

import re
from datetime import UTC, datetime, timedelta

LOGIN_PROMPT = r"(?:^|[\r\n])[A-Za-z0-9][A-Za-z0-9_.:/-]{0,62}[>#]\s*$"
"""The first prompt; `>` is shown to a user who may not configure."""

_LOGIN = re.compile(r"(?P<host>[A-Za-z0-9][A-Za-z0-9_.:/-]{0,62})(?P<mode>[>#])\s*$")

_CONFIG_NAME_LENGTH = 20
"""IOS cuts the host name to this many characters where the prompt names a mode."""

ERROR = re.compile(
    r"^\s*%\s*+(?!Warning|[A-Z0-9_]+(?:-[A-Z0-9_]+)*-\d-[A-Z0-9_]+:).*"
    r"|^Command authorization failed|Insufficient bandwidth|requested bandwidth"
    r"|already attached|[Mm]ust deconfigure|^CBWFQ ?:|not supported|cannot be modified"
    r"|consistent units|exceeds 100 percent|remove queuing feature|is already configured as"
    r"|Rollback aborted",
    re.MULTILINE,
)
"""What IOS prints when it refuses a line.

A `%` at the beginning of a line is a refusal unless it is a syslog message: a refusal that we
do not know by heart must not pass for consent.  Lines about policies have no `%` on many
releases.
"""

PREPARE = ("terminal length 0", "terminal width 511")
"""No pager, and no line so long that IOS would scroll it sideways."""

RUNNING = "show running-config"
STARTUP = "show startup-config"
CLOCK = "show clock"
TIMER = "show archive config rollback timer"
DIFFERENCES = "show archive config differences"
ARCHIVE = "show archive"
USERS = "show users"
RELOAD = "show reload"
CONFIGURE = "configure terminal"
CONFIRM = "configure confirm"
REVERT_NOW = "configure revert now"
SAVE = "write memory"
LEAVE = "end"

SHORTEST_REVERT_MIN, LONGEST_REVERT_MIN = 1, 120

NO_RELOAD = re.compile(r"No reload is scheduled")
REVERTED = re.compile(r"Rollback Done")
SAVED = re.compile(r"\[OK\]")
NOTHING_PENDING = re.compile(r"No Rollback Confirmed Change pending")
NO_DIFFERENCE = re.compile(r"No changes were found")

_CHANGED = re.compile(r"^! Last configuration change at (.+)$", re.MULTILINE)
_SAVED_AT = re.compile(r"^! NVRAM config last updated at (.+)$", re.MULTILINE)
_TIMER = re.compile(
    r"Time configured\(or reconfigured\): (?P<at>.+?)\s*[\r\n]+"
    r"Timer type: (?P<type>\w+) timer\s*[\r\n]+"
    r"Timer value: (?P<minutes>\d+) min\s*[\r\n]+"
    r"User: (?P<user>\S+)"
)
_STAMP = re.compile(
    r"[*.]?(?P<time>\d{2}:\d{2}:\d{2})(?:\.\d+)? (?P<zone>\S+) \w{3} "
    r"(?P<month>\w{3}) +(?P<day>\d+) (?P<year>\d{4})"
)
_VOLATILE = re.compile(
    r"Building configuration\.\.\.|Current configuration : \d+ bytes"
    r"|Using \d+ out of \d+ bytes.*|! Last configuration change at .*"
    r"|! NVRAM config last updated at .*|! No configuration change since last restart"
    r"|ntp clock-period \d+"
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_USER_LINE = re.compile(
    r"^(?P<mine>\*)?\s*\d+ (?:vty|con|aux|tty) +\d+ +(?P<user>\S+)?", re.MULTILINE
)


def login(greeting: str) -> tuple[str, bool] | None:
    """Return the host name of the first prompt and whether the user may configure.

    None: there is no prompt at the end of what was shown.
    """
    found = _LOGIN.search(greeting)
    return (found["host"], found["mode"] == "#") if found is not None else None


def exec_prompt(host: str) -> str:
    """Return the pattern of the prompt outside the configuration mode."""
    return rf"(?:^|[\r\n]){re.escape(host)}#\s*$"


def config_prompt(host: str) -> str:
    """Return the pattern of the prompt in the configuration mode and in every mode below it."""
    return rf"(?:^|[\r\n]){re.escape(host[:_CONFIG_NAME_LENGTH])}\([A-Za-z0-9-]+\)#\s*$"


def configure_with_revert(minutes: int) -> str:
    """Return the line that enters the configuration mode and arms the device's revert.

    Raises:
        ValueError: if IOS has no such timer.
    """
    _check_minutes(minutes)
    return f"{CONFIGURE} revert timer {minutes}"


def rearm(minutes: int) -> str:
    """Return the line that starts an armed timer again.

    Raises:
        ValueError: if IOS has no such timer.
    """
    _check_minutes(minutes)
    return f"configure revert timer {minutes}"


def refusal(answer: str) -> str:
    """Return the line by which a device refused what was typed; empty if it did not."""
    found = ERROR.search(answer)
    if found is None:
        return ""
    start = answer.rfind("\n", 0, found.start()) + 1
    return answer[start:].strip().splitlines()[0].strip()


def changed_stamp(running: str) -> str:
    """Return what moves with every edit of the running configuration; empty if not shown."""
    found = _CHANGED.search(running)
    return found[1].strip() if found is not None else ""


def saved_stamp(running: str) -> str:
    """Return what moves when the configuration is saved; empty if not shown."""
    found = _SAVED_AT.search(running)
    return found[1].strip() if found is not None else ""


def config_text(shown: str) -> str:
    """Return a configuration without the lines that only a show command puts before it.

    The stamps go too: they say when, not what.
    """
    lines = [line.rstrip("\r") for line in shown.strip("\r\n").splitlines()]
    kept = [line for line in lines if not _VOLATILE.fullmatch(line.strip())]
    while kept and kept[0].strip() in {"", "!"}:
        kept.pop(0)
    return "\n".join(kept).rstrip() + "\n"


def timer_user(shown: str) -> str | None:
    """Return who armed the pending revert timer; None: none is pending."""
    found = _TIMER.search(shown)
    return found["user"] if found is not None else None


def timer_left_s(shown: str, clock: str) -> float | None:
    """Return the seconds until the device reverts by itself, both shown by the device.

    None: nothing is pending.  A timer of the idle kind is reckoned as if nobody typed.

    A zone is shown by its name only, so the time between two zones is not known: that is so
    where summer time began or ended since the timer was armed.  A clock that was set since then
    shows as less time than none, or as more than was armed.

    Raises:
        ValueError: if the device shows a timer, or its clock, in words that we do not read, or
            if the time that is left cannot be reckoned from them.
    """
    if NOTHING_PENDING.search(shown):
        return None
    found = _TIMER.search(shown)
    armed_at = _moment(found["at"]) if found is not None else None
    now = _moment(clock)
    pending = f"{shown.strip()!r} at {clock.strip()!r}"
    if found is None or armed_at is None or now is None:
        raise ValueError(f"a revert timer may be pending: {pending}")
    if armed_at[1] != now[1]:
        raise ValueError(f"a revert timer is pending, armed in another time zone: {pending}")
    armed_s = timedelta(minutes=int(found["minutes"])).total_seconds()
    left_s = armed_s - (now[0] - armed_at[0]).total_seconds()
    if not 0 <= left_s <= armed_s:
        raise ValueError(f"a revert timer is pending, and {left_s:.0f} s cannot be left: {pending}")
    return left_s


def other_users(shown: str) -> tuple[str, ...]:
    """Return who else is logged in, by `show users`."""
    return tuple(one["user"] or "?" for one in _USER_LINE.finditer(shown) if one["mine"] is None)


def _moment(text: str) -> tuple[datetime, str] | None:
    """Return a stamp of the device as if it were UTC, and the name of its zone."""
    found = _STAMP.search(text)
    if found is None or found["month"] not in _MONTHS:
        return None
    hour, minute, second = map(int, found["time"].split(":"))
    month = _MONTHS.index(found["month"]) + 1
    day, year = int(found["day"]), int(found["year"])
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC), found["zone"]


def _check_minutes(minutes: int) -> None:
    if not SHORTEST_REVERT_MIN <= minutes <= LONGEST_REVERT_MIN:
        raise ValueError(
            f"IOS reverts after {SHORTEST_REVERT_MIN} to {LONGEST_REVERT_MIN} minutes, "
            f"not after {minutes}"
        )
