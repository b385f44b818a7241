"""A run of a UDP jitter operation as its sender sees it: answers in, IP SLA's figures out.

Losses are told apart as IOS does it: each answer says how many of the run's packets the responder
had got by then.  After the last answer nobody knows on which way a packet was lost: it is missing.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from qosbot.lab.observed import SlaRun
from qosbot.lab.sla import SlaOperation

REQUEST = struct.Struct("!IHHQQI")
"""Token of the run, number, how many the responder had got, sent and arrived in ns of
CLOCK_MONOTONIC, and how long the responder took in ns."""

UDP_IP_BYTES = 28
_OK, _TIMEOUT, _NOT_CONNECTED = 1, 4, 6
_NONE = (0, 0, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to a packet of a run; times in ns of CLOCK_MONOTONIC."""

    number: int
    """Of the packet in its run, from zero."""
    counted: int
    """How many of the run's packets had reached the responder, this one included."""
    sent_ns: int
    reached_ns: int
    turned_ns: int
    """How long the responder took."""
    back_ns: int

    @property
    def out_ns(self) -> int:
        """The way out, SD."""
        return self.reached_ns - self.sent_ns

    @property
    def home_ns(self) -> int:
        """The way back, DS."""
        return self.back_ns - self.reached_ns - self.turned_ns


def datagram_bytes(operation: SlaOperation) -> int:
    """Return the size of a packet's UDP payload; never less than its times need."""
    return max(operation.ip_bytes - UDP_IP_BYTES, REQUEST.size)


def summary(  # noqa: PLR0913 - what a run is made of
    operation: SlaOperation,
    answers: Sequence[Answer],
    *,
    sent: int,
    runs: int,
    finished_at: float,
    is_refused: bool,
) -> SlaRun:
    """Return what IP SLA shows of a run; the score is left at 0, not available.

    Args:
        operation: the operation.
        answers: in the order in which they came, each once.
        sent: how many packets the kernel took.
        runs: how many there have been, with this one.
        finished_at: Unix time in seconds.
        is_refused: whether the target said that nobody listens there.
    """
    timeout_ns = operation.timeout_s * 1e9
    timely = [known for known in answers if known.back_ns - known.sent_ns <= timeout_ns]
    ordered = sorted(timely, key=lambda known: known.number)
    unit_us = 1 if operation.is_microseconds else 1000
    out_us = [_ticks(known.out_ns, unit_us) for known in ordered]
    home_us = [_ticks(known.home_ns, unit_us) for known in ordered]
    rtt_us = [_ticks(known.out_ns + known.home_ns, unit_us) for known in ordered]
    loss_sd, loss_ds, missing = _losses(answers, sent)
    sense = _OK if timely else _NOT_CONNECTED if is_refused else _TIMEOUT
    return SlaRun(
        operation=operation.number,
        finished_at=finished_at,
        runs=runs,
        sense=sense,
        sent=0 if sense == _NOT_CONNECTED else sent,
        received=len(timely),
        rtt_sum_us=sum(rtt_us),
        rtt_sum2_us=sum(rtt**2 for rtt in rtt_us),
        rtt_min_us=min(rtt_us, default=0),
        rtt_max_us=max(rtt_us, default=0),
        loss_sd=loss_sd if timely else 0,
        loss_ds=loss_ds if timely else 0,
        missing=missing if timely else 0,
        late=len(answers) - len(timely),
        out_of_sequence=_out_of_sequence(timely),
        positives_sd=_changes(out_us, 1),
        negatives_sd=_changes(out_us, -1),
        positives_ds=_changes(home_us, 1),
        negatives_ds=_changes(home_us, -1),
        one_way_count=len(timely),
        one_way_sum_sd_us=sum(out_us),
        one_way_min_sd_us=min(out_us, default=0),
        one_way_max_sd_us=max(out_us, default=0),
        one_way_sum_ds_us=sum(home_us),
        one_way_min_ds_us=min(home_us, default=0),
        one_way_max_ds_us=max(home_us, default=0),
        clocks_in_sync=True,
        mos_hundredths=0,
        icpif=0,
    )


def _losses(answers: Sequence[Answer], sent: int) -> tuple[int, int, int]:
    """Return how many were lost on the way out, on the way back, and nobody knows where."""
    if not answers:
        return 0, 0, sent
    last = max(known.number for known in answers)
    reached = max(known.counted for known in answers)
    # What a later packet overtook may have been counted although it is beyond the last answer.
    lost_out = max(last + 1 - reached, 0)
    lost_back = max(last + 1 - lost_out - len(answers), 0)
    return lost_out, lost_back, sent - len(answers) - lost_out - lost_back


def _out_of_sequence(answers: Sequence[Answer]) -> int:
    highest, count = -1, 0
    for known in answers:
        count += known.number < highest
        highest = max(highest, known.number)
    return count


def _ticks(time_ns: int, unit_us: int) -> int:
    """Return a time in microseconds, in whole steps of the operation's precision."""
    return max(time_ns, 0) // (1000 * unit_us) * unit_us


def _changes(delays_us: Sequence[int], sign: int) -> tuple[int, int, int, int]:
    """Return count, sum, least and largest of the changes of one sign; unchanged ones not."""
    changes = [(later - earlier) * sign for earlier, later in pairwise(delays_us)]
    changes = [change for change in changes if change > 0]
    if not changes:
        return _NONE
    return len(changes), sum(changes), min(changes), max(changes)
