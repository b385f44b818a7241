import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from qosbot.lab.observed import ClassCounters
from qosbot.lab.startup import STARTUP
from qosbot.lab.topology import WAN, Direction
from tests.lab.steady import START, Site, attach

BACK = Direction.BACKWARD

LLQ = (
    "class-map match-any V\n match dscp ef\npolicy-map P\n class V\n  priority percent 33\n"
    " class class-default\n"
)


def lived(reads: list[float]) -> Site:
    """Return a lab that a policy and a congestion happened to, read at some more times."""
    site = Site()
    site.sources["lyo-ce1"].write(attach(STARTUP["lyo-ce1"], "P", WAN, LLQ), START + 20)
    for at in sorted(reads):
        if at <= 40:
            site.network.interface_counters("lyo-ce1", WAN, START + at)
            site.network.class_counters("lyo-ce1", START + at)
            site.network.sla_runs("par-core1", START + at)
    site.congest("par-lyo", BACK, 5e6, START + 40)
    for at in sorted(reads):
        if at > 40:
            site.network.interface_counters("lyo-ce1", WAN, START + at)
            site.network.class_counters("lyo-ce1", START + at)
    return site


def voice_class(site: Site, at: float) -> ClassCounters:
    return next(cls for cls in site.network.class_counters("lyo-ce1", at) if cls.path == ("P", "V"))


@given(st.lists(st.floats(0, 100), max_size=6))
@settings(deadline=None, max_examples=15)
def test_reading_changes_nothing(reads: list[float]) -> None:
    site, still = lived(reads), lived([])
    now = START + 101.3
    for other in ("lyo-ce1", "par-ce1"):
        counters = site.network.interface_counters(other, WAN, now)
        assert counters == still.network.interface_counters(other, WAN, now)
    assert site.network.class_counters("lyo-ce1", now) == still.network.class_counters(
        "lyo-ce1", now
    )
    assert site.network.sla_runs("par-core1", now) == still.network.sla_runs("par-core1", now)


@given(st.lists(st.floats(0, 100), min_size=2, max_size=8))
@settings(deadline=None, max_examples=15)
def test_counters_never_go_back(reads: list[float]) -> None:
    site = lived([])
    seen = [site.network.interface_counters("lyo-ce1", WAN, START + at) for at in sorted(reads)]
    for earlier, later in itertools.pairwise(seen):
        assert later.out_octets >= earlier.out_octets
        assert later.in_packets >= earlier.in_packets
        assert later.out_discards >= earlier.out_discards


def test_class_counters_begin_with_the_attachment() -> None:
    site = lived([])
    assert site.network.class_counters("lyo-ce1", START + 19) == ()
    assert voice_class(site, START + 20).offered_packets == 0
    ten_seconds = voice_class(site, START + 30).offered_packets
    assert 10 * 50 * 8 <= ten_seconds <= 10 * 50 * 9


def test_class_counters_begin_again_when_the_policy_is_edited_or_attached_anew() -> None:
    site = lived([])
    with_policy = attach(STARTUP["lyo-ce1"], "P", WAN, LLQ)
    source = site.sources["lyo-ce1"]
    source.write(with_policy.replace("percent 33", "percent 30"), START + 50)
    assert voice_class(site, START + 50).offered_packets == 0
    source.write(STARTUP["lyo-ce1"], START + 60)
    source.write(with_policy.replace("percent 33", "percent 30"), START + 60)
    assert voice_class(site, START + 60).offered_packets == 0


def test_an_unrelated_edit_leaves_the_class_counters_alone() -> None:
    site = lived([])
    text = attach(STARTUP["lyo-ce1"], "P", WAN, LLQ)
    site.sources["lyo-ce1"].write(text.replace("WAN LYO-0001", "other words"), START + 50)
    assert (
        voice_class(site, START + 60).offered_packets
        > voice_class(site, START + 49).offered_packets
    )


def test_a_change_that_becomes_known_late_counts_from_when_it_was_due() -> None:
    early, late = lived([]), Site()
    late.congest("par-lyo", BACK, 5e6, START + 40)
    late.network.interface_counters("lyo-ce1", WAN, START + 15)
    late.sources["lyo-ce1"].write(attach(STARTUP["lyo-ce1"], "P", WAN, LLQ), START + 20)
    now = START + 77
    assert voice_class(early, now) == voice_class(late, now)


def test_a_reboot_restarts_the_counters_of_that_device_only() -> None:
    site = lived([])
    others = site.network.interface_counters("lyo-ce1", WAN, START + 60)
    site.network.reboot("par-ce1", START + 50)
    assert site.network.booted_at("par-ce1") == START + 50
    assert site.network.interface_counters("par-ce1", WAN, START + 50).out_octets == 0
    assert site.network.interface_counters("lyo-ce1", WAN, START + 60) == others


def test_a_class_drops_what_it_was_offered_and_did_not_send() -> None:
    site = lived([])
    for cls in site.network.class_counters("lyo-ce1", START + 90):
        assert cls.sent_packets + cls.dropped_packets == cls.offered_packets
    assert voice_class(site, START + 90).dropped_packets == 0
    rest = site.network.class_counters("lyo-ce1", START + 90)[-1]
    assert rest.dropped_packets > 1000
