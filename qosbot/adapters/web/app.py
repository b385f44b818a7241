"""What a browser, a load balancer or a container may ask: is it alive, and does it do its work?"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from fastapi import FastAPI
from fastapi.responses import JSONResponse

from qosbot.ports.serving import Check, Condition, PoolState, TickState

log = logging.getLogger(__name__)

_OK, _UNAVAILABLE = 200, 503
_FRESH = {"cache-control": "no-store"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked when somebody asks us."""

    alive: Check
    checks: Mapping[str, Check]
    ticks: Callable[[], Sequence[TickState]]
    pool: Callable[[], PoolState]
    process: int
    """By which `qosbot health` knows that it asks the right one."""


def health_app(asked: Asked) -> FastAPI:
    """Return an application of two pages, both to be read only and by anybody."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    # However many ask, the database is read for one of them at a time.
    one_at_a_time = threading.Lock()

    @app.get("/healthz")
    def healthz() -> JSONResponse:
        found = _ask("alive", asked.alive)
        return _answer({"alive": found.is_met, **_shown(found)}, is_well=found.is_met)

    @app.get("/readyz")
    def readyz() -> JSONResponse:
        with one_at_a_time:
            found = {name: _ask(name, check) for name, check in asked.checks.items()}
        is_ready = all(one.is_met for one in found.values())
        pool = asked.pool()
        body = {
            "ready": is_ready,
            "process": asked.process,
            "checks": {name: {"ok": one.is_met, **_shown(one)} for name, one in found.items()},
            "ticks": {state.tick.name: _counts(state) for state in asked.ticks()},
            "remediations": {
                "in_flight": len(pool.in_flight),
                "waiting": len(pool.waiting),
                "done": pool.done,
                "failed": pool.failed,
            },
        }
        return _answer(body, is_well=is_ready)

    return app


def _ask(name: str, check: Check) -> Condition:
    """Return what a check found; one that breaks is not met, and hides no other."""
    try:
        return check()
    except Exception:  # a door: somebody waits for an answer
        log.exception("check failed", extra={"check": name})
        return Condition(is_met=False, why="it could not be looked at; the log says why")


def _shown(condition: Condition) -> dict[str, object]:
    age_s = None if condition.age_s is None else round(condition.age_s, 1)
    return {"why": condition.why, "age_s": age_s}


def _counts(state: TickState) -> dict[str, object]:
    return {
        "runs": state.runs,
        "missed": state.missed,
        "skipped": state.skipped,
        "failed": state.failed,
    }


def _answer(body: Mapping[str, object], *, is_well: bool) -> JSONResponse:
    return JSONResponse(body, status_code=_OK if is_well else _UNAVAILABLE, headers=_FRESH)
