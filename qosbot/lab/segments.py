"""What a stretch of the network's history is made of: conditions, changes, and since when."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qosbot.lab.calls import Talk
from qosbot.lab.forwarding import Attachment
from qosbot.lab.load import Load
from qosbot.lab.mqc import DeviceConfig
from qosbot.lab.sla import SlaOperation

FloatArray = NDArray[np.float64]
CounterKey = tuple[str, ...]
"""Device and interface; or device, interface, direction and class path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """All that decides how the network behaves."""

    configs: tuple[DeviceConfig, ...]
    load: Load
    corruption: tuple[tuple[tuple[str, str], float], ...] = ()
    unsynchronised: frozenset[str] = frozenset()
    """Devices whose clock has lost NTP; it changes what probes can say, not the traffic."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Change:
    """One thing that changed: a device's configuration, or the conditions beside them."""

    at: float
    is_beside: bool = False
    """Load and faults come after configurations of the same moment: calls that start then follow
    those, whatever became known first."""
    sequence: int
    device: int = field(compare=False, default=-1)
    """Position of the device whose configuration changed; -1: load or faults."""
    config: DeviceConfig | None = field(compare=False, default=None)
    load: Load | None = field(compare=False, default=None)
    corruption: tuple[tuple[tuple[str, str], float], ...] = field(compare=False, default=())
    unsynchronised: frozenset[str] = field(compare=False, default=frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """Since when something has been as it is, and the how-manieth on its device."""

    since: float
    serial: int
    what: object


@dataclass(slots=True, kw_only=True)
class Segment:
    """A stretch of time; it may be empty, and still counts as a change."""

    start: float
    conditions: Conditions
    policies: Mapping[Attachment, Epoch]
    operations: Mapping[tuple[str, int], Epoch]
    talk: Talk
    key: int
    """The same for segments whose traffic is the same, so that it is computed once."""
    changes: int = 0
    """How many changes of the history have come to pass."""
    is_turnover: bool = False
    """Whether it begins with calls that start rather than with a change."""
    totals: Mapping[CounterKey, FloatArray] | None = None
    """The counters at its start, integrated since the beginning of the history."""


def operation_of(epoch: Epoch) -> SlaOperation:
    """Return the operation that an epoch of `Segment.operations` is about."""
    if not isinstance(epoch.what, SlaOperation):
        raise TypeError(type(epoch.what))
    return epoch.what
