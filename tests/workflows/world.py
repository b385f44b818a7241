"""One router, one clock, one record: a world in which a remediation plays, and may be killed.

The router's configuration is a handful of lines.  A `Fuse` kills the process before and after
everything that it does to the router or to the record.
"""

# ruff: noqa: ARG002 - a fake is given what the port is given, and needs less

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from qosbot.domain import history
from qosbot.domain.alarms import Alarm, AlarmState
from qosbot.domain.approvals import Choice, Decision, anybody
from qosbot.domain.errors import (
    CommitRefusedError,
    DeviceUnreachableError,
    StoreConflictError,
)
from qosbot.domain.figures import Figures
from qosbot.domain.history import BrokenLink, Entry, Step
from qosbot.domain.in_force import STAYS
from qosbot.domain.intents import ConfigChange, Intent, PreferCodec
from qosbot.domain.inventory import Device, Inventory, Risk, Secret, SnmpV2c, SshAccess
from qosbot.domain.proposals import Proposal
from qosbot.domain.remediation import IN_HAND, Remediation, State, past_change
from qosbot.domain.rules import Controls, PastChange
from qosbot.domain.situations import Terms
from qosbot.ports.configuring import ApplyResult, DeviceConfig, LineResult
from qosbot.workflows.outside import Outside
from qosbot.workflows.remediate import tick
from qosbot.workflows.start import submit
from tests.domain.builders import NOON, PATH
from tests.domain.remedies import (
    LINK,
    NEIGHBOUR,
    WAY,
    change,
    figures,
    proposal,
    remediation,
    sound,
    traffic,
)
from tests.domain.situations import CIRCUIT, POLICY, decided

BEFORE = ("hostname par-ce1", "priority 300")
AFTER = ("hostname par-ce1", "match ef", "priority 600")
CHANGE = change(apply=("priority 600", "match ef"), undo=("priority 300", "no match ef"))
PLAN = proposal(changes=CHANGE, fingerprint="priority 300")
POLL_S = 30.0
LEASE_S = 20.0
ROUTER = Device(
    name="par-ce1",
    platform="cisco_ios",
    site="par",
    address="192.0.2.1",
    snmp=SnmpV2c(community=Secret("x")),
    ssh=SshAccess(address="192.0.2.1", username="qosbot", password=Secret("x")),
)


class Died(BaseException):
    """The process is no more."""


@dataclass
class Fuse:
    """Kills the process at the n-th thing that it does; None: never."""

    at: int | None = None
    also_at: frozenset[int] = frozenset()
    count: int = 0

    def burn(self) -> None:
        if self.count == self.at or self.count in self.also_at:
            self.count += 1
            raise Died
        self.count += 1


@dataclass
class Clock:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Router:
    clock: Clock
    running: tuple[str, ...] = BEFORE
    startup: tuple[str, ...] = BEFORE
    archive: tuple[str, ...] = ()
    reverts_at: datetime | None = None
    refuses: frozenset[str] = frozenset()
    ignores: frozenset[str] = frozenset()
    """Lines that are taken and do nothing."""
    objection: str = ""
    """Why no change could be started."""
    also_edited: str = ""
    """What a colleague types right after our last line."""
    takes_timer: bool = True
    takes_save: bool = True
    is_silent: bool = False
    silent_at: int | None = None
    """The session that breaks, counted from 0."""
    sessions: int = 0
    log: list[str] = field(default_factory=list)

    def wake(self) -> None:
        """Do what the router's own timer has done meanwhile."""
        if self.reverts_at is not None and self.reverts_at <= self.clock.at:
            self.running, self.reverts_at = self.archive, None
            self.log.append("revert")

    def edit(self, line: str) -> None:
        name = line.removeprefix("no ").split()[0]
        kept = tuple(one for one in self.running if one.split()[0] != name)
        self.running = kept if line.startswith("no ") else tuple(sorted((*kept, line)))


@dataclass
class FakeSession:
    router: Router
    fuse: Fuse

    def _open(self) -> None:
        self.router.wake()
        self.router.sessions += 1
        if self.router.is_silent or self.router.sessions - 1 == self.router.silent_at:
            raise DeviceUnreachableError("par-ce1", 10.0)

    def _do(self, word: str) -> None:
        self.router.log.append(word)

    def read(self, device: Device) -> DeviceConfig:
        self._open()
        self.fuse.burn()
        text = "\n".join(self.router.running), "\n".join(self.router.startup)
        return DeviceConfig(
            running=text[0], startup=text[1], read_at=self.router.clock.at, changed_stamp=""
        )

    def apply(self, device: Device, change: ConfigChange, *, revert_after_min: int) -> ApplyResult:
        self._open()
        self.fuse.burn()
        router = self.router
        if router.reverts_at is None:
            if not router.takes_timer:
                raise CommitRefusedError("par-ce1", "% Rollback is not configured")
            router.archive = router.running
            router.reverts_at = router.clock.at + timedelta(minutes=revert_after_min)
            self._do("arm")
        result = self._type(change.apply)
        if router.also_edited:
            router.edit(router.also_edited)
        return result

    def undo(self, device: Device, change: ConfigChange) -> ApplyResult:
        self._open()
        return self._type(change.undo)

    def _type(self, lines: Sequence[str]) -> ApplyResult:
        results = []
        for line in lines:
            self.fuse.burn()
            is_taken = line not in self.router.refuses
            if is_taken and line not in self.router.ignores:
                self.router.edit(line)
            self._do(line)
            answer = "" if is_taken else "% Invalid input"
            results.append(LineResult(line=line, accepted=is_taken, answer=answer))
            if not is_taken:
                break
        self.fuse.burn()
        return ApplyResult(lines=tuple(results))

    def revert_pending_s(self, device: Device) -> float | None:
        self._open()
        self.fuse.burn()
        at = self.router.reverts_at
        return None if at is None else (at - self.router.clock.at).total_seconds()

    def confirm(self, device: Device) -> None:
        self._open()
        self.fuse.burn()
        if self.router.reverts_at is not None:
            self.router.reverts_at = None
            self._do("confirm")
        self.fuse.burn()

    def preflight(self, device: Device) -> str:
        self._open()
        self.fuse.burn()
        return self.router.objection

    def save(self, device: Device, *, expected: str | None = None) -> None:
        self._open()
        self.fuse.burn()
        is_expected = expected in {None, "\n".join(self.router.running)}
        if self.router.takes_save and is_expected:
            self.router.startup = self.router.running
        self._do("save")
        self.fuse.burn()


class FakeDialect:
    terms = Terms(
        allowed_lines=(r"(no )?match ef", r"priority \d+"), least_timer_min=1, most_timer_min=120
    )

    def fingerprint(self, running: str, intent: Intent) -> str:
        mine = [one for one in running.splitlines() if one.startswith(("priority", "match"))]
        return " / ".join(mine)

    def holds(self, intent: Intent, running: str) -> bool:
        return {"match ef", "priority 600"} <= set(running.splitlines())

    def undone(self, change: ConfigChange, running: str) -> bool:
        lines = set(running.splitlines())
        return "match ef" not in lines and "priority 300" in lines

    def digest(self, config: str) -> str:
        return config

    def only_ours(self, change: ConfigChange, before: str, running: str) -> bool | None:
        ours = {*change.apply, *change.undo}
        return set(before.splitlines()) - ours == set(running.splitlines()) - ours


@dataclass
class FakeDecisions:
    """The record in memory; it keeps the same promises as the real one."""

    fuse: Fuse
    kept: dict[str, Remediation] = field(default_factory=dict)
    chains: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    decided: dict[str, Decision] = field(default_factory=dict)
    voted: dict[str, dict[str, Decision]] = field(default_factory=dict)
    known: dict[str, Alarm] = field(default_factory=dict)
    claims: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    switches: Controls = field(default_factory=Controls)
    others: tuple[PastChange, ...] = ()

    def keep_alarms(self, alarms: Sequence[Alarm]) -> None:
        self.known.update({alarm.id: alarm for alarm in alarms})

    def alarms(self, ids: Collection[str] | None = None) -> Mapping[str, Alarm]:
        if ids is None:
            return {k: v for k, v in self.known.items() if v.state is AlarmState.RAISED}
        return {name: self.known[name] for name in ids if name in self.known}

    def add(self, remediation: Remediation, *steps: Step, if_idle: bool = False) -> Remediation:
        if remediation.id in self.kept:
            raise StoreConflictError(f"{remediation.id} is there already")
        others = (one for one in self.remediations(only_open=True) if if_idle)
        if any(one.device == remediation.device for one in others):
            raise StoreConflictError(f"another waits on {remediation.device}")
        self.kept[remediation.id] = replace(remediation, version=1)
        self.chains[remediation.id] = history.append(remediation.id, None, steps)
        return self.kept[remediation.id]

    def save(
        self, remediation: Remediation, *steps: Step, if_undecided: bool = False
    ) -> Remediation:
        self.fuse.burn()
        name = remediation.id
        if if_undecided and name in self.decided:
            raise StoreConflictError(f"{name} was decided on")
        if name not in self.kept or self.kept[name].version != remediation.version:
            raise StoreConflictError(f"{name} moved")
        busy = [
            one
            for one in self.past_changes()
            if one.is_in_hand and one.device == remediation.device and one.remediation != name
        ]
        if busy and remediation.state in IN_HAND:
            raise StoreConflictError(f"{remediation.device} is in hand")
        self.kept[name] = replace(remediation, version=remediation.version + 1)
        last = self.chains[name][-1] if self.chains[name] else None
        self.chains[name] += history.append(name, last, steps)
        self.fuse.burn()
        return self.kept[name]

    def remediation(self, name: str) -> Remediation | None:
        return self.kept.get(name)

    def remediations(
        self,
        *,
        only_open: bool = False,
        states: Collection[State] | None = None,
        moved_since: datetime | None = None,
    ) -> tuple[Remediation, ...]:
        found = sorted(self.kept.values(), key=lambda r: (r.proposal.created_at, r.id))
        return tuple(
            r
            for r in found
            if (not only_open or r.action is not None)
            and (states is None or r.state in states)
            and (
                moved_since is None
                or any(entry.step.at >= moved_since for entry in self.history(r.id))
            )
        )

    def codecs_in_force(self) -> tuple[Proposal, ...]:
        stayed = (r.proposal for r in self.remediations(states=STAYS))
        return tuple(one for one in stayed if isinstance(one.change.intent, PreferCodec))

    def due(self, now: datetime) -> tuple[Remediation, ...]:
        found = [
            r for r in self.remediations(only_open=True) if r.due_at is None or r.due_at <= now
        ]
        return tuple(
            sorted(found, key=lambda r: (r.state is not State.ROLLING_BACK, r.state not in IN_HAND))
        )

    def claim(self, name: str, worker: str, now: datetime, lease_s: float) -> bool:
        held = self.claims.get(name)
        if name not in self.kept:
            return False
        if held is not None and held[0] != worker and held[1] > now:
            return False
        self.claims[name] = (worker, now + timedelta(seconds=lease_s))
        return True

    def release(self, name: str, worker: str) -> None:
        if self.claims.get(name, ("",))[0] == worker:
            del self.claims[name]

    def decide(
        self, decision: Decision, *, quorum: int = 1, counts: Callable[[str], bool] = anybody
    ) -> Decision | None:
        self.fuse.burn()
        name = decision.remediation
        if name in self.kept and self.kept[name].state is not State.AWAITING_DECISION:
            raise StoreConflictError(f"{name} waits for no decision")
        if name in self.decided:
            return self.decided[name]
        if decision.choice is Choice.APPROVE and quorum > 1:
            self.voted.setdefault(name, {}).setdefault(decision.by, decision)
            same = [one.by for one in self.votes(name) if one.plan_hash == decision.plan_hash]
            agreed = [by for by in same if counts(by)]
            if len(agreed) < quorum:
                return None
            others = tuple(by for by in agreed if by != decision.by)
            decision = replace(decision, others=others)
        return self.decided.setdefault(name, decision)

    def votes(self, name: str) -> tuple[Decision, ...]:
        return tuple(self.voted.get(name, {}).values())

    def decision(self, name: str) -> Decision | None:
        return self.decided.get(name)

    def history(self, name: str) -> tuple[Entry, ...]:
        return self.chains.get(name, ())

    def broken_link(self, name: str) -> BrokenLink | None:
        return history.verify(name, self.history(name))

    def heads(self) -> Mapping[str, str]:
        return {name: self.history(name)[-1].hash for name in self.kept if self.history(name)}

    def past_changes(self) -> tuple[PastChange, ...]:
        own = (past_change(one) for one in self.kept.values())
        return (*self.others, *(one for one in own if one is not None))

    def controls(self) -> Controls:
        return self.switches

    def pause(self, by: str) -> None:
        self.switches = replace(self.switches, paused_by=self.switches.paused_by or by)

    def resume(self, by: str) -> None:
        self.switches = replace(self.switches, paused_by="")

    def switch_auto_off(self, risk: Risk, why: str) -> None:
        self.switches = replace(self.switches, auto_off={risk: why, **self.switches.auto_off})

    def switch_auto_on(self, risk: Risk, by: str, now: datetime) -> None:
        off = {one: why for one, why in self.switches.auto_off.items() if one is not risk}
        self.switches = replace(
            self.switches, auto_off=off, auto_on_at={**self.switches.auto_on_at, risk: now}
        )


@dataclass
class World:
    """Everything, with the knobs that a test may turn."""

    clock: Clock = field(default_factory=Clock)
    fuse: Fuse = field(default_factory=Fuse)
    router: Router = field(init=False)
    record: FakeDecisions = field(init=False)
    has_kill_switch: bool = False
    good_mos: float = 4.1
    is_congested: bool = True
    is_polled: bool = True
    workers: int = 0

    def __post_init__(self) -> None:
        self.router = Router(self.clock)
        self.record = FakeDecisions(self.fuse)
        self.record.keep_alarms([raised()])

    @property
    def outside(self) -> Outside:
        return Outside(
            inventory=Inventory(
                devices={ROUTER.name: ROUTER},
                links={LINK: CIRCUIT},
                paths={PATH.name: PATH},
                policy=POLICY,
            ),
            sessions=FakeSession(self.router, self.fuse),
            decisions=self.record,
            dialects={"cisco_ios": FakeDialect()},
            has_kill_switch=lambda: self.has_kill_switch,
            figures=lambda _: self._poll(),
            poll_interval_s=POLL_S,
        )

    def _poll(self) -> Figures | None:
        self.router.wake()
        if not self.is_polled:
            return None
        at, fixed = self.clock.at, set(AFTER) <= set(self.router.running)
        return figures(
            at=at,
            voice=traffic(drop_ratio=0.0 if fixed else 0.2),
            offered_bps=2_500_000,
            is_congested=self.is_congested,
            data=traffic(
                ("WAN", "class-default"),
                offered_bps=1_900_000,
                drop_ratio=(290_000 if fixed else 190_000) / 1_900_000,
            ),
            ways=(
                sound(WAY, mos=self.good_mos if fixed else 2.1, at=at),
                sound(NEIGHBOUR, mos=4.2, at=at),
            ),
        )

    def propose(self, **changed: object) -> Remediation:
        new = remediation(**{"proposal": PLAN, **changed})
        return submit(new, self.outside, self.clock.at)

    def approve(self) -> None:
        self.record.decided[PLAN.id] = decided(PLAN)

    @property
    def now(self) -> Remediation:
        found = self.record.remediation(PLAN.id)
        assert found is not None
        return found

    def tick(self) -> None:
        tick(self.outside, self.clock, worker=f"w{self.workers}", lease_s=LEASE_S)

    def play(self, minutes: float = 30.0) -> Remediation:
        """Tick every few seconds until there is nothing left to do; restart what dies."""
        end = self.clock.at + timedelta(minutes=minutes)
        while self.clock.at < end and self.now.action is not None:
            try:
                self.tick()
            except Died:
                self.workers += 1
            self.clock.sleep(5.0)
        self.router.wake()
        return self.now

    def die(self, at: int) -> None:
        """Play until the process dies, and do not restart it."""
        self.fuse.at = at
        try:
            while self.now.action is not None:
                self.tick()
                self.clock.sleep(5.0)
        except Died:
            self.workers += 1

    def play_until(self, state: object) -> Remediation:
        for _ in range(200):
            if self.now.state is state:
                break
            self.tick()
            self.clock.sleep(5.0)
        assert self.now.state is state
        return self.now


def raised(state: AlarmState = AlarmState.RAISED) -> Alarm:
    return Alarm(
        id="a1",
        state=state,
        bottleneck=LINK,
        ways=(WAY,),
        raised_at=NOON,
        cleared_at=None,
        mos_worst=2.1,
        mos_latest=2.1,
    )


def approved(**changed: object) -> World:
    """Return a world with an approved proposal."""
    world = World()
    for name, value in changed.items():
        setattr(world, name, value)
    world.propose()
    world.approve()
    return world
