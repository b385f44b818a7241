"""The Web API's methods: who may call each, with which scopes, and how often a minute."""

from collections.abc import Callable
from dataclasses import dataclass

from qosbot.lab.slack import chat, conversations, directory, modals, uploads
from qosbot.lab.slack.arguments import Arguments
from qosbot.lab.slack.limits import TIER_1, TIER_2, TIER_3, TIER_4
from qosbot.lab.slack.refusals import Json
from qosbot.lab.slack.world import World

Run = Callable[[World, Arguments], Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method."""

    run: Run
    per_min: int = TIER_4
    scopes: tuple[str, ...] = ()
    """Any one of these will do; none means that none is needed."""
    is_for_app: bool = False
    """Whether it takes the app-level token instead of the bot's."""
    is_per_channel: bool = False
    """Whether the limit of one message a second for each channel counts here."""


_READS = ("channels:history", "groups:history", "im:history")
_LISTS = ("channels:read", "groups:read", "im:read")

METHODS: dict[str, Method] = {
    "auth.test": Method(run=directory.identity),
    "apps.connections.open": Method(run=directory.open_connection, per_min=TIER_1, is_for_app=True),
    "chat.postMessage": Method(run=chat.post_message, scopes=("chat:write",), is_per_channel=True),
    "chat.update": Method(run=chat.update, per_min=TIER_3, scopes=("chat:write",)),
    "chat.postEphemeral": Method(run=chat.post_ephemeral, scopes=("chat:write",)),
    "chat.getPermalink": Method(run=chat.permalink),
    "conversations.history": Method(run=conversations.history, per_min=TIER_3, scopes=_READS),
    "conversations.replies": Method(run=conversations.replies, per_min=TIER_3, scopes=_READS),
    "conversations.info": Method(run=conversations.info, per_min=TIER_3, scopes=_LISTS),
    "views.open": Method(run=modals.open_view),
    "views.push": Method(run=modals.push),
    "views.update": Method(run=modals.update),
    "files.getUploadURLExternal": Method(run=uploads.upload_url, scopes=("files:write",)),
    "files.completeUploadExternal": Method(run=uploads.complete, scopes=("files:write",)),
    "usergroups.list": Method(run=directory.groups, per_min=TIER_2, scopes=("usergroups:read",)),
    "usergroups.users.list": Method(
        run=directory.group_users, per_min=TIER_2, scopes=("usergroups:read",)
    ),
    "users.info": Method(run=directory.user_info, scopes=("users:read",)),
}
