"""What a receiver counts, without sockets: times in milliseconds for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qosbot.lab.kernel.traffic.counting import StreamRecord, Tally
from qosbot.lab.kernel.traffic.packet import Packet, ssrc
from qosbot.lab.kernel.traffic.records import Records, Told

MS = 1_000_000
GRACE_MS = 100


def packet(count: int, *, sent_ms: float | None = None, stream: int = 0) -> Packet:
    sent_ms = 20 * count if sent_ms is None else sent_ms
    return Packet(
        ssrc=ssrc(1, stream), count=count, sent_ns=round(sent_ms * MS) + 1, age_s=sent_ms / 1000
    )


def record() -> StreamRecord:
    return StreamRecord(0, began_ns=0, grace_ns=GRACE_MS * MS)


def arrive(known: StreamRecord, count: int, *, delay_ms: float = 5) -> None:
    sent = packet(count)
    known.arrived(sent, sent.sent_ns + round(delay_ms * MS), ip_bytes=200, dscp=46)


def arrive_all(known: StreamRecord, *counts: int) -> None:
    for count in counts:
        arrive(known, count, delay_ms=20 * (max(counts) - count) + 5)


def settled(known: StreamRecord, at_ms: float) -> Tally:
    known.settle(round(at_ms * MS))
    return known.close_window()


def test_a_gap_is_lost_only_after_its_grace() -> None:
    known = record()
    arrive(known, 0)
    arrive(known, 2)
    assert settled(known, 45 + GRACE_MS - 1).lost == 0
    assert settled(known, 45 + GRACE_MS + 1).lost == 1


def test_an_overtaken_packet_in_time_is_received_and_out_of_order() -> None:
    known = record()
    arrive_all(known, 0, 2, 1)
    seen = settled(known, 1000)
    assert (seen.received, seen.lost, seen.out_of_order) == (3, 0, 1)


def test_a_packet_after_its_grace_stays_lost_and_is_late() -> None:
    known = record()
    arrive(known, 0)
    arrive(known, 2)
    arrive(known, 1, delay_ms=500)
    seen = settled(known, 1000)
    assert (seen.received, seen.lost, seen.late) == (2, 1, 1)


def test_a_double_counts_once() -> None:
    known = record()
    arrive_all(known, 0, 1, 1)
    seen = settled(known, 1000)
    assert (seen.received, seen.duplicates) == (2, 1)


def test_the_senders_word_counts_what_no_later_packet_tells() -> None:
    known = record()
    arrive_all(known, 0, 1)
    known.told(5, 100 * MS)
    assert settled(known, 100 + GRACE_MS - 1).lost == 0
    assert settled(known, 100 + GRACE_MS).lost == 3


def test_the_senders_word_and_a_gap_count_a_loss_once() -> None:
    known = record()
    arrive(known, 0)
    known.told(2, 30 * MS)
    arrive(known, 3)
    assert settled(known, 1000).lost == 2


@given(st.sets(st.integers(0, 199), min_size=1, max_size=200))
def test_received_and_lost_are_what_was_sent(arriving: set[int]) -> None:
    known = record()
    for count in sorted(arriving):
        arrive(known, count)
    known.told(200, 5000 * MS)
    seen = settled(known, 6000)
    assert (seen.received, seen.lost) == (len(arriving), 200 - len(arriving))


def test_jitter_is_that_of_rfc_3550_and_variation_the_mean_change() -> None:
    known = record()
    for count, delay_ms in enumerate([5, 21, 5]):
        arrive(known, count, delay_ms=delay_ms)
    seen = settled(known, 50).figures()
    # From 0 by a 16th of each step of 16 ms: to 1 ms, then by 15 / 16 ms.
    assert known.jitter_ns == pytest.approx(1.9375 * MS)
    assert seen["jitter_s"] == pytest.approx((0 + 1 + 1.9375) / 3 / 1000)
    assert seen["variation_s"] == pytest.approx(0.016)


def test_delay_has_its_mean_deviation_and_bounds() -> None:
    known = record()
    for count, delay_ms in enumerate([4, 8]):
        arrive(known, count, delay_ms=delay_ms)
    seen = settled(known, 50).figures()
    assert seen["delay_mean_s"] == pytest.approx(0.006)
    assert seen["delay_deviation_s"] == pytest.approx(0.002)
    assert (seen["delay_min_s"], seen["delay_max_s"]) == (0.004, 0.008)
    assert seen["delay_p50_s"] == pytest.approx(0.0041)


def test_nothing_received_is_not_a_delay_of_zero() -> None:
    seen = Tally().figures()
    assert (seen["loss_ratio"], seen["delay_mean_s"], seen["jitter_s"]) == (None, None, None)


def test_tallies_add_up_to_that_of_all_packets() -> None:
    whole, parts, total = record(), record(), Tally()
    for count, delay_ms in enumerate([9, 3, 7, 30, 4, 4]):
        arrive(whole, count, delay_ms=delay_ms)
        arrive(parts, count, delay_ms=delay_ms)
        total.add(parts.close_window())
    assert total == whole.close_window()
    assert total == parts.total


def records(since_ms: float = 0) -> Records:
    return Records(listening_since_ns=round(since_ms * MS), grace_ns=GRACE_MS * MS)


def take(known: Records, sent: Packet) -> None:
    known.arrived(sent, sent.sent_ns + 5 * MS, ip_bytes=200, dscp=46)


def group(known: Records, at_ms: float) -> dict[str, object]:
    list(known.close_window(round(at_ms * MS)))
    groups, _ = known.show()
    return groups[0]


def test_the_first_packets_of_a_stream_can_be_lost() -> None:
    known = records()
    take(known, packet(3))
    assert group(known, 1000)["lost"] == 3


def test_what_was_sent_before_anybody_listened_is_not_lost() -> None:
    known = records(since_ms=50)
    take(known, packet(3))
    known.told(Told(ssrc=ssrc(1, 1), began_ns=0, sent=9, is_ended=True), 70 * MS)
    assert group(known, 1000)["lost"] == 0


def test_a_stream_of_which_nothing_comes_is_lost_whole() -> None:
    known = records()
    known.told(Told(ssrc=ssrc(1, 7), began_ns=1, sent=50, is_ended=False), 70 * MS)
    seen = group(known, 1000)
    assert (seen["received"], seen["lost"]) == (0, 50)


def test_an_ended_stream_is_closed_after_its_grace_and_its_group_goes_on() -> None:
    known = records()
    take(known, packet(0))
    known.told(Told(ssrc=ssrc(1, 0), began_ns=0, sent=1, is_ended=True), 10 * MS)
    before = [line["event"] for line in known.close_window(50 * MS)]
    after = [line["event"] for line in known.close_window(200 * MS)]
    assert (before, after) == (["window"], ["ended", "window"])
    assert known.show()[1] == []
    assert group(known, 300)["received"] == 1


def test_a_straggler_of_a_closed_stream_is_late_and_no_new_stream() -> None:
    known = records()
    take(known, packet(0))
    ended = Told(ssrc=ssrc(1, 0), began_ns=1, sent=400, is_ended=True)
    known.told(ended, 10 * MS)
    assert group(known, 200)["lost"] == 399
    take(known, packet(399))
    known.told(ended, 9000 * MS)
    seen = group(known, 10_000)
    assert (seen["received"], seen["lost"], seen["late"]) == (1, 399, 1)
    assert known.show()[1] == []


def test_a_sender_that_began_anew_is_another_stream() -> None:
    known = records()
    for count in range(3):
        take(known, packet(count))
    for count in range(2):
        again = packet(count)
        sent_ns = again.sent_ns + 100 * MS
        take(known, Packet(ssrc=again.ssrc, count=count, sent_ns=sent_ns, age_s=again.age_s))
    seen = group(known, 1000)
    assert (seen["received"], seen["duplicates"], seen["lost"]) == (5, 0, 0)


def test_groups_are_counted_apart() -> None:
    known = records()
    take(known, packet(0))
    other = Packet(ssrc=ssrc(2, 0), count=0, sent_ns=1, age_s=0)
    take(known, other)
    list(known.close_window(100 * MS))
    assert [line["received"] for line in known.show()[0]] == [1, 1]
