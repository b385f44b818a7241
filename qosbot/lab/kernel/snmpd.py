"""Net-snmp's own agent in a router's namespace, and the way to it from loopback.

What the kernel counts, snmpd reads from the kernel.  A subagent gives what only IOS has, and the
names by which IOS knows the interfaces.
"""

import asyncio
import secrets
import shutil
import socket
import subprocess
from pathlib import Path

from qosbot.lab.agent import USER, MibSource, SnmpSecrets
from qosbot.lab.kernel.freshness import count_afresh
from qosbot.lab.kernel.namespaces import KernelError, Namespace
from qosbot.lab.kernel.relay import Relay
from qosbot.lab.kernel.router import Router
from qosbot.lab.kernel.subagent import Subagent
from qosbot.lab.mib import MibView, Oid, Reading
from qosbot.lab.mib_interfaces import (
    DOT3_STATS,
    IF_ENTRY,
    IFX_ENTRY,
    PLATFORM,
    SOFTWARE,
    engine_id,
)

CISCO: Oid = (1, 3, 6, 1, 4, 1, 9)
SUBTREES: tuple[Oid, ...] = (
    (*IF_ENTRY, 2),
    (*IF_ENTRY, 5),
    (*IF_ENTRY, 14),
    (*IF_ENTRY, 19),
    DOT3_STATS,
    (*IFX_ENTRY, 1),
    (*IFX_ENTRY, 15),
    (*IFX_ENTRY, 17),
    (*IFX_ENTRY, 18),
    CISCO,
)
"""What the subagent answers for.  Of IF-MIB: ifDescr, ifSpeed, ifInErrors, ifOutDiscards, ifName,
ifHighSpeed, ifConnectorPresent and ifAlias, for a veth knows neither a speed nor the drops of its
queue.  All octets and packets are net-snmp's own."""

_STATE = "state"
"""Where snmpd keeps the count of its boots; it writes a file of its configuration's name there."""
_SBIN = "/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin"
_CONFIGURATION = """\
agentAddress udp:127.0.0.1:161
master agentx
agentXSocket unix:{socket}
agentXTimeout 5
agentXPerms 0700 0700
rocommunity {community}
rwcommunity {key} 127.0.0.1 .1.3.6.1.4.1.8072.1.5
createUser {user} SHA-256 "{auth}" AES "{priv}"
rouser {user} authPriv
sysDescr {software}
sysObjectID .{platform}
sysName {name}
sysLocation {site}
exactEngineID 0x{engine}
"""


def agentx_socket(directory: Path) -> Path:
    """Return where an agent with that private place listens for its subagent."""
    return directory / "agentx"


class Snmpd:
    """The agent of one router."""

    def __init__(
        self, inside: Namespace, router: Router, source: MibSource, directory: Path
    ) -> None:
        """Prepare an agent.

        Args:
            inside: the router's namespace.
            router: the router, whose counters are read.
            source: what the subagent answers from.
            directory: a private place for its files; removed with it.
        """
        self._inside = inside
        self._router = router
        self._node = router.node
        self._source = source
        self._directory = directory
        self._process: subprocess.Popen[bytes] | None = None
        self._subagent: Subagent | None = None
        self._relay = Relay(inside)
        self._key = secrets.token_urlsafe(18)

    @property
    def is_silent(self) -> bool:
        """Whether requests go unanswered."""
        return self._relay.is_silent

    @is_silent.setter
    def is_silent(self, silent: bool) -> None:
        self._relay.is_silent = silent

    async def start(self, made: SnmpSecrets, sock: socket.socket) -> None:
        """Answer at a socket on loopback once this returns.

        Raises:
            KernelError: if snmpd is not installed or does not start.
        """
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._directory / "snmpd.conf").write_text(
            _CONFIGURATION.format(
                socket=self._socket,
                community=made.community,
                user=USER,
                auth=made.auth_key,
                priv=made.priv_key,
                key=self._key,
                software=SOFTWARE,
                platform=".".join(map(str, PLATFORM)),
                name=self._node.name,
                site=self._node.site,
                engine=engine_id(self._node).hex(),
            ),
            encoding="utf-8",
        )
        await self._boot()
        await self._relay.listen(sock)

    def check(self) -> None:
        """Return if snmpd still runs.

        Raises:
            KernelError: if it has ended by itself.
        """
        if self._process is not None and self._process.poll() is not None:
            raise KernelError(f"{self._node.name}: snmpd has ended by itself")

    async def restart(self) -> None:
        """Reboot: uptime begins anew, and the engine's boots are one more."""
        # A client that asks once must not wait in vain because the lab's boots are short.
        self._relay.hold()
        await self._halt()
        await self._boot()
        self._relay.release()

    async def close(self) -> None:
        """Stop answering."""
        self._relay.close()
        await self._halt()
        shutil.rmtree(self._directory, ignore_errors=True)

    @property
    def _socket(self) -> Path:
        return agentx_socket(self._directory)

    async def _boot(self) -> None:
        self._socket.unlink(missing_ok=True)
        program = shutil.which("snmpd", path=_SBIN)
        if program is None:
            raise KernelError("net-snmp's agent is missing; install the package snmpd")
        self._process = self._inside.start(
            [
                "env",
                f"SNMP_PERSISTENT_DIR={self._directory / _STATE}",
                "MIBS=",
                program,
                "-f",
                "-LF",
                "3",
                str(self._directory / "snmpd.log"),
                "-C",
                "-c",
                str(self._directory / "snmpd.conf"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._subagent = Subagent(self._look, SUBTREES)
        await self._subagent.connect(self._socket)
        await count_afresh(self._inside, self._key)

    async def _look(self) -> tuple[MibView, Reading]:
        self._router.look()
        return self._source.look()

    async def _halt(self) -> None:
        if self._subagent is not None:
            await self._subagent.close()
        if self._process is not None:
            # It keeps the count of its boots when it is asked to end.
            self._process.terminate()
            await asyncio.to_thread(self._process.wait)
        self._subagent = self._process = None
