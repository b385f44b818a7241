"""What can be made to go wrong, in the Web API and on the sockets."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Literal

After = Literal["error", "hang", "close"]
"""How a call ends whose outcome the caller cannot know: HTTP 500, no answer, a cut connection."""

ENDINGS: tuple[After, ...] = ("error", "hang", "close")


@dataclass(slots=True, kw_only=True)
class Faults:
    """Faults in force; each count says how often the fault will still strike."""

    is_down: bool = False
    """Whether the Web API cuts every connection without an answer."""
    acks_to_drop: int = 0
    limited: dict[str, tuple[int, int]] = field(default_factory=dict)
    """For a method: how many calls, and the seconds of Retry-After."""
    refusals: defaultdict[str, deque[str]] = field(default_factory=lambda: defaultdict(deque))
    """For a method: the errors with which its next calls are refused."""
    endings: defaultdict[str, deque[After]] = field(default_factory=lambda: defaultdict(deque))
    """For a method: how its next calls end after they were carried out."""

    def limit(self, method: str, calls: int, retry_after_s: int) -> None:
        """Answer 429 to the next calls of a method."""
        self.limited[method] = (calls, max(1, retry_after_s))

    def limited_s(self, method: str) -> int:
        """Return the seconds of Retry-After if this call is to be refused, else 0."""
        calls, retry_after_s = self.limited.get(method, (0, 0))
        if calls <= 0:
            return 0
        self.limited[method] = (calls - 1, retry_after_s)
        return retry_after_s

    def refuse(self, method: str, error: str, calls: int) -> None:
        """Refuse the next calls of a method with an error of Slack's, such as `token_revoked`."""
        self.refusals[method].extend([error] * calls)

    def refusal(self, method: str) -> str:
        """Return the error with which this call is to be refused, empty if with none."""
        waiting = self.refusals[method]
        return waiting.popleft() if waiting else ""

    def end(self, method: str, ending: After, calls: int) -> None:
        """Let the next calls of a method be carried out, and end so."""
        self.endings[method].extend([ending] * calls)

    def ending(self, method: str) -> After | None:
        """Return how this call is to end, None if as it should."""
        waiting = self.endings[method]
        return waiting.popleft() if waiting else None

    def drops_ack(self) -> bool:
        """Return whether this ack is lost on its way."""
        if self.acks_to_drop <= 0:
            return False
        self.acks_to_drop -= 1
        return True

    def clear(self) -> None:
        """End every fault."""
        self.is_down = False
        self.acks_to_drop = 0
        self.limited.clear()
        self.refusals.clear()
        self.endings.clear()

    def state(self) -> dict[str, object]:
        """Return the faults in force, as JSON."""
        return {
            "api_down": self.is_down,
            "acks_to_drop": self.acks_to_drop,
            "limited": {name: calls for name, (calls, _) in self.limited.items() if calls},
            "refusals": {name: list(rest) for name, rest in self.refusals.items() if rest},
            "endings": {name: list(rest) for name, rest in self.endings.items() if rest},
        }
