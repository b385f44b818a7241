"""IOS and IOS-XE as planning and remediation see them."""

from collections.abc import Sequence

from qosbot.domain.intents import ConfigChange, Intent
from qosbot.domain.policies import QosPolicy
from qosbot.domain.situations import Terms
from qosbot.platforms.cisco_ios import allowed, ours, readback, render, session
from qosbot.platforms.cisco_ios.fingerprint import fingerprint
from qosbot.platforms.cisco_ios.lines import preview
from qosbot.platforms.cisco_ios.policy import parse
from qosbot.platforms.cisco_ios.redact import redact
from qosbot.platforms.cisco_ios.tree import grow


class CiscoIosDialect:
    """Fulfils `Platform` and `Dialect`; has no state."""

    catch_all = "class-default"

    @property
    def terms(self) -> Terms:
        """Return what may be typed, and how long the revert timer can run."""
        return Terms(
            allowed_lines=tuple(one.pattern.pattern for one in allowed.CONFIGURATION),
            least_timer_min=session.SHORTEST_REVERT_MIN,
            most_timer_min=session.LONGEST_REVERT_MIN,
        )

    def parse(self, running: str) -> QosPolicy:
        """Return what a running configuration says of QoS."""
        return parse(running)

    def render(self, intent: Intent, running: str, device: str) -> ConfigChange:
        """Return the lines that make an intent so, and their exact undo.

        Raises:
            UnsupportedIntentError: if it can't be expressed there, or would do harm.
        """
        return render.render(intent, running, device)

    def fingerprint(self, running: str, intent: Intent) -> str:
        """Return a hash of all that an intent touches and rests on."""
        return fingerprint(running, intent)

    def holds(self, intent: Intent, running: str) -> bool:
        """Return whether what the intent asks for is in force."""
        return readback.holds(intent, running)

    def with_lines(self, running: str, lines: Sequence[str]) -> str:
        """Return a configuration as it will be with some lines in it, comments left out."""
        return "\n".join(preview(grow(running), lines).lines()[1:])

    def undone(self, change: ConfigChange, running: str) -> bool:
        """Return whether nothing of the change is left to take back."""
        return render.undone(change, running)

    def redact(self, text: str) -> str:
        """Return a text of the device with every secret masked."""
        return redact(text)

    def digest(self, config: str) -> str:
        """Return a hash of a whole configuration without its volatile lines."""
        return ours.digest(config)

    def only_ours(self, change: ConfigChange, before: str, running: str) -> bool | None:
        """Return whether nothing but a change lies between two; None: it can't be told."""
        return ours.only_ours(change, before, running)
