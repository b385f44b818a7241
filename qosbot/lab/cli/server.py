"""The SSH server of an emulated router: keys, echo, pager and connections that break."""

import asyncio
import hmac
import re
import socket
import struct
from types import TracebackType
from typing import Self

import asyncssh

from qosbot.lab.cli import shell
from qosbot.lab.cli.device import IosDevice
from qosbot.lab.cli.session import Reply, Session
from qosbot.lab.cli.terminal import LineEditor

_MORE = " --More-- "
_WIPE = "\b" * 9 + " " * 8 + "\b" * 9
_CHUNK_OCTETS = 4096
_ENTER = ("\r", "\n")


class _Gone(Exception):  # noqa: N818  # not an error: the session is over
    """The session is over."""


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
            _reset(connection)

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
            await _Conversation(process, session).run()
        except (_Gone, asyncssh.Error, OSError):
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


class _Conversation:
    """One channel: what comes in key by key, and what goes out page by page."""

    def __init__(self, process: "asyncssh.SSHServerProcess[bytes]", session: Session) -> None:
        self._process = process
        self._session = session
        self._keys = ""
        self._last_enter = ""
        self._unsent = ""

    async def run(self) -> None:
        """Serve one command, or a shell until its end."""
        command = self._process.command
        if command is not None:
            try:
                await self._obey(command, paged=False)
            finally:
                await self._flush()
            return
        self._write("\r\n")
        while True:
            if delay_s := self._session.device.faults.prompt_delay_s:
                await self._flush()
                await asyncio.sleep(delay_s)
            self._write(self._session.prompt)
            line = await self._read_line(self._session.prompt)
            await self._obey(line, paged=True)

    async def _obey(self, line: str, *, paged: bool) -> None:
        faults = self._session.device.faults
        if any(re.search(pattern, line) for pattern in faults.reset_on):
            now = self._session.device.clock.now()
            self._session.device.hear(self._session.number, line.strip(), now)
            self._reset()
        reply = shell.enter(self._session, line)
        if any(re.search(pattern, line) for pattern in faults.reset_after):
            self._reset()
        while True:
            await self._show(reply, paged=paged)
            if reply.closes:
                raise _Gone
            if reply.then is None:
                return
            self._write(reply.asks)
            answer = await self._answer(reply)
            with self._session.device.lock:
                reply = reply.then(answer) if answer is not None else Reply()

    async def _answer(self, reply: Reply) -> str | None:
        """Return the answer to a question; None where it was declined."""
        if not reply.by_key:
            return await self._read_line(reply.asks)
        key = await self._key()
        self._write("\r\n")
        return "" if key in {"\r", "\n", "y", "Y"} else None

    async def _show(self, reply: Reply, *, paged: bool) -> None:
        if not reply.text:
            return
        lines = reply.text.split("\n")
        if lines[-1] == "":
            lines.pop()
        length = self._session.length if paged else 0
        room = length - 1 if length else len(lines)
        for i, line in enumerate(lines):
            if length and room <= 0 and i < len(lines):
                self._write(_MORE)
                key = await self._key()
                self._write(_WIPE)
                if key not in {" ", "\r", "\n"}:
                    return
                room = length - 1 if key == " " else 1
            self._write(f"{line}\r\n")
            room -= 1

    async def _read_line(self, prompt: str) -> str:
        editor = LineEditor(width=self._session.width, before=len(prompt))
        while True:
            key = await self._key()
            if key in _ENTER:
                self._write("\r\n")
                return editor.text
            if key == "?":
                help_text = shell.help_on(self._session, editor.text).replace("\n", "\r\n")
                self._write(f"?\r\n{help_text}\r\n{prompt}{editor.text}")
            elif key == "\x03":
                self._write(f"^C\r\n{self._session.prompt}")
                editor.clear()
            elif key == "\x1a":
                self._write("^Z\r\n")
                self._session.leave()
                return ""
            elif key == "\x04" and not editor.text:
                raise _Gone
            else:
                self._write(editor.press(key))

    async def _key(self) -> str:
        """Return the next key; CR LF and LF alone are one Enter."""
        while True:
            while not self._keys:
                self._keys = await self._more_keys()
            key, self._keys = self._keys[0], self._keys[1:]
            follows, self._last_enter = self._last_enter, key if key in _ENTER else ""
            if key in "\n\0" and follows == "\r":
                continue
            return key

    async def _more_keys(self) -> str:
        await self._flush()
        try:
            raw = await self._process.stdin.read(_CHUNK_OCTETS)
        except asyncssh.BreakReceived:
            return "\x03"
        except (asyncssh.TerminalSizeChanged, asyncssh.SignalReceived):
            return ""
        if not raw:
            raise _Gone
        return raw.decode("utf-8", errors="replace")

    def _write(self, text: str) -> None:
        self._unsent += text

    async def _flush(self) -> None:
        """Send what was written; a burst of keys is echoed in one go."""
        if self._unsent:
            self._process.stdout.write(self._unsent.encode())
            self._unsent = ""
            await self._process.stdout.drain()

    def _reset(self) -> None:
        _reset(self._process.get_extra_info("connection"))
        raise _Gone


def _reset(connection: asyncssh.SSHServerConnection) -> None:
    """Break a connection so that its peer sees a reset, not an orderly end."""
    sock = connection.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.abort()
