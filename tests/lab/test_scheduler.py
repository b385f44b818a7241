import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.lab.matching import Packet
from qosbot.lab.mqc import parse
from qosbot.lab.queueing import Effect, Offer
from qosbot.lab.scheduler import Outcome, Scheduler

MARKS = {"EF": 46, "AF21": 18, "BE": 0}
CLASS_MAPS = "".join(f"class-map match-any {name}\n match dscp {d}\n" for name, d in MARKS.items())


def offer(dscp: int, bps: float, packet_bytes: int = 200, flows: int = 10) -> Offer:
    packet = Packet(
        dscp=dscp,
        protocol="udp",
        source="10.0.0.1",
        destination="10.0.0.2",
        source_ports=(16384, 32767),
        destination_ports=(16384, 32767),
    )
    return Offer(
        packet=packet,
        packets_per_s=bps / 8 / packet_bytes,
        packet_bytes=packet_bytes,
        flows=flows,
        burstiness=1.0,
    )


def scheduled(text: str, offers: list[Offer], rate_bps: float = 4e6) -> Outcome:
    scheduler = Scheduler(parse(CLASS_MAPS + text), offers)
    return scheduler.schedule("P", range(len(offers)), rate_bps=rate_bps, reference_bps=rate_bps)


actions = st.sampled_from(
    [
        "priority",
        "priority percent 30",
        "priority 500",
        "priority 0",
        "bandwidth percent 20",
        "bandwidth remaining percent 40",
        "bandwidth remaining ratio 3",
        "shape average 700000",
        "shape average percent 10",
        "shape average 0",
        "fair-queue",
        "queue-limit 10",
        "queue-limit 20 ms",
        "queue-limit 0 bytes",
        "police 300000",
        "police cir percent 5 conform-action transmit exceed-action set-dscp-transmit default",
        "set dscp af21",
        "service-policy C",
        "service-policy P",
    ]
)
classes = st.dictionaries(
    st.sampled_from([*MARKS, "UNDEFINED", "class-default"]), st.lists(actions, max_size=3)
)


def written(name: str, chosen: dict[str, list[str]]) -> str:
    text = f"policy-map {name}\n"
    for cls, lines in chosen.items():
        text += f" class {cls}\n" + "".join(f"  {line}\n" for line in lines)
    return text


@given(classes, classes, st.lists(st.floats(0, 6e6), min_size=3, max_size=3))
@settings(deadline=None, max_examples=150)
def test_no_policy_sends_more_than_the_rate_or_makes_packets(
    parent: dict[str, list[str]], child: dict[str, list[str]], rates: list[float]
) -> None:
    offers = [offer(dscp, bps) for dscp, bps in zip(MARKS.values(), rates, strict=True)]
    outcome = scheduled(written("P", parent) + written("C", child), offers)
    sent = 0.0
    for at, known in enumerate(offers):
        effect = outcome.effects[at]
        assert -1e-9 <= effect.loss <= 1 + 1e-9
        assert math.isfinite(effect.delay_s)
        assert effect.delay_s >= 0
        assert effect.variance_s2 >= -1e-12
        sent += known.bps * (1 - effect.loss)
    assert sent <= 4e6 * 1.001


@given(classes, classes)
@settings(deadline=None, max_examples=60)
def test_a_parent_counts_what_its_children_count(
    parent: dict[str, list[str]], child: dict[str, list[str]]
) -> None:
    offers = [offer(dscp, 2e6) for dscp in MARKS.values()]
    outcome = scheduled(written("P", parent) + written("C", child), offers)
    for cls in outcome.classes:
        below = [known for known in outcome.classes if known.path[:-2] == cls.path]
        if below:
            assert sum(known.offered_pps for known in below) == pytest.approx(cls.offered_pps)
    roots = [known for known in outcome.classes if len(known.path) == 2]
    assert sum(known.offered_pps for known in roots) == pytest.approx(
        sum(known.packets_per_s for known in offers)
    )


def test_priority_is_policed_under_congestion_only() -> None:
    policy = "policy-map P\n class EF\n  priority 500\n"
    calm = scheduled(policy, [offer(46, 1e6), offer(0, 2e6)])
    full = scheduled(policy, [offer(46, 1e6), offer(0, 4e6)])
    assert calm.effects[0].loss < 1e-6
    assert full.effects[0].loss == pytest.approx(0.5)


def test_a_priority_packet_waits_for_one_packet_and_not_for_a_queue() -> None:
    outcome = scheduled(
        "policy-map P\n class EF\n  priority percent 33\n",
        [offer(46, 1e6), offer(0, 6e6, packet_bytes=1500)],
    )
    assert outcome.effects[0].delay_s < 1500 * 8 / 4e6
    assert outcome.effects[1].delay_s > 0.1


def test_a_guarantee_is_kept_and_what_is_left_over_is_lent() -> None:
    policy = "policy-map P\n class AF21\n  bandwidth percent 50\n"
    both = scheduled(policy, [offer(18, 4e6), offer(0, 4e6)])
    alone = scheduled(policy, [offer(18, 3.6e6), offer(0, 0.2e6)])
    assert both.effects[0].loss == pytest.approx(0.5, abs=0.02)
    assert alone.effects[0].loss < 0.02


def test_a_guaranteed_class_waits_for_a_packet_of_each_other_queue_not_of_each_flow() -> None:
    policy = "policy-map P\n class EF\n  bandwidth percent 33\n"

    def voice(flows: int, policy: str = policy, *more: Offer) -> Effect:
        data = offer(0, 6e6, packet_bytes=1500, flows=flows)
        return scheduled(policy, [offer(46, 1e6), data, *more]).effects[0]

    third = voice(24, policy + " class AF21\n  bandwidth percent 20\n", offer(18, 2e6))
    assert voice(24).loss < 1e-6
    assert voice(24).delay_s == voice(1).delay_s
    assert third.delay_s - voice(24).delay_s == pytest.approx(1500 * 8 / 4e6 / 2)


def test_the_percentage_of_a_nested_priority_is_of_the_shaped_rate() -> None:
    nested = (
        "policy-map C\n class EF\n  priority percent 25\n"
        "policy-map P\n class class-default\n  shape average 2000000\n  service-policy C\n"
    )
    outcome = scheduled(nested, [offer(46, 1e6), offer(0, 3e6)])
    assert outcome.effects[0].loss == pytest.approx(0.5)


def test_the_first_class_takes_what_both_would() -> None:
    text = (
        "class-map match-any ALL\n match any\n"
        "policy-map P\n class ALL\n class EF\n  priority percent 33\n"
    )
    outcome = scheduled(text, [offer(46, 1e6)])
    offered = {cls.path[-1]: cls.offered_pps for cls in outcome.classes}
    assert offered["EF"] == 0
    assert offered["ALL"] > 0


def test_an_input_policy_marks_and_polices_without_a_queue() -> None:
    text = CLASS_MAPS + "policy-map P\n class EF\n  set dscp af21\n class BE\n  police 1000000\n"
    offers = [offer(46, 1e6), offer(0, 4e6)]
    outcome = Scheduler(parse(text), offers).mark_and_police("P", range(2))
    assert (outcome.effects[0].dscp, outcome.effects[0].loss) == (18, 0)
    assert outcome.effects[1].loss == pytest.approx(0.75)
    assert outcome.effects[1].delay_s == 0
