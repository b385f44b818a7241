"""The methods that tell who is who: auth.*, users.*, usergroups.*, and the way to a socket."""

import secrets

from qosbot.lab.slack.arguments import Arguments
from qosbot.lab.slack.records import Group, Person
from qosbot.lab.slack.refusals import Json, RefusedError
from qosbot.lab.slack.world import World

TEAM_DOMAIN = "qosbot-lab"


def identity(world: World, _given: Arguments) -> Json:
    """Carry out auth.test."""
    return {
        "url": f"{world.base_url}/",
        "team": TEAM_DOMAIN,
        "user": world.bot.name,
        "team_id": world.team,
        "user_id": world.bot.id,
        "bot_id": world.bot_id,
        "is_enterprise_install": False,
    }


def user_info(world: World, given: Arguments) -> Json:
    """Carry out users.info."""
    person = world.people.get(given.needed("user"))
    if person is None:
        raise RefusedError("user_not_found")
    return {"user": _person_json(world, person)}


def _person_json(world: World, person: Person) -> Json:
    return {
        "id": person.id,
        "team_id": person.team or world.team,
        "name": person.name,
        "real_name": person.name.title(),
        "deleted": False,
        "is_bot": person.is_bot,
        "is_stranger": bool(person.team),
        "is_restricted": False,
        "is_ultra_restricted": False,
        "tz": "Etc/UTC",
        "profile": {"real_name": person.name.title(), "display_name": person.name},
    }


def groups(world: World, given: Arguments) -> Json:
    """Carry out usergroups.list."""
    with_users = given.flag("include_users")
    listed = [_group_json(world, one, with_users=with_users) for one in world.groups.values()]
    return {"usergroups": listed}


def _group_json(world: World, group: Group, *, with_users: bool) -> Json:
    shown: Json = {
        "id": group.id,
        "team_id": world.team,
        "is_usergroup": True,
        "name": group.handle,
        "handle": group.handle,
        "date_delete": 0,
        "user_count": len(group.users),
    }
    return shown | ({"users": list(group.users)} if with_users else {})


def group_users(world: World, given: Arguments) -> Json:
    """Carry out usergroups.users.list."""
    group = world.groups.get(given.needed("usergroup"))
    if group is None:
        raise RefusedError("no_such_subteam")
    return {"users": list(group.users)}


def open_connection(world: World, _given: Arguments) -> Json:
    """Carry out apps.connections.open: one ticket for one socket."""
    if not world.grant.has_sockets:
        raise RefusedError("socket_mode_not_enabled", "the manifest leaves Socket Mode off")
    ticket = secrets.token_urlsafe()
    world.tickets.add(ticket)
    address = world.base_url.replace("http://", "ws://", 1)
    return {"url": f"{address}/link/?ticket={ticket}&app_id={world.app}"}
