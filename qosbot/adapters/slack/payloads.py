"""What Slack sends when people click and type, checked; unknown fields are left aside."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_ID = r"^[A-Z0-9]{2,30}$"


class _Payload(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Team(_Payload):
    """A workspace."""

    id: str = Field(pattern=_ID)


class User(_Payload):
    """Somebody, and the workspace that they belong to, which may be another one."""

    id: str = Field(pattern=_ID)
    team_id: str = Field(default="", pattern=r"^([A-Z0-9]{2,30})?$")


class Channel(_Payload):
    """Where something was clicked."""

    id: str = Field(pattern=_ID)


class Action(_Payload):
    """A button that was pressed."""

    action_id: str = Field(max_length=255)
    action_ts: str = Field(max_length=40)
    value: str = Field(default="", max_length=2000)


class BlockActions(_Payload):
    """Buttons of a message that were pressed."""

    type: Literal["block_actions"]
    team: Team
    user: User
    channel: Channel
    trigger_id: str = Field(max_length=200)
    actions: tuple[Action, ...] = Field(min_length=1, max_length=25)


class Input(_Payload):
    """What was typed into one input."""

    value: str | None = Field(default=None, max_length=3000)


class ViewState(_Payload):
    """What was typed, by block and action."""

    values: dict[str, dict[str, Input]] = Field(default_factory=dict)


class View(_Payload):
    """A modal that was submitted."""

    id: str = Field(max_length=40)
    callback_id: str = Field(default="", max_length=255)
    private_metadata: str = Field(default="", max_length=3000)
    state: ViewState = Field(default_factory=ViewState)


class ViewSubmission(_Payload):
    """Somebody pressed the submit button of a modal."""

    type: Literal["view_submission"]
    team: Team
    user: User
    view: View


class SlashCommand(_Payload):
    """A slash command."""

    team_id: str = Field(pattern=_ID)
    user_id: str = Field(pattern=_ID)
    channel_id: str = Field(pattern=_ID)
    text: str = Field(default="", max_length=4000)
