"""The score of each voice path: both directions, of which the worse one counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from qosbot.domain.codecs import CODECS
from qosbot.domain.inventory import Direction, VoicePath
from qosbot.domain.metrics import Grade, Reason
from qosbot.domain.paths import DirectionMeasurement, PathMeasurement
from qosbot.domain.scoring import Measurements, VoiceScore, codec_columns, score_voice


@dataclass(frozen=True, slots=True, kw_only=True)
class PathScore:
    """A path whose MOS is measured."""

    path: str
    run_at: datetime
    runs: int
    forward: VoiceScore
    backward: VoiceScore
    measurement: PathMeasurement
    grade: Grade
    reasons: tuple[Reason, ...]

    @property
    def worse(self) -> Direction:
        """Return the direction that sounds worse."""
        is_forward = self.forward.mos <= self.backward.mos
        return Direction.FORWARD if is_forward else Direction.BACKWARD

    @property
    def mos(self) -> float:
        """Return the MOS of the worse direction."""
        return self.towards(self.worse).mos

    def towards(self, direction: Direction) -> VoiceScore:
        """Return one direction."""
        return self.forward if direction is Direction.FORWARD else self.backward


def score_paths(
    paths: Mapping[str, VoicePath], measurements: Sequence[PathMeasurement]
) -> tuple[PathScore, ...]:
    """Return the score of each measured path, in the order given.

    All directions are scored in one pass over arrays of shape (2 x measurements,).

    Raises:
        ValueError: if a codec has no published robustness against loss, so that nothing can be
            scored; the inventory does not let such a codec in.
    """
    if not measurements:
        return ()
    # Forward and backward rows alternate.
    ways = [way for m in measurements for way in ((m.forward, m.backward), (m.backward, m.forward))]
    described = [paths[m.path] for m in measurements for _ in Direction]
    own = _columns([way[0] for way in ways])
    scores = score_voice(
        Measurements(
            network_delay_s=own[0],
            opposite_network_delay_s=_columns([way[1] for way in ways])[0],
            delay_halved=np.repeat([m.is_delay_halved for m in measurements], 2),
            jitter_s=own[1],
            loss_ratio=own[2],
            packets=own[3],
            codec=codec_columns([CODECS[path.codec] for path in described]),
            packet_time_s=np.array([path.packet_time_s for path in described]),
            jitter_buffer_s=np.array([path.jitter_buffer_s for path in described]),
        )
    ).values()
    return tuple(
        _path_score(measurement, scores[2 * i], scores[2 * i + 1])
        for i, measurement in enumerate(measurements)
    )


def _columns(
    ways: Sequence[DirectionMeasurement],
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rows = [(way.delay_s, way.jitter_s, way.loss_ratio, float(way.packets)) for way in ways]
    return np.array(rows, dtype=np.float64).T


def _path_score(
    measurement: PathMeasurement, forward: VoiceScore | None, backward: VoiceScore | None
) -> PathScore:
    if forward is None or backward is None:
        raise ValueError(f"path {measurement.path}: its codec has no score under loss")
    return PathScore(
        path=measurement.path,
        run_at=measurement.run_at,
        runs=measurement.runs,
        forward=forward,
        backward=backward,
        measurement=measurement,
        grade=measurement.grade,
        reasons=measurement.reasons,
    )
