"""A codec is changed on the one dial-peer that beyond doubt carries the calls that suffer."""

import pytest

from qosbot.domain.codec_planning import gateways, plan_codec
from qosbot.domain.findings import Finding
from qosbot.domain.ground import NoPlan, Planned, Refused
from qosbot.domain.intents import PreferCodec
from qosbot.domain.inventory import Inventory
from qosbot.domain.playbooks import Remedy, RiskFactor
from qosbot.domain.policies import DialPeer
from tests.domain.policy_builders import configured
from tests.domain.test_planning import TOO_SMALL, playbook
from tests.domain.voice_builders import LYON, NANTES, inventory, path

PEER = DialPeer(tag=10, codec_class=1)
BOOK = playbook(Remedy.PREFER_CODEC)
NETWORK = inventory()


def plan(
    *peers: DialPeer,
    device: str = "lyon",
    network: Inventory = NETWORK,
    finding: Finding = TOO_SMALL,
    has_archive: bool = True,
) -> Planned | NoPlan:
    running = configured(dial_peers=peers, has_archive=has_archive)
    return plan_codec(BOOK, finding, network, {device: running})


def test_the_dial_peer_of_the_branch_that_suffers_prefers_the_codec() -> None:
    planned = plan(PEER, DialPeer(tag=1))
    assert isinstance(planned, Planned)
    assert (planned.device, planned.paths) == ("lyon", ("par-lyo",))
    assert planned.intent == PreferCodec(dial_peer=10, codec="g729a")
    assert "new calls only" in planned.cautions[0]


@pytest.mark.parametrize(
    "peer",
    [
        PEER._replace(is_protected=True),
        DialPeer(tag=10, codec_class=2),
        DialPeer(tag=10, codec_class=9),
        DialPeer(tag=10, codec="g729r8"),
        DialPeer(tag=10),
    ],
)
def test_a_protected_peer_or_one_of_another_codec_is_left_alone(peer: DialPeer) -> None:
    refused = plan(peer)
    assert isinstance(refused, NoPlan)
    assert refused.reason is Refused.NOT_OURS_TO_TOUCH
    assert "none" in refused.words


def test_two_peers_that_may_carry_the_calls_are_one_too_many() -> None:
    refused = plan(PEER, DialPeer(tag=20, codec="g711alaw"))
    assert isinstance(refused, NoPlan)
    assert "lyon 10, lyon 20" in refused.words


def test_a_site_where_several_paths_end_has_no_gateway_of_ours() -> None:
    assert gateways(TOO_SMALL, NETWORK) == {"lyon": "par-lyo"}
    two = inventory(paths=(path("par-lyo", LYON), path("par-lyo2", LYON), path("par-nan", NANTES)))
    assert gateways(TOO_SMALL, two) == {}


def test_a_device_that_is_not_a_gateway_of_the_affected_paths_is_not_used() -> None:
    assert isinstance(plan(PEER, device="nantes"), NoPlan)


def test_a_path_that_has_the_codec_already_gets_none() -> None:
    thrifty = inventory(paths=(path("par-lyo", LYON, codec="g729a"), path("par-nan", NANTES)))
    refused = plan(DialPeer(tag=10, codec="g729r8"), network=thrifty)
    assert isinstance(refused, NoPlan)
    assert refused.reason is Refused.LARGE_ENOUGH


def test_a_gateway_that_cannot_go_back_by_itself_is_riskier() -> None:
    planned = plan(PEER, has_archive=False)
    assert isinstance(planned, Planned)
    assert planned.factors == {RiskFactor.NO_REVERT_TIMER}
