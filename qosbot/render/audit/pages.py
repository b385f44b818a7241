"""A report as one HTML file that needs nothing else, and as Markdown.

What a device says is text to both, whatever it looks like: HTML escapes it, forbids every script
and style but its own by their hashes, and loads nothing from anywhere.
"""

import base64
import hashlib
import re
from datetime import datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from qosbot.render.audit.charts import day_strip, distribution, severity_bar
from qosbot.render.audit.report import BAND_WORDS, Report, masked
from qosbot.render.cleaning import clean

MOST_ROWS = 2000
"""Of a table; a browser sorts so many at once, and the JSON has them all."""

_MARKED = re.compile(r"([\\`*_\[\]<>#|~&])")


def html(report: Report) -> str:
    """Return a report as one file, for phones, screens and paper."""
    return _environment().get_template("report.html.j2").render(**_given(report))


def markdown(report: Report) -> str:
    """Return a report as GitHub-flavoured Markdown."""
    return _environment().get_template("report.md.j2").render(**_given(report))


def _given(report: Report) -> dict[str, object]:
    shown = masked(report, clean)
    return {"report": shown, "most": MOST_ROWS, "band_words": BAND_WORDS}


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("qosbot.render.audit"),
        # Markdown escapes by its own filter, in which entities would show as such.
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "minute": _minute,
        "mos": _mos,
        "lasting": _lasting,
        "md": _md,
        "code": _code,
        "plural": _plural,
    }
    style, script = _source(environment, "report.css"), _source(environment, "report.js")
    environment.globals |= {
        "style": Markup(style),  # noqa: S704  our own file
        "script": Markup(script),  # noqa: S704  our own file
        "style_hash": _hash(style),
        "script_hash": _hash(script),
        "severity_bar": severity_bar,
        "distribution": distribution,
        "day_strip": day_strip,
    }
    return environment


def _source(environment: Environment, name: str) -> str:
    loader = environment.loader
    return "" if loader is None else loader.get_source(environment, name)[0]


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"


def _minute(at: str | None) -> str:
    return "never" if at is None else f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M} UTC"


def _mos(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"  # noqa: RUF001  a dash for nothing


def _lasting(minutes: float) -> str:
    """Return `0`, `3 min` or `5 h 20 min`."""
    whole = round(minutes)
    if whole == 0:
        return "< 1 min" if minutes > 0 else "0"
    hours, rest = divmod(whole, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _md(text: str) -> str:
    """Return a text that Markdown shows as it is, in a table or after a word."""
    return _MARKED.sub(r"\\\1", text.replace("\n", " "))


def _code(lines: list[str]) -> str:
    """Return lines as a block of code that none of them closes."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence, *lines, fence])
