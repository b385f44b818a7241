"""One terminal session over SSH: keys and echo, pages, questions, and resets."""

import asyncio
import re
import socket
import struct

import asyncssh

from qosbot.lab.cli import shell
from qosbot.lab.cli.session import Reply, Session
from qosbot.lab.cli.terminal import LineEditor

_MORE = " --More-- "
_WIPE = "\b" * 9 + " " * 8 + "\b" * 9
_CHUNK_OCTETS = 4096
_KEPT_LINES = 20
_ENTER = ("\r", "\n")
_CONTROL_Z = "\x1a"
_HELP = ("?", "\t")
_RECALL = {"\x10": -1, "\x0e": 1}
"""Control-P and control-N: to an earlier line, to a later one."""
_ARROWS = {"A": "\x10", "B": "\x0e"}


class GoneError(Exception):
    """The session is over."""


class Conversation:
    """One channel: what comes in key by key, and what goes out page by page."""

    def __init__(self, process: "asyncssh.SSHServerProcess[bytes]", session: Session) -> None:
        self._process = process
        self._session = session
        self._keys = ""
        self._last_enter = ""
        self._unsent = ""
        self._history: list[str] = []
        self._leaves = False

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
            if self._leaves:
                self._session.leave()

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
                raise GoneError
            if reply.then is None:
                return
            self._write(reply.asks)
            leaves, answer = self._leaves, await self._answer(reply)
            self._leaves = leaves
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
        recalled = len(self._history)
        while True:
            key = await self._key()
            if key in _ENTER or key == _CONTROL_Z:
                self._leaves = key == _CONTROL_Z
                self._write("^Z\r\n" if self._leaves else "\r\n")
                self._history = [*self._history, editor.text][-_KEPT_LINES:]
                return editor.text
            if key in _HELP:
                self._write(self._helped(key, prompt, editor))
            elif key in _RECALL:
                recalled = min(max(recalled + _RECALL[key], 0), len(self._history))
                self._write(editor.replace("".join(self._history[recalled : recalled + 1])))
            elif key == "\x03":
                self._write(f"^C\r\n{self._session.prompt}")
                editor.clear()
            elif key == "\x04" and not editor.text:
                raise GoneError
            else:
                self._write(editor.press(key))

    def _helped(self, key: str, prompt: str, editor: LineEditor) -> str:
        """Return what a question mark or a tabulator shows, with the line typed anew."""
        if key == "?":
            said = shell.help_on(self._session, editor.text).replace("\n", "\r\n")
            return f"?\r\n{said}\r\n{prompt}{editor.text}"
        editor.text = shell.completed(self._session, editor.text)
        return f"\r\n{prompt}{editor.text}"

    async def _key(self) -> str:
        """Return the next key; CR LF is one Enter, and an arrow is its control character."""
        while True:
            key = await self._character()
            follows, self._last_enter = self._last_enter, key if key in _ENTER else ""
            if key == "\x1b":
                introducer = await self._character()
                if introducer in "[O":
                    return _ARROWS.get(await self._character(), "\0")
            elif key not in "\n\0" or follows != "\r":
                return key

    async def _character(self) -> str:
        while not self._keys:
            self._keys = await self._more_keys()
        key, self._keys = self._keys[0], self._keys[1:]
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
            raise GoneError
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
        reset(self._process.get_extra_info("connection"))
        raise GoneError


def reset(connection: asyncssh.SSHServerConnection) -> None:
    """Break a connection so that its peer sees a reset, not an orderly end."""
    sock = connection.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.abort()
