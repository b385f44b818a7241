"""Many lab routers behind real SSH in one process: `python -m tests.lab.many_routers COUNT`.

It prints their ports and the key that they share, and ends with its standard input.
"""

import asyncio
import json
import sys

import asyncssh

from qosbot.lab.cli.device import IosDevice
from qosbot.lab.cli.server import SshServer, serve_ssh
from qosbot.lab.faults import CliFaults
from qosbot.lab.startup import STARTUP
from tests.lab.cli_bench import PASSWORD, PORTS, USER, SteppedClock


async def _serve(count: int) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    startups = [STARTUP[name] for name in sorted(STARTUP)]
    servers: list[SshServer] = []
    for number in range(count):
        device = IosDevice(
            name=f"r{number}",
            startup=startups[number % len(startups)],
            clock=SteppedClock(),
            interfaces=PORTS,
            faults=CliFaults(),
        )
        served = await serve_ssh(device, username=USER, password=PASSWORD, host_key=key)
        servers.append(served)
    public = key.export_public_key("openssh").decode().strip()
    print(json.dumps({"ports": [one.port for one in servers], "key": public}), flush=True)  # noqa: T201
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
