"""What qosbot keeps, in one SQLite file."""

from qosbot.adapters.sql.audits import SqlAudits
from qosbot.adapters.sql.database import opened
from qosbot.adapters.sql.groups import SqlGroups
from qosbot.adapters.sql.memory import SqlMemory
from qosbot.adapters.sql.outbox import SqlOutbox
from qosbot.adapters.sql.remediations import SqlDecisions
from qosbot.adapters.sql.store import SqlStore

__all__ = ["SqlAudits", "SqlDecisions", "SqlGroups", "SqlMemory", "SqlOutbox", "SqlStore", "opened"]
