"""Where the outside comes in: an error ends what came in, never what listens."""

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

log = logging.getLogger(__name__)

P = ParamSpec("P")


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
