"""Sends messages to Slack; fulfils `qosbot.ports.messaging.Messenger`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from slack_sdk import WebClient

from qosbot.adapters.slack.calls import call
from qosbot.domain.messages import Place
from qosbot.ports.messaging import Attachment, Post

if TYPE_CHECKING:
    from slack_sdk.web import SlackResponse

EVENT_TYPE = "qosbot_outbox"
"""What our messages are marked as; the payload has the letter's id."""

_PAGE = 200
_MOST_PAGES = 20
_CLOCKS_APART = timedelta(hours=1)
"""How far ours may be ahead of Slack's, by which messages are found."""


class SlackMessenger:
    """Posts, edits and finds messages as the app's bot."""

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def post(self, post: Post, *, letter: str, channel: str, thread: Place | None = None) -> Place:
        """Post a message, marked with a letter's id; return where it stands."""
        answer = call(
            "chat.postMessage",
            self._client.chat_postMessage,
            channel=channel,
            thread_ts=None if thread is None else thread.ts,
            metadata=_metadata(letter),
            unfurl_links=False,
            unfurl_media=False,
            **_shown(post),
        )
        return Place(channel=str(answer["channel"]), ts=str(answer["ts"]))

    def edit(self, place: Place, post: Post, *, letter: str) -> None:
        """Replace a message; its blocks too, for text alone would leave none."""
        call(
            "chat.update",
            self._client.chat_update,
            channel=place.channel,
            ts=place.ts,
            metadata=_metadata(letter),
            **_shown(post),
        )

    def tell(self, to: str, post: Post) -> None:
        """Show something to one person only; `to` is `CHANNEL/USER`."""
        channel, _, user = to.partition("/")
        method = "chat.postEphemeral"
        call(method, self._client.chat_postEphemeral, channel=channel, user=user, **_shown(post))

    def attach(self, thread: Place, files: Sequence[Attachment], *, is_again: bool) -> None:
        """Put files into a thread; on another attempt only those that are not there yet."""
        there = self._file_names(thread) if is_again else frozenset[str]()
        uploads = [
            {"filename": one.name, "title": one.title, "content": one.content}
            for one in files
            if one.name not in there
        ]
        if uploads:
            call(
                "files.completeUploadExternal",
                self._client.files_upload_v2,
                channel=thread.channel,
                thread_ts=thread.ts,
                file_uploads=uploads,
            )

    def find(
        self, letter: str, since: datetime, *, channel: str, thread: Place | None = None
    ) -> Place | None:
        """Return where a message with this mark stands, if it was posted since a time."""
        oldest = f"{(since - _CLOCKS_APART).timestamp():.6f}"
        for message in self._messages(channel, thread, oldest):
            metadata = message.get("metadata") or {}
            payload = metadata.get("event_payload") or {}
            if metadata.get("event_type") == EVENT_TYPE and payload.get("id") == letter:
                return Place(channel=channel, ts=str(message["ts"]))
        return None

    def _file_names(self, thread: Place) -> frozenset[str]:
        found = self._messages(thread.channel, thread, "0")
        return frozenset(
            str(file.get("name", "")) for message in found for file in message.get("files") or ()
        )

    def _messages(
        self, channel: str, thread: Place | None, oldest: str
    ) -> Iterator[Mapping[str, Any]]:
        """Yield messages, page by page, of a channel or of one thread in it."""
        if thread is None:
            method = "conversations.history"
            read: Callable[..., SlackResponse] = self._client.conversations_history
            where: dict[str, object] = {"channel": channel}
        else:
            method, read = "conversations.replies", self._client.conversations_replies
            where = {"channel": channel, "ts": thread.ts}
        cursor = ""
        for _ in range(_MOST_PAGES):
            page = {"limit": _PAGE, "cursor": cursor or None, "include_all_metadata": True}
            answer = call(method, read, oldest=oldest, **where, **page)
            yield from answer.get("messages") or ()
            cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                return


def _shown(post: Post) -> dict[str, object]:
    return {"text": post.text, "blocks": [dict(one) for one in post.blocks]}


def _metadata(letter: str) -> dict[str, object]:
    return {"event_type": EVENT_TYPE, "event_payload": {"id": letter}}
