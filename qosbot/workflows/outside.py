"""What carrying out a remediation needs from the outside, and how each step of it is kept."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from qosbot.domain.alarms import AlarmState
from qosbot.domain.approvals import with_members
from qosbot.domain.audit.findings import DeviceAudit
from qosbot.domain.errors import DeviceAbsentError
from qosbot.domain.figures import Figures
from qosbot.domain.ground import paths_over
from qosbot.domain.history import Step
from qosbot.domain.inventory import Device, Inventory, LinkId, Policy
from qosbot.domain.precautions import Standing, standing_of
from qosbot.domain.remediation import ConfigMark, Event, Remediation, advance
from qosbot.domain.rules import Controls, auto_off_because
from qosbot.domain.situations import Situation
from qosbot.ports.configuring import ConfigSession, Dialect
from qosbot.ports.deciding import Decisions

BOT = "qosbot"


def nobody_audits(device: Device, running: str) -> DeviceAudit | None:
    """Return that nothing is known of a configuration."""
    del device, running
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The ports and settings of `remediate`."""

    inventory: Inventory
    sessions: ConfigSession
    decisions: Decisions
    dialects: Mapping[str, Dialect]
    """By platform."""
    has_kill_switch: Callable[[], bool]
    figures: Callable[[Remediation], Figures | None]
    """The latest figures of the bottleneck and of the paths around it; None: not polled yet."""
    poll_interval_s: float
    retry_s: float = 15.0
    """Until something is tried again that the outside did not let happen."""
    read_policy: Callable[[], Policy] | None = None
    """Returns the policy of now; without it the one of the inventory holds."""
    read_members: Callable[[], Mapping[str, Collection[str]]] = dict
    """Returns who is in which Slack user group, where that was read a short while ago."""
    audit: Callable[[Device, str], DeviceAudit | None] = nobody_audits
    """Judges a running configuration by the rules of the audit; None: it failed."""

    @property
    def policy(self) -> Policy:
        """Return what may be done now, by whom and when, with groups as their members."""
        return with_members(self.policy_as_written, self.read_members())

    @property
    def policy_as_written(self) -> Policy:
        """Return the policy of now, with groups by their names."""
        return self.inventory.policy if self.read_policy is None else self.read_policy()

    def device(self, remediation: Remediation) -> Device:
        """Return the device that is changed.

        Raises:
            DeviceAbsentError: if the inventory has it no more, or nothing to log in with.
        """
        device = self.inventory.devices.get(remediation.device)
        if device is None:
            raise DeviceAbsentError(remediation.device, "it is not in the inventory")
        if device.ssh is None:
            raise DeviceAbsentError(device.name, "the inventory has no username and password")
        return device

    def dialect(self, remediation: Remediation) -> Dialect:
        """Return how its configuration is read.

        Raises:
            DeviceAbsentError: as `device` does, or if its platform is only watched.
        """
        device = self.device(remediation)
        if device.platform not in self.dialects:
            raise DeviceAbsentError(device.name, f"platform {device.platform} is only watched")
        return self.dialects[device.platform]

    def controls(self, remediation: Remediation) -> Controls:
        """Return the switches, after switching off what failed too often.

        Derived from what happened whenever it is needed, so that no crash can skip it.
        """
        controls, risk = self.decisions.controls(), remediation.proposal.risk
        why = auto_off_because(risk, self.decisions.past_changes(), controls)
        if why and risk not in controls.auto_off:
            self.decisions.switch_auto_off(risk, why)
            return self.decisions.controls()
        return controls

    def situation(self, remediation: Remediation, now: datetime) -> Situation:
        """Return what the guards look at, before the device itself is read.

        Raises:
            DeviceAbsentError: if there is no way to the device.
        """
        proposal = remediation.proposal
        interface = getattr(proposal.change.intent, "interface", None)
        link = None if interface is None else LinkId(device=remediation.device, interface=interface)
        alarms = self.decisions.alarms(proposal.alarms)
        known = self.inventory.links
        return Situation(
            now=now,
            policy=self.policy,
            controls=self.controls(remediation),
            has_kill_switch=self.has_kill_switch(),
            proposal=proposal,
            mode=remediation.mode,
            decision=self.decisions.decision(remediation.id),
            alarms={alarm: known.state for alarm, known in alarms.items()},
            link=None if link is None else self.inventory.links.get(link),
            links=tuple(known[one] for one in proposal.links if one in known and one != link),
            paths=paths_over(self.inventory, proposal.links),
            past=self.decisions.past_changes(),
            terms=self.dialect(remediation).terms,
            revert_after_min=remediation.revert_after_min,
        )

    def is_called_for(self, remediation: Remediation) -> bool:
        """Return whether any of the alarms that are answered still stands.

        A precaution answers none: its finding is looked for on the device, when it starts.
        """
        if remediation.proposal.precaution is not None:
            return True
        alarms = self.decisions.alarms(remediation.proposal.alarms)
        return any(alarm.state is AlarmState.RAISED for alarm in alarms.values())

    def move(
        self,
        remediation: Remediation,
        event: Event,
        now: datetime,
        words: str = "",
        *,
        by: str = BOT,
        **changed: object,
    ) -> Remediation:
        """Save a remediation after an event, with a step of history, and return it.

        Raises:
            StoreConflictError: if somebody else moved it, or has the device in hand.
        """
        moved = replace(advance(remediation, event, now), remark=words)
        moved = replace(moved, **changed)  # type: ignore[arg-type]  # fields, by their names
        step = Step(at=now, event=event, state=moved.state, by=by, words=words)
        return self.decisions.save(moved, step)

    def end_undecided(
        self, remediation: Remediation, event: Event, now: datetime, words: str
    ) -> Remediation:
        """Save how a remediation ended that nobody decided on.

        Raises:
            StoreConflictError: if somebody moved it, or decided on it since it was looked at.
        """
        moved = replace(advance(remediation, event, now), remark=words)
        step = Step(at=now, event=event, state=moved.state, by=BOT, words=words)
        return self.decisions.save(moved, step, if_undecided=True)

    def wait(
        self,
        remediation: Remediation,
        now: datetime,
        words: str,
        *,
        event: Event = Event.WAIT,
        for_s: float | None = None,
        **changed: object,
    ) -> Remediation:
        """Save until when a remediation waits; a step of history only where the reason is new."""
        due_at = now + timedelta(seconds=self.retry_s if for_s is None else for_s)
        moved = replace(advance(remediation, event, now), remark=words, due_at=due_at)
        moved = replace(moved, **changed)  # type: ignore[arg-type]  # fields, by their names
        if words == remediation.remark:
            return self.decisions.save(moved)
        step = Step(at=now, event=event, state=moved.state, by=BOT, words=words)
        return self.decisions.save(moved, step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A device's configuration as it is now, as far as a remediation cares."""

    mark: ConfigMark
    fingerprint: str
    holds: bool
    """What was asked for is in force."""
    is_undone: bool
    """Nothing is left to take back."""
    pending_s: float | None
    """Until the device goes back by itself; None: no timer runs."""
    only_ours: bool | None = None
    """Nothing but our lines has changed since they were first typed; None: it can't be told."""
    finding: Standing | None = None
    """What is left of the finding that a precaution answers; None: it is no precaution."""


def look(remediation: Remediation, outside: Outside) -> Seen:
    """Return what is so on the device; change nothing.

    Raises:
        DeviceUnreachableError: if it does not answer.
    """
    device, dialect = outside.device(remediation), outside.dialect(remediation)
    change = remediation.proposal.change
    config = outside.sessions.read(device)
    mark = ConfigMark(
        running=dialect.digest(config.running), startup=dialect.digest(config.startup)
    )
    before, only_ours = remediation.config_before, None
    # While nobody saves, the startup configuration is the text of what ran before.
    if before is not None and mark.startup == before.running:
        only_ours = dialect.only_ours(change, config.startup, config.running)
    return Seen(
        mark=mark,
        fingerprint=dialect.fingerprint(config.running, change.intent),
        holds=dialect.holds(change.intent, config.running),
        is_undone=dialect.undone(change, config.running),
        pending_s=outside.sessions.revert_pending_s(device),
        only_ours=only_ours,
        finding=_finding(remediation, outside, config.running),
    )


def _finding(remediation: Remediation, outside: Outside, running: str) -> Standing | None:
    precaution = remediation.proposal.precaution
    if precaution is None:
        return None
    found = outside.audit(outside.device(remediation), running)
    return standing_of(precaution.rule, precaution.where, precaution.finding, found)
