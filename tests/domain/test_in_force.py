from dataclasses import replace
from datetime import timedelta

import pytest

from qosbot.domain.in_force import codecs_not_in_files, inventory_after, inventory_in_force
from qosbot.domain.intents import PreferCodec
from qosbot.domain.remediation import Remediation, State
from tests.domain.builders import NOON, PATH
from tests.domain.remedies import change, proposal, remediation
from tests.workflows.test_assess import INVENTORY


def codec_change(state: State, codec: str = "g729a", *, age_s: float = 0.0) -> Remediation:
    changes = change(intent=PreferCodec(dial_peer=200, codec=codec))
    made = proposal(changes=changes, paths=(PATH.name,))
    return remediation(
        state=state, proposal=replace(made, created_at=NOON - timedelta(seconds=age_s))
    )


def codec_of(*remediations: Remediation) -> str:
    return inventory_in_force(INVENTORY, remediations).paths[PATH.name].codec


@pytest.mark.parametrize("state", [State.CONFIRMING, State.SAVING, State.DONE])
def test_a_codec_change_that_stays_is_what_calls_are_scored_by(state: State) -> None:
    assert codec_of(codec_change(state)) == "g729a"


@pytest.mark.parametrize("state", set(State) - {State.CONFIRMING, State.SAVING, State.DONE})
def test_a_codec_change_that_is_not_kept_changes_no_score(state: State) -> None:
    assert codec_of(codec_change(state)) == "g711"


def test_the_latest_codec_counts() -> None:
    newer, older = codec_change(State.DONE, "g711"), codec_change(State.DONE, age_s=60)
    assert codec_of(newer, older) == "g711"


def test_other_changes_leave_the_inventory_as_it_is() -> None:
    assert inventory_after(INVENTORY, proposal()) is INVENTORY


def test_a_codec_that_the_files_do_not_say_yet_is_named() -> None:
    in_force = inventory_in_force(INVENTORY, [codec_change(State.DONE)])
    assert codecs_not_in_files(INVENTORY, in_force) == {PATH.name: "g729a"}
    assert codecs_not_in_files(in_force, in_force) == {}
