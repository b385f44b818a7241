"""The door that Slack comes in by: Socket Mode, so that nothing must reach us from outside.

Each request is checked, written down and acknowledged; whatever happens to a device happens
later, in a tick.  What is not acknowledged is delivered again, so a click that could not be
written down is not lost, and whoever clicked sees Slack's own error sign meanwhile.  A window is
opened only after that: Slack waits three seconds for the acknowledgement, and may take as long
to open one.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.client import BaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from qosbot.adapters.door import kept_open
from qosbot.adapters.slack.calls import API_URL, call, web_client
from qosbot.adapters.slack.payloads import (
    Action,
    BlockActions,
    SlashCommand,
    Team,
    User,
    ViewSubmission,
)
from qosbot.adapters.slack.replies import Replies
from qosbot.domain.errors import MessengerError
from qosbot.ports.messaging import Post
from qosbot.render import slack
from qosbot.render.slack.actions import (
    APPROVE,
    DETAILS,
    REASON_ACTION,
    REASON_BLOCK,
    REJECT,
    REJECT_REASON,
)
from qosbot.workflows import answer
from qosbot.workflows.answer import Click, Reception

log = logging.getLogger(__name__)

_COMMAND = "/qosbot"
_STRANGER = "only members of this workspace are answered"
_UNREADABLE = "this button is not one of ours any more; nothing was changed"

_PING_S = 2.0
"""The library gives a connection up after five pings that failed, or 9 s without an answer."""
_SILENT_S = 3 * _PING_S
_LOOK_S = 0.05

Answer = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What is left to do about a request once everything about it is written down."""

    payload: Answer | None = None
    """What goes back with the acknowledgement; None: it alone."""
    afterwards: tuple[Callable[[], None], ...] = ()
    """What is done once it was acknowledged; lost if the process dies before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Answers requests; knows nothing of sockets."""

    team: str
    web: WebClient
    reception: Reception
    replies: Replies

    def answer(self, kind: str, payload: Mapping[str, Any]) -> Answered:
        """Write down what somebody did; return what goes back, and what is done after that.

        Raises:
            ValidationError: if the payload is not what Slack sends.
            StoreError: if it could not be written down.
        """
        if kind == "slash_commands":
            return Answered(payload=self._command(SlashCommand.model_validate(payload)))
        if payload.get("type") == "block_actions":
            return Answered(afterwards=self._clicked(BlockActions.model_validate(payload)))
        if payload.get("type") == "view_submission":
            return Answered(payload=self._submitted(ViewSubmission.model_validate(payload)))
        return Answered()

    def _command(self, command: SlashCommand) -> Answer:
        person = f"{command.team_id}/{command.user_id}"
        if command.team_id != self.team:
            return _shown(slack.answer_post(_STRANGER))
        return _shown(self.replies.to(person, command.text))

    def _clicked(self, clicked: BlockActions) -> tuple[Callable[[], None], ...]:
        ours = [one for one in clicked.actions if one.action_id in {APPROVE, REJECT, DETAILS}]
        opening = [self._pressed(action, clicked) for action in ours]
        return tuple(one for one in opening if one is not None)

    def _pressed(self, action: Action, clicked: BlockActions) -> Callable[[], None] | None:
        """Answer a click; return what opens the window that it asks for, if it does."""
        key = slack.parse_routing_key(action.value)
        name, plan = key or ("", "")
        click = Click(
            id=f"{action.action_ts}:{clicked.user.id}:{action.action_id}",
            person=_person(clicked.user, clicked.team),
            to=f"{clicked.channel.id}/{clicked.user.id}",
            remediation=name,
            plan=plan,
        )
        if not click.person.startswith(f"{self.team}/"):
            answer.turn_away(click, _STRANGER, self.reception)
        elif key is None:
            answer.turn_away(click, _UNREADABLE, self.reception)
        elif action.action_id == APPROVE:
            _tell_log(click, answer.approve(click, self.reception))
        elif action.action_id == REJECT:
            return self._ask_why(click, clicked)
        else:
            return self._show_details(click, clicked)
        return None

    def _ask_why(self, click: Click, clicked: BlockActions) -> Callable[[], None] | None:
        refused = answer.why_not_reject(click, self.reception)
        found = self.reception.outside.decisions.remediation(click.remediation)
        if refused or found is None:
            _tell_log(click, answer.turn_away(click, refused, self.reception))
            return None
        # A modal has no channel of its own, and the answer must be shown somewhere.
        metadata = f"{slack.routing_key(found)} {clicked.channel.id}"
        view = {**slack.reject_view(found), "private_metadata": metadata}
        instead = f"press Reject again, or type qosbot reject {click.remediation}"
        return partial(self._open, click, clicked.trigger_id, view, instead)

    def _show_details(self, click: Click, clicked: BlockActions) -> Callable[[], None] | None:
        decisions = self.reception.outside.decisions
        found = decisions.remediation(click.remediation)
        if found is None:
            words = f"{click.remediation}: there is no such proposal"
            answer.turn_away(click, words, self.reception)
            return None
        history = decisions.history(found.id)
        view = slack.details_view(found, history, disclosure=self.replies.library.disclosure)
        instead = f"qosbot show {click.remediation} shows it too"
        return partial(self._open, click, clicked.trigger_id, view, instead)

    def _open(
        self, click: Click, trigger_id: str, view: Mapping[str, object], instead: str
    ) -> None:
        try:
            call("views.open", self.web.views_open, trigger_id=trigger_id, view=dict(view))
        except MessengerError as error:
            log.warning("a view could not be opened", extra={"error": str(error)})
            answer.turn_away(click, f"if no window opened: {instead}", self.reception)

    def _submitted(self, submitted: ViewSubmission) -> Answer | None:
        view = submitted.view
        if view.callback_id != REJECT_REASON:
            return None
        key_text, _, channel = view.private_metadata.partition(" ")
        key = slack.parse_routing_key(key_text)
        if key is None:
            return _refused(_UNREADABLE)
        typed = view.state.values.get(REASON_BLOCK, {}).get(REASON_ACTION)
        reason = " ".join(((typed.value if typed else "") or "").split())
        if not reason:
            return _refused("say why, in a few words")
        click = Click(
            id=f"{view.id}:{submitted.user.id}",
            person=_person(submitted.user, submitted.team),
            to=f"{channel}/{submitted.user.id}",
            remediation=key[0],
            plan=key[1],
        )
        _tell_log(click, answer.reject(click, reason, self.reception))
        return None


def _person(user: User, team: Team) -> str:
    """Return who it is: a display name is no identity, and a guest's workspace is their own."""
    return f"{user.team_id or team.id}/{user.id}"


def _tell_log(click: Click, words: str) -> None:
    facts = {"remediation": click.remediation, "person": click.person, "answer": words}
    log.info("a click was answered", extra=facts)


def _shown(post: Post) -> Answer:
    blocks = [dict(block) for block in post.blocks]
    return {"response_type": "ephemeral", "text": post.text, "blocks": blocks}


def _refused(words: str) -> Answer:
    return {"response_action": "errors", "errors": {REASON_BLOCK: words}}


class SlackDoor:
    """A connection that Slack's requests come in by, kept open."""

    def __init__(self, counter: Counter, app_token: str, api_url: str = API_URL) -> None:
        self._counter = counter
        web = web_client(app_token, api_url)
        self._client = SocketModeClient(app_token, web_client=web, ping_interval=_PING_S)
        self._client.socket_mode_request_listeners.append(self._listen)
        self._has_been_open = False

    @property
    def is_open(self) -> bool:
        """Return whether requests can come in now: a cut connection does not tell us that it is."""
        session = self._client.current_session
        if session is None or not session.is_active():
            return False
        heard_at_s = session.last_ping_pong_time  # of the machine's clock; None: just connected
        return heard_at_s is None or time.time() - heard_at_s <= _SILENT_S

    def open(self) -> None:
        """Connect for the first time; from then on the library's own monitor connects again.

        Raises:
            MessengerError: if Slack does not let us.
        """
        if not self._has_been_open:
            call("apps.connections.open", self._connected)
            self._has_been_open = True

    def _connected(self) -> Any:  # noqa: ANN401 - `call` only passes it on
        # Not `connect`, which would try the ticket of a failed attempt once more.
        self._client.connect_to_new_endpoint()

    def close(self) -> None:
        """Let nothing in any more."""
        closing = threading.Thread(target=self._client.close, daemon=True)
        closing.start()
        while closing.is_alive():
            # A session that begins at this moment takes the end for its beginning: the library
            # sets this back, and waits for ever for a loop that nobody ends.
            self._client.current_session_state.terminated = True
            closing.join(_LOOK_S)

    @kept_open("slack")
    def _listen(self, client: BaseSocketModeClient, request: SocketModeRequest) -> None:
        try:
            answered = self._counter.answer(request.type, request.payload)
        except ValidationError as error:
            # Delivered again it would be no better.
            log.warning(
                "a request of Slack was not understood", extra={"errors": error.error_count()}
            )
            answered = Answered()
        payload = None if answered.payload is None else dict(answered.payload)
        client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload=payload)
        )
        for do in answered.afterwards:
            do()
