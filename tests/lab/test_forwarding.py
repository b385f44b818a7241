import math

import pytest

from qosbot.lab.load import Data
from qosbot.lab.routes import Step, route, stages
from qosbot.lab.startup import STARTUP
from qosbot.lab.topology import LAN, PATHS, WAN, Direction
from tests.lab.steady import START, Site, attach

BACK, FORTH = Direction.BACKWARD, Direction.FORWARD
NOW = START + 100

LLQ = (
    "class-map match-any V\n match {match}\npolicy-map P\n class V\n  {action}\n"
    " class class-default\n  fair-queue\n"
)


def lyon(match: str = "dscp ef", action: str = "priority percent 33", extra: str = "") -> Site:
    """Return the lab with a policy on the WAN of lyo-ce1, which then congests."""
    lines = LLQ.format(match=match, action=action) + extra
    site = Site(lyo_ce1=attach(STARTUP["lyo-ce1"], "P", WAN, lines))
    site.congest("par-lyo", BACK, 4.5e6, START + 1)
    return site


def is_good(site: Site, path: str = "par-lyo", way: Direction = BACK) -> bool:
    effect = site.voice(path, way, NOW).effect
    return effect.loss < 0.005 and math.sqrt(effect.variance_s2) < 0.005


def test_every_stage_comes_after_those_that_feed_it() -> None:
    order = {stage: at for at, stage in enumerate(stages())}
    for path in PATHS.values():
        for way in Direction:
            places = [order[stage] for stage in route(path.site, way)]
            assert places == sorted(places)


def test_every_path_is_healthy_under_the_default_load() -> None:
    site = Site()
    assert all(is_good(site, path, way) for path in PATHS for way in Direction)


def test_congestion_without_a_policy_ruins_voice() -> None:
    site = Site()
    site.congest("par-lyo", BACK, 4.5e6, START + 1)
    assert site.voice("par-lyo", BACK, NOW).effect.loss > 0.1


@pytest.mark.parametrize("match", ["dscp ef", "ip dscp 46", "access-group 101", "precedence 5"])
@pytest.mark.parametrize(
    "action", ["priority percent 33", "priority 1200", "priority level 1 1200"]
)
def test_strict_priority_for_voice_helps_however_it_is_written(match: str, action: str) -> None:
    acl = "access-list 101 permit udp any any range 16384 32767\n"
    assert is_good(lyon(match, action, acl))


def test_a_nested_priority_queue_under_a_shaper_helps() -> None:
    parent = "policy-map Q\n class class-default\n  shape average 3800000\n  service-policy P\n"
    lines = LLQ.format(match="dscp ef", action="priority percent 33") + parent
    site = Site(lyo_ce1=attach(STARTUP["lyo-ce1"], "Q", WAN, lines))
    site.congest("par-lyo", BACK, 4.5e6, START + 1)
    assert is_good(site)


def test_a_guarantee_that_carries_the_calls_helps() -> None:
    assert is_good(lyon(action="bandwidth percent 40"))


@pytest.mark.parametrize(
    ("match", "action"),
    [
        ("dscp af41", "priority percent 33"),
        ("dscp ef", "bandwidth 400"),
        ("dscp ef", "priority 400"),
        ("dscp ef\n match dscp cs3", "priority percent 33"),
        ("access-group name MISSING", "priority percent 33"),
        ("dscp ef", "set dscp cs1"),
    ],
)
def test_a_wrong_remedy_does_not_help(match: str, action: str) -> None:
    site = lyon(match, action)
    if "cs3" in match:
        text = attach(
            STARTUP["lyo-ce1"],
            "P",
            WAN,
            LLQ.format(match=match, action=action).replace("match-any", "match-all"),
        )
        site = Site(lyo_ce1=text)
        site.congest("par-lyo", BACK, 4.5e6, START + 1)
    assert not is_good(site)


def test_a_policy_on_another_interface_does_not_help() -> None:
    lines = LLQ.format(match="dscp ef", action="priority percent 33")
    site = Site(lyo_ce1=attach(STARTUP["lyo-ce1"], "P", LAN, lines))
    site.congest("par-lyo", BACK, 4.5e6, START + 1)
    assert not is_good(site)


def test_remarking_at_an_earlier_hop_takes_voice_out_of_its_class() -> None:
    gateway = STARTUP["lyo-gw1"]
    remark = "policy-map R\n class class-default\n  set dscp default\n"
    lines = LLQ.format(match="dscp ef", action="priority percent 33")
    edge = attach(STARTUP["lyo-ce1"], "P", WAN, lines)
    site = Site(lyo_gw1=attach(gateway, "R", LAN, remark), lyo_ce1=edge)
    site.congest("par-lyo", BACK, 4.5e6, START + 1)
    assert not is_good(site)


def test_a_port_faster_than_its_circuit_needs_a_shaper() -> None:
    shaped = Site()
    shaped.congest("par-lil", BACK, 12e6, START + 1)
    assert is_good(shaped, "par-lil")
    bare = STARTUP["lil-ce1"].replace("output WAN-SHAPER", "output WAN-QUEUES")
    unshaped = Site(lil_ce1=bare)
    unshaped.congest("par-lil", BACK, 12e6, START + 1)
    assert unshaped.voice("par-lil", BACK, NOW).effect.loss > 0.1


def test_the_carrier_keeps_voice_within_its_contract_safe_on_the_way_in() -> None:
    site = Site()
    site.congest("par-lyo", FORTH, 8e6, START + 1)
    assert is_good(site, "par-lyo", FORTH)


def test_a_class_map_that_matches_nothing_shows_only_under_congestion() -> None:
    site = Site()
    site.congest("par-bor", BACK, 2.5e6, START + 1)
    assert not is_good(site, "par-bor")
    fixed = STARTUP["bor-ce1"].replace("match-all VOICE", "match-any VOICE")
    cured = Site(bor_ce1=fixed)
    cured.congest("par-bor", BACK, 2.5e6, START + 1)
    assert is_good(cured, "par-bor")


def test_bad_lines_lose_what_arrives_on_them() -> None:
    site = Site()
    site.network.set_corruption("lyo-ce1", WAN, 0.03, START + 1)
    assert site.voice("par-lyo", FORTH, NOW).effect.loss == pytest.approx(0.03, abs=1e-4)
    assert site.voice("par-lyo", BACK, NOW).effect.loss < 1e-4


def test_what_leaves_a_link_never_exceeds_its_rate() -> None:
    site = Site()
    for path in PATHS:
        site.congest(path, BACK, 15e6, START + 1)
    state = site.network.state(NOW)
    assert state.interfaces["lyo-ce1", WAN].out_octets * 8 <= 4e6 * 1.001
    assert state.interfaces["bor-ce1", WAN].out_octets * 8 <= 2e6 * 1.001


def test_an_extra_load_of_a_link_takes_only_that_link() -> None:
    site = Site()
    load = site.network.load.with_link(("lyo-ce1", WAN, "out", "backup"), Data(bps=5e6))
    site.network.set_load(load, START + 1)
    assert not is_good(site)
    assert is_good(site, "par-nan")
    steps = {stage.step for stage, _ in site.voice("par-lyo", BACK, NOW).hops}
    assert Step.CARRIER_IN in steps
