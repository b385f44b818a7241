"""The state of a workspace: what is there, and what was promised to whom."""

import secrets
from collections import deque
from collections.abc import Callable, Mapping

from qosbot.lab.slack.faults import Faults
from qosbot.lab.slack.ids import Ids
from qosbot.lab.slack.limits import Limits
from qosbot.lab.slack.records import (
    Channel,
    Group,
    LoggedCall,
    Message,
    Person,
    ResponseUrl,
    StoredFile,
    Trigger,
)
from qosbot.lab.slack.refusals import RefusedError
from qosbot.lab.slack.setup import Setup
from qosbot.lab.slack.views import View

TRIGGER_LASTS_S = 3.0
_CALLS_KEPT = 20_000
_SECRET_BYTES = 18


class World:
    """Everything in the workspace, without a socket."""

    def __init__(self, setup: Setup, now: Callable[[], float]) -> None:
        self.now = now
        self.grant = setup.grant
        self.ids = Ids(setup.seed)
        self.team, self.app = self.ids.new("T"), self.ids.new("A")
        self.bot_id = self.ids.new("B")
        self.bot = Person(id=self.ids.new("U"), name=setup.grant.name, is_bot=True)
        self.people = {one.id: one for one in (self.bot, *self._people(setup))}
        self.user_ids = {one.name: one.id for one in self.people.values() if not one.is_bot}
        self.groups = {one.id: one for one in self._groups(setup)}
        self.channels = {one.id: one for one in self._channels(setup)}
        self.files: dict[str, StoredFile] = {}
        self.views = dict[str, View]()
        self.triggers: dict[str, Trigger] = {}
        self.response_urls: dict[str, ResponseUrl] = {}
        self.bot_token = f"xoxb-{secrets.token_urlsafe(_SECRET_BYTES)}"
        self.app_token = f"xapp-{secrets.token_urlsafe(_SECRET_BYTES)}"
        self.limits = Limits(now)
        self.faults = Faults()
        self.calls: deque[LoggedCall] = deque(maxlen=_CALLS_KEPT)
        self.tickets: set[str] = set()
        """One-time rights to open a socket."""
        self.base_url = ""
        """Where the workspace answers, once it does; ends in no slash."""
        self.version = 0
        """Grows with every change that a person could see."""

    def _people(self, setup: Setup) -> list[Person]:
        return [Person(id=self.ids.new("U"), name=name) for name in setup.users]

    def _groups(self, setup: Setup) -> list[Group]:
        return [
            Group(
                id=self.ids.new("S"),
                handle=handle,
                users=[self.user_ids[name] for name in users],
            )
            for handle, users in setup.groups.items()
        ]

    def _channels(self, setup: Setup) -> list[Channel]:
        everybody = set(self.people)
        return [
            Channel(id=self.ids.new("C"), name=name, members=set(everybody))
            for name in setup.channels
        ]

    def names(self) -> Mapping[str, str]:
        """Return what to show for the id of a person, group or channel."""
        return (
            {one.id: one.name for one in self.people.values()}
            | {one.id: one.handle for one in self.groups.values()}
            | {one.id: one.name for one in self.channels.values()}
            | {word: word for word in ("channel", "here", "everyone")}
        )

    def changed(self) -> None:
        """Note that a person would see something new."""
        self.version += 1

    def channel(self, name: str) -> Channel:
        """Return a channel by its id, by `#name`, or for a person's id their direct messages.

        Raises:
            RefusedError: `channel_not_found`.
        """
        if name in self.channels:
            return self.channels[name]
        for one in self.channels.values():
            if not one.is_im and one.name == name.removeprefix("#"):
                return one
        if name in self.people and name != self.bot.id:
            return self._direct(name)
        raise RefusedError("channel_not_found")

    def _direct(self, user: str) -> Channel:
        for one in self.channels.values():
            if one.is_im and user in one.members:
                return one
        members = {user, self.bot.id}
        made = Channel(id=self.ids.new("D"), name=user, members=members, is_im=True)
        self.channels[made.id] = made
        return made

    def message(self, channel: Channel, ts: str) -> Message:
        """Return a message that everybody in its channel sees.

        Raises:
            RefusedError: `message_not_found`.
        """
        if ts not in channel.messages:
            raise RefusedError("message_not_found")
        return channel.messages[ts]

    def trigger(self, user: str, view: str = "") -> str:
        """Return a trigger_id for what a person just did."""
        name = f"{self.ids.number()}.{self.ids.number()}.{secrets.token_hex(16)}"
        self.triggers[name] = Trigger(user=user, made_at=self.now(), view=view)
        return name

    def exchange(self, trigger_id: str) -> Trigger:
        """Use a trigger_id up.

        Raises:
            RefusedError: `invalid_trigger_id`, `exchanged_trigger_id` or `expired_trigger_id`.
        """
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise RefusedError("invalid_trigger_id")
        if trigger.is_used:
            raise RefusedError("exchanged_trigger_id")
        if self.now() - trigger.made_at > TRIGGER_LASTS_S:
            raise RefusedError("expired_trigger_id")
        trigger.is_used = True
        return trigger

    def response_url(self, user: str, channel: str, message_ts: str = "") -> str:
        """Return a URL at which the app may answer a person."""
        name = secrets.token_urlsafe(_SECRET_BYTES)
        self.response_urls[name] = ResponseUrl(
            user=user, channel=channel, made_at=self.now(), message_ts=message_ts
        )
        return f"{self.base_url}/response/{self.team}/{name}"
