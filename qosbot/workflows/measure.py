"""Poll a set of devices, derive their metrics and keep both."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from qosbot.domain.inventory import Device
from qosbot.domain.metrics import DeviceMetrics, derive
from qosbot.domain.samples import Poll
from qosbot.ports import Clock
from qosbot.ports.keeping import Store
from qosbot.ports.polling import Poller

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one round brought."""

    poll: Poll
    metrics: tuple[DeviceMetrics, ...]


def measure(
    devices: Sequence[Device], *, poller: Poller, store: Store, clock: Clock, deadline_s: float
) -> Measured:
    """Poll `devices` once and keep what they said; silence is part of the result.

    Raises:
        StoreError: if the results could not be kept.
    """
    polled_at = clock.now()
    baseline = store.baseline([device.name for device in devices])
    poll = poller.poll(devices, deadline_s)
    samples = tuple(poll.samples.values())
    metrics = tuple(derive(baseline.get(sample.device), sample) for sample in samples)
    store.record_poll(polled_at, samples, metrics, poll.silent)
    for device, reason in poll.silent.items():
        log.warning("device silent", extra={"device": device, "reason": reason})
    log.info("polled", extra={"answered": len(samples), "silent": len(poll.silent)})
    return Measured(poll=poll, metrics=metrics)
