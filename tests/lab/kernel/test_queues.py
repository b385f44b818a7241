"""What IOS's actions come to in HTB."""

import pytest

from qosbot.lab.kernel.queues import Limit, port_tree
from tests.lab.kernel.written import queue, tree

LLQ = "policy-map WAN\n class VOICE\n  priority percent 33\n class class-default\n"


def test_an_interface_without_a_policy_has_one_fifo_at_the_rate_of_its_line() -> None:
    root, leaf = port_tree(4e6).queues
    assert (root.rate_bps, leaf.rate_bps, leaf.limit) == (4e6, 4e6, Limit(amount=40))


def test_priority_is_served_first_within_its_rate() -> None:
    made = tree(LLQ)
    voice, rest = queue(made, "WAN", "VOICE"), queue(made, "WAN", "class-default")
    assert made.places["WAN", "VOICE"].priority_bps < voice.rate_bps < 0.35 * 4e6
    assert voice.priority < rest.priority


def test_what_exceeds_priority_is_served_last_and_waits_in_a_short_queue() -> None:
    made = tree(LLQ)
    place = made.places["WAN", "VOICE"]
    excess = next(one for one in made.queues if one.minor == place.excess)
    assert place.priority_bps == pytest.approx(0.33 * 4e6)
    assert excess.priority == max(one.priority for one in made.queues)
    assert excess.limit == Limit(amount=10, keeps_latest=True)


def test_priority_without_a_rate_is_bounded_by_nothing() -> None:
    made = tree("policy-map WAN\n class VOICE\n  priority\n")
    assert made.places["WAN", "VOICE"].excess == 0
    assert queue(made, "WAN", "VOICE").rate_bps == 4e6


BARE = "policy-map WAN\n class VOICE\n  priority\n class class-default\n"
SHARED = (
    "policy-map WAN\n class VOICE\n  priority percent 33\n class DATA\n  bandwidth percent 60\n"
)
SITES = """\
policy-map LLQ
 class VOICE
  priority percent 50
policy-map SITES
 class VOICE
  shape average 3000000
   service-policy LLQ
 class DATA
  shape average 3000000
   service-policy LLQ
policy-map WAN
 class class-default
  shape average 3500000
   service-policy SITES
"""


@pytest.mark.parametrize(
    ("policy", "said_bps"),
    [
        (LLQ, 4e6),
        (BARE, 4e6),
        (SHARED, 1e7),
        (SITES, 4e6),
        (SITES, 1e9),
        (f"{SHARED} class class-default\n  fair-queue\n", 1e8),
    ],
)
def test_the_rates_below_a_class_are_together_no_more_than_its_own(
    policy: str, said_bps: float
) -> None:
    """Else the line were faster than it is: HTB asks no parent for what is a class's own rate."""
    made = tree(policy, said_bps=said_bps)
    for parent in made.queues:
        inner = sum(one.rate_bps for one in made.queues if one.parent == parent.minor)
        assert inner <= 1.05 * parent.rate_bps + 200


def test_priority_without_a_rate_leaves_the_others_what_it_does_not_take() -> None:
    made = tree(BARE)
    voice, rest = queue(made, "WAN", "VOICE"), queue(made, "WAN", "class-default")
    assert (voice.rate_bps, rest.ceil_bps) == (4e6, 4e6)
    assert rest.rate_bps < 100


def test_what_nobody_reserved_is_the_default_class_s() -> None:
    assert queue(tree(LLQ), "WAN", "class-default").rate_bps == pytest.approx(0.67 * 4e6)


def test_a_class_with_bandwidth_is_sure_of_it_and_may_borrow_the_rest() -> None:
    voice = queue(tree(LLQ.replace("priority percent 33", "bandwidth 400")), "WAN", "VOICE")
    assert (voice.rate_bps, voice.ceil_bps) == (400_000, 4e6)


def test_a_shaper_is_the_ceiling_of_all_that_is_nested_in_it() -> None:
    parent = "policy-map CHILD\n class VOICE\n  priority percent 50\n"
    parent += "policy-map WAN\n class class-default\n  shape average 3800000\n"
    made = tree(f"{parent}  service-policy CHILD\n")
    voice = queue(made, "WAN", "class-default", "CHILD", "VOICE")
    assert made.places["WAN", "class-default", "CHILD", "VOICE"].priority_bps == 0.5 * 3.8e6
    assert voice.ceil_bps == pytest.approx(3.8e6)


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        ("20", Limit(amount=20)),
        ("9000 bytes", Limit(amount=9000, in_bytes=True)),
        ("100 ms", Limit(amount=50_000, in_bytes=True)),
    ],
)
def test_a_queue_limit_is_the_length_of_the_class_s_fifo(said: str, limit: Limit) -> None:
    lines = f"policy-map WAN\n class VOICE\n  bandwidth 1000\n  queue-limit {said}\n"
    assert queue(tree(lines), "WAN", "VOICE").limit == limit


def test_fair_queue_is_sixteen_queues_under_the_class() -> None:
    made = tree(f"{LLQ}  fair-queue\n")
    place = made.places["WAN", "class-default"]
    assert place.fair
    assert len(place.owns) == 16


def test_a_policy_that_only_marks_leaves_the_interface_its_own_queue() -> None:
    made = tree("policy-map WAN\n class VOICE\n  set dscp cs5\n")
    assert made.queues == port_tree(4e6).queues
    assert made.places["WAN", "VOICE"].queue == made.default


def test_no_two_queues_have_the_same_number() -> None:
    made = tree(f"{LLQ}  fair-queue\n")
    numbers = [one.minor for one in made.queues]
    assert len(set(numbers)) == len(numbers)
