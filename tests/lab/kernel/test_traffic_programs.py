"""The programs over loopback, as anybody can run them."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from qosbot.lab.kernel.traffic.sla_lines import run_of
from qosbot.lab.sla import SlaOperation
from tests.lab.kernel.programs import MODULE, Line, Running, figures, running
from tests.needs import needs
from tests.until import until

pytestmark = pytest.mark.slow

ANY = "127.0.0.1:0"
PROGRAMS = [
    ("sender",),
    ("receiver", "--listen", ANY),
    ("bulk",),
    ("sink", "--listen", ANY),
    ("probe",),
    ("responder", "--listen", ANY),
]


@pytest.fixture
def sender() -> Iterator[Running]:
    with running("sender", "--max-packets-per-s", "2000") as known:
        yield known


@pytest.fixture(scope="module")
def idle_sender() -> Iterator[Running]:
    with running("sender", "--max-packets-per-s", "2000") as known:
        yield known


@pytest.fixture
def receiver() -> Iterator[Running]:
    with running("receiver", "--listen", ANY, "--every-s", "0.1", "--grace-s", "0.2") as known:
        yield known


@pytest.fixture
def probe() -> Iterator[Running]:
    with running("probe") as known:
        yield known


def to(known: Running) -> str:
    return f"127.0.0.1:{known.ports[0]}"


@pytest.fixture(autouse=True)
def _patience() -> None:
    needs("patience")


def whole(value: object) -> int:
    assert isinstance(value, int)
    return value


def received(receiver: Running, group: int, at_least: int) -> Line:
    return (
        until(
            lambda: (
                seen if whole((seen := figures(receiver, group))["received"]) >= at_least else None
            )
        )
        or {}
    )


def pass_on(sender: Running, receiver: Running, number: int) -> int:
    """Tell the receiver what the sender says of so many streams that end; return what it sent."""
    ended = [sender.hear("ended") for _ in range(number)]
    receiver.tell("sent", streams=ended)
    return sum(whole(line["sent"]) for line in ended)


def test_all_packets_of_calls_arrive_marked_and_are_accounted_for(
    sender: Running, receiver: Running
) -> None:
    sender.tell("calls", group=3, to=to(receiver), codecs=["g711ulaw"] * 4)
    received(receiver, 3, 40)
    sender.tell("calls", group=3, codecs=[])
    sent = pass_on(sender, receiver, 4)
    for _ in range(4):
        receiver.hear("ended", group=3)
    seen = figures(receiver, 3)
    assert (seen["received"], seen["lost"], seen["duplicates"]) == (sent, 0, 0)
    assert seen["dscp"] == {"46": sent}
    assert seen["ip_bytes"] == 200 * sent
    assert receiver.ask("show", "shown")["overflowed"] == 0


def test_a_call_with_another_codec_is_another_call_and_the_others_go_on(
    sender: Running, receiver: Running
) -> None:
    sender.tell("calls", group=1, to=to(receiver), codecs=["g711ulaw", "g711ulaw", ""])
    received(receiver, 1, 10)
    sender.tell("calls", group=1, to=to(receiver), dscp=0, codecs=["g711ulaw", "g729a", ""])
    ended = sender.hear("ended")
    assert (ended["stream"], ended["codec"]) == (1, "g711ulaw")
    streams = sender.ask("report", "report")["streams"]
    assert isinstance(streams, list)
    assert [(known["stream"], known["codec"]) for known in streams] == [
        (0, "g711ulaw"),
        (2, "g729a"),
    ]
    assert "0" in str(received(receiver, 1, 60)["dscp"])


def test_data_ends_at_its_limit_and_is_recorded_like_voice(
    sender: Running, receiver: Running
) -> None:
    sender.tell(
        "udp",
        group=2,
        to=to(receiver),
        bps=3_000_000,
        packet_bytes=1500,
        shape="bursts",
        burst_packets=20,
        packets=60,
    )
    assert pass_on(sender, receiver, 1) == 60
    ended = receiver.hear("ended", group=2)
    assert (ended["received"], ended["lost"]) == (60, 0)
    assert ended["ip_bytes"] == 90_000


def test_what_a_sender_said_it_sent_and_never_came_is_lost(receiver: Running) -> None:
    shown = receiver.ask("show", "shown")
    stream = {"event": "ended", "group": 5, "stream": 0, "began_ns": shown["at_ns"], "sent": 25}
    receiver.tell("sent", streams=[stream])
    assert receiver.hear("ended", group=5)["lost"] == 25


def test_bulk_sends_the_bytes_it_was_told_and_no_more() -> None:
    with running("sink", "--listen", ANY) as sink, running("bulk") as bulk:
        bulk.tell("tcp", group=1, to=to(sink), flows=3, bytes=300_000, bps=50_000_000)
        assert bulk.hear("ended")["bytes"] == 300_000
        until(lambda: sink.ask("show", "shown")["bytes"] == {"127.0.0.1": 300_000})


def test_a_bulk_flow_that_nobody_takes_is_said_to_be_broken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with running("bulk") as bulk:
        bulk.tell("tcp", group=1, to=f"127.0.0.1:{port}", seconds=0.1)
        ended = bulk.hear("ended")
    assert (ended["bytes"], ended["broken"]) == (0, 1)


OPERATION = SlaOperation(number=101, codec="g711ulaw", packets=20, payload_bytes=160)


def ask_probe(probe: Running, target: str, **changes: object) -> Line:
    order: Line = {"operation": 101, "codec": "g711ulaw", "packets": 20, "payload_bytes": 160}
    order |= {"interval_s": 0.005, "tos": 184, "timeout_s": 0.2, "is_microseconds": True}
    probe.tell("run", to=target, **(order | changes))
    return probe.hear("run", operation=101)


def test_a_probe_measures_both_ways_and_fills_a_run(probe: Running) -> None:
    with running("responder", "--listen", ANY) as responder:
        line = ask_probe(probe, to(responder), runs=7, timeout_s=20)
        assert responder.ask("show", "shown")["answered"] == 20
    run = run_of(line, OPERATION)
    assert (run.sense, run.sent, run.received, run.runs) == (1, 20, 20, 7)
    assert (run.loss_sd, run.loss_ds, run.missing, run.late) == (0, 0, 0, 0)
    assert 0 < run.rtt_min_us <= run.rtt_sum_us / 20 <= run.rtt_max_us
    assert run.one_way_sum_sd_us + run.one_way_sum_ds_us <= run.rtt_sum_us
    assert run.mos_hundredths == 434


def test_a_probe_without_a_responder_is_not_connected(probe: Running) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    run = run_of(ask_probe(probe, f"127.0.0.1:{port}"), OPERATION)
    assert (run.sense, run.sent, run.received) == (6, 0, 0)


def test_a_probe_that_nobody_answers_times_out_and_others_run_beside_it(probe: Running) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{silent.getsockname()[1]}"
        probe.tell("run", to=target, operation=102, packets=2, timeout_s=0.2)
        run = run_of(ask_probe(probe, target), OPERATION)
        assert probe.hear("run", operation=102)["sent"] == 2
    assert (run.sense, run.sent, run.received, run.mos_hundredths) == (4, 20, 0, 0)


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ({"do": "dance"}, "do must be one of calls"),
        ({"do": "calls", "group": 1, "codecs": ["opus"]}, "codec must be one of"),
        ({"do": "calls", "group": 1, "codecs": ["g729a"], "to": "192.0.2.1:9"}, "own network"),
        ({"do": "calls", "group": 1, "codecs": ["g729a"], "to": "here"}, "an IPv4 address"),
        ({"do": "calls", "group": 1, "codecs": ["g729a"] * 99, "to": "127.0.0.1:9"}, "limit"),
        ({"do": "udp", "group": 1, "bps": 1e8, "to": "127.0.0.1:9"}, "limit"),
        ({"do": "udp", "group": 1, "bps": 1e4, "shape": "round"}, "shape must be one of"),
        ({"do": "report", "loud": True}, "unknown argument: loud"),
        ([1], "list of objects"),
    ],
)
def test_a_bad_order_is_refused_in_one_line_and_changes_nothing(
    idle_sender: Running, order: object, why: str
) -> None:
    assert idle_sender.process.stdin is not None
    idle_sender.process.stdin.write(json.dumps(order).encode() + b"\n")
    idle_sender.process.stdin.flush()
    assert why in str(idle_sender.hear("refused")["why"])
    assert idle_sender.ask("report", "report")["streams"] == []


@pytest.mark.parametrize("program", PROGRAMS, ids=[program[0] for program in PROGRAMS])
def test_a_program_ends_when_its_orders_end(program: tuple[str, ...]) -> None:
    with running(*program) as known:
        assert known.end() == 0


def test_a_program_ends_when_its_time_is_over() -> None:
    with running("sender", "--seconds", "0.1") as known:
        assert known.process.wait(60) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("sender", "--seconds", "1e9"), "--seconds"),
        (("receiver", "--listen", "nowhere"), "an IPv4 address"),
        (("sink", "--listen", "192.0.2.1:9"), "cannot listen on 192.0.2.1:9"),
    ],
)
def test_arguments_that_cannot_be_are_one_line(arguments: tuple[str, ...], says: str) -> None:
    ended = subprocess.run(
        [*MODULE, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    assert says in ended.stderr
    assert ended.stderr.count("\n") == 1


KEEPER = """
import subprocess, sys
command = [sys.executable, "-m", "qosbot.lab.kernel.traffic", "sender"]
subprocess.Popen(command, stdin=int(sys.argv[1])).wait()
"""


def test_a_program_dies_with_who_started_it_although_its_input_is_open() -> None:
    its_input, held = os.pipe()
    command = [sys.executable, "-c", KEEPER, str(its_input)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=[its_input]) as keeper:
        assert keeper.stdout is not None
        assert b"ready" in keeper.stdout.readline()
        keeper.send_signal(signal.SIGKILL)
        # The sender alone holds the other end by now: it closes when the sender is gone.
        gone = select.select([keeper.stdout], [], [], 60.0)[0]
        os.close(held)
        os.close(its_input)
        assert gone, "the sender goes on"
        assert keeper.stdout.read() == b""
