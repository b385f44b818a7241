"""Advisories in a chat: what came and went since the last message, in one."""

from collections.abc import Sequence

from qosbot.domain.messages import Disclosure
from qosbot.ports.messaging import Post
from qosbot.render.slack.blocks import context, section
from qosbot.render.slack.discretion import Discretion

ADVICE_LINES = 10
_LINE = 260


def advice_post(said: Sequence[str], *, disclosure: Disclosure) -> Post:
    """Return advisories as one message that calls nobody.

    Args:
        said: what each of them says; path names and scores, which are told at every level.
        disclosure: how much of the network may leave it.
    """
    discretion = Discretion(level=disclosure)
    lines = [discretion.name(words, _LINE) for words in said[:ADVICE_LINES]]
    more = len(said) - len(lines)
    text = f"Advice, no alarm: {lines[0]}" if len(said) == 1 else ""
    shown = [*(f"• {line}" for line in lines), *([f"…and {more} more"] if more else [])]
    return Post(
        text=text or f"Advice, no alarm: {len(said)} advisories",
        blocks=(
            section("\n".join(["*Advice, no alarm*", *shown])),
            context("`qosbot paths` shows what stands"),
        ),
    )
