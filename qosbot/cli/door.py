"""How a verb ends: a documented exit code and, where it failed, a clear line for each cause."""

import functools
import sys
from collections.abc import Callable
from enum import IntEnum
from typing import ParamSpec, TypeVar

import typer

P = ParamSpec("P")
R = TypeVar("R")


class Exit(IntEnum):
    """The exit codes; they do not change their meaning."""

    DONE = 0
    DEFECT = 1
    WRONG_USE = 2
    INCOMPLETE = 3
    """Done, but something could not be read, or an audit found what it was to fail on."""
    OUTSIDE = 4
    """The database or the network failed."""
    REFUSED = 5
    """The policy or a guard forbids it, or somebody else decided first."""


def guarded(verb: Callable[P, R]) -> Callable[P, R]:
    """Turn qosbot's errors into lines on standard error and an exit code."""

    @functools.wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        import logging

        from qosbot.domain.errors import (
            ConfigurationError,
            IllegalTransitionError,
            QosbotError,
            StoreConflictError,
        )

        # What a verb found out is on its screen; records are for the log of `serve`.
        logging.getLogger("qosbot").addHandler(logging.NullHandler())
        try:
            return verb(*args, **kwargs)
        except ConfigurationError as error:
            complain(str(error), error.hint)
            raise typer.Exit(Exit.WRONG_USE) from None
        except (IllegalTransitionError, StoreConflictError) as error:
            complain(str(error), error.hint)
            raise typer.Exit(Exit.REFUSED) from None
        except QosbotError as error:
            complain(str(error), error.hint)
            raise typer.Exit(Exit.OUTSIDE) from None

    return run


def complain(what: str, hint: str = "") -> None:
    """Write to standard error what happened and, on a line of its own, what to do."""
    print(what, file=sys.stderr)
    if hint:
        print(f"hint: {hint}", file=sys.stderr)
