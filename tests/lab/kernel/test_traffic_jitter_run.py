"""IP SLA's figures of a run from its answers, without sockets."""

from collections.abc import Sequence
from dataclasses import asdict, replace

import pytest

from qosbot.lab.given import BadRequestError
from qosbot.lab.kernel.traffic.jitter_run import Answer, datagram_bytes, summary
from qosbot.lab.kernel.traffic.sla_lines import run_of
from qosbot.lab.observed import SlaRun
from qosbot.lab.sla import SlaOperation

US = 1000
OPERATION = SlaOperation(
    number=101, packets=10, codec="g711ulaw", payload_bytes=160, is_microseconds=True
)


def answer(
    number: int, *, counted: int | None = None, out_us: int = 5000, home_us: int = 7000
) -> Answer:
    sent_ns = number * 20_000 * US
    return Answer(
        number=number,
        counted=number + 1 if counted is None else counted,
        sent_ns=sent_ns,
        reached_ns=sent_ns + out_us * US,
        turned_ns=300 * US,
        back_ns=sent_ns + (out_us + 300 + home_us) * US,
    )


def run(
    answers: Sequence[Answer], *, sent: int = 10, operation: SlaOperation = OPERATION
) -> SlaRun:
    return summary(operation, answers, sent=sent, runs=3, finished_at=1.0, is_refused=not answers)


def line(known: SlaRun) -> dict[str, object]:
    lists = {name: list(value) for name, value in asdict(known).items() if isinstance(value, tuple)}
    return {"event": "run"} | asdict(known) | lists


def test_the_responders_time_is_in_no_delay() -> None:
    seen = run([answer(number) for number in range(10)])
    assert (seen.rtt_sum_us, seen.rtt_min_us, seen.rtt_max_us) == (120_000, 12_000, 12_000)
    assert seen.rtt_sum2_us == 10 * 12_000**2
    assert (seen.one_way_sum_sd_us, seen.one_way_sum_ds_us) == (50_000, 70_000)


def test_losses_are_told_apart_by_what_the_responder_had_got() -> None:
    # 2 never reached the responder, the answer to 5 did not come back, after 7 nobody knows.
    answers = [answer(number, counted=number + (number < 2)) for number in (0, 1, 3, 4, 6, 7)]
    seen = run(answers)
    assert (seen.received, seen.loss_sd, seen.loss_ds, seen.missing) == (6, 1, 1, 2)


def test_an_answer_after_the_timeout_is_late_and_not_received() -> None:
    slow = replace(OPERATION, timeout_s=0.1)
    seen = run([answer(0), answer(1, home_us=200_000)], sent=2, operation=slow)
    assert (seen.received, seen.late, seen.rtt_max_us) == (1, 1, 12_000)
    assert (seen.loss_sd, seen.loss_ds, seen.missing) == (0, 0, 0)


def test_an_overtaken_answer_is_out_of_sequence_and_lost_nowhere() -> None:
    seen = run([answer(0), answer(2, counted=2), answer(1, counted=3)], sent=3)
    assert (seen.out_of_sequence, seen.received) == (1, 3)
    assert (seen.loss_sd, seen.loss_ds, seen.missing) == (0, 0, 0)


def test_changes_of_delay_are_counted_by_sign_and_way() -> None:
    answers = [answer(number, out_us=out) for number, out in enumerate([10, 40, 40, 20])]
    seen = run(answers, sent=4)
    assert seen.positives_sd == (1, 30, 30, 30)
    assert seen.negatives_sd == (1, 20, 20, 20)
    assert seen.positives_ds == (0, 0, 0, 0)


def test_times_are_whole_steps_of_the_precision() -> None:
    seen = run([answer(0, out_us=1999, home_us=999)], sent=1, operation=SlaOperation(number=1))
    assert (seen.one_way_sum_sd_us, seen.one_way_sum_ds_us, seen.rtt_sum_us) == (1000, 0, 2000)


def test_no_answer_is_a_timeout_or_nobody_there() -> None:
    refused = run([])
    timed_out = summary(OPERATION, [], sent=10, runs=1, finished_at=1.0, is_refused=False)
    assert (refused.sense, refused.sent) == (6, 0)
    assert (timed_out.sense, timed_out.sent, timed_out.missing) == (4, 10, 0)


def test_packets_have_the_size_of_the_operation() -> None:
    assert datagram_bytes(OPERATION) == 172
    assert datagram_bytes(SlaOperation(number=1, payload_bytes=16)) == 28


def test_a_line_becomes_the_run_with_its_score() -> None:
    seen = run([answer(number) for number in range(10)])
    known = run_of(line(seen), OPERATION)
    assert (known.mos_hundredths, known.icpif) == (434, 1)
    assert replace(known, mos_hundredths=0, icpif=0) == seen


def test_a_device_without_a_clock_shows_no_one_way_times() -> None:
    known = run_of(line(run([answer(0)], sent=1)), OPERATION, clocks_in_sync=False)
    assert (known.one_way_count, known.one_way_sum_sd_us, known.one_way_max_ds_us) == (0, 0, 0)
    assert not known.clocks_in_sync
    assert known.rtt_sum_us == 12_000


def test_a_line_of_something_else_is_not_a_run() -> None:
    with pytest.raises(BadRequestError, match="not a run"):
        run_of({"event": "refused"}, OPERATION)
