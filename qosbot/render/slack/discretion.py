"""How much of a text may be said in a chat: everything that is shown passes here."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from qosbot.domain.messages import Disclosure
from qosbot.render.cleaning import clean
from qosbot.render.masking import mask_addresses, mask_secrets
from qosbot.render.slack.text import CUT, escape, escape_code, fit

_BEYOND = 8
"""A mask may be this much shorter than what it stands for."""
_ADDRESS_BEGUN = re.compile(r"[0-9A-Fa-f.:]{1,50}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Lines as the inside of a code block, and how many found no room."""

    text: str
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Discretion:
    """Masks, escapes and shortens at one level of disclosure."""

    level: Disclosure

    @property
    def names_devices(self) -> bool:
        """Return whether devices, interfaces, classes and lines may be named."""
        return self.level is not Disclosure.SUMMARY

    def name(self, text: str, limit: int = 60) -> str:
        """Return what is told at every level: names of paths, people and remediations."""
        return fit(escape(self._begun(text, limit)), limit)

    def plain_name(self, text: str, limit: int = 60) -> str:
        """Return a name for a `plain_text` object, where nothing is markup."""
        return fit(self._begun(text, limit), limit)

    def words(self, text: str, limit: int) -> str:
        """Return words that may hold names of devices; empty where those must not leave."""
        return self.name(text, limit) if self.names_devices else ""

    def known(self, text: str, known: Collection[str], limit: int) -> str:
        """Return words that may hold names, or at any level one of those that never do."""
        return self.name(text, limit) if self.names_devices or text in known else ""

    def code(self, lines: Iterable[str], *, most: int, limit: int, width: int = 110) -> Code:
        """Return at most `most` lines in at most `limit` characters; none where none may leave."""
        offered = [line for text in lines for line in clean(text, keep_lines=True).split("\n")]
        kept: list[str] = []
        room = limit
        for line in offered[:most] if self.names_devices else ():
            shown = fit(escape_code(self._begun(line, width).rstrip()), width)
            room -= len(shown) + 1
            if room < 0:
                break
            kept.append(shown)
        return Code(text="\n".join(kept), left_out=len(offered) - len(kept))

    def shown_lines(self, text: str) -> list[str]:
        """Return the lines of a text, cleaned and masked, neither escaped nor shortened."""
        return self.masked(clean(text, keep_lines=True)).split("\n")

    def _begun(self, text: str, limit: int) -> str:
        """Return the beginning of a text, masked: all that `limit` characters could show of it.

        Masks take more than twice the time for twice the text.
        """
        text = clean(text)
        if len(text) <= limit * _BEYOND:
            return self.masked(text)
        # What is cut in two is no address to the masks any more, so it goes as a whole.
        return self.masked(_ADDRESS_BEGUN.sub("", text[: limit * _BEYOND])) + CUT

    def masked(self, text: str) -> str:
        """Return a cleaned text with what must not leave masked, neither escaped nor shortened."""
        # Cleaned before: what nobody sees must not hide a secret or an address from the masks.
        text = mask_secrets(text)
        return text if self.level is Disclosure.FULL else mask_addresses(text)


def at_minute(at: datetime) -> str:
    """Return `2026-03-02 12:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def clock(at: datetime) -> str:
    """Return `12:00:05 UTC`."""
    return f"{at.astimezone(UTC):%H:%M:%S} UTC"


def local_time(at: datetime) -> str:
    """Return Slack's token for a time, which each reader sees in their own zone."""
    return f"<!date^{int(at.timestamp())}^{{time}}|{at.astimezone(UTC):%H:%M} UTC>"


def minutes(seconds: float) -> str:
    """Return a length of time in words: `45 s`, `12 min`, `3 h 05 min`, `2 d 3 h`."""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{max(0.0, seconds):.0f} s"
    whole = int(seconds // 60)
    hours, rest = divmod(whole, 60)
    if not hours:
        return f"{rest} min"
    days, hours_left = divmod(hours, 24)
    return f"{days} d {hours_left} h" if days else f"{hours} h {rest:02d} min"
