"""uvicorn in a thread of its own, which no signal and no tick waits for."""

import socket
import threading
from typing import Self

import uvicorn
from fastapi import FastAPI

from qosbot.domain.errors import ConfigurationError, Problem

_ENDS_WITHIN_S = 5


class WebServer:
    """Serves an application from its making until it is closed."""

    def __init__(self, app: FastAPI, listener: socket.socket) -> None:
        self._socket = listener
        self.host, self.port = self._socket.getsockname()[:2]
        shown = f"[{self.host}]" if ":" in self.host else self.host
        self.url = f"http://{shown}:{self.port}"
        config = uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=_ENDS_WITHIN_S,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([self._socket],), name="web", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.should_exit = True
        self._thread.join(2 * _ENDS_WITHIN_S)
        self._socket.close()

    def __enter__(self) -> Self:
        """Return the server."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()


def listening(host: str, port: int) -> socket.socket:
    """Return a socket to be served; 0: at any port that is free.

    Raises:
        ConfigurationError: if the port cannot be had.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        problem = Problem(
            file="environment",
            line=0,
            what=f"QOSBOT_WEB_PORT: {host} port {port} cannot be had ({error.strerror})",
            hint="name another, or `off`",
        )
        raise ConfigurationError([problem]) from error
