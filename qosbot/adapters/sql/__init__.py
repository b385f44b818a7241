from qosbot.adapters.sql.remediations import SqlDecisions
from qosbot.adapters.sql.store import SqlStore

__all__ = ["SqlDecisions", "SqlStore"]
