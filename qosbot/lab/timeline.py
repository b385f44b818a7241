"""The network's history: stretches of time in which nothing changes, and counters over them.

A stretch ends where a configuration, the load or a fault changes, and where calls start that have
another codec than those before them.
"""

import math
from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from qosbot.lab.calls import Mix, Talk, by_codec, carried_on, turnover
from qosbot.lab.forwarding import Attachment, NetworkState, Rates, evaluate
from qosbot.lab.mqc import DeviceConfig
from qosbot.lab.segments import Change, Conditions, CounterKey, Epoch, FloatArray, Segment

_REMEMBERED_STATES = 512


class Timeline:
    """Builds segments from changes as they become known, in whatever order they do."""

    def __init__(
        self, devices: Sequence[str], start: float, conditions: Conditions, *, seed: int
    ) -> None:
        self._devices = tuple(devices)
        self._seed = seed
        self._changes: list[Change] = []
        self._keys: dict[tuple[Conditions, Mix], int] = {}
        self._states: OrderedDict[int, NetworkState] = OrderedDict()
        self._rates: dict[int, Mapping[CounterKey, FloatArray]] = {}
        self._serials = dict.fromkeys(devices, 0)
        talk = carried_on((), conditions.load, self.configs(conditions))
        first = Segment(
            start=start,
            conditions=conditions,
            policies={},
            operations={},
            talk=talk,
            key=self._key(conditions, talk),
            totals={},
        )
        first.policies = self._policies(first, None)
        first.operations = self._operations(first, None)
        self.segments = [first]

    def add(self, change: Change) -> None:
        """Take a change into the history; segments from its time on are built anew."""
        insort(self._changes, change)
        index = self._changes.index(change)
        while not self._stands_before(self.segments[-1], index, change.at):
            self.segments.pop()
        for later in self._changes[index:]:
            self._turn_over(later.at)
            self._append(later)
        self._turn_over(math.inf)

    def configs(self, conditions: Conditions) -> Mapping[str, DeviceConfig]:
        """Return the configurations by device."""
        return dict(zip(self._devices, conditions.configs, strict=True))

    def at(self, now: float) -> Segment:
        """Return the segment that a moment lies in; the last of several that start at it."""
        return self.segments[self._index(now)]

    def state(self, segment: Segment) -> NetworkState:
        """Return how the network behaves during a segment."""
        known = self._states.get(segment.key)
        if known is None:
            conditions = segment.conditions
            mix = by_codec(conditions.load, segment.talk)
            known = evaluate(
                self.configs(conditions),
                conditions.load,
                dict(conditions.corruption),
                {path: dict(calls) for path, calls in mix},
            )
            self._states[segment.key] = known
            self._rates[segment.key] = _rate_rows(known)
            if len(self._states) > _REMEMBERED_STATES:
                forgotten, _ = self._states.popitem(last=False)
                del self._rates[forgotten]
        else:
            self._states.move_to_end(segment.key)
        return known

    def counted(self, key: CounterKey, now: float) -> FloatArray:
        """Return a row of counters integrated from the beginning of the history to `now`."""
        index = self._index(now)
        segment = self.segments[index]
        before = self._totals(index).get(key)
        rates = self._rates_of(segment).get(key)
        total = np.zeros(7) if before is None else before
        return total if rates is None else total + rates * (now - segment.start)

    def _index(self, now: float) -> int:
        return max(bisect_right(self.segments, now, key=lambda segment: segment.start) - 1, 0)

    def _totals(self, index: int) -> Mapping[CounterKey, FloatArray]:
        known = index
        while self.segments[known].totals is None:
            known -= 1
        for at in range(known, index):
            segment, later = self.segments[at], self.segments[at + 1]
            totals = dict(segment.totals or {})
            length_s = later.start - segment.start
            if length_s > 0:
                for key, rates in self._rates_of(segment).items():
                    grown = rates * length_s
                    totals[key] = totals[key] + grown if key in totals else grown
            later.totals = totals
        return self.segments[index].totals or {}

    def _rates_of(self, segment: Segment) -> Mapping[CounterKey, FloatArray]:
        self.state(segment)
        return self._rates[segment.key]

    def _key(self, conditions: Conditions, talk: Talk) -> int:
        """Return the same number for conditions under which the traffic is the same."""
        traffic = replace(conditions, unsynchronised=frozenset())
        mix = by_codec(conditions.load, talk)
        return self._keys.setdefault((traffic, mix), len(self._keys))

    @staticmethod
    def _stands_before(segment: Segment, changes: int, at: float) -> bool:
        """Return whether a segment stays when the change after so many others comes at `at`.

        Calls that start at the very moment of a change already follow it.
        """
        return segment.changes <= changes and not (segment.is_turnover and segment.start >= at)

    def _turn_over(self, until: float) -> None:
        """Let calls come and go from the last segment on, up to a moment and without it."""
        last = self.segments[-1]
        conditions = last.conditions
        for at, talk in turnover(
            last.talk,
            conditions.load,
            self.configs(conditions),
            since=last.start,
            seed=self._seed,
        ):
            if at >= until:
                return
            self.segments.append(
                replace(
                    last,
                    start=at,
                    talk=talk,
                    key=self._key(conditions, talk),
                    is_turnover=True,
                    totals=None,
                )
            )

    def _append(self, change: Change) -> None:
        last = self.segments[-1]
        conditions = last.conditions
        if change.config is not None:
            configs = list(conditions.configs)
            configs[change.device] = change.config
            conditions = replace(conditions, configs=tuple(configs))
        elif change.load is not None:
            conditions = replace(
                conditions,
                load=change.load,
                corruption=change.corruption,
                unsynchronised=change.unsynchronised,
            )
        talk = carried_on(last.talk, conditions.load, self.configs(conditions))
        segment = Segment(
            start=change.at,
            conditions=conditions,
            policies=last.policies,
            operations=last.operations,
            talk=talk,
            key=self._key(conditions, talk),
            changes=last.changes + 1,
        )
        if change.config is not None:
            segment.policies = self._policies(segment, last)
            segment.operations = self._operations(segment, last)
        self.segments.append(segment)

    def _policies(self, segment: Segment, before: Segment | None) -> Mapping[Attachment, Epoch]:
        known = before.policies if before else {}
        found: dict[Attachment, Epoch] = {}
        for device, config in zip(self._devices, segment.conditions.configs, strict=True):
            serial = max((e.serial for a, e in known.items() if a[0] == device), default=0)
            serial = self._serials[device] = max(serial, self._serials[device])
            for interface in config.interfaces:
                for direction, policy in (
                    ("input", interface.policy_in),
                    ("output", interface.policy_out),
                ):
                    if not policy:
                        continue
                    attachment = (device, interface.name, direction)
                    what = config.closure(policy)
                    epoch = known.get(attachment)
                    if epoch is None or epoch.what != what:
                        self._serials[device] += 1
                        epoch = Epoch(since=segment.start, serial=self._serials[device], what=what)
                    found[attachment] = epoch
        return found

    def _operations(
        self, segment: Segment, before: Segment | None
    ) -> Mapping[tuple[str, int], Epoch]:
        known = before.operations if before else {}
        found: dict[tuple[str, int], Epoch] = {}
        for device, config in zip(self._devices, segment.conditions.configs, strict=True):
            for operation in config.operations:
                key = (device, operation.number)
                epoch = known.get(key)
                if epoch is None or epoch.what != operation:
                    epoch = Epoch(since=segment.start, serial=0, what=operation)
                found[key] = epoch
        return found


def _rate_rows(state: NetworkState) -> Mapping[CounterKey, FloatArray]:
    rows: dict[CounterKey, FloatArray] = {
        key: _interface_row(rates) for key, rates in state.interfaces.items()
    }
    for attachment, classes in state.classes.items():
        for cls in classes:
            rows[(*attachment, *cls.path)] = np.array(
                [
                    cls.offered_pps,
                    cls.offered_bytes_per_s,
                    cls.dropped_pps,
                    cls.dropped_bytes_per_s,
                    0.0,
                    0.0,
                    0.0,
                ]
            )
    return rows


def _interface_row(rates: Rates) -> FloatArray:
    return np.array(
        [
            rates.in_octets,
            rates.out_octets,
            rates.in_packets,
            rates.out_packets,
            0.0,
            rates.out_discards,
            rates.in_errors,
        ]
    )
