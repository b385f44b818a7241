"""The Slack workspace as the people of the demo use it: what they see, and what they click."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qosbot.domain.approvals import Choice
from qosbot.domain.messages import card_id
from qosbot.render.slack.actions import APPROVE, REASON_ACTION, REJECT

PERSON, STRANGER = "alice", "mallory"
_TIMEOUT_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card as it stands in the channel."""

    ts: str
    text: str
    buttons: tuple[str, ...]
    """The action ids."""

    @property
    def is_open(self) -> bool:
        """Return whether somebody can decide on it."""
        return {APPROVE, REJECT} <= set(self.buttons)


class Office:
    """Requests to a running emulator, as its page makes them.

    Raises everywhere:
        OSError: if the emulator does not answer.
        LookupError: if it refuses, as Slack's client would.
    """

    def __init__(self, published: Mapping[str, Any]) -> None:
        self._published = published
        (self.channel,) = published["channels"].values()
        self.page = str(published["page"])

    @property
    def decider(self) -> str:
        """Return how the record names the person who may decide."""
        return f"{self._published['team']}/{self._published['users'][PERSON]}"

    def named(self, by: str) -> str:
        """Return who decided as a person calls them."""
        return f"{PERSON} in Slack" if by == self.decider else by

    def settings(self) -> Mapping[str, object]:
        """Return what a bot must be told to work in this workspace."""
        from pydantic import SecretStr

        return {
            "slack_bot_token": SecretStr(self._published["bot_token"]),
            "slack_app_token": SecretStr(self._published["app_token"]),
            "slack_channel": self.channel,
            "slack_api_url": self._published["api_url"],
        }

    def card(self, remediation: str) -> Card | None:
        """Return the card of a remediation; None while there is none."""
        for message in self._messages():
            payload = (message.get("metadata") or {}).get("event_payload") or {}
            if payload.get("id") == card_id(remediation):
                elements = (one for block in message["blocks"] for one in block.get("elements", ()))
                buttons = (str(one["action_id"]) for one in elements if one.get("action_id"))
                text = str(message["text"])
                return Card(ts=str(message["ts"]), text=text, buttons=tuple(buttons))
        return None

    def press(self, who: str, card: Card, choice: Choice) -> None:
        """Click a button and say yes to Slack's own question."""
        action = APPROVE if choice is Choice.APPROVE else REJECT
        self._act("click", user=who, action_id=action, ts=card.ts, confirm=True)

    def is_asked_why(self, who: str) -> bool:
        """Return whether the window that asks for a reason is open; it opens a little later."""
        user = self._published["users"][who]
        return any(view["user"] == user for view in self._state()["views"])

    def give_reason(self, who: str, reason: str) -> None:
        """Fill in the window that asks for a reason, and send it."""
        self._act("submit", user=who, values={REASON_ACTION: reason})

    def shown_to(self, who: str) -> tuple[str, ...]:
        """Return what only this person was shown."""
        user = self._published["users"][who]
        channel = self._state()["channels"][self.channel]
        return tuple(str(one["text"]) for one in channel["ephemeral"].get(user, ()))

    def _messages(self) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self._state()["channels"][self.channel]["messages"]
        return messages

    def _act(self, name: str, **asked: object) -> None:
        outcome = self._request(name, asked)
        if outcome.get("went_through") is not True:
            said = outcome.get("error") or outcome.get("errors") or outcome.get("confirm")
            raise LookupError(f"Slack said: {said}")

    def _state(self) -> dict[str, Any]:
        return self._request("state", None)

    def _request(self, name: str, asked: Mapping[str, object] | None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310  our own emulator on loopback
            f"{self.page}control/{name}",
            data=None if asked is None else json.dumps(asked).encode(),
            headers={"X-Control-Token": str(self._published["control_token"])},
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
                found: dict[str, Any] = json.load(answer)
                return found
        except urllib.error.HTTPError as error:
            raise LookupError(f"{name}: {error.read().decode(errors='replace')}") from error
