"""Slack's rate limits: so many calls of a method in a minute, so many messages a channel.

Source: Slack's page on rate limits.  Slack promises no burst; this emulator grants a small one, so
that a client can open its first connections, and says so in docs/slack-sim.md.
"""

import math
from collections import defaultdict, deque
from collections.abc import Callable

WINDOW_S = 60.0
TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100
BURST_OF_TIER_1 = 9
MESSAGES_PER_S = 1.0
BURST_OF_MESSAGES = 4
MESSAGES_PER_MIN = 300


class Limits:
    """Counts calls by a clock that tests may set."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._calls: defaultdict[str, deque[float]] = defaultdict(deque)
        self._tokens: dict[str, tuple[float, float]] = {}

    def wait_s(self, what: str, per_min: int) -> int:
        """Return 0 and count a call, or the whole seconds until one more is allowed."""
        now, calls = self._now(), self._calls[what]
        while calls and calls[0] <= now - WINDOW_S:
            calls.popleft()
        allowed = per_min + (BURST_OF_TIER_1 if per_min == TIER_1 else 0)
        if len(calls) >= allowed:
            return max(1, math.ceil(calls[0] + WINDOW_S - now))
        calls.append(now)
        return 0

    def wait_for_message_s(self, channel: str) -> int:
        """Return 0 and count a message, or the whole seconds until the channel takes one more."""
        now = self._now()
        tokens, since = self._tokens.get(channel, (float(BURST_OF_MESSAGES), now))
        tokens = min(BURST_OF_MESSAGES, tokens + (now - since) * MESSAGES_PER_S)
        if tokens < 1:
            self._tokens[channel] = (tokens, now)
            return max(1, math.ceil((1 - tokens) / MESSAGES_PER_S))
        busy_s = self.wait_s("messages", MESSAGES_PER_MIN)
        self._tokens[channel] = (tokens - (0 if busy_s else 1), now)
        return busy_s
