"""Asking a serving bot whether it is ready."""

from http.client import HTTPConnection, HTTPException

from pydantic import BaseModel, ValidationError


class CheckShown(BaseModel):
    """What came of one check."""

    ok: bool
    why: str
    age_s: float | None


class TickShown(BaseModel):
    """How often a tick ran, and did not."""

    runs: int
    missed: int
    skipped: int
    failed: int


class ReadyShown(BaseModel):
    """What /readyz answers, as far as it is needed here."""

    ready: bool
    process: int
    checks: dict[str, CheckShown]
    ticks: dict[str, TickShown]


def ask_ready(host: str, port: int, within_s: float) -> ReadyShown | None:
    """Return what is answered there; None if nothing is, or by something else."""
    connection = HTTPConnection(host, port, timeout=within_s)
    try:
        connection.request("GET", "/readyz")
        return ReadyShown.model_validate_json(connection.getresponse().read())
    except (OSError, HTTPException, ValidationError):
        return None
    finally:
        connection.close()
