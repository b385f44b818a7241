"""Block Kit's text objects and elements, with their limits in characters and items.

Source: Slack's Block Kit reference.
"""

from collections.abc import Iterator

from qosbot.lab.slack.schema import (
    Check,
    array,
    at,
    by_type,
    flag,
    link,
    one_of,
    record,
    text,
    whole,
)

LONGEST_ID = 255
LONGEST_URL = 3000
_LONGEST_BUTTON = 75
_LONGEST_OPTION = 75
_MOST_OPTIONS = 100
_MOST_BOXES = 10
_MOST_IN_OVERFLOW = 5
_LONGEST_INPUT = 3000

_STYLES = one_of("primary", "danger")
_ID = text(LONGEST_ID)
_TYPE = text(LONGEST_ID)


def plain_text(longest: int) -> Check:
    """Accept a plain_text object."""
    fields = {"type": one_of("plain_text"), "text": text(longest)}
    return record(fields, {"emoji": flag})


def any_text(longest: int) -> Check:
    """Accept a plain_text or an mrkdwn object."""
    mrkdwn = record({"type": one_of("mrkdwn"), "text": text(longest)}, {"verbatim": flag})
    return by_type({"plain_text": plain_text(longest), "mrkdwn": mrkdwn})


CONFIRM = record(
    {
        "title": plain_text(100),
        "text": any_text(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    },
    {"style": _STYLES},
)

_OPTION = record(
    {"text": any_text(_LONGEST_OPTION), "value": text(150)},
    {"description": any_text(75), "url": link(LONGEST_URL)},
)
_OPTION_GROUP = record(
    {"label": plain_text(75), "options": array(_OPTION, _MOST_OPTIONS)},
)

BUTTON = record(
    {"type": _TYPE, "text": plain_text(_LONGEST_BUTTON)},
    {
        "action_id": _ID,
        "url": link(LONGEST_URL),
        "value": text(2000),
        "style": _STYLES,
        "confirm": CONFIRM,
        "accessibility_label": text(75),
    },
)

IMAGE_ELEMENT = record({"type": _TYPE, "alt_text": text(2000)}, {"image_url": link(LONGEST_URL)})

_DISPATCH = record(
    {"trigger_actions_on": array(one_of("on_enter_pressed", "on_character_entered"), 2)}
)

TEXT_INPUT = record(
    {"type": _TYPE},
    {
        "action_id": _ID,
        "initial_value": text(_LONGEST_INPUT, 0),
        "multiline": flag,
        "min_length": whole(0, _LONGEST_INPUT),
        "max_length": whole(1, _LONGEST_INPUT),
        "dispatch_action_config": _DISPATCH,
        "focus_on_load": flag,
        "placeholder": plain_text(150),
    },
)


def _select(value: object, pointer: str) -> Iterator[str]:
    """Accept a static_select, which has either options or groups of them."""
    fields = {
        "action_id": _ID,
        "options": array(_OPTION, _MOST_OPTIONS),
        "option_groups": array(_OPTION_GROUP, _MOST_OPTIONS),
        "initial_option": _OPTION,
        "confirm": CONFIRM,
        "focus_on_load": flag,
        "placeholder": plain_text(150),
    }
    yield from record({"type": _TYPE}, fields)(value, pointer)
    if isinstance(value, dict) and ("options" in value) == ("option_groups" in value):
        yield at(pointer, "must provide either options or option_groups")


def _boxes(initial: str, initial_check: Check) -> Check:
    return record(
        {"type": _TYPE, "options": array(_OPTION, _MOST_BOXES)},
        {"action_id": _ID, initial: initial_check, "confirm": CONFIRM, "focus_on_load": flag},
    )


CHOICES = {
    "static_select": _select,
    "checkboxes": _boxes("initial_options", array(_OPTION, _MOST_BOXES)),
    "radio_buttons": _boxes("initial_option", _OPTION),
}

OVERFLOW = record(
    {"type": _TYPE, "options": array(_OPTION, _MOST_IN_OVERFLOW)},
    {"action_id": _ID, "confirm": CONFIRM},
)

NOT_EMULATED = frozenset(
    {
        *("channels_select", "conversations_select", "users_select", "external_select"),
        *("multi_static_select", "multi_users_select", "multi_channels_select"),
        *("multi_conversations_select", "multi_external_select"),
        *("datepicker", "timepicker", "datetimepicker", "email_text_input", "url_text_input"),
        *("number_input", "file_input", "rich_text_input", "workflow_button", "feedback_buttons"),
        "icon_button",
    }
)
"""Elements that Slack has and this emulator lacks."""
