"""The SSH server of an emulated router: who gets in, and connections that break."""

import asyncio
import hmac
from types import TracebackType
from typing import Self

import asyncssh

from qosbot.lab.cli.conversation import Conversation, GoneError, reset
from qosbot.lab.cli.device import IosDevice
from qosbot.lab.cli.session import Session


class _Server(asyncssh.SSHServer):
    """Lets one user in by password."""

    def __init__(self, owner: "SshServer") -> None:
        self._owner = owner

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._owner.connections.add(conn)
        self._conn = conn

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncssh's signature
        self._owner.connections.discard(self._conn)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002  # everybody must log in
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        given, right = f"{username}\0{password}", f"{self._owner.username}\0{self._owner.password}"
        return hmac.compare_digest(given.encode(), right.encode())


class SshServer:
    """A router's SSH door on one address; close it when done."""

    def __init__(self, device: IosDevice, *, username: str, password: str) -> None:
        self.device = device
        self.username = username
        self.password = password
        self.connections: set[asyncssh.SSHServerConnection] = set()
        self.port = 0
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._loop = asyncio.get_running_loop()
        self._sessions = 0

    async def listen(self, address: str, host_key: asyncssh.SSHKey) -> None:
        """Start to accept connections on a port that the system chooses."""
        self._acceptor = await asyncssh.listen(
            address, 0, server_host_keys=[host_key], server_factory=lambda: _Server(self),
            process_factory=self._serve, encoding=None, line_editor=False, kbdint_auth=False,
            public_key_auth=False, gss_host=None, server_version="Cisco-1.25", login_timeout=60,
            keepalive_interval=0,
        )  # fmt: skip
        self.port = self._acceptor.get_port()
        self.device.on_reload.append(self._drop_soon)

    def reset_connections(self) -> None:
        """Reset every connection; its peer sees a TCP reset. Call it on the server's loop."""
        for connection in list(self.connections):
            reset(connection)

    async def close(self) -> None:
        """Stop listening and drop every session."""
        if self._drop_soon in self.device.on_reload:
            self.device.on_reload.remove(self._drop_soon)
        if self._acceptor is not None:
            self._acceptor.close()
            await self._acceptor.wait_closed()
        connections = list(self.connections)
        for connection in connections:
            connection.abort()
        for connection in connections:
            await connection.wait_closed()

    async def __aenter__(self) -> Self:
        """Return the server itself."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close the server."""
        await self.close()

    def _drop_soon(self) -> None:
        self._loop.call_soon_threadsafe(self.reset_connections)

    async def _serve(self, process: "asyncssh.SSHServerProcess[bytes]") -> None:
        self._sessions += 1
        terminals = self.device.terminals
        vty = next(line for line in range(len(terminals) + 1) if line not in terminals)
        if vty >= self.device.terminal_lines:
            process.exit(1)
            return
        terminals[vty] = self.username
        session = Session(device=self.device, number=self._sessions, user=self.username, vty=vty)
        try:
            await Conversation(process, session).run()
        except (GoneError, asyncssh.Error, OSError):
            pass
        finally:
            terminals.pop(vty, None)
            process.exit(0)


async def serve_ssh(
    device: IosDevice, *, address: str = "127.0.0.1", username: str, password: str,
    host_key: asyncssh.SSHKey,
) -> SshServer:  # fmt: skip
    """Return a running SSH server for a device; its `port` says where."""
    server = SshServer(device, username=username, password=password)
    await server.listen(address, host_key)
    return server
