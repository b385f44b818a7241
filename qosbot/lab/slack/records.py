"""What a workspace holds: people, groups, channels, messages, files."""

from dataclasses import dataclass, field

from qosbot.lab.slack.refusals import Json


@dataclass(slots=True, kw_only=True)
class Person:
    """Someone of the workspace, or the app's bot user."""

    id: str
    name: str
    is_bot: bool = False
    team: str = ""
    """Where a stranger in a shared channel comes from; empty for our own people."""


@dataclass(slots=True, kw_only=True)
class Group:
    """A user group, which a policy may name as approvers."""

    id: str
    handle: str
    users: list[str]


@dataclass(slots=True, kw_only=True)
class Message:
    """A message of a channel, or an ephemeral one that only one person sees."""

    ts: str
    channel: str
    author: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    metadata: Json | None = None
    edited_at: str = ""
    """When it was last edited by text; an edit with blocks leaves no mark in Slack."""
    updates: int = 0
    """How often it was changed, marked or not."""
    mentions: tuple[str, ...] = ()
    files: list[str] = field(default_factory=list)
    only_for: str = ""
    """Whom an ephemeral message is for; empty if everybody sees it."""


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel, or the direct messages of a person with the bot."""

    id: str
    name: str
    members: set[str] = field(default_factory=set)
    is_archived: bool = False
    is_im: bool = False
    messages: dict[str, Message] = field(default_factory=dict)
    ephemeral: dict[str, Message] = field(default_factory=dict)
    threads: dict[str, list[Message]] = field(default_factory=dict)

    def add(self, message: Message) -> None:
        """Keep a new message, where everybody or only one person sees it."""
        if message.only_for:
            self.ephemeral[message.ts] = message
            return
        self.messages[message.ts] = message
        if message.thread_ts:
            self.threads.setdefault(message.thread_ts, []).append(message)

    def remove(self, ts: str) -> None:
        """Forget a message, if it is there; its replies stay."""
        self.ephemeral.pop(ts, None)
        gone = self.messages.pop(ts, None)
        if gone is not None and gone.thread_ts:
            self.threads[gone.thread_ts].remove(gone)

    def replies(self, ts: str) -> list[Message]:
        """Return the replies to a message, in order."""
        return list(self.threads.get(ts, ()))


@dataclass(slots=True, kw_only=True)
class StoredFile:
    """A file: first a promise of so many bytes, then its content, then shared."""

    id: str
    name: str
    length: int
    ticket: str
    alt_text: str = ""
    snippet_type: str = ""
    title: str = ""
    content: bytes | None = None
    is_complete: bool = False
    shared_in: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Trigger:
    """The right to open one view, for three seconds after a person did something."""

    user: str
    made_at: float
    view: str = ""
    """The view that the person was in."""
    is_used: bool = False


@dataclass(slots=True, kw_only=True)
class ResponseUrl:
    """The right to answer a person five times within half an hour."""

    user: str
    channel: str
    made_at: float
    message_ts: str = ""
    uses: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """A call of the Web API as it was answered."""

    at: float
    method: str
    status: int
    error: str
    arguments: Json
    ignored: tuple[str, ...] = ()
