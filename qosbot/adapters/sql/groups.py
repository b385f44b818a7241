"""Who is in which user group of the chat; fulfils `qosbot.ports.messaging.Groups`."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from qosbot.adapters.sql.database import Database
from qosbot.adapters.sql.messages_schema import GROUP_MEMBERS
from qosbot.adapters.sql.rows import micros


class SqlGroups:
    """Who is in which user group, as the chat last said."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, group: str, members: Collection[str], read_at: datetime) -> None:
        """Replace the members of a group, all as `TEAM/ID`."""
        row = {
            "name": group,
            "members": json.dumps(sorted(members)),
            "read_at_us": micros(read_at),
        }
        statement = insert(GROUP_MEMBERS)
        changed = {name: statement.excluded[name] for name in ("members", "read_at_us")}
        upsert = statement.on_conflict_do_update(
            index_elements=[GROUP_MEMBERS.c.name], set_=changed
        )
        with self._database.writing() as connection:
            connection.execute(upsert, row)

    def members(self, since: datetime, until: datetime) -> Mapping[str, frozenset[str]]:
        """Return the members of each group that was read between two times."""
        read_at_us = GROUP_MEMBERS.c.read_at_us
        query = sa.select(GROUP_MEMBERS).where(read_at_us.between(micros(since), micros(until)))
        with self._database.reading() as connection:
            found = connection.execute(query).all()
        return {row.name: frozenset(json.loads(row.members)) for row in found}
