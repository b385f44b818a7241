"""A router on loopback with a clock that only moves when it is told to."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

import asyncssh

from qosbot.lab.cli.device import IosDevice
from qosbot.lab.cli.server import SshServer, serve_ssh
from qosbot.lab.cli.session import Session
from qosbot.lab.cli.shell import enter
from qosbot.lab.faults import CliFaults

NOON = 1_795_348_800.0
PORTS = {"GigabitEthernet0/0": 1e9, "GigabitEthernet0/1": 10e6}
USER, PASSWORD = "qosbot", "a lab's password"
WITHIN_S = 20.0

VOICE = """
class-map match-any VOICE
 match dscp ef
policy-map CHILD
 class VOICE
  priority percent 33
 class class-default
  fair-queue
policy-map WAN
 class class-default
  shape average 9500000
  service-policy CHILD
interface GigabitEthernet0/1
 ip address 192.0.2.2 255.255.255.0
 service-policy output WAN
archive
 path flash:bak
"""


@dataclass(slots=True)
class SteppedClock:
    """Stands still until it is stepped."""

    at: float = NOON

    def now(self) -> float:
        return self.at


@dataclass(slots=True)
class Bench:
    """A device with the sessions typed at it."""

    device: IosDevice
    clock: SteppedClock
    faults: CliFaults
    session: Session
    said: list[str] = field(default_factory=list)

    def type(self, text: str) -> str:
        """Type lines and return what the last of them answered."""
        answer = ""
        for line in text.strip().splitlines():
            answer = enter(self.session, line).text
            self.said.append(answer)
        return answer

    def configure(self, text: str) -> str:
        """Type lines in configuration mode; return all that was said."""
        before = len(self.said)
        self.type(f"end\nconfigure terminal\n{text.strip()}\nend" if self.session.frames else
                  f"configure terminal\n{text.strip()}\nend")  # fmt: skip
        return "\n".join(said for said in self.said[before + 1 :] if said)

    def running(self) -> str:
        return self.device.running_config(self.clock.now())

    def section(self, header: str) -> list[str]:
        """Return the lines below a line of the running configuration, without indentation."""
        lines = self.running().splitlines()
        start = lines.index(header) + 1
        end = next(i for i in range(start, len(lines)) if not lines[i].startswith(" "))
        return [line.strip() for line in lines[start:end]]


def bench(
    startup: str = VOICE, *, name: str = "lil-ce1", ports: Mapping[str, float] = PORTS
) -> Bench:
    clock, faults = SteppedClock(), CliFaults()
    device = IosDevice(name=name, startup=startup, clock=clock, interfaces=ports, faults=faults)
    session = Session(device=device, number=1, user=USER)
    return Bench(device=device, clock=clock, faults=faults, session=session)


@contextmanager
def on_the_wire(device: IosDevice) -> Iterator[SshServer]:
    """Serve a device on a loop of its own, for clients that block."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="lab")
    thread.start()
    key = asyncssh.generate_private_key("ssh-ed25519")
    serving = serve_ssh(device, username=USER, password=PASSWORD, host_key=key)
    server = asyncio.run_coroutine_threadsafe(serving, loop).result(WITHIN_S)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result(WITHIN_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(WITHIN_S)
        loop.close()


@asynccontextmanager
async def client(
    server: SshServer, password: str = PASSWORD
) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """Connect a plain SSH client."""
    async with asyncssh.connect(
        "127.0.0.1", server.port, username=USER, password=password, known_hosts=None,
        client_keys=None, config=None,
    ) as connection:  # fmt: skip
        yield connection
