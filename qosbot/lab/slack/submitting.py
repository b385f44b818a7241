"""A person submits or closes a modal, and what the app's answer does to it."""

from collections.abc import Mapping

from qosbot.lab.slack.acting import ActError, Outcome, about, chosen, find_element
from qosbot.lab.slack.blocks import elements_of
from qosbot.lab.slack.clicking import no_answer
from qosbot.lab.slack.modals import (
    as_json,
    change,
    checked_for,
    close,
    close_all,
    stack,
)
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.sockets import Sockets
from qosbot.lab.slack.views import View
from qosbot.lab.slack.world import World

TROUBLE = "We had some trouble connecting. Try again?"


def opened(world: World, user: str, view_id: str) -> View:
    """Return a view that a person has open, the topmost where none is named."""
    mine = [view for view in world.views.values() if view.user == user]
    for view in reversed(mine):
        if view_id in {"", view.id, view.definition["callback_id"]}:
            return view
    raise ActError(f"{world.people[user].name} has no view {view_id} open".replace("  ", " "))


async def submit(
    world: World, sockets: Sockets, view: View, values: Mapping[str, object]
) -> Outcome:
    """Fill a view's inputs, by action_id, and submit it.

    Raises:
        ActError: if the view has no such input, or cannot be submitted.
    """
    if not view.definition["submit"]:
        raise ActError("this view has nothing to submit")
    for action_id, value in values.items():
        element, block = find_element(view.blocks, action_id, "")
        view.values[str(block["block_id"])][action_id] = chosen(element, value)
    missing = _not_filled(view)
    if missing:
        return Outcome(errors=missing)
    payload = {
        "type": "view_submission",
        **about(world, view.user),
        "trigger_id": world.trigger(view.user, view.id),
        "view": as_json(world, view),
        "response_urls": [],
    }
    answered = await sockets.deliver("interactive", payload, accepts_payload=True)
    if answered is None:
        return Outcome(error=no_answer(sockets))
    try:
        return _answered(world, view, answered)
    except RefusedError:
        return Outcome(error=TROUBLE)


def _not_filled(view: View) -> dict[str, str]:
    """Return what Slack's client itself says of inputs, before anything is sent."""
    wrong: dict[str, str] = {}
    for block in view.blocks:
        if block["type"] != "input":
            continue
        element = elements_of(block)[0]
        held = view.values[str(block["block_id"])][str(element["action_id"])]
        given = held.get("value") or held.get("selected_option") or held.get("selected_options")
        text = str(held.get("value") or "")
        if not given and not block.get("optional"):
            wrong[str(block["block_id"])] = "Please complete this required field."
        elif given and len(text) < _bound(element, "min_length", 0) and "value" in held:
            wrong[str(block["block_id"])] = f"At least {element['min_length']} characters."
        elif len(text) > _bound(element, "max_length", 3000):
            wrong[str(block["block_id"])] = f"No more than {element['max_length']} characters."
    return wrong


def _bound(element: Json, name: str, default: int) -> int:
    value = element.get(name)
    return value if isinstance(value, int) else default


def _answered(world: World, view: View, answer: Json) -> Outcome:
    """Do to a view what the app's answer says; none closes it.

    Raises:
        RefusedError: if Slack would not take that answer.
    """
    action = answer.get("response_action")
    if action is None:
        close(world, view)
    elif action == "clear":
        close_all(world, view.user)
    elif action == "errors":
        return Outcome(errors=_errors(view, answer.get("errors")))
    elif action == "update":
        change(world, view, checked_for(world, answer.get("view"), of=view))
    elif action == "push":
        stack(world, view.user, view.id, checked_for(world, answer.get("view")))
    else:
        raise RefusedError("invalid_arguments", f"unknown response_action {action}")
    return Outcome()


def _errors(view: View, errors: object) -> dict[str, str]:
    inputs = {str(block["block_id"]) for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or set(errors) - inputs:
        raise RefusedError("invalid_arguments", "errors must be keyed by block_ids of inputs")
    return {str(name): str(text) for name, text in errors.items()}


async def close_view(
    world: World, sockets: Sockets, view: View, *, everything: bool = False
) -> Outcome:
    """Close a view as its X does; the app is told if it asked to be."""
    if everything:
        close_all(world, view.user)
    else:
        close(world, view)
    if not view.definition["notify_on_close"]:
        return Outcome()
    payload = {
        "type": "view_closed",
        **about(world, view.user),
        "view": as_json(world, view),
        "is_cleared": everything,
    }
    answered = await sockets.deliver("interactive", payload)
    return Outcome(error=no_answer(sockets) if answered is None else "")
