"""A precaution from its proposal to its end, on one router; it answers a finding and no alarm."""

from dataclasses import dataclass, replace

import pytest

from qosbot.domain.audit.findings import DeviceAudit
from qosbot.domain.errors import StoreConflictError
from qosbot.domain.figures import Figures
from qosbot.domain.inventory import Device, Mode
from qosbot.domain.remediation import Event, Remediation, State
from qosbot.domain.verification import Outcome
from qosbot.workflows.outside import Outside
from qosbot.workflows.start import prepare, submit
from tests.domain.remedies import (
    FOUND,
    LINK,
    NEIGHBOUR,
    WAY,
    figures,
    precaution,
    remediation,
    sound,
    traffic,
)
from tests.domain.situations import decided
from tests.workflows.world import AFTER, BEFORE, PLAN, POLL_S, World

CAUTIOUS = precaution(PLAN)
CALM = traffic(("WAN", "class-default"), offered_bps=900_000)


@dataclass
class CalmWorld(World):
    """A world in which nobody suffers, and a router that an audit has found something on."""

    mends: bool = True
    """Whether the rule is met once the lines are in."""
    is_fixed_by_hand: bool = False
    can_judge: bool = True
    neighbour_mos: float = 4.2
    """What the other path sounds like once the lines are in."""

    @property
    def outside(self) -> Outside:
        return replace(super().outside, audit=self.judge)

    def judge(self, device: Device, running: str) -> DeviceAudit | None:
        if not self.can_judge:
            return None
        has_lines = set(AFTER) <= set(running.splitlines())
        is_met = self.is_fixed_by_hand or (has_lines and self.mends)
        return DeviceAudit(
            device=device.name,
            platform=device.platform,
            findings=() if is_met else (FOUND,),
            not_judged=(),
            not_understood=(),
        )

    def _poll(self) -> Figures | None:
        self.router.wake()
        at, has_lines = self.clock.at, set(AFTER) <= set(self.router.running)
        return figures(
            at=at,
            voice=traffic(),
            data=CALM,
            offered_bps=1_500_000,
            is_congested=False,
            ways=(
                sound(WAY, mos=4.2, at=at),
                sound(NEIGHBOUR, mos=self.neighbour_mos if has_lines else 4.2, at=at),
            ),
        )

    def propose(self, **changed: object) -> Remediation:
        before = self._poll()
        assert before is not None
        plan = {"proposal": CAUTIOUS, "affected": (), "before": before}
        return submit(remediation(**{**plan, **changed}), self.outside, self.clock.at)

    def approve(self) -> None:
        self.record.decided[CAUTIOUS.id] = decided(CAUTIOUS)


def approved(**changed: object) -> CalmWorld:
    world = CalmWorld()
    for name, value in changed.items():
        setattr(world, name, value)
    world.record.known.clear()
    world.propose()
    world.approve()
    return world


def test_a_precaution_that_did_no_harm_is_kept_and_saved_and_never_called_a_help() -> None:
    world = approved()
    end = world.play()
    assert (end.state, end.outcome, end.is_saved) == (State.DONE, Outcome.HARMLESS, True)
    assert (world.router.running, world.router.startup) == (AFTER, AFTER)
    events = {entry.step.event for entry in world.record.history(CAUTIOUS.id)}
    assert Event.HARMLESS in events
    assert Event.HELPED not in events


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"neighbour_mos": 3.5}, Outcome.HURT),
        ({"mends": False}, Outcome.NO_EFFECT),
    ],
)
def test_a_precaution_that_harms_or_mends_nothing_is_put_back(
    changed: dict[str, object], outcome: Outcome
) -> None:
    world = approved(**changed)
    end = world.play()
    assert (end.state, end.outcome) == (State.ROLLED_BACK, outcome)
    assert (world.router.running, world.router.startup) == (BEFORE, BEFORE)


def test_a_precaution_that_nobody_can_judge_again_is_put_back() -> None:
    world = approved()
    world.play_until(State.VERIFYING)
    world.can_judge = False
    end = world.play()
    assert (end.state, end.outcome) == (State.ROLLED_BACK, Outcome.INCONCLUSIVE)


def test_lines_that_are_taken_and_do_nothing_are_found_when_read_back() -> None:
    world = approved()
    world.router.ignores = frozenset({"match ef"})
    end = world.play()
    assert (end.state, world.router.running) == (State.ROLLED_BACK, BEFORE)


def test_a_finding_that_was_fixed_before_the_first_line_withdraws_it() -> None:
    # The fingerprint is the same: what fixed it is elsewhere, or in the inventory.
    world = approved()
    world.is_fixed_by_hand = True
    end = world.play()
    assert (end.state, end.remark) == (State.WITHDRAWN, "the finding is not there any more")
    assert world.router.log == []


def test_a_finding_that_cannot_be_judged_at_the_start_is_waited_for_until_it_expires() -> None:
    world = approved(can_judge=False)
    end = world.play()
    assert (end.state, world.router.log) == (State.EXPIRED, [])


def test_a_configuration_that_moved_makes_it_stale() -> None:
    world = approved()
    world.router.running = ("hostname par-ce1", "priority 400")
    assert world.play().state is State.STALE


def test_auto_never_starts_it() -> None:
    world = CalmWorld()
    made = prepare(CAUTIOUS, figures(), world.outside, probe_period_s=60.0)
    assert made.mode is Mode.PROPOSE
    submit(replace(made, mode=Mode.AUTO), world.outside, world.clock.at)
    end = world.play()
    assert (end.state, end.remark) == (State.EXPIRED, "nobody decided in time")
    assert world.router.log == []


def test_where_the_mode_is_observe_it_says_what_it_would_have_done_and_ends() -> None:
    world = CalmWorld()
    end = world.propose(mode=Mode.OBSERVE)
    assert (end.state, world.router.log) == (State.OBSERVED, [])
    assert "QUE-01 is broken" in end.remark
    assert "would have proposed" in end.remark


def test_it_waits_for_the_runs_of_all_paths_over_it_and_for_more_polls() -> None:
    world = CalmWorld()
    plan = replace(CAUTIOUS, blast_radius=("par-lyo",))
    made = prepare(plan, figures(), world.outside, probe_period_s=60.0)
    alarmed = prepare(PLAN, figures(), world.outside, probe_period_s=60.0)
    assert (made.affected, made.runs_needed) == ((), alarmed.runs_needed)
    assert made.verify_s == alarmed.verify_s + 2 * POLL_S


def test_a_device_on_which_a_change_waits_gets_no_second_one_whoever_looked_before() -> None:
    world = approved()
    with pytest.raises(StoreConflictError):
        world.propose(proposal=replace(CAUTIOUS, id="p-2"))
    assert list(world.record.kept) == [CAUTIOUS.id]


def test_what_is_at_stake_is_whoever_crosses_it() -> None:
    assert CalmWorld().propose().ways_at_stake == (WAY, NEIGHBOUR)


@pytest.mark.parametrize("at", range(0, 60, 3))
def test_a_process_that_dies_at_any_point_leaves_a_precaution_kept_or_undone(at: int) -> None:
    world = approved()
    world.fuse.at = at
    end = world.play(60.0)
    kept = (State.DONE, AFTER, AFTER)
    undone = (State.ROLLED_BACK, BEFORE, BEFORE)
    assert (end.state, world.router.running, world.router.startup) in {kept, undone}


def test_an_inventory_with_another_path_over_the_link_ends_it_before_the_first_line() -> None:
    world = CalmWorld()
    world.record.known.clear()
    plan = replace(CAUTIOUS, links=(LINK,), blast_radius=())
    world.propose(proposal=plan)
    world.record.decided[plan.id] = decided(plan)
    end = world.play()
    assert (end.state, world.router.log) == (State.REFUSED, [])
    assert "crosses it since the plan was made" in end.remark
