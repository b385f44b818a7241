"""What is asked over HTTP, on a real port of loopback."""

import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any

import pytest
from fastapi import FastAPI

from qosbot.adapters.web.app import Asked, health_app
from qosbot.adapters.web.client import ask_ready
from qosbot.adapters.web.server import WebServer, listening
from qosbot.domain.errors import ConfigurationError
from qosbot.ports.serving import Check, Condition, PoolState, Tick, TickState

WELL, ILL = Condition(is_met=True, age_s=1.26), Condition(is_met=False, why="it is late")
TICK = TickState(tick=Tick(name="measure", interval_s=60.0, work=lambda: None), runs=7, missed=2)


@contextmanager
def serving(alive: Condition = WELL, **checks: Check) -> Iterator[WebServer]:
    asked = Asked(
        alive=lambda: alive,
        checks=checks,
        ticks=lambda: (TICK,),
        pool=lambda: PoolState(in_flight=("p-1",), done=3, failed=1),
        process=4711,
    )
    with WebServer(health_app(asked), listening("127.0.0.1", 0)) as server:
        yield server


def ask(server: WebServer, path: str, method: str = "GET") -> tuple[int, str]:
    connection = HTTPConnection(server.host, server.port, timeout=30)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def ready(server: WebServer) -> tuple[int, Mapping[str, Any]]:
    code, text = ask(server, "/readyz")
    return code, json.loads(text)


def broken() -> Condition:
    raise LookupError("of a device called lyo-ce1")


def test_it_is_ready_when_every_check_is_met_and_says_what_it_looked_at() -> None:
    with serving(measure=lambda: WELL) as server:
        code, body = ready(server)
    assert (code, body["ready"], body["process"]) == (200, True, 4711)
    assert body["checks"] == {"measure": {"ok": True, "why": "", "age_s": 1.3}}
    assert body["ticks"] == {"measure": {"runs": 7, "missed": 2, "skipped": 0, "failed": 0}}
    assert body["remediations"] == {"in_flight": 1, "waiting": 0, "done": 3, "failed": 1}


def test_one_check_that_is_not_met_is_enough_and_is_named_with_the_reason() -> None:
    with serving(measure=lambda: ILL, policy=lambda: WELL) as server:
        code, body = ready(server)
    assert (code, body["ready"]) == (503, False)
    assert body["checks"]["measure"] == {"ok": False, "why": "it is late", "age_s": None}
    assert body["checks"]["policy"]["ok"]


def test_a_check_that_breaks_is_not_met_and_quotes_nothing() -> None:
    with serving(first=broken, second=lambda: WELL) as server:
        code, body = ready(server)
    assert code == 503
    assert body["checks"]["first"]["why"] == "it could not be looked at; the log says why"
    assert body["checks"]["second"]["ok"]
    assert "lyo-ce1" not in json.dumps(body)


@pytest.mark.parametrize(("alive", "code"), [(WELL, 200), (ILL, 503)])
def test_it_is_alive_whatever_the_checks_say(alive: Condition, code: int) -> None:
    with serving(alive, measure=lambda: ILL) as server:
        found, text = ask(server, "/healthz")
    assert (found, json.loads(text)["alive"]) == (code, alive.is_met)


@pytest.mark.parametrize("path", ["/", "/docs", "/redoc", "/openapi.json", "/readyz/", "/metrics"])
def test_there_is_nothing_else(path: str) -> None:
    with serving() as server:
        code, text = ask(server, path)
    assert (code, text) == (404, '{"detail":"Not Found"}')


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_written(method: str) -> None:
    with serving() as server:
        assert ask(server, "/readyz", method)[0] == 405


def test_an_answer_is_never_kept_on_the_way() -> None:
    with serving() as server:
        connection = HTTPConnection(server.host, server.port, timeout=30)
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        answer.read()
        connection.close()
    assert answer.headers["cache-control"] == "no-store"
    assert "server" not in answer.headers


def test_a_port_that_is_taken_is_one_line_that_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"QOSBOT_WEB_PORT: 127.0.0.1 port {port}"):
            listening("127.0.0.1", port)


def test_a_host_that_is_not_ours_is_one_line_that_names_it() -> None:
    with pytest.raises(ConfigurationError, match=r"192.0.2.1 port 0 cannot be had"):
        listening("192.0.2.1", 0)


def test_a_closed_server_answers_no_more() -> None:
    with serving() as server:
        assert ask_ready(server.host, server.port, 30.0) is not None
    assert ask_ready(server.host, server.port, 30.0) is None


def test_what_something_else_answers_is_no_answer() -> None:
    app = FastAPI()
    app.get("/readyz")(lambda: {"ready": True})
    with WebServer(app, listening("127.0.0.1", 0)) as other:
        assert ask(other, "/readyz")[0] == 200
        assert ask_ready(other.host, other.port, 30.0) is None
