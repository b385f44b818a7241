"""The state of one person's session: mode, terminal and what the device wants to know."""

from collections.abc import Callable
from dataclasses import dataclass

from qosbot.lab.cli.config import Frame
from qosbot.lab.cli.device import IosDevice
from qosbot.lab.cli.view import View

_CONFIG_PROMPT_NAME = 20
"""IOS cuts the host name to this many characters where the prompt names a mode."""

ENTERED = "Enter configuration commands, one per line.  End with CNTL/Z."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a line answers, and what the device wants to know next."""

    text: str = ""
    asks: str = ""
    """A question; the next line, or the next key, is its answer."""
    by_key: bool = False
    then: Callable[[str], "Reply"] | None = None
    closes: bool = False


@dataclass(slots=True, kw_only=True)
class Session:
    """The state of one terminal line."""

    device: IosDevice
    number: int
    user: str
    vty: int = 0
    """The virtual terminal line that it holds."""
    frames: tuple[Frame, ...] = ()
    """The configuration sections that the session stands in; none in EXEC mode."""
    width: int = 80
    length: int = 24

    @property
    def prompt(self) -> str:
        """Return the prompt of the mode."""
        name = self.device.host_name
        if not self.frames:
            return f"{name}#"
        return f"{name[:_CONFIG_PROMPT_NAME]}({self.frames[-1].mode})#"

    @property
    def line(self) -> str:
        """Return the name of the terminal line."""
        return f"vty {self.vty}"

    def view(self, now: float) -> View:
        """Return what this session may look at."""
        return View(device=self.device, now=now, user=self.user, line=self.line)

    def leave(self) -> None:
        """Go back to EXEC mode."""
        self.frames = ()
