"""IP SLA udp-jitter runs: each is a pure function of the seed, its number and the network then."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from qosbot.lab.forwarding import NetworkState, probe_name
from qosbot.lab.observed import SlaRun
from qosbot.lab.sla import SlaOperation
from qosbot.lab.topology import Direction

FloatArray = NDArray[np.float64]

LINGER_S = 0.1
"""How long after its last packet a run is done."""

RESPONDER_S = 0.0002
"""What the responder takes to answer; it is stamped out of the one-way times."""

SENSE_OK, SENSE_TIMEOUT, SENSE_NOT_CONNECTED = 1, 4, 6

_ICPIF_WORST = 93


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Which run of which operation, and where it goes."""

    device: str
    operation: SlaOperation
    number: int
    """Counted from zero since the operation was scheduled or the device booted."""
    started_at: float
    out: Direction | None
    """The way to the target; None: there is none."""
    answers: bool
    """Whether the target has a responder."""
    clocks_in_sync: bool

    @property
    def finished_at(self) -> float:
        """When its result is there to be read."""
        return self.started_at + self.operation.duration_s + LINGER_S


def cycle_s(operation: SlaOperation) -> float:
    """Return the time from run to run: the frequency, unless a run takes longer."""
    return max(operation.frequency_s, operation.duration_s + LINGER_S)


def latest_number(operation: SlaOperation, scheduled_at: float, now: float) -> int | None:
    """Return the number of the latest run that has finished by `now`; None if none has."""
    done_s = now - scheduled_at - operation.duration_s - LINGER_S
    return int(done_s // cycle_s(operation)) if done_s >= 0 else None


def result(run: Run, *, seed: int, state_at: Callable[[float], NetworkState]) -> SlaRun:
    """Return what the device shows of a run.

    Args:
        run: the run.
        seed: of the lab; the same seed and network give the same packets.
        state_at: the network at a time; the run asks for the moment of each packet.
    """
    if run.out is None:
        return _failed(run, SENSE_TIMEOUT)
    if not run.answers:
        return _failed(run, SENSE_NOT_CONNECTED)
    operation = run.operation
    entropy = [seed, crc32(run.device.encode()), operation.number, run.number]
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
    times = run.started_at + operation.interval_s * np.arange(operation.packets)
    states = [state_at(float(time)) for time in times]
    back = Direction.BACKWARD if run.out is Direction.FORWARD else Direction.FORWARD
    name = probe_name(run.device, operation.number)
    lost_out, delay_out = _travel(states, name, run.out, operation, random)
    lost_back, delay_back = _travel(states, name, back, operation, random)
    return _summary(run, lost_out, delay_out, lost_back, delay_back)


def _travel(
    states: Sequence[NetworkState],
    name: str,
    way: Direction,
    operation: SlaOperation,
    random: np.random.Generator,
) -> tuple[NDArray[np.bool_], FloatArray]:
    """Return which packets are lost and how long the others take, in seconds."""
    distinct = {id(state): state for state in states}
    found = {key: state.find("probe", name, way) for key, state in distinct.items()}
    travels = [found[id(state)] for state in states]
    loss = np.array([1.0 if travel is None else travel.effect.loss for travel in travels])
    fixed = np.array([0.0 if travel is None else travel.fixed_s for travel in travels])
    mean = np.array([0.0 if travel is None else travel.effect.delay_s for travel in travels])
    variance = np.array(
        [0.0 if travel is None else travel.effect.variance_s2 for travel in travels]
    )
    lost = random.random(len(travels)) < loss
    mean, variance = np.maximum(mean, 1e-9), np.maximum(variance, 1e-18)
    waiting = random.gamma(mean**2 / variance, variance / mean)
    delay = fixed + waiting
    # Nothing overtakes in a class: a packet arrives no earlier than the one before it.
    arrival = np.maximum.accumulate(np.arange(len(travels)) * operation.interval_s + delay)
    return lost, arrival - np.arange(len(travels)) * operation.interval_s


def _summary(
    run: Run,
    lost_out: NDArray[np.bool_],
    delay_out: FloatArray,
    lost_back: NDArray[np.bool_],
    delay_back: FloatArray,
) -> SlaRun:
    operation = run.operation
    unit_us = 1 if operation.is_microseconds else 1000
    out_us = _ticks(delay_out, unit_us)
    back_us = _ticks(delay_back, unit_us)
    arrived = ~lost_out & ~lost_back
    rtt_us = out_us[arrived] + back_us[arrived] + round(RESPONDER_S * 1e6) // unit_us * unit_us
    received = int(arrived.sum())
    if received == 0:
        return _failed(run, SENSE_TIMEOUT)
    loss_ratio = 1 - received / operation.packets
    mos, icpif = voice_score(operation.codec, loss_ratio, float(rtt_us.mean()) / 2e6)
    one_way = received if run.clocks_in_sync else 0
    known_out, known_back = out_us[arrived][:one_way], back_us[arrived][:one_way]
    return SlaRun(
        operation=operation.number,
        finished_at=run.finished_at,
        runs=run.number + 1,
        sense=SENSE_OK,
        sent=operation.packets,
        received=received,
        rtt_sum_us=int(rtt_us.sum()),
        rtt_sum2_us=int((rtt_us.astype(object) ** 2).sum()),
        rtt_min_us=int(rtt_us.min()),
        rtt_max_us=int(rtt_us.max()),
        loss_sd=int(lost_out.sum()),
        loss_ds=int((~lost_out & lost_back).sum()),
        missing=0,
        late=0,
        out_of_sequence=0,
        positives_sd=_changes(out_us[~lost_out], 1),
        negatives_sd=_changes(out_us[~lost_out], -1),
        positives_ds=_changes(back_us[arrived], 1),
        negatives_ds=_changes(back_us[arrived], -1),
        one_way_count=one_way,
        one_way_sum_sd_us=int(known_out.sum()),
        one_way_min_sd_us=int(known_out.min(initial=2**40)) if one_way else 0,
        one_way_max_sd_us=int(known_out.max(initial=0)),
        one_way_sum_ds_us=int(known_back.sum()),
        one_way_min_ds_us=int(known_back.min(initial=2**40)) if one_way else 0,
        one_way_max_ds_us=int(known_back.max(initial=0)),
        clocks_in_sync=run.clocks_in_sync,
        mos_hundredths=mos,
        icpif=icpif,
    )


def _ticks(delay_s: FloatArray, unit_us: int) -> NDArray[np.int64]:
    """Return delays in microseconds, in whole steps of the operation's precision."""
    return np.asarray(np.floor(delay_s * 1e6 / unit_us) * unit_us, dtype=np.int64)


def _changes(delays_us: NDArray[np.int64], sign: int) -> tuple[int, int, int, int]:
    """Return count, sum, least and largest of the changes of one sign; unchanged ones not."""
    changes = np.diff(delays_us) * sign
    changes = changes[changes > 0]
    if not changes.size:
        return (0, 0, 0, 0)
    return (changes.size, int(changes.sum()), int(changes.min()), int(changes.max()))


_LOSS_POINTS = [0, 2, 4, 6, 8, 10]
_CODEC_IMPAIRMENT = {
    "g711ulaw": [0, 12, 22, 28, 32, 36],
    "g711alaw": [0, 12, 22, 28, 32, 36],
    "g729a": [10, 20, 30, 38, 42, 46],
}
_DELAY_POINTS_MS = [0, 50, 100, 150, 200, 400]
_DELAY_IMPAIRMENT = [1, 1, 2, 4, 7, 24]


def voice_score(codec: str, loss_ratio: float, one_way_s: float) -> tuple[int, int]:
    """Return the MOS in hundredths and the ICPIF that IOS gives a run; (0, 0) without a codec.

    ICPIF is the sum of a delay and a codec impairment, both interpolated in Cisco's tables; from
    10 % loss on it is 93 and the MOS 1.00.  Clean G.711 gives 1 and 4.34, as in the field; the
    step from ICPIF to MOS is Annex B of G.107 at R = 91 - ICPIF, which is ours.
    """
    impairments = _CODEC_IMPAIRMENT.get(codec)
    if impairments is None:
        return 0, 0
    if loss_ratio >= 0.1:  # noqa: PLR2004 - the MIB's bound
        return 100, _ICPIF_WORST
    equipment = float(np.interp(loss_ratio * 100, _LOSS_POINTS, impairments))
    delay = float(np.interp(one_way_s * 1000, _DELAY_POINTS_MS, _DELAY_IMPAIRMENT))
    icpif = round(equipment + delay)
    r = 91 - icpif
    mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6
    return round(100 * min(max(mos, 1.0), 4.34)), icpif


def _failed(run: Run, sense: int) -> SlaRun:
    none = (0, 0, 0, 0)
    return SlaRun(
        operation=run.operation.number,
        finished_at=run.finished_at,
        runs=run.number + 1,
        sense=sense,
        sent=run.operation.packets if sense == SENSE_TIMEOUT else 0,
        received=0,
        rtt_sum_us=0,
        rtt_sum2_us=0,
        rtt_min_us=0,
        rtt_max_us=0,
        loss_sd=0,
        loss_ds=0,
        missing=0,
        late=0,
        out_of_sequence=0,
        positives_sd=none,
        negatives_sd=none,
        positives_ds=none,
        negatives_ds=none,
        one_way_count=0,
        one_way_sum_sd_us=0,
        one_way_min_sd_us=0,
        one_way_max_sd_us=0,
        one_way_sum_ds_us=0,
        one_way_min_ds_us=0,
        one_way_max_ds_us=0,
        clocks_in_sync=run.clocks_in_sync,
        mos_hundredths=0,
        icpif=0,
    )
