"""The traffic through queues of the kernel: what is lost and late there, by physics."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from qosbot.lab.kernel.traffic.sla_lines import run_of
from qosbot.lab.observed import SlaRun
from qosbot.lab.sla import SlaOperation
from tests.lab.kernel.bottleneck import FAR, NEAR, Bottleneck, bottleneck
from tests.lab.kernel.programs import Line, Running, figures, running
from tests.needs import needs
from tests.until import until

pytestmark = pytest.mark.slow

VOICE, DATA = 1, 2
CALLS, PACKETS = 4, 400
RATE = "2mbit"
OPERATION = SlaOperation(number=1, packets=100, payload_bytes=160, codec="g711ulaw", tos=184)


@pytest.fixture
def way() -> Iterator[Bottleneck]:
    needs("kernel")
    with bottleneck() as known:
        yield known


class Site:
    """What sends at the near end and what receives at the far end."""

    def __init__(self, way: Bottleneck, stack: ExitStack) -> None:
        def start(space: str, program: str, *arguments: str) -> Running:
            within = way.within(space)
            return stack.enter_context(running(program, *arguments, within=within))

        self.receiver = start(way.far, "receiver", "--listen", f"{FAR}:16384")
        self.responder = start(way.far, "responder", "--listen", f"{FAR}:16390")
        self.sender = start(way.near, "sender")
        self.probe = start(way.near, "probe")

    def load(self) -> None:
        """Send four calls and 2.4 Mbit/s of data into 2 Mbit/s."""
        to = f"{FAR}:16384"
        self.sender.tell("calls", group=VOICE, to=to, codecs=["g711ulaw"] * CALLS)
        load: Line = {"bps": 2_400_000, "packet_bytes": 800, "shape": "random", "burstiness": 4}
        self.sender.tell("udp", group=DATA, to=to, **load)

    def probed(self) -> SlaRun:
        order: Line = {"codec": "g711ulaw", "packets": 100, "payload_bytes": 160, "tos": 184}
        order |= {"source": NEAR, "timeout_s": 1, "is_microseconds": True}
        self.probe.tell("run", to=f"{FAR}:16390", operation=1, **order)
        return run_of(self.probe.hear("run"), OPERATION)

    def record(self) -> tuple[Line, Line]:
        """End the load and return the final record of the voice and of the data."""
        until(lambda: figures(self.receiver, VOICE)["received"] not in range(PACKETS))
        self.sender.tell("calls", group=VOICE, codecs=[])
        self.sender.tell("udp", group=DATA, bps=0)
        ended = [self.sender.hear("ended") for _ in range(CALLS + 1)]
        self.receiver.tell("sent", streams=ended)
        for _ in ended:
            self.receiver.hear("ended")
        voice, data = figures(self.receiver, VOICE), figures(self.receiver, DATA)
        assert self.receiver.ask("show", "shown")["overflowed"] == 0
        for group, seen in ((VOICE, voice), (DATA, data)):
            sent = sum(number(line["sent"]) for line in ended if line["group"] == group)
            assert number(seen["received"]) + number(seen["lost"]) == sent
        return voice, data


@pytest.fixture
def site(way: Bottleneck) -> Iterator[Site]:
    with ExitStack() as stack:
        yield Site(way, stack)


def number(value: object) -> float:
    assert isinstance(value, int | float)
    return value


def test_an_overloaded_fifo_loses_and_delays_voice_like_the_rest(
    way: Bottleneck, site: Site
) -> None:
    way.first_in_first_out(RATE, packets=50)
    site.load()
    run = site.probed()
    voice, data = site.record()
    assert 0.05 < number(voice["loss_ratio"]) < 0.5
    assert 0.05 < number(data["loss_ratio"]) < 0.6
    assert 0.05 < number(voice["delay_mean_s"]) < 0.3
    assert number(voice["jitter_s"]) > 0.001
    # The receiver's record is the kernel's: what the queue dropped, and nothing else, is lost.
    lost = number(voice["lost"]) + number(data["lost"])
    assert lost + run.loss_sd + run.missing == way.dropped()
    assert run.loss_sd > 5
    assert run.one_way_sum_sd_us / run.one_way_count > 50_000
    assert (run.loss_ds, run.one_way_max_ds_us < 20_000) == (0, True)


def test_a_class_for_voice_spares_it_loss_and_delay_under_the_same_load(
    way: Bottleneck, site: Site
) -> None:
    way.voice_first(RATE, packets=50)
    site.load()
    run = site.probed()
    voice, data = site.record()
    assert voice["lost"] == 0
    assert voice["dscp"] == {"46": voice["received"]}
    assert number(voice["delay_p50_s"]) < 0.01
    assert number(data["loss_ratio"]) > 0.05
    assert data["lost"] == way.dropped()
    assert (run.received, run.loss_sd, run.loss_ds, run.missing) == (100, 0, 0, 0)


def test_bulk_keeps_to_its_pace_and_without_one_fills_the_bottleneck(way: Bottleneck) -> None:
    way.first_in_first_out(RATE, packets=5)
    with ExitStack() as stack:
        far, near = way.within(way.far), way.within(way.near)
        sink = stack.enter_context(running("sink", "--listen", f"{FAR}:5001", within=far))
        bulk = stack.enter_context(running("bulk", within=near))
        bulk.tell("tcp", group=1, to=f"{FAR}:5001", flows=2, bps=400_000, seconds=2)
        bulk.hear("ended")
        paced = sunk(sink)
        bulk.tell("tcp", group=2, to=f"{FAR}:5001", flows=20, seconds=2)
        bulk.hear("ended")
        filled = sunk(sink) - paced
    # 100 kB at that pace, 500 kB at the rate of the bottleneck.
    assert 50_000 < paced < 200_000
    assert 300_000 < filled < 600_000
    assert way.dropped() > 0


def sunk(sink: Running) -> float:
    shown = sink.ask("show", "shown")["bytes"]
    assert isinstance(shown, dict)
    return number(shown[NEAR])
