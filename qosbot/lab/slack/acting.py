"""What a person sees after doing something, and the facts about them that go to the app."""

from dataclasses import dataclass, field

from qosbot.lab.slack.blocks import elements_of
from qosbot.lab.slack.directory import TEAM_DOMAIN
from qosbot.lab.slack.records import Channel, Message
from qosbot.lab.slack.refusals import Json
from qosbot.lab.slack.world import World

DID_NOT_RESPOND = "This app did not respond in time"
NOT_CONNECTED = "This app is not connected"


class ActError(Exception):
    """A person cannot do that; the message is one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a person saw after doing something."""

    error: str = ""
    """What Slack's client said went wrong; empty if nothing did."""
    errors: dict[str, str] = field(default_factory=dict)
    """What is wrong with single inputs of a modal, by block_id."""
    asks: Json | None = None
    """The confirm dialog that must be answered first."""

    @property
    def is_ok(self) -> bool:
        """Whether it went through."""
        return not self.error and not self.errors and self.asks is None

    def as_json(self) -> Json:
        """Return the outcome for the control API."""
        return {
            "went_through": self.is_ok,
            "error": self.error,
            "errors": self.errors,
            "confirm": self.asks,
        }


def person(world: World, name: str) -> str:
    """Return the id of a person, who may be given by name or id."""
    user = world.user_ids.get(name.removeprefix("@"), name)
    if user not in world.people or user == world.bot.id:
        raise ActError(f"there is no user {name}; there are {', '.join(world.user_ids)}")
    return user


def place(world: World, user: str, name: str) -> Channel:
    """Return a channel that a person is in, by its name or id."""
    for channel in world.channels.values():
        if name in {channel.id, channel.name, f"#{channel.name}"} and user in channel.members:
            return channel
    raise ActError(f"{world.people[user].name} is in no channel {name}")


def seen_message(world: World, user: str, ts: str) -> Message:
    """Return a message that a person sees."""
    for channel in world.channels.values():
        if user not in channel.members:
            continue
        if ts in channel.messages:
            return channel.messages[ts]
        if ts in channel.ephemeral and channel.ephemeral[ts].only_for == user:
            return channel.ephemeral[ts]
    raise ActError(f"{world.people[user].name} sees no message {ts}")


def find_element(blocks: list[Json], action_id: str, block_id: str) -> tuple[Json, Json]:
    """Return the element of that action_id, and its block."""
    found = [
        (block, element)
        for block in blocks
        for element in elements_of(block)
        if element.get("action_id") == action_id and block_id in {"", block["block_id"]}
    ]
    if not found:
        raise ActError(f"there is no element {action_id} to use; it may have been taken away")
    if len(found) > 1:
        raise ActError(f"{action_id} is there {len(found)} times; say which block_id")
    block, element = found[0]
    return element, block


def about(world: World, user: str) -> Json:
    """Return what every interaction tells the app about who acted, and where."""
    who = world.people[user]
    team = who.team or world.team
    return {
        "user": {"id": user, "username": who.name, "name": who.name, "team_id": team},
        "api_app_id": world.app,
        "token": "verification-token-of-old",
        "team": {"id": world.team, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def chosen(element: Json, value: object) -> Json:
    """Return what an element holds once a person chose or typed a value."""
    kind = str(element["type"])
    if kind == "plain_text_input":
        return {"type": kind, "value": None if _is_empty(value) else str(value)}
    if kind == "checkboxes":
        wanted = value if isinstance(value, list) else [value]
        return {"type": kind, "selected_options": [_option(element, one) for one in wanted if one]}
    picked = None if _is_empty(value) else _option(element, value)
    return {"type": kind, "selected_option": picked}


def _is_empty(value: object) -> bool:
    return value is None or value == ""


def _option(element: Json, value: object) -> Json:
    groups = element.get("option_groups")
    listed = element.get("options")
    options = list(listed) if isinstance(listed, list) else []
    for group in groups if isinstance(groups, list) else []:
        options += group["options"]
    for option in options:
        if isinstance(option, dict) and option.get("value") == value:
            return option
    raise ActError(f"{element.get('action_id')} has no option {value}")
