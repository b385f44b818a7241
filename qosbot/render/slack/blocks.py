"""Block Kit's pieces, each within its own limit whatever it is given."""

from collections.abc import Mapping, Sequence

from qosbot.render.slack.text import fit

Block = Mapping[str, object]

SECTION = 3000
FIELD = 2000
FIELDS = 10
HEADER = 150


def plain(text: str, limit: int) -> Block:
    """Return a `plain_text` object; `:name:` in it stays as it is."""
    return {"type": "plain_text", "text": fit(text, limit) or "-", "emoji": False}


def mrkdwn(text: str, limit: int = SECTION) -> Block:
    """Return a `mrkdwn` object of escaped text.

    `verbatim` keeps Slack from finding links, channels and people in it by itself.
    """
    return {"type": "mrkdwn", "text": fit(text, limit) or "-", "verbatim": True}


def header(text: str) -> Block:
    """Return a header of cleaned text that is not escaped."""
    return {"type": "header", "text": plain(text, HEADER)}


def section(text: str) -> Block:
    """Return a section of escaped text."""
    return {"type": "section", "text": mrkdwn(text)}


def fields(pairs: Sequence[tuple[str, str]]) -> Block:
    """Return a section of titles and values, two columns wide."""
    shown = [mrkdwn(f"*{title}*\n{value}", FIELD) for title, value in pairs[:FIELDS]]
    return {"type": "section", "fields": shown}


def context(*texts: str) -> Block:
    """Return small print; empty texts are left out."""
    return {"type": "context", "elements": [mrkdwn(text) for text in texts if text]}


def code_block(text: str) -> str:
    """Return escaped lines as a block of code; empty stays empty."""
    return f"```\n{text}\n```" if text else ""


def button(text: str, action: str, value: str) -> dict[str, object]:
    """Return a button."""
    return {"type": "button", "text": plain(text, 75), "action_id": action, "value": value}


def confirmation(title: str, text: str, *, yes: str, no: str) -> Block:
    """Return the question that is asked before a button counts."""
    return {
        "title": plain(title, 100),
        "text": plain(text, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
    }


def actions(*buttons: Block) -> Block:
    """Return a row of buttons."""
    return {"type": "actions", "block_id": "qosbot_actions", "elements": list(buttons)}
