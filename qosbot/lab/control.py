"""The lab's control port: one JSON object a line over loopback, with the lab's own token."""

import asyncio
import hmac
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from qosbot.lab.arguments import BadRequestError

Obey = Callable[[str, Mapping[str, object]], Awaitable[dict[str, object]]]

_LONGEST_LINE = 2**20
_ANSWER_WITHIN_S = 30.0


class LabError(Exception):
    """The lab was not reached, or refused a request; the message is one line."""


class ControlServer:
    """Answers requests; a bad one is answered with one line that says why."""

    def __init__(self, obey: Obey, token: str) -> None:
        self._obey = obey
        self._token = token
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def listen(self, address: str) -> None:
        """Start to accept requests on a port that the kernel chooses."""
        self._server = await asyncio.start_server(self._serve, address, 0, limit=_LONGEST_LINE)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop accepting requests and drop who is still connected."""
        if self._server is not None:
            self._server.close()
            for writer in self._writers:
                writer.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self.answer(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            # The client has gone, or a line had no end.
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def answer(self, line: bytes) -> dict[str, object]:
        """Return the answer to one request."""
        try:
            return {"ok": True} | await self._understood(line)
        except BadRequestError as error:
            return {"ok": False, "error": str(error)}

    async def _understood(self, line: bytes) -> dict[str, object]:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError):
            raise BadRequestError("a request is one JSON object on one line") from None
        if not isinstance(request, dict):
            raise BadRequestError("a request is one JSON object on one line")
        token, command = request.pop("token", ""), request.pop("command", "")
        if not isinstance(token, str) or not hmac.compare_digest(
            token.encode(), self._token.encode()
        ):
            raise BadRequestError("the token is not this lab's")
        if not isinstance(command, str):
            raise BadRequestError("command must be text")
        return await self._obey(command, request)


def request(lab_json: Path, command: str, **arguments: object) -> dict[str, object]:
    """Send one request to a running lab and return its answer without `ok`.

    Args:
        lab_json: what the lab published when it started.
        command: load, fault, clock or show.
        arguments: those of the command, as docs/lab.md lists them.

    Raises:
        LabError: if no lab runs there, or if it refused the request.
    """
    try:
        published = json.loads(lab_json.read_text(encoding="utf-8"))
        control = published["control"]
        where = (str(control["address"]), int(control["port"]))
        line = {"token": control["token"], "command": command} | arguments
    except (OSError, ValueError, KeyError, TypeError):
        raise LabError(f"no lab runs there: {lab_json} cannot be read") from None
    try:
        with socket.create_connection(where, timeout=_ANSWER_WITHIN_S) as connection:
            connection.sendall(json.dumps(line).encode() + b"\n")
            with connection.makefile("rb") as answers:
                answer = json.loads(answers.readline())
    except (OSError, ValueError):
        raise LabError(f"the lab of {lab_json} does not answer") from None
    if not answer.pop("ok", False):
        raise LabError(str(answer.get("error", "the lab refused")))
    return dict(answer)
