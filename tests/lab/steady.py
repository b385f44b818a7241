"""A plain configuration source and short ways to ask the network, for tests of the lab."""

from dataclasses import replace

from qosbot.lab.load import Data
from qosbot.lab.network import Network
from qosbot.lab.startup import STARTUP
from qosbot.lab.topology import PATHS, Direction
from qosbot.lab.travel import Travel

START = 1_700_000_000.0


class WrittenConfig:
    """A device whose configuration the test writes; fulfils `ConfigSource`."""

    def __init__(self, text: str) -> None:
        self._history = [(START, text)]

    def write(self, text: str, at: float) -> None:
        self._history.append((at, text))

    def running_config(self, now: float) -> str:
        return self.config_history(now)[-1][1]

    def config_history(self, now: float) -> tuple[tuple[float, str], ...]:
        return tuple(entry for entry in self._history if entry[0] <= max(now, START))


class Site:
    """A network of written configurations."""

    def __init__(self, *, seed: int = 1, **changed: str) -> None:
        texts = STARTUP | {name.replace("_", "-"): text for name, text in changed.items()}
        self.sources = {name: WrittenConfig(text) for name, text in texts.items()}
        self.network = Network(self.sources, started_at=START, seed=seed)

    def congest(self, path: str, way: Direction, bps: float, at: float, flows: int = 24) -> None:
        known = dict(self.network.load.calls)[path]
        calls = replace(known, number=PATHS[path].busy_hour_calls)
        load = self.network.load.with_calls(path, calls)
        load = load.with_data((path, way, "data"), Data(bps=bps, flows=flows))
        self.network.set_load(load, at)

    def voice(self, path: str, way: Direction, at: float) -> Travel:
        travel = self.network.state(at).find("voice", "voice", way, path)
        assert travel is not None
        return travel


def attach(config: str, policy: str, interface: str, lines: str) -> str:
    """Return a configuration with policies added and one attached to an interface's output."""
    head = f"interface {interface}\n"
    assert head in config
    return lines + config.replace(head, f"{head} service-policy output {policy}\n")
