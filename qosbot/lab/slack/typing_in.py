"""A person types: a message, or a slash command."""

from qosbot.lab.slack import answers
from qosbot.lab.slack.acting import ActError, Outcome
from qosbot.lab.slack.arguments import Arguments
from qosbot.lab.slack.directory import TEAM_DOMAIN
from qosbot.lab.slack.posting import thread_of
from qosbot.lab.slack.records import Channel, Message, ResponseUrl
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.sockets import Sockets
from qosbot.lab.slack.world import World

SLACKBOT = "USLACKBOT"


def say(world: World, user: str, channel: Channel, text: str, thread_ts: str = "") -> str:
    """Write a message of a person; return its time stamp."""
    if not text:
        raise ActError("there is nothing to say")
    try:
        thread = thread_of(channel, thread_ts)
    except RefusedError as error:
        raise ActError(str(error)) from None
    message = Message(
        ts=world.ids.ts(world.now()),
        channel=channel.id,
        author=user,
        text=text,
        thread_ts=thread,
    )
    channel.add(message)
    world.changed()
    return message.ts


async def command(
    world: World, sockets: Sockets, user: str, channel: Channel, line: str
) -> Outcome:
    """Type a slash command and show the app's answer.

    Raises:
        ActError: if the app has no such command.
    """
    name, _, text = line.strip().partition(" ")
    _known(world, name)
    url = world.response_url(user, channel.id)
    payload: Json = {
        "token": "verification-token-of-old",
        "team_id": world.team,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": "directmessage" if channel.is_im else channel.name,
        "user_id": user,
        "user_name": world.people[user].name,
        "command": name,
        "text": text.strip(),
        "api_app_id": world.app,
        "is_enterprise_install": "false",
        "response_url": url,
        "trigger_id": world.trigger(user),
    }
    answered = await sockets.deliver("slash_commands", payload, accepts_payload=True)
    if answered is None:
        reason = "the app did not respond" if sockets.connections else "the app is not connected"
        return _failed(world, user, channel, f"{name} failed because {reason}")
    if answered:
        right = ResponseUrl(user=user, channel=channel.id, made_at=world.now())
        try:
            answers.show(world, right, Arguments(answered))
        except RefusedError as refused:
            return _failed(world, user, channel, f"{name} failed with the error: {refused}")
    return Outcome()


def _known(world: World, name: str) -> None:
    if not name.startswith("/") or len(name) < len("/x"):
        raise ActError("a slash command starts with a slash and has a name")
    commands = world.grant.commands
    if "commands" not in world.grant.scopes or (commands is not None and name not in commands):
        raise ActError(f"{name} is not a valid command")


def _failed(world: World, user: str, channel: Channel, text: str) -> Outcome:
    """Let Slackbot tell a person, and nobody else, that a command failed."""
    ts = world.ids.ts(world.now())
    channel.add(Message(ts=ts, channel=channel.id, author=SLACKBOT, text=text, only_for=user))
    world.changed()
    return Outcome(error=text)
