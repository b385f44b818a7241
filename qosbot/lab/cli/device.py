"""An emulated IOS router: its configurations, its files and its timers.

Nothing ticks.  A timer is the moment when it is due, and whoever asks first after that moment
finds that it has fired, at the moment when it was due.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from qosbot.lab.cli import mqc, probes, refusals
from qosbot.lab.cli.config import Edited, Frame, edit, load, text_of
from qosbot.lab.cli.dates import file_stamp
from qosbot.lab.cli.grammar import NoSuchNameError
from qosbot.lab.cli.mqc import Change
from qosbot.lab.cli.tree import Entry
from qosbot.lab.faults import CliFaults
from qosbot.lab.observed import LabClock, Observed

RELEASE = "15.7"
_MINUTE_S = 60.0
_KEPT_LINES = 10_000
_KEPT_ARCHIVES = 10
_TERMINAL_LINES = 16
_PHYSICAL = ("Fast", "Gigabit", "TenGigabit", "Ethernet", "Serial", "ATM")


@dataclass(frozen=True, slots=True, kw_only=True)
class Revert:
    """A pending return to an archived configuration."""

    due: float
    minutes: int
    idle: bool
    armed_at: float
    archive: str
    text: str
    user: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reload:
    """A scheduled reboot."""

    due: float
    user: str
    reason: str


class IosDevice:
    """One router as its CLI shows it; the network reads its running configuration."""

    def __init__(
        self,
        *,
        name: str,
        startup: str,
        clock: LabClock,
        interfaces: Mapping[str, float],
        faults: CliFaults,
    ) -> None:
        """Boot with a startup configuration.

        Args:
            name: the host name, unless the configuration says another.
            startup: the startup configuration, in any order and abbreviated at will.
            clock: the lab's clock.
            interfaces: the port rate in bit/s of each physical interface, by its full name.
            faults: what goes wrong in the sessions; may be changed at any time.

        Raises:
            ValueError: if a line of `startup` is not understood.
        """
        self.name = name
        self.clock = clock
        self.faults = faults
        self.rates = dict(interfaces)
        self.observed: Observed | None = None
        self.files: dict[str, str] = {}
        self.archives: list[str] = []
        self.revert: Revert | None = None
        self.scheduled_reload: Reload | None = None
        self.revision = 0
        """Counts the changes of the running configuration."""
        self.changed_by = self.saved_by = ""
        self.lacks: dict[str, str] = {}
        """Actions of a class that the network under it cannot do, and what it says then."""
        self.on_reload: list[Callable[[], None]] = []
        """Called when the device reboots; the SSH server drops its sessions."""
        self.lock = threading.RLock()
        self._received: deque[tuple[float, int, str]] = deque(maxlen=_KEPT_LINES)
        self._archived = 0
        self._startup = self._canonical(startup)
        self.root = self._read(self._startup)
        self.terminals: dict[int, str] = {}
        """Who is on which virtual terminal line."""
        self.booted_at = self.running_last_changed = self.running_last_saved = clock.now()
        self._history = [(self.booted_at, text_of(self.root))]

    def watch(self, observed: Observed) -> None:
        """Show these counters from now on."""
        self.observed = observed

    def running_config(self, now: float) -> str:
        """Return the canonical running configuration, timers settled up to `now`."""
        with self.lock:
            self.settle(now)
            return self._history[-1][1]

    def config_history(self, now: float) -> tuple[tuple[float, str], ...]:
        """Return each running configuration with the time from which it was in force."""
        with self.lock:
            self.settle(now)
            return tuple(self._history)

    def startup_config(self) -> str:
        """Return the canonical startup configuration."""
        return self._startup

    @property
    def received(self) -> tuple[tuple[float, int, str], ...]:
        """Return the latest lines that were typed: time, session, line."""
        return tuple(self._received)

    @property
    def host_name(self) -> str:
        """Return the name that the prompt shows."""
        entry = self.root.child("hostname")
        return entry.words()[1] if entry is not None else self.name

    @property
    def terminal_lines(self) -> int:
        """Return how many sessions there may be at once: the configured vty lines, else 16."""
        numbers = [int(entry.words()[-1]) for entry in self.root.under("line", "vty")]
        return max(numbers, default=_TERMINAL_LINES - 1) + 1

    def hear(self, session: int, line: str, now: float) -> None:
        """Keep a typed line; an idle revert timer starts again."""
        self._received.append((now, session, line))
        if self.revert is not None and self.revert.idle:
            self.rearm(self.revert.minutes, now, idle=True)

    def settle(self, now: float) -> None:
        """Let every timer that is due by `now` have fired, in the order of their moments."""
        with self.lock:
            while True:
                revert, reload = self.revert, self.scheduled_reload
                if revert is not None and (reload is None or revert.due <= reload.due):
                    if revert.due > now:
                        return
                    self.revert = None
                    self.replace(revert.text, revert.due, revert.user)
                elif reload is not None and reload.due <= now:
                    self.reload(reload.due)
                else:
                    return

    def edit(self, frames: tuple[Frame, ...], line: str, now: float, user: str) -> Edited:
        """Apply one configuration line.

        Raises:
            SyntaxRefusalError: if no mode of the stack knows the line.
        """
        edited = edit(self.root, frames, line, self._refuse)
        if edited.root is self.root:
            return edited
        said = [edited.said] if edited.said else []
        said += mqc.detach_misfits(edited.root, self.rates)
        self._run(edited.root, now, user)
        return Edited(root=edited.root, frames=edited.frames, said="\n".join(said))

    def replace(self, text: str, now: float, user: str) -> None:
        """Make a stored configuration the running one."""
        self._run(self._read(text), now, user)

    def save(self, now: float, user: str) -> None:
        """Make the running configuration the startup one; archive it if that is configured."""
        self._startup = text_of(self.root)
        self.running_last_saved, self.saved_by = now, user
        archive = self.root.child("archive")
        if archive is not None and archive.child("write-memory") is not None:
            self.archive(now)

    def archive(self, now: float) -> str:
        """Store the running configuration under the archive's path; return the file's name.

        Returns an empty name where no archive is configured.
        """
        section = self.root.child("archive")
        path = section.child("path") if section is not None else None
        if section is None or path is None:
            return ""
        name = f"{path.words()[1]}-{file_stamp(now)}-{self._archived}"
        self._archived += 1
        self.files[name] = text_of(self.root)
        self.archives.append(name)
        maximum = section.child("maximum")
        kept = int(maximum.words()[1]) if maximum is not None else _KEPT_ARCHIVES
        while len(self.archives) > kept:
            self.files.pop(self.archives.pop(0), None)
        return name

    def arm(self, minutes: int, now: float, user: str, *, idle: bool = False) -> str:
        """Archive the running configuration and return to it unless confirmed in time.

        Returns:
            What IOS says: where it backs up to, or why it refuses.
        """
        if self.revert is not None:
            return refusals.ALREADY_PENDING
        name = self.archive(now)
        if not name:
            return refusals.NEEDS_ARCHIVE
        self.revert = Revert(
            due=now + minutes * _MINUTE_S, minutes=minutes, idle=idle, armed_at=now,
            archive=name, text=self.files[name], user=user,
        )  # fmt: skip
        return f"Rollback Confirmed Change: Backing up current running config to {name}\n"

    def rearm(self, minutes: int, now: float, *, idle: bool = False) -> None:
        """Start the pending timer again."""
        held = self.revert
        if held is not None:
            self.revert = Revert(
                due=now + minutes * _MINUTE_S, minutes=minutes, idle=idle, armed_at=now,
                archive=held.archive, text=held.text, user=held.user,
            )  # fmt: skip

    def reload(self, now: float) -> None:
        """Reboot: the startup configuration runs; sessions and timers are gone."""
        with self.lock:
            self.revert = self.scheduled_reload = None
            self.root = self._read(self._startup)
            self.booted_at = self.running_last_changed = self.running_last_saved = now
            self.changed_by = self.saved_by = ""
            self._note(now)
        for drop in self.on_reload:
            drop()

    def _read(self, text: str) -> Entry:
        """Return a stored configuration as it comes up: a policy that does not fit is left out."""
        root, _ = load(text.splitlines(), self.rates)
        mqc.detach_misfits(root, self.rates)
        return root

    def _canonical(self, text: str) -> str:
        root, unknown = load(text.splitlines(), self.rates)
        if unknown:
            raise ValueError(f"{self.name}: not understood: {'; '.join(unknown)}")
        for line in (f"version {RELEASE}", f"hostname {self.name}"):
            if root.child(line.split()[0]) is None:
                root = load([line, *text_of(root).splitlines()], self.rates)[0]
        return text_of(root)

    def _refuse(self, before: Entry, after: Entry, change: Change) -> str:
        if change.slot[0] == "interface" and change.mode == "config":
            port = change.slot[1].partition(".")[0]
            if change.removes and change.slot[1] in self.rates:
                return refusals.PHYSICAL
            if port.startswith(_PHYSICAL) and port not in self.rates:
                raise NoSuchNameError
        if change.mode == "config-pmap-c" and not change.removes and change.slot[0] in self.lacks:
            return self.lacks[change.slot[0]]
        return mqc.refusal(before, after, change, self.rates) or probes.refusal(
            before, after, change
        )

    def _run(self, root: Entry, now: float, user: str) -> None:
        self.root = root
        self.running_last_changed, self.changed_by = now, user
        self._note(now)

    def _note(self, now: float) -> None:
        text = text_of(self.root)
        if text != self._history[-1][1]:
            self.revision += 1
            self._history.append((now, text))
