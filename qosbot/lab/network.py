"""The emulated network: what every device counts and measures, as a function of state and time.

There is no ticker.  Configurations, load and faults are piecewise constant; a value at `now` is
computed when it is asked for, and asking changes nothing.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace

from qosbot.lab.forwarding import NetworkState, device_of, probe_site
from qosbot.lab.load import Load, default_load
from qosbot.lab.mqc import DeviceConfig, parse
from qosbot.lab.observed import ClassCounters, ConfigSource, InterfaceCounters, SlaRun
from qosbot.lab.probes import Run, cycle_s, latest_number, result
from qosbot.lab.segments import Change, Conditions, Epoch, Segment, operation_of
from qosbot.lab.timeline import Timeline
from qosbot.lab.topology import NODE

DAY_S = 86400.0

_REMEMBERED_RUNS = 256


class Network:
    """All devices together; times are the lab clock's and never go back."""

    def __init__(
        self,
        sources: Mapping[str, ConfigSource],
        *,
        started_at: float,
        seed: int = 1,
        load: Load | None = None,
    ) -> None:
        """Start with every device up for weeks, so that counters look like a network's.

        Args:
            sources: by device, every device of the topology.
            started_at: the time from which configurations change.
            seed: decides every probe packet.
            load: what is sent; by default what keeps every path healthy.
        """
        self._sources = {name: sources[name] for name in NODE}
        self._seed = seed
        self._boots = {
            name: [started_at - (30 + 7 * at) * DAY_S - 1234.5 * at] for at, name in enumerate(NODE)
        }
        self._seen = dict.fromkeys(NODE, 1)
        self._sequence = 0
        self._runs: OrderedDict[tuple[object, ...], SlaRun] = OrderedDict()
        self._frozen: dict[tuple[str, int], float] = {}
        histories = {
            name: source.config_history(started_at) for name, source in self._sources.items()
        }
        self._now_conditions = Conditions(
            configs=tuple(parse(history[0][1]) for history in histories.values()),
            load=default_load() if load is None else load,
        )
        first = min(boots[0] for boots in self._boots.values())
        self._timeline = Timeline(tuple(NODE), first, self._now_conditions, seed=seed)

    @property
    def load(self) -> Load:
        """What is sent now."""
        return self._now_conditions.load

    @property
    def corruption(self) -> Mapping[tuple[str, str], float]:
        """The ratio of arriving packets that fail their check, where it is not zero."""
        return dict(self._now_conditions.corruption)

    @property
    def unsynchronised(self) -> frozenset[str]:
        """The devices whose clock has lost NTP."""
        return self._now_conditions.unsynchronised

    @property
    def frozen(self) -> Mapping[tuple[str, int], float]:
        """The operations that have stopped running, and since when."""
        return dict(self._frozen)

    def set_load(self, load: Load, now: float) -> None:
        """Send something else from `now` on."""
        self._change(replace(self._now_conditions, load=load), now)

    def set_corruption(self, device: str, interface: str, ratio: float, now: float) -> None:
        """Corrupt a ratio of what arrives on an interface; zero heals the line."""
        bad = dict(self._now_conditions.corruption)
        bad.pop((device, interface), None)
        if ratio > 0:
            bad[device, interface] = ratio
        self._change(replace(self._now_conditions, corruption=tuple(sorted(bad.items()))), now)

    def set_ntp(self, device: str, now: float, *, in_sync: bool) -> None:
        """Let a device's clock lose NTP, or find it again."""
        others = self._now_conditions.unsynchronised - {device}
        lost = others if in_sync else others | {device}
        self._change(replace(self._now_conditions, unsynchronised=lost), now)

    def freeze_probe(self, device: str, operation: int, now: float) -> None:
        """Stop an operation without a word: its latest result stays."""
        self._frozen.setdefault((device, operation), now)

    def thaw_probe(self, device: str, operation: int) -> None:
        """Let an operation run again."""
        self._frozen.pop((device, operation), None)

    def reboot(self, device: str, now: float) -> None:
        """Restart a device: uptime and counters begin anew."""
        self._boots[device].append(now)

    def boots(self, device: str) -> int:
        """Return how often a device has booted since the lab started, the first time included."""
        return len(self._boots[device])

    def booted_at(self, device: str) -> float:
        """Return when a device last started."""
        return self._boots[device][-1]

    def segment(self, now: float) -> Segment:
        """Return the stretch of unchanging conditions that `now` lies in."""
        self._learn(now)
        return self._timeline.at(now)

    def state(self, now: float) -> NetworkState:
        """Return how the network behaves at `now`."""
        return self._timeline.state(self.segment(now))

    def config(self, device: str, now: float) -> DeviceConfig:
        """Return a device's running configuration as the network reads it."""
        return self.segment(now).conditions.configs[list(NODE).index(device)]

    def observed(self, device: str) -> "DeviceView":
        """Return what one device can be asked about itself."""
        return DeviceView(self, device)

    def interface_counters(self, device: str, interface: str, now: float) -> InterfaceCounters:
        """Return an interface's counters since the device booted; zeros for a virtual one."""
        self._learn(now)
        key = (device, interface)
        row = self._timeline.counted(key, now) - self._timeline.counted(key, self.booted_at(device))
        rates = self.state(now).interfaces.get(key)
        counts = [int(value) for value in row]
        return InterfaceCounters(
            in_octets=counts[0],
            out_octets=counts[1],
            in_packets=counts[2],
            out_packets=counts[3],
            in_discards=counts[4],
            out_discards=counts[5],
            in_errors=counts[6],
            out_errors=0,
            crc_errors=counts[6],
            in_rate_bps=rates.in_octets * 8 if rates else 0.0,
            out_rate_bps=rates.out_octets * 8 if rates else 0.0,
            in_rate_pps=rates.in_packets if rates else 0.0,
            out_rate_pps=rates.out_packets if rates else 0.0,
        )

    def class_counters(self, device: str, now: float) -> tuple[ClassCounters, ...]:
        """Return every class of a device's policies since attached, edited or booted."""
        segment = self.segment(now)
        state = self._timeline.state(segment)
        found: list[ClassCounters] = []
        for attachment, epoch in segment.policies.items():
            if attachment[0] != device:
                continue
            since = max(epoch.since, self.booted_at(device))
            for cls in state.classes.get(attachment, ()):
                key = (*attachment, *cls.path)
                row = self._timeline.counted(key, now) - self._timeline.counted(key, since)
                offered, offered_bytes, dropped, dropped_bytes = (int(value) for value in row[:4])
                found.append(
                    ClassCounters(
                        interface=attachment[1],
                        direction=attachment[2],
                        path=cls.path,
                        offered_packets=offered,
                        offered_bytes=offered_bytes,
                        sent_packets=max(offered - dropped, 0),
                        sent_bytes=max(offered_bytes - dropped_bytes, 0),
                        dropped_packets=dropped,
                        dropped_bytes=dropped_bytes,
                        queue_depth_packets=round(cls.depth_packets),
                        queue_depth_bytes=round(cls.depth_bytes),
                        offered_rate_bps=cls.offered_bytes_per_s * 8,
                        drop_rate_bps=cls.dropped_bytes_per_s * 8,
                    )
                )
        return tuple(found)

    def sla_runs(self, device: str, now: float) -> tuple[SlaRun, ...]:
        """Return the latest finished run of each scheduled operation of a device."""
        runs = (
            self._latest_run(device, epoch, now)
            for (owner, _), epoch in self.segment(now).operations.items()
            if owner == device
        )
        return tuple(run for run in runs if run is not None)

    def _latest_run(self, device: str, epoch: Epoch, now: float) -> SlaRun | None:
        operation = operation_of(epoch)
        if not operation.is_scheduled or not operation.target:
            return None
        since = max(epoch.since, self.booted_at(device))
        stopped = self._frozen.get((device, operation.number), now)
        number = latest_number(operation, since, min(stopped, now))
        if number is None:
            return None
        started_at = since + number * cycle_s(operation)
        key = (device, operation, since, number)
        if key not in self._runs:
            run = self._run(device, epoch, number, started_at)
            self._runs[key] = result(run, seed=self._seed, state_at=self._state_then)
            if len(self._runs) > _REMEMBERED_RUNS:
                self._runs.popitem(last=False)
        return self._runs[key]

    def _run(self, device: str, epoch: Epoch, number: int, started_at: float) -> Run:
        conditions = self._timeline.at(started_at).conditions
        configs = dict(zip(NODE, conditions.configs, strict=True))
        operation = operation_of(epoch)
        target = device_of(operation.target, configs)
        way = probe_site(device, target) if target else None
        return Run(
            device=device,
            operation=operation,
            number=number,
            started_at=started_at,
            out=way[1] if way else None,
            answers=bool(target) and configs[target or device].is_responder,
            clocks_in_sync=not {device, target} & conditions.unsynchronised,
        )

    def _state_then(self, at: float) -> NetworkState:
        return self._timeline.state(self._timeline.at(at))

    def _change(self, conditions: Conditions, now: float) -> None:
        self._learn(now)
        self._now_conditions = conditions
        self._timeline.add(
            Change(
                at=now,
                is_beside=True,
                sequence=self._next(),
                load=conditions.load,
                corruption=conditions.corruption,
                unsynchronised=conditions.unsynchronised,
            )
        )

    def _learn(self, now: float) -> None:
        """Take in what the devices' configurations have become."""
        for at, (name, source) in enumerate(self._sources.items()):
            history = source.config_history(now)
            for number in range(self._seen[name], len(history)):
                began, text = history[number]
                config = parse(text)
                if config != parse(history[number - 1][1]):
                    change = Change(at=began, sequence=self._next(), device=at, config=config)
                    self._timeline.add(change)
            self._seen[name] = len(history)

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence


class DeviceView:
    """One device's side of the network; fulfils `Observed`."""

    def __init__(self, network: Network, device: str) -> None:
        self._network = network
        self._device = device

    def booted_at(self) -> float:
        """Return when the agent last started."""
        return self._network.booted_at(self._device)

    def interface_counters(self, interface: str, now: float) -> InterfaceCounters:
        """Return the counters of an interface of the device's running configuration."""
        return self._network.interface_counters(self._device, interface, now)

    def class_counters(self, now: float) -> tuple[ClassCounters, ...]:
        """Return every class of every attached policy, in configuration order."""
        return self._network.class_counters(self._device, now)

    def sla_runs(self, now: float) -> tuple[SlaRun, ...]:
        """Return the latest finished run of each scheduled operation that has finished one."""
        return self._network.sla_runs(self._device, now)
