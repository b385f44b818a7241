"""The lab on the kernel as a process: everything started, kept up with the CLI, and ended."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from qosbot.lab.agent import MibSource, SnmpSecrets
from qosbot.lab.arguments import BadRequestError
from qosbot.lab.kernel import edge
from qosbot.lab.kernel.namespaces import KernelError
from qosbot.lab.kernel.network import KernelNetwork
from qosbot.lab.kernel.plant import Plant
from qosbot.lab.kernel.probing import Probing
from qosbot.lab.kernel.router import Router
from qosbot.lab.kernel.snmpd import Snmpd, agentx_socket
from qosbot.lab.kernel.traffic_control import TrafficControl
from qosbot.lab.kernel.wiring import CARRIER, kernel_indexes
from qosbot.lab.lab import Lab, SteppedClock
from qosbot.lab.process import ADDRESS, LabStartError, Served
from qosbot.lab.topology import CIRCUITS, NODE

_LOOK_EVERY_S = 0.1
_NICE = -10
"""The routers are not to wait for the programs of this machine."""
_LONGEST_STEP_S = 600.0
_FILES = "kernel"
_LONGEST_SOCKET_PATH = 107
"""sun_path of linux/un.h, but for the zero at its end."""

LACKS = {
    "random-detect": (
        "% random-detect: not supported, the kernel under this lab has no WRED (sch_red)"
    )
}
"""What a class may ask for on IOS and nothing in this kernel can do."""


class WaitingClock(SteppedClock):
    """The system's clock: real packets take real time, so a step forward is a wait."""

    def step(self, seconds: float) -> None:
        """Do nothing: the time has passed already."""


class KernelAgents:
    """Everything behind the routers' doors; fulfils `Agents`."""

    def __init__(self, directory: Path, seed: int) -> None:
        self._directory = directory / _FILES
        self._seed = seed
        self._open = contextlib.AsyncExitStack()
        self._agents: dict[str, Snmpd] = {}
        self._boots: dict[str, int] = {}
        self._damage: Mapping[tuple[str, str], float] = {}

    async def start(self, lab: Lab, made: SnmpSecrets) -> Mapping[str, int]:
        """Make the network, let its agents answer on loopback; return each device's port.

        Raises:
            LabStartError: if the kernel or a program that is needed refuses.
        """
        _refuse_a_long_path(self._directory)
        try:
            return await self._start(lab, made)
        except KernelError as error:
            await self.close()
            raise LabStartError(
                f"{error}; the lab on the kernel needs root, network namespaces and the packages"
                " iproute2, nftables and snmpd"
            ) from None

    async def _start(self, lab: Lab, made: SnmpSecrets) -> Mapping[str, int]:
        network = lab.network
        if not isinstance(network, KernelNetwork):
            raise TypeError(type(network))
        with contextlib.suppress(OSError):
            os.nice(_NICE)
        plant = self._open.enter_context(Plant())
        _build_carrier(plant)
        network.routers = {name: Router(plant, name) for name in NODE}
        for router in network.routers.values():
            self._open.callback(router.close)
        self._obey(network, lab.clock.now())
        for device in lab.devices.values():
            device.lacks = LACKS
        traffic = TrafficControl(plant, self._seed)
        self._open.push_async_callback(traffic.close)
        await traffic.start()
        probing = Probing(plant, network)
        self._open.push_async_callback(probing.close)
        lab.receivers = traffic
        ports = await self._start_agents(plant, lab, network, made)
        looking = asyncio.create_task(self._look(lab, network, traffic, probing))
        looking.add_done_callback(_end_with)
        self._open.push_async_callback(_cancelled, looking)
        return ports

    async def _start_agents(
        self, plant: Plant, lab: Lab, network: KernelNetwork, made: SnmpSecrets
    ) -> Mapping[str, int]:
        ports: dict[str, int] = {}
        starting = []
        for name, device in lab.devices.items():
            source = MibSource(lab.network, name, lab.clock, device, kernel_indexes(name))
            agent = Snmpd(plant[name], network.routers[name], source, self._directory / name)
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            sock.bind((ADDRESS, 0))
            sock.setblocking(False)  # noqa: FBT003 - the socket module's own signature
            ports[name] = sock.getsockname()[1]
            self._agents[name] = agent
            self._boots[name] = lab.network.boots(name)
            self._open.push_async_callback(agent.close)
            starting.append(agent.start(made, sock))
        await asyncio.gather(*starting)
        return ports

    async def _look(
        self, lab: Lab, network: KernelNetwork, traffic: TrafficControl, probing: Probing
    ) -> None:
        """Let the kernel follow what people type and say.

        Raises:
            KernelError: where it cannot.
        """
        while True:
            now = lab.clock.now()
            self._obey(network, now)
            segment = network.segment(now)
            await traffic.send(network.load, segment.talk)
            await probing.advance(now)
            for name, agent in self._agents.items():
                if self._boots[name] != network.boots(name):
                    self._boots[name] = network.boots(name)
                    await agent.restart()
                agent.check()
            await asyncio.sleep(_LOOK_EVERY_S)

    def _obey(self, network: KernelNetwork, now: float) -> None:
        for name, router in network.routers.items():
            router.obey(network.config(name, now))
        if network.corruption != self._damage:
            for device, interface in {*network.corruption, *self._damage}:
                ratio = network.corruption.get((device, interface), 0.0)
                network.routers[device].damage(interface, ratio)
            self._damage = network.corruption

    def keep_silent(self, devices: AbstractSet[str]) -> None:
        """Let these devices' agents, and no others, leave requests unanswered."""
        for name, agent in self._agents.items():
            agent.is_silent = name in devices

    async def step(self, lab: Lab, command: str, arguments: Mapping[str, object]) -> None:
        """Wait, where a request would step the clock: real packets take real time.

        Raises:
            BadRequestError: if it would take too long.
        """
        del lab
        seconds = arguments.get("step_s")
        if command != "clock" or isinstance(seconds, bool) or not isinstance(seconds, int | float):
            return
        if seconds > _LONGEST_STEP_S:
            raise BadRequestError(
                f"real packets take real time: step_s is a wait here, of {_LONGEST_STEP_S:g} s"
                " at most"
            )
        await asyncio.sleep(max(seconds, 0.0))

    async def close(self) -> None:
        """End every program and remove every namespace."""
        await self._open.aclose()
        with contextlib.suppress(OSError):
            self._directory.rmdir()


def _build_carrier(plant: Plant) -> None:
    if not Path("/sys/module/ifb").exists():
        # As a module it would come with two devices in the machine's own namespace.
        with contextlib.suppress(KernelError):
            plant[CARRIER].run(["modprobe", "--quiet", "ifb", "numifbs=0"])
    for site, circuit in CIRCUITS.items():
        port = NODE[circuit.device].port(circuit.interface)
        plant.batch(CARRIER, "ip", edge.ip_commands(site))
        plant.batch(CARRIER, "tc", list(edge.tc_commands(circuit, port)))
        plant[CARRIER].run(["nft", "-f", "-"], edge.nft_tables(circuit, port))


def _refuse_a_long_path(directory: Path) -> None:
    longest = max(len(os.fsencode(agentx_socket(directory / name))) for name in NODE)
    if longest > _LONGEST_SOCKET_PATH:
        raise LabStartError(
            f"{directory} is {longest - _LONGEST_SOCKET_PATH} bytes too long a path for the sockets"
            " of its agents; choose a shorter --dir"
        )


def _end_with(looking: "asyncio.Task[None]") -> None:
    """End the lab if what makes the kernel follow has failed, of whatever: the rest would lie."""
    if not looking.cancelled() and (error := looking.exception()) is not None:
        said = str(error) if isinstance(error, KernelError) else repr(error)
        print(f"the lab ends: {said}", file=sys.stderr, flush=True)  # noqa: T201 - its last word
        os.kill(os.getpid(), signal.SIGTERM)


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def kernel_lab(seed: int, directory: Path) -> Served:
    """Return a lab whose queues are the kernel's, not yet started."""
    lab = Lab(WaitingClock(), seed=seed, network=KernelNetwork)
    return Served(lab, KernelAgents(directory, seed))
