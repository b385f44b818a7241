"""An app that uses Slack's Python SDK as it is, and a clock that a test steps."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from qosbot.lab.slack.workspace import Workspace
from tests.until import until

Blocks = list[dict[str, object]]
Answer = dict[str, object] | None


class Clock:
    """Unix time in seconds, the same until somebody steps it."""

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        self.now_s = start

    def now(self) -> float:
        return self.now_s

    def step(self, seconds: float) -> None:
        self.now_s += seconds


def client(slack: Workspace, token: str = "") -> WebClient:
    """Slack's client without its retries, so that a test sees each answer."""
    return WebClient(
        token or slack.bot_token, base_url=slack.api_url, retry_handlers=[], timeout=10
    )


def refused(call: Callable[[], object]) -> str:
    """Return the error with which Slack refuses a call, empty if it does not."""
    try:
        call()
    except SlackApiError as error:
        return str(error.response["error"])
    return ""


def plain(text: str) -> dict[str, object]:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> dict[str, object]:
    return {"type": "mrkdwn", "text": text}


def section(text: str) -> dict[str, object]:
    return {"type": "section", "text": mrkdwn(text)}


def button(action_id: str = "approve", **more: object) -> dict[str, object]:
    return {"type": "button", "action_id": action_id, "text": plain(action_id.title()), **more}


def actions(*elements: dict[str, object], **more: object) -> dict[str, object]:
    return {"type": "actions", "elements": list(elements), **more}


def text_input(block_id: str = "why", *, optional: bool = False) -> dict[str, object]:
    element = {"type": "plain_text_input", "action_id": "reason", "max_length": 20}
    label = plain("Why")
    return {
        "type": "input",
        "block_id": block_id,
        "label": label,
        "element": element,
        "optional": optional,
    }


def modal(*blocks: dict[str, object], **more: object) -> dict[str, object]:
    return {
        "type": "modal",
        "title": plain("Reject"),
        "submit": plain("Send"),
        "blocks": list(blocks or [text_input()]),
        **more,
    }


@dataclass
class App:
    """What the app received; `answers` says with what it acks, by type, and whether at all."""

    web: WebClient
    socket: SocketModeClient
    received: list[SocketModeRequest] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    is_deaf: bool = False
    before_ack: Callable[[SocketModeRequest], None] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, socket: BaseSocketModeClient, request: SocketModeRequest) -> None:
        with self._lock:
            is_deaf = self.is_deaf
            self.received.append(request)
        if self.before_ack is not None:
            self.before_ack(request)
        if not is_deaf:
            kind = str(request.payload.get("type", request.type))
            ack = SocketModeResponse(request.envelope_id, self.answers.get(kind))
            socket.send_socket_mode_response(ack)

    def payload(self) -> dict[str, object]:
        payload: dict[str, object] = self.received[-1].payload
        return payload


@contextmanager
def connected(slack: Workspace) -> Iterator[App]:
    """Run an app with one open socket."""
    web = client(slack)
    before = slack.connections()
    socket = SocketModeClient(slack.app_token, web_client=web, ping_interval=1)
    app = App(web, socket)
    socket.socket_mode_request_listeners.append(app.hear)
    socket.connect()
    until(lambda: slack.connections() > before, what="a socket is open")
    try:
        yield app
    finally:
        socket.close()
