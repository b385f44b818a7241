"""The same workflow over real SSH, against a lab router, with its record in SQLite."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from qosbot.adapters.sql import SqlDecisions
from qosbot.domain.figures import Figures
from qosbot.domain.intents import AttachVoicePolicy
from qosbot.domain.inventory import Inventory, LinkId
from qosbot.domain.proposals import Proposal
from qosbot.domain.remediation import Remediation, State
from qosbot.domain.verification import Outcome
from qosbot.lab.cli.device import Reload
from qosbot.lab.startup import STARTUP
from qosbot.platforms.cisco_ios.dialect import CiscoIosDialect
from qosbot.workflows.outside import Outside
from qosbot.workflows.remediate import drive, tick
from qosbot.workflows.start import prepare, submit
from tests.adapters.ssh_bench import Site, site
from tests.domain.builders import NOON, PATH
from tests.domain.remedies import DATA_PATH, NEIGHBOUR, WAY, figures, proposal, sound, traffic
from tests.domain.situations import CIRCUIT, POLICY, decided
from tests.needs import needs
from tests.workflows.world import POLL_S, Clock, raised

pytestmark = pytest.mark.slow

IOS = CiscoIosDialect()
INTENT = AttachVoicePolicy(
    interface="GigabitEthernet0/1", priority_bps=1_046_000, reference_bps=4e6
)


@dataclass
class Branch:
    """A router, a record and a clock that both go by."""

    site: Site
    record: SqlDecisions
    clock: Clock
    helps: bool = True

    @property
    def outside(self) -> Outside:
        device = self.site.device
        here = LinkId(device=device.name, interface=INTENT.interface)
        link = replace(CIRCUIT, id=here, rate_out_bps=4e6, ef_contract_bps=2e6)
        return Outside(
            inventory=Inventory(
                devices={device.name: device},
                links={here: link},
                paths={PATH.name: PATH},
                policy=POLICY,
            ),
            sessions=self.site.sessions,
            decisions=self.record,
            dialects={"cisco_ios": IOS},
            has_kill_switch=lambda: False,
            figures=lambda _: self._poll(),
            poll_interval_s=POLL_S,
        )

    def _poll(self) -> Figures:
        at = self.clock.at
        fixed = self.helps and IOS.holds(INTENT, self.site.lab.running())
        mos, served = (4.1, traffic()) if fixed else (2.1, traffic(drop_ratio=0.2))
        data = traffic(DATA_PATH, offered_bps=1_900_000, drop_ratio=0.15 if fixed else 0.1)
        ways = (sound(WAY, mos=mos, at=at), sound(NEIGHBOUR, mos=4.2, at=at))
        return figures(at=at, voice=served, data=data, ways=ways)

    def propose(self) -> Proposal:
        running = self.site.sessions.read(self.site.device).running
        change = IOS.render(INTENT, running, self.site.device.name)
        plan = proposal(changes=change, fingerprint=IOS.fingerprint(running, INTENT))
        self.record.keep_alarms([raised()])
        submit(prepare(plan, self._poll(), self.outside, probe_period_s=60.0), self.outside, NOON)
        self.record.decide(decided(plan))
        return plan

    def sleep(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self.site.lab.clock.at += seconds

    def play(self, until: State | None = None) -> Remediation:
        end = self.clock.at + timedelta(minutes=20)
        while self.clock.at < end:
            found = self.now
            if found.state is until or found.action is None:
                break
            tick(self.outside, self.clock, worker="w", lease_s=60.0)
            self.sleep(POLL_S)
        return self.now

    @property
    def now(self) -> Remediation:
        found = self.record.remediation("p1")
        assert found is not None
        return found


@pytest.fixture
def branch(tmp_path: Path) -> Iterator[Branch]:
    with opened(tmp_path) as found:
        yield found


@contextmanager
def opened(tmp_path: Path, startup: str = STARTUP["lyo-ce1"]) -> Iterator[Branch]:
    with (
        site(startup, tmp_path) as router,
        SqlDecisions.open(tmp_path / "qosbot.db") as record,
    ):
        yield Branch(site=router, record=record, clock=Clock())


def step_until(branch: Branch, state: State) -> None:
    """Do one thing after the other until a state is reached, and nothing of what it is for."""
    for _ in range(10):
        if branch.now.state is state:
            break
        drive(branch.now, branch.outside, branch.clock.at)
    assert branch.now.state is state


def test_a_policy_that_helps_is_kept_and_saved(branch: Branch) -> None:
    branch.propose()
    end = branch.play()
    assert (end.state, end.outcome, end.is_saved) == (State.DONE, Outcome.HELPED, True)
    lab = branch.site.lab
    assert IOS.holds(INTENT, lab.running())
    assert lab.device.startup_config() == lab.running()
    assert branch.record.broken_link("p1") is None


def test_a_policy_that_does_not_help_leaves_no_trace(branch: Branch) -> None:
    branch.helps = False
    lab = branch.site.lab
    before = lab.running(), lab.device.startup_config()
    branch.propose()
    end = branch.play()
    assert (end.state, end.outcome) == (State.ROLLED_BACK, Outcome.NO_EFFECT)
    assert (lab.running(), lab.device.startup_config()) == before
    assert branch.site.sessions.revert_pending_s(branch.site.device) is None


def test_a_colleagues_edit_survives_and_a_person_is_called(branch: Branch) -> None:
    branch.propose()
    branch.play(until=State.VERIFYING)
    branch.site.lab.configure("ntp server 10.9.9.9")
    end = branch.play()
    assert end.state is State.STUCK
    assert "ntp server 10.9.9.9" in branch.site.lab.running()
    assert not IOS.holds(INTENT, branch.site.lab.running())
    assert branch.site.sessions.revert_pending_s(branch.site.device) is None


def test_a_colleagues_edit_before_the_read_back_is_not_adopted(branch: Branch) -> None:
    startup = branch.site.lab.device.startup_config()
    branch.propose()
    step_until(branch, State.READING_BACK)
    branch.site.lab.configure("ntp server 10.9.9.9")
    end = branch.play()
    assert end.state is State.STUCK
    assert "while our lines were typed" in end.remark
    assert "ntp server 10.9.9.9" in branch.site.lab.running()
    assert not IOS.holds(INTENT, branch.site.lab.running())
    assert branch.site.lab.device.startup_config() == startup
    assert branch.site.sessions.revert_pending_s(branch.site.device) is None
    assert branch.site.heard("write memory") == []


def test_a_colleagues_edit_of_the_same_interface_is_never_saved_with_ours(branch: Branch) -> None:
    startup = branch.site.lab.device.startup_config()
    branch.propose()
    step_until(branch, State.READING_BACK)
    branch.site.lab.configure(f"interface {INTENT.interface}\ndescription under test")
    end = branch.play()
    assert (end.state, end.is_saved) == (State.DONE, False)
    assert end.remark.endswith("something besides our lines changed, or may have")
    assert branch.site.lab.device.startup_config() == startup


def test_a_scheduled_reload_is_waited_for_and_uses_up_no_approval(branch: Branch) -> None:
    needs("patience")
    branch.propose()
    lab = branch.site.lab
    lab.device.scheduled_reload = Reload(due=lab.clock.now() + 6000, user="noc", reason="")
    for _ in range(4):
        tick(branch.outside, branch.clock, worker="w", lease_s=60.0)
        branch.sleep(POLL_S)
    assert branch.now.state is State.APPROVED
    assert "a reload is scheduled" in branch.now.remark
    assert (branch.record.past_changes(), branch.site.heard("configure")) == ((), [])
    lab.device.scheduled_reload = None
    assert branch.play().state is State.DONE


def test_a_router_without_an_archive_is_never_started_on(tmp_path: Path) -> None:
    with opened(tmp_path, STARTUP["lyo-ce1"].replace(" path flash:archive\n", "")) as found:
        found.propose()
        for _ in range(4):
            tick(found.outside, found.clock, worker="w", lease_s=60.0)
            found.sleep(POLL_S)
        assert found.now.state is State.APPROVED
        assert "no `archive` with a `path`" in found.now.remark
        assert (found.record.past_changes(), found.site.heard("configure")) == ((), [])


def test_a_restart_after_the_routers_own_revert_finds_nothing_to_undo(branch: Branch) -> None:
    before = branch.site.lab.running()
    branch.propose()
    branch.play(until=State.VERIFYING)
    sessions = len(branch.site.heard("configure terminal"))
    branch.sleep(branch.now.revert_after_min * 60.0)
    assert branch.play().state is State.ROLLED_BACK
    assert branch.site.lab.running() == before
    assert len(branch.site.heard("configure terminal")) == sessions == 1


def test_a_proposal_that_expires_opens_no_configuration_session(branch: Branch) -> None:
    plan = branch.propose()
    branch.clock.at = plan.expires_at
    assert branch.play().state is State.EXPIRED
    assert branch.site.heard("configure") == []
