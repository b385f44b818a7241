"""Slack's Web API through slack-sdk, its failures told apart."""

import http.client
import socket
from collections.abc import Callable
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError, SlackRequestError
from slack_sdk.web import SlackResponse

from qosbot.domain.errors import (
    MessageGoneError,
    MessageRefusedError,
    MessengerBusyError,
    MessengerUnreachableError,
)

TIMEOUT_S = 10
API_URL = "https://slack.com/api/"

_TOO_MANY = 429
_SERVER_ERROR = 500
_BUSY_S = 30.0
"""Where Slack does not say for how long."""

_GONE = frozenset(
    {"message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed"}
)
"""It is not there to be edited, or not for us, or not any more: it is posted anew."""
_OURS = frozenset(
    {
        "invalid_arguments",
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_metadata_format",
        "metadata_too_large",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
    }
)
"""What is wrong with the message; every other code is about its channel, the token or scopes."""
_NOBODY = frozenset({"user_not_in_channel", "user_not_found", "messages_tab_disabled"})
_NO_JSON = "Received a response in a non-JSON format"
"""How the library begins what it makes of another body, as a proxy on the way sends."""
_PASSING = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})


def web_client(token: str, api_url: str = API_URL) -> WebClient:
    """Return a client that never tries anything again by itself.

    The library's default repeats a call whose connection broke; a message that was taken would
    then stand there twice.  Whoever sends looks for it first.
    """
    return WebClient(token=token, base_url=api_url, timeout=TIMEOUT_S, retry_handlers=[])


def call(method: str, send: Callable[..., SlackResponse], **arguments: object) -> SlackResponse:
    """Call a method of the library and return what Slack answered.

    Raises:
        MessengerError: with what that means for the caller.
    """
    try:
        return send(**arguments)
    except SlackApiError as error:
        raise _meaning(method, error.response) from error
    except SlackRequestError as error:
        raise MessengerUnreachableError(method, str(error), is_unknown=True) from error
    except URLError as error:
        raise MessengerUnreachableError(
            method, str(error.reason), is_unknown=_may_have_arrived(error.reason)
        ) from error
    except (OSError, http.client.HTTPException) as error:
        why = str(error) or type(error).__name__
        raise MessengerUnreachableError(method, why, is_unknown=_may_have_arrived(error)) from error
    except SlackClientError as error:
        raise MessengerUnreachableError(method, str(error), is_unknown=True) from error


def _may_have_arrived(reason: object) -> bool:
    """Return whether something was sent at all: not where no connection came about."""
    return not isinstance(reason, (ConnectionRefusedError, socket.gaierror))


def _meaning(method: str, response: SlackResponse | dict[str, object]) -> Exception:
    status = getattr(response, "status_code", 0)
    headers = getattr(response, "headers", {})
    code = str(response.get("error") or "unknown")
    if status == _TOO_MANY or code in {"ratelimited", "rate_limited"}:
        given = next((v for k, v in headers.items() if k.lower() == "retry-after"), "")
        return MessengerBusyError(method, float(given) if str(given).isdigit() else _BUSY_S)
    if status >= _SERVER_ERROR or code in _PASSING or code.startswith(_NO_JSON):
        return MessengerUnreachableError(method, f"{status} {code}", is_unknown=True)
    if code in _GONE:
        return MessageGoneError(f"{method}: {code}")
    return MessageRefusedError(method, code, is_ours=code in _OURS, is_for_nobody=code in _NOBODY)
