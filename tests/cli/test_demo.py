"""What the demo holds an ending to, as values: each wrong ending is named."""

import contextlib
import json
import signal
from dataclasses import replace

import pytest

from qosbot.cli.demo import expect
from qosbot.cli.demo.expect import Configs, Ending, Expectation, Truth, failures, settled
from qosbot.cli.demo.leaving import Leaving
from qosbot.cli.demo.play import Result
from qosbot.cli.demo.scenarios import BY_NUMBER, REJECTED, SCENARIOS, judged_by, programme
from qosbot.cli.demo.screen import SUMMARY, result_tree, summary
from qosbot.cli.demo.terminal import shrink_voice
from qosbot.cli.tables import Cell, Row
from qosbot.domain.approvals import Choice
from qosbot.domain.considerations import Consideration
from qosbot.domain.findings import Cause
from qosbot.domain.metrics import Reason
from qosbot.domain.remediation import State
from qosbot.domain.verification import Outcome
from tests.domain.builders import NOON
from tests.domain.remedies import proposal, remediation

ROUTER = "par-ce1"
BEFORE = Configs(
    running="Current configuration : 80 bytes\n!\nhostname r\n priority 5\n",
    startup="Using 80 out of 262144 bytes\n!\nhostname r\n priority 5\n",
)
SAVED = Configs(
    running="Current configuration : 81 bytes\n!\nhostname r\n priority 11\n",
    startup="Using 81 out of 262144 bytes\n!\nhostname r\n priority 11\n",
)
HELPED = remediation(
    state=State.DONE, outcome=Outcome.HELPED, is_saved=True, decided_by="cli:alice"
)
BACK = remediation(
    state=State.ROLLED_BACK, outcome=Outcome.INCONCLUSIVE, reasons=("that proves nothing",)
)


def ending(**changed: object) -> Ending:
    """Return how a change ends that helped, was kept and saved."""
    made = Ending(
        considered=(),
        remediations=(HELPED,),
        mos_before=1.5,
        mos_after=4.2,
        clear_above=3.7,
        not_measured=None,
        truth=Truth(voice_loss_ratio=0.0, data_loss_ratio=0.3, calls_by_codec={"g729a": 16}),
        suffered=Truth(voice_loss_ratio=0.15, data_loss_ratio=0.3, voice_delay_s=0.04),
        before={ROUTER: BEFORE},
        after={ROUTER: SAVED},
        received={ROUTER: ("show running-config", "configure terminal revert timer 5")},
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # fields, by their names


def considered(cause: Cause, words: str) -> Consideration:
    return Consideration(
        alarm="a-1",
        at=NOON,
        finding=replace(proposal().findings[0], cause=cause, words=words),
        verdict="refused",
        words="",
        proposal="",
    )


HELPED_RIGHT: tuple[Expectation, ...] = (
    expect.ended(State.DONE, Outcome.HELPED),
    expect.kept_and_saved,
    expect.mos_is_good,
    expect.voice_passes,
    expect.voice_recovered,
    expect.is_still_congested,
    expect.configuration_session,
    expect.calls_follow("g729"),
)


def test_a_change_that_helped_and_was_saved_is_as_it_should_be() -> None:
    assert failures(ending(), HELPED_RIGHT, ("cli:alice",)) == ()


WRONG: dict[str, tuple[Ending, str]] = {
    "the outcome is another": (
        ending(remediations=(replace(HELPED, outcome=Outcome.NO_EFFECT),)),
        "the outcome is no_effect, not helped",
    ),
    "it is not over": (
        ending(remediations=(replace(HELPED, state=State.VERIFYING),)),
        "it ended verifying, not done",
    ),
    "nothing was proposed": (
        ending(remediations=(), considered=(considered(Cause.NO_POLICY, "full"),)),
        "nothing was proposed",
    ),
    "two were proposed": (
        ending(remediations=(replace(BACK), HELPED)),
        "2 changes were proposed, not one",
    ),
    "another decided": (
        ending(remediations=(replace(HELPED, decided_by="cli:mallory"),)),
        "cli:mallory decided, not cli:alice",
    ),
    "voice is still bad": (ending(mos_after=3.0), "MOS went from 1.50 to 3.00, not above 3.7"),
    "voice is measured no more": (ending(mos_after=None), "MOS was not measured"),
    "the lab loses voice": (
        ending(truth=Truth(voice_loss_ratio=0.2, data_loss_ratio=0.3, calls_by_codec={"g729": 1})),
        "the lab loses 20.0% of the voice",
    ),
    "voice lost nothing before": (
        ending(suffered=Truth(voice_loss_ratio=0.0, data_loss_ratio=0.3)),
        "voice lost 0.0% and came after 0 ms before and 0.0% and came after 0 ms now",
    ),
    "voice comes later than before": (
        ending(
            truth=Truth(
                voice_loss_ratio=0.0,
                data_loss_ratio=0.3,
                voice_delay_s=0.05,
                calls_by_codec={"g729a": 16},
            )
        ),
        "voice lost 15.0% and came after 40 ms before and 0.0% and came after 50 ms now",
    ),
    "nobody looked before": (ending(suffered=None), "nobody noted what voice lost before"),
    "the pressure has gone": (
        ending(truth=Truth(voice_loss_ratio=0.0, data_loss_ratio=0.0, calls_by_codec={"g729": 1})),
        "no pressure",
    ),
    "a call keeps the old codec": (
        ending(
            truth=Truth(
                voice_loss_ratio=0.0,
                data_loss_ratio=0.3,
                calls_by_codec={"g729a": 15, "g711ulaw": 1},
            )
        ),
        "not all calls are g729",
    ),
    "it was not saved": (
        ending(after={ROUTER: Configs(running=SAVED.running, startup=BEFORE.startup)}),
        "par-ce1 would not come back from a reload as it runs: ` priority 11` and ` priority 5`",
    ),
    "nothing was changed": (ending(after={ROUTER: BEFORE}), "changed: nothing, not par-ce1"),
    "nobody configured it": (ending(received={ROUTER: ()}), "par-ce1 was never configured"),
    "the record was edited": (ending(broken=("r-1: entry 2",)), "r-1: entry 2"),
    "it took too long": (ending(overdue="not over within 80 s"), "not over within 80 s"),
}


@pytest.mark.parametrize(("wrong", "words"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_ending_is_named(wrong: Ending, words: str) -> None:
    assert words in "; ".join(failures(wrong, HELPED_RIGHT, ("cli:alice",)))


def test_a_configuration_is_as_before_but_for_what_says_when() -> None:
    later = BEFORE.running.replace(
        "!\n", "!\n! Last configuration change at 12:00:00 UTC Mon Jan 5 2026 by qosbot\n!\n"
    )
    put_back = ending(after={ROUTER: replace(BEFORE, running=later)})
    assert list(expect.is_as_before(put_back)) == []
    assert settled(later) == ["hostname r", " priority 5"]


def test_a_line_that_stays_is_not_as_before() -> None:
    assert "` priority 5` and ` priority 11`" in "".join(expect.is_as_before(ending()))


def test_a_startup_configuration_is_compared_byte_for_byte() -> None:
    touched = ending(after={ROUTER: replace(BEFORE, startup=BEFORE.startup + "!\n")})
    assert "byte for byte" in "".join(expect.is_as_before(touched))


@pytest.mark.parametrize("line", ["configure terminal", "conf t", "CONFIG t", " configure confirm"])
def test_a_session_that_configures_is_seen_however_it_is_spelt(line: str) -> None:
    rejected = ending(received={ROUTER: ("show version", line)})
    assert list(expect.no_configuration_session(rejected)) == [f"par-ce1 received `{line}`"]


def test_reading_is_no_configuration_session() -> None:
    read = ending(received={ROUTER: ("show running-config", "show configuration lock", "exit")})
    assert list(expect.no_configuration_session(read)) == []


def test_what_was_found_may_be_in_what_was_refused_or_in_the_proposal() -> None:
    refused = ending(considered=(considered(Cause.PHYSICAL_ERRORS, "x"),), remediations=())
    assert list(expect.found(Cause.PHYSICAL_ERRORS)(refused)) == []
    own = HELPED.proposal.findings[0].cause
    assert list(expect.found(own)(ending())) == []
    assert "was not found" in "".join(expect.found(Cause.FOREIGN_EF)(ending()))


def test_an_inconclusive_outcome_has_to_say_that_it_proves_nothing() -> None:
    check = expect.says("proves nothing")
    assert list(check(ending(remediations=(BACK,)))) == []
    assert list(check(ending())) == ["it does not say `proves nothing`"]


def test_a_path_is_not_measured_for_the_reason_that_was_expected() -> None:
    check = expect.not_measured(Reason.STALE)
    assert list(check(ending(not_measured=Reason.STALE))) == []
    assert "has a MOS" in "".join(check(ending()))
    assert "is no_probe" in "".join(check(ending(not_measured=Reason.NO_PROBE)))


def test_a_proposal_is_wrong_where_none_can_help() -> None:
    assert "was proposed" in "".join(expect.nothing_proposed(ending()))


def test_voice_that_passes_is_wrong_where_nothing_helped() -> None:
    assert "only 0.0% of the voice" in "".join(expect.voice_is_lost(ending()))
    assert "still loses 30.0%" in "".join(expect.is_no_longer_congested(ending()))


def test_a_person_who_rejects_changes_what_is_expected() -> None:
    approved_by_all = [one for one in SCENARIOS if one.choice is not None]
    assert approved_by_all
    assert all(judged_by(one, Choice.REJECT) == REJECTED for one in approved_by_all)
    assert judged_by(BY_NUMBER[4], Choice.APPROVE) == BY_NUMBER[4].expects


def test_scenarios_of_one_path_are_played_one_after_another() -> None:
    lanes = programme().lanes
    assert sorted(one.number for lane in lanes for one in lane) == sorted(BY_NUMBER)
    assert all(len({one.path for one in lane}) == 1 for lane in lanes)
    assert len({lane[0].path for lane in lanes}) == len(lanes)


def test_a_scenario_is_played_with_the_one_that_it_stands_on() -> None:
    chosen = programme([7])
    assert [one.number for lane in chosen.lanes for one in lane] == [1, 7]
    assert chosen.added == (1,)
    assert programme([1, 7]).added == ()


def test_an_unknown_scenario_is_refused() -> None:
    with pytest.raises(ValueError, match="no scenario 12"):
        programme([3, 12])


def result(made: Ending | None, *wrong: str) -> Result:
    return Result(
        scenario=BY_NUMBER[2],
        ending=made,
        failures=wrong,
        took_s=40.0,
        decided_by="alice in Slack",
    )


def texts(row: Row) -> list[str]:
    return [cell.text if isinstance(cell, Cell) else cell for cell in row]


def test_the_table_says_what_changed_who_decided_and_how_it_ended() -> None:
    shown = dict(zip(SUMMARY, texts(summary([result(ending())])[0]), strict=True))
    assert (shown["MOS before"], shown["after"]) == ("1.50", "4.20")
    assert shown["diff"] == "par-ce1: +priority 600"
    assert (shown["decided by"], shown["outcome"]) == ("alice in Slack", "helped")
    assert (shown["end state"], shown["as it should be"]) == ("done, saved", "yes")


def test_the_table_says_not_measured_rather_than_nothing() -> None:
    frozen = ending(remediations=(), mos_after=None, not_measured=Reason.STALE)
    shown = dict(zip(SUMMARY, texts(summary([result(frozen, "wrong")])[0]), strict=True))
    assert (shown["after"], shown["end state"]) == ("not measured", "nothing proposed")
    assert shown["as it should be"] == "NO"


def test_a_scenario_that_never_began_is_in_the_table_and_in_the_json() -> None:
    never = result(None, "the demo's time was over")
    assert "NO" in texts(summary([never])[0])
    assert json.loads(json.dumps(result_tree(never)))["failures"] == ["the demo's time was over"]
    assert json.dumps(result_tree(result(ending())))


def test_the_voice_class_is_found_by_its_priority_whatever_it_is_called() -> None:
    running = "policy-map A\n class X\n  bandwidth 5\n class Y\n  priority level 1 percent 30\n!\n"
    assert shrink_voice(running, 8) == ("policy-map A", "class Y", "priority percent 8")
    with pytest.raises(LookupError):
        shrink_voice("hostname r\n", 8)


def test_a_signal_whose_exception_was_dropped_ends_the_demo_at_the_next_look() -> None:
    leaving = Leaving()
    leaving.check()
    with contextlib.suppress(KeyboardInterrupt):
        leaving.ask(signal.SIGINT, None)
    with pytest.raises(KeyboardInterrupt):
        leaving.check()
