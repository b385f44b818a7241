"""The console script; it imports nothing until a verb needs it."""

import os
import sys

_OUTSIDE = 4


def main() -> None:
    """Run the command line, to the last byte of its output."""
    from qosbot.cli import app

    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our output left early, as `head` does; there is nobody to tell.
        _give_up_stdout()
        sys.exit(0)
    except OSError as error:
        _give_up_stdout()
        print(f"the output could not be written: {error.strerror}", file=sys.stderr)  # noqa: T201
        sys.exit(_OUTSIDE)


def _give_up_stdout() -> None:
    """Keep the interpreter from flushing what cannot be written once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
