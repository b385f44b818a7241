from qosbot.domain.in_force import STAYS, codecs_not_in_files, inventory_after, inventory_in_force
from qosbot.domain.intents import PreferCodec
from qosbot.domain.proposals import Proposal
from qosbot.domain.remediation import State
from tests.domain.builders import PATH
from tests.domain.remedies import change, proposal
from tests.workflows.test_assess import INVENTORY


def codec_change(codec: str = "g729a") -> Proposal:
    changes = change(intent=PreferCodec(dial_peer=200, codec=codec))
    return proposal(changes=changes, paths=(PATH.name,))


def codec_of(*stayed: Proposal) -> str:
    return inventory_in_force(INVENTORY, stayed).paths[PATH.name].codec


def test_a_codec_change_that_stays_is_what_calls_are_scored_by() -> None:
    assert codec_of() == "g711"
    assert codec_of(codec_change()) == "g729a"


def test_a_change_stays_from_when_it_is_about_to_be_kept() -> None:
    assert {State.CONFIRMING, State.SAVING, State.DONE} == STAYS


def test_the_latest_codec_counts() -> None:
    assert codec_of(codec_change(), codec_change("g711")) == "g711"


def test_other_changes_leave_the_inventory_as_it_is() -> None:
    assert inventory_after(INVENTORY, proposal()) is INVENTORY


def test_a_codec_that_the_files_do_not_say_yet_is_named() -> None:
    in_force = inventory_in_force(INVENTORY, [codec_change()])
    assert codecs_not_in_files(INVENTORY, in_force) == {PATH.name: "g729a"}
    assert codecs_not_in_files(in_force, in_force) == {}
