"""Where anything may fail: an error ends what failed, and never what it is a part of."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


def kept_open(name: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Return a decorator that logs whatever a listener raises, and lets it listen on."""

    def decorated(listen: Callable[P, None]) -> Callable[P, None]:
        @wraps(listen)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                listen(*args, **kwargs)
            except Exception:
                log.exception("a request could not be answered", extra={"door": name})

        return guarded

    return decorated


def dispensable(what: str) -> Callable[[Callable[P, T]], Callable[P, T | None]]:
    """Return a decorator that logs whatever the making of something raises, and makes None."""

    def decorated(make: Callable[P, T]) -> Callable[P, T | None]:
        @wraps(make)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T | None:
            try:
                return make(*args, **kwargs)
            except Exception:
                log.exception("it is done without", extra={"what": what})
                return None

        return guarded

    return decorated
