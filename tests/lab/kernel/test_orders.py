"""What the senders are told, and what the receivers' windows come to."""

from dataclasses import replace

import pytest

from qosbot.lab.kernel.orders import Numbers, Order, orders
from qosbot.lab.kernel.records import KEPT_S, Record, Taken, combined
from qosbot.lab.kernel.wiring import (
    configure_commands,
    host,
    links,
    namespaces,
    raising_commands,
    sink,
)
from qosbot.lab.load import Data, Load, default_load
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


def test_tcp_is_sent_by_another_program_to_a_sink_of_its_own() -> None:
    way = Direction.BACKWARD
    bulk = Data(bps=3e6, shape="tcp", flows=50)
    load = LOAD.with_data(("par-lyo", way, "ftp"), bulk).with_data(("par-lyo", way, "web"), bulk)
    sent = [order for order in orders(load, TALK) if order.program == "bulk"]
    assert [order.flow[3] for order in sent] == ["ftp", "web"]
    assert {order.sink and order.sink[0] for order in sent} == {"host-par"}
    assert len({order.sink for order in sent}) == 2
    assert all(dict(order.what)["to"] == order.sink[1] for order in sent if order.sink)
    assert all(dict(order.what)["flows"] == 8 for order in sent)


def sent_of(flow: tuple[str, ...], load: Load, numbers: Numbers) -> list[Order]:
    return [order for order in orders(load, TALK, numbers) if order.flow == flow]


def test_data_that_becomes_tcp_leaves_no_order_of_before_in_its_place() -> None:
    key = ("par-lyo", Direction.BACKWARD, "data")
    as_tcp = LOAD.with_data(key, Data(bps=3e6, shape="tcp"))
    before, after = ({order.key for order in orders(load, TALK)} for load in (LOAD, as_tcp))
    assert len(before - after) == 8
    assert len(after - before) == 1


def test_what_changes_beside_a_flow_does_not_move_its_ports() -> None:
    flow, numbers = ("data", "par-lyo", "backward", "ftp"), Numbers()
    load = LOAD.with_data(("par-lyo", Direction.BACKWARD, "ftp"), Data(bps=3e6, shape="tcp"))
    before = sent_of(flow, load, numbers)
    removed = load.with_data(("par-nan", Direction.FORWARD, "data"), Data(bps=0))
    changed = removed.with_data(("par-bor", Direction.FORWARD, "data"), Data(bps=1e6))
    assert sent_of(flow, changed, numbers) == before
    voice = ("voice", "par-bor", "forward")
    fewer = load.with_calls("par-lyo", replace(dict(LOAD.calls)["par-lyo"], number=1))
    assert sent_of(voice, fewer, numbers) == sent_of(voice, load, numbers)


@pytest.mark.parametrize("shape", ["random", "microbursts", "tcp"])
def test_no_rate_is_so_small_that_a_sender_refuses_it(shape: str) -> None:
    key = ("par-lyo", Direction.BACKWARD, "data")
    load = LOAD.with_data(key, Data(bps=1e-300, shape=shape))
    sent = sent_of(("data", "par-lyo", "backward", "data"), load, Numbers())
    assert all(float(str(dict(order.what)["bps"])) >= 8 for order in sent)


def test_microbursts_are_as_many_packets_at_once_as_was_said() -> None:
    data = Data(bps=3e6, shape="microbursts", burst_packets=50)
    load = LOAD.with_data(("par-lyo", Direction.BACKWARD, "backup"), data)
    (first, *_) = [order for order in orders(load, TALK) if order.flow[3:] == ("backup",)]
    what = dict(first.what)
    assert (what["shape"], what["burst_packets"]) == ("bursts", 50)


def test_what_a_sink_took_is_that_of_the_last_seconds() -> None:
    taken = Taken()
    assert (taken.octets, taken.over_s) == (0, 0.0)
    for second in range(20):
        line = {"event": "shown", "at_ns": second * 10**9, "bytes": {"10.1.0.50": second * 1000}}
        taken.hear(line)
    assert (taken.octets, taken.over_s) == (KEPT_S * 1000, KEPT_S)
    taken.forget()
    assert taken.octets == 0


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


def test_a_link_that_comes_up_brings_no_route_by_another_one_that_may_be_down() -> None:
    lan, wan = ("\n".join(raising_commands("lyo-ce1", port)) for port in ("ge0-0", "ge0-1"))
    assert "route replace default via" in wan
    assert "default" not in lan
    assert lan.count("route replace") == wan.count("route replace") == 1


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
