"""What the senders are told, and what the receivers' windows come to."""

from dataclasses import replace

import pytest

from qosbot.lab.kernel.orders import orders
from qosbot.lab.kernel.records import KEPT_S, Record, combined
from qosbot.lab.kernel.wiring import configure_commands, host, links, namespaces, sink
from qosbot.lab.load import Data, default_load
from qosbot.lab.topology import PATHS, Direction

LOAD = default_load()
TALK = (("par-lyo", ("g711ulaw", "g729a")),)


def window(**changed: object) -> dict[str, object]:
    known: dict[str, object] = {
        "event": "window",
        "group": 1,
        "received": 90,
        "lost": 10,
        "ip_bytes": 18_000,
        "dscp": {"46": 90},
        "delay_mean_s": 0.010,
        "delay_deviation_s": 0.0,
        "jitter_s": 0.001,
        "variation_s": 0.002,
    }
    return known | changed


def whats(*flow: str) -> list[dict[str, object]]:
    """Return what is ordered of a kind of flow on a path."""
    return [dict(order.what) for order in orders(LOAD, TALK) if order.flow[:2] == flow]


def test_a_call_s_codec_is_that_of_its_slot() -> None:
    codecs = [one["codecs"] for one in whats("voice", "par-lyo")]
    assert codecs == [("g711ulaw",), ("g729a",)] * 2


def test_calls_go_both_ways_between_the_sites_hosts() -> None:
    namespaces_ = {order.namespace for order in orders(LOAD, TALK) if order.flow[1] == "par-nan"}
    assert namespaces_ == {"host-par", "host-nan"}


def test_the_parts_of_data_add_up_to_its_rate() -> None:
    parts = [
        dict(order.what) for order in orders(LOAD, TALK) if order.flow[:2] == ("data", "par-bor")
    ]
    total = sum(float(str(one["bps"])) for one in parts)
    assert total == pytest.approx(2 * PATHS["par-bor"].data_bps)


def test_load_on_a_link_leaves_by_it_and_ends_at_its_other_end() -> None:
    key = ("lyo-ce1", "GigabitEthernet0/1", "out", "congestion")
    load = replace(LOAD, links=((key, Data(bps=5e6)),))
    sent = [order for order in orders(load, TALK) if order.flow[0] == "link"]
    assert {order.namespace for order in sent} == {"lyo-ce1"}
    assert sink("lyo-ce1", "GigabitEthernet0/1")["in"][0] == "carrier"


def test_a_call_that_ends_is_no_longer_ordered() -> None:
    fewer = LOAD.with_calls("par-nan", replace(dict(LOAD.calls)["par-nan"], number=1))
    sent = [order for order in orders(fewer, TALK) if order.flow[:2] == ("voice", "par-nan")]
    assert [order.part for order in sent] == [0, 0]


def test_each_call_has_a_port_of_its_own() -> None:
    sources = [one["source"] for one in whats("voice", "par-lil")]
    assert len(set(sources)) == len(sources) == 26


def test_every_address_of_the_lab_is_on_one_link_only() -> None:
    known = [address for link in links() for end in link for address in end.addresses]
    assert len({address.ip for address in known}) == len(known)


def test_every_namespace_has_its_links_and_every_host_a_way_out() -> None:
    for name in namespaces():
        assert any(command.startswith("link set") for command in configure_commands(name))
    for path in PATHS.values():
        commands = configure_commands(host(path.site))
        assert any("route add default" in command for command in commands)


def test_the_loss_of_windows_is_over_all_that_was_due() -> None:
    seen = combined([window(), window(received=100, lost=0)], 2.0)
    assert seen.loss_ratio == pytest.approx(0.05)


def test_where_nothing_was_due_there_is_no_loss_ratio() -> None:
    nothing = window(
        received=0, lost=0, delay_mean_s=None, jitter_s=None, variation_s=None, dscp={}
    )
    seen = combined([nothing], 1.0)
    assert (seen.loss_ratio, seen.delay_s, seen.dscp) == (None, None, None)


def test_the_deviation_over_windows_counts_how_their_means_differ() -> None:
    lines = [window(delay_mean_s=0.010), window(delay_mean_s=0.030)]
    seen = combined(lines, 2.0)
    assert seen.delay_s == pytest.approx(0.020)
    assert seen.delay_deviation_s == pytest.approx(0.010)


def test_only_the_latest_seconds_count() -> None:
    record = Record()
    record.hear(window(lost=10_000))
    for _ in range(KEPT_S):
        record.hear(window(lost=0))
    assert record.figures([1]).lost == 0


def test_a_new_order_forgets_what_was_before_it() -> None:
    record = Record()
    record.hear(window())
    record.forget(1)
    assert record.figures([1]).received == 0


def test_both_ways_of_a_path_are_different_flows() -> None:
    ways = {order.flow[2] for order in orders(LOAD, TALK) if order.flow[0] == "voice"}
    assert ways == {way.value for way in Direction}
