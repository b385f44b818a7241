from qosbot.adapters.sql.store import SqlStore

__all__ = ["SqlStore"]
