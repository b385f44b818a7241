"""What a change should do to voice, with an interval as wide as the ignorance behind it.

The loss of the removed cause goes, and what is left is the path's own.  Where the path has been
seen calm, delay and jitter return to that plus the one packet that strict priority waits for;
where it has not, the expected delay is that of now, and the interval says what may be gained.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qosbot.domain.capacity import EfLoad
from qosbot.domain.codecs import CODECS, Codec
from qosbot.domain.detection import Calm
from qosbot.domain.findings import Cause, Finding
from qosbot.domain.inventory import Direction, Link, VoicePath
from qosbot.domain.path_scores import PathScore
from qosbot.domain.proposals import Prediction
from qosbot.domain.samples import FlowDirection
from qosbot.domain.scoring import Measurements, VoiceScores, codec_columns, score_voice

LARGEST_PACKET_BITS = 1500 * 8
_Z = 1.959964
"""Two-sided 95 % of the normal distribution."""
LEAST_GAIN = 0.1
"""In MOS; a change that is expected to bring less is not worth its risk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One direction of a path as it is heard now, and as it was heard when calm."""

    path: VoicePath
    direction: Direction
    score: PathScore
    calm: Calm | None

    @property
    def mos(self) -> float:
        """Return the MOS of this direction now."""
        return self.score.towards(self.direction).mos


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One thing that may be after the change."""

    loss_ratio: float
    delay_s: float
    jitter_s: float


def removed_loss(finding: Finding, link: Link) -> float:
    """Return the loss that the cause of a finding makes, from its evidence, in 0..1.

    What a class or an interface drops of all it is offered stands for what voice loses there;
    where more leaves than the circuit takes, the excess is lost beyond our counters.
    """
    here = [
        one
        for one in finding.evidence
        if (one.device, one.interface) == (link.id.device, link.id.interface)
        and one.direction is FlowDirection.OUT
    ]
    dropped = [one.value for one in here if one.counter in {"drop_ratio", "out_discard_ratio"}]
    sent = [one.value for one in here if one.counter == "out_rate_bps"]
    if finding.cause is Cause.NO_POLICY:
        dropped += [1 - link.rate_out_bps / bps for bps in sent if bps > link.rate_out_bps]
    return max(dropped, default=0.0)


def predict_queueing(subject: Subject, removed_ratio: float, link: Link) -> Prediction:
    """Return what is heard once voice no longer shares a queue, or no longer overflows its own."""
    wait_s = LARGEST_PACKET_BITS / link.rate_out_bps
    left = _left(subject, removed_ratio)
    scores = _score(subject, CODECS[subject.path.codec], _cases(subject, left, wait_s))
    return _prediction(
        subject,
        scores,
        f"the {removed_ratio:.1%} lost at {link.id} goes and {left.expected:.1%} stays; "
        f"{_told(subject)}",
    )


def predict_codec(
    subject: Subject, codec: Codec, *, drop_ratio: float, now: EfLoad, after: EfLoad
) -> Prediction:
    """Return what new calls are heard like when calls of a path take another codec.

    The class passes as many bits as it passes now.  Delay and jitter stay as they are.

    Args:
        subject: the worst affected direction.
        codec: the codec that new calls would prefer.
        drop_ratio: what the voice class drops now of what it is offered.
        now: the EF that is expected on the link.
        after: the same with the new codec where calls change.
    """
    passed = 1 - drop_ratio
    share = after.counted_bps / now.counted_bps if now.counted_bps else 1.0
    still = max(0.0, 1 - passed / share) if share else 0.0
    elsewhere = _left(subject, drop_ratio).expected
    measured = subject.score.measurement.towards(subject.direction)
    case = _Case(
        loss_ratio=1 - (1 - elsewhere) * (1 - still),
        delay_s=measured.delay_s,
        jitter_s=measured.jitter_s,
    )
    name = codec.name
    return _prediction(
        subject,
        _score(subject, codec, (case, case, case)),
        f"with {name} the calls need {share:.0%} of what they need now, so {still:.1%} of voice is "
        f"dropped instead of {drop_ratio:.1%}; new calls only",
    )


def pays(prediction: Prediction) -> bool:
    """Return whether the gain is worth a change.

    A codec with a lower ceiling pays only where it removes more loss than the ceiling costs:
    for G.711 with concealment and G.729A that is about 3.3 % (G.113 Appendix I).
    """
    return prediction.mos_after >= prediction.mos_before + LEAST_GAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class _Left:
    """The loss of the path that the cause does not explain."""

    least: float
    expected: float
    most: float


def _left(subject: Subject, removed_ratio: float) -> _Left:
    """Return what stays when a loss goes; none where so few packets can't tell it from none."""
    heard = subject.score.measurement.towards(subject.direction)

    def beyond(ratio: float) -> float:
        return max(0.0, 1 - (1 - ratio) / (1 - removed_ratio)) if removed_ratio < 1 else 0.0

    least = beyond(_least_ratio(heard.loss_ratio, heard.packets))
    most = beyond(heard.loss_ratio)
    return _Left(least=least, expected=most if least else 0.0, most=most)


def _least_ratio(ratio: float, packets: int) -> float:
    """Return the lower end of Wilson's 95 % interval for a ratio that was counted."""
    if not packets:
        return 0.0
    doubt = _Z**2 / packets
    half = math.sqrt(doubt * ratio * (1 - ratio) + doubt**2 / 4)
    return max(0.0, (ratio + doubt / 2 - half) / (1 + doubt))


def _cases(subject: Subject, left: _Left, wait_s: float) -> tuple[_Case, _Case, _Case]:
    """Return what is expected, the worst and the best."""
    now = subject.score.measurement.towards(subject.direction)
    calm = subject.calm
    if calm is None:
        jitter_s = min(now.jitter_s, wait_s)
        return (
            _Case(loss_ratio=left.expected, delay_s=now.delay_s, jitter_s=jitter_s),
            _Case(loss_ratio=left.most, delay_s=now.delay_s, jitter_s=now.jitter_s),
            _Case(
                loss_ratio=left.least, delay_s=max(0.0, now.delay_s - now.jitter_s), jitter_s=0.0
            ),
        )

    def waiting(packets: int, loss_ratio: float) -> _Case:
        return _Case(
            loss_ratio=loss_ratio,
            delay_s=min(now.delay_s, calm.delay_s + packets * wait_s),
            jitter_s=min(now.jitter_s, calm.jitter_s + packets * wait_s),
        )

    return waiting(1, left.expected), waiting(2, left.most), waiting(0, left.least)


def _score(subject: Subject, codec: Codec, cases: Sequence[_Case]) -> VoiceScores:
    measurement = subject.score.measurement
    other = next(one for one in Direction if one is not subject.direction)
    delays = np.array([case.delay_s for case in cases])
    # Half a round trip is the same for both directions, and falls for both.
    opposite_s = delays if measurement.is_delay_halved else measurement.towards(other).delay_s
    return score_voice(
        Measurements(
            network_delay_s=delays,
            opposite_network_delay_s=opposite_s,
            delay_halved=measurement.is_delay_halved,
            jitter_s=np.array([case.jitter_s for case in cases]),
            loss_ratio=np.array([case.loss_ratio for case in cases]),
            packets=float(measurement.towards(subject.direction).packets),
            codec=codec_columns([codec] * len(cases)),
            packet_time_s=subject.path.packet_time_s,
            jitter_buffer_s=subject.path.jitter_buffer_s,
        )
    )


def _prediction(subject: Subject, scores: VoiceScores, because: str) -> Prediction:
    after = float(scores.mos[0])
    return Prediction(
        mos_before=subject.mos,
        mos_after=after,
        mos_after_low=min(after, float(scores.mos_low[1])),
        mos_after_high=max(after, float(scores.mos_high[2])),
        because=because,
    )


def _told(subject: Subject) -> str:
    if subject.calm is None:
        return "the path was never seen calm, so its delay is taken as it is now"
    return f"delay returns to the {subject.calm.delay_s * 1e3:.0f} ms of a calm path"
