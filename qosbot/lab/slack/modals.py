"""The views.* methods, and the stack of modals that a person has open."""

from qosbot.lab.slack.arguments import Arguments
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.views import MOST_STACKED, View, checked_view, initial_values
from qosbot.lab.slack.world import World


def open_view(world: World, given: Arguments) -> Json:
    """Carry out views.open: a modal for the person whose trigger_id this is."""
    definition = _definition(world, given)
    trigger = world.exchange(given.needed("trigger_id"))
    close_all(world, trigger.user)
    return {"view": as_json(world, show(world, trigger.user, definition))}


def push(world: World, given: Arguments) -> Json:
    """Carry out views.push: a modal on top of the one in which the person just did something."""
    definition = _definition(world, given)
    trigger = world.exchange(given.needed("trigger_id"))
    return {"view": as_json(world, stack(world, trigger.user, trigger.view, definition))}


def update(world: World, given: Arguments) -> Json:
    """Carry out views.update."""
    view = _wanted(world, given)
    definition = _definition(world, given, of=view)
    if given.has("hash") and given.text("hash") != view.hash:
        raise RefusedError("hash_conflict")
    change(world, view, definition)
    return {"view": as_json(world, view)}


def _wanted(world: World, given: Arguments) -> View:
    view_id, external_id = given.text("view_id"), given.text("external_id")
    if not view_id and not external_id:
        raise RefusedError("invalid_arguments", "missing required field: view_id or external_id")
    for view in world.views.values():
        if view.id == view_id or (external_id and view.definition["external_id"] == external_id):
            return view
    raise RefusedError("not_found")


def _definition(world: World, given: Arguments, *, of: View | None = None) -> Json:
    if not given.has("view"):
        raise RefusedError("invalid_arguments", "missing required field: view")
    return checked_for(world, given.structure("view", "invalid_arguments"), of=of)


def checked_for(world: World, view: object, *, of: View | None = None) -> Json:
    """Return a view's definition, refused if its external_id is another's."""
    definition = checked_view(view, world.ids)
    taken = {one.definition["external_id"] for one in world.views.values() if one is not of}
    if definition["external_id"] and definition["external_id"] in taken:
        raise RefusedError("duplicate_external_id")
    return definition


def show(world: World, user: str, definition: Json, below: View | None = None) -> View:
    """Open a view for a person, on top of another one if there is one."""
    name = world.ids.new("V")
    view = View(
        id=name,
        user=user,
        definition=definition,
        hash=_hash(world),
        root=below.root if below else name,
        previous=below.id if below else None,
        values=initial_values(definition),
    )
    world.views[view.id] = view
    world.changed()
    return view


def stack(world: World, user: str, below: str, definition: Json) -> View:
    """Open a view on top of another.

    Raises:
        RefusedError: `not_found` or `push_limit_reached`.
    """
    if below not in world.views:
        raise RefusedError("not_found")
    if len(opened_by(world, user)) >= MOST_STACKED:
        raise RefusedError("push_limit_reached")
    return show(world, user, definition, world.views[below])


def change(world: World, view: View, definition: Json) -> None:
    """Replace what a view shows; what was typed stays where the block and action stay."""
    kept = view.values
    view.definition, view.hash = definition, _hash(world)
    view.values = {
        block: {action: kept.get(block, {}).get(action, held) for action, held in actions.items()}
        for block, actions in initial_values(definition).items()
    }
    world.changed()


def opened_by(world: World, user: str) -> list[View]:
    """Return the views that a person has open, the lowest first."""
    return [view for view in world.views.values() if view.user == user]


def close(world: World, view: View) -> None:
    """Close a view; the one below shows again."""
    world.views.pop(view.id, None)
    world.changed()


def close_all(world: World, user: str) -> None:
    """Close every view of a person."""
    for view in opened_by(world, user):
        close(world, view)


def _hash(world: World) -> str:
    return f"{int(world.now())}.{world.ids.short().lower()}"


def as_json(world: World, view: View) -> Json:
    """Return a view as the Web API and payloads show it."""
    return view.definition | {
        "id": view.id,
        "team_id": world.team,
        "state": {"values": view.values},
        "hash": view.hash,
        "root_view_id": view.root,
        "previous_view_id": view.previous,
        "app_id": world.app,
        "app_installed_team_id": world.team,
        "bot_id": world.bot_id,
    }
